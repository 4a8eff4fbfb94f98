"""The console: signing in with password and code, switching roles, root's own tasks."""

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Key
from tests.account.shop import EMAIL, ID, PASSWORD, ROOT_IN, Shop, allow, role, trust, user

WRONG = ("AccessDenied", "Your authentication information is incorrect. Please try again.")


def counter() -> Shop:
    shop = Shop()
    shop.hire("casey", allow("sts:AssumeRole"), allow("s3:ListAllMyBuckets"))
    shop("iam create-login-profile --user-name casey --password Latte-art-7")
    shop.role("Cashier", trust(f"arn:aws:iam::{ID}:root"), allow("iam:ListUsers"))
    return shop


def test_a_password_opens_twelve_hours():
    shop = counter()
    body = shop("console sign-in --user-name casey --password Latte-art-7")
    assert (body["ConsoleLogin"], body["Expiration"]) == (
        "Success",
        "2026-03-02T20:00:00+00:00",
    )
    shop("s3api list-buckets", "casey@console")
    shop.later(hours=12)
    assert shop.refused("s3api list-buckets", "casey@console") == (
        "ExpiredToken",
        "The provided token has expired.",
    )


@pytest.mark.parametrize(
    "line",
    [
        "console sign-in --user-name casey --password Latte-art-8",
        "console sign-in --user-name nobody --password Latte-art-7",
        "console sign-in --account-id 444455556666 --user-name casey --password Latte-art-7",
        "console sign-in --root-email other@shop.example --password Espresso-Doppio-7",
        f"console sign-in --root-email {EMAIL} --password Latte-art-7",
    ],
)
def test_one_text_whatever_was_wrong(line: str):
    assert counter().refused(line) == WRONG


def test_whoever_has_a_device_needs_its_code():
    shop = counter()
    shop.phone("casey")
    shop.later(minutes=1)
    assert shop.refused("console sign-in --user-name casey --password Latte-art-7") == WRONG
    shop.sign_in("casey", "--mfa-code @phone")
    session = shop.account.credentials[find_caller(shop.account, "casey+code").id]  # type: ignore[union-attr]
    assert isinstance(session, Session)
    assert session.mfa == shop.at


def test_a_password_to_be_reset_asks_for_a_new_one():
    shop = counter()
    shop("iam update-login-profile --user-name casey --password-reset-required")
    assert shop.refused("console sign-in --user-name casey --password Latte-art-7") == (
        "AccessDenied",
        "You must change your password to continue.",
    )
    assert (
        shop.refused(
            "console sign-in --user-name casey --password Latte-art-7 --new-password x"
        )[0]
        == "PasswordPolicyViolation"
    )
    assert (
        shop.refused(
            "console sign-in --user-name casey --password Latte-art-7 --new-password Latte-art-7"
        )[0]
        == "PasswordPolicyViolation"
    )
    shop.sign_in("casey", "--new-password Mocha-art-8")
    shop.sign_in("casey", password="Mocha-art-8")


def test_an_expired_password_is_renewed_at_sign_in_or_refused_for_good():
    shop = counter()
    shop("iam update-account-password-policy --max-password-age 30")
    shop.later(days=30)
    assert (
        shop.refused("console sign-in --user-name casey --password Latte-art-7")[1]
        == "You must change your password to continue."
    )
    shop("iam update-account-password-policy --max-password-age 30 --hard-expiry")
    assert (
        shop.refused(
            "console sign-in --user-name casey --password Latte-art-7 --new-password Mocha-art-8"
        )
        == WRONG
    )
    shop("sts get-caller-identity", "casey")  # keys still work


def test_use_of_a_password_is_kept_for_five_minutes():
    shop = counter()
    for minutes, used in ((0, 0), (4, 0), (2, 6)):
        shop.later(minutes=minutes).sign_in("casey")
        assert (
            shop("iam get-user --user-name casey")["User"]["PasswordLastUsed"]
            == f"2026-03-02T08:0{used}:00+00:00"
        )


def test_signing_out_ends_that_session_and_no_other():
    shop = counter()
    first, second = shop.sign_in("casey"), shop.sign_in("casey")
    shop("console sign-out", second)
    assert shop.refused("s3api list-buckets", second)[0] == "ExpiredToken"
    shop("s3api list-buckets", first)


def test_a_role_is_switched_to_and_back_and_its_session_goes_on():
    shop = counter()
    shop.sign_in("casey")
    shop("console switch-role --role-name Cashier", "casey@console")
    worn = find_caller(shop.account, "casey@console")
    assert find_caller(shop.account, "casey/Cashier") == worn
    assert (
        shop("sts get-caller-identity", "casey@console")["Arn"]
        == f"arn:aws:sts::{ID}:assumed-role/Cashier/casey"
    )
    shop("iam list-users", "casey@console")
    assert shop.refused("s3api list-buckets", "casey@console")[0] == "AccessDenied"
    back = shop("console switch-back", "casey@console")["AccessKeyId"]
    assert find_caller(shop.account, "casey@console") == Key(str(back))
    shop("s3api list-buckets", "casey@console")
    shop("iam list-users", worn)
    assert shop.refused("console switch-back", "casey@console") == (
        "AccessDenied",
        "There is no role to switch back from.",
    )


