"""Run `coffeeshop day`, which simulates one day at the shop, or several, without the app."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click

from coffeeshop.cli.options import LEARNER_OPTION, SCENARIOS_OPTION
from coffeeshop.cli.output import (
    check_no_exam,
    is_terminal,
    open_existing_save,
    path_of_name,
    print_rows,
    resume_play,
    show_progress,
)
from coffeeshop.cli.problems import print_problems
from coffeeshop.lessons.grading.diagnosis import (
    diagnoses_of,
    judge_named,
    unnamed_statements,
)
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.scenario.find import OWN_SHOP, find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.days import day_of, evening_of, news_of, next_date
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.policy.model import Problem, Statement
from coffeeshop.shop.evening import Evening
from coffeeshop.shop.happenings import happenings
from coffeeshop.views.day.evening import day_row, evening
from coffeeshop.views.day.hours import happening_rows
from coffeeshop.views.day_document import day_document
from coffeeshop.views.rows import Row

INCIDENT_IDS = [row.id for row in happenings().incidents]


@click.command()
@click.option(
    "--scenario", metavar="ID", help="Use a scenario's shop as it is at the start."
)
@click.option(
    "--save",
    "saved",
    metavar="NAME",
    help="Use a scenario's shop, or an imported account, as you left it.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Number that selects the day. The same number gives the same customers and incident.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=1,
    show_default=True,
    help="The number of days to run, one after the other.",
)
@click.option(
    "--incident",
    type=click.Choice(INCIDENT_IDS),
    default=None,
    help="The incident that happens that day (default: a random one).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@LEARNER_OPTION
@SCENARIOS_OPTION
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
    """Simulate a day at the shop, with its customers, denied requests and incident.

    Without --scenario or --save, it uses your own shop (coffeeshop play own-shop) as you left it. These days aren't
    saved. The same seed always gives the same day. If you run several days, each gets one line.

    \b
    Example: coffeeshop day --save 05
    """
    if scenario is not None and saved is not None:
        raise click.UsageError(
            "use either --scenario (a shop as it is at the start) or --save (a shop as you left it), not both"
        )
    play, unnamed, problem = _open_play(scenario, saved, learner, extra)
    first = next_date(play.now)
    openings = (
        Opening(first + timedelta(days=index), seed, incident or "")
        for index in range(days)
    )
    evenings_so_far = (
        evening_of(play, day_of(play, opening), advice=days == 1) for opening in openings
    )
    # A line for each day shows the progress as well as a bar.
    prints_each_day = is_terminal(sys.stdout) and not as_json
    evenings = show_progress(evenings_so_far, days, "Days", hidden=prints_each_day)
    if as_json:
        documents = [day_document(opening, days == 1, unnamed) for opening in evenings]
        click.echo(
            json.dumps(
                {"scenario": play.scenario.id, "seed": seed, "days": documents}, indent=2
            )
        )
    elif days == 1:
        print_rows(_day_rows(play, next(evenings), unnamed))
    else:
        for opening in evenings:
            print_rows([day_row(opening)])
    print_problems([problem] if problem else [])


def _open_play(
    scenario: str | None, saved: str | None, learner: str | None, extra: Path | None
) -> tuple[Play, frozenset[Statement], Problem | None]:
    """Return the play whose shop opens, the statements to name, and a problem with the save or None.

    The statements are the causes of cases that the learner has yet to name. Raise Problems.
    """
    if scenario is not None:
        loaded = load(find(path_of_name(scenario), extra))
        diagnoses = diagnoses_of(loaded)
        unnamed = unnamed_statements(diagnoses, judge_named(diagnoses, ()))
        return Play(loaded), unnamed, None
    with closing(open_existing_save(learner)) as save:
        player = resume_play(save, extra, saved if saved is not None else OWN_SHOP)
        check_no_exam(player)
        sitting = player.playing
        return sitting.play, sitting.unnamed_statements, save.problem


def _day_rows(play: Play, result: Evening, unnamed: Collection[Statement]) -> Iterator[Row]:
    """Yield the rows of a day: its title, the news, the events and the evening's summary.

    `unnamed` are the statements that aren't told, since the learner names them.
    """
    yield Row(
        f"{play.scenario.full_title}, {result.day.date:%A %d %B %Y}, seed {result.day.seed}",
        role="title",
    )
    yield from (Row(news, word="News") for news in news_of(play, result.day.date))
    yield from happening_rows(result.day, unnamed=unnamed)
    yield from evening(result, unnamed)
