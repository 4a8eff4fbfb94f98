"""The whole article, lived from a script in a fresh account (tests/account/article), as `coffeeshop run` plays it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from coffeeshop.account.credentials import Session
from coffeeshop.account.door import replay
from coffeeshop.account.model import ServiceError
from coffeeshop.cli import group
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.script import Step, run_script
from coffeeshop.lessons.scenario.load import load

FOLDER = Path(__file__).parent.parent / "account" / "article"
SCRIPT = FOLDER / "solution.sh"


@pytest.fixture(scope="module")
def fresh() -> Scenario:
    return load(FOLDER)


def lived(scenario: Scenario) -> Iterator[Step]:
    return run_script(
        scenario.opening,
        SCRIPT.read_text("utf-8"),
        scenario.now,
        scenario.files,
        scenario.desk[0],
    )


def test_it_begins_with_an_owner_and_nothing_else(fresh: Scenario):
    assert (
        list(fresh.opening.users),
        list(fresh.opening.buckets),
        list(fresh.opening.devices),
    ) == (
        [],
        [],
        [],
    )


def test_every_line_of_the_article_is_allowed_or_refused_as_it_says(fresh: Scenario):
    said = {
        n: line.partition("   # ")[2]
        for n, line in enumerate(SCRIPT.read_text("utf-8").splitlines(), 1)
    }
    steps = tuple(lived(fresh))
    assert [step.problems for step in steps if step.problems] == []
    answers = {step.number: outcome.answer for step in steps for outcome in step.outcomes}
    refused = {
        n: answer.code if isinstance(answer, ServiceError) else ""
        for n, answer in answers.items()
    }
    assert refused == {n: said[n] for n in refused}
    assert len(refused) > 60


def test_its_end_is_as_told_and_its_acts_make_it_again(fresh: Scenario):
    outcomes = [outcome for step in lived(fresh) for outcome in step.outcomes]
    account, at = outcomes[-1].account, outcomes[-1].act.at
    assert (
        replay(fresh.opening, [outcome.act for outcome in outcomes])[-1].account == account
    )
    assert set(account.tables["Register"].items) == {'{"S": "1"}'}
    assert any(
        isinstance(held, Session) and held.profile == "bo@console" and held.mfa == at
        for held in account.credentials.values()
    )


def test_the_command_plays_it_and_everyone_can_do_their_job_and_nothing_more():
    said = CliRunner().invoke(group, ["run", str(FOLDER), str(SCRIPT), "--format", "json"])
    assert (said.exit_code, json.loads(said.stdout)["findings"]) == (0, [])
