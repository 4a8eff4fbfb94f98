"""Check that scenarios are sound, in several processes.

An *assertion* is a promise that every scenario must keep, such as "the solution earns all
stars". A *mutant* is a solution with one change that should cost a star. Each assertion and
each batch of mutants is one task.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.classroom.pool import Failed, run_in_processes
from coffeeshop.lessons.authoring.assertions.story import missing_prerequisites
from coffeeshop.lessons.authoring.author import ALL_ASSERTIONS
from coffeeshop.lessons.authoring.mutation_testing import (
    Found,
    Tally,
    all_cases,
    grade_mutants,
    total_findings,
)
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.problem import Level, Place, Problem, Problems

# Few, so that no process waits long for another's last task.
MUTANTS_PER_TASK = 10
SECONDS_PER_TASK = 1800.0  # seconds of the processor for one task


class AssertionTask(Struct, frozen=True):
    """A task: check one assertion, given by its row in the table, on a scenario's folder."""

    folder: Path
    row: int

    def find_results(self) -> Found:
        """Return an empty tally, and the problems where the scenario breaks the assertion."""
        return Tally(), tuple(ALL_ASSERTIONS[self.row].faults(_scenario(self.folder)))

    def __str__(self) -> str:
        """Return the assertion's sentence."""
        return ALL_ASSERTIONS[self.row].say


class MutantTask(Struct, frozen=True):
    """A task: grade MUTANTS_PER_TASK mutants of a scenario, from the number `start` on."""

    folder: Path
    max_mutants: int | None
    start: int

    def find_results(self) -> Found:
        """Grade the mutants. Return how many were caught, and a problem for each that wasn't."""
        return grade_mutants(
            _scenario(self.folder),
            self.max_mutants,
            slice(self.start, self.start + MUTANTS_PER_TASK),
        )

    def __str__(self) -> str:
        """Return the numbers of the mutants, counted from 1."""
        return f"mutants {self.start + 1} to {self.start + MUTANTS_PER_TASK}"


Task: TypeAlias = AssertionTask | MutantTask


class Proof(Struct, frozen=True):
    """The problems of a scenario. `tally` counts its mutants if they were requested and all assertions hold."""

    scenario: Scenario
    problems: tuple[Problem, ...]
    tally: Tally | None = None


def prove(
    folder: Path, processes: int, mutants: bool = False, max_mutants: int | None = None
) -> Proof:
    """Check that a scenario is sound: its assertions hold, and the scenarios that it builds on exist.

    With `mutants`, and if all assertions hold, also check that grading catches broken
    variants of the solution: at most `max_mutants` of them, or all (None). `processes` is
    how many processes work at once. 1 is this process. Raise Problems if the scenario can't be read.
    """
    _scenario.cache_clear()  # the folder may have changed since it was proved before
    tasks = _tasks(folder, mutants, max_mutants)
    with closing(_work_on_tasks(tasks, processes)) as results:
        # The first results are the assertions', the rest are the mutants'.
        assertion_results = islice(results, len(ALL_ASSERTIONS))
        _, problems = total_findings(assertion_results)
        scenario = _scenario(folder)
        sibling_names = {path.name for path in folders(folder.resolve().parent)}
        problems += tuple(missing_prerequisites(scenario, sibling_names))
        if problems or not mutants:
            return Proof(scenario, problems)
        tally, problems = total_findings(results)
        return Proof(scenario, problems, tally)


def _tasks(folder: Path, mutants: bool, max_mutants: int | None) -> Iterator[Task]:
    """Yield the tasks of a check: an assertion each, then batches of mutants.

    The scenario is read after the first tasks were given away, while the processes start.
    Raise Problems if it can't be read.
    """
    yield from (AssertionTask(folder, row) for row in range(len(ALL_ASSERTIONS)))
    scenario = _scenario(folder)
    if mutants:
        try:
            count = len(all_cases(scenario, max_mutants))
        except Problems:  # an assertion reports them
            return
        yield from (
            MutantTask(folder, max_mutants, start)
            for start in range(0, count, MUTANTS_PER_TASK)
        )


def _work_on_tasks(tasks: Iterable[Task], processes: int) -> Generator[Found]:
    """Yield the result of each task, in order. With one process, no other is started."""
    if processes == 1:
        yield from (task.find_results() for task in tasks)
        return
    with closing(
        run_in_processes(_run_task, tasks, processes, SECONDS_PER_TASK)
    ) as results:
        for task, result in results:
            yield (
                (Tally(), (_failed_task_problem(task, result),))
                if isinstance(result, Failed)
                else result
            )


def _run_task(task: Task, begin: object) -> Found:
    """Return a task's result, in a process of its own. `begin` belongs to the pool and isn't needed."""
    return task.find_results()


def _failed_task_problem(task: Task, failed: Failed) -> Problem:
    """Return the problem that a task crashed or took too long."""
    return Problem(
        Level.ERROR,
        "unproved",
        Place(),
        f"“{task}” {failed.reason}",
        "please report this with the scenario",
    )


@lru_cache(maxsize=1)
def _scenario(folder: Path) -> Scenario:
    """Return the scenario of a folder, marked as being proved. It is loaded once in each process."""
    return replace(load(folder), in_proof=True)
