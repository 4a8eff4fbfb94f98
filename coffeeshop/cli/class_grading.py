"""Run the commands that grade the hand-ins of a class: `class grade`, `page` and `export`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import click

from coffeeshop.classroom.cells import for_spreadsheets
from coffeeshop.classroom.class_grades import ClassGrades, class_tasks, sort_results
from coffeeshop.classroom.formats import GRADEBOOKS
from coffeeshop.classroom.formats.gradebooks import (
    ResultSource,
    has_column,
    results_in_gradebook,
    unknown_column_problem,
)
from coffeeshop.classroom.formats.worksheet import find_worksheet
from coffeeshop.classroom.judge import Graded, Task
from coffeeshop.classroom.kept_class import (
    ClassAssignment,
    KeptClass,
    KeptHandIn,
    read_class,
    read_hand_ins,
)
from coffeeshop.classroom.pool import Failed
from coffeeshop.classroom.register import MISSING_STATUS, NOT_YET, Register, Result
from coffeeshop.classroom.roster import Roster
from coffeeshop.cli.class_collect import collect_into
from coffeeshop.cli.class_commands import echo_line
from coffeeshop.cli.class_saves import machine_hand_ins
from coffeeshop.cli.classes import CLASS_OPTION, chosen_class, class_command
from coffeeshop.cli.grade import failed_report
from coffeeshop.cli.options import FilePath, complete_scenarios
from coffeeshop.cli.output import check_screen, show_progress, wall_clock
from coffeeshop.cli.problems import (
    MAKE_ROOM,
    command_problem,
    print_problems,
    report_write_errors,
)
from coffeeshop.cli.roster import read_roster_with_warnings
from coffeeshop.cli.workers import workers
from coffeeshop.files import make_folder, write_whole
from coffeeshop.lessons.play.membership import CHECK_UP_ASSIGNMENT
from coffeeshop.lessons.scenario.find import folders, is_named
from coffeeshop.lessons.teaching.course_check_up import assigned_moment
from coffeeshop.policy.problem import Level, Problem, Problems
from coffeeshop.views.assignments import assignment_name, assignment_title
from coffeeshop.views.text import count_noun, list_few_names

JOBS_OPTION = click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=lambda: os.cpu_count() or 1,
    help="The number of processes to use for grading (default: one for each processor).",
)

LARGEST_JOURNAL = 32 * 1024 * 1024  # bytes of the grades of plays that go on


# ----------------------------------------------------------------------- grade
def grade_class(path: Path, kept: KeptClass, jobs: int) -> ClassGrades:
    """Return the grades of all collected hand-ins. Those that were graded before come from the class's journal."""
    return _grade_hand_ins(kept, read_hand_ins(path), jobs, journal_of(path))


def journal_of(path: Path) -> Path:
    """Return the file of the grades of a class's hand-ins."""
    return path.with_name(f".{path.name}.reports")


def now_journal_of(path: Path) -> Path:
    """Return the file of the grades of plays that go on."""
    return path.with_name(f".{path.name}.now")


def grade_plays_of_now(path: Path, kept: KeptClass, jobs: int) -> ClassGrades:
    """Return the grades of the collected hand-ins, and of the unfinished plays of the class on this machine.

    This hands nothing in.
    """
    plays = (
        KeptHandIn(name, body) for name, body in machine_hand_ins(kept, is_final=False)
    )
    journal = now_journal_of(path)
    with suppress(OSError):
        if journal.stat().st_size > LARGEST_JOURNAL:
            journal.unlink()
    return _grade_hand_ins(kept, (*read_hand_ins(path), *plays), jobs, journal)


