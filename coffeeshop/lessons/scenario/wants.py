"""Make wants of the jobs and refusals of a form, one for each person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.command import parse_call
from coffeeshop.account.model import Account, Key, Nobody
from coffeeshop.lessons.grading.slack import SLACK_SETS, own_credentials_slack
from coffeeshop.lessons.model import Case, Scenario, Slack
from coffeeshop.lessons.play.script import parse_duration
from coffeeshop.lessons.scenario.schema import (
    Ask,
    CaseForm,
    Cast,
    Job,
    QuizForm,
    Refuse,
    ScenarioForm,
    SlackSet,
    Within,
    Words,
)
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.model import Condition, Request, Values
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket, Want


def wants_of(
    form: ScenarioForm, account: Account, files: Mapping[str, bytes]
) -> Iterator[Want]:
    """Yield the wants of a form's jobs and refusals."""
    yield from wants_of_rows((*form.job, *form.refuse), form.people, account, files)


def wants_of_rows(
    rows: Iterable[Job | Refuse], people: Cast, account: Account, files: Mapping[str, bytes]
) -> Iterator[Want]:
    """Yield the wants of these jobs and refusals, one for each person."""
    for row in rows:
        for person in as_values(row.who) or ("",):
            yield _want_for_person(
                row,
                people.outside.get(person, person),
                person,
                people.badges == "minted",
                account,
                files,
            )


def _want_for_person(
    row: Job | Refuse,
    person: str,
    short: str,
    minted: bool,
    account: Account,
    files: Mapping[str, bytes],
) -> Want:
    """Return the want of a row for one person. `short` is the person's name in the form."""
    job = row if isinstance(row, Job) else None
    refuse = row if isinstance(row, Refuse) else None
    bound_table = job.within if job else None
    if bound_table:
        bound = tuple(
            _with_name(condition, short) for condition in _bound_conditions(bound_table)
        )
    else:
        bound = ()
    profile = refuse.held if refuse else ""
    name = short.removeprefix("workforce/")
    return Want(
        id=f"{row.id}@{short.strip('{}')}" if short else row.id,
        mode=Mode.MUST if job else Mode.NEVER,
        who=person,
        say=row.say.replace("{Who}", name[:1].upper() + name[1:]),
        do=tuple(
            parse_call(line.replace("{who}", name), files) for line in as_values(row.do)
        ),
        badge=row.badge,
        via=row.via,
        at=_parse_moment(row.at),
        lasts=parse_duration(row.lasts) if row.lasts else None,
        used=parse_duration(row.used.removeprefix("+")) or timedelta(0),
        request=_request(row.request, short) if row.request else None,
        covers=tuple(arn.replace("{who}", short) for arn in as_values(job.covers))
        if job
        else (),
        within=tuple(arn.replace("{who}", short) for arn in as_values(bound_table.resource))
        if bound_table
        else (),
        conditions=bound,
        by=as_values(job.by) if job else (),
        reach=refuse.reach if refuse else False,
        explicit=refuse is not None and refuse.kind == "explicit",
        quiet=refuse is not None and refuse.quiet,
        opening_credential=_held_credential(account, profile) if profile else None,
        minted=minted,
        after=row.after,
        examples=as_values(job.examples) if job else (),
    )


def _bound_conditions(within: Within) -> tuple[Condition, ...]:
    """Return the conditions of a job's upper bound; () if they can't be read."""
    bound = parse_conditions(within.condition)
    if isinstance(bound, tuple):
        return bound
    return ()


def _with_name(condition: Condition, short: str) -> Condition:
    """Return the condition with a person's name in place of `{who}`."""
    values = tuple(value.replace("{who}", short) for value in condition.values)
    return replace(condition, values=values)


def want_of_question(quiz: QuizForm, files: Mapping[str, bytes]) -> Want:
    """Return the want of a question."""
    used = parse_duration(quiz.used.removeprefix("+")) or timedelta(0)
    return Want(
        f"quiz@{quiz.who}",
        Mode.MAY,
        quiz.who,
        quiz.do,
        (parse_call(quiz.do, files),),
        quiz.badge or "key",
        quiz.via,
        used=used,
        untold=quiz.badge is None,
    )


def case_of(row: CaseForm, people: Cast, files: Mapping[str, bytes]) -> Case:
    """Return a case with its request as a want. Whether it must work is computed from the opening."""
    want = Want(
        f"case:{row.id}@{row.who}",
        Mode.MUST,
        people.outside.get(row.who, row.who),
        row.say,
        tuple(parse_call(line, files) for line in as_values(row.do)),
        row.badge,
        row.via,
        used=parse_duration(row.used.removeprefix("+")) or timedelta(0),
        request=_request(row.request, row.who) if row.request else None,
        minted=people.badges == "minted",
    )
    return Case(row.id, row.say, want, row.shows)


