"""Where reports are written: to standard output, to one file, or one each into a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import click

from coffeeshop.classroom.collect import NAMED, SCRIPT
from coffeeshop.classroom.formats import Format, brief
from coffeeshop.classroom.judge import Graded
from coffeeshop.cli.problems import error
from coffeeshop.files import write_whole
from coffeeshop.harmless import is_hidden
from coffeeshop.policy.model import Problem

LONGEST = 120  # bytes of a report's name, of which the end tells more
SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


def names_a_folder(out: Path, into: str | None) -> bool:
    """Tells whether --out names a folder: one that is there, or one to be made."""
    return out.is_dir() or str(into).endswith(SEPARATORS)


def write_together(out: Path | None, handed: set[str], format: Format, reports: Iterable[Graded], alone: bool) -> None:
    """Write everything to standard output, or to one file that is none of those `handed` in; piece by piece, so that what
    is graded is written.
    """
    if out is not None and os.path.realpath(out) in handed:
        raise click.UsageError(f"{out} is a hand-in: reports need another file")
    with ExitStack() as stack:
        stream = None if out is None else stack.enter_context(out.open("w", encoding="utf-8", newline="\n"))
        pieces = map(format.one, reports) if alone or format.many is None else format.many(reports)
        for piece in pieces:
            click.echo(piece, file=stream, nl=False)


def write_each(out: Path, reports: Iterable[Graded], format: Format) -> None:
    """Write a file for each into a folder, and a line for each to standard output."""
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
    *folders, last = Path(name).parts or ("",)
    parts = (*folders, NAMED.split(last)[0].removesuffix(SCRIPT))
    stem = "-".join(part for part in parts if part.strip("./\\"))
    shown = "".join("_" if character in "\n\t\\" or is_hidden(character) else character for character in stem)
    return shown.encode()[-LONGEST:].decode(errors="ignore") or "report"


def unwritable(out: Path, wrong: OSError) -> Problem:
    """Returns the Problem of a file or folder that takes nothing."""
    said = f"{out} cannot be written: {wrong.strerror or wrong}"
    return error("unwritable", said, "name a file or folder with --out that can be")
