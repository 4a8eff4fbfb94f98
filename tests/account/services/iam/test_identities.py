"""Users, groups, roles and tags: success, and each refusal in AWS's words."""

from shlex import quote

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.aws_managed_policies import aws_policy
from coffeeshop.account.access.linked_roles import _linked_roles
from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from tests.account.shop import ADMIN, ID, Shop, allow, local, role, trust, user

CASEY = "iam create-user --user-name Casey"
TRUSTED = quote(trust(f"arn:aws:iam::{ID}:root"))


def test_a_new_user_can_do_nothing():
    shop = Shop()
    shop.hire("casey")
    assert shop.refused("iam list-users", "casey") == (
        "AccessDenied",
        f"User: {user('casey')} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::{ID}:user/ "
        "because no identity-based policy allows the iam:ListUsers action",
    )


def test_a_user_is_shown_with_path_tags_and_boundary():
    shop = Shop()
    made = shop(
        f"iam create-user --user-name casey --path /staff/ --tags Key=branch,Value=north --permissions-boundary {ADMIN}"
    )["User"]
    assert made == shop("iam get-user --user-name casey")["User"]
    assert made["Arn"] == f"arn:aws:iam::{ID}:user/staff/casey"
    assert made["Tags"] == ({"Key": "branch", "Value": "north"},)
    assert made["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": ADMIN,
    }
    assert made["UserId"].startswith("AIDA")
    assert len(made["UserId"]) == 21


def test_names_are_found_without_regard_to_case_and_keep_their_first_spelling():
    shop = Shop()
    shop(CASEY)
    assert shop("iam get-user --user-name cASEY")["User"]["UserName"] == "Casey"


@pytest.mark.parametrize(
    ("line", "book"),
    [
        ("iam create-user --user-name NAME", "users"),
        ("iam create-group --group-name NAME", "groups"),
        (
            f"iam create-role --role-name NAME --assume-role-policy-document {TRUSTED}",
            "roles",
        ),
        (
            f"iam create-policy --policy-name NAME --policy-document {quote(allow('s3:*'))}",
            "policies",
        ),
    ],
)
def test_a_unique_id_does_not_depend_on_how_a_name_is_spelled(line: str, book: str):
    ids: set[str] = set()
    for name in ("casey", "CASEY"):
        shop = Shop()
        shop(line.replace("NAME", name))
        ids |= {made.id for made in getattr(shop.account, book).values()}
    assert len(ids) == 1


def test_lists_come_by_name_in_pages_and_omit_tags():
    shop = Shop()
    for name in ("robin", "Bo", "casey"):
        shop(f"iam create-user --user-name {name} --tags Key=a,Value=b")
    page = shop("iam list-users --max-items 2 --no-paginate")
    assert [(u["UserName"], "Tags" in u) for u in page["Users"]] == [
        ("Bo", False),
        ("casey", False),
    ]
    rest = shop(f"iam list-users --max-items 2 --marker {page['Marker']}")
    assert [u["UserName"] for u in rest["Users"]] == ["robin"]
    assert rest["IsTruncated"] is False
    assert "Marker" not in rest


def test_pages_keep_names_apart_that_differ_in_case_alone():
    shop = Shop()
    for name in ("till", "Till", "bar"):
        shop(
            f"iam create-virtual-mfa-device --virtual-mfa-device-name {name} --outfile q --bootstrap-method QRCodePNG"
        )
    found, marker = [], ""
    while marker is not None:
        page = shop(
            f"iam list-virtual-mfa-devices --max-items 1 {f'--marker {marker}' if marker else '--no-paginate'}"
        )
        found += [
            str(device["SerialNumber"]).rsplit("/", 1)[-1]
            for device in page["VirtualMFADevices"]
        ]  # type: ignore[index,union-attr]
        marker = page.get("Marker")
    assert found == ["bar", "Till", "till"]


@pytest.mark.parametrize(
    ("marker", "text"),
    [
        ("bm9uZQ==", "Invalid Marker."),
        ("MQ==", "Invalid Marker."),
        ("bnVsbA==", "Invalid Marker."),
        ("WzEsIDJd", "Invalid Marker."),
        ("//8=", "Invalid Marker."),
        ("eHh4" * 21, "Invalid Marker."),
        ("eHh4" * 22, "Marker and Filter do not match"),
    ],
)
def test_a_strange_marker_is_refused(marker: str, text: str):
    assert Shop().refused(f"iam list-users --marker {marker}") == ("ValidationError", text)


