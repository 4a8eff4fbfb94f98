"""Instance profiles, the account's alias, tags of devices, and the lists that are empty here."""

from shlex import quote

import pytest

from coffeeshop.account.credentials import MfaDevice
from tests.account.shop import AT, ID, Shop, allow, policy, role, statement, trust, user

TRUSTED = trust(service="ec2.amazonaws.com")
SERVERS = f"arn:aws:iam::{ID}:instance-profile/shop/Servers"
OF_SERVERS = "--instance-profile-name Servers"


def kiosk() -> Shop:
    shop = Shop()
    shop.role("Kiosk", TRUSTED)
    shop(
        f"iam create-instance-profile {OF_SERVERS} --path /shop/ --tags Key=Branch,Value=north"
    )
    shop(f"iam add-role-to-instance-profile {OF_SERVERS} --role-name Kiosk")
    return shop


def test_a_profile_shows_its_role_and_keeps_it_when_the_role_is_made_anew():
    shop = kiosk()
    found = shop("iam get-instance-profile --instance-profile-name SERVERS")[
        "InstanceProfile"
    ]
    assert found["Arn"] == SERVERS
    assert found["InstanceProfileId"].startswith("AIPA")
    assert [(r["RoleName"], "MaxSessionDuration" in r) for r in found["Roles"]] == [
        ("Kiosk", False)
    ]
    details = shop("iam get-account-authorization-details --filter Role")["RoleDetailList"]
    assert [p["Arn"] for row in details for p in row["InstanceProfileList"]] == [SERVERS]
    assert (
        shop("iam list-instance-profiles --path-prefix /other/")["InstanceProfiles"] == ()
    )


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("iam delete-role --role-name Kiosk", "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."),
        (f"iam delete-instance-profile {OF_SERVERS}", "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."),
        (f"iam add-role-to-instance-profile {OF_SERVERS} --role-name Kiosk", "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"),
        ("iam create-instance-profile --instance-profile-name servers", "EntityAlreadyExists", "Instance Profile servers already exists."),
        ("iam get-instance-profile --instance-profile-name none", "NoSuchEntity", "Instance Profile none cannot be found."),
    ],
)  # fmt: skip
def test_what_profiles_refuse_is_told_as_aws_tells_it(line: str, code: str, text: str):
    assert kiosk().refused(line) == (code, text)


def test_a_role_is_deleted_once_no_profile_holds_it():
    shop = kiosk()
    shop(f"iam remove-role-from-instance-profile {OF_SERVERS} --role-name Kiosk")
    shop("iam delete-role --role-name Kiosk")
    shop(f"iam delete-instance-profile {OF_SERVERS}")
    assert shop("iam list-instance-profiles")["InstanceProfiles"] == ()


def test_to_put_a_role_into_a_profile_is_to_pass_it_to_ec2():
    shop = kiosk()
    shop(f"iam remove-role-from-instance-profile {OF_SERVERS} --role-name Kiosk")
    shop.hire("casey", policy(statement("iam:AddRoleToInstanceProfile", SERVERS)))
    line = f"iam add-role-to-instance-profile {OF_SERVERS} --role-name Kiosk"
    told = f"User: {user('casey')} is not authorized to perform: iam:PassRole on resource: {role('Kiosk')}"
    assert shop.refused(line, "casey")[1].startswith(told)
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    passing = allow("iam:PassRole", role("Kiosk"), Condition=to_ec2)
    shop(
        f"iam put-user-policy --user-name casey --policy-name pass --policy-document {quote(passing)}"
    )
    shop(line, "casey")
    named = "on resource: instance profile Servers because no identity-based policy allows the {} action"
    assert shop.refused(f"iam delete-instance-profile {OF_SERVERS}", "casey")[1].endswith(
        named.format("iam:DeleteInstanceProfile")
    )


