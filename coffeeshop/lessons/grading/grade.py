"""The judgement: everyone can work, nothing else is possible, and it is done in a way that lasts.

Which requests are allowed is asked of the policy engine, never read off the text of a policy; what is in excess is
proven by `policy.compare` over all requests there are. Checks stand on one another: what stands on a failed one is
not run, so that one missing user is one finding.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from msgspec.structs import replace

from coffeeshop.account.access.sessions import new_session
from coffeeshop.account.access.standing import resource_policies, standing
from coffeeshop.account.model import Account, Caller, Key, Nobody, Outsider, Role
from coffeeshop.lessons.grading.findings import findings, name
from coffeeshop.lessons.grading.fixtures import fixture
from coffeeshop.lessons.grading.practice import RULES, sentence
from coffeeshop.lessons.grading.trial import Held, Trial, held_by, lower_bound
from coffeeshop.lessons.model import Check, Escalation, Options, Passed, Play, Proof, Report, Scenario, Shares
from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.model import Element, Excess, Kind, Layer, Policy, Standing, Statement, Undecided
from coffeeshop.shop.serve import outsider, serve
from coffeeshop.shop.want import Mode, Ticket

SHOWN = 10  # how many excesses of one session are looked for


def grade(play: Play) -> Report:
    """The report of a play as it stands. Pure: the same acts give the same report."""
    checks = judge(play)
    return Report(checks, findings(play, checks), shares(checks), floor(play.scenario))


@lru_cache(maxsize=64)
def floor(scenario: Scenario) -> Fraction:
    """q of the untouched world: what the score counts from."""
    checks = judge(Play(scenario))
    return Report(checks, (), shares(checks), Fraction(0)).quality


def shares(checks: Iterable[Check]) -> Shares:
    """Of each kind of check, the share that holds; 1 where a scenario has none."""
    checks = tuple(checks)

    def share(kind: str) -> Fraction:
        mine = [check.passed is True for check in checks if check.kind == kind]
        return Fraction(sum(mine), len(mine)) if mine else Fraction(1)

    return Shares(share("job"), share("refuse"), share("only"), share("practice"))


def open_shop(play: Play) -> tuple[Ticket, ...]:
    """Every job and refusal run once on a copy of the account, in the order of the brief."""
    return Trial(play).tickets


# -------------------------------------------------------------------- checks
def judge(play: Play) -> tuple[Check, ...]:
    """Every check of the brief; each depends on those named in its `after`."""
    trial = Trial(play)
    checks = (
        *(fixture(play, name) for name in play.scenario.fixed),
        *_people(trial),
        *_worn(trial),
        *(_job(trial, ticket) for ticket in trial.jobs),
        *(refusal(trial, ticket) for ticket in trial.tickets if ticket.want.mode is Mode.NEVER),
        *only(trial),
        *(practice(trial, row.rule, row.options) for row in play.scenario.practice),
    )
    return tuple(_settle(checks))


def _settle(checks: Iterable[Check]) -> Iterator[Check]:
    """What stands on a check that failed, or was not run, was not run either."""
    settled: dict[str, Passed] = {}
    tampered = False
    for check in checks:
        tampered = tampered or (check.kind == "fixture" and check.passed is False)
        waits = any(settled.get(id) is not True for id in check.after if id in settled)
        if check.kind not in ("fixture", "practice") and (waits or tampered):
            check = replace(check, passed=None)
        settled[check.id] = check.passed
        yield check


def _people(trial: Trial) -> Iterator[Check]:
    for who in dict.fromkeys(ticket.want.who for ticket in trial.jobs):
        absent = tuple(t for t in trial.jobs if t.want.who == who and t.missing and not t.outcomes)
        yield Check(f"person:{who}", f"{name(who)} has a badge to show", not absent, evidence=absent)


def _worn(trial: Trial) -> Iterator[Check]:
    for key in dict.fromkeys((t.want.who, t.want.via) for t in trial.jobs if t.want.via):
        ticket = next(t for t in trial.jobs if (t.want.who, t.want.via) == key)
        say = f"{name(key[0])} can wear the role {key[1]}"
        yield Check(f"session:{key[0]}/{key[1]}", say, ticket.in_session, (f"person:{key[0]}",), (ticket,))


def _job(trial: Trial, ticket: Ticket) -> Check:
    want = ticket.want
    on = (f"person:{want.who}", *([f"session:{want.who}/{want.via}"] if want.via else []), *want.after)
    narrow = _narrow(trial, ticket) if ticket.allowed else ()
    later = trial.later(ticket) if ticket.allowed and not narrow else ticket
    proofs = (Proof(want.who, want.via or want.badge, narrow),) if narrow else ()
    evidence = (ticket, *proofs) if later.allowed or not ticket.allowed else (later, ticket)
    return Check(f"job:{want.id}", want.say, ticket.allowed and not narrow and later.allowed, on, evidence)


def _narrow(trial: Trial, ticket: Ticket) -> tuple[Excess | Undecided, ...]:
    """A request that the job covers and that is refused: the call works, its siblings do not."""
    bounds = lower_bound(ticket)
    return tuple(islice(excesses(*bounds, trial.domain), 1)) if bounds else ()


def refusal(trial: Trial, ticket: Ticket) -> Check:
    """A refusal holds for its person, and wherever they can come to by ways that no job of theirs needs."""
    leaks = () if ticket.holds else (ticket,)
    if ticket.want.reach and not leaks:
        leaks = tuple(islice(_reached(trial, ticket), 1))
    return Check(f"refuse:{ticket.want.id}", ticket.want.say, not leaks, evidence=leaks or (ticket,))


def _reached(trial: Trial, ticket: Ticket) -> Iterator[Ticket]:
    """The leaks at the end of each path, the calls of the path before them."""
    for path, outcomes in trial.paths(ticket.want):
        there = serve(path.account, ticket.want, path.acts[-1].at, path.caller)
        if not there.holds:
            yield replace(there, outcomes=(*outcomes, *there.outcomes))


# -------------------------------------------------------------- nothing more
def only(trial: Trial) -> Iterator[Check]:
    """Of everybody, whether they can do nothing but their jobs; the evidence is what more they can."""
    people = trial.play.scenario.people
    machines = (f"function/{key}" for key in trial.account.functions)
    others = (user.name for user in trial.play.account.users.values())
    for who in dict.fromkeys((*people.graded, *people.bystanders, *machines, *others)):
        if who not in people.admins:
            evidence = (*_escalation(trial, who), *_proofs(trial, who))
            yield Check(f"only:{who}", f"{name(who)} can do nothing else", not evidence, evidence=evidence)
    for role, held in _worn_by_services(trial):
        proofs = tuple(_proof(trial, held, _role_needs(trial, role)))
        yield Check(f"only:{held.who}", f"The role {role.name} gains nothing", not proofs, evidence=proofs)
    for who, held in _strangers(trial):
        proofs = tuple(_proof(trial, held, trial.needed(who, "key")))
        yield Check(f"only:{who}", f"{_stranger(who)} can do nothing", not proofs, evidence=proofs)


STRANGERS = {
    "newcomer": "A colleague you have not met yet",
    "anyone": "Someone without a badge",
    "account/stranger": "Any other account",
}


def _stranger(who: str) -> str:
    id, _, name = who.removeprefix("account/").partition("/")
    return STRANGERS.get(who) or (f"{name} of the account {id}" if name else f"The account {id}")


def _escalation(trial: Trial, who: str) -> tuple[Escalation, ...]:
    """The first path to more, of somebody graded, that no job of theirs needs."""
    if who not in trial.play.scenario.people.graded:
        return ()
    found = (Escalation(who, path.ways[0], outcomes) for path, outcomes in trial.paths(trial.person(who)))
    return tuple(islice(found, 1))


def _proofs(trial: Trial, who: str) -> Iterator[Proof]:
    """Each session of this person in which more is allowed than is fine: for a bystander, than before the play."""
    asked = any(ticket.want.who == who for ticket in trial.tickets)
    bystander = who in trial.play.scenario.people.bystanders or (who.startswith("function/") and not asked)
    before = _before(trial, who) if bystander else None
    for held in trial.sessions(who):
        yield from _proof(
            trial, held, trial.needed(who, held.badge) if before is None else before.get(held.badge, Standing.of())
        )


def _proof(trial: Trial, held: Held, fine: Standing) -> Iterator[Proof]:
    found = tuple(islice(excesses(held.standing, fine, trial.domain), SHOWN)) if held.standing != fine else ()
    if found:
        yield Proof(held.who, held.badge, found)


def _before(trial: Trial, who: str) -> dict[str, Standing]:
    """What somebody could do in the untouched world, by badge."""
    was = held_by(trial.play.scenario.opening, trial.person, who, Play(trial.play.scenario))
    return {held.badge: held.standing for held in was}


def _worn_by_services(trial: Trial) -> Iterator[tuple[Role, Held]]:
    """A session in each role that a service or somebody signed in elsewhere may take: no person's sessions show it."""
    for role in trial.account.roles.values():
        kinds = {kind for s in role.trust.policy.statements if s.principals for kind, _ in s.principals.entries}
        if kinds - {"AWS"}:
            held = _as_role(trial.account, role, trial.play.now)
            yield role, Held(f"role/{role.name}", f"role/{role.name}", trial.account, Nobody(), held)