def test_a_path_prefix_narrows_a_list():
    shop = Shop()
    shop("iam create-user --user-name casey --path /staff/")
    shop("iam create-user --user-name ada")
    assert [
        u["UserName"] for u in shop("iam list-users --path-prefix /staff")["Users"]
    ] == ["casey"]


def test_root_asking_for_nobody_is_told_of_root():
    shop = Shop()
    assert shop("iam get-user")["User"] == {
        "UserId": ID,
        "Arn": f"arn:aws:iam::{ID}:root",
        "CreateDate": "2026-03-02T08:00:00+00:00",
    }
    shop("console sign-in --root-email owner@shop.example --password Espresso-Doppio-7")
    assert shop("iam get-user")["User"]["PasswordLastUsed"] == "2026-03-02T08:00:00+00:00"


def test_a_role_session_must_name_a_user():
    shop = Shop()
    shop.hire("casey")
    shop.role("Manager", trust(user("casey")), allow("iam:*"))
    session = shop.wear("Manager", "casey")
    assert shop.refused("iam get-user", session) == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )


def test_a_rename_keeps_id_memberships_and_trust():
    shop = Shop()
    shop.hire("casey", allow("s3:*"))
    before = shop.account.users["casey"]
    shop("iam create-group --group-name Cashiers")
    shop("iam add-user-to-group --group-name Cashiers --user-name casey")
    shop.role("Cashier", trust(user("casey")))
    shop("iam update-user --user-name casey --new-user-name robin --new-path /staff/")
    renamed = shop.account.users["robin"]
    assert renamed == replace(before, name="robin", path="/staff/", groups=renamed.groups)
    assert [
        u["UserName"] for u in shop("iam get-group --group-name Cashiers")["Users"]
    ] == ["robin"]
    document = shop("iam get-role --role-name Cashier")["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"] == {
        "AWS": (f"arn:aws:iam::{ID}:user/staff/robin",)
    }
    assert "casey" not in shop.account.users
    shop.wear(
        "Cashier", "casey"
    )  # the key's profile, in somebody's settings, keeps its name


def test_renaming_changes_only_the_case_of_a_name_too():
    shop = Shop()
    shop(CASEY)
    shop("iam update-user --user-name casey --new-user-name CASEY")
    assert [u.name for u in shop.account.users.values()] == ["CASEY"]


def test_a_deleted_principal_stays_as_its_unique_id_and_its_name_is_worth_nothing():
    shop = Shop()
    shop(CASEY)
    gone = shop.account.users["casey"].id
    shop.role("Cashier", trust(user("Casey"), f"arn:aws:iam::{ID}:root"))
    shop("s3api create-bucket --bucket coffeeshop-recipes")
    named = allow(
        "s3:GetObject",
        "arn:aws:s3:::coffeeshop-recipes/*",
        Principal={"AWS": user("Casey")},
    )
    shop(f"s3api put-bucket-policy --bucket coffeeshop-recipes --policy {quote(named)}")
    shop("iam delete-user --user-name casey")
    document = shop("iam get-role --role-name Cashier")["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"]["AWS"] == (gone, f"arn:aws:iam::{ID}:root")
    assert (
        f'"{gone}"' in shop("s3api get-bucket-policy --bucket coffeeshop-recipes")["Policy"]
    )
    key = shop.hire("Casey")
    assert shop.account.users["casey"].id != gone
    assert (
        shop.refused(
            f"sts assume-role --role-arn {role('Cashier')} --role-session-name xx", key
        )[0]
        == "AccessDenied"
    )


def test_a_policy_that_only_mentions_an_arn_elsewhere_stays_as_it_was_written():
    shop = Shop()
    shop(CASEY)
    odd = trust(
        f"arn:aws:iam::{ID}:root",
        Condition={"ArnEquals": {"aws:PrincipalArn": user("Casey")}},
    )
    shop.role("Cashier", odd)
    shop("iam delete-user --user-name casey")
    assert user("Casey") in shop.account.roles["cashier"].trust.text


def test_a_role_deleted_leaves_its_unique_id_in_trust_policies():
    shop = Shop()
    shop.role("Inner", trust(f"arn:aws:iam::{ID}:root"))
    gone = shop.account.roles["inner"].id
    shop.role("Outer", trust(role("Inner")))
    shop("iam delete-role --role-name Inner")
    assert gone in shop.account.roles["outer"].trust.text


