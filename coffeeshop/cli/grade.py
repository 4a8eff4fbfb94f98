"""Run `coffeeshop run` and `coffeeshop grade`, which replay and grade scripts and hand-ins.

Exit codes: 0 passed, 1 not yet, 2 ungradable or a wrong command line, 3 our own error. With several hand-ins it is the
highest.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import (
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from coffeeshop.classroom.collect import (
    SCRIPT_REASON,
    SCRIPT_SUFFIX,
    FileReader,
    FileToGrade,
    NothingToGrade,
    PassedOver,
    collect_files,
)
from coffeeshop.classroom.formats import FORMATS, GRADEBOOKS
from coffeeshop.classroom.judge import (
    Graded,
    Task,
    judge,
    scenario_in_folder,
    ungradable_report,
)
from coffeeshop.classroom.pool import MAX_PROCESSOR_SECONDS, Failed
from coffeeshop.classroom.register import Register
from coffeeshop.classroom.submitters import read_submitters
from coffeeshop.cli.classes import kept_class_named, note_roster_file
from coffeeshop.cli.options import (
    DUE_OPTION,
    POINTS_OPTION,
    SCENARIOS_OPTION,
    VARIANT_OPTION,
    Decorated,
    complete_scenarios,
    roster_option,
)
from coffeeshop.cli.output import (
    check_no_exam_here,
    path_of_name,
    show_progress,
    wall_clock,
)
from coffeeshop.cli.problems import UNUSABLE_INPUT, command_problem, print_problems
from coffeeshop.cli.reports import ReportWriter
from coffeeshop.cli.roster import read_class_roster
from coffeeshop.cli.workers import CLUSTER_OPTION, RESUME_OPTION, workers
from coffeeshop.files import is_folder
from coffeeshop.harmless import escape_line
from coffeeshop.lessons.grading.report_schema import report_schema
from coffeeshop.lessons.play.handin import HAND_IN_SUFFIX
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.policy.model import Level, Place, Problem, Problems
from coffeeshop.views.text import count_noun

SCRIPT_HELP = ". To grade scripts, name the scenario with --scenario"
MAX_FILES_LISTED = (
    20  # at most so many skipped files get a line of their own, and so many reasons
)
LONGEST_LINE = 300  # characters
BUNDLE_SECONDS = 60.0  # of processor time for all files of one archive
TOOK_TOO_LONG = command_problem(
    "too-slow",
    f"the files in the same archive took more than {BUNDLE_SECONDS:g} seconds to grade",
    "unpack the archive and grade this file alone",
)


def _format_option(forms: Iterable[str]) -> Callable[[Decorated], Decorated]:
    """Return the --format option, with these formats to choose from."""
    return click.option(
        "--format",
        "form",
        type=click.Choice([*forms]),
        default="text",
        show_default=True,
        help="The format of the reports.",
    )


NEED_OPTION = click.option(
    "--need",
    type=click.IntRange(0, 3),
    default=3,
    show_default=True,
    help="The number of stars that a hand-in needs to pass.",
)
SIZES_OPTION = click.option(
    "--sizes",
    is_flag=True,
    help="Also count each person's permissions: all, needed and extra.",
)


# ------------------------------------------------------------------------- run
@click.command()
@click.argument("id", shell_complete=complete_scenarios)
@click.argument("script", type=click.Path(path_type=Path))
@_format_option(FORMATS)
@POINTS_OPTION
@NEED_OPTION
@SIZES_OPTION
@VARIANT_OPTION
@SCENARIOS_OPTION
def run(
    id: str,
    script: Path,
    form: str,
    points: float,
    need: int,
    sizes: bool,
    variant: int | None,
    extra: Path | None,
) -> None:
    """Play SCRIPT in the scenario ID, and grade the result.

    SCRIPT contains AWS CLI commands, or is a hand-in. ID can also be the path of a scenario's folder.

    Exit codes: 0 passed, 1 not passed yet, 2 the script or the scenario can't be read.

    \b
    Example: coffeeshop run 05 answer.sh
    """
    check_no_exam_here()
    id = path_of_name(id)
    # The scenario's own problems end the command here.
    scenario_in_folder(find(id, extra), variant or 0)
    task_template = Task(
        name="",
        content=b"",
        scenario=id,
        scenarios_folder=extra,
        counts_permissions=sizes,
        needed_stars=need,
        variant=variant,
        may_read_answer=True,
    )
    (task,) = _read_tasks([FileToGrade(script.name, script)], task_template, Register(), {})
    graded = judge(task, lambda: None)
    click.echo(
        FORMATS[form].write_one(graded, points),
        nl=False,
        err=form == "text" and graded.exit_code == UNUSABLE_INPUT,
    )
    raise SystemExit(graded.exit_code)


# ----------------------------------------------------------------------- grade
def _print_schema(
    context: click.Context, _option: click.Parameter, is_requested: bool
) -> None:
    """Print the report's JSON schema and end the command, if --schema was given."""
    if is_requested:
        click.echo(json.dumps(report_schema(), indent=2))
        context.exit()


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|DIR..."
)
@_format_option([*FORMATS, *GRADEBOOKS])
@click.option(
    "--out",
    "into",
    metavar="FILE|DIR/",
    help="A file, or - for standard output. If the name ends in /, a folder with a file for each report.",
)
@roster_option("Class roster (CSV), to match hand-ins to learners and list who is missing.")
@click.option(
    "--submitter",
    "submitter_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file in which an autograder names the submitter. Only that person's own variants are graded.",
)
@DUE_OPTION
@click.option(
    "--column",
    default="",
    help="The assignment's name in the gradebook (default: the scenario's title).",
)
@click.option(
    "--best",
    is_flag=True,
    help="Write only one report, for the best hand-in, as an autograder does.",
)
@click.option(
    "--pseudonyms",
    is_flag=True,
    help="Show learners only by the pseudonyms in the roster.",
)
@POINTS_OPTION
@NEED_OPTION
@SIZES_OPTION
@click.option(
    "--schema", is_flag=True, is_eager=True, expose_value=False, callback=_print_schema,
    help="Print the JSON schema of --format json, and exit.",
)  # fmt: skip
@click.option(
    "--accept-digest",
    is_flag=True,
    help="Also grade hand-ins that were played in another version of the scenario.",
)
@click.option(
    "--scenario",
    "id",
    default="",
    help="The scenario's id, or the path of its folder. It is needed to grade scripts.",
)
@VARIANT_OPTION
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=lambda: os.cpu_count() or 1,
    help="The number of processes to use.",
)
@CLUSTER_OPTION
@RESUME_OPTION
@SCENARIOS_OPTION
def grade(
    files: tuple[Path, ...],
    form: str,
    into: str | None,
    roster_path: Path | None,
    submitter_path: Path | None,
    due: datetime | None,
    column: str,
    best: bool,
    pseudonyms: bool,
    points: float,
    need: int,
    sizes: bool,
    accept_digest: bool,
    id: str,
    variant: int | None,
    jobs: int,
    cluster: str | None,
    journal: Path | None,
    extra: Path | None,
) -> None:
    """Grade hand-ins: files, folders, or zip files from Canvas, Moodle and Brightspace.

    With --scenario, it also grades scripts. A hand-in is recognized by its first line, so it can have any file name.
    Skipped files are listed. A hand-in that can't be graded doesn't stop the others. With --roster, the output also says
    who is missing, who is late, and which of a learner's hand-ins is best. The formats canvas, moodle and brightspace
    write a gradebook that you can import.

    Exit codes: 0 every hand-in passed, 1 one hasn't passed yet, 2 one can't be graded, 3 a bug in Coffeeshop.

    \b
    Example: coffeeshop grade submissions.zip --format csv --out reports.csv
    """
    check_no_exam_here()
    if submitter_path is None:
        note_roster_file(roster_path, "grade", "class grade")
    if id:
        id = path_of_name(id)
        scenario_in_folder(find(id, extra), variant or 0)
    register = _build_register(roster_path, submitter_path, due, pseudonyms, form)
    pieces = _collect_files(files, bool(id), register, SCRIPT_HELP)
    codes = {0 if pieces else UNUSABLE_INPUT}
    task_template = Task("", b"", id, extra, accept_digest, sizes, need, variant)
    is_single_hand_in = len(files) == 1 and not is_folder(files[0]) and len(pieces) == 1
    target = ReportWriter(form, points, into, pieces, is_single_hand_in, best, column)
    seconds_by_archive: dict[str, float] = {}
    scenarios = (*folders(extra), *([find(id, extra)] if id else []))
    with (
        workers(max(1, min(jobs, len(pieces))), cluster, journal, scenarios) as grading,
        closing(
            grading(_read_tasks(pieces, task_template, register, seconds_by_archive))
        ) as results,
        closing(
            show_progress(
                _grade_tasks(results, codes, register, seconds_by_archive),
                len(pieces),
                "graded",
            )
        ) as reports,
    ):
        codes |= target.write(reports, register)
    # With a submitter, one submission is graded. Its output must not name other learners.
    if not submitter_path:
        _print_class_results(register, err=form != "text" or target.out is not None)
    raise SystemExit(max(codes))


