"""A scenario proved by a few processes: each assertion and each stretch of the mutants is a task of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.classroom.pool import Failed, each
from coffeeshop.lessons.authoring.assertions.story import forerunners
from coffeeshop.lessons.authoring.author import ASSERTIONS
from coffeeshop.lessons.authoring.mutation_testing import Found, Tally, attack, cases, total
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.problem import Level, Place, Problem, Problems

STRETCH = 10  # mutants of one task: few enough that no process waits long for the last
LIMIT = 1800.0  # seconds of the processor for one task


class Asserted(Struct, frozen=True):
    """One of the assertions, by its place in the table."""

    folder: Path
    row: int

    def find_results(self) -> Found:
        """Returns what does not hold of it."""
        return Tally(), tuple(ASSERTIONS[self.row].faults(_scenario(self.folder)))

    def __str__(self) -> str:
        """Says what it proves."""
        return ASSERTIONS[self.row].say


class Attacked(Struct, frozen=True):
    """A stretch of the cases of mutation testing, from a place on."""

    folder: Path
    most: int | None
    start: int

    def find_results(self) -> Found:
        """Returns what they came to."""
        return attack(
            _scenario(self.folder), self.most, slice(self.start, self.start + STRETCH)
        )

    def __str__(self) -> str:
        """Says which they are."""
        return f"mutants {self.start + 1} to {self.start + STRETCH}"


Task: TypeAlias = Asserted | Attacked


class Proof(Struct, frozen=True):
    """What does not hold of a scenario; and the tally of its mutants, if they were asked for and all else holds."""

    scenario: Scenario
    problems: tuple[Problem, ...]
    tally: Tally | None = None


def prove(
    folder: Path, hands: int, mutants: bool = False, most: int | None = None
) -> Proof:
    """Proves the scenario of a folder in so many processes; one: in this. Raises Problems: it cannot be read."""
    _scenario.cache_clear()  # the folder may have changed since it was proved before
    with closing(_work_on_tasks(_tasks(folder, mutants, most), hands)) as results:
        _, problems = total(islice(results, len(ASSERTIONS)))
        scenario = _scenario(folder)
        shelf = {path.name for path in folders(folder.resolve().parent)}
        problems += tuple(forerunners(scenario, shelf))
        if problems or not mutants:
            return Proof(scenario, problems)
        tally, problems = total(results)
        return Proof(scenario, problems, tally)


def _tasks(folder: Path, mutants: bool, most: int | None) -> Iterator[Task]:
    """Yields the tasks; the scenario is read here while the processes begin. Raises Problems: it cannot be read."""
    yield from (Asserted(folder, row) for row in range(len(ASSERTIONS)))
    scenario = _scenario(folder)
    if mutants:
        try:
            count = len(cases(scenario, most))
        except Problems:  # told by an assertion
            return
        yield from (Attacked(folder, most, start) for start in range(0, count, STRETCH))


def _work_on_tasks(tasks: Iterable[Task], hands: int) -> Generator[Found]:
    """Yields what comes of each task, in their order."""
    if hands == 1:
        yield from (task.find_results() for task in tasks)
        return
    with closing(each(_work, tasks, hands, LIMIT)) as results:
        for task, result in results:
            yield (
                (Tally(), (_lost(task, result),)) if isinstance(result, Failed) else result
            )


def _work(task: Task, begin: object) -> Found:
    return task.find_results()


def _lost(task: Task, failed: Failed) -> Problem:
    return Problem(
        Level.ERROR,
        "unproved",
        Place(),
        f"“{task}” {failed.said}",
        "please report it, with the scenario",
    )


@lru_cache(maxsize=1)
def _scenario(folder: Path) -> Scenario:
    return replace(load(folder), in_proof=True)
