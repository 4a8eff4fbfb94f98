"""Over plays that nobody wrote: every statement, account, key and thing that a sentence names is there, and bears on what was asked.

The suite tries the first plays; with another profile than `quick` (tests/conftest.py) a thousand are tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from random import Random  # noqa: TID251  # its seed is an argument

import pytest
from hypothesis import settings
from msgspec.structs import replace

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.command import script_lines
from coffeeshop.account.errors import is_refusal
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.access import survey_access
from coffeeshop.lessons.grading.canaries import draw_canaries
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.script import run_script
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.days import day_of, next_date
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.policy.comparison.representatives import OTHER_ACCOUNT
from coffeeshop.policy.language.conditions import condition_test
from coffeeshop.policy.model import Decision, Kind, Policy, Statement
from coffeeshop.policy.plain_english import condition_words, policy_readings
from coffeeshop.shop.day import Day, Happening
from coffeeshop.shop.day import Kind as HappeningKind
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.views.access.words import explain_cell
from coffeeshop.views.day import hours
from coffeeshop.views.next import next_step
from coffeeshop.views.rows import Row, lines
from coffeeshop.views.step import Step
from coffeeshop.views.why import evaluation_steps
from tests.views.plays import played

SEEDS = range(9_000, 9_000 + (8 if settings().derandomize else 1_000))
STATEMENT = re.compile(
    r"[Ss]tatement “?([^\s”]+)”? of (?:the policy |policy |the )“?([^\s,;:.”]+(?: policy)?(?: of the (?:user|group|role) [^\s,;:.]+)?)"
)
NUMBER = re.compile(r"(?<!\d)\d{12}(?!\d)")
KEY = re.compile(r"A[KS]IA[A-Z2-7]{16}")
LISTS = ("users", "groups", "roles", "policies")


@cache
def lessons() -> tuple[Scenario, ...]:
    return tuple(scenario for scenario in map(load, folders()) if scenario.wants)


def random_play(seed: int) -> Play:
    """A play of lines of some answers to a scenario, some left out, at times in another order."""
    draw = Random(seed)
    scenario = draw.choice(lessons())
    scripts = [
        scenario.solution,
        *(scenario.text(wrong.script) for wrong in scenario.wrongs),
    ]
    pool = [
        line
        for text in draw.sample(scripts, min(2, len(scripts)))
        for _, line in script_lines(text)
    ]
    kept = [line for line in pool if draw.random() < 0.8]
    if draw.random() < 0.3:
        draw.shuffle(kept)
    play = Play(scenario)
    steps = run_script(
        scenario.opening, "\n".join(kept), scenario.now, scenario.files, scenario.desk[0]
    )
    for outcome in (outcome for step in steps for outcome in step.outcomes):
        play = play.do(outcome.act)
    return play


# ---------------------------------------------------------------------- what is said
class Facts:
    """What is so in a play, looked up once for all of its sentences."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.tickets = run_all_wants(play)
        self.accounts = known_numbers(play)
        self.keys = frozenset(play.account.credentials)
        self.decisions = [
            (ticket, decision)
            for ticket in self.tickets
            for outcome in ticket.outcomes
            for decision in outcome.decisions
        ]

    @cached_property
    def statements(self) -> frozenset[tuple[str, str]]:
        """Return each statement of the account, and of what bears on anything asked."""
        bearing = (policies_of(decision) for _, decision in self.decisions)
        written = (
            every_policy(self.play.account),
            every_policy(self.play.scenario.opening),
        )
        return frozenset(
            statement
            for policies in (*bearing, *written)
            for policy in policies
            for statement in statements_of(policy)
        )


def untruths(play: Play) -> Iterator[str]:
    """Yield each sentence of why, the grade, Next and access that names what isn't so."""
    facts, report = Facts(play), grade(play)
    for ticket, decision in facts.decisions:
        for step in evaluation_steps(decision, ticket.want.mode is Mode.NEVER):
            yield from of_decisions(facts, step.row.text, [decision])
    yield from of_findings(facts, report)
    yield from of_next(facts, next_step(play, facts.tickets, report))
    table = survey_access(play, report)
    for subject in table.subjects[:2]:
        for thing, reasons in table.row(subject).items():
            text = " ".join(row.text for row in explain_cell(table, subject, thing))
            yield from of_decisions(facts, text, [reason.decision for reason in reasons])


def of_findings(facts: Facts, report: Report) -> Iterator[str]:
    for finding in report.findings:
        cited = finding.by
        if cited is not None and cited.statement not in cited.policy.statements:
            yield f"{finding.key}: its statement is not in {cited.policy.display_name}"
        text = f"{finding.what} {finding.why}"
        yield from (f"{finding.key}: {said}" for said in unknown_names(facts, text))
        for called, number in statements_in(text) - facts.statements:
            yield f"{finding.key}: no statement {number} of {called}: {text}"