def test_from_role_to_role_one_switches_under_the_rights_of_the_sign_in_and_back_to_it():
    shop = counter()
    shop.role("Inventory", trust(user("casey")))
    signed_in = shop.sign_in("casey")
    shop("console switch-role --role-name Cashier", "casey@console")
    cashier = find_caller(shop.account, "casey@console")  # which may do nothing with STS
    shop("console switch-role --role-name Inventory", "casey@console")
    assert (
        shop("sts get-caller-identity", "casey@console")["Arn"]
        == f"arn:aws:sts::{ID}:assumed-role/Inventory/casey"
    )
    shop("iam list-users", cashier)
    shop("console switch-back", "casey@console")
    assert find_caller(shop.account, "casey@console") == signed_in


def test_one_switches_back_to_the_sign_in_that_switched():
    shop = counter()
    first = shop.sign_in("casey")
    worn = Key(str(shop("console switch-role --role-name Cashier", first)["AccessKeyId"]))
    shop.sign_in("casey")
    assert shop("console switch-back", worn)["AccessKeyId"] == first.id
    shop("console sign-out", first)
    assert shop.refused("console switch-back", worn)[0] == "ExpiredToken"


def test_root_switches_to_no_role():
    shop = counter()
    shop(ROOT_IN)
    assert shop.refused("console switch-role --role-name Cashier", "root@console") == (
        "AccessDenied",
        "Roles may not be assumed by root accounts.",
    )


def test_a_role_that_refuses_is_not_switched_to():
    shop = counter()
    shop.role("Manager", trust("arn:aws:iam::444455556666:root"))
    shop.sign_in("casey")
    told = shop.refused("console switch-role --role-name Manager", "casey@console")
    assert told == (
        "AccessDenied",
        f"User: {user('casey')} is not authorized to perform: sts:AssumeRole on resource: {role('Manager')}",
    )


@pytest.mark.parametrize(
    "line", ["console sign-out", "console switch-back", "console close-account"]
)
def test_a_key_is_no_browser(line: str):
    assert counter().refused(line)[0] == "MissingAuthenticationToken"


# -------------------------------------------------------------------- root's tasks
def owner() -> Shop:
    shop = counter()
    shop(ROOT_IN)
    return shop


def test_root_enrols_a_phone_and_signs_in_with_its_code():
    shop = owner()
    serial = f"arn:aws:iam::{ID}:mfa/safe"
    shop(
        "iam create-virtual-mfa-device --virtual-mfa-device-name safe --outfile q.png --bootstrap-method QRCodePNG"
    )
    shop(
        f"console enroll-root-mfa --serial-number {serial} --authentication-code1 @phone-1 --authentication-code2 @phone",
        "root@console",
    )
    shop.later(minutes=1)
    assert shop.refused(ROOT_IN) == WRONG
    shop(f"{ROOT_IN} --mfa-code {shop.code(serial)}")
    shop(f"console remove-root-mfa --serial-number {serial}", "root@console")
    shop(ROOT_IN)
    assert shop.refused(
        f"console remove-root-mfa --serial-number {serial}", "root@console"
    ) == (
        "NoSuchEntity",
        "MFA Device invalid for user.",
    )


def test_root_changes_address_and_password():
    shop = owner()
    shop("console change-email --email new@shop.example", "root@console")
    assert (
        shop.refused(
            f"console change-root-password --old-password x --new-password {PASSWORD}",
            "root@console",
        )
        == WRONG
    )
    shop(
        f"console change-root-password --old-password {PASSWORD} --new-password Ristretto-9",
        "root@console",
    )
    shop("console sign-in --root-email new@shop.example --password Ristretto-9")
    assert shop.refused(ROOT_IN) == WRONG


def test_root_opens_billing_and_closes_the_account_for_good():
    shop = owner()
    shop("console activate-billing-access", "root@console")
    assert shop.account.billing
    shop("console close-account", "root@console")
    assert shop.refused("sts get-caller-identity", "casey")[0] == "InvalidClientTokenId"
    assert shop.refused(ROOT_IN) == WRONG


@pytest.mark.parametrize(
    "line",
    [
        "console change-email --email x@shop.example",
        "console change-root-password --old-password a --new-password b",
        "console close-account",
        "console activate-billing-access",
        f"console remove-root-mfa --serial-number arn:aws:iam::{ID}:mfa/x",
        f"console enroll-root-mfa --serial-number arn:aws:iam::{ID}:mfa/x --authentication-code1 000000 --authentication-code2 000000",
    ],
)
def test_only_root_does_what_only_root_may(line: str):
    shop = counter()
    shop(
        "iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"
    )
    shop.sign_in("casey")
    before = shop.account
    assert shop.refused(line, "casey@console") == (
        "AccessDenied",
        "Only the root user can do this.",
    )
    assert replace(shop.account, calls=before.calls, usage=before.usage) == before


def test_a_second_key_of_the_same_name_is_another_device():
    shop = counter()
    shop(ROOT_IN)
    line = "console enroll-security-key --user-name casey --device-name yubi"
    first, second = (shop(line, "root@console")["SerialNumber"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("Mocha-7", "Password should have a minimum length of 8"),
        ("mocha-mocha", "Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number"),
        ("Mocha-at-noon", ""),
    ],
)  # fmt: skip
def test_the_password_of_root_keeps_the_default_rules_whatever_is_asked_of_users(
    password: str, told: str
):
    shop = counter()
    shop("iam update-account-password-policy --minimum-password-length 6")
    shop(ROOT_IN)
    line = (
        f"console change-root-password --old-password {PASSWORD} --new-password {password}"
    )
    if told:
        assert shop.refused(line, "root@console") == ("PasswordPolicyViolation", told)
    else:
        shop(line, "root@console")
