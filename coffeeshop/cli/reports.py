"""Where reports are written: to standard output, to one file, or one each into a folder."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from coffeeshop.classroom.collect import NAMED, SCRIPT, Piece
from coffeeshop.classroom.formats import FORMATS, GRADEBOOKS, brief
from coffeeshop.classroom.judge import Graded, Task, ungradable_report
from coffeeshop.classroom.register import Register
from coffeeshop.cli.problems import UNUSABLE, complain, error, unwritable
from coffeeshop.files import is_folder, make_folder, open_output, write_whole
from coffeeshop.harmless import is_hidden
from coffeeshop.lessons.play.handin import SUFFIX
from coffeeshop.policy.problem import Problems

LONGEST = 120  # bytes of a report's name, of which the end tells more
SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


class Target:
    """Knows where reports go: to standard output, to one file, or one each `into` a folder. `alone` tells whether they are of
    one hand-in that was named, `best` whether only the best of them is wanted, `column` how a gradebook calls the scenario.
    Raises click.UsageError where that cannot be.
    """

    def __init__(
        self,
        form: str,
        points: float,
        into: str | None,
        handed: Sequence[Piece],
        alone: bool,
        best: bool,
        column: str,
    ) -> None:
        self.form = form
        self.points = points
        self.alone = alone or best
        self.best = best
        self.column = column
        if column and form not in GRADEBOOKS:
            raise click.UsageError(f"--column names a gradebook's, and {form} is none")
        if best and form in GRADEBOOKS:
            raise click.UsageError(
                f"{form} has the best of each learner anyway: leave --best out"
            )
        self.out = Path(into) if into and into != "-" else None
        # Each needs a file of its own.
        single = form in FORMATS and not FORMATS[form].together and not self.alone
        folder = self.out is not None and (
            is_folder(self.out) or str(into).endswith(SEPARATORS)
        )
        self.one_each = form in FORMATS and (single or folder) and not best
        if single and self.out is None:
            raise click.UsageError(
                f"{form} writes a file for each hand-in: add --out FOLDER/"
            )
        if (
            not self.one_each
            and self.out
            and os.path.realpath(self.out)
            in {os.path.realpath(piece.path) for piece in handed}
        ):
            raise click.UsageError(f"{self.out} is a hand-in: reports need another file")

    def write(self, reports: Iterable[Graded], register: Register) -> set[int]:
        """Write them, piece by piece, so that what is graded is written; returns the exit codes that this asks for."""
        try:
            if self.out and self.one_each:
                self._write_each(self.out, reports)
            elif (
                self.out and self.form in GRADEBOOKS
            ):  # whole or not at all: the roster may lie there
                write_whole(self.out, "".join(self._pieces(reports, register)))
            else:
                self._write_together(self._pieces(reports, register))
        except OSError as wrong:
            if self.out is None:
                raise  # standard output's, which every command treats alike
            complain(
                [
                    unwritable(
                        self.out, wrong, "name a file or folder with --out that can be"
                    )
                ]
            )
            return {UNUSABLE}
        except (
            Problems
        ) as found:  # the gradebook's: what the hand-ins came to is told all the same
            complain(found.problems)
            return {UNUSABLE}
        return set()

    def _pieces(self, reports: Iterable[Graded], register: Register) -> Iterator[str]:
        """Yields what stands in one file: reports as they come, or the gradebook that they make."""
        if self.form in GRADEBOOKS:
            deque(reports, maxlen=0)
            yield from GRADEBOOKS[self.form](register, self.points, self.column)
        elif self.best:
            yield FORMATS[self.form].write_one(best_of(reports), self.points)
        elif self.alone:
            yield from (
                FORMATS[self.form].write_one(graded, self.points) for graded in reports
            )
        else:
            yield from FORMATS[self.form].many(reports, self.points)

    def _write_together(self, pieces: Iterable[str]) -> None:
        with ExitStack() as stack:
            stream = None
            if self.out:
                stream = stack.enter_context(open_output(self.out))
            for text in pieces:
                click.echo(text, file=stream, nl=False)

    def _write_each(self, out: Path, reports: Iterable[Graded]) -> None:
        """Write a file for each, and a line for each to standard output."""
        format = FORMATS[self.form]
        make_folder(out)
        taken: set[str] = set()
        for graded in reports:
            stem = _stem(graded.name)
            names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
            name = next(name for name in names if name.lower() not in taken)
            taken.add(name.lower())
            write_whole(
                out / f"{name}{format.suffix}", format.write_one(graded, self.points)
            )
            click.echo("".join(brief([graded])), nl=False)


def best_of(reports: Iterable[Graded]) -> Graded:
    """Returns the best of several hand-ins, the first of equals; of none, a report that says so."""
    best = max(
        reports,
        key=lambda graded: (
            graded.document.stars or 0,
            -1 if graded.document.score is None else graded.document.score,
        ),
        default=None,
    )
    if best is not None:
        return best
    message = f"there is no hand-in: its name ends in {SUFFIX}"
    return ungradable_report(
        Task("", b""),
        error(
            "nothing", message, "write it (coffeeshop export NAME), and hand in that file"
        ),
    )


def _stem(name: str) -> str:
    """Returns the path of a hand-in as one file's name: class/anna/05.handin.jsonl -> class-anna-05. What cannot be shown
    in it becomes an underscore, since the folder of reports is listed, too.
    """
    *folders, last = Path(name).parts or ("",)
    parts = (*folders, NAMED.split(last)[0].removesuffix(SCRIPT))
    stem = "-".join(part for part in parts if part.strip("./\\"))
    shown_text = "".join(
        "_" if character in "\n\t\\" or is_hidden(character) else character
        for character in stem
    )
    return shown_text.encode()[-LONGEST:].decode(errors="ignore") or "report"