def test_groups_hold_users_and_list_both_ways():
    shop = Shop()
    shop(CASEY)
    for name in ("Openers", "Cashiers"):
        shop(f"iam create-group --group-name {name} --path /shop/")
        shop(f"iam add-user-to-group --group-name {name} --user-name casey")
        shop(f"iam add-user-to-group --group-name {name} --user-name casey")
    assert [
        g["GroupName"] for g in shop("iam list-groups-for-user --user-name casey")["Groups"]
    ] == [
        "Cashiers",
        "Openers",
    ]
    assert [
        g["GroupName"] for g in shop("iam list-groups --path-prefix /shop/")["Groups"]
    ] == [
        "Cashiers",
        "Openers",
    ]
    shop("iam update-group --group-name Openers --new-group-name Early --new-path /early/")
    assert (
        shop("iam get-group --group-name early")["Group"]["Arn"]
        == f"arn:aws:iam::{ID}:group/early/Early"
    )
    for _ in range(2):
        shop("iam remove-user-from-group --group-name Early --user-name casey")
    assert shop("iam get-group --group-name early")["Users"] == ()
    shop("iam delete-group --group-name Early")
    assert [g["GroupName"] for g in shop("iam list-groups")["Groups"]] == ["Cashiers"]


def test_a_role_keeps_what_an_update_leaves_out():
    shop = Shop()
    shop(
        f"iam create-role --role-name Till --assume-role-policy-document {TRUSTED} --description d --max-session-duration 7200 --tags Key=a,Value=b"
    )
    shop("iam update-role --role-name till --description e")
    found = shop("iam get-role --role-name till")["Role"]
    assert (found["Description"], found["MaxSessionDuration"], found["RoleLastUsed"]) == (
        "e",
        7200,
        {},
    )
    assert found["Tags"] == ({"Key": "a", "Value": "b"},)
    assert (
        shop("iam update-role-description --role-name till --description f")["Role"][
            "Description"
        ]
        == "f"
    )
    assert [r["RoleName"] for r in shop("iam list-roles")["Roles"]] == ["Till"]
    shop(
        f"iam update-assume-role-policy --role-name till --policy-document {quote(trust(service='lambda.amazonaws.com'))}"
    )
    assert "lambda" in shop.account.roles["till"].trust.text
    shop("iam delete-role --role-name till")
    assert not shop.account.roles


