"""Run `coffeeshop class`, which shows a class's progress from its reports, as text, as a page or on a screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from shlex import quote

import click

from coffeeshop.classroom.overview import Overview, build_overview
from coffeeshop.classroom.reports import HAND_IN, read_reports
from coffeeshop.classroom.roster import Roster
from coffeeshop.classroom.told import overview_parts
from coffeeshop.cli.classes import replaced_by
from coffeeshop.cli.options import DUE_OPTION, roster_option
from coffeeshop.cli.output import check_screen
from coffeeshop.cli.problems import (
    UNUSABLE_INPUT,
    command_problem,
    print_problems,
    report_write_errors,
)
from coffeeshop.cli.roster import read_class_roster
from coffeeshop.files import write_whole
from coffeeshop.harmless import escape_hidden, escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.grading.report_document import ReportDocument
from coffeeshop.policy.model import Problem
from coffeeshop.views.rows import lines


@click.command("class", hidden=True)
@click.argument(
    "reports",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="REPORTS...",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The HTML file to write, such as class.html, or - for standard output.",
)
@click.option("--screen", is_flag=True, help="Show it in the terminal, learner by learner.")
@roster_option("Class roster (CSV), to name learners and list who is missing.")
@DUE_OPTION
@click.option(
    "--pseudonyms",
    is_flag=True,
    help="Show learners only by the pseudonyms in the roster.",
)
@click.option(
    "--title", default="The class", show_default=True, help="The title of the page."
)
def class_page(
    reports: tuple[Path, ...],
    out: Path | None,
    screen: bool,
    roster_path: Path | None,
    due: datetime | None,
    pseudonyms: bool,
    title: str,
) -> None:
    """Show a class's progress from REPORTS, which are files from `coffeeshop grade --format json`, or folders of them.

    The page shows stars, common findings and misconceptions with the learners who have them, time, tries, and a section
    for each learner.

    Exit codes: 0 every report was read, 2 a file isn't a report, or the page can't be written.

    \b
    Example: coffeeshop class reports.jsonl --out class.html
    """
    if screen:
        check_screen("--screen")
    replaced_by("class REPORTS", "class page")
    roster = _read_roster(roster_path, pseudonyms)
    problems = list[Problem]()
    documents = _documents(reports, problems)
    first = next(documents, None)
    if first is None:  # a page about an unknown class would look like a result
        print_problems(_merge_hand_in_problems(problems, reports))
        raise SystemExit(UNUSABLE_INPUT)
    class_overview = build_overview(chain([first], documents), roster, pseudonyms, due)
    print_problems(_merge_hand_in_problems(problems, reports))
    show_overview(class_overview, title, out, screen)
    raise SystemExit(UNUSABLE_INPUT if problems else 0)


def show_overview(
    class_overview: Overview, title: str, out: Path | None, screen: bool, note: str = ""
) -> None:
    """Write the summary of a class as a page, or show it on a screen, or print it. Raise Problems.

    The page has the note below its title.
    """
    if out is not None:
        from coffeeshop.classroom.page import class_page_html

        _write_page(out, class_page_html(class_overview, title, note))
    elif screen:
        from coffeeshop.tui.reader import read

        read(title, tuple(overview_parts(class_overview)))
    else:
        texts = (
            f"{part.title}\n{lines(part.rows)}" for part in overview_parts(class_overview)
        )
        click.echo(escape_hidden("\n\n".join(texts)))


def _documents(
    reports: tuple[Path, ...], problems: list[Problem]
) -> Iterator[ReportDocument]:
    """Yield the reports. Files that aren't reports are added to `problems`."""
    for document in read_reports(reports):
        if isinstance(document, Problem):
            problems.append(document)
        else:
            yield document


def _merge_hand_in_problems(
    problems: list[Problem], reports: tuple[Path, ...]
) -> list[Problem]:
    """Return the problems, with those about ungraded hand-ins merged into one that gives the command to grade them."""
    handed = [problem for problem in problems if problem.code == HAND_IN]
    if len(handed) < 2:
        return problems
    message = f"{len(handed)} of these files are hand-ins that aren't graded yet"
    files = " ".join(quote(str(path)) for path in reports)
    grade = command_line("grade", files, "--format json --out reports.jsonl")
    mend = f"run {grade}, then {command_line('class', 'reports.jsonl')}"
    return [
        command_problem(HAND_IN, message, mend),
        *(problem for problem in problems if problem.code != HAND_IN),
    ]


def _read_roster(roster_path: Path | None, use_pseudonyms: bool) -> Roster | None:
    """Return the class's roster, or None if none was named. Raise click.UsageError if pseudonyms need one."""
    if roster_path is None:
        if use_pseudonyms:
            raise click.UsageError(
                "--pseudonyms needs the class's roster: add --roster FILE"
            )
        return None
    return read_class_roster(roster_path, use_pseudonyms)


def _write_page(out: Path, text: str) -> None:
    """Write the page to a file, or to standard output if it is `-`. Raise Problems."""
    if str(out) == "-":
        click.echo(text, nl=False)
        return
    with report_write_errors(out, "choose another file with --out"):
        write_whole(out, text)
    click.echo(escape_line(f"To see the page, open {out} in a browser"))