def _build_register(
    roster_path: Path | None,
    submitter_path: Path | None,
    due: datetime | None,
    use_pseudonyms: bool,
    form: str,
) -> Register:
    """Return the register in which the grades of this run are noted.

    Without a roster it knows no learners. Raise click.UsageError if an option needs a roster.
    """
    if roster_path is None:
        if use_pseudonyms:
            option_in_need = "--pseudonyms"
        elif form in GRADEBOOKS:
            option_in_need = f"--format {form}"
        else:
            option_in_need = ""
        if option_in_need:
            raise click.UsageError(
                f"{option_in_need} needs the class's roster: add --roster FILE"
            )
        return Register(
            None,
            due,
            submitters=read_submitters(submitter_path, None) if submitter_path else None,
            now=wall_clock(),
        )
    roster = read_class_roster(roster_path, use_pseudonyms)
    kept = kept_class_named(roster_path)
    return Register(
        roster,
        due,
        use_pseudonyms,
        read_submitters(submitter_path, roster) if submitter_path else None,
        now=wall_clock(),
        accepted_variants=kept.accepted_variants if kept else None,
    )


def _print_class_results(register: Register, err: bool) -> None:
    """Print each learner's result, then the hand-ins of unknown learners and those that look alike."""
    for line in register.lateness_lines():
        click.echo(escape_line(line), err=err)
    for result in register.results():
        click.echo(escape_line(str(result)), err=err)
    for stranger in register.files_without_owner:
        click.echo(escape_line(f"Unknown learner: {stranger}"), err=True)
    for likeness in register.likenesses():
        click.echo(escape_line(f"Similar hand-ins: {likeness}"), err=True)