def test_tags_of_profiles_and_devices_differ_in_case_and_are_read_by_policies():
    shop = kiosk()
    shop(f"iam tag-instance-profile {OF_SERVERS} --tags Key=branch,Value=south")
    tags = {"Branch": "north", "branch": "south"}
    assert shop.account.instance_profiles["servers"].tags == tags
    shop.hire(
        "casey",
        allow("iam:*", "*", Condition={"StringEquals": {"aws:ResourceTag/shift": "late"}}),
    )
    assert (
        shop.refused(f"iam delete-instance-profile {OF_SERVERS}", "casey")[0]
        == "AccessDenied"
    )
    serial = shop.phone("casey")
    read = f"iam list-mfa-device-tags --serial-number {serial}"
    assert shop.refused(read, "casey")[0] == "AccessDenied"
    shop(f"iam tag-mfa-device --serial-number {serial} --tags Key=shift,Value=late")
    assert shop(read, "casey")["Tags"] == ({"Key": "shift", "Value": "late"},)
    assert (
        shop.refused(f"iam tag-mfa-device --serial-number {serial}x --tags Key=a,Value=b")[
            0
        ]
        == "NoSuchEntity"
    )


def test_the_account_has_one_alias_by_which_people_sign_in_and_switch():
    shop = Shop()
    shop.hire("casey")
    shop("iam create-login-profile --user-name casey --password Latte-art-7")
    shop("iam create-account-alias --account-alias espresso")
    assert (
        shop.refused("iam create-account-alias --account-alias espresso")[0]
        == "EntityAlreadyExists"
    )
    shop("iam create-account-alias --account-alias coffeeshop")
    assert shop("iam list-account-aliases")["AccountAliases"] == ("coffeeshop",)
    sign_in = "console sign-in --user-name casey --password Latte-art-7 --account-id"
    shop(f"{sign_in} coffeeshop")
    shop(f"{sign_in} {ID}")
    shop.role("Till", trust(user("casey")))
    shop("console switch-role --account-id coffeeshop --role-name Till", "casey@console")
    shop("iam delete-account-alias --account-alias coffeeshop")
    for gone in ("espresso", "coffeeshop"):
        assert shop.refused(f"{sign_in} {gone}")[0] == "AccessDenied"


def test_a_security_key_is_told_of_to_its_owner_and_a_phone_is_not():
    shop = Shop()
    key = shop.hire("casey", allow("iam:GetMFADevice", user("${aws:username}")))
    yubi = f"arn:aws:iam::{ID}:u2f/user/casey/yubi-ABCDEFGH"
    owner = shop.account.users["casey"].id
    shop.set(devices=shop.account.devices.put(yubi, MfaDevice(yubi, "", AT, owner, AT)))
    found = shop(f"iam get-mfa-device --serial-number {yubi}", key)
    assert (found["UserName"], found["SerialNumber"]) == ("casey", yubi)
    phone = shop.phone("casey")
    assert (
        shop.refused(f"iam get-mfa-device --serial-number {phone}", key)[0]
        == "ValidationError"
    )
    assert shop.refused(f"iam get-mfa-device --serial-number {yubi}")[0] == "NoSuchEntity"


@pytest.mark.parametrize(
    "operation",
    [
        "list-ssh-public-keys",
        "list-signing-certificates",
        "list-service-specific-credentials",
    ],
)
def test_what_no_call_makes_is_empty_for_people_who_exist(operation: str):
    shop = Shop()
    shop.hire("casey")
    (rows,) = (
        v for v in shop(f"iam {operation} --user-name casey").values() if v is not False
    )
    assert rows == ()
    assert shop.refused(f"iam {operation} --user-name nobody")[0] == "NoSuchEntity"
    shop(f"iam {operation}")


def test_what_grants_a_service_is_listed_without_regard_to_denies():
    shop = Shop()
    shop.hire("casey", allow("s3:*"), policy(statement("*", effect="Deny")))
    shop.role("Till", TRUSTED, allow("*"))
    line = "iam list-policies-granting-service-access --service-namespaces s3 sqs --arn"
    rows = {
        r["ServiceNamespace"]: r["Policies"]
        for r in shop(f"{line} {user('casey')}")["PoliciesGrantingServiceAccess"]
    }
    assert [p["PolicyName"] for p in rows["s3"]] == ["p0"]
    assert rows["sqs"] == ()
    rows = {
        r["ServiceNamespace"]: r["Policies"]
        for r in shop(f"{line} {role('Till')}")["PoliciesGrantingServiceAccess"]
    }
    assert [(p["PolicyType"], p["EntityType"], p["EntityName"]) for p in rows["sqs"]] == [
        ("INLINE", "ROLE", "Till")
    ]
