"""`coffeeshop day`: a day at the shop, or many, headless."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click

from coffeeshop.cli.options import LEARNER, SCENARIOS
from coffeeshop.cli.output import (
    counted_off,
    is_terminal,
    kept_by,
    path_of_name,
    print_rows,
    take_up,
)
from coffeeshop.cli.problems import complain
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.scenario.find import OWN_SHOP, find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.days import day_of, evening_of, news_of, next_date
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.policy.model import Problem
from coffeeshop.shop.evening import Evening
from coffeeshop.shop.happenings import happenings
from coffeeshop.views.day.evening import evening, line
from coffeeshop.views.day.hours import happening_rows
from coffeeshop.views.day_document import document
from coffeeshop.views.rows import Row

INCIDENTS = [row.id for row in happenings().incidents]


@click.command()
@click.option("--scenario", metavar="ID", help="The shop of a scenario as it begins.")
@click.option(
    "--save",
    "saved",
    metavar="NAME",
    help="The shop of a scenario, or an imported account, as you left it.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Which day it is, of all there are.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=1,
    show_default=True,
    help="So many days, one after the other.",
)
@click.option(
    "--incident",
    type=click.Choice(INCIDENTS),
    default=None,
    help="What goes wrong; else chance decides.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@LEARNER
@SCENARIOS
def day(
    scenario: str | None,
    saved: str | None,
    seed: int,
    days: int,
    incident: str | None,
    as_json: bool,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Live a day at the shop: who comes, what is refused, what goes wrong, and how far it reaches.

    Without --scenario and --save it is your own shop, as you left it: coffeeshop play own-shop. Nothing is kept of these
    days, and the same seed gives the same day. Several days are told in a line each.
    """
    if scenario is not None and saved is not None:
        raise click.UsageError(
            "--scenario is a shop as it begins, --save one as you left it: name one of the two"
        )
    play, problem = _play(scenario, saved, learner, extra)
    first = next_date(play.now)
    openings = (
        Opening(first + timedelta(days=nth), seed, incident or "") for nth in range(days)
    )
    lived = (
        evening_of(play, day_of(play, opening), advice=days == 1) for opening in openings
    )
    told_there = (
        is_terminal(sys.stdout) and not as_json
    )  # a line for each tells how far it is
    evenings = counted_off(lived, days, "Days", hidden=told_there)
    if as_json:
        documents = [document(opening, days == 1) for opening in evenings]
        click.echo(
            json.dumps(
                {"scenario": play.scenario.id, "seed": seed, "days": documents}, indent=2
            )
        )
    elif days == 1:
        print_rows(_day_rows(play, next(evenings)))
    else:
        for opening in evenings:
            print_rows([line(opening)])
    complain([problem] if problem else [])


def _play(
    scenario: str | None, saved: str | None, learner: str | None, extra: Path | None
) -> tuple[Play, Problem | None]:
    """The play whose shop opens. Raises Problems."""
    if scenario is not None:
        return Play(load(find(path_of_name(scenario), extra))), None
    with closing(kept_by(learner)) as progress_kept:
        player = take_up(progress_kept, extra, saved if saved is not None else OWN_SHOP)
        return player.playing.play, progress_kept.problem


def _day_rows(play: Play, evening_told: Evening) -> Iterator[Row]:
    """A day from its news to its evening."""
    yield Row(
        f"{play.scenario.full_title}, {evening_told.day.date:%A %d %B %Y}, seed {evening_told.day.seed}",
        role="title",
    )
    yield from (Row(news, word="News") for news in news_of(play, evening_told.day.date))
    yield from happening_rows(evening_told.day)
    yield from evening(evening_told)
