"""One hand-in or script from a file to its report; whatever is wrong with it becomes part of the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from functools import lru_cache
from pathlib import Path
from time import process_time

from coffeeshop.account.command import script_lines
from coffeeshop.classroom.collect import NAMED, SCRIPT
from coffeeshop.classroom.roster import Learner
from coffeeshop.classroom.trace import NO_TRACE, Trace, trace, written_names
from coffeeshop.harmless import escape_hidden, escape_line
from coffeeshop.lessons.exercises.choice import Choice, draws_here, parse_choice
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.permission_counts import PermissionCounts, count_permissions
from coffeeshop.lessons.grading.report_document import ReportDocument, UngradedReport
from coffeeshop.lessons.grading.report_json import Ungraded, report_json, ungraded_report
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.handin import (
    CALLS,
    HandIn,
    of_own_badges,
    read,
    replay_handin,
    text_of,
)
from coffeeshop.lessons.play.record import Record
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.play.spoilers import telling
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.lessons.scenario.load import load, read_answer, without_renaming
from coffeeshop.lessons.sitting.folder import Folder
from coffeeshop.policy.model import Level, Place, Problem, Problems
from coffeeshop.views.report import derivation, report
from coffeeshop.views.rows import Row
from coffeeshop.views.rows import lines as printed
from coffeeshop.views.text import count_noun, stars

COMMAND = re.compile(r"(aws|console)\b")
BRACE = re.compile(rb"[\xff\xfe\xef\xbb\xbf\x00\s]*\{")  # in any encoding
SCRIPTS = "name a text file of AWS CLI lines, in UTF-8"
PROBLEMS, LONGEST = (
    50,
    1000,
)  # problems of one report, and characters of one problem, at most


@dataclass(frozen=True, slots=True)
class Task:
    """What to grade, and how: what was handed in, or why it could not be read. `scenario` is an id or path, empty where
    the hand-in itself says its id; `variant` the only one that will do, None where the hand-in says its own.
    """

    name: str
    handed: bytes | tuple[Problem, ...]
    scenario: str = ""
    extra: Path | None = None
    accept_digest: bool = False
    sizes: bool = False
    need: int = 3
    variant: int | None = None
    own_variant: int = 0  # in which a script is played, which says none: its learner's own
    owners: tuple[Learner, ...] = ()  # learners whose it may be
    sender: str = ""  # what tells one who hands in from another
    marked_late: bool = False  # by the system that collected it
    whole_folder: bool = False  # whether its lines read what tells the answer, too: it is of whoever has the scenario
    bundle: str = (
        ""  # what it was packed in by one learner, whose work is limited as a whole
    )


@dataclass(frozen=True, slots=True)
class Graded:
    """Holds a report written out: the document, the text a learner reads, and the exit code that it asks for; what was
    the learner's own in the play; and who that is in a roster, and how late they were, once somebody knows. `seconds` are
    those of the processor that it took.
    """

    name: str
    document: ReportDocument
    text: str
    code: int
    trace: Trace = NO_TRACE
    varies: bool = True
    who: str = ""
    late: timedelta | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def summary_line(self) -> str:
        """Returns the report in one line: stars and points with the first finding and how many wait, or the first
        problem.
        """
        document = self.document
        if isinstance(document, UngradedReport):
            return f"{document.status}: {document.problems[0].text}"
        message = f"{stars(document.stars)} {document.score:g}"
        if document.status == "shown":
            return f"{message} The solution was shown in this variant."
        if not document.findings:
            return message
        message += f" {document.findings[0].text.what}"
        extra_counts = (
            sum(finding.costs_star for finding in document.findings)
            - 1
            + sum(document.waiting.values())
        )
        if extra_counts > 0:
            return f"{message} ({extra_counts} more)"
        return message


def judge(task: Task, loaded: Callable[[], None]) -> Graded:
    """Returns the report on one file; `loaded` is called when its scenario is there and the work on it begins."""
    if isinstance(task.handed, tuple):
        return ungradable_report(task, *task.handed)
    began = process_time()
    try:
        play, record = _play_of_task(task, task.handed, loaded)
    except Problems as found:
        return replace(
            ungradable_report(task, *found.problems), seconds=process_time() - began
        )
    return replace(
        graded_report(task, play, grade(play), record), seconds=process_time() - began
    )


def graded_report(
    task: Task, play: Play, graded: Report, record: Record | None = None
) -> Graded:
    """Returns the report of a play that could be graded."""
    if task.sizes:
        numbers = count_permissions(play, graded)
    else:
        numbers = None
    written = _as_written(task, play)
    names = written_names(play.scenario, written)
    document = report_json(play, graded, task.name, numbers, record, names)
    if document.status == "shown":
        forfeit_rows = (FORFEITED,)
    else:
        forfeit_rows = ()
    counts = map(_size, numbers.items()) if numbers else ()
    came = (_came_about(record),) if record else ()
    rows = (*forfeit_rows, *report(graded), *derivation(graded), *counts, *came)
    if document.stars >= task.need and document.status in PASSING:
        code = 0
    else:
        code = 1
    return Graded(
        task.name,
        document,
        escape_hidden(printed(rows)),
        code,
        trace(play, written),
        play.scenario.varies,
    )


def _as_written(task: Task, play: Play) -> Scenario:
    """Returns the scenario of a play in the names of variant 0."""
    scenario = play.scenario
    if scenario.source:  # variant 0 draws other faults, too
        return _same_faults(scenario)
    if scenario.variant:
        return scenario_of(find(task.scenario or scenario.id, task.extra), 0)
    return scenario


@lru_cache(maxsize=8)
def _same_faults(scenario: Scenario) -> Scenario:
    return without_renaming(scenario)


PASSING = frozenset(("complete", "not_yet"))
FORFEITED = Row(
    "The solution was shown in this variant, so what follows earns no stars: begin again, in other names.",
    role="title",
)


def _came_about(record: Record) -> Row:
    """Returns how the learner came to a play, as their own machine tells it."""
    read = sum(record.hints.values())
    at = record.handed_in.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return Row(
        f"Handed in at {at} UTC, graded {count_noun(record.tries, 'time')} before, {count_noun(read, 'hint')} read.",
        role="muted",
    )


def _size(numbers: tuple[str, PermissionCounts]) -> Row:
    principal, size = numbers
    message = f"{principal} needs {size.needed}, holds {size.allowed} of {size.all:,}"
    return Row(f"{message}; beyond need and slack: {size.excess}", indent=1, role="muted")


def ungradable_report(
    task: Task, *problems: Problem, status: Ungraded = "ungradable"
) -> Graded:
    """Returns the report of what could not be graded, and why: of very many reasons the first ones."""
    problems = tuple(_limit_problems(problems))
    text = "\n".join(
        (
            f"{status}: it costs nothing",
            *(escape_line(f"  {problem}") for problem in problems),
        )
    )
    return Graded(
        task.name,
        ungraded_report(status, task.name, problems),
        text,
        2 if status == "ungradable" else 3,
    )


def _limit_problems(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yields as many problems as somebody reads, none longer than somebody reads."""
    for problem in problems[:PROBLEMS]:
        yield replace(problem, text=_cut(problem.text), mend=_cut(problem.mend))
    if len(problems) > PROBLEMS:
        message = f"and {len(problems) - PROBLEMS:,} more problems"
        yield Problem(Level.ERROR, "more", Place(), message, "mend those first")


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}…"


