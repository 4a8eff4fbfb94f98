"""One hand-in or script from a file to its report; whatever is wrong with it becomes part of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from coffeeshop.harmless import escaped
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.permission_counts import sizes
from coffeeshop.lessons.grading.report_json import Document, report_json, unjudged
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.handin import SIZE, SUFFIX, HandIn, of_own_badges, read, replayed
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Level, Place, Problem, Problems
from coffeeshop.views.report import derivation, report
from coffeeshop.views.rows import Row, lines

SCRIPT = ".sh"


@dataclass(frozen=True, slots=True)
class Task:
    """What to grade, and how. `scenario` is an id or path, empty where the hand-in itself says its id; `variant` the only
    one that will do, None where the hand-in says its own.
    """

    name: str
    path: Path
    scenario: str = ""
    extra: Path | None = None
    accept_digest: bool = False
    sizes: bool = False
    need: int = 3
    variant: int | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """A report written out: the JSON document, the text a learner reads, and the exit code that it asks for."""

    name: str
    document: Document
    text: str
    code: int


def judge(task: Task, loaded: Callable[[], None]) -> Graded:
    """The report on one file; `loaded` is called when its scenario is there and the work on the hand-in begins."""
    try:
        with task.path.open("rb") as file:
            data = file.read(SIZE + 1)
    except (OSError, ValueError) as error:
        said = f"{task.path} cannot be read: {getattr(error, 'strerror', None) or error}"
        return refused(task, Problem(Level.ERROR, "unreadable", Place(), said, "name a hand-in, or a folder of them"))
    try:
        play = _played(task, data, loaded)
    except Problems as found:
        return refused(task, *found.problems)
    return judged(task, play, grade(play))


def judged(task: Task, play: Play, graded: Report) -> Graded:
    """The report of a play that could be graded."""
    counted = sizes(play, graded) if task.sizes else None
    rows = (*report(graded), *derivation(graded), *map(_size, (counted or {}).items()))
    code = 0 if graded.stars >= task.need and not graded.tampered else 1
    return Graded(task.name, report_json(play, graded, task.name, counted), escaped(lines(rows)), code)


def _size(counted: tuple[str, Mapping[str, object]]) -> Row:
    who, size = counted
    said = f"{who} needs {size['needed']}, holds {size['allowed']} of {size['all']:,}"
    return Row(f"{said}; beyond need and slack: {size['excess']}", indent=1, role="muted")


def refused(task: Task, *problems: Problem, status: str = "ungradable") -> Graded:
    """The report of what could not be graded, and why."""
    text = "\n".join((f"{status}: it costs nothing", *(f"  {problem}" for problem in problems)))
    return Graded(task.name, unjudged(status, task.name, problems), escaped(text), 2 if status == "ungradable" else 3)


def _played(task: Task, data: bytes, loaded: Callable[[], None]) -> Play:
    """The play of a hand-in or a script. Raises Problems: it cannot be read, or not be played in that scenario."""
    handin = _script(data) if _is_script(task.path, data) else read(data)
    scenario = scenario_of(_folder(task, handin), _variant(task, handin))
    loaded()
    if isinstance(handin, HandIn):
        return replayed(scenario, handin, task.accept_digest)
    return of_own_badges(run_play(scenario, handin, task.path.name))


def _is_script(path: Path, data: bytes) -> bool:
    """By its name, else by how it begins: no line of a script begins with a brace."""
    return path.suffix == SCRIPT or not (path.name.endswith(SUFFIX) or data.lstrip().startswith(b"{"))


def _script(data: bytes) -> str:
    try:
        if len(data) > SIZE:
            raise ValueError(f"it has more than {SIZE} bytes")
        return data.decode("utf-8-sig")
    except ValueError as error:
        said = f"it is no script of AWS CLI lines: {error}"
        mend = "name a text file of AWS CLI lines, in UTF-8"
        raise Problems(Problem(Level.ERROR, "not-a-script", Place(), said, mend)) from None


def _folder(task: Task, handin: HandIn | str) -> Path:
    """Where the scenario is. What a hand-in says of it is an id of a known one, never a path."""
    if task.scenario:
        return find(task.scenario, task.extra)
    if isinstance(handin, str):
        said = "a script does not say its scenario"
        raise Problems(Problem(Level.ERROR, "no-scenario", Place(), said, "add --scenario ID"))
    id = handin.header.scenario
    known = next((folder for folder in folders(task.extra) if folder.name == id), None)
    if known is None:
        mend = "name its folder with --scenario, or the folder that holds it with --scenarios"
        said = f"there is no scenario {id[:80]!a}"
        raise Problems(Problem(Level.ERROR, "unknown-scenario", Place("", 1), said, mend))
    return known


def _variant(task: Task, handin: HandIn | str) -> int:
    if task.variant is not None:
        return task.variant
    return handin.header.variant if isinstance(handin, HandIn) else 0


@lru_cache(maxsize=16)
def scenario_of(folder: Path, variant: int) -> Scenario:
    """Returns the scenario of a folder, loaded once for all that is graded in it. Raises Problems."""
    return load(folder, variant)
