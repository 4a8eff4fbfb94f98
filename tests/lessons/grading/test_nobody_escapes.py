"""Whoever can do more than is needed is found: everybody, every session, everything and every moment. Each row once earned
three stars, on top of a right answer.
"""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Scenario
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import keys, played

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ROOT = "arn:aws:iam::111122223333:root"


def document(*statements: dict[str, object]) -> str:
    rows = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": rows})


def trust(name: str, *statements: dict[str, object]) -> str:
    rows = ({"Action": "sts:AssumeRole", **statement} for statement in statements)
    return f"aws iam update-assume-role-policy --role-name {name} --policy-document '{document(*rows)}'\n"


def role(name: str, *statements: dict[str, object], holds: str = "") -> str:
    rows = ({"Action": "sts:AssumeRole", **statement} for statement in statements)
    made = f"aws iam create-role --role-name {name} --assume-role-policy-document '{document(*rows)}'\n"
    held = f"aws iam put-role-policy --role-name {name} --policy-name p --policy-document '{holds}'\n"
    return made + (held if holds else f"aws iam attach-role-policy --role-name {name} --policy-arn {ADMINISTRATOR}\n")


def bucket(*statements: dict[str, object], name: str = "coffeeshop-payroll") -> str:
    on = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    text = document(*({"Resource": on, **statement} for statement in statements))
    return f"aws s3api put-bucket-policy --bucket {name} --policy '{text}'\n"


def put(who: str, *statements: dict[str, object], name: str = "more") -> str:
    return (
        f"aws iam put-user-policy --user-name {who} --policy-name {name} --policy-document '{document(*statements)}'\n"
    )


def hired(name: str) -> str:
    return (
        f"aws iam create-user --user-name {name}\naws iam create-access-key --user-name {name}\n"
        f"aws iam attach-user-policy --user-name {name} --policy-arn {ADMINISTRATOR}\n"
    )


OURS = {"Principal": {"AWS": ROOT}}
EVERYBODY = {"Principal": "*"}
CODE = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
LATER = "2027-01-01T00:00:00Z"
WEB = {"Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}
GITHUB = {
    "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:someone/*"}},
}
THIRTEEN = [f"w{n}" for n in range(13)]
DECOY = role(
    "Aaa-decoy",
    {
        "Principal": {"AWS": "arn:aws:iam::111122223333:user/bo"},
        "Condition": {
            "StringEquals": {
                "sts:RoleSessionName": THIRTEEN,
                "sts:ExternalId": THIRTEEN,
                "sts:SourceIdentity": THIRTEEN,
            }
        },
    },
    {"Effect": "Deny", "Principal": "*"},
    holds=document({"Action": "s3:GetObject", "Resource": "*"}),
)