# --------------------------------------------------------------------- reading
def _collect_files(
    files: Iterable[Path], scripts: bool, register: Register, script_help: str
) -> list[FileToGrade]:
    """Return the files to grade, in order. Print which files were skipped and why.

    `script_help` ends the reason why a script is skipped.
    """
    files_to_grade = list[FileToGrade]()
    passed_over = list[PassedOver]()
    for finding in collect_files(files, scripts):
        match finding:
            case FileToGrade():
                files_to_grade.append(finding)
            case PassedOver(name, why):
                reason = f"{why}{script_help}" if why == SCRIPT_REASON else why
                passed_over.append(PassedOver(name, reason))
                register.pass_over(name)
            case NothingToGrade(file):
                mend = f"the name of a hand-in ends in {HAND_IN_SUFFIX}"
                if script_help:
                    mend = f"{mend}; to grade scripts (their names end in {SCRIPT_SUFFIX}), add --scenario"
                print_problems(
                    [command_problem("nothing", f"there is no hand-in in {file}", mend)]
                )
    for line in _passed_over_lines(passed_over):
        click.echo(escape_line(line), err=True)
    if passed_over:
        seen_text = count_noun(len(passed_over) + len(files_to_grade), "file")
        click.echo(
            f"found {seen_text}: {len(files_to_grade)} to grade, {len(passed_over)} skipped",
            err=True,
        )
    return files_to_grade


