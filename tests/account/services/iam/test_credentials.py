"""Access keys, console passwords and the password policy."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.credentials import PasswordPolicy
from coffeeshop.account.model import Key, Nobody
from tests.account.shop import AT, EMAIL, ID, Shop, allow, deny, trust, user

CASEY = "iam create-user --user-name casey"
LOGIN = f"{CASEY};iam create-login-profile --user-name casey --password Latte-art-7"
STRICT = "iam update-account-password-policy --minimum-password-length 10 --require-symbols --require-numbers --require-uppercase-characters --require-lowercase-characters"


# ------------------------------------------------------------------ access keys
def test_a_key_is_shown_with_its_secret_once_and_works_until_it_is_off_or_gone():
    shop = Shop()
    shop(CASEY)
    made = shop("iam create-access-key --user-name casey")["AccessKey"]
    assert made["Status"] == "Active"
    assert len(made["SecretAccessKey"]) == 40
    assert made["AccessKeyId"].startswith("AKIA")
    (listed,) = shop("iam list-access-keys --user-name casey")["AccessKeyMetadata"]
    assert listed == {k: v for k, v in made.items() if k != "SecretAccessKey"}
    shop("sts get-caller-identity", "casey")
    shop("iam update-access-key --user-name casey --access-key-id @key --status Inactive")
    told = (
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    )
    assert shop.refused("sts get-caller-identity", "casey") == told
    shop("iam update-access-key --user-name casey --access-key-id @key --status Active")
    shop("sts get-caller-identity", "casey")
    shop("iam delete-access-key --user-name casey --access-key-id @key")
    assert shop.refused("sts get-caller-identity", "casey") == told
    assert shop("iam list-access-keys --user-name casey")["AccessKeyMetadata"] == ()


def test_a_profile_with_a_number_is_the_older_or_the_newer_key():
    shop = Shop()
    shop(CASEY)
    ids = [
        shop("iam create-access-key --user-name casey")["AccessKey"]["AccessKeyId"]
        for _ in range(2)
    ]
    named = [find_caller(shop.account, f"casey:{number}") for number in (1, 2)]
    assert named == [Key(id) for id in ids]
    assert find_caller(shop.account, "casey") == Key(ids[1])
    for unknown in ("casey:3", "casey:", "sam:1", ":1"):
        assert find_caller(shop.account, unknown) == Nobody()


def test_without_a_name_the_calling_user_is_meant():
    shop = Shop()
    shop.hire("casey", allow("iam:*"))
    shop("iam create-access-key", "casey")
    assert {
        k["UserName"] for k in shop("iam list-access-keys", "casey")["AccessKeyMetadata"]
    } == {"casey"}
    assert shop("iam get-user", "casey")["User"]["UserName"] == "casey"
    assert (
        shop.outcomes[-1].act.call.parameters == {}
    )  # the trail keeps the line as it was given


def test_root_has_keys_of_its_own():
    shop = Shop()
    root = find_caller(shop.account, "root")
    (key,) = shop("iam list-access-keys")["AccessKeyMetadata"]
    assert "UserName" not in key
    made = shop("iam create-access-key")["AccessKey"]["AccessKeyId"]
    assert shop.refused("iam create-access-key") == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )
    shop(f"iam update-access-key --access-key-id {made} --status Inactive", root)
    shop(f"iam delete-access-key --access-key-id {made}", root)
    assert len(shop.account.keys_of(ID)) == 1


def test_a_user_has_two_keys_at_most_inactive_ones_too():
    shop = Shop()
    shop.hire("casey")
    shop("iam create-access-key --user-name casey")
    shop("iam update-access-key --user-name casey --access-key-id @key:1 --status Inactive")
    assert shop.refused("iam create-access-key --user-name casey") == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )


def test_last_use_of_a_key_keeps_the_first_in_a_quarter_of_an_hour():
    shop = Shop()
    key = shop.hire("casey")
    line = f"iam get-access-key-last-used --access-key-id {key.id}"
    assert shop(line) == {
        "UserName": "casey",
        "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"},
    }
    shop("sts get-caller-identity", "casey")
    shop.later(minutes=14).outcome("s3api list-buckets", "casey")
    assert shop(line)["AccessKeyLastUsed"] == {
        "LastUsedDate": "2026-03-02T08:00:00+00:00",
        "ServiceName": "sts",
        "Region": "us-east-1",
    }
    shop.later(minutes=1).outcome("s3api list-buckets --region eu-west-1", "casey")
    assert shop(line)["AccessKeyLastUsed"] == {
        "LastUsedDate": "2026-03-02T08:15:00+00:00",
        "ServiceName": "s3",
        "Region": "eu-west-1",
    }
    assert "UserName" not in shop(
        f"iam get-access-key-last-used --access-key-id {shop.account.keys_of(ID)[0].id}"
    )


def test_what_was_never_authenticated_is_no_use():
    shop = Shop()
    key = shop.hire("casey")
    used = shop.account.usage.get(shop.account.users["casey"].id, {})
    shop.call("iam", "Nope", key)
    shop.call("iam", "UploadServerCertificate", key)
    shop.call("iam", "GetGroup", key)  # without a name
    shop(
        f"iam update-access-key --user-name casey --access-key-id {key.id} --status Inactive"
    )
    shop.call("iam", "ListUsers", key)
    assert shop.account.usage.get(shop.account.users["casey"].id, {}) == used
    assert key.id not in shop.account.usage


REFUSALS = [
    (CASEY, "iam delete-access-key --user-name casey --access-key-id AKIANOBODYKNOWSTHIS1", "NoSuchEntity", "The Access Key with id AKIANOBODYKNOWSTHIS1 cannot be found."),
    (CASEY, "iam get-access-key-last-used --access-key-id AKIANOBODYKNOWSTHIS1", "AccessDenied", f"User: arn:aws:iam::{ID}:root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIANOBODYKNOWSTHIS1"),
    (CASEY, "iam get-login-profile --user-name casey", "NoSuchEntity", "Login Profile for User casey cannot be found."),
    (CASEY, "iam update-login-profile --user-name casey --password Latte-art-7", "NoSuchEntity", "Login Profile for User casey cannot be found."),
    (CASEY, "iam create-login-profile --user-name casey", "ValidationError", "The Password parameter is required."),
    (LOGIN, "iam create-login-profile --user-name casey --password Latte-art-7", "EntityAlreadyExists", "Login Profile for user casey already exists."),
    ("", "iam get-account-password-policy", "NoSuchEntity", f"The Password Policy with domain name {ID} cannot be found."),
    ("", "iam delete-account-password-policy", "NoSuchEntity", "The account policy with name PasswordPolicy cannot be found."),
    ("", "iam change-password --old-password a --new-password b", "InvalidUserType", "Only IAM Users can change their own password"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "line", "code", "text"), REFUSALS)
def test_refusals_are_awss(before: str, line: str, code: str, text: str):
    shop = Shop()
    for step in filter(None, before.split(";")):
        shop(step)
    assert shop.refused(line) == (code, text)


def test_a_status_that_iam_does_not_take():
    shop = Shop()
    key = shop.hire("casey")
    answer = shop.call(
        "iam", "UpdateAccessKey", UserName="casey", AccessKeyId=key.id, Status="Expired"
    ).answer
    assert getattr(answer, "code", "") == "InvalidInput"


# -------------------------------------------------------------------- passwords
@pytest.mark.parametrize(
    ("password", "text"),
    [
        ("Ab1-xyz", "Password should have a minimum length of 8"),
        ("espresso", "Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number, Password should have at least one symbol"),
        ("Espresso", "Password should meet 1 more of the following requirements: Password should have at least one number, Password should have at least one symbol"),
        (EMAIL.replace("owner", "Owner"), ""),
        ("Coffeeshop-1", ""),
    ],
)  # fmt: skip
def test_the_default_password_policy(password: str, text: str):
    shop = Shop()
    shop(CASEY)
    shop.set(name="Coffeeshop-1", email="Owner@shop.example")
    told = text or "Password should not be the account name or e-mail address"
    assert shop.refused(
        f"iam create-login-profile --user-name casey --password '{password}'"
    ) == (
        "PasswordPolicyViolation",
        told,
    )


@pytest.mark.parametrize(
    ("password", "text"),
    [
        ("Espresso1", "Password should have a minimum length of 10"),
        (
            "espressobar",
            "Password should have at least one uppercase letter, number, symbol",
        ),
        ("Espressobar-1", ""),
    ],
)
def test_a_password_policy_of_ones_own(password: str, text: str):
    shop = Shop()
    shop(CASEY)
    shop(STRICT)
    line = f"iam create-login-profile --user-name casey --password {password}"
    if text:
        assert shop.refused(line) == ("PasswordPolicyViolation", text)
    else:
        assert shop(line)["LoginProfile"]["PasswordResetRequired"] is False


def test_a_policy_without_demands_takes_any_password_of_its_length():
    shop = Shop()
    shop(CASEY)
    shop("iam update-account-password-policy")
    shop("iam create-login-profile --user-name casey --password espresso")


def test_the_password_policy_is_never_updated_in_part():
    shop = Shop()
    shop(
        f"{STRICT} --max-password-age 30 --password-reuse-prevention 2 --hard-expiry --allow-users-to-change-password"
    )
    assert shop("iam get-account-password-policy")["PasswordPolicy"] == {
        "MinimumPasswordLength": 10,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        "MaxPasswordAge": 30,
        "PasswordReusePrevention": 2,
        "HardExpiry": True,
        "ExpirePasswords": True,
    }
    shop("iam update-account-password-policy --require-numbers")
    assert shop.account.password_policy == PasswordPolicy(numbers=True)
    assert "MaxPasswordAge" not in shop("iam get-account-password-policy")["PasswordPolicy"]
    shop("iam delete-account-password-policy")
    assert shop.account.password_policy is None


def test_a_login_profile_is_changed_and_deleted():
    shop = Shop()
    for step in LOGIN.split(";"):
        shop(step)
    shop("iam update-login-profile --user-name casey --password-reset-required")
    assert (
        shop("iam get-login-profile --user-name casey")["LoginProfile"][
            "PasswordResetRequired"
        ]
        is True
    )
    shop("iam update-login-profile --user-name casey")
    assert (
        shop("iam get-login-profile --user-name casey")["LoginProfile"][
            "PasswordResetRequired"
        ]
        is True
    )
    shop.later(days=1)("iam update-login-profile --user-name casey --password Mocha-art-8")
    login = shop.account.users["casey"].login
    assert login is not None
    assert (login.created, login.changed) == (AT, AT + timedelta(days=1))
    shop("iam delete-login-profile --user-name casey")
    assert shop.account.users["casey"].login is None


def test_ones_own_password_is_changed_by_who_knows_the_old_one():
    shop = Shop()
    shop.hire("casey", allow("iam:ChangePassword", user("casey")))
    shop("iam create-login-profile --user-name casey --password Latte-art-7")
    wrong = ("AccessDenied", "The old password was incorrect.")
    assert (
        shop.refused(
            "iam change-password --old-password Latte-art-8 --new-password Mocha-art-8",
            "casey",
        )
        == wrong
    )
    assert (
        shop.refused(
            "iam change-password --old-password Latte-art-7 --new-password Latte-art-7",
            "casey",
        )
        == wrong
    )
    shop(
        "iam change-password --old-password Latte-art-7 --new-password Mocha-art-8", "casey"
    )
    shop.sign_in("casey", password="Mocha-art-8")


def test_the_account_may_let_everyone_change_their_password_unless_a_policy_denies_it():
    shop = Shop()
    shop.hire("casey")
    shop.hire("robin", deny("iam:ChangePassword"))
    change = "iam change-password --old-password Latte-art-7 --new-password Mocha-art-8"
    for name in ("casey", "robin"):
        shop(f"iam create-login-profile --user-name {name} --password Latte-art-7")
        assert shop.refused(change, name)[0] == "AccessDenied"
    shop("iam update-account-password-policy --allow-users-to-change-password")
    shop(change, "casey")
    assert shop.refused(change, "robin")[1].endswith(
        "with an explicit deny in an identity-based policy"
    )
    shop.role("R", trust(user("casey")))
    assert (
        shop.refused(
            "iam change-password --old-password a --new-password b", shop.wear("R", "casey")
        )[0]
        == "AccessDenied"
    )


def test_an_old_password_does_not_come_back_too_soon():
    shop = Shop()
    for step in LOGIN.split(";"):
        shop(step)
    shop("iam update-account-password-policy --password-reuse-prevention 2")
    shop("iam update-login-profile --user-name casey --password second")
    assert shop.refused(
        "iam update-login-profile --user-name casey --password Latte-art-7"
    ) == (
        "PasswordPolicyViolation",
        "Password does not conform to the account password policy.",
    )
    shop("iam update-login-profile --user-name casey --password thirdone")
    shop("iam update-login-profile --user-name casey --password Latte-art-7")


def test_a_key_of_somebody_who_is_gone_is_no_key():
    shop = Shop()
    key = shop.hire("casey")
    casey = shop.account.users["casey"]
    shop.account = shop.account.drop(replace(casey))
    assert shop.refused("sts get-caller-identity", key)[0] == "InvalidClientTokenId"
