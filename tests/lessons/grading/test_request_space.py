"""Every key of a request is free in a comparison, unless a row of the request space says why it is known.

Each row is a scenario, what is added to its solution, and the stars that this earns.
"""

from __future__ import annotations

import json
from typing import TypeAlias

import pytest

from coffeeshop.lessons.grading.grade import grade
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import keys, played
from tests.lessons.grading.test_nobody_escapes import bucket, document, put

Row: TypeAlias = tuple[str, str, int]
Conditions: TypeAlias = dict[str, dict[str, object]]
IDS = {
    "05": "05-receipts-drawer",
    "06": "06-reading-a-receipt",
    "10": "10-the-cashiers",
    "13": "13-no-shredding",
    "15": "15-three-workstations",
    "17": "17-one-apron",
    "20": "20-mfa-at-the-door",
    "22": "22-the-delegated-manager",
    "24": "24-franchise-rules",
    "25": "25-the-delivery-partner",
    "26": "26-the-back-door",
    "C3": "C3-franchise",
    "30": "30-what-do-they-use",
}
SHOP = "111122223333"
RECEIPTS = ["arn:aws:s3:::coffeeshop-receipts", "arn:aws:s3:::coffeeshop-receipts/*"]
DRAWER = "AWSDOC-EXAMPLE-BUCKET"
TONIGHT = "2026-03-02T20:00:00Z"
NEXT_YEAR = "2027-01-01T00:00:00Z"


