"""Answers drawn at random, and everybody trying everything in them through the door: the two laws of the grade.

Whatever `handle` lets somebody do that is of no job, the grade finds; and every excess that the grade shows, the engine
lets in. What is drawn: policies of each kind on whomever there is, under conditions on each key that tells principals,
sessions and moments apart. A *try* is one call of one caller at one moment.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random  # noqa: TID251  # its seed is an argument

from coffeeshop.account.access.sessions import mint
from coffeeshop.account.access.standing import standing
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Call, Caller, Nobody, Outcome, Outsider, Reply, Service
from coffeeshop.lessons.grading.fine import fine_for
from coffeeshop.lessons.grading.grade import only
from coffeeshop.lessons.grading.needed import DIRECT
from coffeeshop.lessons.grading.principal_classes import CLASSES, elsewhere
from coffeeshop.lessons.grading.sessions import Held, live
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Check, Play, Proof, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Excess, Standing
from coffeeshop.shop.serve import person, worn_key
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
    rows = [{"Effect": "Allow", "Principal": p, "Action": "sts:AssumeRole", **more} for p in principals]
    return json.dumps({"Version": "2012-10-17", "Statement": rows})


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


WORLD = f"""
aws iam create-user --user-name casey
aws iam create-user --user-name robin
aws iam create-user --user-name sam
aws iam create-group --group-name Staff
aws iam add-user-to-group --group-name Staff --user-name sam
aws iam create-role --role-name Till --assume-role-policy-document '{trust({"AWS": f"arn:aws:iam::{OURS}:root"})}'
aws iam create-role --role-name Box --assume-role-policy-document '{trust({"Service": "ec2.amazonaws.com"})}'
"""
RIGHT = f"""
aws iam put-user-policy --user-name casey --policy-name receipts --policy-document '{
    document(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/*"},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{OURS}:role/Till"},
    )
}'
aws iam put-role-policy --role-name Till --policy-name list --policy-document '{
    document({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-receipts"})
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
)  # fmt: skip
DATES = ("2026-02-01T00:00:00Z", "2026-03-02T09:00:00Z", "2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z")


def condition(draw: Random, least: int = 0) -> dict[str, object]:
    """Nothing, or one or two conditions on what tells principals, sessions and moments apart."""
    rows: list[tuple[str, str, tuple[str, ...]]] = [
        ("StringEquals", "aws:username", ("casey", "robin", "sam", "${aws:PrincipalTag/x}")),
        ("StringLike", "aws:username", ("c*", "z*", "*a*")),
        ("StringNotLike", "aws:username", ("casey", "c*", "??????????")),
        ("ArnLike", "aws:PrincipalArn", (f"arn:aws:iam::{OURS}:user/*", f"arn:aws:iam::{OURS}:role/Till")),
        ("ArnNotLike", "aws:PrincipalArn", (f"arn:aws:iam::{OURS}:user/casey", f"arn:aws:iam::{PARTNER}:*")),
        ("StringEquals", "aws:PrincipalAccount", (OURS, PARTNER, STRANGER)),
        ("StringNotEquals", "aws:PrincipalAccount", (OURS, PARTNER)),
        ("StringEquals", "aws:PrincipalType", ("User", "AssumedRole", "Anonymous", "Account")),
        ("Bool", "aws:MultiFactorAuthPresent", ("true", "false")),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", ("true", "false")),
        ("Null", "aws:MultiFactorAuthAge", ("true", "false")),
        ("NumericLessThan", "aws:MultiFactorAuthAge", ("60", "7200")),
        ("DateGreaterThan", "aws:CurrentTime", DATES),
        ("DateLessThan", "aws:CurrentTime", DATES),
        ("DateGreaterThan", "aws:TokenIssueTime", DATES),
        ("DateLessThan", "aws:TokenIssueTime", DATES),
        ("NumericGreaterThan", "aws:EpochTime", ("1772500000", "1800000000")),
        ("Null", "aws:TokenIssueTime", ("true", "false")),
        ("StringLike", "aws:userid", ("*:boss", "*:c*", "AIDA*", "AROA*:*")),
        ("StringEquals", "aws:SourceIdentity", ("mina", "casey")),
        ("StringEquals", "sts:SourceIdentity", ("mina",)),
        ("StringLike", "sts:RoleSessionName", ("boss", "c*")),
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
    if kind == "trust":
        actions = draw.choice((["sts:AssumeRole"], ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]))
        return {"Effect": effect, "Principal": draw.choice(PRINCIPALS), "Action": actions, **rest}
    if kind == "bucket":
        on = draw.choice(
            (
                ["arn:aws:s3:::coffeeshop-payroll/*"],
                ["arn:aws:s3:::coffeeshop-payroll", "arn:aws:s3:::coffeeshop-payroll/*"],
            )
        )
        action = draw.choice(("s3:GetObject", "s3:ListBucket", "s3:*"))
        return {"Effect": effect, "Principal": draw.choice(PRINCIPALS), "Action": action, "Resource": on, **rest}
    if kind == "queue":
        on = f"arn:aws:sqs:us-east-1:{OURS}:online-orders"
        return {"Effect": effect, "Principal": draw.choice(PRINCIPALS), "Action": "sqs:*", "Resource": on, **rest}
    return {"Effect": effect, "Action": draw.choice(ACTIONS), "Resource": draw.choice(RESOURCES), **rest}


def additions(draw: Random) -> Iterator[str]:
    """A few lines that a learner might add."""
    for number in range(draw.choice((1, 1, 2, 3))):
        kind = draw.choice(
            ("user", "group", "role", "trust", "trust", "bucket", "bucket", "queue", "hire", "live", "tag")
        )
        grammar = kind if kind in ("trust", "bucket", "queue") else "identity"
        text = document(*(statement(draw, grammar) for _ in range(draw.choice((1, 1, 2)))))
        attributes = json.dumps({"Policy": text})
        said = {
            "n": number,
            "text": text,
            "attributes": attributes,
            "who": draw.choice(("casey", "robin", "sam")),
            "role": draw.choice(("Till", "Box", "espresso-role")),
            "name": draw.choice(("anyone", "root", "function", "zoe", "newcomer")),
            "value": draw.choice("12"),
        }
        yield from (line.format(**said) for line in LINES[kind])


LINES = {
    "user": ("aws iam put-user-policy --user-name {who} --policy-name p{n} --policy-document '{text}'",),
    "group": ("aws iam put-group-policy --group-name Staff --policy-name p{n} --policy-document '{text}'",),
    "role": ("aws iam put-role-policy --role-name {role} --policy-name p{n} --policy-document '{text}'",),
    "trust": ("aws iam update-assume-role-policy --role-name {role} --policy-document '{text}'",),
    "bucket": ("aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{text}'",),
    "queue": (f"aws sqs set-queue-attributes --queue-url {QUEUE} --attributes '{{attributes}}'",),
    "hire": (
        "aws iam create-user --user-name {name}",
        "aws iam put-user-policy --user-name {name} --policy-name p --policy-document '{text}'",
    ),
    "live": ("aws iam create-access-key --user-name {who}", "aws sts get-session-token --profile {who}"),
    "tag": ("aws iam tag-user --user-name {who} --tags Key=x,Value={value}",),
}


def answer(lesson: Scenario, draw: Random) -> Play:
    """The right answer, with a few lines more."""
    text = RIGHT + "\n".join(additions(draw)) + "\n"
    found = run_play(lesson, text, "drawn.sh")
    assert isinstance(found, Play), [*map(str, found)]
    return found


# ------------------------------------------------------------------------- tries
@dataclass(frozen=True)
class Try:
    """One caller with a badge: `who` as the grade calls them, the account in which they have it, and when."""

    who: str
    badge: str
    account: Account
    caller: Caller
    at: datetime


LATER = (timedelta(0), timedelta(hours=2), timedelta(days=1), timedelta(days=100), timedelta(days=500))
CALLS = (
    Call("s3", "ListObjectsV2", {"Bucket": "coffeeshop-receipts"}),
    Call("s3", "GetObject", {"Bucket": "coffeeshop-receipts", "Key": "2026/03/0412.json"}),
    Call("s3", "ListObjectsV2", {"Bucket": "coffeeshop-payroll"}),
    Call("s3", "GetObject", {"Bucket": "coffeeshop-payroll", "Key": "march.csv"}),
    Call("dynamodb", "PutItem", {"TableName": "Register", "Item": {"sale": {"S": "1"}}}),
    Call("iam", "ListUsers", {}),
    Call("iam", "CreateUser", {"UserName": "somebody"}),
    Call("sqs", "SendMessage", {"QueueUrl": QUEUE, "MessageBody": "x"}),
    Call("lambda", "Invoke", {"FunctionName": "espresso-api"}),
    *(Call("sts", "AssumeRole", {"RoleArn": f"arn:aws:iam::{OURS}:role/{role}", "RoleSessionName": "boss"}) for role in ("Till", "Box")),
)  # fmt: skip


def callers(trial: Trial, draw: Random) -> Iterator[Try]:
    """Everybody who can call, at moments of their own; somebody hired since then, under a name drawn."""
    account, now = trial.play.account, trial.play.now
    for user in account.users.values():
        if user.name != "ada":
            yield from badges(person(user.name), account, account.arn(user), now + draw.choice(LATER))
    yield from hired(account, now, draw)
    at = now + draw.choice(LATER)
    yield Try("anyone", "key", account, Nobody(), at)
    for arn in (f"{PARTNER}:role/Courier", f"{PARTNER}:user/kim", f"{STRANGER}:user/kim", f"{STRANGER}:role/R"):
        yield Try(f"account/{arn.replace(':', '/', 1)}", "key", account, Outsider(f"arn:aws:iam::{arn}"), at)
    for service in ("lambda.amazonaws.com", "ec2.amazonaws.com", "glue.amazonaws.com"):
        yield Try(f"service/{service}", "key", account, Service(service), at)
    for _, held in live(account, now):
        if held.who not in ("ada", "root"):
            yield Try(held.who, held.badge, account, held.caller, now)


def badges(who: str, account: Account, arn: str, at: datetime) -> Iterator[Try]:
    """A user with each badge."""
    for badge in DIRECT:
        there, key = mint(account, arn, badge, at)  # pyright: ignore[reportArgumentType]  # of DIRECT
        yield Try(who, badge, there, key, at)


def hired(account: Account, now: datetime, draw: Random) -> Iterator[Try]:
    """Somebody hired after the play, who holds nothing."""
    there, root = mint(account, account.root_arn, "key", now)
    name = draw.choice("cz") + "".join(draw.choice("abcxyz") for _ in range(draw.choice((2, 9))))
    outcome = handle(there, Act(now, root, Call("iam", "CreateUser", {"UserName": name})))
    if isinstance(outcome.answer, Reply):
        arn = outcome.account.arn(outcome.account.users[name])
        yield from badges("newcomer", outcome.account, arn, now + draw.choice(LATER))


CLAIMS = ({}, {"SourceIdentity": "mina"}, {"Tags": ({"Key": "x", "Value": "1"},)}, {"ExternalId": "blue"})


def taken(one: Try, draw: Random) -> Iterator[Try]:
    """The roles that a caller can take, under a name and with claims of their choice."""
    for role in ("Till", "Box", "espresso-role"):
        name = draw.choice(("boss", "casey", "x1"))
        said = {"RoleArn": f"arn:aws:iam::{OURS}:role/{role}", "RoleSessionName": name, **draw.choice(CLAIMS)}
        outcome = handle(one.account, Act(one.at, one.caller, Call("sts", "AssumeRole", said)))
        if key := worn_key(outcome):
            yield Try(one.who, f"role/{role}", outcome.account, key, one.at)


def deeds(one: Try) -> Iterator[Outcome]:
    """Every call that lets them in."""
    for call in CALLS:
        outcome = handle(one.account, Act(one.at, one.caller, call))
        if isinstance(outcome.answer, Reply):
            yield outcome


# --------------------------------------------------------------------------- laws
def escaped(trial: Trial, checks: tuple[Check, ...], one: Try, outcome: Outcome) -> bool:
    """Whether somebody was let in beyond what is needed, and the grade says nothing of them."""
    failing = {check.subject for check in checks if check.passed is False}
    if failing & set(names_of(one)):
        return False
    requests = [decision.request for decision in outcome.decisions]
    return not all(any(isinstance(authorize(f, r), Allowed) for f in fine_standings(trial, one)) for r in requests)


def names_of(one: Try) -> Iterator[str]:
    """As whom the checks may know a caller."""
    yield one.who
    kind, _, rest = one.who.partition("/")
    if kind == "account":
        id = rest.partition("/")[0]
        yield from (f"account/{id}", "account/stranger")
    if kind == "service":
        yield from ("service", "anyone")
    if one.badge.startswith("role/"):
        yield one.badge


def fine_standings(trial: Trial, one: Try) -> Iterator[Standing]:
    """What is needed of them, or was theirs before."""
    scenario = trial.play.scenario
    who = trial.names["newcomer"] if one.who == "newcomer" else one.who
    yield trial.needed(who, one.badge)
    kept = standing(scenario.opening, one.caller, one.at) if isinstance(one.caller, Service) else None
    if isinstance(kept, Standing):
        yield kept
    if one.who.startswith("service/"):
        for row in CLASSES:
            if row.kind in ("role of a service", "service"):
                for member in row.members(trial):
                    if member.who in (one.badge, one.who):
                        fine = fine_for(trial, row, member)
                        yield from (found for found in (fine.needed, fine.before) if found)
    if one.who == "robin":
        yield from (s for badge, s in trial.before("robin").items() if badge == one.badge)


def unreal(trial: Trial, checks: tuple[Check, ...]) -> Iterator[str]:
    """Every excess that the grade shows and the engine does not let in, as the session that it is shown of."""
    members: dict[tuple[str, str], list[tuple[object, Held]]] = {}
    for row in CLASSES:
        for member in row.members(trial):
            members.setdefault((member.who, member.badge), []).append((row, member))
    for check in checks:
        for proof in (e for e in check.evidence if isinstance(e, Proof)):
            for found in (e for e in proof.found if isinstance(e, Excess)):
                if not any(_lets_in(trial, row, member, found) for row, member in members[proof.who, proof.badge]):
                    yield f"{check.id} as {proof.badge}: {found.witness}"


def _lets_in(trial: Trial, row: object, member: Held, found: Excess) -> bool:
    opened = row.opened(trial, member)  # pyright: ignore[reportAttributeAccessIssue]
    real = dataclasses.replace(member.standing, layers=opened.layers)
    context = {key.lower() for key in found.witness.context}
    fixed = {key: value for key, value in real.fixed.items() if key.lower() not in context}
    real = dataclasses.replace(real, fixed=fixed)
    away = found.witness.account not in ("", trial.account.id)
    return isinstance(authorize(elsewhere(real) if away else real, found.witness), Allowed)


def trial_of(lesson: Scenario, seed: int) -> tuple[int, list[str]]:
    """One answer: how many tries were made in it, and what broke a law."""
    draw = Random(seed)
    trial = Trial(answer(lesson, draw))
    checks = tuple(only(trial))
    tries, broken = 0, [f"seed {seed}: shown and not real: {said}" for said in unreal(trial, checks)]
    for first in callers(trial, draw):
        for one in (first, *taken(first, draw)):
            tries += len(CALLS)
            for outcome in deeds(one):
                if escaped(trial, checks, one, outcome):
                    asked = [(d.request.action, d.request.resource) for d in outcome.decisions]
                    broken.append(f"seed {seed}: {one.who} with {one.badge} at {one.at:%F %T} escaped: {asked}")
    return tries, broken
