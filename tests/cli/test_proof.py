"""A scenario proved in processes: what is told is what one process tells, and one that is lost is told too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coffeeshop.cli.proof import AssertionTask, MutantTask, _work_on_tasks, prove
from coffeeshop.lessons.authoring.author import ALL_ASSERTIONS, check
from coffeeshop.lessons.authoring.mutation_testing import (
    Found,
    all_cases,
    grade_mutants,
    total_findings,
)
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Problems
from tests.lessons.folder import folder, spoiled


class Lost(AssertionTask, frozen=True):
    """An assertion that ends the process that works on it."""

    def find_results(self) -> Found:
        os._exit(9)


@pytest.mark.slow
def test_two_processes_tell_what_one_tells(tmp_path: Path):
    root = folder(tmp_path)
    one, two = (prove(root, hands, mutants=True, max_mutants=3) for hands in (1, 2))
    assert one.tally == two.tally
    assert one.tally is not None
    assert one.tally.different > 0
    assert one.problems == two.problems == ()


@pytest.mark.slow
@pytest.mark.parametrize("hands", [1, 2])
def test_what_does_not_hold_is_told_in_the_order_of_the_assertions_and_no_mutant_is_tried(
    tmp_path: Path, hands: int
):
    root = spoiled(
        tmp_path, 'stars = 0\nfindings = ["leak:shred@casey"]', "stars = 1\nfindings = []"
    )
    proof = prove(root, hands, mutants=True)
    assert proof.problems == check(load(root)) != ()
    assert proof.tally is None


@pytest.mark.parametrize("hands", [1, 2])
def test_a_scenario_that_cannot_be_read_is_told_before_anything_is_proved(
    tmp_path: Path, hands: int
):
    with pytest.raises(Problems, match="format"):
        prove(spoiled(tmp_path, "format = 1", "format = 2"), hands)


def test_a_folder_that_was_changed_is_read_anew(tmp_path: Path):
    root = folder(tmp_path)
    prove(root, 1)
    form = root / "scenario.toml"
    form.write_text(form.read_text("utf-8").replace("format = 1", "format = 2"), "utf-8")
    with pytest.raises(Problems, match="format"):
        prove(root, 1)


def test_a_process_that_ends_is_a_problem_and_the_others_go_on(tmp_path: Path):
    root = folder(tmp_path)
    (_, lost), (_, held) = _work_on_tasks([Lost(root, 0), AssertionTask(root, 0)], 2)
    assert [problem.text for problem in lost] == [
        f"“{ALL_ASSERTIONS[0].say}” stopped the process that graded it"
    ]
    assert held == ()


def test_stretches_of_the_cases_come_to_all_of_them(tmp_path: Path):
    scenario = load(folder(tmp_path))
    starts = range(0, len(all_cases(scenario, 5)), 7)
    assert total_findings(
        grade_mutants(scenario, 5, slice(at, at + 7)) for at in starts
    ) == grade_mutants(scenario, 5)


def test_a_stretch_says_which_mutants_it_tries(tmp_path: Path):
    assert str(MutantTask(tmp_path, None, 20)) == "mutants 21 to 30"
