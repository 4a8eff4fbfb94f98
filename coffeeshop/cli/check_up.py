"""Run `coffeeshop check-up`, which asks what a learner knows already."""

from __future__ import annotations

import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import click

from coffeeshop.cli.options import LEARNER, SCENARIOS
from coffeeshop.cli.output import open_save, path_of_name
from coffeeshop.lessons.sitting.player import Player


@click.command("check-up")
@click.option(
    "--chapter",
    type=click.IntRange(1, 99),
    metavar="N",
    help="The chapter that it is about (default: list the chapters).",
)
@LEARNER
@SCENARIOS
def check_up(chapter: int | None, learner: str | None, extra: Path | None) -> None:
    """Answer six questions on a chapter that you know already, to skip it.

    Each check-up has other questions. AWS's answers are computed, and every wrong answer is explained. With five right
    ones you can skip the chapter: its scenarios are offered after all others. You can still play it, and you can take the skip back.

    \b
    Example: coffeeshop check-up --chapter 2
    """
    from coffeeshop.plain.loop import play_plain

    first = f"check-up {chapter}" if chapter else "check-up"
    with closing(open_save(learner)) as save:
        player = Player(save, extra, path_of_name)
        code = play_plain(player, sys.stdin or StringIO(), sys.stdout, first)
    raise SystemExit(code)