def _play_of_task(
    task: Task, data: bytes, loaded: Callable[[], None]
) -> tuple[Play, Record | None]:
    """Returns the play of a hand-in, with what came with it, or of a script. Raises Problems: it cannot be read, or not
    be played in that scenario.
    """
    if _is_script(task.name, data):
        handin = _script(task.name, data)
    else:
        handin = read(data)
    scenario = _scenario(task, handin)
    loaded()
    if isinstance(handin, HandIn):
        return replay_handin(scenario, handin, task.accept_digest), handin.header.record
    return of_own_badges(_play_script(task, scenario, handin)), None


def _play_script(task: Task, scenario: Scenario, text: str) -> Play:
    """Return the play of a script. Whoever has the whole folder may ask for its solution and read its documents. Raises
    Problems: also where a learner's script reads a document that tells the answer, which is theirs to write.
    """
    name = Path(task.name).name
    folder = Folder(scenario, {})
    if task.whole_folder:
        text = read_answer(_folder(task, text), scenario.variant, text, name)
        return run_play(scenario, text, name)
    play = run_play(scenario, text, name, folder)
    if folder.opened and (lines := sorted(folder.opened & telling(scenario))):
        message = f"it reads {lines[0]}: a file of one's own is not handed in with a script, and the scenario's tells the answer"
        mend = "write the document itself there, in single quotes"
        raise Problems(Problem(Level.ERROR, "told", Place(name), message, mend))
    return play