def _as_role(account: Account, role: Role, at: datetime) -> Standing:
    taken, session = new_session(account, "Role", role.id, "service", at, timedelta(hours=1), name="service")
    held = standing(taken, Key(session.id), at)
    assert isinstance(held, Standing), "a session just taken is alive"
    return held


def _role_needs(trial: Trial, role: Role) -> Standing:
    """What a role worn by services may hold: what it held before the play, and what jobs need that are done in it."""
    opening = trial.play.scenario.opening
    before = opening.roles.get(role.name.lower())
    fine = [_as_role(opening, before, trial.play.scenario.now)] if before else []
    for want in trial.play.scenario.wants:
        function = opening.functions.get(want.who.partition("/")[2]) if want.who.startswith("function/") else None
        if want.via == role.name:
            fine.append(trial.needed(want.who, f"role/{role.name}"))
        elif function and function.role == trial.account.arn(role):
            fine.append(trial.needed(want.who, "key"))
    held = (layer for needs in fine for layer in needs.layers if layer.kind is Kind.IDENTITY)
    return Standing.of(*(policy for layer in held for policy in layer.policies))


def _strangers(trial: Trial) -> Iterator[tuple[str, Held]]:
    """Who has no part in the story: what resource-based policies and trusts give to everybody, they get."""
    met = next(iter(trial.sessions(trial.names["newcomer"])), None)
    if met:
        yield "newcomer", met
    callers: dict[str, Caller] = {"anyone": Nobody(), **dict(_outsiders(trial))}
    for who, caller in callers.items():
        held = standing(trial.account, caller, trial.play.now)
        assert isinstance(held, Standing), "who shows no credential shows no bad one"
        here = _here(held, trial.account) if isinstance(caller, Outsider) else held
        yield who, Held(who, "key", trial.account, caller, here)