def _grade_hand_ins(
    kept: KeptClass, hand_ins: Sequence[KeptHandIn], jobs: int, journal: Path
) -> ClassGrades:
    """Return the grades of hand-ins. Those that were graded before come from the journal."""
    tasks = [*class_tasks(kept, hand_ins)]
    with report_write_errors(journal, MAKE_ROOM):
        journal.touch(0o600)  # it holds what learners did
    scenarios = folders(kept.own_scenarios)
    jobs = max(1, min(jobs, len(tasks)))
    with (
        workers(jobs, None, journal, scenarios) as grading,
        closing(grading(tasks)) as graded,
        closing(show_progress(graded, len(tasks), "graded")) as results,
    ):
        reports = [_graded(task, result) for task, result in results]
    graded_hand_ins = zip(tasks, hand_ins, reports, strict=True)
    return sort_results(kept, graded_hand_ins, wall_clock())


def _graded(task: Task, result: Graded | Failed) -> Graded:
    """Return the report of a task, also if its grading failed."""
    return failed_report(task, result) if isinstance(result, Failed) else result


@click.command()
@click.argument(
    "files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|FOLDER|ZIP]..."
)
@JOBS_OPTION
@CLASS_OPTION
def grade(files: tuple[Path, ...], jobs: int, class_name: str | None) -> None:
    """Grade the hand-ins of the class, and say who is missing and who is late.

    If you name files, they are collected first, as `class collect` does. Hand-ins that are already graded aren't graded
    again.

    \b
    Example: coffeeshop class grade
    Example: coffeeshop class grade submissions.zip
    """
    path = chosen_class(class_name)
    if files:
        collect_into(path, files)
    kept = read_class(path)
    _check_assignments(kept)
    grades = grade_class(path, kept, jobs)
    for task in kept.assignments:
        for line in _assignment_lines(kept, task, grades):
            echo_line(line)
    for line in (f"doesn't count: {text}" for text in grades.uncounted_lines):
        click.echo(line.encode("utf-8", "backslashreplace").decode(), err=True)
    _send_to_platforms(kept, grades)


def _send_to_platforms(kept: KeptClass, grades: ClassGrades) -> None:
    """Send scores to the learning platforms that sent learners, if there are any. Raise Problems."""
    from coffeeshop.cli.lti_files import lti_store

    if not lti_store(kept.name).people():
        return
    from coffeeshop.cli.lti_scores import note_credits, send_class_scores, sending_lines

    note_credits(kept, grades)
    for line in sending_lines(send_class_scores(kept)):
        echo_line(line)


def _check_assignments(kept: KeptClass) -> None:
    """Raise Problems if the class has no assignment, by which its hand-ins are graded."""
    if not kept.assignments:
        message = f"{kept.name} has no assignment yet"
        mend = class_command(kept.name, "assign 05")
        raise Problems(command_problem("no-assignment", message, mend))


def _assignment_lines(
    kept: KeptClass, task: ClassAssignment, grades: ClassGrades
) -> Iterator[str]:
    """Yield an assignment's results, learner by learner, then what is odd about its hand-ins."""
    register = grades.registers[task.id]
    yield f"{assignment_title(task.id, kept.own_scenarios)}, {task.points:g} points"
    results = [*register.results()]
    for result in results:
        if result.best is not None or result.teacher_mark:
            yield f"  {result_text(result, task)}"
    yield from (f"  {line}" for line in _absence_lines(results))
    for stranger in register.files_without_owner:
        yield f"  Unknown learner: {stranger}"
    for likeness in register.likenesses():
        yield f"  Similar hand-ins: {likeness}"


def _absence_lines(results: Sequence[Result]) -> Iterator[str]:
    """Yield who has not handed in: first those who are missing, then those who have time left.

    Nobody reads the names of the whole class, so they are left out if no one has handed in.
    """
    missing = [result.shown_name for result in results if result.status == MISSING_STATUS]
    waiting = [result.shown_name for result in results if result.status == NOT_YET]
    for names, one, several in (
        (missing, "is missing", "are missing"),
        (waiting, "has time left", "have time left"),
    ):
        if not names:
            continue
        text = f"{len(names)} of {len(results)} {one if len(names) == 1 else several}"
        if len(names) == len(results):
            yield text
        else:
            yield f"{text}: {', '.join(names)}"


