"""The grade: everyone can do their job, nobody can do more, and it is done in a way that
lasts.

Which requests are allowed is asked of the policy engine, never read off a policy's text.
Excesses are proven by `policy.comparison.compare` over all possible requests. A check that
depends on a failed one isn't run, so that one missing user is one finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import chain

from msgspec.structs import replace

from coffeeshop.lessons.check_kinds import CheckKind, Share
from coffeeshop.lessons.grading.administering import (
    locked_out_administrators,
    locked_resources,
)
from coffeeshop.lessons.grading.bystanders import find_losses
from coffeeshop.lessons.grading.excess_checks import excess_checks
from coffeeshop.lessons.grading.findings import make_findings
from coffeeshop.lessons.grading.fixtures import check_fixtures
from coffeeshop.lessons.grading.practice import RULES, rule_sentence
from coffeeshop.lessons.grading.sentences import display_name
from coffeeshop.lessons.grading.settings import check_settings
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import (
    Check,
    Evidence,
    Options,
    Passed,
    Play,
    Proof,
    Report,
    Scenario,
    Shares,
)
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket, is_whole_account


def grade(play: Play, unrenamed: Scenario | None = None) -> Report:
    """Return the report of a play as it stands. The same acts give the same report.

    `unrenamed`: the same scenario with the names as written, whose untouched world is judged once for all variants.
    """
    return make_report(play, judge_play(play), unrenamed or play.scenario)


def make_report(play: Play, checks: tuple[Check, ...], untouched: Scenario) -> Report:
    """Return the report that these checks of a play amount to. The score counts from the quality of `untouched`."""
    return Report(
        checks,
        make_findings(play, checks),
        check_shares(checks),
        quality_floor(untouched),
        play.scenario.is_growing_shop,
    )


@lru_cache(maxsize=64)
def quality_floor(scenario: Scenario) -> Fraction:
    """Return the quality of the untouched world, from which the score counts: doing nothing earns no points."""
    checks = untouched_checks(scenario)
    return Report(checks, (), check_shares(checks), Fraction(0)).quality


@lru_cache(maxsize=2)  # while one scenario is judged: a check holds all that proves it
def untouched_checks(scenario: Scenario) -> tuple[Check, ...]:
    """Return every check of the untouched world."""
    return judge_play(Play(scenario))


def check_shares(checks: Iterable[Check]) -> Shares:
    """Return the share of passed checks of each kind, 1 for a kind without checks.

    A changed setting counts like an excess.
    """
    checks = tuple(checks)

    def passed_share(name: Share) -> Fraction:
        passed = [check.passed is True for check in checks if check.kind.share == name]
        if passed:
            return Fraction(sum(passed), len(passed))
        return Fraction(1)

    return Shares(
        passed_share("jobs"),
        passed_share("refusals"),
        passed_share("excess"),
        passed_share("practice"),
    )


# -------------------------------------------------------------------- checks
def judge_play(play: Play) -> tuple[Check, ...]:
    """Return every check of the brief; each depends on those in its `after`."""
    return judge_trial(Trial(play))


def judge_trial(trial: Trial) -> tuple[Check, ...]:
    """Return every check of one trial."""
    return tuple(iterate_checks(trial))


def iterate_checks(trial: Trial, kind_to_skip: CheckKind | None = None) -> Iterator[Check]:
    """Yield every check of one trial, except those of `kind_to_skip`. Each is judged when it
    is asked for.
    """
    yield from _skip_dependent_checks(
        chain.from_iterable(
            checks(trial) for kind, checks in CHECKS.items() if kind is not kind_to_skip
        )
    )


def _skip_dependent_checks(checks: Iterable[Check]) -> Iterator[Check]:
    """Yield the checks. Take the result away (None) where it would only repeat an earlier failure.

    A check gets no result if one that it comes `after` didn't pass. If a fixture was tampered with, all
    checks get none but fixtures and practice rules. So one mistake doesn't cause several findings.
    """
    settled: dict[str, Passed] = {}
    tampered = False
    for check in checks:
        is_fixture = check.kind is CheckKind.FIXTURE
        tampered = tampered or (is_fixture and check.passed is False)
        waits = any(settled.get(id) is not True for id in check.after if id in settled)
        is_stopped = tampered and not is_fixture and check.kind is not CheckKind.PRACTICE
        if waits or is_stopped:
            check = replace(check, passed=None)
        settled[check.id] = check.passed
        yield check


def _fixture_checks(trial: Trial) -> Iterator[Check]:
    """Yield whether each thing that the shop needs is still what it was."""
    yield from check_fixtures(trial.play)


def _credential_checks(trial: Trial) -> Iterator[Check]:
    """Yield for everybody with a job whether they have a credential to show."""
    for subject in dict.fromkeys(ticket.want.who for ticket in trial.jobs):
        tickets = (ticket for ticket in trial.jobs if ticket.want.who == subject)
        missing = tuple(
            ticket for ticket in tickets if ticket.missing and not ticket.outcomes
        )
        yield Check(
            CheckKind.PERSON.id_of(subject),
            f"{display_name(subject)} has the credential that the jobs need",
            not missing,
            evidence=missing,
        )


def _session_checks(trial: Trial) -> Iterator[Check]:
    """Yield for each person and role of a job whether they can assume it, by the first job in that role."""
    first: dict[tuple[str, str], Ticket] = {}
    for ticket in trial.jobs:
        first.setdefault((ticket.want.who, ticket.want.via), ticket)
    for (subject, role), ticket in first.items():
        if role:
            id = CheckKind.SESSION.id_of(f"{subject}/{role}")
            say = f"{display_name(subject)} can assume the role {role}"
            yield Check(
                id, say, ticket.in_session, (CheckKind.PERSON.id_of(subject),), (ticket,)
            )


def _job_checks(trial: Trial) -> Iterator[Check]:
    """Yield for each job whether it works."""
    yield from (_job_check(trial, ticket) for ticket in trial.jobs)


def _job_check(trial: Trial, ticket: Ticket) -> Check:
    """Return the check of a job: its call works, and so does all that it covers, whenever it may be done."""
    want = ticket.want
    if want.via:
        sessions = (CheckKind.SESSION.id_of(f"{want.who}/{want.via}"),)
    else:
        sessions = ()
    after = (CheckKind.PERSON.id_of(want.who), *sessions, *want.after)
    refused = trial.refused_part(ticket)
    if refused is None:
        return Check(
            CheckKind.JOB.id_of(want.id), want.say, ticket.has_succeeded, after, (ticket,)
        )
    evidence: tuple[Evidence, ...]
    if later := trial.later_failure(ticket):
        evidence = (later, ticket)
    else:
        proof = Proof(want.who, want.via or want.badge, refused[:1])
        evidence = (trial.reported_ticket(ticket), proof)
    return Check(CheckKind.JOB.id_of(want.id), want.say, False, after, evidence)


def _administrator_checks(trial: Trial) -> Iterator[Check]:
    """Yield a failed check for each locked-out administrator, and for each resource that nobody can administer.

    It waits for the administrator's jobs: if one fails, that check says enough.
    """
    for admin in locked_out_administrators(trial):
        say = f"{display_name(admin)} can still administer the account"
        yield Check(
            CheckKind.ADMINISTRATOR.id_of(admin), say, False, tuple(_job_ids(trial, admin))
        )
    for thing in locked_resources(trial):
        say = f"{display_name(thing)} still has someone who can change its policy"
        yield Check(CheckKind.ADMINISTRATOR.id_of(thing), say, False)


def _bystander_checks(trial: Trial) -> Iterator[Check]:
    """Yield a failed check for everybody who lost something that the brief doesn't ask to
    take away.

    If one of their jobs fails, or the whole account lost something, that check tells more,
    so this one waits for it.
    """
    for lost in find_losses(trial):
        say = f"{display_name(lost.who)} can do what they did before"
        after = (
            CheckKind.BYSTANDER.id_of(f"account/{trial.account.id}"),
            *_job_ids(trial, lost.who),
        )
        if lost.who in trial.administrators_and_root:
            locks = _lock_ids(trial)
        else:
            locks = ()
        yield Check(
            CheckKind.BYSTANDER.id_of(lost.who), say, False, (*after, *locks), (lost,)
        )


def _job_ids(trial: Trial, subject: str) -> Iterator[str]:
    """Yield the ids of a subject's job checks.

    For an account, a newcomer or an administrator that is every job: what stops one of
    these stops others too.
    """
    concerns_all_jobs = (
        is_whole_account(subject)
        or subject == "newcomer"
        or subject in trial.administrators_and_root
    )
    return (
        CheckKind.JOB.id_of(ticket.want.id)
        for ticket in trial.jobs
        if concerns_all_jobs or ticket.want.who == subject
    )


def _lock_ids(trial: Trial) -> Iterator[str]:
    """Yield the ids of all checks that tell of locked-out administrators and locked resources, for checks
    that wait for them.
    """
    opening = trial.play.scenario.opening
    yield from (
        CheckKind.ADMINISTRATOR.id_of(admin) for admin in trial.administrators_and_root
    )
    yield from (CheckKind.ADMINISTRATOR.id_of(f"bucket/{name}") for name in opening.buckets)
    yield from (CheckKind.ADMINISTRATOR.id_of(f"queue/{name}") for name in opening.queues)
    yield from (CheckKind.ADMINISTRATOR.id_of(f"kms-key/{id}") for id in opening.kms_keys)


def _refusal_checks(trial: Trial) -> Iterator[Check]:
    """Yield for each refusal of the brief whether it holds."""
    yield from (
        check_refusal(trial, trial.ticket_for(want))
        for want in trial.wants
        if want.mode is Mode.NEVER
    )


def check_refusal(trial: Trial, ticket: Ticket) -> Check:
    """Return the check of a refusal: the request is refused at every moment, also after calls that no job
    needs.
    """
    reported = trial.reported_ticket(ticket)
    return Check(
        CheckKind.REFUSAL.id_of(ticket.want.id),
        ticket.want.demand,
        reported.is_really_refused,
        ticket.want.after,
        (reported,),
    )


def _setting_checks(trial: Trial) -> Iterator[Check]:
    """Yield a failed check for each setting that was changed though no job asks for it."""
    yield from check_settings(trial.play)


# ------------------------------------------------------------------ practice
def _practice_checks(trial: Trial) -> Iterator[Check]:
    """Yield the check of each practice rule; rules that wait for others come last."""
    rows = sorted(trial.play.scenario.practice, key=lambda row: bool(RULES[row.rule].after))
    yield from (check_practice(trial, row.rule, row.options) for row in rows)


def check_practice(trial: Trial, rule: str, options: Options) -> Check:
    """Return the check of a practice rule."""
    offences = tuple(RULES[rule].offences(trial, options))
    return Check(
        CheckKind.PRACTICE.id_of(rule),
        rule_sentence(rule, options),
        not offences,
        after=tuple(
            CheckKind.PRACTICE.id_of(other_rule) for other_rule in RULES[rule].after
        ),
        evidence=offences,
    )


# The kinds of checks, those of the first star first.
CHECKS: Mapping[CheckKind, Callable[[Trial], Iterator[Check]]] = {
    CheckKind.FIXTURE: _fixture_checks,
    CheckKind.PERSON: _credential_checks,
    CheckKind.SESSION: _session_checks,
    CheckKind.JOB: _job_checks,
    CheckKind.ADMINISTRATOR: _administrator_checks,
    CheckKind.BYSTANDER: _bystander_checks,
    CheckKind.REFUSAL: _refusal_checks,
    CheckKind.EXCESS: excess_checks,
    CheckKind.SETTING: _setting_checks,
    CheckKind.PRACTICE: _practice_checks,
}
