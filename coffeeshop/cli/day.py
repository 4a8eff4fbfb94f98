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
    located,
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
from coffeeshop.views.day.hours import happened
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
    lived = (evening_of(play, day_of(play, one), advice=days == 1) for one in openings)
    told_there = (
        is_terminal(sys.stdout) and not as_json
    )  # a line for each tells how far it is
    evenings = counted_off(lived, days, "Days", hidden=told_there)
    if as_json:
        told = [document(one, days == 1) for one in evenings]
        click.echo(
            json.dumps({"scenario": play.scenario.id, "seed": seed, "days": told}, indent=2)
        )
    elif days == 1:
        print_rows(_told(play, next(evenings)))
    else:
        for one in evenings:
            print_rows([line(one)])
    complain([problem] if problem else [])


def _play(
    scenario: str | None, saved: str | None, learner: str | None, extra: Path | None
) -> tuple[Play, Problem | None]:
    """The play whose shop opens. Raises Problems."""
    if scenario is not None:
        return Play(load(find(located(scenario), extra))), None
    with closing(kept_by(learner)) as kept:
        player = take_up(kept, extra, saved if saved is not None else OWN_SHOP)
        return player.playing.play, kept.problem


def _told(play: Play, found: Evening) -> Iterator[Row]:
    """A day from its news to its evening."""
    yield Row(
        f"{play.scenario.full_title}, {found.day.date:%A %d %B %Y}, seed {found.day.seed}",
        role="title",
    )
    yield from (Row(news, word="News") for news in news_of(play, found.day.date))
    yield from happened(found.day)
    yield from evening(found)
