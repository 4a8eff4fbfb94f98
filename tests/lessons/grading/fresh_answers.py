"""Answers of a red team that knew the grade: harmless additions, other ways that come to the same, and rules that refuse or allow too
much.

Each answer is a scenario's solution with more lines, or with a part replaced. A rule under a condition is tried in each place
where a policy can stand. So a list of conditions and a list of places make most of the answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from coffeeshop.account.access.public_access import is_public
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Kind

SHOP = "111122223333"
PARTNER = "444455556666"
Conditions: TypeAlias = Mapping[str, Mapping[str, object]]
Statement: TypeAlias = Mapping[str, object]
Place: TypeAlias = Callable[[Conditions], str]
IDS = {folder.name.partition("-")[0]: folder.name for folder in folders()}


class Answer(NamedTuple):
    """One answer: the lines after the solution of a scenario, and whether it keeps the first two stars."""

    name: str
    scenario: str
    more: str
    is_right: bool
    replaced: tuple[tuple[str, str], ...] = ()


# -------------------------------------------------------------------- lines
def document(*statements: Statement, version: str = "2012-10-17") -> str:
    rows = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": version, "Statement": rows})


def attach(kind: str, name: str, *statements: Statement) -> str:
    text = document(*statements)
    return f"aws iam put-{kind}-policy --{kind}-name {name} --policy-name extra --policy-document '{text}'\n"


def managed(kind: str, name: str, *statements: Statement) -> str:
    text = document(*statements)
    arn = f"arn:aws:iam::{SHOP}:policy/Extra"
    return (
        f"aws iam create-policy --policy-name Extra --policy-document '{text}'\n"
        f"aws iam attach-{kind}-policy --{kind}-name {name} --policy-arn {arn}\n"
    )


def boundary(kind: str, name: str, *statements: Statement) -> str:
    text = document({"Action": "*", "Resource": "*"}, *statements)
    arn = f"arn:aws:iam::{SHOP}:policy/Bound"
    return (
        f"aws iam create-policy --policy-name Bound --policy-document '{text}'\n"
        f"aws iam put-{kind}-permissions-boundary --{kind}-name {name} --permissions-boundary {arn}\n"
    )


def bucket(name: str, *statements: Statement) -> str:
    resources = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    text = document(*({"Resource": resources, **statement} for statement in statements))
    # S3 takes no such policy before.
    is_open = is_public(parse(text, Kind.RESOURCE))
    opened = f"aws s3api delete-public-access-block --bucket {name}\n" if is_open else ""
    return f"{opened}aws s3api put-bucket-policy --bucket {name} --policy '{text}'\n"


def queue(*statements: Statement) -> str:
    arn = f"arn:aws:sqs:us-east-1:{SHOP}:online-orders"
    text = document(*({"Resource": arn, **statement} for statement in statements))
    url = f"https://sqs.us-east-1.amazonaws.com/{SHOP}/online-orders"
    return f"aws sqs set-queue-attributes --queue-url {url} --attributes '{json.dumps({'Policy': text})}'\n"


def trust(name: str, *statements: Statement) -> str:
    text = document(
        *({"Action": "sts:AssumeRole", **statement} for statement in statements)
    )
    return (
        f"aws iam update-assume-role-policy --role-name {name} --policy-document '{text}'\n"
    )


def guardrail(unit: str, *statements: Statement, resources: bool = False) -> str:
    kind = "RESOURCE_CONTROL_POLICY" if resources else "SERVICE_CONTROL_POLICY"
    text = document(*statements)
    enabled = f"aws organizations enable-policy-type --root-id @root --policy-type {kind}\n"
    return (
        f"{enabled if resources else ''}"
        f"aws organizations create-policy --name Extra --description extra --type {kind} --content '{text}'\n"
        f"aws organizations attach-policy --policy-id @policy:Extra --target-id {unit}\n"
    )


def denial(conditions: Conditions, action: str = "*", **more: object) -> Statement:
    rule: dict[str, object] = {"Effect": "Deny", "Action": action, "Resource": "*"}
    return {**rule, "Condition": conditions, **more}


def everybody(conditions: Conditions, action: str, resource: object) -> Statement:
    return denial(conditions, action, Principal="*", Resource=resource)


def objects_of(name: str) -> list[str]:
    return [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]


def on_bucket(name: str) -> Place:
    return lambda conditions: bucket(name, everybody(conditions, "s3:*", objects_of(name)))


def on_queue(conditions: Conditions) -> str:
    return queue(
        everybody(conditions, "sqs:*", f"arn:aws:sqs:us-east-1:{SHOP}:online-orders")
    )


def trusting_bo(conditions: Conditions) -> str:
    asks = {"Principal": {"AWS": f"arn:aws:iam::{SHOP}:user/bo"}}
    closed = denial(conditions, "sts:AssumeRole", Principal={"AWS": "*"})
    return trust("Cashier", asks, {key: closed[key] for key in closed if key != "Resource"})


# -------------------------------------------------------------------- where a rule can stand
PLACES: Mapping[str, tuple[str, Place]] = {
    "a user's inline policy": ("05", lambda c: attach("user", "casey", denial(c))),
    "a user's managed policy": ("06", lambda c: managed("user", "casey", denial(c))),
    "a user's boundary": ("05", lambda c: boundary("user", "casey", denial(c))),
    "a bucket's policy": ("05", on_bucket("AWSDOC-EXAMPLE-BUCKET")),
    "a group's inline policy": ("11", lambda c: attach("group", "Cashiers", denial(c))),
    "a group's managed policy": ("10", lambda c: managed("group", "Cashiers", denial(c))),
    "the policy of a bucket that a group uses": ("10", on_bucket("coffeeshop-receipts")),
    "a role's inline policy": ("15", lambda c: attach("role", "Cashier", denial(c))),
    "a role's managed policy": ("17", lambda c: managed("role", "Cashier", denial(c))),
    "a role's boundary": ("15", lambda c: boundary("role", "Cashier", denial(c))),
    "a role's trust": ("15", trusting_bo),
    "a queue's policy": ("15", on_queue),
    "the role of a function": ("19", lambda c: attach("role", "espresso-role", denial(c))),
    "a partner's role": ("25", lambda c: attach("role", "OrdersExport", denial(c))),
    "a role that a tool takes": ("33", lambda c: attach("role", "MenuDeploy", denial(c))),
    "a unit's control policy": ("24", lambda c: guardrail("@unit:Shops", denial(c))),
    "a bystander's bucket": ("00", on_bucket("coffeeshop-receipts")),
    "the administrators' group": ("00", lambda c: attach("group", "Admins", denial(c))),
    "the bakers' group": ("31", lambda c: attach("group", "Bakers", denial(c))),
    "a staff role of two": ("27", lambda c: attach("user", "robin", denial(c))),
}  # fmt: skip

# -------------------------------------------------------------------- what is never so
# No request of the shop's people, with AWS's tools, from the place of work.
NEVER: Mapping[str, Conditions] = {
    "another program": {"StringLike": {"aws:UserAgent": "curl*"}},
    "another Region": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    "a tag that no one has": {"StringEquals": {"aws:PrincipalTag/color": "red"}},
    "a code of three days": {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "259200"}},
    "a service that calls": {"Bool": {"aws:ViaAWSService": "true"}},
    "a chain of services": {"ForAnyValue:StringEquals": {"aws:CalledVia": ["athena.amazonaws.com"]}},
    "an endpoint": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
    "an address in a network": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}},
    "another organization": {"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}},
    "another account": {"StringEquals": {"aws:PrincipalAccount": "999999999999"}},
    "a principal elsewhere": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::999999999999:*"}},
    "plain text": {"Bool": {"aws:SecureTransport": "false"}},
    "a service's own call": {"Bool": {"aws:PrincipalIsAWSService": "true"}},
    "the logs service": {"StringEquals": {"aws:PrincipalServiceName": "logs.amazonaws.com"}},
    "for another resource": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::x"}},
    "for another account": {"StringEquals": {"aws:SourceAccount": "999999999999"}},
    "a source identity": {"StringEquals": {"aws:SourceIdentity": "mallory"}},
    "a machine's network": {"StringEquals": {"aws:Ec2InstanceSourceVpc": "vpc-1"}},
    "an identity provider": {"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml"}},
    "a user of a web page": {"StringEquals": {"www.amazon.com:user_id": "amzn1.account.X"}},
    "an old TLS": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    "a form": {"StringEquals": {"s3:authType": "POST"}},
    "an old signature": {"NumericGreaterThan": {"s3:signatureAge": "600000"}},
    "a resource elsewhere": {"StringEquals": {"aws:ResourceAccount": "999999999999"}},
    "an organization elsewhere": {"StringEquals": {"aws:ResourceOrgID": "o-zzzzzzzzzz"}},
    "a new tag": {"StringEquals": {"aws:RequestTag/closed": "yes"}},
    "new tags": {"ForAnyValue:StringEquals": {"aws:TagKeys": ["closed"]}},
    "an access point": {"StringLike": {"s3:DataAccessPointArn": "*"}},
    "a chat": {"StringLike": {"aws:ChatbotSourceArn": "*"}},
    "root's session elsewhere": {"Null": {"aws:AssumedRoot": "false"}},
    "a year ago": {"DateLessThan": {"aws:CurrentTime": "2025-03-01T00:00:00Z"}},
    "a session of a year ago": {"DateLessThan": {"aws:TokenIssueTime": "2025-03-01T00:00:00Z"}},
    "a year ago, as a text": {"StringLike": {"aws:CurrentTime": "2025-*"}},
    "a moment ago, as a text": {"StringEquals": {"aws:CurrentTime": "2026-03-01T08:00:00Z"}},
    "a session of a year ago, as a text": {"StringLike": {"aws:TokenIssueTime": "2025-*"}},
    "seconds long ago": {"NumericLessThan": {"aws:EpochTime": "1500000000"}},
    "no clock": {"Null": {"aws:CurrentTime": "true"}},
    "a number for a name": {"NumericEquals": {"aws:PrincipalArn": "7"}},
    "two things at once": {
        "StringEquals": {"aws:PrincipalAccount": "999999999999"},
        "Bool": {"aws:SecureTransport": "true"},
    },
}  # fmt: skip

# -------------------------------------------------------------------- what is so one day
SOME_DAY: Mapping[str, Conditions] = {
    "next year": {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
    "next year in seconds": {"NumericGreaterThan": {"aws:EpochTime": "1798761600"}},
    "next year as a text": {"StringLike": {"aws:CurrentTime": "2027-*"}},
    "any other year": {"StringNotLike": {"aws:CurrentTime": "2026-*"}},
    "each night": {"StringLike": {"aws:CurrentTime": "*T03:*"}},
    "a leap day": {"StringLike": {"aws:CurrentTime": "????-02-29T*"}},
    "a later tool": {"StringLike": {"aws:UserAgent": "aws-cli/3*"}},
    "every tool but one": {"StringNotLike": {"aws:UserAgent": "aws-cli/2.15*"}},
    "each minute": {"StringLike": {"aws:EpochTime": "*00"}},
    "from next year on, unless there is no clock": {
        "DateGreaterThanEqualsIfExists": {"aws:CurrentTime": "2027-01-01"}
    },
    "a year from now by both clocks": {
        "DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"},
        "NumericGreaterThan": {"aws:EpochTime": "1798761600"},
    },
}  # fmt: skip

EXCEPT: Mapping[tuple[str, str], bool] = {
    # S3 opens the lock for the bakers.
    ("the bakers' group", "a service that calls"): False,
    # It takes a Region from every account of the unit.
    ("a unit's control policy", "another Region"): False,
}


def of_conditions() -> Iterator[Answer]:
    """Yield a Deny under each condition in each place."""
    for place, (number, lines) in PLACES.items():
        for conditions, is_right in ((NEVER, True), (SOME_DAY, False)):
            for name, condition in conditions.items():
                expected = EXCEPT.get((place, name), is_right)
                yield Answer(f"{place}: {name}", number, lines(condition), expected)


# -------------------------------------------------------------------- who gets in
PAYROLL = "coffeeshop-payroll"
CDN = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE1"
CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
STRANGERS: Mapping[str, object] = {
    "a CloudFront identity": {"AWS": CDN},
    "a canonical user": {"CanonicalUser": CANONICAL},
    "a service": {"Service": "cloudfront.amazonaws.com"},
    "a service of another partition": {"Service": "ec2.amazonaws.com.cn"},
    "a service of one Region": {"Service": "logs.eu-west-1.amazonaws.com"},
    "another account": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
    "another account by its number": {"AWS": PARTNER},
    "a role of another account": {"AWS": f"arn:aws:iam::{PARTNER}:role/Any"},
    "a user of another account": {"AWS": f"arn:aws:iam::{PARTNER}:user/any"},
    "a session of another account": {"AWS": f"arn:aws:sts::{PARTNER}:assumed-role/Any/one"},
    "a federated user of another account": {"AWS": f"arn:aws:sts::{PARTNER}:federated-user/one"},
    "whoever Google knows": {"Federated": "accounts.google.com"},
    "whoever Cognito knows": {"Federated": "cognito-identity.amazonaws.com"},
    "two of these": {"AWS": PARTNER, "Service": "sns.amazonaws.com"},
}  # fmt: skip
# Conditions under which a statement for everybody is for somebody.
EVERYBODY_IF: Mapping[str, Conditions] = {
    "an address": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
    "the place of work": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    "an endpoint": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
    "a network": {"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}},
    "a web page": {"StringLike": {"aws:Referer": "https://shop.example/*"}},
    "a program": {"StringLike": {"aws:UserAgent": "*"}},
    "an organization": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg"}},
    "a path of an organization": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-exampleorg/*"}},
    "a service": {"Bool": {"aws:PrincipalIsAWSService": "true"}},
    "another account": {"StringEquals": {"aws:PrincipalAccount": PARTNER}},
    "an ARN": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
    "a tag": {"StringEquals": {"aws:PrincipalTag/team": "till"}},
    "a code": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    "TLS": {"Bool": {"aws:SecureTransport": "true"}},
    "a later year": {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
    "a later year, as a text": {"StringLike": {"aws:CurrentTime": "2027-*"}},
    "a set that may be empty": {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": ["o-a/*"]}},
    "a key that may be missing": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a"}},
    "no key of the organization": {"Null": {"aws:PrincipalOrgID": "true"}},
    "an owner of the resource": {"StringEquals": {"aws:ResourceAccount": SHOP}},
    "a source": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::444455556666:distribution/*"}},
}  # fmt: skip
READS: Statement = {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{PAYROLL}/*"}


def assumable(*statements: Statement) -> str:
    """A new role that opens the payroll."""
    text = document(
        *({"Action": "sts:AssumeRole", **statement} for statement in statements)
    )
    return (
        f"aws iam create-role --role-name Extra --assume-role-policy-document '{text}'\n"
        + attach("role", "Extra", READS)
    )


def _assuming(row: Statement) -> Statement:
    """The statement with the action by which its principals assume a role."""
    is_federated = "Federated" in json.dumps(row)
    return {**row, "Action": f"sts:AssumeRole{'WithWebIdentity' if is_federated else ''}"}


def of_strangers() -> Iterator[Answer]:
    """Yield an Allow for each kind of principal that AWS documents, in a bucket's, a queue's and a trust policy."""
    in_bucket, in_queue, in_trust = "00", "10", "05"
    for name, principal in STRANGERS.items():
        row: Statement = {"Principal": principal}
        yield Answer(
            f"payroll for {name}", in_bucket, bucket(PAYROLL, {**READS, **row}), False
        )
        if "canonical" not in name and "CloudFront" not in name:
            message = {**row, "Action": "sqs:ReceiveMessage"}
            yield Answer(f"the queue for {name}", in_queue, queue(message), False)
            # AWS refuses a trust in every identity pool.
            is_refused = "Cognito" in name
            yield Answer(
                f"a role for {name}", in_trust, assumable(_assuming(row)), is_refused
            )
    for name in (
        "AROACKCEVSQ6C2EXAMPLE",
        "AIDACKCEVSQ6C2EXAMPLE",
    ):  # AWS refuses unknown ids
        row = {"Principal": {"AWS": name}}
        yield Answer(
            f"payroll for {name}", in_bucket, bucket(PAYROLL, {**READS, **row}), True
        )
        yield Answer(f"a role for {name}", in_trust, assumable(row), True)
    for name, condition in EVERYBODY_IF.items():
        if name != "an owner of the resource":
            allowed = {**READS, "Principal": "*", "Condition": condition}
            yield Answer(
                f"payroll for everyone with {name}",
                in_bucket,
                bucket(PAYROLL, allowed),
                False,
            )
            sends = {"Action": "sqs:SendMessage", "Principal": "*", "Condition": condition}
            yield Answer(
                f"the queue for everyone with {name}", in_queue, queue(sends), False
            )
            row = {"Principal": {"AWS": "*"}, "Condition": condition}
            yield Answer(
                f"a role for everyone with {name}", in_trust, assumable(row), False
            )
    for name, principals in {
        "all but root": {"AWS": f"arn:aws:iam::{SHOP}:root"},
        "all but Ada": {
            "AWS": [f"arn:aws:iam::{SHOP}:user/ada", f"arn:aws:iam::{SHOP}:root"]
        },
        "all but a service": {"Service": "sns.amazonaws.com"},
    }.items():
        row = {"NotPrincipal": principals}
        yield Answer(
            f"payroll for {name}", in_bucket, bucket(PAYROLL, {**READS, **row}), False
        )


# -------------------------------------------------------------------- the shop's own people
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUSTING_ROOT = document(
    {"Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{SHOP}:root"}}
)
LOGIN = "--password Espresso-Doppio-7"


def of_people() -> Iterator[Answer]:
    """Yield grants, credentials, groups, roles and versions that are left behind."""
    grants: Mapping[str, tuple[str, bool]] = {
        "an inline policy for a bystander": (attach("user", "robin", READS), False),
        "an inline policy for Casey": (attach("user", "casey", READS), False),
        "a managed policy for Casey": (managed("user", "casey", READS), False),
        "a group for Casey": (
            "aws iam create-group --group-name Extra\n" + attach("group", "Extra", READS)
            + "aws iam add-user-to-group --group-name Extra --user-name casey\n", False),
        "a group that no one is in": ("aws iam create-group --group-name Extra\n" + attach("group", "Extra", READS), True),
        "an empty group": ("aws iam create-group --group-name Extra\n", True),
        "a role that Casey can't assume yet": (
            f"aws iam create-role --role-name Extra --assume-role-policy-document '{TRUSTING_ROOT}'\n" + attach("role", "Extra", READS), True),
        "a role that allows nothing": (f"aws iam create-role --role-name Extra --assume-role-policy-document '{TRUSTING_ROOT}'\n", True),
        "a user with every power": (
            f"aws iam create-user --user-name extra\naws iam attach-user-policy --user-name extra --policy-arn {ADMIN}\n", False),
        "a user with every power and a key": (
            f"aws iam create-user --user-name extra\naws iam attach-user-policy --user-name extra --policy-arn {ADMIN}\naws iam create-access-key --user-name extra\n", False),
        "a user without a permission": ("aws iam create-user --user-name extra\n", True),
        "a user with a password and no permission": (
            f"aws iam create-user --user-name extra\naws iam create-login-profile --user-name extra {LOGIN}\n", True),
        "a key of Ada's": ("aws iam create-access-key --user-name ada\n", False),
        "a policy that no one has": (f"aws iam create-policy --policy-name Extra --policy-document '{document(READS)}'\n", True),
        "a version that isn't the default": (
            f"aws iam create-policy --policy-name Extra --policy-document '{document({**READS, 'Effect': 'Deny'})}'\n"
            f"aws iam create-policy-version --policy-arn arn:aws:iam::{SHOP}:policy/Extra --policy-document '{document(READS)}'\n"
            f"aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::{SHOP}:policy/Extra\n", True),
        "a version that is the default": (
            f"aws iam create-policy --policy-name Extra --policy-document '{document({**READS, 'Effect': 'Deny'})}'\n"
            f"aws iam create-policy-version --set-as-default --policy-arn arn:aws:iam::{SHOP}:policy/Extra --policy-document '{document(READS)}'\n"
            f"aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::{SHOP}:policy/Extra\n", False),
        "a boundary that allows everything": (boundary("user", "casey"), True),
        "a grant that Casey has through a tag of later": (
            attach("user", "casey", {**READS, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "till"}}}), False),
        "a grant with a code": (
            attach("user", "casey", {**READS, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}), False),
        "a grant from next year on": (
            attach("user", "casey", {**READS, "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}}), False),
        "a grant of next year, as a text": (
            attach("user", "casey", {**READS, "Condition": {"StringLike": {"aws:CurrentTime": "2027-*"}}}), False),
        "a grant of last year": (
            attach("user", "casey", {**READS, "Condition": {"DateLessThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}}}), True),
        "a grant of last year, as a text": (
            attach("user", "casey", {**READS, "Condition": {"StringLike": {"aws:CurrentTime": "2025-*"}}}), True),
        "a grant from another place": (
            attach("user", "casey", {**READS, "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}), False),
        "a grant through a service": (
            attach("user", "casey", {**READS, "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}), False),
        "a grant that a Deny takes back": (attach("user", "casey", READS, {**READS, "Effect": "Deny"}), True),
        "every action but some": (attach("user", "casey", {"NotAction": ["iam:*", "sts:*"], "Resource": "*"}), False),
        "every resource but some": (attach("user", "casey", {"Action": "s3:GetObject", "NotResource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET/*"}), False),
        "an action that changes nothing but leads on": (attach("user", "casey", {"Action": "iam:PassRole", "Resource": "*"}), False),
        "an action that AWS always allows": (attach("user", "casey", {"Action": "sts:GetCallerIdentity", "Resource": "*"}), True),
        "a password for Casey": (f"aws iam create-login-profile --user-name casey {LOGIN}\n", True),
        "a key for Casey": ("aws iam create-access-key --user-name casey\n", True),
        "a changed policy of a role": (attach("role", "espresso-role", READS), False),
        "a passed variable": ("aws lambda update-function-configuration --function-name espresso-api --environment Variables={KEY=x}\n", False),
        "an object that is gone": ("aws s3api delete-object --bucket AWSDOC-EXAMPLE-BUCKET --key 2026/03/0412.json\n", False),
        "an alias of the account": ("aws iam create-account-alias --account-alias extra-shop\n", True),
        "a tag on Casey": ("aws iam tag-user --user-name casey --tags Key=team,Value=till\n", True),
    }  # fmt: skip
    for name, (lines, is_right) in grants.items():
        numbers = ("00",) if "bystander" in name else ("05", "06")
        for number in ("05",) if "object" in name else numbers:
            yield Answer(name, number, lines, is_right)


# -------------------------------------------------------------------- other ways that come to the same
R, RS = "arn:aws:s3:::coffeeshop-receipts", "arn:aws:s3:::coffeeshop-receipts/*"
D = "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"
READ, LIST, PUT = "s3:GetObject", "s3:ListBucket", "s3:PutObject"
Q = f"arn:aws:sqs:us-east-1:{SHOP}:online-orders"


def allow(action: object, resource: object, **condition: object) -> Statement:
    return {
        "Action": action,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


def refuse(action: object, resource: object, **condition: object) -> Statement:
    return {"Effect": "Deny", **allow(action, resource, **condition)}


# Conditions that hold for every request of the people of the shop, as they work.
ALWAYS: Mapping[str, Conditions] = {
    "at the place of work": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    "over TLS": {"Bool": {"aws:SecureTransport": "true"}},
    "in the account": {"StringEquals": {"aws:PrincipalAccount": SHOP}},
    "on the shop's own": {"StringEquals": {"aws:ResourceAccount": SHOP}},
    "by a person": {"Bool": {"aws:ViaAWSService": "false"}},
    "from no endpoint": {"Null": {"aws:SourceVpce": "true"}},
    "from no network": {"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-1"}},
    "in the Region": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    "by a tool of AWS's": {"StringLike": {"aws:UserAgent": ["aws-*", "Boto3*"]}},
    "since last year": {"DateGreaterThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}},
    "since 2020 in seconds": {"NumericGreaterThan": {"aws:EpochTime": "1577836800"}},
    "not in 2020, as a text": {"StringNotLike": {"aws:CurrentTime": "2020-*"}},
    "at any time": {"Null": {"aws:CurrentTime": "false"}},
    "by a principal of any ARN": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{SHOP}:*"}},
    "by no one without a name": {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}},
    "by no service": {"Bool": {"aws:PrincipalIsAWSService": "false"}},
    "in the account by a pattern": {"StringLike": {"aws:PrincipalAccount": "1111*"}},
    "for no tag of the request": {"Null": {"aws:RequestTag/x": "true"}},
    "with none of these tags": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
}  # fmt: skip

FORMS: Mapping[str, tuple[str, tuple[str, str], tuple[tuple[Statement, ...], ...]]] = {
    "one list": ("05", ("file://policies/receipts.json", ""), (
        (allow(LIST, D),), (allow("s3:listbucket", D),), (allow(["S3:ListBucket"], [D]),),
        (allow(LIST, D), allow(LIST, D)), (allow("s3:ListBucke?", D),),
        (allow("s3:ListBucket*", D), refuse("s3:ListBucketM*", "*"), refuse("s3:ListBucketV*", "*")),
        (allow(LIST, [D, f"{D}/*"]),), (allow([LIST, "sts:GetCallerIdentity"], D),),
        (allow(LIST, "*"), {"Effect": "Deny", "Action": LIST, "NotResource": D}),
        (allow(LIST, "arn:aws:s3:::*"), refuse(LIST, "*", StringNotEquals={"aws:username": "casey"}),
         {"Effect": "Deny", "Action": "*", "NotResource": [D]}),
        (allow(LIST, D, StringEquals={"aws:username": "casey"}),),
        (allow(LIST, D, StringLike={"aws:userid": "AIDA*"}),),
        (allow(LIST, D, ArnEquals={"aws:PrincipalArn": f"arn:aws:iam::{SHOP}:user/casey"}),),
        (allow(LIST, D, StringEqualsIgnoreCase={"aws:username": "CASEY"}),),
        (allow(LIST, D), refuse("s3:GetObject", "*")),
        (allow(LIST, D), {"Effect": "Deny", "NotAction": LIST, "Resource": "*"}),
    )),
    "a list and its receipts": ("07", ("file://policies/receipts.json", ""), (
        (allow([LIST, READ], [R, RS]),), (allow(READ, RS), allow(LIST, R)),
        (allow(READ, f"{R}/*"), allow("s3:ListBucket", R), refuse("s3:DeleteObject", RS)),
        (allow([LIST, READ], "arn:aws:s3:::coffeeshop-receipts*"),
         {"Effect": "Deny", "Action": "*", "NotResource": [R, RS]}),
        ({"NotAction": ["s3:Put*"], "Resource": RS}, {"Effect": "Deny", "NotAction": [READ], "Resource": RS}, allow(LIST, R)),
        (allow(READ, RS), allow(READ, f"{R}/2026/*"), allow(LIST, R)),
        (allow("s3:GetObject", RS), allow("s3:List*", R), {"Effect": "Deny", "NotAction": [LIST], "Resource": R}),
    )),
    "read and store": ("08", ("file://policies/till.json", ""), (
        (allow(READ, RS), allow(PUT, RS)), (allow([PUT, READ], RS),), (allow([READ.lower(), PUT.upper()], RS),),
        (allow("s3:*", RS), {"Effect": "Deny", "NotAction": [READ, PUT], "Resource": RS}),
        (allow("s3:*Object", RS), refuse(["s3:DeleteObject", "s3:RestoreObject", "s3:ReplicateObject", "s3:UpdateObjectEncryption"], RS),
         refuse(["s3:DeleteObject*", "s3:*ersionedObject"], RS), {"Effect": "Deny", "NotAction": [READ, PUT], "Resource": RS}),
    )),
    "no shredding": ("13", ("file://policies/no-shredding.json", ""), (
        ({"Effect": "Deny", "Action": "s3:DeleteObject", "NotResource": f"{R}/voided/*"},),
        ({"Effect": "Deny", "Action": ["s3:DeleteObject"], "NotResource": [f"{R}/voided/*"]},),
        ({"Effect": "Deny", "Action": "s3:deleteobject", "NotResource": f"{R}/voided/*"},
         {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}),
    )),
    "work": ("14", ("file://policies/work.json", ""), (
        (allow([READ, PUT], RS), allow("sqs:ReceiveMessage", Q)),
        (allow(READ, RS), allow(PUT, RS), allow("sqs:receivemessage", Q)),
        (allow([READ, PUT, "sqs:ReceiveMessage"], [RS, Q]),),
        (allow([READ, PUT], RS), allow("sqs:Receive*", Q)),
        (allow([READ, PUT], RS), allow("sqs:ReceiveMessage", f"arn:aws:sqs:*:{SHOP}:online-orders",
               StringEquals={"aws:RequestedRegion": "us-east-1"}),
         {"Effect": "Deny", "Action": "sqs:*", "NotResource": Q}),
    )),
    "stations": ("17", ("file://policies/stations.json", ""), (
        (allow("sts:AssumeRole", f"arn:aws:iam::{SHOP}:role/Cashier"), allow("sts:AssumeRole", f"arn:aws:iam::{SHOP}:role/Inventory")),
        (allow("sts:AssumeRole", f"arn:aws:iam::{SHOP}:role/*"), {"Effect": "Deny", "Action": "sts:*", "NotResource": [
            f"arn:aws:iam::{SHOP}:role/Cashier", f"arn:aws:iam::{SHOP}:role/Inventory"]}),
        (allow("STS:assumerole", [f"arn:aws:iam::{SHOP}:role/Inventory", f"arn:aws:iam::{SHOP}:role/Cashier"]),),
    )),
    "a machine's orders": ("19", ("file://policies/orders.json", ""), (
        (allow("sqs:ReceiveMessage", Q), allow("sqs:DeleteMessage", Q)),
        (allow("sqs:*Message", Q), refuse("sqs:SendMessage", Q)),
        (allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], Q, StringEquals={"aws:ResourceAccount": SHOP}),),
        (allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], Q, ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{SHOP}:role/espresso-*"}),),
    )),
    "shredding with a code": ("21", ("file://policies/shredding.json", ""), (
        (allow("s3:DeleteObject", f"{R}/voided/*", Bool={"aws:MultiFactorAuthPresent": "true"}),),
        (allow("s3:DeleteObject", f"{R}/voided/*", Bool={"aws:MultiFactorAuthPresent": "TRUE"}),),
        (allow("s3:DeleteObject", f"{R}/voided/*", Null={"aws:MultiFactorAuthAge": "false"}),),
        (allow("s3:DeleteObject", f"{R}/voided/*"), refuse("s3:DeleteObject", "*", BoolIfExists={"aws:MultiFactorAuthPresent": "false"})),
        (allow("s3:DeleteObject", f"{R}/voided/*", NumericLessThan={"aws:MultiFactorAuthAge": "129601"}),),
    )),
}  # fmt: skip


def of_forms() -> Iterator[Answer]:
    """Yield other documents that come to the same, and the course's own under conditions that always hold."""
    for name, (number, (old, _), documents) in FORMS.items():
        for count, statements in enumerate(documents, 1):
            replaced = ((old, f"'{document(*statements)}'"),)
            yield Answer(f"{name}, form {count}", number, "", True, replaced)
    for number, file, statements in (
        ("05", "receipts", (allow(LIST, D),)),
        ("07", "receipts", (allow(LIST, R), allow(READ, RS))),
        ("08", "till", (allow([READ, PUT], RS),)),
        ("14", "work", (allow([READ, PUT], RS), allow("sqs:ReceiveMessage", Q))),
    ):
        for name, condition in ALWAYS.items():
            rows = ({**statement, "Condition": condition} for statement in statements)
            replaced = ((f"file://policies/{file}.json", f"'{document(*rows)}'"),)
            yield Answer(f"{file} of {number} {name}", number, "", True, replaced)
