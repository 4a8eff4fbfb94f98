"""A grade out of a full memory is the grade out of an empty one."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random  # noqa: TID251  # seeds written here

import pytest

from coffeeshop.account.access import sessions, standing
from coffeeshop.account.escalation import searches
from coffeeshop.lessons.authoring.equivalent_mutants import rewrites
from coffeeshop.lessons.authoring.mutants import mutants
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.report_json import report_json
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.comparison import answers
from tests.examples import choose_cases
from tests.lessons.grading.arbitrary_answers import answer, lesson

pytestmark = pytest.mark.slow
REMEMBERING = (
    answers._compute_answer,
    answers._shared_meaning,
    searches._recent_results,
    standing._build_standing,
    sessions._mint_credential,
)


def forget() -> None:
    for function in REMEMBERING:
        function.cache_clear()


def alike(plays: Iterable[Play]) -> int:
    """How many plays were graded with one memory for all of them, and each again with none: the same reports."""
    forget()
    warm = [(play, report_json(play, grade(play))) for play in plays]
    assert answers._compute_answer.cache_info().hits > len(warm)
    for play, report in reversed(warm):
        forget()
        assert report_json(play, grade(play)) == report
    return len(warm)


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    yield
    forget()


def test_answers_are_graded_alike_whatever_was_graded_before(tmp_path: Path):
    scenario = lesson(tmp_path)
    assert alike(answer(scenario, Random(f"memory/{seed}")) for seed in range(5)) == 5


@pytest.mark.parametrize(
    "name",
    choose_cases(
        ["22-the-delegated-manager"],
        ["16-the-handshake", "22-the-delegated-manager", "25-the-delivery-partner"],
    ),
)
def test_mutants_are_graded_alike_whatever_was_graded_before(name: str):
    scenario = load(find(name))
    play = run_play(scenario, scenario.solution)
    every = [mutant.play for mutant in (*mutants(play), *rewrites(play))]
    assert alike(islice([play, *every], 0, None, len(every) // 5)) >= 5
