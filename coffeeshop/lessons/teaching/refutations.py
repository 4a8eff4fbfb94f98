"""Say which examples of the course refute each misconception, and which scenario needs that first.

A scenario needs a misconception refuted if one of its wrong answers comes from it. A *hole* is a
misconception that no example refutes before the first act that needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from coffeeshop.lessons.misconceptions.table import Misconception, misconceptions
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.find import course, folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.teaching.examples import Example, scenario_examples


class Refutation(Struct, frozen=True):
    """A misconception with the examples that refute it, in the order of the course.

    `needed_in` is the first scenario with a wrong answer that comes from it, or "". `in_time` counts the
    examples that come before its first act.
    """

    misconception: Misconception
    examples: tuple[Example, ...]
    needed_in: str = ""
    in_time: int = 0

    @property
    def is_hole(self) -> bool:
        """Return whether a scenario needs it refuted, and nothing before refutes it."""
        return bool(self.needed_in) and not self.in_time


class ScenarioExamples(Struct, frozen=True):
    """A scenario's examples, and the misconceptions that it needs refuted before its first act."""

    id: str
    examples: tuple[Example, ...]
    needs: frozenset[str]


class KeptExample(Struct, frozen=True):
    """An example with the misconceptions that no earlier one refutes, and the reason to keep it if there is none."""

    example: Example
    new: frozenset[str]
    reason: str


def needed_refutations(scenario: Scenario) -> frozenset[str]:
    """Return the ids of the misconceptions that a scenario's wrong answers come from."""
    return frozenset(wrong.misconception for wrong in scenario.wrongs) - {""}


def read_examples(folder: Path) -> ScenarioExamples:
    """Return the examples of a scenario's folder. They are computed once. Raise Problems."""
    return _read_examples(folder, _newest_change(folder))


def _newest_change(folder: Path) -> float:
    """Return the time of the last change of the files that examples come from."""
    names = ("scenario.toml", "lesson.md", "chapter.md", "world.sh")
    files = (folder / name for name in names)
    return max(file.stat().st_mtime for file in files if file.is_file())


@lru_cache(maxsize=64)
def _read_examples(folder: Path, changed: float) -> ScenarioExamples:
    """Return the examples of a folder as it was at its last change."""
    scenario = load(folder)
    return ScenarioExamples(
        scenario.id, tuple(scenario_examples(scenario)), needed_refutations(scenario)
    )


def course_examples() -> tuple[ScenarioExamples, ...]:
    """Return the examples of the whole course, in its order. Raise Problems."""
    return tuple(map(read_examples, folders()))


def is_in_course(scenario: Scenario) -> bool:
    """Return whether a scenario is one of the course's."""
    return (course() / scenario.id).is_dir()


def folders_before(scenario: Scenario) -> tuple[Path, ...]:
    """Return the folders of the scenarios that come before one.

    Before a scenario of the course, these are the course's up to it. Before another one, they are the course's
    up to the last that its `after` names, or all of them.
    """
    names = [folder.name for folder in folders()]
    if is_in_course(scenario):
        return folders()[: names.index(scenario.id)]
    ends = [names.index(id) + 1 for id in scenario.after if id in names]
    return folders()[: max(ends, default=len(names))]


def refutations(course_part: Sequence[ScenarioExamples]) -> tuple[Refutation, ...]:
    """Return a row for each misconception, in the order of the table."""
    return tuple(
        _refutation(misconception, course_part)
        for misconception in misconceptions().values()
    )


def _refutation(
    misconception: Misconception, course_part: Sequence[ScenarioExamples]
) -> Refutation:
    """Return the row of one misconception."""
    id = misconception.id
    examples = tuple(
        example
        for part in course_part
        for example in part.examples
        if id in example.refutes
    )
    needed_in = next((part.id for part in course_part if id in part.needs), "")
    earlier_ids = [part.id for part in course_part]
    if needed_in:
        earlier_ids = earlier_ids[: earlier_ids.index(needed_in) + 1]
    in_time = sum(example.scenario in earlier_ids for example in examples)
    return Refutation(misconception, examples, needed_in, in_time)


def kept_examples(course_part: Sequence[ScenarioExamples]) -> Iterator[KeptExample]:
    """Yield each guess and picture with the misconceptions that it is the first to refute, or the reason to keep it.

    A page that is the first to teach a skill has a reason. So has one whose heading says it.
    """
    refuted = set[str]()
    taught = set[str]()
    for part in course_part:
        for example in part.examples:
            new = example.refutes - refuted
            refuted |= new
            new_skills = [each for each in example.marks.teaches if each not in taught]
            if example.kind in ("guess", "picture"):
                yield KeptExample(example, new, _reason(example, new_skills))
        taught |= {skill for example in part.examples for skill in example.marks.teaches}


def _reason(example: Example, new_skills: Sequence[str]) -> str:
    """Return why an example is kept even if it refutes nothing new, or ""."""
    if example.marks.kept:
        return example.marks.kept
    if new_skills:
        return f"it is the first to teach {', '.join(new_skills)}"
    if example.marks.refutes:
        return f"it shows what refutes {', '.join(example.marks.refutes)}"
    return ""
