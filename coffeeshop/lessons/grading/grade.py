"""The judgement: everyone can work, nothing else is possible, and it is done in a way that lasts.

Which requests are allowed is asked of the policy engine, never read off the text of a policy; what is in excess is
proven by `policy.comparison.compare` over all requests there are. Checks stand on one another: what stands on a failed one is
not run, so that one missing user is one finding.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import chain, islice

from msgspec.structs import replace

from coffeeshop.account.model import Outsider
from coffeeshop.lessons.grading.across_accounts import elsewhere, other_accounts
from coffeeshop.lessons.grading.administering import locked, locked_out, new_badges
from coffeeshop.lessons.grading.bystanders import losses
from coffeeshop.lessons.grading.ceilings import blamed
from coffeeshop.lessons.grading.findings import findings
from coffeeshop.lessons.grading.fine import Fine, fine_for
from coffeeshop.lessons.grading.fixtures import fixtures
from coffeeshop.lessons.grading.moments import LONGEST, from_now_on, keys_read
from coffeeshop.lessons.grading.practice import RULES, sentence
from coffeeshop.lessons.grading.principal_classes import CLASSES, PrincipalClass
from coffeeshop.lessons.grading.sentences import STRANGERS, amid, name
from coffeeshop.lessons.grading.sessions import Held
from coffeeshop.lessons.grading.settings import changed
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import (
    Check,
    Escalation,
    Evidence,
    Options,
    Passed,
    Play,
    Proof,
    Report,
    Scenario,
    Shares,
)
from coffeeshop.policy.comparison.representatives import ANY_ACCOUNT, ELSEWHERE
from coffeeshop.policy.model import Excess, Standing, Undecided
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import person
from coffeeshop.shop.want import Ticket


def grade(play: Play) -> Report:
    """Returns the report of a play as it stands. Pure: the same acts give the same report."""
    return reported(play, judge(play))


def reported(play: Play, checks: tuple[Check, ...]) -> Report:
    """Returns the report that these checks of a play amount to."""
    scenario = play.scenario
    return Report(
        checks, findings(play, checks), shares(checks), floor(scenario), scenario.grown
    )


@lru_cache(maxsize=64)
def floor(scenario: Scenario) -> Fraction:
    """Returns q of the untouched world: what the score counts from."""
    checks = untouched(scenario)
    return Report(checks, (), shares(checks), Fraction(0)).quality


@lru_cache(maxsize=2)  # while one scenario is judged: a check holds all that proves it
def untouched(scenario: Scenario) -> tuple[Check, ...]:
    """Returns every check of the untouched world."""
    return judge(Play(scenario))


def shares(checks: Iterable[Check]) -> Shares:
    """Returns the share of each kind of check that holds; 1 where a scenario has none. A setting that was changed counts as somebody
    with more than is needed.
    """
    checks = tuple(checks)

    def share(*kinds: str) -> Fraction:
        mine = [check.passed is True for check in checks if check.kind in kinds]
        if mine:
            return Fraction(sum(mine), len(mine))
        return Fraction(1)

    return Shares(
        share("job"), share("refuse"), share("only", "setting"), share("practice")
    )


# -------------------------------------------------------------------- checks
def judge(play: Play) -> tuple[Check, ...]:
    """Returns every check of the brief; each depends on those named in its `after`."""
    return judged(Trial(play))


def judged(trial: Trial) -> tuple[Check, ...]:
    """Returns every check of one judging."""
    return tuple(judging(trial))


def judging(trial: Trial, but: str = "") -> Iterator[Check]:
    """Yields every check of one judging, but for those of one kind; each is judged when it is asked for."""
    yield from _settle(
        chain.from_iterable(checks(trial) for kind, checks in CHECKS.items() if kind != but)
    )


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


def _fixtures(trial: Trial) -> Iterator[Check]:
    yield from fixtures(trial.play)


def _people(trial: Trial) -> Iterator[Check]:
    for who in dict.fromkeys(ticket.want.who for ticket in trial.jobs):
        absent = tuple(
            t for t in trial.jobs if t.want.who == who and t.missing and not t.outcomes
        )
        yield Check(
            f"person:{who}", f"{name(who)} has a badge to show", not absent, evidence=absent
        )


def _worn(trial: Trial) -> Iterator[Check]:
    first: dict[tuple[str, str], Ticket] = {}
    for ticket in trial.jobs:
        first.setdefault((ticket.want.who, ticket.want.via), ticket)
    for (who, role), ticket in first.items():
        if role:
            id = f"session:{who}/{role}"
            say = f"{name(who)} can wear the role {role}"
            yield Check(id, say, ticket.in_session, (f"person:{who}",), (ticket,))


def _jobs(trial: Trial) -> Iterator[Check]:
    yield from (_job(trial, ticket) for ticket in trial.jobs)


def _job(trial: Trial, ticket: Ticket) -> Check:
    """A job works if its call does, and all that it covers, at every moment at which it is asked for."""
    want = ticket.want
    on = (
        f"person:{want.who}",
        *([f"session:{want.who}/{want.via}"] if want.via else []),
        *want.after,
    )
    refused = trial.sibling(ticket)
    if refused is None:
        return Check(f"job:{want.id}", want.say, ticket.allowed, on, (ticket,))
    later = trial.not_for_long(ticket)
    proof = Proof(want.who, want.via or want.badge, refused[:1])
    return Check(
        f"job:{want.id}",
        want.say,
        False,
        on,
        (later, ticket) if later else (trial.told(ticket), proof),
    )


def _administrators(trial: Trial) -> Iterator[Check]:
    """Each of those who could administer the account and can no more; their jobs, where they have any, tell more. And each
    thing that nobody administers any more.
    """
    for who in locked_out(trial):
        say = f"{name(who)} can still administer the account"
        yield Check(f"administrator:{who}", say, False, tuple(_jobs_of(trial, who)))
    for thing in locked(trial):
        say = f"{name(thing)} still has somebody who can change its policy"
        yield Check(f"administrator:{thing}", say, False)


def _bystanders(trial: Trial) -> Iterator[Check]:
    """Each of those who lost something that nobody asked to take away; what a job of theirs says tells more, and so does what
    the account as a whole lost.
    """
    for lost in losses(trial):
        say = f"{name(lost.who)} can do what they did before"
        after = (f"bystander:account/{trial.account.id}", *_jobs_of(trial, lost.who))
        locks = _locks(trial) if lost.who in trial.powerful else ()
        yield Check(f"bystander:{lost.who}", say, False, (*after, *locks), (lost,))


def _jobs_of(trial: Trial, who: str) -> Iterator[str]:
    """The jobs of one person. An account, whoever is hired tomorrow and whoever may do everything stand for all jobs, since what
    stops one of those stops others too.
    """
    whole = who.startswith("account/") and "/" not in who.removeprefix("account/")
    everybody = whole or who == "newcomer" or who in trial.powerful
    return (
        f"job:{ticket.want.id}"
        for ticket in trial.jobs
        if everybody or ticket.want.who == who
    )


def _locks(trial: Trial) -> Iterator[str]:
    """What tells of those who may do everything that they, or a thing, are locked out."""
    there = trial.play.scenario.opening
    yield from (f"administrator:{who}" for who in trial.powerful)
    yield from (f"administrator:bucket/{called}" for called in there.buckets)
    yield from (f"administrator:queue/{called}" for called in there.queues)


def _refusals(trial: Trial) -> Iterator[Check]:
    yield from (
        refusal(trial, trial.ticket(want))
        for want in trial.wants
        if want.mode is Mode.NEVER
    )


def refusal(trial: Trial, ticket: Ticket) -> Check:
    """Judges a refusal, which holds for its person, at every moment, and wherever they can come to by ways that no job needs."""
    told = trial.told(ticket)
    return Check(
        f"refuse:{ticket.want.id}", ticket.want.say, told.holds, ticket.want.after, (told,)
    )


# -------------------------------------------------------------- nothing more
def only(trial: Trial) -> Iterator[Check]:
    """Judges of everybody whether they can do nothing but what is needed: for every class, for every member, compare. Of users
    who are judged by name first, each by themselves.
    """
    graded = tuple(_graded(trial))
    users = tuple(who for who in graded if who in trial.users)
    named = list[Check]()
    for who in users:
        named.append(_of_user(trial, who))
        yield named[-1]
    found: dict[str, list[Evidence]] = {
        who: list(_escalation(trial, who)) for who in graded if who not in users
    }
    for row in (
        row for row in CLASSES if not row.beside or all(check.passed for check in named)
    ):
        for member in row.members(trial):
            if row.of_user is None or member.who not in users:
                found.setdefault(member.who, []).extend(compared(trial, row, member))
    shown = tuple(_shown(trial, found))
    known = {*users, *found, *(check.subject for check in shown)}
    # An administrator, of whom a refusal was asked.
    found |= {who: [] for who in trial.left_open if who not in known}
    yield from (_only(trial, who, evidence) for who, evidence in found.items())
    yield from shown


def _of_user(trial: Trial, who: str) -> Check:
    mine = (
        (row, member)
        for row in CLASSES
        if row.of_user
        for member in row.of_user(trial, who)
    )
    return _only(trial, who, chain(_escalation(trial, who), _all_compared(trial, mine)))


def _shown(trial: Trial, found: dict[str, list[Evidence]]) -> Iterator[Check]:
    """Administrators as whom somebody new can act, by a badge that lies where it did not before. They may do everything, so
    nothing is compared: the badge is the excess. What else was found of them is taken out of `found` and told with it.
    """
    badges = tuple(new_badges(trial.play))
    for who in dict.fromkeys(badge.who for badge in badges):
        evidence = (*(badge for badge in badges if badge.who == who), *found.pop(who, ()))
        yield Check(
            f"only:{who}", f"Nobody else can act as {amid(who)}", False, evidence=evidence
        )


def _only(trial: Trial, who: str, found: Iterable[Evidence]) -> Check:
    """What is needed in a role is known once whoever needs it can put it on."""
    evidence = tuple(found)
    if not evidence and (reasons := trial.unproven(who)):
        evidence = (Proof(who, "key", reasons),)
    worn = tuple(
        f"session:{who}/{ticket.want.via}"
        for ticket in trial.jobs
        if ticket.want.who == who
    )
    return Check(f"only:{who}", _nothing_more(who), not evidence, worn, evidence)


def _all_compared(
    trial: Trial, members: Iterable[tuple[PrincipalClass, Held]]
) -> Iterator[Proof]:
    return chain.from_iterable(compared(trial, row, member) for row, member in members)


def compared(trial: Trial, row: PrincipalClass, member: Held) -> Iterator[Proof]:
    """Yields what a member of a class can do beyond what is fine, at every moment, on the things of any account."""
    fine = fine_for(trial, row, member)
    holds = row.opened(trial, member, keys_read(fine.needed))
    found = _beyond(trial, holds, fine, member)
    if beyond := tuple(
        blamed(one, holds, fine.before) if isinstance(one, Excess) else one for one in found
    ):
        yield Proof(member.who, member.badge, beyond)


def _beyond(
    trial: Trial, holds: Standing, fine: Fine, member: Held
) -> Iterator[Excess | Undecided]:
    if holds == fine.before:  # as it was
        return
    now = trial.play.now
    # Of another account, nobody saw who took a session, or when.
    began = now - LONGEST if isinstance(member.caller, Outsider) else now
    holds = from_now_on(holds, fine.needed, now, member.until, began)
    yield from trial.excesses(*fine.between(holds), trial.domain_of(member.account.id))
    for account in other_accounts(holds, trial.account):
        owner = ELSEWHERE if account == ANY_ACCOUNT else account
        away = dataclasses.replace(trial.domain, accounts=(account,), seeds=(), owner=owner)
        yield from trial.excesses(*fine.away().between(elsewhere(holds)), away)


def _graded(trial: Trial) -> Iterator[str]:
    """Whoever is judged by name, and those of other accounts of whom a job speaks."""
    yield from (who for who in trial.users if trial.is_graded(who))
    absent = (who for who in trial.play.scenario.people.graded)
    known = {who.lower() for who in trial.users}
    yield from (who for who in absent if person(who).lower() not in known)


def _nothing_more(who: str) -> str:
    """What is asked of somebody who is judged, in a sentence."""
    kind, _, rest = who.partition("/")
    match kind:
        case "role":
            return f"{name(who)} gains nothing"
        case _ if who in STRANGERS or (kind == "account" and "/" not in rest):
            return f"{name(who)} can do nothing"
        case (
            "account" | "service" | "federated" | "canonical" | "session" | "federated-user"
        ):
            return f"{name(who)} can do nothing more"
        case _:
            return f"{name(who)} can do nothing else"


def _escalation(trial: Trial, who: str) -> Iterator[Escalation]:
    """The first path to more, of somebody graded, that no job of theirs needs."""
    found = (
        Escalation(who, path.ways[0], outcomes)
        for path, outcomes in trial.paths(trial.person(who))
    )
    yield from islice(found, 1)


def _settings(trial: Trial) -> Iterator[Check]:
    yield from changed(trial.play)


# ------------------------------------------------------------------ practice
def _practices(trial: Trial) -> Iterator[Check]:
    yield from (
        practice(trial, row.rule, row.options) for row in trial.play.scenario.practice
    )


def practice(trial: Trial, rule: str, options: Options) -> Check:
    offences = tuple(RULES[rule].offences(trial, options))
    return Check(
        f"practice:{rule}", sentence(rule, options), not offences, evidence=offences
    )


# The kinds of checks, those of the first star first.
CHECKS: Mapping[str, Callable[[Trial], Iterator[Check]]] = {
    "fixture": _fixtures,
    "person": _people,
    "session": _worn,
    "job": _jobs,
    "administrator": _administrators,
    "bystander": _bystanders,
    "refuse": _refusals,
    "only": only,
    "setting": _settings,
    "practice": _practices,
}