def calls_that_grant(scenario: Scenario, wants: Iterable[Want] | None = None) -> Values:
    """Return the calls that can grant the permissions of jobs, by the kinds of principals and credentials.

    `wants` are the scenario's unless others are given.
    """
    wants = scenario.wants if wants is None else wants
    jobs = [want for want in wants if want.mode is Mode.MUST]
    users = [want for want in jobs if "/" not in want.who]
    by_groups = any(rule.rule == "no-direct-user-policies" for rule in scenario.practice)
    direct = any(not want.via for want in users)
    needed = (
        (any(want.who.lower() not in scenario.opening.users for want in users), OF_PEOPLE),
        (any(not want.minted for want in users), OF_CREDENTIALS),
        (any(want.badge == "code" for want in users), OF_CODES),
        (direct and by_groups, OF_GROUPS),
        (direct and not by_groups, OF_USERS),
        (any(want.via or "/" in want.who for want in jobs), OF_ROLES),
    )
    listed = (call for is_needed, calls in needed if is_needed for call in calls)
    return tuple(dict.fromkeys(listed))


def calls_for_failing_jobs(
    scenario: Scenario, account: Account, failing: Sequence[Ticket]
) -> Values:
    """Return the calls that can make some failing jobs work, in an order in which they succeed.

    Calls that make users, credentials or roles are left out if no job lacks one, and the call that
    lets someone assume a role if every job gets that far.
    """
    wants = tuple(ticket.want for ticket in failing)
    needless = set[str]()
    if not any(ticket.missing for ticket in failing):
        needless |= OF_SIGN_INS
    elif not any(_lacks_user(account, want) for want in wants):
        needless |= {*OF_PEOPLE}
    if not any(_lacks_role(account, want) for want in wants):
        needless.add(CREATES_ROLE)
    if not any(_needs_trust(account, ticket) for ticket in failing):
        needless.add(CHANGES_TRUST)
    calls = calls_that_grant(scenario, wants)
    return tuple(each for each in calls if each not in needless)


def _lacks_user(account: Account, want: Want) -> bool:
    """Return whether a job's user doesn't exist."""
    return "/" not in want.who and want.who.lower() not in account.users


def _lacks_role(account: Account, want: Want) -> bool:
    """Return whether the role in which a job is done doesn't exist."""
    kind, _, name = want.who.rpartition("/")
    role = want.via or (name if kind == "role" else "")
    return bool(role) and role.lower() not in account.roles


def _needs_trust(account: Account, ticket: Ticket) -> bool:
    """Return whether an existing role has to trust the one who does a job.

    A job whose user is missing wasn't tried, so that isn't known yet.
    """
    if not ticket.want.via or _lacks_role(account, ticket.want):
        return False
    decision = ticket.decision
    return decision is None or decision.request.action == "sts:AssumeRole"


OF_PEOPLE = ("iam create-user",)
OF_CREDENTIALS = ("iam create-login-profile", "iam create-access-key")
OF_CODES = (
    "iam create-login-profile",
    "iam create-virtual-mfa-device",
    "iam enable-mfa-device",
)
OF_SIGN_INS = frozenset((*OF_PEOPLE, *OF_CREDENTIALS, *OF_CODES))
OF_GROUPS = ("iam create-group", "iam add-user-to-group", "iam put-group-policy")
OF_USERS = ("iam put-user-policy",)
CREATES_ROLE = "iam create-role"
CHANGES_TRUST = "iam update-assume-role-policy"
OF_ROLES = (CREATES_ROLE, CHANGES_TRUST, "iam put-role-policy")


def _held_credential(account: Account, profile: str) -> Key | Nobody:
    """Return the leaked credential of a profile. Nobody() where there is none."""
    caller = find_caller(account, profile)
    if isinstance(caller, Key):
        return caller
    return Nobody()


def _parse_moment(word: str) -> datetime | timedelta | None:
    """Return a time, or a delay after the start ("+1d"). None for ""."""
    if word.startswith("+"):
        return parse_duration(word[1:])
    if word:
        return datetime.fromisoformat(word)
    return None


def _request(ask: Ask, short: str) -> Request:
    """Return a form's bare request for one person."""
    return Request(
        ask.action,
        ask.resource.replace("{who}", short),
        {key: as_values(value) for key, value in ask.context.items()},
    )


def slack_of(form: ScenarioForm, account: Account) -> Iterator[Slack]:
    """Yield the slack of a form, with the predefined sets spelled out."""
    for name, value in form.slack.items():
        if isinstance(value, SlackSet):
            who = _full_names(as_values(value.who), form.people)
            yield Slack(name, who, as_values(value.action), as_values(value.resource))
        elif name == "own-badge":
            for person in value:
                user = account.users.get(person.lower())
                yield from own_credentials_slack(account.id, user.name if user else person)
        else:
            yield Slack(name, _full_names(value, form.people), SLACK_SETS[name])


def _full_names(cast: Values, people: Cast) -> Values:
    """Return principals of other accounts in place of their short names in `outside`."""
    return tuple(people.outside.get(person, person) for person in cast)


def parse_conditions(block: Mapping[str, Any] | None) -> tuple[Condition, ...] | str:
    """Return a Condition block parsed, or the message of its errors."""
    if not block:
        return ()
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block}
    try:
        policy = parse(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    except MalformedPolicy as error:
        return "; ".join(str(problem) for problem in error.problems)
    return policy.statements[0].conditions


def as_values(value: Words) -> Values:
    """Return a string or a list of strings as a list."""
    if isinstance(value, str):
        return (value,)
    return value