def _is_script(name: str, data: bytes) -> bool:
    """Tells a script by its name, else by how it begins: no line of a script begins with a brace."""
    return name.endswith(SCRIPT) or not (NAMED.search(name) or BRACE.match(data[:64]))


def _script(name: str, data: bytes) -> str:
    text = text_of(data, "not-a-script", SCRIPTS)
    commands = [
        (number, line) for number, line in script_lines(text) if not line.startswith("#@")
    ]
    if len(commands) > CALLS:
        message = f"it has {len(commands):,} calls"
        raise Problems(
            Problem(
                Level.ERROR,
                "too-many-calls",
                Place(name),
                message,
                f"at most {CALLS:,} are graded",
            )
        )
    if commands and not any(COMMAND.match(line) for _, line in commands):
        message = "it is no script of AWS CLI lines: none of them begins with aws"  # none is quoted: it may be anything
        raise Problems(
            Problem(
                Level.ERROR,
                "not-a-script",
                Place(name, commands[0][0], 1),
                message,
                SCRIPTS,
            )
        )
    return text


def _scenario(task: Task, handin: HandIn | str) -> Scenario:
    """Returns the scenario to grade in: an exercise is drawn again by its id. Raises Problems."""
    id = task.scenario or ("" if isinstance(handin, str) else handin.header.scenario)
    if (choice := parse_choice(id)) and draws_here():
        return exercise_of(choice)
    return scenario_of(_folder(task, handin), _variant(task, handin))


def _folder(task: Task, handin: HandIn | str) -> Path:
    """Tells where the scenario is. What a hand-in says of it is an id of a known one, never a path."""
    if task.scenario:
        return find(task.scenario, task.extra)
    if isinstance(handin, str):
        message = "a script does not say its scenario"
        raise Problems(
            Problem(Level.ERROR, "no-scenario", Place(), message, "add --scenario ID")
        )
    id = handin.header.scenario
    folder_known = next(
        (folder for folder in folders(task.extra) if folder.name == id), None
    )
    if folder_known is None:
        mend = (
            "name its folder with --scenario, or the folder that holds it with --scenarios"
        )
        message = f"there is no scenario {id[:80]!a}"
        raise Problems(
            Problem(Level.ERROR, "unknown-scenario", Place("", 1), message, mend)
        )
    return folder_known


def _variant(task: Task, handin: HandIn | str) -> int:
    if task.variant is not None:
        return task.variant
    if isinstance(handin, HandIn):
        return handin.header.variant
    return task.own_variant


def scenario_of(folder: Path, variant: int) -> Scenario:
    """Returns the scenario of a folder, loaded once for all that is graded in it. Raises Problems."""
    return _load_scenario(folder.absolute(), variant)


@lru_cache(maxsize=16)
def _load_scenario(folder: Path, variant: int) -> Scenario:
    return load(folder, variant)


@lru_cache(maxsize=16)
def exercise_of(choice: Choice) -> Scenario:
    """Returns the scenario of an exercise. Raises Problems."""
    from coffeeshop.lessons.exercises.exercise import (
        exercise,
        scenario_of_files,
    )  # with all that proves a scenario

    return scenario_of_files(choice, exercise(choice).files)