def result_text(result: Result, task: ClassAssignment) -> str:
    """Return a learner's result and points in one line, without the scenario's id."""
    text = str(result).replace(
        f"{result.shown_name}: {result.scenario}: ", f"{result.shown_name}: ", 1
    )
    if result.counted_score is None:
        return text
    points = round(result.counted_score * task.points / 100, 2)
    by_hand = f", {result.teacher_mark}" if result.teacher_mark else ""
    return f"{text.removesuffix('.')}; {points:g} of {task.points:g} points{by_hand}"


# ------------------------------------------------------------------------ page
@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("class.html"),
    show_default=True,
    metavar="FILE",
    help="The file to write the page to, or - for standard output.",
)
@click.option(
    "--screen",
    is_flag=True,
    help="Show it in the terminal instead. Press Escape to leave.",
)
@click.option(
    "--now",
    is_flag=True,
    help="Include what learners play on this machine, before they hand it in.",
)
@click.option("--note", default="", hidden=True)
@JOBS_OPTION
@CLASS_OPTION
def page(
    out: Path, screen: bool, now: bool, note: str, jobs: int, class_name: str | None
) -> None:
    """Write a page about the class: stars, findings, misconceptions, time, tries, and a section for each learner.

    The page loads nothing from the network. `coffeeshop serve` shows the same page live.

    \b
    Example: coffeeshop class page --out class.html
    Example: coffeeshop class page --now --screen
    """
    from coffeeshop.cli.overview import show_overview

    if screen:
        check_screen("--screen")
    path = chosen_class(class_name)
    kept = read_class(path)
    _check_assignments(kept)
    grade_plays = grade_plays_of_now if now else grade_class
    overview = grade_plays(path, kept, jobs).overview(kept)
    show_overview(overview, kept.name, None if screen else out, screen, note)


# ---------------------------------------------------------------------- export
@click.command()
@click.argument("form", type=click.Choice([*GRADEBOOKS]))
@click.argument("id", required=False, shell_complete=complete_scenarios)
@click.option(
    "--out",
    type=FilePath("can't be a gradebook"),
    required=True,
    metavar="FILE|FOLDER",
    help="The file to write. For several assignments, a folder that gets a file for each.",
)
@click.option(
    "--gradebook",
    "gradebook_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A new export of your gradebook, which shows its columns (default: the class's roster).",
)
@click.option("--column", default="", help="The assignment's name in the gradebook.")
@JOBS_OPTION
@CLASS_OPTION
def export(
    form: str,
    id: str | None,
    out: Path,
    gradebook_path: Path | None,
    column: str,
    jobs: int,
    class_name: str | None,
) -> None:
    """Write the class's points to a file that Canvas, Moodle or Brightspace can import into its gradebook.

    It contains the points for the assignment ID, or for all assignments.

    Learners without points have no row, so an import never deletes a mark.

    \b
    Example: coffeeshop class export canvas 05 --out marks.csv
    Example: coffeeshop class export moodle --out marks
    """
    path = chosen_class(class_name)
    kept = read_class(path)
    _check_assignments(kept)
    tasks = kept.assignments if id is None else assignments_called(kept, id)
    if column and len(tasks) > 1:
        raise click.UsageError("--column is for one assignment: add its ID")
    gradebook = read_roster_with_warnings(gradebook_path) if gradebook_path else None
    if find_worksheet(gradebook) and len(tasks) > 1:
        raise click.UsageError("a grading worksheet is for one assignment: add its ID")
    grades = grade_class(path, kept, jobs)
    registers = [grades.registers[task.id] for task in tasks]
    if gradebook and kept.members:
        print_problems(_gradebook_problems(registers, gradebook, column))
    elif kept.members:
        print_problems(
            replace(
                problem,
                mend=f"{problem.mend}. To use a new export of the gradebook, add --gradebook FILE",
            )
            for problem in _missing_column_problems(registers, kept.roster, column)
        )
    for task, register in zip(tasks, registers, strict=True):
        results = _results_for(register, gradebook)
        file = out if len(tasks) == 1 else out / f"{task.id}.{form}.csv"
        text = "".join(GRADEBOOKS[form](results, task.points, column))
        with report_write_errors(file, "choose another place with --out"):
            if len(tasks) > 1:
                make_folder(out)
            write_whole(file, for_spreadsheets(text))
        count = sum(map(_has_credit, results.results()))
        echo_line(
            f"{file} has the points of {count} of {count_noun(len(kept.members), 'learner')}"
        )
        for result in results.results():
            if result.teacher_mark:
                echo_line(f"  {result_text(result, task)}")