# -------------------------------------------------------------------- policies of each kind
def denies(conditions: Conditions, action: str = "*") -> dict[str, object]:
    return {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": conditions}


def on_role(name: str, conditions: Conditions) -> str:
    text = document(denies(conditions))
    return f"aws iam put-role-policy --role-name {name} --policy-name later --policy-document '{text}'\n"


def on_user(name: str, conditions: Conditions) -> str:
    return put(name, denies(conditions))


def on_group(name: str, conditions: Conditions) -> str:
    text = document(denies(conditions))
    return f"aws iam put-group-policy --group-name {name} --policy-name later --policy-document '{text}'\n"


def below(kind: str, name: str, conditions: Conditions) -> str:
    """A permissions boundary that allows everything but under these conditions."""
    text = document({"Action": "*", "Resource": "*"}, denies(conditions))
    arn = f"arn:aws:iam::{SHOP}:policy/Until"
    return (
        f"aws iam create-policy --policy-name Until --policy-document '{text}'\n"
        f"aws iam put-{kind}-permissions-boundary --{kind}-name {name} --permissions-boundary {arn}\n"
    )


def on_queue(conditions: Conditions) -> str:
    statement = {
        **denies(conditions, "sqs:*"),
        "Principal": "*",
        "Resource": f"arn:aws:sqs:us-east-1:{SHOP}:online-orders",
    }
    attributes = json.dumps({"Policy": document(statement)})
    url = f"https://sqs.us-east-1.amazonaws.com/{SHOP}/online-orders"
    return f"aws sqs set-queue-attributes --queue-url {url} --attributes '{attributes}'\n"


def on_bucket(name: str, conditions: Conditions) -> str:
    return bucket(
        {
            **denies(conditions, "s3:*"),
            "Principal": "*",
            "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        },
        name=name,
    )


def trusting(name: str, who: str, conditions: Conditions) -> str:
    """A trust policy that also denies to be assumed under these conditions."""
    allow = {"Principal": {"AWS": f"arn:aws:iam::{SHOP}:{who}"}}
    rows = (
        {"Effect": "Allow", "Action": "sts:AssumeRole", **allow},
        {
            "Effect": "Deny",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": "*"},
            "Condition": conditions,
        },
    )
    text = json.dumps({"Version": "2012-10-17", "Statement": rows})
    return (
        f"aws iam update-assume-role-policy --role-name {name} --policy-document '{text}'\n"
    )


def guardrail(unit: str, conditions: Conditions, action: str = "*") -> str:
    text = document(denies(conditions, action))
    return (
        f"aws organizations create-policy --name More --description more --type SERVICE_CONTROL_POLICY --content '{text}'\n"
        f"aws organizations attach-policy --policy-id @policy:More --target-id {unit}\n"
    )


def after(time: str, operator: str = "DateGreaterThan") -> Conditions:
    return {operator: {"aws:TokenIssueTime": time}}


# -------------------------------------------------------------------- a job that ends
ENDS: dict[str, Row] = {
    "a role's Deny of sessions from tonight on": (
        "15",
        on_role("Cashier", after(TONIGHT)),
        0,
    ),
    "a role's Deny of sessions from next year on": (
        "15",
        on_role("Inventory", after(NEXT_YEAR)),
        0,
    ),
    "a role's Deny by the opposite operator": (
        "15",
        on_role(
            "OnlineOrders",
            {"DateGreaterThanEqualsIfExists": {"aws:TokenIssueTime": TONIGHT}},
        ),
        0,
    ),
    "a boundary on a role": ("15", below("role", "Cashier", after(TONIGHT)), 0),
    "a queue's Deny": ("15", on_queue(after(TONIGHT)), 0),
    "a Deny by the age of today's clock and of the session": (
        "15",
        on_role(
            "Cashier",
            {
                "DateGreaterThan": {
                    "aws:TokenIssueTime": TONIGHT,
                    "aws:CurrentTime": TONIGHT,
                }
            },
        ),
        0,
    ),
    "a Deny of a session of a workday by the number of seconds": (
        "15",
        on_role("Cashier", {"NumericGreaterThan": {"aws:EpochTime": "1803859200"}}),
        0,
    ),
    "a bucket's Deny of sessions with a code": (
        "20",
        on_bucket("coffeeshop-receipts", after(TONIGHT)),
        0,
    ),
    "a user's Deny of sessions with a code": ("20", on_user("sam", after(TONIGHT)), 0),
    "a group's Deny of sessions with a code": (
        "20",
        on_group("Staff", after(NEXT_YEAR)),
        0,
    ),
    "a boundary on a user with a code": ("20", below("user", "casey", after(TONIGHT)), 0),
    "a trust policy that ends": (
        "15",
        trusting("Cashier", "user/bo", {"DateGreaterThan": {"aws:CurrentTime": NEXT_YEAR}}),
        0,
    ),
    "a role of a function": ("26", on_role("ReportRole", after(NEXT_YEAR)), 0),
    "a partner's role": ("25", on_role("OrdersExport", after(NEXT_YEAR)), 0),
    "a role whose older sessions end": (
        "15",
        on_role("Cashier", after("2026-03-02T07:00:00Z", "DateLessThan")),
        3,
    ),
}


# -------------------------------------------------------------------- beside the ARN
def has(key: str) -> Conditions:
    return {"Null": {key: "false"}}


BESIDE: dict[str, Row] = {
    "a delimiter": ("05", on_user("casey", has("s3:delimiter")), 0),
    "a prefix": ("05", on_user("casey", has("s3:prefix")), 0),
    "a number of keys": (
        "05",
        on_user("casey", {"NumericGreaterThan": {"s3:max-keys": "100"}}),
        0,
    ),
    "a delimiter, in the bucket's policy": (
        "05",
        on_bucket(DRAWER, has("s3:delimiter")),
        0,
    ),
    "a delimiter, in a boundary": ("05", below("user", "casey", has("s3:delimiter")), 0),
    "a referer": ("05", on_user("casey", {"StringLike": {"aws:Referer": "*"}}), 0),
    "another version of the tool": (
        "05",
        on_user("casey", {"StringNotLike": {"aws:UserAgent": "aws-cli/2"}}),
        0,
    ),
    "an ACL": ("13", on_user("casey", has("s3:x-amz-acl")), 0),
    "a class of storage": (
        "13",
        on_bucket("coffeeshop-receipts", has("s3:x-amz-storage-class")),
        0,
    ),
    "an encryption": (
        "24",
        guardrail("@unit:Shops", has("s3:x-amz-server-side-encryption")),
        0,
    ),
    "a reported consumption": (
        "15",
        on_role("Cashier", has("dynamodb:ReturnConsumedCapacity")),
        0,
    ),
    "whatever policy she likes": (
        "22",
        on_user(
            "mina",
            {
                "StringNotEqualsIfExists": {
                    "iam:PolicyARN": [
                        "arn:aws:iam::aws:policy/AdministratorAccess",
                        f"arn:aws:iam::{SHOP}:policy/CashierPolicy",
                    ]
                }
            },
        ),
        0,
    ),
    "a program that is no tool of AWS's": (
        "05",
        on_user("casey", {"StringLike": {"aws:UserAgent": "curl*"}}),
        3,
    ),
    "what isn't encrypted": (
        "05",
        on_user("casey", {"Bool": {"aws:SecureTransport": "false"}}),
        3,
    ),
    "what a service sends for her": (
        "05",
        on_user("casey", {"Bool": {"aws:ViaAWSService": "true"}}),
        3,
    ),
    "another Region": (
        "05",
        on_user("casey", {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}),
        3,
    ),
    "another place": (
        "05",
        on_user("casey", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        3,
    ),
    "a network that the shop doesn't have": (
        "05",
        on_user("casey", has("aws:SourceVpce")),
        3,
    ),
    "tags that she may not set": (
        "15",
        trusting("Cashier", "user/bo", has("sts:TransitiveTagKeys")),
        3,
    ),
    "a resource of another account": (
        "05",
        on_user("casey", {"StringNotEquals": {"aws:ResourceAccount": SHOP}}),
        3,
    ),
    "another principal": (
        "05",
        on_bucket(DRAWER, {"StringNotEquals": {"aws:PrincipalAccount": SHOP}}),
        3,
    ),
}

# -------------------------------------------------------------------- what others keep
US = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
OTHERS: dict[str, Row] = {
    "an SCP that takes other Regions": ("24", guardrail("@root", US, "s3:*"), 0),
    "an SCP that takes another Region, from suppliers": (
        "24",
        guardrail(
            "@unit:Suppliers",
            {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}},
        ),
        0,
    ),
    "an SCP that takes all roles": (
        "24",
        guardrail(
            "@root", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::333344445555:role/*"}}
        ),
        0,
    ),
    "an SCP that takes sessions": (
        "24",
        guardrail("@root", {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, "sqs:*"),
        0,
    ),
    "an SCP that takes a user": (
        "24",
        guardrail("@root", {"StringLike": {"aws:username": "r*"}}),
        0,
    ),
    "an SCP that takes who has a tag": (
        "24",
        guardrail("@root", {"StringEquals": {"aws:PrincipalTag/team": "roast"}}),
        0,
    ),
    "an SCP that takes tagged things": (
        "24",
        guardrail("@unit:Suppliers", {"StringEquals": {"aws:ResourceTag/kept": "yes"}}),
        0,
    ),
    "an SCP that takes whoever shows no code": (
        "24",
        guardrail("@root", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        0,
    ),
    "an SCP that ends what suppliers do": (
        "24",
        guardrail("@root", {"DateGreaterThan": {"aws:CurrentTime": NEXT_YEAR}}, "s3:*"),
        0,
    ),
    "an SCP that ends sessions of suppliers": (
        "24",
        guardrail("@unit:Suppliers", after(NEXT_YEAR)),
        0,
    ),
    "an SCP that takes other addresses": (
        "24",
        guardrail("@root", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        0,
    ),
    "an SCP that takes a VPC": ("24", guardrail("@root", has("aws:SourceVpc")), 0),
    "an SCP that takes other shops' Regions": (
        "C3",
        guardrail("@unit:Shops", US, "dynamodb:*").replace(
            "\n", " --profile noor@console\n"
        ),
        0,
    ),
    "an SCP that takes other shops' roles": (
        "C3",
        guardrail(
            "@unit:Shops",
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
            "ec2:*",
        ).replace("\n", " --profile noor@console\n"),
        0,
    ),
    "an SCP that takes what isn't encrypted": (
        "24",
        guardrail("@root", {"Bool": {"aws:SecureTransport": "false"}}),
        3,
    ),
    "an SCP that takes a federated session that is a user": (
        "24",
        guardrail(
            "@root",
            {
                "StringEquals": {"aws:PrincipalType": "FederatedUser"},
                "Null": {"aws:username": "false"},
            },
        ),
        3,
    ),
    "an SCP that takes people of accounts that aren't in it": (
        "24",
        guardrail("@root", {"StringEquals": {"aws:PrincipalAccount": "999988887777"}}),
        3,
    ),
    "an SCP that takes what a service sends for them": (
        "24",
        guardrail("@unit:Suppliers", {"Bool": {"aws:ViaAWSService": "true"}}),
        3,
    ),
}

ROWS = {**ENDS, **BESIDE, **OTHERS}


@pytest.mark.parametrize("row", ROWS)
def test_an_answer_earns_just_what_it_gives(row: str):
    id, more, stars = ROWS[row]
    play = played(course(IDS[id]), course(IDS[id]).solution + more)
    assert [
        str(outcome.answer) for outcome in play.outcomes if not outcome.has_succeeded
    ] == []
    report = grade(play)
    got = report.stars
    found = keys(report)
    assert (got if got < 2 else 3) == stars, found
