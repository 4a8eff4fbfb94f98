"""Write reports to standard output, to one file, or each to a file of its own in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from coffeeshop.classroom.collect import HAND_IN_NAME, SCRIPT_SUFFIX, FileToGrade
from coffeeshop.classroom.formats import FORMATS, GRADEBOOKS, summary_lines
from coffeeshop.classroom.judge import Graded, Task, ungradable_report
from coffeeshop.classroom.register import Register
from coffeeshop.cli.problems import (
    UNUSABLE_INPUT,
    command_problem,
    print_problems,
    write_problem,
)
from coffeeshop.files import is_folder, make_folder, open_output, write_whole
from coffeeshop.harmless import is_hidden
from coffeeshop.lessons.play.handin import HAND_IN_SUFFIX
from coffeeshop.policy.problem import Problems

MAX_NAME_BYTES = 120  # bytes of a report's name, of which the end tells more
PATH_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


class ReportWriter:
    """Writes reports in one format to standard output, to one file, or each to a file of its own in a folder.

    `out_text` is the value of --out. `hand_ins` are the graded files, which must not be overwritten.
    `is_single_hand_in` means that one file was named. With `best`, only the best report is written. `column` is the
    scenario's heading in a gradebook. Raise click.UsageError if the options don't fit together.
    """

    def __init__(
        self,
        form: str,
        points: float,
        out_text: str | None,
        hand_ins: Sequence[FileToGrade],
        is_single_hand_in: bool,
        best: bool,
        column: str,
    ) -> None:
        """Decide where reports go. Raise click.UsageError if the options don't fit together."""
        self.form = form
        self.points = points
        self.has_one_report = is_single_hand_in or best
        self.best = best
        self.column = column
        if column and form not in GRADEBOOKS:
            raise click.UsageError(
                f"--column is for gradebooks, and {form} isn't a gradebook"
            )
        if best and form in GRADEBOOKS:
            raise click.UsageError(
                f"leave out --best: {form} always has the best hand-in of each learner"
            )
        self.out = Path(out_text) if out_text and out_text != "-" else None
        # Some formats can't have two reports in one file.
        needs_own_file = (
            form in FORMATS
            and not FORMATS[form].combined_writer
            and not self.has_one_report
        )
        is_folder_named = self.out is not None and (
            is_folder(self.out) or str(out_text).endswith(PATH_SEPARATORS)
        )
        self.one_each = form in FORMATS and (needs_own_file or is_folder_named) and not best
        if needs_own_file and self.out is None:
            raise click.UsageError(
                f"{form} writes a file for each hand-in: add --out FOLDER/"
            )
        if (
            not self.one_each
            and self.out
            and os.path.realpath(self.out)
            in {os.path.realpath(piece.path) for piece in hand_ins}
        ):
            raise click.UsageError(
                f"{self.out} is a hand-in, so reports can't be written to it: choose another file"
            )

    def write(self, reports: Iterable[Graded], register: Register) -> set[int]:
        """Write the reports as they come, and return further exit codes: {2} if they can't be written."""
        try:
            if self.out and self.one_each:
                self._write_each(self.out, reports)
            elif self.out and self.form in GRADEBOOKS:
                # Whole or not at all, because it may overwrite the roster.
                write_whole(self.out, "".join(self._report_texts(reports, register)))
            else:
                self._write_together(self._report_texts(reports, register))
        except OSError as wrong:
            if self.out is None:
                raise  # an error of standard output, which `main` handles for every command
            print_problems(
                [write_problem(self.out, wrong, "choose another file or folder with --out")]
            )
            return {UNUSABLE_INPUT}
        except Problems as found:
            # Only the gradebook has these. The hand-ins' results are printed all the same.
            print_problems(found.problems)
            return {UNUSABLE_INPUT}
        return set()

    def _report_texts(self, reports: Iterable[Graded], register: Register) -> Iterator[str]:
        """Yield the texts of one file: each report as it comes, or the gradebook of all of them."""
        if self.form in GRADEBOOKS:
            for _ in reports:
                pass  # each one was added to the register as it came
            yield from GRADEBOOKS[self.form](register, self.points, self.column)
        elif self.best:
            yield FORMATS[self.form].write_one(best_report(reports), self.points)
        elif self.has_one_report:
            for graded in reports:
                yield FORMATS[self.form].write_one(graded, self.points)
        else:
            yield from FORMATS[self.form].write_combined(reports, self.points)

    def _write_together(self, pieces: Iterable[str]) -> None:
        """Write texts as they come to the file of --out, or else to standard output."""
        with ExitStack() as stack:
            stream = None
            if self.out:
                stream = stack.enter_context(open_output(self.out))
            for text in pieces:
                click.echo(text, file=stream, nl=False)

    def _write_each(self, out: Path, reports: Iterable[Graded]) -> None:
        """Write each report to a file of its own, and a line about it to standard output."""
        format = FORMATS[self.form]
        make_folder(out)
        taken: set[str] = set()
        for graded in reports:
            stem = _report_stem(graded.name)
            names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
            name = next(name for name in names if name.lower() not in taken)
            taken.add(name.lower())
            write_whole(
                out / f"{name}{format.suffix}", format.write_one(graded, self.points)
            )
            click.echo("".join(summary_lines([graded])), nl=False)


def best_report(reports: Iterable[Graded]) -> Graded:
    """Return the report with most stars, then most points. If there are no reports, return one that says so."""
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
    message = (
        f"the submission contains no hand-in, whose name would end in {HAND_IN_SUFFIX}"
    )
    return ungradable_report(
        Task("", b""),
        command_problem(
            "nothing",
            message,
            "run `coffeeshop export NAME` and submit the file that it writes",
        ),
    )


def _report_stem(name: str) -> str:
    """Return a file name for a hand-in's report, from its path: class/anna/05.handin.jsonl -> class-anna-05.

    If it is longer than LONGEST bytes, the end is kept, because the file's own name is
    there. Hidden characters become underscores, so that names are safe to list in a
    terminal.
    """
    *folders, last = Path(name).parts or ("",)
    parts = (*folders, HAND_IN_NAME.split(last)[0].removesuffix(SCRIPT_SUFFIX))
    stem = "-".join(part for part in parts if part.strip("./\\"))
    text = "".join(
        "_" if character in "\n\t\\" or is_hidden(character) else character
        for character in stem
    )
    return text.encode()[-MAX_NAME_BYTES:].decode(errors="ignore") or "report"