def _outsiders(trial: Trial) -> Iterator[tuple[str, Outsider]]:
    """The partner, a stranger, and whoever of another account a check, a resource's policy or a trust speaks of."""
    wants = trial.play.scenario.wants
    checked = (outsider(want.who.partition("/")[2]).arn for want in wants if want.who.startswith("account/"))
    spoken = sorted({*trial.play.scenario.shop.partners, *_spoken_of(trial.account), *checked})
    yield "account/stranger", outsider(trial.names["stranger"])
    for id in dict.fromkeys(id for text in spoken for id in re.findall(r"\d{12}", text)):
        if id != trial.account.id:
            yield f"account/{id}", outsider(id)
    for text in spoken:
        found = ANOTHER.fullmatch(text)
        if found and found["name"] and found["id"] != trial.account.id:
            yield f"account/{found['id']}/{found['name']}", Outsider(text)


def _spoken_of(account: Account) -> Iterator[str]:
    """Every principal and every condition's value in the policies of resources and the trusts of roles."""
    for policy in (
        *(d.policy for _, d in resource_policies(account)),
        *(r.trust.policy for r in account.roles.values()),
    ):
        for statement in policy.statements:
            yield from (value for _, value in statement.principals.entries) if statement.principals else ()
            yield from (value.replace("*", "x") for condition in statement.conditions for value in condition.values)


ANOTHER = re.compile(r"(?:arn:aws:(?:iam|sts)::)?(?P<id>\d{12})(?::root|:(?P<name>(?:user|role|assumed-role)/.+))?")


def _here(held: Standing, account: Account) -> Standing:
    """An outsider's standing towards the things of this account: what they may do at home, their own account may say,
    as it says their tags and belongs to any organization but ours; and of what is here only that matters of which a
    resource's policy speaks.
    """
    own = tuple(
        Statement("Allow", statement.actions, Element((layer.on, f"{layer.on}/*")))
        for layer in held.layers
        for policy in (layer.policies if layer.on != "*" else ())
        for statement in policy.statements
        if statement.effect == "Allow"
    )
    ours = account.organization.id if account.organization else ""
    named = (org for text in _spoken_of(account) for org in re.findall(r"o-[a-z0-9]{10,32}", text) if org != ours)
    fixed = {key: value for key, value in held.fixed.items() if not key.lower().startswith("aws:principaltag/")}
    if org := next(named, None):
        fixed["aws:PrincipalOrgID"] = (org,)
    others = tuple(layer for layer in held.layers if layer.kind is not Kind.IDENTITY)
    layers = (Layer(Kind.IDENTITY, (Policy(own, name="their own account"),)), *others)
    return dataclasses.replace(held, layers=layers, fixed=fixed)


# ------------------------------------------------------------------ practice
def practice(trial: Trial, rule: str, options: Options) -> Check:
    offences = tuple(RULES[rule].offences(trial, options))
    return Check(f"practice:{rule}", sentence(rule, options), not offences, evidence=offences)
