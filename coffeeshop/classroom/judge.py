"""Grade one hand-in or script and return its report. Anything wrong with the file becomes part of the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from functools import lru_cache
from pathlib import Path
from time import process_time

from msgspec import structs

from coffeeshop.account.command import script_lines
from coffeeshop.classroom.check_up_judge import (
    check_up_report,
    check_up_summary,
    check_up_text,
)
from coffeeshop.classroom.collect import HAND_IN_NAME, SCRIPT_SUFFIX
from coffeeshop.classroom.roster import Learner
from coffeeshop.classroom.trace import NO_TRACE, Trace, original_names, trace_of_play
from coffeeshop.harmless import escape_hidden, escape_line, escape_surrogates
from coffeeshop.lessons.exercises.choice import Choice, draws_here, parse_choice
from coffeeshop.lessons.grading.diagnosis import diagnoses_of, with_cases
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.permission_counts import PermissionCounts, count_permissions
from coffeeshop.lessons.grading.report_document import ReportDocument, UngradedReport
from coffeeshop.lessons.grading.report_json import Ungraded, report_json, ungraded_report
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.handin import (
    MAX_CALLS,
    HandIn,
    check_own_credentials,
    decode_handin,
    read_handin,
    replay_handin,
    scenario_of_handin,
)
from coffeeshop.lessons.play.record import Record
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.play.spoilers import spoiler_files
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.lessons.scenario.load import load, read_answer, without_renaming
from coffeeshop.lessons.sitting.folder import Folder
from coffeeshop.lessons.teaching.course_check_up import assigned_moment
from coffeeshop.policy.model import Level, Place, Problem, Problems
from coffeeshop.views.cases import result_rows
from coffeeshop.views.report import report, score_rows
from coffeeshop.views.rows import Row
from coffeeshop.views.rows import lines as printed
from coffeeshop.views.text import count_noun, stars

COMMAND_PATTERN = re.compile(r"(aws|console)\b")
HANDIN_NAME = ".handin.jsonl"
JSON_START = re.compile(rb"[\xff\xfe\xef\xbb\xbf\x00\s]*\{")  # in any encoding
SCRIPT_FIX = "name a text file with AWS CLI commands, in UTF-8"
MAX_PROBLEMS = 50  # problems of one report, at most
MAX_PROBLEM_LENGTH = 1000  # characters of one problem, at most


@dataclass(frozen=True, slots=True)
class Task:
    """A file to grade.

    `content` has its bytes, or the problems if it can't be read. `scenario` is an id or a path, or "" if the hand-in's own id
    counts. `scenarios_folder` has further scenarios. `counts_permissions` adds the number of permissions to the report.
    With fewer than `needed_stars`, the exit code is 1. `variant` is the only accepted variant, or None if the hand-in's own counts.
    """

    name: str
    content: bytes | tuple[Problem, ...]
    scenario: str = ""
    scenarios_folder: Path | None = None
    accept_digest: bool = False
    counts_permissions: bool = False
    needed_stars: int = 3
    variant: int | None = None
    own_variant: int = 0  # the learner's: a script doesn't say its variant
    owners: tuple[Learner, ...] = ()  # possible owners
    sender_key: str = ""  # identifies the sender without a roster
    marked_late: bool = False  # by the system that collected it
    # The scenario's author may grade a script that reads the solution's documents.
    may_read_answer: bool = False
    # Files with the same key share limits: they are one learner's, in an archive.
    limits_key: str = ""


@dataclass(frozen=True, slots=True)
class Graded:
    """A report, written out: the document, the learner's text, and the exit code.

    `trace` has the learner's own choices. `owner_key` is the learner's key in the roster, or "" if the owner isn't known.
    `delay` is None if the hand-in came in time, or if that isn't known. `scenario_varies` tells whether variants differ.
    `seconds` is processor time.
    """

    name: str
    document: ReportDocument
    text: str
    exit_code: int
    trace: Trace = NO_TRACE
    scenario_varies: bool = True
    owner_key: str = ""
    delay: timedelta | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def summary_line(self) -> str:
        """Return the report in one line: stars, points, the first finding, and how many others cost a star or wait.

        Without a grade, return the first problem.
        """
        document = self.document
        if isinstance(document, UngradedReport):
            return f"{document.status}: {document.problems[0].text}"
        if document.check_up:
            return check_up_summary(document)
        message = f"{stars(document.stars)} {document.score:g}"
        if document.status == "shown":
            return f"{message} The solution was shown in this variant."
        if not document.findings:
            return message
        message += f" {document.findings[0].text.what}"
        further_findings = (
            sum(finding.costs_star for finding in document.findings)
            - 1  # the line has the first one already
            + sum(document.waiting.values())
        )
        if further_findings > 0:
            return f"{message} ({further_findings} more)"
        return message


def judge(task: Task, start_timer: Callable[[], None]) -> Graded:
    """Return the report on one file, whatever is in it.

    Call `start_timer` once its scenario is loaded: the limit of time is for the replay
    alone.
    """
    if isinstance(task.content, tuple):
        return ungradable_report(task, *task.content)
    began = process_time()
    if assigned_moment(scenario_of_handin(task.content)):
        return _check_up_graded(task, task.content)
    try:
        _scenario_of_task(task, _read_content(task.name, task.content))
        start_timer()
        graded = _judge_comparable(_comparable_task(task, task.content))
    except Problems as found:
        return replace(
            ungradable_report(task, *found.problems), seconds=process_time() - began
        )
    return replace(_with_file_name(graded, task.name), seconds=process_time() - began)


def _comparable_task(task: Task, data: bytes) -> Task:
    """Return a task without its owner and its hand-in's name, so that tasks with the same grade are equal."""
    name = task.name if _is_script(task.name, data) else HANDIN_NAME
    return replace(
        task, name=name, owners=(), sender_key="", marked_late=False, limits_key=""
    )


