"""Nobody who is right is blamed, in any scenario: whatever harmless is added to a solution, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from coffeeshop.lessons.authoring.additions import (
    ADDITIONS,
    ALLOW_EVERYTHING,
    document,
    failed_early_checks,
    with_additions,
    with_conditions,
)
from coffeeshop.lessons.authoring.assertions.harmless import additions_cost_nothing
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from tests.examples import some

pytestmark = pytest.mark.slow
COURSE = some((folder.name for folder in folders()), 5)


@cache
def lesson(name: str) -> Scenario:
    return load(next(folder for folder in folders() if folder.name == name))


@cache
def solved(name: str) -> Play:
    return run_play(lesson(name), lesson(name).solution, "solution.sh")


@pytest.mark.parametrize("name", COURSE)
def test_whatever_harmless_is_added_costs_nothing(name: str):
    """author check holds it of every scenario, and of each addition by itself."""
    assert failed_early_checks(with_additions(solved(name), *ADDITIONS.values())) == []


@pytest.mark.parametrize("name", COURSE)
def test_safety_conditions_on_every_grant_cost_nothing(name: str):
    assert failed_early_checks(with_conditions(solved(name))) == []


@pytest.mark.parametrize("what", ADDITIONS)
def test_an_addition_adds(what: str):
    play = solved("15-three-workstations")
    assert with_additions(play, ADDITIONS[what]).account != play.account


def test_an_addition_that_costs_a_star_is_named_with_the_checks_that_it_costs(
    monkeypatch: pytest.MonkeyPatch,
):
    line = f"aws iam put-user-policy --user-name casey --policy-name all --policy-document '{document(ALLOW_EVERYTHING)}'"
    monkeypatch.setitem(ADDITIONS, "a grant", lambda _: [line])
    (problem,) = additions_cost_nothing(lesson("05-receipts-drawer"))
    assert problem.text.startswith(
        "if this is added: a grant, then these checks fail: refuse:payroll@casey, refuse:read@casey, only:casey"
    )


# ------------------------------------------------------------------ jobs done in play
def at_work(play: Play) -> Iterator[str]:
    """Every job that needs no more than a key, done by whoever has it, in the role that it needs."""
    jobs = [
        w
        for w in play.scenario.wants
        if w.mode.name == "MUST" and w.badge == "key" and w.who in play.account.users
    ]
    for who in dict.fromkeys(want.who for want in jobs):
        yield f"aws iam create-access-key --user-name {who}"
    for number, want in enumerate(jobs):
        profile = f"{want.who}-{number}" if want.via else want.who
        if want.via:
            role = f"arn:aws:iam::{play.account.id}:role/{want.via}"
            yield f"aws sts assume-role --role-arn {role} --role-session-name {profile} --profile {want.who}"
        lines = (line.text.replace("{newname}", "somebody") for line in want.do)
        yield from (
            line if " --profile " in line else f"{line} --profile {profile}"
            for line in lines
        )


@pytest.mark.parametrize("name", COURSE)
def test_jobs_that_were_done_in_play_cost_nothing(name: str):
    # Else a key is a badge that the brief did not ask for.
    if all(want.minted for want in lesson(name).wants):
        worked = "\n".join((lesson(name).solution, *at_work(solved(name)), ""))
        play = run_play(lesson(name), worked, "worked.sh")
        assert [str(one.answer) for one in play.outcomes if not one.has_succeeded] == []
        assert failed_early_checks(play) == []
