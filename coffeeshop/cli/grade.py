"""`coffeeshop run` and `coffeeshop grade`: one script, or any number of hand-ins, played and graded.

Exit codes: 0 passed, 1 not yet, 2 ungradable or a wrong command line, 3 our own error; of several the highest.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import click

from coffeeshop.classroom.formats import FORMATS, Format, brief
from coffeeshop.classroom.judge import SCRIPT, Graded, Task, judge, refused, scenario_of
from coffeeshop.classroom.pool import Failed, each
from coffeeshop.cli.options import SCENARIOS, VARIANT
from coffeeshop.cli.output import located
from coffeeshop.cli.problems import UNUSABLE, complain
from coffeeshop.files import write_whole
from coffeeshop.harmless import is_hidden
from coffeeshop.lessons.grading.report_document import schema
from coffeeshop.lessons.play.handin import SUFFIX
from coffeeshop.lessons.scenario.find import find
from coffeeshop.policy.model import Level, Place, Problem

SECONDS = 10.0  # of work on one hand-in, at most
LONGEST = 120  # bytes of a report's name, of which the end tells more
SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))
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
    graded = judge(Task(script.name, script, id, extra, sizes=sizes, need=need, variant=variant), lambda: None)
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
    format, alone = FORMATS[form], len(files) == 1 and not files[0].is_dir()
    if not alone and format.many is None and out is None:
        raise click.UsageError(f"{form} writes a file for each hand-in: add --out FOLDER/")
    tasks = [Task(str(path), path, id, extra, accept_digest, sizes, need, variant) for path in _paths(files, bool(id))]
    codes = {0 if tasks else UNUSABLE}
    with closing(_graded(tasks, min(jobs, len(tasks)), codes)) as reports:
        try:
            if out is not None and (_names_a_folder(out, into) or (format.many is None and not alone)):
                _write_each(out, reports, format)
            else:
                _write(out, tasks, format, reports, alone)
        except OSError as error:
            if out is None:
                raise  # standard output's, which every command treats alike
            complain([_unwritable(out, error)])
            codes.add(UNUSABLE)
    raise SystemExit(max(codes))


def _names_a_folder(out: Path, into: str | None) -> bool:
    """Tells whether --out names a folder: one that is there, or one to be made."""
    return out.is_dir() or str(into).endswith(SEPARATORS)


# --------------------------------------------------------------------- reading
def _paths(files: Iterable[Path], scripts: bool) -> Iterator[Path]:
    """Yields the files to grade, each once: those that are named, and the hand-ins (and scripts) below a folder. A link
    is one by itself: what it leads to is not read, and keeps its own report.
    """
    seen: set[Path] = set()
    for file in files:
        found = [file]
        if file.is_dir():
            endings = (SUFFIX, SCRIPT) if scripts else (SUFFIX,)
            found = sorted(path for path in file.rglob("*") if path.name.endswith(endings) and not _is_folder(path))
        if not found:
            mend = f"hand-ins end in {SUFFIX}; scripts in {SCRIPT}, and need --scenario"
            complain([Problem(Level.ERROR, "nothing", Place(), f"there is no hand-in in {file}", mend)])
        for path in found:
            where = Path(os.path.realpath(path.parent)) / path.name
            if where not in seen:
                seen.add(where)
                yield path


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _graded(tasks: list[Task], hands: int, codes: set[int]) -> Generator[Graded]:
    """Every task's report, in order; their exit codes are added to `codes`, and how far it is shown on a terminal."""
    shown = sys.stderr is not None and sys.stderr.isatty() and len(tasks) > 1
    for number, (task, result) in enumerate(each(judge, tasks, hands, SECONDS), 1):
        graded = _failed(task, result) if isinstance(result, Failed) else result
        codes.add(graded.code)
        if shown:
            click.echo(f"\r{number} of {len(tasks)} graded ", nl=number == len(tasks), err=True)
        yield graded


def _failed(task: Task, failed: Failed) -> Graded:
    mend = "please report it, with the file" if failed.ours else "a play of a few hundred calls takes less than one"
    problem = Problem(Level.ERROR, "failed", Place(), f"it {failed.said}", mend)
    return refused(task, problem, status="error" if failed.ours else "ungradable")


# --------------------------------------------------------------------- writing
def _write(out: Path | None, tasks: list[Task], format: Format, reports: Iterable[Graded], alone: bool) -> None:
    """Everything to standard output, or to one file; piece by piece, so that what is graded is written."""
    if out is not None and os.path.realpath(out) in {os.path.realpath(task.path) for task in tasks}:
        raise click.UsageError(f"{out} is a hand-in: reports need another file")
    with ExitStack() as stack:
        stream = None if out is None else stack.enter_context(out.open("w", encoding="utf-8", newline="\n"))
        pieces = map(format.one, reports) if alone or format.many is None else format.many(reports)
        for piece in pieces:
            click.echo(piece, file=stream, nl=False)


def _write_each(out: Path, reports: Iterable[Graded], format: Format) -> None:
    """A file for each into a folder, and a line for each to standard output."""
    out.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for graded in reports:
        stem = _stem(graded.name)
        names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
        name = next(name for name in names if name.lower() not in taken)
        taken.add(name.lower())
        write_whole(out / f"{name}{format.suffix}", format.one(graded))
        click.echo("".join(brief([graded])), nl=False)


def _stem(name: str) -> str:
    """Returns the path of a hand-in as one file's name: class/anna/05.handin.jsonl -> class-anna-05. What cannot be shown
    in it becomes an underscore, since the folder of reports is listed, too.
    """
    parts = [part for part in Path(name).parts if part.strip("./\\")]
    stem = "-".join(parts).removesuffix(SUFFIX).removesuffix(SCRIPT)
    shown = "".join("_" if character in "\n\t" or is_hidden(character) else character for character in stem)
    return shown.encode()[-LONGEST:].decode(errors="ignore") or "report"


def _unwritable(out: Path, error: OSError) -> Problem:
    said = f"{out} cannot be written: {error.strerror or error}"
    return Problem(Level.ERROR, "unwritable", Place(), said, "name a file or folder with --out that can be")
