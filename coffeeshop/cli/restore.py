"""Run `coffeeshop restore`, which takes up a play again from its hand-in."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from coffeeshop.cli.options import LEARNER_OPTION, SCENARIOS_OPTION
from coffeeshop.cli.output import open_save, path_of_name, wall_clock
from coffeeshop.files import read_file
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.handin import MAX_BYTES, read_handin
from coffeeshop.lessons.scenario.find import shelf_number
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.sitting.taking_up import take_up_handin
from coffeeshop.views.text import count_noun


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@LEARNER_OPTION
@SCENARIOS_OPTION
def restore(file: Path, learner: str | None, extra: Path | None) -> None:
    """Continue a play from the hand-in FILE, for example on a new machine.

    You can download the file from the platform to which you submitted it. If you are in a class, join it first. Hints
    that you have read still count. Your best stars come back when you grade the play.

    \b
    Example: coffeeshop restore 05.handin.jsonl
    """
    handin = read_handin(read_file(file, MAX_BYTES, "name a hand-in file of yours"))
    with closing(open_save(learner)) as save:
        player = Player(save, extra, path_of_name)
        player.clock = wall_clock
        play = take_up_handin(player, handin)
        scenario = play.scenario
        is_continued = save.variant(scenario.id, scenario.digest) == scenario.variant
    variant = () if is_continued else ("--variant", str(scenario.variant))
    words = command_line("play", shelf_number(scenario.id, extra), *variant)
    commands = count_noun(len(play.acts), "command")
    click.echo(
        escape_line(f"{scenario.full_title}: {commands} restored. To continue: {words}")
    )