REFUSALS = [
    ("", "iam get-user --user-name casey", "NoSuchEntity", "The user with name casey cannot be found."),
    ("", "iam delete-user --user-name casey", "NoSuchEntity", "The user with name casey cannot be found."),
    ("", "iam get-group --group-name G", "NoSuchEntity", "The group with name G cannot be found."),
    ("", "iam get-role --role-name R", "NoSuchEntity", "The role with name R cannot be found."),
    ("", "iam list-role-tags --role-name R", "NoSuchEntity", "The role with name R cannot be found."),
    (CASEY, "iam create-user --user-name casey", "EntityAlreadyExists", "User with name casey already exists."),
    (f"{CASEY};iam create-user --user-name robin", "iam update-user --user-name robin --new-user-name CASEY", "EntityAlreadyExists", "User with name CASEY already exists."),
    ("iam create-group --group-name G", "iam create-group --group-name g", "EntityAlreadyExists", "Group with name g already exists."),
    (f"iam create-role --role-name R --assume-role-policy-document {TRUSTED}", f"iam create-role --role-name r --assume-role-policy-document {TRUSTED}", "EntityAlreadyExists", "Role with name r already exists."),
    ("", f"iam create-user --user-name casey --permissions-boundary {local('none')}", "NoSuchEntity", f"Scope ARN: {local('none')} does not exist or is not attachable."),
    ("", "iam create-user --user-name casey --tags Key=a,Value=1 Key=A,Value=2", "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
    (CASEY, "iam tag-user --user-name casey --tags Key=aws:x,Value=1", "InvalidInput", "Tag keys beginning with aws: are reserved for system use."),
    (CASEY, "iam tag-user --user-name casey --tags Key=AWS:x,Value=1", "InvalidInput", "Tag keys beginning with aws: are reserved for system use."),
    (CASEY, "iam tag-user --user-name casey --tags", "InvalidInput", "The list of tags is empty."),
    ("", f"iam tag-policy --policy-arn {ADMIN} --tags Key=a,Value=1", "InvalidInput", "Tags not supported for policies in this domain"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "line", "code", "text"), REFUSALS)
def test_refusals_are_awss(before: str, line: str, code: str, text: str):
    shop = Shop()
    for step in filter(None, before.split(";")):
        shop(step)
    assert shop.refused(line) == (code, text)


OBSTACLES = [
    (
        "iam detach-user-policy --user-name casey --policy-arn " + ADMIN,
        "detach all policies",
    ),
    ("iam delete-user-policy --user-name casey --policy-name p0", "delete policies"),
    ("iam delete-access-key --user-name casey --access-key-id @key", "delete access keys"),
    (
        "iam remove-user-from-group --user-name casey --group-name Cashiers",
        "remove users from group",
    ),
    ("iam delete-login-profile --user-name casey", "delete login profile"),
    (
        f"iam deactivate-mfa-device --user-name casey --serial-number arn:aws:iam::{ID}:mfa/casey",
        "remove tokens from principal",
    ),
]


def test_a_user_goes_when_nothing_is_left_and_each_obstacle_is_told_in_order():
    shop = Shop()
    shop.hire("casey", allow("s3:*"))
    shop(f"iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    shop("iam create-group --group-name Cashiers")
    shop("iam add-user-to-group --user-name casey --group-name Cashiers")
    shop("iam create-login-profile --user-name casey --password Latte-art-7")
    shop.phone("casey")
    for mend, obstacle in OBSTACLES:
        assert shop.refused("iam delete-user --user-name casey") == (
            "DeleteConflict",
            f"Cannot delete entity, must {obstacle} first.",
        )
        shop(mend)
    shop("iam delete-user --user-name casey")
    assert not shop.account.users


def test_a_group_and_a_role_go_when_nothing_is_left():
    shop = Shop()
    shop(CASEY)
    shop("iam create-group --group-name G")
    shop("iam add-user-to-group --user-name casey --group-name G")
    shop.role("R", trust(user("Casey")), allow("s3:*"))
    shop(
        f"iam put-group-policy --group-name G --policy-name p0 --policy-document {quote(allow('s3:*'))}"
    )
    for kind, name in (("group", "G"), ("role", "R")):
        shop(f"iam attach-{kind}-policy --{kind}-name {name} --policy-arn {ADMIN}")
    assert (
        shop.refused("iam delete-group --group-name G")[1]
        == "Cannot delete entity, must remove users from group first."
    )
    shop("iam remove-user-from-group --user-name casey --group-name G")
    for kind, name in (("group", "G"), ("role", "R")):
        assert (
            shop.refused(f"iam delete-{kind} --{kind}-name {name}")[1]
            == "Cannot delete entity, must detach all policies first."
        )
        shop(f"iam detach-{kind}-policy --{kind}-name {name} --policy-arn {ADMIN}")
        assert (
            shop.refused(f"iam delete-{kind} --{kind}-name {name}")[1]
            == "Cannot delete entity, must delete policies first."
        )
        shop(f"iam delete-{kind}-policy --{kind}-name {name} --policy-name p0")
        shop(f"iam delete-{kind} --{kind}-name {name}")


def test_tags_match_without_case_on_users_and_with_case_on_policies():
    shop = Shop()
    shop(f"{CASEY} --tags Key=Branch,Value=north")
    shop("iam tag-user --user-name casey --tags Key=branch,Value=south")
    assert shop("iam list-user-tags --user-name casey")["Tags"] == (
        {"Key": "branch", "Value": "south"},
    )
    shop("iam untag-user --user-name casey --tag-keys BRANCH")
    assert shop("iam list-user-tags --user-name casey")["Tags"] == ()
    shop("iam tag-user --user-name casey --tags Key=Branch,Value=north")
    shop("iam untag-user --user-name casey --tag-keys branch")
    assert shop("iam list-user-tags --user-name casey")["Tags"] == ()
    shop(
        f"iam create-policy --policy-name p --policy-document {quote(allow('s3:*'))} --tags Key=Branch,Value=north"
    )
    shop(f"iam tag-policy --policy-arn {local('p')} --tags Key=branch,Value=south")
    assert shop.account.policies[local("p")].tags == {"Branch": "north", "branch": "south"}
    shop(f"iam untag-policy --policy-arn {local('p')} --tag-keys BRANCH branch")
    assert shop(f"iam list-policy-tags --policy-arn {local('p')}")["Tags"] == (
        {"Key": "Branch", "Value": "north"},
    )


# -------------------------------------------------------------------- quotas
def test_a_user_is_in_ten_groups_at_most():
    shop = Shop()
    shop(CASEY)
    for n in range(11):
        shop(f"iam create-group --group-name g{n}")
    for n in range(10):
        shop(f"iam add-user-to-group --user-name casey --group-name g{n}")
    assert shop.refused("iam add-user-to-group --user-name casey --group-name g10") == (
        "LimitExceeded",
        "Cannot exceed quota for GroupsPerUser: 10",
    )
    shop("iam add-user-to-group --user-name casey --group-name g9")


def test_a_user_has_fifty_tags_at_most():
    shop = Shop()
    shop(f"{CASEY} --tags " + " ".join(f"Key=k{n},Value=v" for n in range(49)))
    shop("iam tag-user --user-name casey --tags Key=k49,Value=v")
    shop("iam tag-user --user-name casey --tags Key=K0,Value=w")
    assert shop.refused("iam tag-user --user-name casey --tags Key=k50,Value=v") == (
        "LimitExceeded",
        "Cannot exceed quota for TagsPerResource: 50",
    )


def test_a_marker_is_short_enough_to_be_given_back_whatever_the_filter():
    shop = Shop()
    deep = f"/{'staff/' * 80}"
    for name in ("casey", "dana"):
        shop(f"iam create-user --user-name {name} --path {deep}")
    first = shop(f"iam list-users --path-prefix {deep} --max-items 1 --no-paginate")
    rest = shop(f"iam list-users --path-prefix {deep} --marker {first['Marker']}")
    assert [user["UserName"] for user in rest["Users"]] == ["dana"]


def test_a_marker_is_short_enough_to_be_given_back_whatever_the_names():
    shop, deep = Shop(), f"/{'s' * 510}/"
    for name in ("Beans", "Milk", "Till"):
        document = quote(allow("s3:*"))
        shop(
            f"iam create-policy --policy-name {name} --path {deep} --policy-document {document}"
        )
    arn = f"arn:aws:iam::{ID}:policy{deep}Till"
    keys = [f"{chr(0x20000) * 127}{n}" for n in range(3)]
    shop(
        f"iam tag-policy --policy-arn {arn} --tags {' '.join(f'Key={key},Value=v' for key in keys)}"
    )
    for line, member, part, names in (
        (
            "list-policies --scope Local",
            "Policies",
            "PolicyName",
            ["Beans", "Milk", "Till"],
        ),
        (f"list-policy-tags --policy-arn {arn}", "Tags", "Key", keys),
    ):
        found, marker = [], ""
        while marker is not None:
            page = shop(
                f"iam {line} --max-items 1 {f'--marker {marker}' if marker else '--no-paginate'}"
            )
            found += [row[part] for row in page[member]]  # type: ignore[index,union-attr]
            marker = page.get("Marker")
        assert found == names


def test_names_that_go_between_two_pages_take_no_other_with_them():
    shop = Shop()
    for name in ("ada", "bo", "bobby", "casey"):
        shop(f"iam create-user --user-name {name}")
    page = shop("iam list-users --max-items 2 --no-paginate")
    for name in ("ada", "bo"):
        shop(f"iam delete-user --user-name {name}")
    rest = shop(f"iam list-users --marker {page['Marker']}")
    assert [user["UserName"] for user in rest["Users"]] == ["bobby", "casey"]


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("/aws-service-role/ecs.amazonaws.com/", "AWS Service linked Roles"),
        ("/aws-reserved/x/", "AWS reserved roles"),
    ],
)
def test_nobody_makes_a_role_that_only_aws_could_remove(path: str, whose: str):
    document = quote(trust(f"arn:aws:iam::{ID}:root"))
    line = f"iam create-role --role-name R --assume-role-policy-document {document} --path"
    prefix = "/".join(path.split("/")[:2])
    assert Shop().refused(f"{line} {path}") == (
        "InvalidInput",
        f"Path prefix '{prefix}/' can only be used for {whose}",
    )
    shop = Shop()
    shop(f"{line} {path.replace('aws-', 'aws')}")
    shop("iam delete-role --role-name R")


