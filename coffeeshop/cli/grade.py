"""`coffeeshop run` and `coffeeshop grade`: one script, or any number of hand-ins, played and graded.

Exit codes: 0 passed, 1 not yet, 2 ungradable or a wrong command line, 3 our own error; of several the highest.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from coffeeshop.classroom.collect import SCRIPT, Nothing, PassedOver, Piece, Reader, collected
from coffeeshop.classroom.formats import FORMATS
from coffeeshop.classroom.judge import Graded, Task, judge, refused, scenario_of
from coffeeshop.classroom.pool import Failed, each
from coffeeshop.cli.options import SCENARIOS, VARIANT
from coffeeshop.cli.output import located
from coffeeshop.cli.problems import UNUSABLE, complain, error
from coffeeshop.cli.reports import names_a_folder, unwritable, write_each, write_together
from coffeeshop.harmless import escaped_line
from coffeeshop.lessons.grading.report_document import schema
from coffeeshop.lessons.play.handin import SUFFIX
from coffeeshop.lessons.scenario.find import find
from coffeeshop.policy.model import Level, Place, Problem, Problems
from coffeeshop.views.text import counted

SECONDS = 10.0  # of work on one hand-in, at most
FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS]),
    default="text",
    show_default=True,
    help="How reports are written.",
)
NEED = click.option("--need", type=click.IntRange(0, 3), default=3, show_default=True, help="Stars that pass.")
SIZES = click.option("--sizes", is_flag=True, help="Count what each person holds, needs, and holds beyond that.")


# ------------------------------------------------------------------------- run
@click.command()
@click.argument("id")
@click.argument("script", type=click.Path(path_type=Path))
@FORMAT
@NEED
@SIZES
@VARIANT
@SCENARIOS
def run(id: str, script: Path, form: str, need: int, sizes: bool, variant: int | None, extra: Path | None) -> None:
    """Play SCRIPT (AWS CLI lines, or a hand-in) in scenario ID (or the path of a scenario's folder) and grade it.

    Exit code 0: passed; 1: not yet; 2: the script or the scenario cannot be read.
    """
    id = located(id)
    scenario_of(find(id, extra), variant or 0)  # whose own problems end the command here
    (task,) = _tasks([Piece(script.name, script)], Task("", b"", id, extra, sizes=sizes, need=need, variant=variant))
    graded = judge(task, lambda: None)
    click.echo(FORMATS[form].one(graded), nl=False, err=form == "text" and graded.code == UNUSABLE)
    raise SystemExit(graded.code)


# ----------------------------------------------------------------------- grade
def _print_schema(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print the schema, where it was asked for, and end the command."""
    if wanted:
        click.echo(json.dumps(schema(), indent=2))
        context.exit()


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|DIR...")
@FORMAT
@click.option(
    "--out", "into", metavar="FILE|DIR/", help="A file; or a folder (made, if it ends in /): one report each."
)
@NEED
@SIZES
@click.option(
    "--schema", is_flag=True, is_eager=True, expose_value=False, callback=_print_schema,
    help="Print the JSON schema of --format json, and do nothing else.",
)  # fmt: skip
@click.option("--accept-digest", is_flag=True, help="Grade what was played in another version of its scenario.")
@click.option("--scenario", "id", default="", help="Which scenario: for scripts, or one that lies anywhere.")
@VARIANT
@click.option("--jobs", type=click.IntRange(1, 256), default=lambda: os.cpu_count() or 1, help="Processes at work.")
@SCENARIOS
def grade(
    files: tuple[Path, ...],
    form: str,
    into: str | None,
    need: int,
    sizes: bool,
    accept_digest: bool,
    id: str,
    variant: int | None,
    jobs: int,
    extra: Path | None,
) -> None:
    """Grade hand-ins (NAME.handin.jsonl), folders of them, or scripts of AWS CLI lines (with --scenario).

    Each is replayed in a process of its own time; one that cannot be graded costs nothing, and the others are graded.
    With --variant, scripts are played in it, and hand-ins of another variant cannot be graded.
    Exit code 0: all passed; 1: one did not yet; 2: one cannot be graded; 3: our own error.
    """
    if id:
        id = located(id)
        scenario_of(find(id, extra), variant or 0)
    out = Path(into) if into else None
    format = FORMATS[form]
    pieces = _pieces(files, bool(id))
    alone = len(files) == 1 and not files[0].is_dir() and len(pieces) == 1
    if not alone and format.many is None and out is None:
        raise click.UsageError(f"{form} writes a file for each hand-in: add --out FOLDER/")
    asked = Task("", b"", id, extra, accept_digest, sizes, need, variant)
    codes = {0 if pieces else UNUSABLE}
    with closing(_graded(_tasks(pieces, asked), len(pieces), min(jobs, len(pieces)), codes)) as reports:
        try:
            if out is not None and (names_a_folder(out, into) or (format.many is None and not alone)):
                write_each(out, reports, format)
            else:
                write_together(out, {os.path.realpath(piece.path) for piece in pieces}, format, reports, alone)
        except OSError as wrong:
            if out is None:
                raise  # standard output's, which every command treats alike
            complain([unwritable(out, wrong)])
            codes.add(UNUSABLE)
    raise SystemExit(max(codes))


# --------------------------------------------------------------------- reading
def _pieces(files: Iterable[Path], scripts: bool) -> list[Piece]:
    """Returns what is to be graded, in order; what was passed over is told, each with its reason."""
    pieces, passed = list[Piece](), 0
    for found in collected(files, scripts):
        match found:
            case Piece():
                pieces.append(found)
            case PassedOver(name, why):
                passed += 1
                click.echo(escaped_line(f"passed over: {name}: it {why}"), err=True)
            case Nothing(file):
                mend = f"hand-ins end in {SUFFIX}; scripts in {SCRIPT}, and need --scenario"
                complain([error("nothing", f"there is no hand-in in {file}", mend)])
    if passed:
        said = f"{counted(passed + len(pieces), 'file')} seen: {len(pieces)} to be graded, {passed} passed over"
        click.echo(said, err=True)
    return pieces


def _tasks(pieces: Iterable[Piece], asked: Task) -> Iterator[Task]:
    """Yields a task for each piece, read when its turn has come."""
    with closing(Reader()) as reader:
        for piece in pieces:
            try:
                handed = reader.data(piece)
            except Problems as found:
                handed = found.problems
            yield replace(asked, name=piece.name, handed=handed)


def _graded(tasks: Iterable[Task], total: int, hands: int, codes: set[int]) -> Generator[Graded]:
    """Yields every task's report, in order; their exit codes are added to `codes`, and how far it is of the total is shown
    on a terminal.
    """
    shown = sys.stderr is not None and sys.stderr.isatty() and total > 1
    for number, (task, result) in enumerate(each(judge, tasks, hands, SECONDS), 1):
        graded = _failed(task, result) if isinstance(result, Failed) else result
        codes.add(graded.code)
        if shown:
            click.echo(f"\r{number} of {total} graded ", nl=number == total, err=True)
        yield graded


def _failed(task: Task, failed: Failed) -> Graded:
    mend = "please report it, with the file" if failed.ours else "a play of a few hundred calls takes less than one"
    problem = Problem(Level.ERROR, "failed", Place(), f"it {failed.said}", mend)
    return refused(task, problem, status="error" if failed.ours else "ungradable")