@lru_cache(maxsize=16)
def _judge_comparable(content: Task) -> Graded:
    """Return the report on a task from `_comparable_task`. Equal tasks are judged once. Raise Problems."""
    assert isinstance(content.content, bytes)
    play, record = _play_of_task(content, content.content)
    graded = grade(play, _unrenamed_scenario(content, play))
    if record:  # a script doesn't say what its author named
        graded = with_cases(graded, diagnoses_of(play.scenario), record.causes)
    return graded_report(content, play, graded, record)


def _with_file_name(graded: Graded, name: str) -> Graded:
    """Return the report on the same content in a file of another name."""
    handin = structs.replace(graded.document.handin, name=escape_surrogates(name))
    document = structs.replace(graded.document, handin=handin)
    return replace(graded, name=name, document=document)


def _check_up_graded(task: Task, data: bytes) -> Graded:
    """Return the report on a check-up of the course."""
    try:
        document = check_up_report(task.name, read_handin(data))
    except Problems as found:
        return ungradable_report(task, *found.problems)
    return Graded(task.name, document, check_up_text(document), 0)


def graded_report(
    task: Task, play: Play, graded: Report, record: Record | None = None
) -> Graded:
    """Return the report of a play that could be graded.

    Its exit code is 0 if the play has the stars that the task needs, else 1.
    """
    if task.counts_permissions:
        permission_counts = count_permissions(play, graded)
    else:
        permission_counts = None
    unrenamed_scenario = _unrenamed_scenario(task, play)
    names = original_names(play.scenario, unrenamed_scenario)
    document = report_json(play, graded, task.name, permission_counts, record, names)
    if document.status == "shown":
        forfeit_rows = (SOLUTION_SHOWN,)
    else:
        forfeit_rows = ()
    count_rows = (
        map(_permissions_row, permission_counts.items()) if permission_counts else ()
    )
    record_rows = (_record_row(record),) if record else ()
    rows = (
        *forfeit_rows,
        *report(graded),
        *result_rows(graded, diagnoses_of(play.scenario)),
        *score_rows(graded),
        *count_rows,
        *record_rows,
    )
    if document.stars >= task.needed_stars and document.status in PASSING_STATUSES:
        exit_code = 0
    else:
        exit_code = 1
    return Graded(
        task.name,
        document,
        escape_hidden(printed(rows)),
        exit_code,
        trace_of_play(play, unrenamed_scenario),
        play.scenario.varies,
    )


