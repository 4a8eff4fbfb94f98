"""Stars that were once earned though whoever comes next, or whoever stands by, was left better or worse off than those who
are named.
"""

from __future__ import annotations

import pytest

from tests.lessons.grading.test_hollow_stars import group
from tests.lessons.grading.test_nobody_escapes import trust
from tests.lessons.grading.test_overlooked_stars import beside, but

VOIDED = {"Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/voided/*"}
NOT_MANAGERS = "aws iam delete-group-policy --group-name Managers --policy-name void\n"
ADA_TOO = "aws iam add-user-to-group --group-name Staff --user-name ada\n"


# ------------------------------------------------------------------ who comes into a group
@pytest.mark.parametrize(
    ("number", "more"),
    [
        ("13", NOT_MANAGERS + group("Staff", "void", but("casey", "robin", **VOIDED))),  # Mina needs it, who is a manager
        ("13", ADA_TOO + NOT_MANAGERS + group("Staff", "void", but("casey", "robin", **VOIDED))),
        ("13", NOT_MANAGERS + group("Staff", "void", {**VOIDED, "Condition": {"StringNotLike": {"aws:username": "?????*"}}})),
        ("10", group("Cashiers", "more", {"Action": "s3:GetObject", "Resource": "*", "Condition": {"StringLike": {"aws:username": "????????"}}})),
        ("15", group("Managers", "more", but("mina", Action="*"))),  # Mina is a bystander
    ],
)  # fmt: skip
def test_whoever_is_hired_under_whatever_name_may_do_no_more_than_those_of_the_same_groups(number: str, more: str):
    assert beside(number, more) == (1, ["excess:newcomer"])


# ------------------------------------------------------------------ who stands by
UNCODED = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
OURS = {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
PHONE = (
    "aws iam create-virtual-mfa-device --virtual-mfa-device-name mina --outfile mina.png --bootstrap-method QRCodePNG\n"
    "aws iam enable-mfa-device --user-name mina --serial-number arn:aws:iam::111122223333:mfa/mina"
    " --authentication-code1 @phone --authentication-code2 @phone+1\n"
)
CODED = trust("Manager", {**OURS, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})


def test_a_bystander_without_a_phone_is_asked_for_no_code():
    apart = "aws iam create-group --group-name Coded\naws iam add-user-to-group --group-name Coded --user-name robin\n"
    no = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": UNCODED}
    assert beside("00", apart + group("Coded", "code", no)) == (0, ["lost:robin"])
    assert beside("15", CODED) == (0, ["lost:mina"])
    assert beside("15", CODED + PHONE) == (3, [])
