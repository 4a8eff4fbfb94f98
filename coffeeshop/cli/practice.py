"""Run `coffeeshop practice`, which draws an exercise from a seed and plays it."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click
from msgspec.structs import replace

from coffeeshop.cli.options import (
    LEARNER_OPTION,
    PLAIN_OPTION,
    SCENARIOS_OPTION,
    was_option_typed,
)
from coffeeshop.cli.output import (
    exercise_folder,
    is_terminal,
    open_existing_save,
    path_of_name,
)
from coffeeshop.cli.play import start_game
from coffeeshop.cli.problems import command_problem
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.exercises.choice import (
    ALL_TOPICS,
    ANY_TOPIC,
    DIAGNOSIS,
    LEVEL_TEXTS,
    Choice,
    draws_here,
    parse_choice,
)
from coffeeshop.lessons.exercises.level import draw_choice, levels_of
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy.problem import Problems

DRAWING_NOTE = "Creating an exercise, and checking that it can be solved …"
LEVELS_TEXT = ", ".join(f"{level}: {text}" for level, text in LEVEL_TEXTS.items())


@click.command()
@click.option(
    "--topic",
    type=click.Choice([ANY_TOPIC, *ALL_TOPICS, DIAGNOSIS]),
    default=ANY_TOPIC,
    show_default=True,
    help="The topic of the exercise. diagnosis is an account in which something is broken.",
)
@click.option(
    "--level",
    type=click.IntRange(min(LEVEL_TEXTS), max(LEVEL_TEXTS)),
    help=f"How hard the exercise is. {LEVELS_TEXT} (default: a level that fits what you can do already).",
)
@click.option(
    "--seed",
    type=click.IntRange(0, LAST_VARIANT),
    metavar="N",
    help="Number that selects the exercise. The same number always gives the same exercise.",
)
@click.option(
    "--no-play",
    is_flag=True,
    help="Print the exercise's id and the folder of its files, without playing it.",
)
@PLAIN_OPTION
@LEARNER_OPTION
@SCENARIOS_OPTION
def practice(
    topic: str,
    level: int | None,
    seed: int | None,
    no_play: bool,
    plain: bool,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Play a new exercise, which is created for you and tested before you see it.

    You can use its id, such as practice-groups-level2-7, in the commands play, run, export and grade. A teacher gives each
    learner a different seed. If you installed a package from your teacher, you play the exercises in it instead.

    \b
    Example: coffeeshop practice --topic groups --level 2
    """
    assigned = _assigned_choice(learner) if seed is None else None
    if draws_here():
        choice = assigned or _drawn_choice(topic, level, learner, extra)
        if seed is not None:
            choice = replace(choice, seed=seed)
        if is_terminal(sys.stderr):
            click.echo(DRAWING_NOTE, err=True)
        folder = exercise_folder(choice)
    else:
        choice = assigned or _delivered_choice(topic, level, seed, extra)
        folder = find(choice.id, extra)
    if no_play:
        click.echo(escape_line(f"{choice.id}: {folder}"))
        return
    raise SystemExit(start_game(choice.id, plain, learner, extra))


def _drawn_choice(
    topic: str, level: int | None, learner: str | None, extra: Path | None
) -> Choice:
    """Return a new choice, at the typed level or at the one that fits the learner.

    Raise UsageError if the topic doesn't have the typed level.
    """
    if level is not None and level not in levels_of(topic):
        raise click.UsageError(
            f"--topic {topic} has only level {levels_of(topic)[0]}: leave out --level"
        )
    with closing(open_existing_save(learner)) as save:
        return draw_choice(Player(save, extra, path_of_name), topic, level)


def _assigned_choice(learner: str | None) -> Choice | None:
    """Return the exercise that the learner's class assigned and that fits the typed options, or None.

    The newest assignment comes first.
    """
    with closing(open_existing_save(learner)) as save:
        membership = save.membership
    if membership is None:
        return None
    ids = (membership.play_id(given) for given in reversed(membership.assignments))
    choices = filter(None, map(parse_choice, ids))
    typed = {name for name in ("topic", "level") if was_option_typed(name)}
    params = click.get_current_context().params
    return next(
        (
            choice
            for choice in choices
            if all(getattr(choice, name) == params[name] for name in typed)
        ),
        None,
    )


def _delivered_choice(
    topic: str, level: int | None, seed: int | None, extra: Path | None
) -> Choice:
    """Return the one delivered exercise that fits the typed options. Raise Problems if none fits, or several do."""
    delivered_choices = [
        choice for folder in folders(extra) if (choice := parse_choice(folder.name))
    ]
    typed_values = {
        "topic": topic if was_option_typed("topic") else None,
        "level": level,
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
        choice.id for choice in (fitting_choices or delivered_choices)[:MAX_EXERCISES_NAMED]
    )
    if fitting_choices:
        message = f"your teacher gave you {len(fitting_choices)} exercises that fit this"
    else:
        message = "your teacher's package has no exercise that fits this"
    if names:
        mend = f"play the one that is yours with {command_line('play ID')}, where ID is one of {names}"
    else:
        mend = "ask your teacher for one"
    raise Problems(command_problem("which-exercise", message, mend))


MAX_EXERCISES_NAMED = 10  # at most so many exercises are named
