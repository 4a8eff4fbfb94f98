"""Answers drawn at random: policies of each kind on whomever there is, under conditions on each key that tells principals,
sessions and moments apart; sessions left behind, people hired.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random  # noqa: TID251  # its seed is an argument

from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from tests.lessons.folder import FILES, SCENARIO, folder, scenario

OURS, PARTNER, STRANGER = "111122223333", "444455556666", "777788889999"
QUEUE = f"https://sqs.us-east-1.amazonaws.com/{OURS}/online-orders"
JOBS = """
[[job]]
id = "wear"
as = "casey"
via = "Till"
do = "aws s3api list-objects-v2 --bucket coffeeshop-receipts"
say = "Casey, as Till, lists the receipts"

[[job]]
id = "courier"
as = "account/444455556666/role/Courier"
do = "aws s3api list-objects-v2 --bucket coffeeshop-orders-export"
say = "The courier lists what is ordered"
"""


def trust(*principals: object, **more: object) -> str:
    rows = [
        {"Effect": "Allow", "Principal": p, "Action": "sts:AssumeRole", **more}
        for p in principals
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": rows})


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


WORLD = f"""
aws iam create-user --user-name casey
aws iam create-user --user-name robin
aws iam create-user --user-name sam
aws iam create-group --group-name Staff
aws iam add-user-to-group --group-name Staff --user-name sam
aws iam create-role --role-name Till --assume-role-policy-document '{
    trust({"AWS": f"arn:aws:iam::{OURS}:root"})
}'
aws iam put-user-policy --user-name robin --policy-name before --policy-document '{
    document(
        {"Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": f"arn:aws:iam::{OURS}:role/Desk",
        },
    )
}'
aws iam create-role --role-name Desk --assume-role-policy-document '{
    trust({"AWS": f"arn:aws:iam::{OURS}:root"})
}'
aws iam put-role-policy --role-name Desk --policy-name before --policy-document '{
    document(
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::coffeeshop-recipes",
        }
    )
}'
aws iam create-role --role-name Box --assume-role-policy-document '{
    trust({"Service": "ec2.amazonaws.com"})
}'
"""
RIGHT = f"""
aws iam put-user-policy --user-name casey --policy-name receipts --policy-document '{
    document(
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::coffeeshop-receipts/*",
        },
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": f"arn:aws:iam::{OURS}:role/Till",
        },
    )
}'
aws iam put-role-policy --role-name Till --policy-name list --policy-document '{
    document(
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::coffeeshop-receipts",
        }
    )
}'
aws s3api put-bucket-policy --bucket coffeeshop-orders-export --policy '{
    document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:role/Courier"},
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::coffeeshop-orders-export",
        }
    )
}'
"""


def lesson(below: Path) -> Scenario:
    """The scenario that answers are drawn for."""
    people = ('admins = ["ada"]', 'admins = ["ada"]\nbystanders = ["robin"]')
    files = {**FILES, "scenario.toml": SCENARIO + JOBS, "world.sh": WORLD}
    return scenario(folder(below, files, people=people))


# ------------------------------------------------------------------------ answers
ACTIONS = (
    "s3:GetObject", "s3:ListBucket", "s3:*", "*", "s3:Get*", "dynamodb:PutItem", "dynamodb:*", "sqs:SendMessage",
    "iam:ListUsers", "iam:CreateUser", "sts:AssumeRole", "lambda:InvokeFunction",
)  # fmt: skip
RESOURCES = (
    "*", "arn:aws:s3:::coffeeshop-receipts", "arn:aws:s3:::coffeeshop-receipts/*", "arn:aws:s3:::coffeeshop-payroll/*",
    "arn:aws:s3:::coffeeshop-p*", f"arn:aws:dynamodb:*:{OURS}:table/*", f"arn:aws:iam::{OURS}:role/*",
    "arn:aws:sqs:*:*:*", f"arn:aws:iam::{OURS}:role/Till", f"arn:aws:lambda:*:{OURS}:function:*",
)  # fmt: skip
PRINCIPALS: tuple[object, ...] = (
    "*",
    "*",
    "*", {"AWS": OURS}, {"AWS": PARTNER}, {"AWS": STRANGER}, {"AWS": f"arn:aws:iam::{OURS}:user/casey"},
    {"AWS": f"arn:aws:iam::{OURS}:user/sam"}, {"AWS": f"arn:aws:iam::{OURS}:role/Till"},
    {"AWS": f"arn:aws:iam::{PARTNER}:role/Courier"}, {"Service": "lambda.amazonaws.com"},
    {"Service": "ec2.amazonaws.com"}, {"AWS": f"arn:aws:sts::{OURS}:assumed-role/Till/boss"},
    {"AWS": f"arn:aws:iam::{OURS}:user/robin"}, {"AWS": f"arn:aws:iam::{OURS}:role/Desk"},
    {"AWS": f"arn:aws:sts::{OURS}:federated-user/kim"}, {"AWS": f"arn:aws:sts::{PARTNER}:federated-user/kim"},
)  # fmt: skip
DATES = (
    "2026-02-01T00:00:00Z",
    "2026-03-02T09:00:00Z",
    "2026-06-01T00:00:00Z",
    "2027-06-01T00:00:00Z",
)


def condition(draw: Random, least: int = 0) -> dict[str, object]:
    """Nothing, or one or two conditions on what tells principals, sessions and moments apart."""
    rows: list[tuple[str, str, tuple[str, ...]]] = [
        (
            "StringEquals",
            "aws:username",
            ("casey", "robin", "sam", "${aws:PrincipalTag/x}"),
        ),
        ("StringLike", "aws:username", ("c*", "z*", "*a*")),
        ("StringNotLike", "aws:username", ("casey", "c*", "??????????")),
        (
            "ArnLike",
            "aws:PrincipalArn",
            (f"arn:aws:iam::{OURS}:user/*", f"arn:aws:iam::{OURS}:role/Till"),
        ),
        (
            "ArnNotLike",
            "aws:PrincipalArn",
            (f"arn:aws:iam::{OURS}:user/casey", f"arn:aws:iam::{PARTNER}:*"),
        ),
        ("StringEquals", "aws:PrincipalAccount", (OURS, PARTNER, STRANGER)),
        ("StringNotEquals", "aws:PrincipalAccount", (OURS, PARTNER)),
        (
            "StringEquals",
            "aws:PrincipalType",
            ("User", "AssumedRole", "Anonymous", "Account"),
        ),
        ("Bool", "aws:MultiFactorAuthPresent", ("true", "false")),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", ("true", "false")),
        ("Null", "aws:MultiFactorAuthAge", ("true", "false")),
        ("NumericLessThan", "aws:MultiFactorAuthAge", ("60", "7200")),
        ("NumericGreaterThan", "aws:MultiFactorAuthAge", ("60", "7200", "50000")),
        ("DateGreaterThan", "aws:CurrentTime", DATES),
        ("DateLessThan", "aws:CurrentTime", DATES),
        ("DateGreaterThan", "aws:TokenIssueTime", DATES),
        ("DateLessThan", "aws:TokenIssueTime", DATES),
        ("NumericGreaterThan", "aws:EpochTime", ("1772500000", "1800000000")),
        ("Null", "aws:TokenIssueTime", ("true", "false")),
        ("StringLike", "aws:userid", ("*:boss", "*:c*", "AIDA*", "AROA*:*")),
        ("StringEquals", "aws:SourceIdentity", ("mina", "casey")),
        ("StringEquals", "sts:SourceIdentity", ("mina",)),
        (
            "StringEquals",
            "aws:FederatedProvider",
            ("accounts.google.com", "www.amazon.com"),
        ),
        ("StringLike", "accounts.google.com:sub", ("1*", "17")),
        ("StringLike", "sts:RoleSessionName", ("boss", "c*", "x?", "${aws:username}")),
        ("StringNotLike", "sts:RoleSessionName", ("c*", "an*", "??", "boss")),
        ("StringNotLike", "aws:userid", ("*:c*", "*:boss", "AIDA*")),
        (
            "StringEquals",
            "aws:PrincipalServiceName",
            ("lambda.amazonaws.com", "glue.amazonaws.com"),
        ),
        ("StringNotEquals", "aws:PrincipalType", ("User", "AssumedRole")),
        ("StringLike", "aws:UserAgent", ("curl/*",)),
        ("StringEquals", "sts:ExternalId", ("blue",)),
        ("StringEquals", "aws:PrincipalTag/x", ("1", "2")),
        ("Null", "aws:PrincipalTag/x", ("true",)),
        ("Bool", "aws:ViaAWSService", ("false",)),
        ("Bool", "aws:SecureTransport", ("true", "false")),
        ("IpAddress", "aws:SourceIp", ("203.0.113.0/24", "10.0.0.0/8")),
        ("Bool", "aws:PrincipalIsAWSService", ("true", "false")),
    ]
    found: dict[str, dict[str, object]] = {}
    for _ in range(draw.choice((least, least, least, 1, 1, 2))):
        operator, key, values = draw.choice(rows)
        found.setdefault(operator, {})[key] = draw.choice(values)
    return {"Condition": found} if found else {}


def statement(draw: Random, kind: str) -> dict[str, object]:
    """One statement of an identity, bucket, queue or trust policy."""
    effect = "Deny" if draw.random() < 0.2 else "Allow"
    rest = condition(draw, 1 if kind in ("trust", "bucket", "queue") else 0)
    if kind == "trust" and draw.random() < 0.2:
        web = {
            "Principal": {"Federated": "accounts.google.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
        }
        return {"Effect": "Allow", **web, **rest}
    if kind == "trust":
        actions = draw.choice(
            (
                ["sts:AssumeRole"],
                ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            )
        )
        return {
            "Effect": effect,
            "Principal": draw.choice(PRINCIPALS),
            "Action": actions,
            **rest,
        }
    if kind == "bucket":
        on = draw.choice(
            (
                ["arn:aws:s3:::coffeeshop-payroll/*"],
                ["arn:aws:s3:::coffeeshop-payroll", "arn:aws:s3:::coffeeshop-payroll/*"],
            )
        )
        action = draw.choice(("s3:GetObject", "s3:ListBucket", "s3:*"))
        return {
            "Effect": effect,
            "Principal": draw.choice(PRINCIPALS),
            "Action": action,
            "Resource": on,
            **rest,
        }
    if kind == "queue":
        on = f"arn:aws:sqs:us-east-1:{OURS}:online-orders"
        return {
            "Effect": effect,
            "Principal": draw.choice(PRINCIPALS),
            "Action": "sqs:*",
            "Resource": on,
            **rest,
        }
    return {
        "Effect": effect,
        "Action": draw.choice(ACTIONS),
        "Resource": draw.choice(RESOURCES),
        **rest,
    }


def additions(draw: Random) -> Iterator[str]:
    """A few lines that a learner might add."""
    for number in range(draw.choice((1, 1, 2, 3))):
        kind = draw.choice(
            (
                "user",
                "group",
                "role",
                "role",
                "trust",
                "trust",
                "bucket",
                "bucket",
                "queue",
                "hire",
                "live",
                "left",
                "tag",
            )
        )
        grammar = kind if kind in ("trust", "bucket", "queue") else "identity"
        text = document(*(statement(draw, grammar) for _ in range(draw.choice((1, 1, 2)))))
        attributes = json.dumps({"Policy": text})
        said = {
            "n": number,
            "text": text,
            "attributes": attributes,
            "who": draw.choice(("casey", "robin", "sam")),
            "role": draw.choice(("Till", "Desk", "Box", "espresso-role")),
            "name": draw.choice(("anyone", "root", "function", "zoe", "newcomer")),
            "value": draw.choice("12"),
            "session": draw.choice(("boss", "service", "casey", "x1")),
            "before": trust({"AWS": f"arn:aws:iam::{OURS}:root"}),
            "open": trust("*"),
        }
        yield from (line.format(**said) for line in LINES[kind])


LINES = {
    "user": (
        "aws iam put-user-policy --user-name {who} --policy-name p{n} --policy-document '{text}'",
    ),
    "group": (
        "aws iam put-group-policy --group-name Staff --policy-name p{n} --policy-document '{text}'",
    ),
    "role": (
        "aws iam put-role-policy --role-name {role} --policy-name p{n} --policy-document '{text}'",
    ),
    "trust": (
        "aws iam update-assume-role-policy --role-name {role} --policy-document '{text}'",
    ),
    "bucket": (
        "aws s3api delete-public-access-block --bucket coffeeshop-payroll",
        "aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{text}'",
    ),
    "queue": (
        f"aws sqs set-queue-attributes --queue-url {QUEUE} --attributes '{{attributes}}'",
    ),
    "hire": (
        "aws iam create-user --user-name {name}",
        "aws iam put-user-policy --user-name {name} --policy-name p --policy-document '{text}'",
    ),
    "live": (
        "aws iam create-access-key --user-name {who}",
        "aws sts get-session-token --profile {who}",
    ),
    "left": (  # a session in a role that nobody could take now
        "aws iam update-assume-role-policy --role-name {role} --policy-document '{open}'",
        "aws iam create-access-key --user-name {who}",
        "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/{role} --role-session-name {session} --profile {who}",
        "aws iam update-assume-role-policy --role-name {role} --policy-document '{before}'",
    ),
    "tag": ("aws iam tag-user --user-name sam --tags Key=x,Value={value}",),
}


def answer(lesson: Scenario, draw: Random) -> Play:
    """The right answer, with a few lines more."""
    text = RIGHT + "\n".join(additions(draw)) + "\n"
    found = run_play(lesson, text, "drawn.sh")
    assert isinstance(found, Play), [*map(str, found)]
    return found
