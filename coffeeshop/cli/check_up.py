"""Run `coffeeshop check-up`, which asks what a learner knows already, and measures what they gained."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import click

from coffeeshop.cli.options import LEARNER_OPTION, SCENARIOS_OPTION
from coffeeshop.cli.output import (
    check_no_exam,
    open_existing_save,
    open_save,
    path_of_name,
    wall_clock,
)
from coffeeshop.lessons.sitting.player import Player


@click.command("check-up")
@click.option(
    "--chapter",
    type=click.IntRange(1, 99),
    metavar="N",
    help="The chapter to ask about (default: list the chapters).",
)
@click.option(
    "--before",
    "moment",
    flag_value="before",
    help="Answer ten questions before the course.",
)
@click.option(
    "--after",
    "moment",
    flag_value="after",
    help="Answer ten equally hard questions after the course, to see what you learned.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the results of both check-ups as one JSON document, without asking questions.",
)
@LEARNER_OPTION
@SCENARIOS_OPTION
def check_up(
    chapter: int | None,
    moment: str | None,
    as_json: bool,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Answer questions about a chapter, to skip it, or about the whole course, before and after it.

    Each check-up has new questions. A check-up of a chapter has six, and explains every answer that you get wrong. With
    five right answers you can skip the chapter: its scenarios are then offered after all others. You can still play it,
    and you can undo the skip. A check-up before or after the course has ten questions, and you see the result at the end.

    \b
    Example: coffeeshop check-up --chapter 2
    Example: coffeeshop check-up --before
    Example: coffeeshop check-up --after
    """
    from coffeeshop.plain.loop import play_plain

    if sum(bool(each) for each in (chapter, moment, as_json)) > 1:
        raise click.UsageError("choose one of --chapter, --before, --after and --json")
    if as_json:
        _print_results(learner)
        return
    about = moment or (str(chapter) if chapter else "")
    first = f"check-up {about}".rstrip()
    with closing(open_save(learner)) as save:
        player = Player(save, extra, path_of_name)
        player.clock = wall_clock
        check_no_exam(player)
        code = play_plain(player, sys.stdin or StringIO(), sys.stdout, first)
    raise SystemExit(code)


def _print_results(learner: str | None) -> None:
    """Print the results of the check-ups of the course as JSON."""
    from coffeeshop.views.course_check_up import course_document

    with closing(open_existing_save(learner)) as save:
        document = course_document(save.meetings())
    click.echo(json.dumps(document, indent=2))
