"""Everybody trying everything in an answer through the door: the laws of the grade.

Whatever `handle` lets somebody do that is of no job, the grade finds; every excess that the grade shows, the engine lets
in; a job that works does so later too, and a refusal that holds holds later. A *try* is one call of one caller, at one
moment, from somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random  # noqa: TID251  # its seed is an argument

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Caller,
    Nobody,
    Origin,
    Outcome,
    Outsider,
    Reply,
    Service,
)
from coffeeshop.lessons.grading.across_accounts import toward_other_accounts
from coffeeshop.lessons.grading.administering import with_ordinary_request
from coffeeshop.lessons.grading.grade import judge_trial
from coffeeshop.lessons.grading.live_sessions import live_sessions
from coffeeshop.lessons.grading.needed import FEDERATED_KIND, USER_BADGES
from coffeeshop.lessons.grading.permitted import permitted_access
from coffeeshop.lessons.grading.principal_classes import PRINCIPAL_CLASSES
from coffeeshop.lessons.grading.request_space import request_time
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Check, Proof, Scenario
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Excess, Request, Standing
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import (
    assume_function_role,
    assumed_session_key,
    serve,
    want_name,
)
from tests.lessons.grading.arbitrary_answers import OURS, PARTNER, QUEUE, STRANGER, answer


class Try(Struct, frozen=True):
    """One caller with a badge: `who` as the grade calls them, the account in which they have it, when, and
    from where.
    """

    who: str
    badge: str
    account: Account
    caller: Caller
    at: datetime
    origin: Origin = Origin()
    worn: tuple[str, ...] = ()  # the roles that they took on the way here

    def asks(self, call: Call) -> Outcome:
        """One call of theirs."""
        return handle(
            self.account, Act(self.at, self.caller, replace(call, origin=self.origin))
        )


LATER = (
    timedelta(0),
    timedelta(hours=2),
    timedelta(days=1),
    timedelta(days=100),
    timedelta(days=500),
)
ROLES = ("Till", "Desk", "Box")
ORIGINS = (
    Origin(),
    Origin(),
    Origin("10.0.0.7", agent="curl/8"),
    Origin("198.51.100.7", secure=False),
)
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
    Call("s3", "ListObjectsV2", {"Bucket": "coffeeshop-recipes"}),
    *(Call("sts", "AssumeRole", {"RoleArn": f"arn:aws:iam::{OURS}:role/{role}", "RoleSessionName": "boss"}) for role in ROLES),
)  # fmt: skip


def callers(trial: Trial, draw: Random) -> Iterator[Try]:
    """Everybody who can call, at moments of their own; somebody hired since then, under a name drawn."""
    account, now = trial.play.account, trial.play.now
    for user in account.users.values():
        if user.name != "ada":
            yield from badges(
                want_name(user.name), account, account.arn(user), now + draw.choice(LATER)
            )
    yield from hired(account, now, draw)
    yield from strangers(account, now + draw.choice(LATER))
    for _, held in live_sessions(account, now):
        if held.who not in ("ada", "root"):
            yield Try(held.who, held.badge, account, held.caller, now)


def strangers(account: Account, at: datetime) -> Iterator[Try]:
    """Whoever is no user of the account: nobody, others, functions in their roles, services."""
    yield Try("anyone", "key", account, Nobody(), at)
    for arn in (
        f"{PARTNER}:role/Courier",
        f"{PARTNER}:user/kim",
        f"{STRANGER}:user/kim",
        f"{STRANGER}:role/R",
    ):
        yield Try(
            f"account/{arn.replace(':', '/', 1)}",
            "key",
            account,
            Outsider(f"arn:aws:iam::{arn}"),
            at,
        )
    for name in account.functions:
        outcome = assume_function_role(account, name, at)
        if outcome and (key := assumed_session_key(outcome)):
            yield Try(f"function/{name}", "key", outcome.account, key, at)
    for service in ("lambda.amazonaws.com", "ec2.amazonaws.com", "glue.amazonaws.com"):
        yield Try(f"service/{service}", "key", account, Service(service), at)


def badges(who: str, account: Account, arn: str, at: datetime) -> Iterator[Try]:
    """A user with each badge; with a code also when it is older."""
    for badge in USER_BADGES:
        there, key = mint_credential(account, arn, badge, at)  # pyright: ignore[reportArgumentType]  # of USER_BADGES
        yield Try(who, badge, there, key, at)
        if badge == "code":
            yield Try(who, badge, there, key, at + timedelta(hours=3))


def hired(account: Account, now: datetime, draw: Random) -> Iterator[Try]:
    """Somebody hired after the play, who holds nothing."""
    there, root = mint_credential(account, account.root_arn, "key", now)
    name = draw.choice("cz") + "".join(
        draw.choice("abcxyz") for _ in range(draw.choice((2, 9)))
    )
    outcome = handle(there, Act(now, root, Call("iam", "CreateUser", {"UserName": name})))
    if isinstance(outcome.answer, Reply):
        arn = outcome.account.arn(outcome.account.users[name])
        yield from badges("newcomer", outcome.account, arn, now + draw.choice(LATER))


CLAIMS = (
    {},
    {"SourceIdentity": "mina"},
    {"Tags": ({"Key": "x", "Value": "1"},)},
    {"ExternalId": "blue"},
)


def taken(one: Try, draw: Random) -> Iterator[Try]:
    """The roles that a caller can take, under a name and with claims of their choice; what a key opens for a federated user."""
    for role in (*ROLES, "espresso-role"):
        name = draw.choice(("boss", "casey", "x1", "another", "canary", "zz", "sam"))
        said = {
            "RoleArn": f"arn:aws:iam::{OURS}:role/{role}",
            "RoleSessionName": name,
            **draw.choice(CLAIMS),
        }
        outcome = one.asks(Call("sts", "AssumeRole", said))
        if key := assumed_session_key(outcome):
            badge = f"role/{role}"
            there = replace(
                one,
                badge=badge,
                account=outcome.account,
                caller=key,
                worn=(*one.worn, badge),
            )
            yield replace(there, origin=draw.choice(ORIGINS))
    if one.badge == "key":
        policy = ({"arn": "arn:aws:iam::aws:policy/AdministratorAccess"},)
        name = draw.choice(("kim", "casey", "zz"))
        outcome = one.asks(
            Call("sts", "GetFederationToken", {"Name": name, "PolicyArns": policy})
        )
        if key := assumed_session_key(outcome):
            yield replace(one, badge=FEDERATED_KIND, account=outcome.account, caller=key)


def everybody(trial: Trial, draw: Random) -> Iterator[Try]:
    """Each caller, in each role that they take, and in each that they take from there."""
    for first in callers(trial, draw):
        one = replace(first, origin=draw.choice(ORIGINS))
        yield one
        for worn in taken(one, draw):
            yield worn
            yield from taken(worn, draw)


def deeds(one: Try) -> Iterator[Outcome]:
    """Every call that lets them in."""
    outcomes = map(one.asks, CALLS)
    return (outcome for outcome in outcomes if isinstance(outcome.answer, Reply))


# --------------------------------------------------------------------------- laws
def escaped(trial: Trial, checks: tuple[Check, ...], one: Try, outcome: Outcome) -> bool:
    """Whether somebody was let in beyond what is needed, and the grade says nothing of them."""
    failing = {check.subject for check in checks if check.passed is not True}
    if failing & set(names_of(one)):
        return False
    requests = [decision.request for decision in outcome.decisions]
    return not all(
        any(isinstance(authorize(f, r), Allowed) for f in fine_standings(trial, one))
        for r in requests
    )


def names_of(one: Try) -> Iterator[str]:
    """As whom the checks may know a caller."""
    yield one.who
    kind, _, rest = one.who.partition("/")
    if kind == "account":
        id = rest.partition("/")[0]
        yield from (f"account/{id}", "account/stranger")
    if kind == "service":
        yield from ("service", "anyone")
    yield from one.worn


def fine_standings(trial: Trial, one: Try) -> Iterator[Standing]:
    """What is needed of them, or was theirs before."""
    scenario = trial.play.scenario
    who = trial.names["newcomer"] if one.who == "newcomer" else one.who
    yield trial.needed_access(who, one.badge)
    kept = (
        build_standing(scenario.opening, one.caller, one.at)
        if isinstance(one.caller, Service)
        else None
    )
    if isinstance(kept, Standing):
        yield kept
    if one.who.startswith(("service/", "function/")):
        for row in PRINCIPAL_CLASSES:
            if row.kind in ("role of a service", "service", "function"):
                for member in row.members(trial):
                    if member.who in (one.badge, one.who):
                        fine = permitted_access(trial, row, member)
                        yield from (found for found in (fine.needed, fine.before) if found)
    if one.who == "robin":
        yield from (
            s for badge, s in trial.allowed_before("robin").items() if badge == one.badge
        )


def unreal(trial: Trial, checks: tuple[Check, ...]) -> Iterator[str]:
    """Every excess that the grade shows and the engine does not let in, as the session that it is shown of; and what a
    bystander is told to have lost and has, or never had.
    """
    members: dict[tuple[str, str], list[tuple[object, HeldSession]]] = {}
    for row in PRINCIPAL_CLASSES:
        for member in row.members(trial):
            members.setdefault((member.who, member.badge), []).append((row, member))
    for check in checks:
        for proof in (e for e in check.evidence if isinstance(e, Proof)):
            for found in (e for e in proof.found if isinstance(e, Excess)):
                real = _is_lost if check.kind == "bystander" else _lets_in
                if proof.who in trial.administrators_and_root:
                    continue  # who are members of no class
                let_in = any(
                    real(trial, row, member, found)
                    for row, member in members[proof.who, proof.badge]
                )
                if not let_in or not _is_of_one_clock(found.witness):
                    yield f"{check.id} as {proof.badge}: {found.witness}"


def _lets_in(trial: Trial, row: object, member: HeldSession, found: Excess) -> bool:
    real = row.open_standing(trial, member)  # pyright: ignore[reportAttributeAccessIssue]
    away = found.witness.account not in ("", trial.account.id)
    return isinstance(
        authorize(toward_other_accounts(real) if away else real, found.witness), Allowed
    )


def _is_lost(trial: Trial, row: object, member: HeldSession, found: Excess) -> bool:
    kind, _, called = member.who.partition("/")
    # Lambda's to ask, who puts the role on.
    if kind == "function" and found.witness.action == "sts:AssumeRole":
        was, at = trial.play.scenario, request_time(found.witness) or trial.play.now
        worn = (
            assume_function_role(was.opening, called, was.now),
            assume_function_role(trial.play.account, called, at),
        )
        return [bool(one and one.has_succeeded) for one in worn] == [True, False]
    before = replace(member, standing=trial.allowed_before(member.who)[member.badge])
    had, has = (
        replace(one, standing=with_ordinary_request(trial.account, one.standing))
        for one in (before, member)
    )
    return _lets_in(trial, row, had, found) and not _lets_in(trial, row, has, found)


def _is_of_one_clock(request: Request) -> bool:
    """Whether a code is as old as the session that it opened."""
    told = {key: values[0] for key, values in request.context.items()}
    if "aws:MultiFactorAuthAge" not in told or "aws:TokenIssueTime" not in told:
        return True
    asked, issued = (
        datetime.fromisoformat(told[f"aws:{key}"])
        for key in ("CurrentTime", "TokenIssueTime")
    )
    return (asked - issued).total_seconds() == float(told["aws:MultiFactorAuthAge"])


def fleeting(trial: Trial, checks: tuple[Check, ...], draw: Random) -> Iterator[str]:
    """Every job that works and every refusal that holds, if it does not at some later moment."""
    passed = {check.id for check in checks if check.passed}
    for ticket in trial.tickets:
        wanted = ticket.want.mode is Mode.MUST
        if f"{'job' if wanted else 'refuse'}:{ticket.want.id}" in passed:
            later = serve(trial.account, ticket.want, trial.play.now + draw.choice(LATER))
            if not (later.has_succeeded if wanted else later.is_really_refused):
                yield f"{ticket.want.id}: otherwise at {later.outcomes[-1].act.at:%F %T}"


def trial_of(lesson: Scenario, seed: int) -> tuple[int, list[str]]:
    """One answer: how many tries were made in it, and what broke a law."""
    draw = Random(seed)
    trial = Trial(answer(lesson, draw))
    checks = judge_trial(trial)
    tries, broken = 0, [f"shown and not real: {said}" for said in unreal(trial, checks)]
    broken += fleeting(trial, checks, draw)
    for one in everybody(trial, draw):
        tries += len(CALLS)
        for outcome in deeds(one):
            if escaped(trial, checks, one, outcome):
                asked = [(d.request.action, d.request.resource) for d in outcome.decisions]
                broken.append(
                    f"{one.who} with {one.badge} at {one.at:%F %T} from {one.origin.ip} escaped: {asked}"
                )
    return tries, [f"seed {seed}: {said}" for said in broken]