def _unrenamed_scenario(task: Task, play: Play) -> Scenario:
    """Return a play's scenario with its names as the author wrote them.

    Variants have different names. Findings in these names can be counted together over a
    class.
    """
    scenario = play.scenario
    if scenario.source:  # variant 0 would draw other faults
        return _exercise_without_renaming(scenario)
    if scenario.variant:
        return scenario_in_folder(
            find(task.scenario or scenario.id, task.scenarios_folder), 0
        )
    return scenario


@lru_cache(maxsize=8)
def _exercise_without_renaming(scenario: Scenario) -> Scenario:
    """Return an exercise without its drawn names, and with the same faults.

    Drawing it again would give other faults.
    """
    return without_renaming(scenario)


PASSING_STATUSES = frozenset(("complete", "not_yet"))
SOLUTION_SHOWN = Row(
    "The solution was shown in this variant, so it earns no more stars. To earn stars, start again in another variant.",
    role="title",
)


def _record_row(record: Record) -> Row:
    """Return a row with the learner's own record: when the play was handed in, and its gradings and hints."""
    hints_read = sum(record.hints.values())
    at = record.handed_in.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return Row(
        f"Handed in at {at} UTC, graded {count_noun(record.tries, 'time')} before, {count_noun(hints_read, 'hint')} read.",
        role="muted",
    )


def _permissions_row(principal_and_counts: tuple[str, PermissionCounts]) -> Row:
    """Return a row that compares the permissions that a principal needs with those that they have."""
    principal, counts = principal_and_counts
    message = f"{principal} needs {counts.needed} of {counts.all:,} permissions, and has {counts.allowed}"
    return Row(
        f"{message}, of which {counts.excess} are neither needed nor permitted",
        indent=1,
        role="muted",
    )