def of_decisions(facts: Facts, text: str, decisions: list[Decision]) -> Iterator[str]:
    yield from unknown_names(facts, text)
    named = statements_in(text)
    if not named:
        return
    bearing = {
        statement
        for decision in decisions
        for policy in policies_of(decision)
        for statement in statements_of(policy)
    }
    for called, number in named - bearing:
        yield f"no statement {number} of {called} bears on the request: {text}"


def of_next(facts: Facts, step: Step) -> Iterator[str]:
    yield from unknown_names(facts, step.text)
    if step.target is not None and step.target.item_name and step.target.tab in LISTS:
        account = facts.play.account
        entities = {
            entity.name
            for book in (account.users, account.groups, account.roles)
            for entity in book.values()
        }
        policies = {policy.name for policy in account.policies.values()}
        others = (*account.buckets, *account.kms_aliases, "root")
        if step.target.item_name not in {*entities, *policies, *others}:
            yield f"Next leads to {step.target.item_name}, which is not there: {step.text}"


def statements_in(text: str) -> set[tuple[str, str]]:
    """Return the policy and the number of each statement that a text names."""
    return {(called, number) for number, called in STATEMENT.findall(text)}


def statements_of(policy: Policy) -> Iterator[tuple[str, str]]:
    for place, statement in enumerate(policy.statements, 1):
        # Where two policies have one name, it names their owner, too: "policy “receipts” on user robin".
        yield policy.display_name.removeprefix("policy "), statement.sid or str(place)


def policies_of(decision: Decision) -> Iterator[Policy]:
    for layer in decision.standing.layers:
        yield from layer.policies


def every_policy(account: Account) -> Iterator[Policy]:
    for book in (account.users, account.groups, account.roles):
        for entity in book.values():
            yield from (document.policy for document in entity.inline.values())
            known = (find_managed_policy(account, arn) for arn in entity.attached)
            yield from (policy.document.policy for policy in known if policy)
    yield from (role.trust.policy for role in account.roles.values())
    yield from (policy.document.policy for policy in account.policies.values())


def unknown_names(facts: Facts, text: str) -> Iterator[str]:
    """Yield each account and key in a text that is none of the story's, and a foreign account that is called ours."""
    numbers = {*NUMBER.findall(text)}
    strange = numbers - facts.accounts
    if strange:
        yield f"the account {', '.join(sorted(strange))} is no one's: {text}"
    for key in {*KEY.findall(text)} - facts.keys:
        yield f"the key {key} is no one's: {text}"
    if "this account" in text and numbers - {facts.play.account.id}:
        yield f"a foreign account beside “this account”: {text}"


def known_numbers(play: Play) -> frozenset[str]:
    """Return the numbers of all accounts that the play, or its scenario, has to do with."""
    drawn = (name for name in draw_canaries(play).values() if NUMBER.fullmatch(name))
    above = play.account.joined_organization
    members = above.members if above else ()
    told = (play.account.id, OTHER_ACCOUNT, *play.scenario.shop.partners, *members)
    return frozenset((*told, *drawn)) | written_numbers(play.scenario)


@cache
def written_numbers(scenario: Scenario) -> frozenset[str]:
    scripts = (scenario.text(wrong.script) for wrong in scenario.wrongs)
    files = (body.decode("utf-8", "replace") for body in scenario.files.values())
    texts = (scenario.solution, *scripts, *map(repr, scenario.wants), *files)
    return frozenset(number for text in texts for number in NUMBER.findall(text))


# ---------------------------------------------------------------------- the log of a day
def untruths_of_day(play: Play, seed: int) -> Iterator[str]:
    """Yield each sentence of a day's log that names what isn't so at that moment, or gives a call another result."""
    day = day_of(play, Opening(next_date(play.now), seed))
    facts = Facts(play)
    accounts = [day.account_at_opening, day.account_at_closing]
    if day.course:
        accounts += [day.course.account_before, day.course.stolen.account]
    calls = [one.outcome for one in day.happenings if one.outcome]
    accounts += [outcome.account for outcome in calls]
    facts.keys = frozenset(key for account in accounts for key in account.credentials)
    decisions = [decision for outcome in calls for decision in outcome.decisions]
    tickets = [one.ticket for one in day.happenings if one.ticket]
    decisions += [decision for ticket in tickets for decision in ticket.all_decisions]
    log = hours.happening_rows(day)
    yield from of_decisions(facts, lines(log), decisions)
    yield from _counts_in_log(day, log)
    for one in day.happenings:
        yield from of_happening(facts, one)


def _counts_in_log(day: Day, log: Sequence[Row]) -> Iterator[str]:
    jobs = [one.mark is Mark.OK for one in day.happenings if one.kind is HappeningKind.TASK]
    counted = [re.match(r"(\d+) jobs? done(?:, (\d+) failed)?$", row.text) for row in log]
    done = sum(int(each[1]) for each in counted if each)
    failed = sum(int(each[2] or 0) for each in counted if each)
    if (done, failed) != (sum(jobs), len(jobs) - sum(jobs)):
        yield f"{done} jobs done and {failed} not, of {len(jobs)}"