def collect_hand_ins(files: Iterable[Path]) -> list[FileToGrade]:
    """Return the hand-ins in files, folders and archives, in order. Print which files were skipped and why."""
    return _collect_files(files, False, Register(), "")


def _passed_over_lines(passed: Sequence[PassedOver]) -> Iterator[str]:
    """Yield a line for each of the first LISTED skipped files, then one for each common reason of the others."""
    for entry in passed[:MAX_FILES_LISTED]:
        yield _shorten_line(f"skipped: {entry.name}: it {entry.reason}")
    reasons = Counter(entry.reason for entry in passed[MAX_FILES_LISTED:]).most_common()
    for reason, count in reasons[:MAX_FILES_LISTED]:
        yield _shorten_line(
            f"skipped: {count_noun(count, 'more file')}, each because it {reason}"
        )
    if others_count := sum(count for _, count in reasons[MAX_FILES_LISTED:]):
        yield f"skipped: {count_noun(others_count, 'more file')}, for other reasons"


def _shorten_line(line: str) -> str:
    """Return a line cut to LONGEST_LINE characters: a file's name can be of any length."""
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[:LONGEST_LINE]}…"


def _read_tasks(
    files: Iterable[FileToGrade],
    task_template: Task,
    register: Register,
    seconds_by_archive: Mapping[str, float],
) -> Iterator[Task]:
    """Yield a task for each file to grade. A file is read only when its turn comes.

    `task_template` has the settings of this run. `seconds_by_archive` has the processor
    time that each learner's archive took so far. If one took more than BUNDLE_SECONDS, its
    other files aren't read, and their tasks carry that problem in place of data: one
    hand-in can't hold up the class.
    """
    with closing(FileReader()) as reader:
        for number, piece in enumerate(files, 1):
            task = register.with_owners(
                replace(task_template, name=piece.name, limits_key=piece.limits_key),
                number,
            )
            if seconds_by_archive.get(piece.limits_key, 0) > BUNDLE_SECONDS:
                yield replace(task, content=(TOOK_TOO_LONG,))
                continue
            try:
                yield replace(task, content=reader.read(piece))
            except Problems as found:
                problems = (
                    replace(problem, text=problem.text.replace(str(piece.path), task.name))
                    for problem in found.problems
                )
                yield replace(task, content=tuple(problems))


def _grade_tasks(
    results: Iterable[tuple[Task, Graded | Failed]],
    codes: set[int],
    register: Register,
    seconds_by_archive: MutableMapping[str, float],
) -> Generator[Graded]:
    """Enter every result in the register and yield its report, in order.

    Exit codes are added to `codes`, and processor times to `seconds_by_archive`.
    """
    for task, result in results:
        if task.limits_key:
            if isinstance(result, Failed):
                seconds = MAX_PROCESSOR_SECONDS
            else:
                seconds = result.seconds
            seconds_by_archive[task.limits_key] = (
                seconds_by_archive.get(task.limits_key, 0) + seconds
            )
        graded = register.record_grade(
            task, failed_report(task, result) if isinstance(result, Failed) else result
        )
        codes.add(graded.exit_code)
        yield graded


def failed_report(task: Task, failed: Failed) -> Graded:
    """Return the report of a hand-in whose grading failed: by our own error, or because it
    took too long.
    """
    if failed.is_our_fault:
        fix = "please report this with the file"
    else:
        fix = "most plays have a few hundred calls and take less than a second"
    problem = Problem(Level.ERROR, "failed", Place(), f"it {failed.reason}", fix)
    return ungradable_report(
        task, problem, status="error" if failed.is_our_fault else "ungradable"
    )