def ungradable_report(
    task: Task, *problems: Problem, status: Ungraded = "ungradable"
) -> Graded:
    """Return the report of a file that can't be graded, with at most MAX_PROBLEMS reasons.

    `status` tells whose fault it is: "ungradable" is the file's, any other is the program's.
    """
    problems = tuple(_limit_problems(problems))
    text = "\n".join(
        (
            f"{status}: this file can't be graded, and costs the learner nothing",
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
    """Yield the first MAX_PROBLEMS problems, each cut to MAX_PROBLEM_LENGTH characters, and the number of others."""
    for problem in problems[:MAX_PROBLEMS]:
        yield replace(problem, text=_shorten(problem.text), mend=_shorten(problem.mend))
    if len(problems) > MAX_PROBLEMS:
        message = f"and {len(problems) - MAX_PROBLEMS:,} more problems"
        yield Problem(Level.ERROR, "more", Place(), message, "fix the problems above first")


def _shorten(text: str) -> str:
    """Return a text cut to MAX_PROBLEM_LENGTH characters."""
    if len(text) <= MAX_PROBLEM_LENGTH:
        return text
    return f"{text[:MAX_PROBLEM_LENGTH]}…"


def _read_content(name: str, data: bytes) -> HandIn | str:
    """Return a file as a hand-in, or as the text of a script. Raise Problems."""
    if _is_script(name, data):
        return _read_script_text(name, data)
    return read_handin(data)


def _play_of_task(task: Task, data: bytes) -> tuple[Play, Record | None]:
    """Return the play of a hand-in and its record, or the play of a script and None.

    Raise Problems if the file can't be read or played in its scenario.
    """
    handin = _read_content(task.name, data)
    scenario = _scenario_of_task(task, handin)
    if isinstance(handin, HandIn):
        return replay_handin(scenario, handin, task.accept_digest), handin.header.record
    return check_own_credentials(_play_script(task, scenario, handin)), None


def _play_script(task: Task, scenario: Scenario, text: str) -> Play:
    """Return the play of a script.

    The owner of the whole folder can run its solution and read its documents. Raise Problems if a learner's script reads a
    document of the scenario that contains the answer.
    """
    name = Path(task.name).name
    folder = Folder(scenario, {})
    if task.may_read_answer:
        text = read_answer(_folder_of_task(task, text), scenario.variant, text, name)
        return run_play(scenario, text, name)
    play = run_play(scenario, text, name, folder)
    if folder.opened and (spoilers_read := sorted(folder.opened & spoiler_files(scenario))):
        message = f"it reads {spoilers_read[0]}, but a script can't read other files, and the scenario's file contains the answer"
        mend = "write the document itself into the command, in single quotes"
        raise Problems(Problem(Level.ERROR, "told", Place(name), message, mend))
    return play


def _is_script(name: str, data: bytes) -> bool:
    """Return whether a file is a script, by its name or by its first bytes.

    A hand-in begins with a brace, and no line of a script does.
    """
    return name.endswith(SCRIPT_SUFFIX) or not (
        HAND_IN_NAME.search(name) or JSON_START.match(data[:64])
    )


def _read_script_text(name: str, data: bytes) -> str:
    """Return the text of a script. Raise Problems if it has too many calls, or no AWS CLI line at all."""
    text = decode_handin(data, "not-a-script", SCRIPT_FIX)
    commands = [
        (number, line) for number, line in script_lines(text) if not line.startswith("#@")
    ]
    if len(commands) > MAX_CALLS:
        message = f"it has {len(commands):,} calls"
        raise Problems(
            Problem(
                Level.ERROR,
                "too-many-calls",
                Place(name),
                message,
                f"use at most {MAX_CALLS:,} calls",
            )
        )
    if commands and not any(COMMAND_PATTERN.match(line) for _, line in commands):
        message = "it doesn't contain AWS CLI commands: no line begins with aws"  # none is quoted: it may be anything
        raise Problems(
            Problem(
                Level.ERROR,
                "not-a-script",
                Place(name, commands[0][0], 1),
                message,
                SCRIPT_FIX,
            )
        )
    return text


def _scenario_of_task(task: Task, handin: HandIn | str) -> Scenario:
    """Return the scenario in which to play a file: the task's, or else the one that the
    hand-in names. Raise Problems.

    An exercise isn't stored anywhere, so it is drawn again from its id.
    """
    id = task.scenario or ("" if isinstance(handin, str) else handin.header.scenario)
    if (choice := parse_choice(id)) and draws_here():
        return exercise_scenario(choice)
    return scenario_in_folder(_folder_of_task(task, handin), _variant_of_task(task, handin))


def _folder_of_task(task: Task, handin: HandIn | str) -> Path:
    """Return the folder of the scenario.

    A hand-in can only name a known id, never a path of this machine. Raise Problems.
    """
    if task.scenario:
        return find(task.scenario, task.scenarios_folder)
    if isinstance(handin, str):
        message = "a script doesn't contain the name of its scenario"
        raise Problems(
            Problem(Level.ERROR, "no-scenario", Place(), message, "add --scenario ID")
        )
    id = handin.header.scenario
    folder_named = next(
        (folder for folder in folders(task.scenarios_folder) if folder.name == id), None
    )
    if folder_named is None:
        mend = "name the scenario's folder with --scenario, or the folder above it with --scenarios"
        message = f"there is no scenario called {id[:80]!a}"
        raise Problems(
            Problem(Level.ERROR, "unknown-scenario", Place("", 1), message, mend)
        )
    return folder_named


def _variant_of_task(task: Task, handin: HandIn | str) -> int:
    """Return the variant in which to play: the one that the task requires, else the
    hand-in's, else the learner's own.
    """
    if task.variant is not None:
        return task.variant
    if isinstance(handin, HandIn):
        return handin.header.variant
    return task.own_variant


def scenario_in_folder(folder: Path, variant: int) -> Scenario:
    """Return the scenario of a folder. It is loaded once for all tasks in it. Raise Problems."""
    return _load_scenario(folder.absolute(), variant)


@lru_cache(maxsize=64)  # a course has some forty
def _load_scenario(folder: Path, variant: int) -> Scenario:
    """Load a scenario once for each variant, since a class hands in hundreds of plays of it."""
    return load(folder, variant)


@lru_cache(maxsize=16)
def exercise_scenario(choice: Choice) -> Scenario:
    """Return the scenario of an exercise. Raise Problems."""
    # Imports the checks of scenarios.
    from coffeeshop.lessons.exercises.exercise import exercise, scenario_of_files

    return scenario_of_files(choice, exercise(choice).files)