ESCAPES = {
    "a user called anyone": ("05", hired("anyone"), "excess:user/anyone"),
    "a user called root": ("05", hired("root"), "excess:user/root"),
    "a user called function": ("05", hired("function"), "excess:function"),
    "a user called account": ("05", hired("account"), "excess:account"),
    "a user called newcomer": ("05", hired("newcomer"), "excess:user/newcomer"),
    "a provider without a condition": ("15", trust("Manager", OURS, WEB), "excess:federated/accounts.google.com"),
    "a provider with claims that anybody can have": ("15", trust("Manager", OURS, GITHUB), "excess:federated/"),
    "a stranger with a code": (
        "15",
        trust("Manager", OURS, {"Principal": {"AWS": "999988887777"}, "Condition": CODE}),
        "excess:account/999988887777",
    ),
    "anybody with a code, of whatever account": (
        "15",
        trust("Manager", OURS, {**EVERYBODY, "Condition": CODE}),
        "excess:newcomer",
    ),
    "a colleague of tomorrow with a code": (
        "15",
        trust(
            "Manager",
            OURS,
            {
                **EVERYBODY,
                "Condition": {
                    **CODE,
                    "StringEquals": {"aws:PrincipalAccount": "111122223333"},
                    "StringNotEquals": {"aws:username": ["bo", "casey"]},
                },
            },
        ),
        "excess:newcomer",
    ),
    "a colleague of tomorrow of a certain name": (
        "05",
        bucket({**EVERYBODY, "Action": "s3:GetObject", "Condition": {"StringLike": {"aws:username": "zx*"}}}),
        "excess:newcomer",
    ),
    "a grant that begins when sessions are issued later": (
        "15",
        put("bo", {"Action": "*", "Resource": "*", "Condition": {"DateGreaterThan": {"aws:TokenIssueTime": LATER}}}),
        "",
    ),
    "a grant that begins on a day": (
        "05",
        put("casey", {"Action": "s3:*", "Resource": "*", "Condition": {"DateGreaterThan": {"aws:CurrentTime": LATER}}}),
        "",
    ),
    "any service, at payroll": (
        "05",
        bucket({**EVERYBODY, "Action": "s3:GetObject", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}}),
        "excess:service",
    ),
    "a service that is named": (
        "05",
        bucket({"Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject"}),
        "excess:service/cloudtrail.amazonaws.com",
    ),
    "a service for anybody's resource": (
        "05",
        bucket(
            {
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Condition": {"StringEquals": {"aws:SourceAccount": "999988887777"}},
            }
        ),
        "excess:service/logging.s3.amazonaws.com",
    ),
    "an account by its canonical id": (
        "05",
        bucket({"Principal": {"CanonicalUser": "a" * 64}, "Action": "s3:GetObject"}),
        "excess:canonical/",
    ),
    "a root user elsewhere": (
        "05",
        bucket({"Principal": {"AWS": "999988887777"}, "Action": "s3:GetObject", "Condition": CODE}),
        "excess:account/999988887777",
    ),
    "another account's queue": (
        "15",
        put("bo", {"Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:999988887777:theirs"}),
        "excess:bo",
    ),
    "another account's table": (
        "15",
        put("bo", {"Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:99998888777?:table/*"}),
        "excess:bo",
    ),
    "another account's role": (
        "15",
        put("bo", {"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::999988887777:role/x"}),
        "excess:bo",
    ),
    "a decoy of many claims": ("15", DECOY + role("Zzz", {"Principal": {"AWS": "arn:aws:iam::111122223333:user/bo"}}), "bo"),
    "a role that knows a session by its name": (
        "17",
        "aws iam put-role-policy --role-name Cashier --policy-name boss --policy-document '"
        + document({"Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "*:boss"}}})
        + "'\n",
        "excess:bo",
    ),
    "a bucket that knows a session by its name": (
        "17",
        bucket({"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/Cashier/boss"}, "Action": "s3:GetObject"}),
        "excess:bo",
    ),
}  # fmt: skip


def solved(number: str) -> tuple[Scenario, str]:
    ids = {
        "02": "02-the-first-administrator",
        "05": "05-receipts-drawer",
        "10": "10-the-cashiers",
        "15": "15-three-workstations",
        "17": "17-one-apron",
        "20": "20-mfa-at-the-door",
        "26": "26-the-back-door",
    }
    found = course(ids[number])
    return found, found.solution


@pytest.mark.parametrize("name", ESCAPES)
def test_somebody_who_can_do_more_is_found(name: str):
    number, more, key = ESCAPES[name]
    lesson, right = solved(number)
    play = played(lesson, right + more)
    assert [str(o.answer) for o in play.outcomes if not o.allowed] == []
    report = grade(play)
    assert report.stars <= 1
    assert any(key in finding for finding in keys(report)), keys(report)


# ------------------------------------------------------------------ sessions that live on
LIVE = {
    "a session taken while she was an administrator, though the key is gone": (
        "02",
        "aws iam create-access-key --user-name casey --profile ada@console\n"
        f"aws iam attach-user-policy --user-name casey --policy-arn {ADMINISTRATOR} --profile ada@console\n"
        "aws sts get-session-token --duration-seconds 129600 --profile casey\n"
        "aws iam delete-access-key --user-name casey --access-key-id @key --profile ada@console\n",
        "excess:casey",
    ),
    "a role's session that nobody could take now": (
        "15",
        trust("Manager", OURS, {"Principal": {"AWS": "arn:aws:iam::111122223333:user/bo"}})
        + "aws iam create-access-key --user-name bo\n"
        "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Manager --role-session-name left --profile bo\n"
        + trust("Manager", OURS),
        "excess:bo",
    ),
}


@pytest.mark.parametrize("name", LIVE)
def test_a_session_that_lives_on_is_found(name: str):
    number, more, key = LIVE[name]
    lesson, right = solved(number)
    play = played(lesson, right + more)
    assert [str(o.answer) for o in play.outcomes if not o.allowed] == []
    report = grade(play)
    assert report.stars <= 1
    assert any(key in finding for finding in keys(report)), keys(report)
