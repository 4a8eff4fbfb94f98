"""Every key of a request is free in a comparison, unless a row of the request space says why it is known.

Each row is a scenario, what is added to its solution, and the stars that this earns.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coffeeshop.account.iam_resources import Role
from coffeeshop.account.ids import new_unique_id
from coffeeshop.account.model import Account
from coffeeshop.account.resources import Bucket
from coffeeshop.account.values import Document
from coffeeshop.lessons.authoring.policy_slots import standing_so
from coffeeshop.lessons.grading.excess_checks import compare_member
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.principal_classes import PRINCIPAL_CLASSES
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Play
from coffeeshop.policy.language.principals import naming_test
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.model import Element, Kind, Policy, Principals, Statement
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import FILES, SCENARIO, folder, graded, keys, played, scenario
from tests.lessons.grading.test_nobody_escapes import bucket, document, put

Row: TypeAlias = tuple[str, str, int]
Conditions: TypeAlias = dict[str, dict[str, object]]
IDS = {
    "00": "00-the-first-morning",
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
    "28": "28-last-day",
    "29": "29-stock-take",
    "30": "30-what-do-they-use",
    "C4": "C4-five-tickets",
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


def rcp(unit: str, conditions: Conditions) -> str:
    text = document({**denies(conditions, "s3:GetObject"), "Principal": "*"})
    return (
        "aws organizations enable-policy-type --root-id @root --policy-type RESOURCE_CONTROL_POLICY\n"
        f"aws organizations create-policy --name Data --description data --type RESOURCE_CONTROL_POLICY --content '{text}'\n"
        f"aws organizations attach-policy --policy-id @policy:Data --target-id {unit}\n"
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
        put(
            "mina",
            denies(
                {
                    "StringNotEquals": {
                        "iam:PolicyARN": [
                            "arn:aws:iam::aws:policy/AdministratorAccess",
                            f"arn:aws:iam::{SHOP}:policy/CashierPolicy",
                        ]
                    }
                },
                "iam:AttachUserPolicy",
            ),
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
    "an SCP that takes other Regions of shops": (
        "24",
        guardrail("@unit:Shops", US, "s3:*"),
        0,
    ),
    "an SCP that ends sessions of shops": (
        "24",
        guardrail("@unit:Shops", after(TONIGHT)),
        0,
    ),
    "an SCP that ends queues of shops": (
        "24",
        guardrail(
            "@unit:Shops", {"DateGreaterThan": {"aws:CurrentTime": NEXT_YEAR}}, "sqs:*"
        ),
        0,
    ),
    "an SCP that ends a service that it may refuse": (
        "24",
        guardrail(
            "@unit:Shops",
            {"DateGreaterThan": {"aws:CurrentTime": NEXT_YEAR}},
            "cloudtrail:StopLogging",
        ),
        3,
    ),
    "an RCP that ends": (
        "24",
        rcp("@root", {"DateGreaterThan": {"aws:CurrentTime": NEXT_YEAR}}),
        0,
    ),
    "an RCP that ends sessions": ("24", rcp("@unit:Suppliers", after(NEXT_YEAR)), 0),
    "an RCP that takes tagged people": (
        "24",
        rcp("@root", {"StringEquals": {"aws:PrincipalTag/team": "roast"}}),
        0,
    ),
    "an RCP that takes what isn't encrypted": (
        "24",
        rcp("@root", {"Bool": {"aws:SecureTransport": "false"}}),
        3,
    ),
    "an SCP that takes a role of other shops": (
        "C3",
        guardrail(
            "@unit:Shops", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Sup*"}}
        ).replace("\n", " --profile noor@console\n"),
        0,
    ),
    "an SCP about the root users of shops": (
        "C3",
        guardrail(
            "@unit:Shops", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
        ).replace("\n", " --profile noor@console\n"),
        3,
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


PUBLIC: Conditions = {"StringEquals": {"s3:x-amz-acl": "public-read"}}
NOW_ENDS: Conditions = {"DateGreaterThan": {"aws:CurrentTime": NEXT_YEAR}}
KEEPERS: dict[str, Row] = {
    "a bystander's role ends": ("15", on_role("Manager", after(TONIGHT)), 0),
    "a bystander's role gets a boundary that ends": (
        "15",
        below("role", "Manager", after(TONIGHT)),
        0,
    ),
    "a bystander's role loses a delimiter": (
        "15",
        on_role("Manager", has("s3:delimiter")),
        0,
    ),
    "a bystander's access ends": ("00", on_user("robin", NOW_ENDS), 0),
    "a bystander loses a referer": ("00", on_user("robin", has("aws:Referer")), 0),
    "a bystander loses other versions of the tool": (
        "00",
        on_user("robin", {"StringNotLike": {"aws:UserAgent": "aws-cli/2"}}),
        0,
    ),
    "a bystander's sessions end": ("29", on_user("indra", after(NEXT_YEAR)), 0),
    "a service's role ends": ("26", on_role("AdminMachine", after(NEXT_YEAR)), 0),
    "a service's other role ends": (
        "26",
        on_role("ReportPayroll", {"NumericGreaterThan": {"aws:EpochTime": "1803859200"}}),
        0,
    ),
    "a group ends": ("28", on_group("Openers", NOW_ENDS), 0),
    "an administrator's sessions end": ("05", on_user("ada", after(NEXT_YEAR)), 0),
    "a bucket that everyone administers ends": (
        "05",
        on_bucket("coffeeshop-payroll", after(NEXT_YEAR)),
        0,
    ),
    "a bystander loses what a service asks for them": (
        "00",
        on_user("robin", has("aws:CalledVia")),
        3,
    ),
    "a bystander loses a network that the shop doesn't have": (
        "00",
        on_user("robin", has("aws:VpceAccount")),
        3,
    ),
    "a bystander loses what a machine asks": (
        "00",
        on_user("robin", has("ec2:SourceInstanceARN")),
        3,
    ),
    "a bystander loses what no tool of AWS's is": (
        "00",
        on_user("robin", {"StringLike": {"aws:UserAgent": "curl*"}}),
        3,
    ),
    "an administrator loses what no tool of AWS's is": (
        "05",
        on_user("ada", {"StringLike": {"aws:UserAgent": "curl*"}}),
        3,
    ),
    "no one makes an object public, which few actions could": (
        "05",
        on_bucket("coffeeshop-orders-export", PUBLIC),
        3,
    ),
    "a bystander loses older sessions": (
        "15",
        on_role("Manager", after("2026-03-02T07:00:00Z", "DateLessThan")),
        3,
    ),
}


# -------------------------------------------------------------------- whoever else there is
def reads_payroll(kind: str, value: str | list[str]) -> str:
    return bucket({"Principal": {kind: value}, "Action": "s3:GetObject"})


PARTIES: dict[str, str] = {
    "a CloudFront identity": reads_payroll(
        "AWS", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"
    ),
    "a canonical user": reads_payroll(
        "CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
    ),
    "a service": reads_payroll("Service", "cloudfront.amazonaws.com"),
    "a service of China": reads_payroll("Service", "s3.amazonaws.com.cn"),
    "a service of one Region": reads_payroll("Service", "states.eu-west-1.amazonaws.com"),
    "an account": reads_payroll("AWS", "444455556666"),
    "a root": reads_payroll("AWS", "arn:aws:iam::444455556666:root"),
    "a root of another partition": reads_payroll(
        "AWS", "arn:aws-cn:iam::444455556666:root"
    ),
    "a user": reads_payroll("AWS", "arn:aws:iam::444455556666:user/path/kim"),
    "a user of another partition": reads_payroll(
        "AWS", "arn:aws-us-gov:iam::444455556666:user/kim"
    ),
    "a role": reads_payroll("AWS", "arn:aws:iam::444455556666:role/Courier"),
    "a role of another partition": reads_payroll(
        "AWS", "arn:aws-cn:iam::444455556666:role/Courier"
    ),
    "a role linked to a service": reads_payroll(
        "AWS",
        "arn:aws:iam::444455556666:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
    ),
    "a session": reads_payroll("AWS", "arn:aws:sts::444455556666:assumed-role/Courier/kim"),
    "a session of ours in a role that isn't there": reads_payroll(
        "AWS", f"arn:aws:sts::{SHOP}:assumed-role/Nobody/kim"
    ),
    "a federated session": reads_payroll(
        "AWS", "arn:aws:sts::444455556666:federated-user/kim"
    ),
    "a federated session of ours": reads_payroll(
        "AWS", f"arn:aws:sts::{SHOP}:federated-user/kim"
    ),
    "Amazon Cognito": reads_payroll("Federated", "cognito-identity.amazonaws.com"),
    "Login with Amazon": reads_payroll("Federated", "www.amazon.com"),
    "Google": reads_payroll("Federated", "accounts.google.com"),
    "Facebook": reads_payroll("Federated", "graph.facebook.com"),
    "SAML": reads_payroll("Federated", "arn:aws:iam::444455556666:saml-provider/corp"),
    "OIDC": reads_payroll(
        "Federated",
        "arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com",
    ),
    "whoever another account's provider signs in": bucket(
        {
            "Principal": "*",
            "Action": "s3:GetObject",
            "Condition": {"StringEquals": {"accounts.google.com:aud": "x"}},
        }
    ),
    "two of them": reads_payroll(
        "AWS",
        [
            f"arn:aws:iam::{SHOP}:user/ada",
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE",
        ],
    ),
}
OTHER_PARTIES: dict[str, Row] = {name: ("10", more, 1) for name, more in PARTIES.items()}

ROWS = {**ENDS, **BESIDE, **OTHERS, **KEEPERS, **OTHER_PARTIES}


IDENTITIES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=12, max_size=17)
WORDS = st.text("abcdxyz", min_size=1, max_size=4)
ACCOUNTS = st.sampled_from([SHOP, "444455556666", "000000000001", "cloudfront"])
ENTITY_ARNS = st.builds(
    "arn:{}:iam::{}:{}/{}".format,
    st.sampled_from(["aws", "aws-cn", "aws-us-gov"]),
    ACCOUNTS.filter(
        lambda id: id != SHOP
    ),  # AWS refuses users and roles of ours that aren't there
    st.sampled_from(
        ["user", "role", "user/path", "role/aws-service-role/ecs.amazonaws.com"]
    ),
    WORDS,
)
SESSION_ARNS = st.builds(
    "arn:{}:sts::{}:{}/{}".format,
    st.sampled_from(["aws", "aws-cn"]),
    ACCOUNTS.filter(str.isdigit),
    st.sampled_from(["assumed-role/Nobody", "federated-user"]),
    WORDS,
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
ENTRIES = st.one_of(
    st.tuples(st.just("AWS"), ENTITY_ARNS),
    st.tuples(st.just("AWS"), SESSION_ARNS),
    st.tuples(
        st.just("AWS"),
        st.builds("{}{}".format, st.sampled_from(["AIDA", "AROA"]), IDENTITIES),
    ),
    st.tuples(st.just("AWS"), st.sampled_from(["*", "444455556666", "000000000001"])),
    st.tuples(
        st.just("AWS"),
        st.builds(
            "arn:{}:iam::{}:root".format,
            st.sampled_from(["aws", "aws-cn"]),
            st.sampled_from([SHOP, "444455556666"]),
        ),
    ),
    st.tuples(
        st.just("AWS"),
        st.just("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"),
    ),
    st.tuples(
        st.just("Service"),
        st.builds("{}.amazonaws.com{}".format, WORDS, st.sampled_from(["", ".cn"])),
    ),
    st.tuples(
        st.just("Federated"),
        st.one_of(
            st.sampled_from(
                [
                    "cognito-identity.amazonaws.com",
                    "www.amazon.com",
                    "graph.facebook.com",
                    "accounts.google.com",
                ]
            ),
            st.builds(
                "arn:aws:iam::{}:{}/{}".format,
                st.sampled_from([SHOP, "444455556666"]),
                st.sampled_from(["saml-provider", "oidc-provider"]),
                WORDS,
            ),
        ),
    ),
    st.tuples(
        st.just("CanonicalUser"), st.text("0123456789abcdef", min_size=64, max_size=64)
    ),
)


@given(
    entries=st.lists(ENTRIES, min_size=1, max_size=4),
    on=st.sampled_from(["bucket", "trust"]),
)
def test_every_principal_that_a_policy_names_is_judged_by_some_class(
    entries: list[tuple[str, str]], on: str
):
    play = solved()
    names = Principals(tuple(entries))
    opened = standing_so(play, with_door(play.account, names, on))
    trial = Trial(opened)
    members = [(row, member) for row in PRINCIPAL_CLASSES for member in row.members(trial)]
    for entry in entries:
        test = naming_test(Principals((entry,)), "Allow")
        judged = [
            (row, member)
            for row, member in members
            if test(row.open_standing(trial, member))
        ]
        assert judged, entry
        if (
            entry != ("AWS", f"arn:aws:iam::{SHOP}:root")
            and SHOP + ":root" not in entry[1]
            and on == "bucket"
        ):
            assert any(
                proof
                for row, member in judged
                for proof in compare_member(trial, row, member)
            ), entry


@cache
def solved() -> Play:
    return played(course(IDS["05"]), course(IDS["05"]).solution)


def with_door(account: Account, principals: Principals, on: str) -> Account:
    """The account with a bucket, or a role, that lets these principals in."""
    action = "s3:GetObject" if on == "bucket" else "sts:AssumeRole*"
    resources = Element(("arn:aws:s3:::left-open/*",)) if on == "bucket" else None
    kind = Kind.RESOURCE if on == "bucket" else Kind.TRUST
    allow = Statement("Allow", Element((action,)), resources, principals)
    text = dumps(Policy((allow,)))
    policy = Document(text, Policy((allow,), text=text))
    if kind is Kind.RESOURCE:
        bucket = Bucket("left-open", account.created, "us-east-1", policy=policy)
        return replace(account, buckets=account.buckets.put("left-open", bucket))
    account, id = new_unique_id(account, "role", "left-open")
    return account.put(Role(id, "left-open", "/", account.created, policy))


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


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (
            "a delimiter",
            "The job's example call works, but the job also needs a similar call with s3:delimiter = x.",
        ),
        ("another version of the tool", "from the program aws-x."),
        ("whatever policy she likes", "with iam:PolicyARN = "),
        ("an ACL", "with s3:x-amz-acl = "),
        ("a role's Deny of sessions from tonight on", "not on 02 March 2026 at 20:00:"),
    ],
)
def test_it_is_told_what_a_request_says_that_is_refused(row: str, why: str):
    id, more, _ = ROWS[row]
    (finding,) = grade(played(course(IDS[id]), course(IDS[id]).solution + more)).findings
    assert why in finding.why


# -------------------------------------------------------------------- a call that changes what decides about it
OPEN_TO_CASEY = bucket(
    {
        "Principal": {"AWS": f"arn:aws:iam::{SHOP}:user/casey"},
        "Action": "s3:GetObject",
        "Resource": RECEIPTS[1],
    },
    name="coffeeshop-receipts",
).strip()
WRITES_THE_POLICY = f"""[[job]]
id = "keep"
as = "casey"
do = '''{OPEN_TO_CASEY}'''
say = "Casey writes the policy of the bucket"
"""


@pytest.mark.parametrize(
    ("conditions", "works"),
    [
        ({"DateGreaterThan": {"aws:CurrentTime": TONIGHT}}, False),
        ({"Null": {"aws:Referer": "false"}}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, True),
    ],
    ids=["ends", "a header", "plain HTTP"],
)
def test_a_job_that_replaces_a_bucket_policy_is_asked_under_the_one_before(
    tmp_path: Path, conditions: Conditions, works: bool
):
    head = SCENARIO.partition("[[job]]")[0]
    files = {**FILES, "scenario.toml": head + WRITES_THE_POLICY}
    allow = {"Action": "s3:PutBucketPolicy", "Resource": RECEIPTS[0]}
    deny = {
        **denies(conditions, "s3:PutBucketPolicy"),
        "Principal": {"AWS": f"arn:aws:iam::{SHOP}:user/casey"},
        "Resource": RECEIPTS[0],
    }
    text = put("casey", allow) + bucket(deny, name="coffeeshop-receipts")
    report = graded(scenario(folder(tmp_path, files)), text)
    assert ("job-narrow:keep@casey" not in keys(report)) == works


def test_a_job_works_from_every_address_of_its_network():
    tickets = course(IDS["C4"])
    narrower = tickets.files["policies/receipts.json"].replace(
        b"203.0.113.0/24", b"203.0.113.0/25"
    )
    lesson = replace(tickets, files={**tickets.files, "policies/receipts.json": narrower})
    report = grade(played(lesson, lesson.solution))
    assert (report.stars, keys(report)) == (0, ["job-narrow:list@casey"])


def test_lambda_names_no_external_id_when_it_assumes_a_role():
    lesson = course("19-the-machines-badge")
    caller: Conditions = {"Principal": {"Service": "lambda.amazonaws.com"}}
    named: Conditions = {"Condition": {"StringEquals": {"sts:ExternalId": "blue"}}}
    statements = [
        {"Effect": effect, "Action": "sts:AssumeRole", **caller, **more}
        for effect, more in (("Allow", {}), ("Deny", named))
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    line = f"aws iam update-assume-role-policy --role-name espresso-role --policy-document '{text}'\n"
    assert graded(lesson, lesson.solution + line).stars == 3