# ------------------------------------------------------------ service-linked roles
def test_a_service_linked_role_gets_its_service_s_trust_and_policy():
    shop = Shop()
    made = shop("iam create-service-linked-role --aws-service-name ecs.amazonaws.com")
    role = made["Role"]
    assert role["RoleName"] == "AWSServiceRoleForECS"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "ecs.amazonaws.com"
    }
    attached = shop("iam list-attached-role-policies --role-name AWSServiceRoleForECS")
    assert [policy["PolicyName"] for policy in attached["AttachedPolicies"]] == [
        "AmazonECSServiceRolePolicy"
    ]


def test_creating_a_service_linked_role_is_authorized_on_its_own_arn_and_service():
    shop = Shop()
    mine = f"arn:aws:iam::{ID}:role/aws-service-role/ecs.amazonaws.com/*"
    condition = {"StringEquals": {"iam:AWSServiceName": "ecs.amazonaws.com"}}
    by = shop.hire("casey", allow("iam:CreateServiceLinkedRole", mine, Condition=condition))
    create = "iam create-service-linked-role --aws-service-name"
    _, text = shop.refused(f"{create} batch.amazonaws.com", by)
    arn = f"arn:aws:iam::{ID}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
    assert f"iam:CreateServiceLinkedRole on resource: {arn}" in text
    assert shop(f"{create} ecs.amazonaws.com", by)["Role"]


