"""`coffeeshop practice`: an exercise that nobody has seen, drawn by a seed."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from coffeeshop.cli.options import LEARNER, PLAIN
from coffeeshop.cli.output import drawn
from coffeeshop.cli.play import start
from coffeeshop.harmless import escaped_line
from coffeeshop.lessons.exercises.choice import ANY, LEVELS, TOPICS, Choice
from coffeeshop.lessons.play.variants import LAST_VARIANT


@click.command()
@click.option(
    "--topic", type=click.Choice([ANY, *TOPICS]), default=ANY, show_default=True, help="What it is about."
)
@click.option(
    "--level", type=click.IntRange(1, LEVELS), default=1, show_default=True, help="How many ideas meet in it."
)
@click.option(
    "--seed",
    type=click.IntRange(0, LAST_VARIANT),
    metavar="N",
    help="Which one: the same number, the same exercise.",
)
@click.option(
    "--no-play", is_flag=True, help="Say which exercise it is and where its files lie; do not play it."
)
@PLAIN
@LEARNER
def practice(
    topic: str, level: int, seed: int | None, no_play: bool, plain: bool, learner: str | None
) -> None:
    """Play an exercise that is drawn for you, and proved before you see it.

    Its id, such as practice-groups-2-7, works wherever a scenario's does: play, run, export, grade. A teacher gives each
    learner another seed.
    """
    choice = Choice(topic, level, secrets.randbelow(LAST_VARIANT + 1) if seed is None else seed)
    folder: Path = drawn(choice)
    if no_play:
        click.echo(escaped_line(f"{choice.id}: {folder}"))
        return
    raise SystemExit(start(choice.id, plain, learner, None))
