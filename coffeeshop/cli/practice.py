"""Run `coffeeshop practice`, which draws an exercise from a seed and plays it."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from coffeeshop.cli.options import LEARNER, PLAIN, SCENARIOS, was_option_typed
from coffeeshop.cli.output import exercise_folder
from coffeeshop.cli.play import start_game
from coffeeshop.cli.problems import command_problem
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.exercises.choice import (
    ANY,
    LEVELS,
    TOPICS,
    Choice,
    draws_here,
    parse_choice,
)
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.policy.problem import Problems


@click.command()
@click.option(
    "--topic",
    type=click.Choice([ANY, *TOPICS]),
    default=ANY,
    show_default=True,
    help="What it is about.",
)
@click.option(
    "--level",
    type=click.IntRange(1, LEVELS),
    default=1,
    show_default=True,
    help="How many ideas meet in it.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, LAST_VARIANT),
    metavar="N",
    help="Which one: the same number, the same exercise.",
)
@click.option(
    "--no-play",
    is_flag=True,
    help="Say which exercise it is and where its files lie; do not play it.",
)
@PLAIN
@LEARNER
@SCENARIOS
def practice(
    topic: str,
    level: int,
    seed: int | None,
    no_play: bool,
    plain: bool,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Play an exercise that is drawn for you, and proved before you see it.

    You can use its id, such as practice-groups-2-7, in the commands play, run, export and grade. A teacher gives each
    learner another seed. If you installed your teacher's package, you play the exercises in it, and none is drawn.
    """
    if draws_here():
        choice = Choice(
            topic, level, secrets.randbelow(LAST_VARIANT + 1) if seed is None else seed
        )
        folder = exercise_folder(choice)
    else:
        choice = _delivered_choice(topic, level, seed, extra)
        folder = find(choice.id, extra)
    if no_play:
        click.echo(escape_line(f"{choice.id}: {folder}"))
        return
    raise SystemExit(start_game(choice.id, plain, learner, extra))


def _delivered_choice(
    topic: str, level: int, seed: int | None, extra: Path | None
) -> Choice:
    """Return the one delivered exercise that fits the typed options. Raise Problems if none fits, or several do."""
    delivered_choices = [
        choice for folder in folders(extra) if (choice := parse_choice(folder.name))
    ]
    typed_values = {
        "topic": topic if was_option_typed("topic") else None,
        "level": level if was_option_typed("level") else None,
    }
    typed_values["seed"] = seed
    fitting_choices = [
        choice
        for choice in delivered_choices
        if all(
            value in (None, getattr(choice, name)) for name, value in typed_values.items()
        )
    ]
    if len(fitting_choices) == 1:
        return fitting_choices[0]
    names = ", ".join(
        choice.id for choice in (fitting_choices or delivered_choices)[:SHOWN]
    )
    if fitting_choices:
        message = (
            f"{len(fitting_choices)} of the exercises that your teacher gave you fit this"
        )
    else:
        message = "there is no such exercise here"
    if names:
        mend = f"play the one that is yours: {command_line('play ID')}, of {names}"
    else:
        mend = "ask your teacher for one"
    raise Problems(command_problem("which-exercise", message, mend))


SHOWN = 10  # at most so many exercises are named
