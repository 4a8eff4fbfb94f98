"""Texts of refusals, as LocalStack's tests recorded them on AWS in February 2026, beside ours.

The sources are tests/aws/services/iam/test_iam_{roles,mfa,groups,users}.snapshot.json, Apache-2.0. Of Organizations, it is
CloudTrail's record of a denied call.
"""

from shlex import quote

from tests.account.shop import ID, Shop, role, trust
from tests.tables import each_row

NOBODY = "arn:aws:iam::111122223333:mfa/none"
TRUST = quote(trust(service="ec2.amazonaws.com"))
ROLE = f"arn:aws:iam::{ID}:role/R"
MISSING = f"arn:aws:iam::{ID}:policy/none"
NO_ACCESS = "is not authorized to perform: organizations:ListRoots on resource: * because no identity-based policy"
RECORDED = (
    (f"iam put-role-permissions-boundary --role-name R --permissions-boundary {ROLE}", "InvalidInput", f"ARN {ROLE} is not valid."),
    (f"iam create-role --role-name Q --assume-role-policy-document {TRUST} --permissions-boundary {ROLE}", "InvalidInput", f"ARN {ROLE} is not valid."),
    (f"iam put-role-permissions-boundary --role-name R --permissions-boundary {MISSING}", "NoSuchEntity", f"Scope ARN: {MISSING} does not exist or is not attachable."),
    ("iam create-virtual-mfa-device --virtual-mfa-device-name d --outfile q.png --bootstrap-method QRCodePNG", "EntityAlreadyExists", "MFA device already exists."),
    (f"iam delete-virtual-mfa-device --serial-number {NOBODY}", "NoSuchEntity", f"MFA Device with serial number {NOBODY} does not exist."),
    (f"iam deactivate-mfa-device --user-name casey --serial-number {NOBODY}", "NoSuchEntity", f"MFA Device with serial number {NOBODY} does not exist."),
    ("iam remove-user-from-group --user-name none --group-name none", "NoSuchEntity", "The user with name none cannot be found."),
    ("organizations describe-policy --policy-id p-x", "InvalidInputException", "You provided a value that does not match the required pattern."),
)  # fmt: skip


def _peopled() -> Shop:
    shop = Shop()
    shop.hire("casey")
    shop.role("R", trust(service="ec2.amazonaws.com"))
    shop(
        "iam create-virtual-mfa-device --virtual-mfa-device-name d --outfile q.png --bootstrap-method QRCodePNG"
    )
    shop("organizations create-organization")
    return shop


@each_row(RECORDED)
def test_a_refusal_has_the_recorded_text(line: str, code: str, text: str):
    assert _peopled().refused(line) == (code, text)


def test_organizations_names_every_resource_of_a_denied_call():
    code, text = _peopled().refused("organizations list-roots", "casey")
    assert code == "AccessDeniedException"
    assert NO_ACCESS in text


def test_each_fault_of_a_bad_code_is_told():
    shop = _peopled()
    serial = f"arn:aws:iam::{ID}:mfa/d"
    faulty = {
        "RoleArn": role("R"),
        "RoleSessionName": "shift",
        "SerialNumber": serial,
        "TokenCode": "abc",
    }
    refused = shop.call("sts", "AssumeRole", "casey", **faulty).answer
    value = "Value 'abc' at 'tokenCode' failed to satisfy constraint: Member must"
    assert refused.message == (  # type: ignore[union-attr]
        f"2 validation errors detected: {value} satisfy regular expression pattern: [\\d]*; "
        f"{value} have length greater than or equal to 6"
    )


def test_a_password_that_may_not_be_used_again_breaks_the_password_policy():
    shop = _peopled()
    shop(
        "iam update-account-password-policy --password-reuse-prevention 3 --allow-users-to-change-password"
    )
    shop("iam create-login-profile --user-name casey --password Latte-art-77x!")
    line = "iam change-password --old-password Latte-art-77x! --new-password Latte-art-77x!"
    assert shop.refused(line, "casey")[0] == "PasswordPolicyViolation"