def of_happening(facts: Facts, one: Happening) -> Iterator[str]:
    """Yield what is untrue in the rows of one event: its result, its caller, and its reason."""
    headline = hours.happening_headline(one)
    text = f"{headline.word} {headline.text}"
    outcome, ticket = one.outcome, one.ticket
    yield from unknown_names(facts, text)
    if outcome and one.kind is HappeningKind.ATTACK:
        done = re.search(
            r" (allowed, but no job needs it|allowed, as the jobs need it)$", headline.word
        )
        if bool(done) != outcome.has_succeeded:
            yield f"AWS answered {outcome.answer}: {text}"
        if headline.word.endswith(" refused") and not is_refusal(outcome.answer):
            yield f"not refused: {text}"
        for decision in outcome.main_decisions:
            yield from of_decisions(facts, hours.decision_sentence(decision), [decision])
            principal = decision.standing.principal
            name = principal.arn.rpartition("/")[2].lower()
            if principal.account != facts.play.account.id:
                name = f"{name} in account {principal.account}"
            if principal.kind == "user" and not headline.text.lower().startswith(
                f"{name}:"
            ):
                yield f"{principal.arn} asked: {text}"
    if ticket and one.mark is not Mark.OK:
        reason = hours.turned_away_reason(ticket)
        yield from of_decisions(facts, reason, list(ticket.all_decisions))
        missing = re.match(r"There is no user (\S+)\.$", reason)
        if missing and missing[1].lower() in facts.play.account.users:
            yield f"there is such a user: {reason}"
    says_done = headline.word.endswith(" done") and not headline.word.endswith("not done")
    if ticket and one.kind is HappeningKind.TASK and says_done != ticket.has_succeeded:
        yield f"done or not: {text}"


# ---------------------------------------------------------------------- policies in plain words
def untruths_of_reading(policy: Policy, kind: Kind) -> Iterator[str]:
    """Yield each line of `explain` that leaves out a name of its statement, adds one, or misses what its condition does."""
    readings = policy_readings(policy, kind)
    for number, (statement, reading) in enumerate(
        zip(policy.statements, readings, strict=True), 1
    ):
        if f"Statement {number}" not in reading.title or statement.sid not in reading.title:
            yield f"{reading.title} is statement {number}, {statement.sid}"
        text = " ".join(row.text for row in reading.rows)
        resources = statement.resources.values if statement.resources else ()
        principals = statement.principals.entries if statement.principals else ()
        written = (*statement.actions.values, *resources, *(name for _, name in principals))
        tested = [value for each in statement.conditions for value in each.values]
        for value in (*statement.actions.values, *resources):
            if value.strip("*") and value not in text:
                yield f"{value} is not named: {text}"
        known = {*NUMBER.findall(" ".join((*written, *tested, text_of_keys(statement))))}
        if added := {*NUMBER.findall(text)} - known:
            yield f"{added} is nowhere in the statement: {text}"
        for condition in statement.conditions:
            words = condition_words(condition)
            matches_absent = condition_test(condition)({})
            says_absent = "or the request has no such key" in words
            if condition.operator != "Null" and says_absent != matches_absent:
                yield f"without its key the condition is {matches_absent}: {words}"


def text_of_keys(statement: Statement) -> str:
    return " ".join(condition.key for condition in statement.conditions)


def untruths_of_policies(account: Account) -> Iterator[str]:
    for policy in every_policy(account):
        kind = Kind.TRUST if policy.statements[0].resources is None else Kind.IDENTITY
        yield from untruths_of_reading(policy, kind)


LOG_SEEDS = range(20_000, 20_000 + (4 if settings().derandomize else 1_000))


@pytest.mark.parametrize("seed", LOG_SEEDS)
def test_whatever_a_days_log_and_a_policy_in_plain_words_name_is_so(seed: int) -> None:
    play = random_play(seed)
    said = [*untruths_of_day(play, seed % 100), *untruths_of_policies(play.account)]
    assert [f"seed {seed}: {each}" for each in said] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_a_sentence_names_is_there(seed: int) -> None:
    assert [f"seed {seed}: {said}" for said in untruths(random_play(seed))] == []


@pytest.mark.parametrize(
    "text",
    [
        "Statement 9 of the policy receipts allows it.",
        "The account 123412341234 can do it.",
        "The key AKIAABCDEFGH23456723 can do it.",
        "Someone of this account, 444455556666, can do it.",
    ],
)
def test_a_sentence_that_names_what_is_not_there_is_found(text: str) -> None:
    assert len([*of_decisions(Facts(played("05", "solution")), text, [])]) == 1


def test_a_log_that_gives_a_call_another_result_or_caller_is_found() -> None:
    play = played("05", "solution")
    day = day_of(play, Opening(next_date(play.now), 0))
    calls = [one for one in day.happenings if one.kind is HappeningKind.ATTACK]
    other = next(
        replace(one, mark=Mark.OK if one.mark is Mark.EXTRA else Mark.EXTRA)
        for one in calls
        if one.mark in (Mark.OK, Mark.EXTRA)
    )
    assert not [*of_happening(Facts(play), calls[0])]
    assert [*of_happening(Facts(play), other)]
