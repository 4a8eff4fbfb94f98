"""Over plays that nobody wrote: every statement, account and thing that a sentence names is there, and bears on what was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from random import Random  # noqa: TID251  # its seed is an argument

import pytest

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.command import lines
from coffeeshop.lessons.grading.access import access
from coffeeshop.lessons.grading.canaries import canaries
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import open_shop
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.script import run_script
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.comparison.representatives import ELSEWHERE
from coffeeshop.policy.model import Decision, Policy
from coffeeshop.shop.mark import Mode
from coffeeshop.views.access.words import explained
from coffeeshop.views.next import next_step
from coffeeshop.views.step import Step
from coffeeshop.views.why import why

SEEDS = range(9_000, 9_006)
STATEMENT = re.compile(
    r"[Ss]tatement (\S+) of (?:the policy |policy |the )([^\s,;:.]+(?: policy)?)"
)
NUMBER = re.compile(r"(?<!\d)\d{12}(?!\d)")
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
        for _, line in lines(text)
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
def untruths(play: Play) -> Iterator[str]:
    """Yield each sentence of why, the grade, Next and access that names what isn't so."""
    tickets, report = open_shop(play), grade(play)
    for ticket in tickets:
        decisions = [
            decision for outcome in ticket.outcomes for decision in outcome.decisions
        ]
        for decision in decisions:
            for step in why(decision, ticket.want.mode is Mode.NEVER):
                yield from of_a_decision(play, step.row.text, [decision])
    yield from of_findings(play, report)
    yield from of_next(play, next_step(play, tickets, report))
    table = access(play, report)
    for subject in table.subjects[:2]:
        for thing, reasons in table.row(subject).items():
            text = " ".join(row.text for row in explained(table, subject, thing))
            yield from of_a_decision(play, text, [reason.decision for reason in reasons])


def of_findings(play: Play, report: Report) -> Iterator[str]:
    for finding in report.findings:
        if (
            finding.by is not None
            and finding.by.statement not in finding.by.policy.statements
        ):
            yield f"{finding.key}: its statement is not in {finding.by.policy.display_name}"
        text = f"{finding.what} {finding.why}"
        yield from (f"{finding.key}: {said}" for said in unknown_accounts(play, text))
        for number, called in STATEMENT.findall(text):
            if not any(has(policy, number, called) for policy in every_policy(play)):
                yield f"{finding.key}: no statement {number} of {called}: {text}"


def of_a_decision(play: Play, text: str, decisions: list[Decision]) -> Iterator[str]:
    yield from unknown_accounts(play, text)
    policies = [
        policy
        for decision in decisions
        for layer in decision.standing.layers
        for policy in layer.policies
    ]
    for number, called in STATEMENT.findall(text):
        if not any(has(policy, number, called) for policy in policies):
            yield f"no statement {number} of {called} bears on the request: {text}"


def of_next(play: Play, step: Step) -> Iterator[str]:
    yield from unknown_accounts(play, step.text)
    if step.way is not None and step.way.thing and step.way.tab in LISTS:
        account = play.account
        named = {
            entity.name
            for book in (account.users, account.groups, account.roles)
            for entity in book.values()
        }
        named |= {policy.name for policy in account.policies.values()} | {
            *account.buckets,
            "root",
        }
        if step.way.thing not in named:
            yield f"Next leads to {step.way.thing}, which is not there: {step.text}"


def has(policy: Policy, number: str, called: str) -> bool:
    sids = [statement.sid or str(n) for n, statement in enumerate(policy.statements, 1)]
    return policy.display_name == called and number in sids


def every_policy(play: Play) -> Iterator[Policy]:
    """Yield every policy of the account, and those that bear on anything asked."""
    for ticket in open_shop(play):
        for outcome in ticket.outcomes:
            for decision in outcome.decisions:
                for layer in decision.standing.layers:
                    yield from layer.policies
    for account in (play.account, play.scenario.opening):
        for book in (account.users, account.groups, account.roles):
            for entity in book.values():
                yield from (document.policy for document in entity.inline.values())
                known = (find_managed_policy(account, arn) for arn in entity.attached)
                yield from (policy.document.policy for policy in known if policy)
        yield from (role.trust.policy for role in account.roles.values())
        yield from (policy.document.policy for policy in account.policies.values())


def unknown_accounts(play: Play, text: str) -> Iterator[str]:
    """Yield each number of an account in a text that is none of the story's, and a foreign one that is called ours."""
    found = {*NUMBER.findall(text)}
    strange = found - known_numbers(play)
    if strange:
        yield f"the account {', '.join(sorted(strange))} is nobody's: {text}"
    if "this account" in text and found - {play.account.id}:
        yield f"a foreign account beside “this account”: {text}"


def known_numbers(play: Play) -> frozenset[str]:
    drawn = (name for name in canaries(play).values() if NUMBER.fullmatch(name))
    scripts = [
        play.scenario.solution,
        *(play.scenario.text(wrong.script) for wrong in play.scenario.wrongs),
    ]
    written = (
        number
        for text in (*scripts, *map(repr, play.scenario.wants))
        for number in NUMBER.findall(text)
    )
    files = (
        number
        for body in play.scenario.files.values()
        for number in NUMBER.findall(body.decode("utf-8", "replace"))
    )
    above = play.account.joined_organization
    members = above.members if above else ()
    return frozenset(
        {
            play.account.id,
            ELSEWHERE,
            *play.scenario.shop.partners,
            *drawn,
            *written,
            *files,
            *members,
        }
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_a_sentence_names_is_there(seed: int) -> None:
    assert [f"seed {seed}: {said}" for said in untruths(random_play(seed))] == []