def _results_for(register: Register, gradebook: Roster | None) -> ResultSource:
    """Return the results of an assignment in the rows of the gradebook, or of the class's roster if none was named."""
    if gradebook is None or not register.learners:
        return register
    return results_in_gradebook(register.results(), register.learners, gradebook)


def _gradebook_problems(
    registers: Sequence[Register], gradebook: Roster, column: str
) -> Iterator[Problem]:
    """Yield the assignments for which a gradebook has no column, and the learners who aren't in it. Raise Problems."""
    yield from _missing_column_problems(registers, gradebook, column)
    known = {
        result.shown_name for result in _results_for(registers[0], gradebook).results()
    }
    has_points_by_name = dict[str, bool]()
    for register in registers:
        for result in register.results():
            if result.shown_name not in known:
                has_points = has_points_by_name.get(result.shown_name, False)
                has_points_by_name[result.shown_name] = has_points or _has_credit(result)
    if has_points_by_name:
        yield _absent_learners_problem(has_points_by_name)


def _missing_column_problems(
    registers: Sequence[Register], gradebook: Roster, column: str
) -> Iterator[Problem]:
    """Yield the warning that a gradebook has no column for some assignments, so that an import makes new ones. Raise Problems."""
    unknown_results = [
        result
        for register in registers
        if not has_column(gradebook, result := next(register.results()), column)
    ]
    if unknown_results:
        yield unknown_column_problem(gradebook, unknown_results, column)


def _absent_learners_problem(has_points_by_name: Mapping[str, bool]) -> Problem:
    """Return the warning that learners of the class aren't in a gradebook. Those who have points come first."""
    with_points = [
        f"{name} (who has points)" for name, has in has_points_by_name.items() if has
    ]
    others = [name for name, has in has_points_by_name.items() if not has]
    names = list_few_names((*with_points, *others))
    count = len(has_points_by_name)
    verb = "isn't" if count == 1 else "aren't"
    message = (
        f"{count_noun(count, 'learner')} of the class {verb} in this gradebook: {names}"
    )
    fix = "export the gradebook again, or enter these marks by hand"
    problem = command_problem("not-in-gradebook", message, fix)
    return replace(problem, level=Level.WARNING)


def _has_credit(result: Result) -> bool:
    """Return whether a learner has points in an assignment."""
    return result.counted_score is not None


def assignments_called(kept: KeptClass, id: str) -> tuple[ClassAssignment, ...]:
    """Return the one assignment of that id, number or title, in a tuple. Raise Problems if there is none, or several."""
    named_tasks = tuple(
        task for task in kept.assignments if _is_called(task, id, kept.own_scenarios)
    )
    if len(named_tasks) == 1:
        return named_tasks
    ids = ", ".join(task.id for task in named_tasks or kept.assignments)
    if named_tasks:
        message = f"{kept.name} has {len(named_tasks)} assignments called {id[:80]!a}"
        raise Problems(command_problem("two-assignments", message, f"choose one of {ids}"))
    message = f"{id[:80]!a} isn't assigned to {kept.name}"
    raise Problems(command_problem("not-assigned", message, f"choose one of {ids}"))


def _is_called(task: ClassAssignment, name: str, extra: Path | None) -> bool:
    """Return whether an assignment has this id, number or title. `check-up` names both check-ups."""
    if f"{name.casefold()}-" == CHECK_UP_ASSIGNMENT and assigned_moment(task.id):
        return True
    names = {
        task.id,
        assignment_name(task.id, extra),
        assignment_title(task.id, extra),
    }
    return name.casefold() in map(str.casefold, names) or is_named(Path(name).name, task.id)
