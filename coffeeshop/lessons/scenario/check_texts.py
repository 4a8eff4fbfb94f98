"""Check the texts of a form that other parsers read later: command lines, ARNs, actions and keys of findings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from coffeeshop.account.command import read_act
from coffeeshop.account.instants import FIRST_INSTANT
from coffeeshop.account.model import Account, Act, Nobody
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.play.script import parse_clock
from coffeeshop.lessons.scenario.check_sentences import negation_problems
from coffeeshop.lessons.scenario.check_wants import SAMPLE_VALUES
from coffeeshop.lessons.scenario.form_problems import form_problem, place_of
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, ScenarioForm, SlackSet
from coffeeshop.lessons.scenario.wants import as_values
from coffeeshop.policy import catalog
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Problem
from coffeeshop.shop.want import fill_names

# These problems are allowed, because the play can create the thing.
SOLVED_BY_PLAY = {"bad-reference", "unknown-profile", "bad-file"}


def unreadable_text_problems(
    form: ScenarioForm, account: Account, files: Mapping[str, bytes]
) -> Iterator[Problem]:
    """Yield a problem for each text that can't be read in the play, with its place and the nearest right word."""
    for refusal in form.refuse:
        yield from negation_problems(place_of(refusal), refusal.say)
    yield from _line_problems(form, account, files)
    yield from _similar_name_problems(form, account)
    for place, arn in _arns(form):
        if arn != "*" and not arn.startswith("arn:"):
            mend = "write arn:aws:s3:::BUCKET, arn:aws:s3:::BUCKET/* for its objects, or *"
            yield form_problem("no-arn", place, f"{arn} isn't an ARN", mend)
    for place, action in _actions(form):
        if not catalog.expand_pattern(action):
            near = catalog.suggest_action(action)
            if near:
                mend = f"did you mean {near}?"
            else:
                mend = "write service:Action, such as s3:GetObject"
            yield form_problem("unknown-action", place, f"AWS has no action {action}", mend)
    kinds = [kind.value for kind in FindingKind]
    for place, key in _keys(form):
        kind = key.partition(":")[0]
        if kind not in kinds and not set(kind) & set("*?["):
            mend = suggest_name(
                kind, kinds, f"begin the key with one of: {', '.join(kinds)}"
            )
            yield form_problem(
                "unknown-finding", place, f"no finding has the key {key}", mend
            )


def _line_problems(
    form: ScenarioForm, account: Account, files: Mapping[str, bytes]
) -> Iterator[Problem]:
    """Yield a problem for each line of a job, refusal or question that is no command."""
    current_time = parse_clock(form.world.now, FIRST_INSTANT)
    assert current_time is not None, "the form was proofread"
    rows = (*form.job, *form.refuse, *form.quiz, *form.case)
    job_lines = [(place_of(row), line) for row in rows for line in as_values(row.do)]
    for place, line in job_lines:
        act = read_act(
            fill_names(line, SAMPLE_VALUES), account, current_time, files, Nobody()
        )
        for problem in () if isinstance(act, Act) else act:
            if problem.code not in SOLVED_BY_PLAY:
                yield form_problem(
                    problem.code, place, f"`do`: {problem.text}", problem.mend
                )


def _similar_name_problems(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Yield a problem for a person who occurs once and whose name is nearly that of another one.

    Any other new name stands for a person whom the learner hires.
    """
    people = form.people
    wants = (*form.job, *form.refuse, *form.quiz, *form.case)
    cast = [
        (f"{SCENARIO_FILE}, people", person)
        for person in (*people.graded, *people.admins, *people.bystanders)
    ]
    asking = [(place_of(want), person) for want in wants for person in as_values(want.who)]
    known_names = {user.name for user in account.users.values()}
    for own_rows, other_rows in ((cast, asking), (asking, cast)):
        names_elsewhere = known_names | {person for _, person in other_rows}
        for place, person in (row for row in own_rows if row[1] not in names_elsewhere):
            # People whom the learner is to hire.
            match = re.search(rf"\b{re.escape(person)}\b", form.story.text, re.IGNORECASE)
            if not match and (near := suggest_name(person, names_elsewhere)):
                yield form_problem(
                    "nobody", place, f"there is no one called {person}", near
                )


def _arns(form: ScenarioForm) -> Iterator[tuple[str, str]]:
    """Yield every ARN of the form with its place."""
    for job in form.job:
        bounds = chain(
            as_values(job.covers), as_values(job.within.resource) if job.within else ()
        )
        yield from ((place_of(job), arn) for arn in bounds)
    yield from ((f"{SCENARIO_FILE}, world.sensitive", arn) for arn in form.world.sensitive)
    for name, value in form.slack.items():
        if isinstance(value, SlackSet):
            yield from (
                (f"{SCENARIO_FILE}, slack.{name}", arn) for arn in as_values(value.resource)
            )
    for want in (*form.job, *form.refuse, *form.case):
        if want.request:
            yield place_of(want), want.request.resource


def _actions(form: ScenarioForm) -> Iterator[tuple[str, str]]:
    """Yield every action of the form with its place."""
    for name, value in form.slack.items():
        if isinstance(value, SlackSet):
            yield from (
                (f"{SCENARIO_FILE}, slack.{name}", action)
                for action in as_values(value.action)
            )
    for want in (*form.job, *form.refuse, *form.case):
        if want.request:
            yield place_of(want), want.request.action


def keys_advised(form: ScenarioForm) -> Iterator[tuple[str, str]]:
    """Yield the keys of findings that hints and tells name, each with its place."""
    yield from ((f"{SCENARIO_FILE}, hint", key) for hint in form.hint for key in hint.on)
    yield from (
        (f"{SCENARIO_FILE}, tell", key) for tell in form.tell for key in as_values(tell.on)
    )


def _keys(form: ScenarioForm) -> Iterator[tuple[str, str]]:
    """Yield every key of a finding in the form with its place."""
    yield from keys_advised(form)
    for answer in form.wrong:
        yield from (
            (f"{SCENARIO_FILE}, wrong {answer.script}", key) for key in answer.findings
        )
