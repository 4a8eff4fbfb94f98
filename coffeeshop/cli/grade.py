"""`coffeeshop run` and `coffeeshop grade`: one script, or any number of hand-ins, played and graded.

Exit codes: 0 passed, 1 not yet, 2 ungradable or a wrong command line, 3 our own error; of several the highest.
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
    SCRIPT,
    Nothing,
    PassedOver,
    Piece,
    Reader,
    collect_files,
)
from coffeeshop.classroom.formats import FORMATS, GRADEBOOKS
from coffeeshop.classroom.judge import Graded, Task, judge, scenario_of, ungradable_report
from coffeeshop.classroom.pool import SECONDS, Failed
from coffeeshop.classroom.register import Register
from coffeeshop.classroom.submitters import read_submitters
from coffeeshop.cli.options import DUE, POINTS, SCENARIOS, VARIANT, Decorated, of_class
from coffeeshop.cli.output import counted_off, path_of_name
from coffeeshop.cli.problems import UNUSABLE, complain, error
from coffeeshop.cli.reports import Target
from coffeeshop.cli.roster import take_class
from coffeeshop.cli.workers import CLUSTER, RESUME, workers
from coffeeshop.files import is_folder
from coffeeshop.harmless import escape_line
from coffeeshop.lessons.grading.report_schema import report_schema
from coffeeshop.lessons.play.handin import SUFFIX
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.policy.model import Level, Place, Problem, Problems
from coffeeshop.views.text import count_noun

LISTED = 20  # lines at most about files that were passed over, and about the reasons of the others
LONGEST_LINE = 300  # characters of one
BUNDLE_SECONDS = 60.0  # of processor time for all that one learner packed together
TOOK_TOO_LONG = error(
    "too-slow",
    f"the files that were packed with it took more than {BUNDLE_SECONDS:g} seconds of work",
    "unpack the archive, and grade this file by itself",
)


def _format(forms: Iterable[str]) -> Callable[[Decorated], Decorated]:
    return click.option(
        "--format",
        "form",
        type=click.Choice([*forms]),
        default="text",
        show_default=True,
        help="How reports are written.",
    )


NEED = click.option(
    "--need",
    type=click.IntRange(0, 3),
    default=3,
    show_default=True,
    help="Stars that pass.",
)
SIZES = click.option(
    "--sizes",
    is_flag=True,
    help="Count what each person holds, needs, and holds beyond that.",
)


# ------------------------------------------------------------------------- run
@click.command()
@click.argument("id")
@click.argument("script", type=click.Path(path_type=Path))
@_format(FORMATS)
@POINTS
@NEED
@SIZES
@VARIANT
@SCENARIOS
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
    """Play SCRIPT (AWS CLI lines, or a hand-in) in scenario ID (or the path of a scenario's folder) and grade it.

    Exit code 0: passed; 1: not yet; 2: the script or the scenario cannot be read.
    """
    id = path_of_name(id)
    scenario_of(
        find(id, extra), variant or 0
    )  # the scenario's own problems end the command here
    task_template = Task(
        "", b"", id, extra, sizes=sizes, need=need, variant=variant, whole_folder=True
    )
    (task,) = _tasks([Piece(script.name, script)], task_template, Register(), {})
    graded = judge(task, lambda: None)
    click.echo(
        FORMATS[form].write_one(graded, points),
        nl=False,
        err=form == "text" and graded.code == UNUSABLE,
    )
    raise SystemExit(graded.code)


# ----------------------------------------------------------------------- grade
def _print_schema(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print the schema, where it was asked for, and end the command."""
    if wanted:
        click.echo(json.dumps(report_schema(), indent=2))
        context.exit()


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|DIR..."
)
@_format([*FORMATS, *GRADEBOOKS])
@click.option(
    "--out",
    "into",
    metavar="FILE|DIR/",
    help="A file; or a folder (made, if it ends in /): one report each; - for standard output.",
)
@of_class("The class (CSV): who is missing, whose is what.")
@click.option(
    "--submitter",
    "beside",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What an autograder's system says of who submitted: only their own variants are graded.",
)
@DUE
@click.option(
    "--column",
    default="",
    help="How the gradebook calls it; else as the scenario is called.",
)
@click.option(
    "--best",
    is_flag=True,
    help="Write one report: that of the best of them, as an autograder does.",
)
@click.option(
    "--pseudonyms",
    is_flag=True,
    help="Call learners as the roster's column pseudonym does, everywhere.",
)
@POINTS
@NEED
@SIZES
@click.option(
    "--schema", is_flag=True, is_eager=True, expose_value=False, callback=_print_schema,
    help="Print the JSON schema of --format json, and do nothing else.",
)  # fmt: skip
@click.option(
    "--accept-digest",
    is_flag=True,
    help="Grade what was played in another version of its scenario.",
)
@click.option(
    "--scenario",
    "id",
    default="",
    help="Which scenario: for scripts, or one that lies anywhere.",
)
@VARIANT
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=lambda: os.cpu_count() or 1,
    help="Processes at work.",
)
@CLUSTER
@RESUME
@SCENARIOS
def grade(
    files: tuple[Path, ...],
    form: str,
    into: str | None,
    list_of: Path | None,
    beside: Path | None,
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
    """Grade hand-ins: files, folders, zip files as Canvas, Moodle and Brightspace make them; scripts with --scenario.

    A hand-in is known by how it begins, whatever it is called; what is passed over is told. Each is replayed in a process
    of its own time; one that cannot be graded costs nothing, and the others are graded. With --roster, it is told who is
    missing, late, and which of several tries is best; canvas, moodle and brightspace write a gradebook to import.
    Exit code 0: all passed; 1: one did not yet; 2: one cannot be graded; 3: our own error.
    """
    if id:
        id = path_of_name(id)
        scenario_of(find(id, extra), variant or 0)
    register = _register(list_of, beside, due, pseudonyms, form)
    pieces = _pieces(files, bool(id), register)
    codes = {0 if pieces else UNUSABLE}
    task_template = Task("", b"", id, extra, accept_digest, sizes, need, variant)
    alone = len(files) == 1 and not is_folder(files[0]) and len(pieces) == 1
    target = Target(form, points, into, pieces, alone, best, column)
    spent: dict[str, float] = {}
    scenarios = (*folders(extra), *([find(id, extra)] if id else []))
    with (
        workers(max(1, min(jobs, len(pieces))), cluster, journal, scenarios) as grading,
        closing(grading(_tasks(pieces, task_template, register, spent))) as results,
        closing(
            counted_off(
                _grade_tasks(results, codes, register, spent), len(pieces), "graded"
            )
        ) as reports,
    ):
        codes |= target.write(reports, register)
    if not beside:  # else it is one submission's grading, which tells nothing of others
        _tell(register, err=form != "text" or target.out is not None)
    raise SystemExit(max(codes))


def _register(
    list_of: Path | None, path: Path | None, due: datetime | None, veiled: bool, form: str
) -> Register:
    """Returns the register of the class; what is odd in its roster is told."""
    if list_of is None:
        if veiled:
            needs = "--pseudonyms"
        elif form in GRADEBOOKS:
            needs = f"--format {form}"
        else:
            needs = ""
        if needs:
            raise click.UsageError(f"{needs} needs the class: add --roster FILE")
        return Register(None, due, submitters=read_submitters(path, None) if path else None)
    roster = take_class(list_of, veiled)
    return Register(roster, due, veiled, read_submitters(path, roster) if path else None)


def _tell(register: Register, err: bool) -> None:
    """Tell what each learner came to, whose hand-ins are nobody's, and which are alike."""
    for line in register.lateness_told():
        click.echo(escape_line(line), err=err)
    for result in register.results():
        click.echo(escape_line(str(result)), err=err)
    for stranger in register.strangers:
        click.echo(escape_line(f"nobody's: {stranger}"), err=True)
    for likeness in register.likenesses():
        click.echo(escape_line(f"alike: {likeness}"), err=True)


# --------------------------------------------------------------------- reading
def _pieces(files: Iterable[Path], scripts: bool, register: Register) -> list[Piece]:
    """Return what is to be graded, in order. What was passed over is told: the first files each with its reason, the others
    summed up by reason.
    """
    pieces = list[Piece]()
    passed = list[PassedOver]()
    for finding in collect_files(files, scripts):
        match finding:
            case Piece():
                pieces.append(finding)
            case PassedOver(name):
                passed.append(finding)
                register.pass_over(name)
            case Nothing(file):
                mend = f"hand-ins end in {SUFFIX}; scripts in {SCRIPT}, and need --scenario"
                complain([error("nothing", f"there is no hand-in in {file}", mend)])
    for line in _list_passed_over(passed):
        click.echo(escape_line(line), err=True)
    if passed:
        seen = count_noun(len(passed) + len(pieces), "file")
        click.echo(
            f"{seen} seen: {len(pieces)} to be graded, {len(passed)} passed over", err=True
        )
    return pieces


def _list_passed_over(passed: Sequence[PassedOver]) -> Iterator[str]:
    """Yield a line for each of the first files, then one for each of the commonest reasons of the others."""
    for entry in passed[:LISTED]:
        yield _cut(f"passed over: {entry.name}: it {entry.why}")
    reasons = Counter(entry.why for entry in passed[LISTED:]).most_common()
    for reason, count in reasons[:LISTED]:
        yield _cut(f"passed over: {count_noun(count, 'more file')}: it {reason}")
    if others_count := sum(count for _, count in reasons[LISTED:]):
        yield f"passed over: {count_noun(others_count, 'more file')}, for other reasons"


def _cut(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[:LONGEST_LINE]}…"


def _tasks(
    pieces: Iterable[Piece],
    task_template: Task,
    register: Register,
    spent: Mapping[str, float],
) -> Iterator[Task]:
    """Yields a task for each piece, read when its turn has come. `spent` are the seconds that each bundle took so far: of one
    that took too many, the rest isn't read.
    """
    with closing(Reader()) as reader:
        for number, piece in enumerate(pieces, 1):
            task = register.task(
                replace(task_template, name=piece.name, bundle=piece.bundle), number
            )
            if spent.get(piece.bundle, 0) > BUNDLE_SECONDS:
                yield replace(task, handed=(TOOK_TOO_LONG,))
                continue
            try:
                yield replace(task, handed=reader.data(piece))
            except Problems as found:
                problems = (
                    replace(problem, text=problem.text.replace(str(piece.path), task.name))
                    for problem in found.problems
                )
                yield replace(task, handed=tuple(problems))


def _grade_tasks(
    results: Iterable[tuple[Task, Graded | Failed]],
    codes: set[int],
    register: Register,
    spent: MutableMapping[str, float],
) -> Generator[Graded]:
    """Yields every task's report, in order and registered; their exit codes are added to `codes`, and the seconds that they
    took to those that their bundle `spent`.
    """
    for task, result in results:
        if task.bundle:
            if isinstance(result, Failed):
                seconds = SECONDS
            else:
                seconds = result.seconds
            spent[task.bundle] = spent.get(task.bundle, 0) + seconds
        graded = register.note(
            task, _failed_report(task, result) if isinstance(result, Failed) else result
        )
        codes.add(graded.code)
        yield graded


def _failed_report(task: Task, failed: Failed) -> Graded:
    if failed.ours:
        mend = "please report it, with the file"
    else:
        mend = "a play of a few hundred calls takes less than one"
    problem = Problem(Level.ERROR, "failed", Place(), f"it {failed.said}", mend)
    return ungradable_report(task, problem, status="error" if failed.ours else "ungradable")