def test_a_deleted_service_linked_role_is_gone_and_its_task_has_succeeded():
    shop = Shop()
    create = "iam create-service-linked-role --aws-service-name ecs.amazonaws.com"
    tasks = []
    for _ in range(2):
        shop(create)
        task = shop("iam delete-service-linked-role --role-name AWSServiceRoleForECS")
        tasks.append(task["DeletionTaskId"])
    assert len(set(tasks)) == 2
    for task in tasks:
        status = shop(
            f"iam get-service-linked-role-deletion-status --deletion-task-id {task}"
        )
        assert status["Status"] == "SUCCEEDED"
    assert not shop.account.roles.get("awsserviceroleforecs")


def test_every_service_linked_role_has_a_policy_that_aws_publishes():
    """Those of AWS have none for Lex today."""
    missing = [
        service
        for service, role in _linked_roles().items()
        if aws_policy(role.policy_arn) is None
    ]
    assert missing == ["lex.amazonaws.com"]


def test_a_credential_for_one_service_is_shown_once_and_keeps_its_user():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html"""
    shop = Shop()
    shop("iam create-user --user-name casey")
    named = "--user-name casey --service-specific-credential-id"
    made = shop(
        "iam create-service-specific-credential --user-name casey --service-name codecommit.amazonaws.com"
    )["ServiceSpecificCredential"]
    assert made["ServiceUserName"] == f"casey-at-{ID}"
    again = shop(
        f"iam reset-service-specific-credential {named} {made['ServiceSpecificCredentialId']}"
    )["ServiceSpecificCredential"]
    assert again["ServicePassword"] != made["ServicePassword"]
    (listed,) = shop("iam list-service-specific-credentials --user-name casey")[
        "ServiceSpecificCredentials"
    ]
    assert "ServicePassword" not in listed
    assert shop.refused("iam delete-user --user-name casey")[0] == "DeleteConflict"
    shop(f"iam delete-service-specific-credential {named} {listed['ServiceSpecificCredentialId']}")  # fmt: skip
    shop("iam delete-user --user-name casey")


def test_no_record_tells_the_password_of_a_service_specific_credential():
    shop = Shop()
    shop("iam create-user --user-name casey")
    outcome = shop.outcome(
        "iam create-service-specific-credential --user-name casey --service-name codecommit.amazonaws.com"
    )
    assert "assword" not in str(cloudtrail_event(outcome)["responseElements"])


def test_a_sign_in_is_recorded_with_the_agent_of_a_browser():
    """In AWS's example of a ConsoleLogin record, the userAgent is a browser's."""
    shop = Shop()
    shop.hire("casey")
    shop("iam create-login-profile --user-name casey --password Latte-art-7")
    shop.sign_in("casey")
    agents = {
        str(event["eventName"]): str(event["userAgent"])
        for event in map(cloudtrail_event, shop.outcomes)
    }
    assert agents["ConsoleLogin"].startswith("Mozilla/5.0 (")
    assert agents["CreateLoginProfile"].startswith("aws-cli/")
