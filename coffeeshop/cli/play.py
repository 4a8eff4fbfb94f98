"""Run `coffeeshop`, `coffeeshop play` and `coffeeshop scenarios`."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from io import StringIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import click

from coffeeshop.cli.options import (
    FIRST_VARIANT,
    LEARNER_OPTION,
    PLAIN_OPTION,
    SCENARIOS_OPTION,
    VARIANT_OPTION,
    complete_scenarios,
)
from coffeeshop.cli.output import (
    accounts_folder,
    open_existing_save,
    open_save,
    path_of_name,
    print_rows,
    resume_play,
    wall_clock,
)
from coffeeshop.cli.problems import UNUSABLE_INPUT, print_problems
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.progress import Best, Progress
from coffeeshop.lessons.play.variants import variant_block
from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.scenario.find import folders, scenario_form
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, ScenarioForm
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy.problem import Problem, Problems
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun, headed_text, stars

# Milliseconds that an escape byte waits for the rest of a key's sequence. Even over a slow line, the bytes come together.
ESCAPE_MS = "50"
# Python's own hash functions, as 3.11 and later versions name their modules. A distribution can leave some out.
OWN_HASHES = (
    "_md5",
    "_sha1",
    *(("_sha2",) if sys.version_info >= (3, 12) else ("_sha256", "_sha512")),
    "_sha3",
    "_blake2",
)


def start_game(
    id: str | None,
    plain: bool,
    learner: str | None,
    extra: Path | None,
    variant: int | None = None,
    first_variant: int | None = None,
    class_name: str | None = None,
) -> int:
    """Run the game and return the exit code.

    It runs in the app, or line by line with `plain` or without a terminal. `first_variant` is the first of the learner's own
    variants. None means those that the save remembers. `class_name` is a class of this machine that the learner is in.
    """
    gc.disable()  # until the first screen, because collecting garbage would delay it
    _leave_out_openssl()
    keyboard = sys.stdin or StringIO()  # None: it was closed before the program started
    output = sys.stdout
    with closing(
        open_save(learner, None if first_variant is None else variant_block(first_variant))
    ) as save:
        if first_variant is not None:
            _remember_first_variant(save, first_variant)
        if class_name is not None and learner is not None:
            _join_kept_class(save, class_name, learner)
        if id is None:
            player = _player_at_shelf(save, extra)
        else:
            player = resume_play(save, extra, id, variant)
        # A driver that was chosen, as for a browser, brings its own terminal.
        has_terminal = "TEXTUAL_DRIVER" in os.environ or (
            keyboard.isatty() and output.isatty()
        )
        if plain or not has_terminal:
            from coffeeshop.plain.loop import play_plain

            gc.enable()
            return play_plain(player, keyboard, output)
        _hide_module("ssl")  # asyncio has it for network connections only
        # Textual reads it when it is imported, and else waits 100.
        os.environ.setdefault("ESCDELAY", ESCAPE_MS)
        from coffeeshop.tui.app import run

        return run(player)


def _leave_out_openssl() -> None:
    """Let `hashlib` use Python's own functions, because OpenSSL's take four megabytes and time at each start."""
    if all(map(find_spec, OWN_HASHES)):
        _hide_module("_hashlib")


def _hide_module(name: str) -> None:
    """Let imports of a module fail, unless it is loaded already. Who imports it must do without."""
    sys.modules.setdefault(name, None)  # pyright: ignore[reportArgumentType]  # Python takes None for "not to be found"


def _player_at_shelf(save: Progress, extra: Path | None) -> Player:
    """Return a player without a scenario, or in the exam that is open now. Raise Problems."""
    player = Player(save, extra, path_of_name)
    player.clock = wall_clock
    if player.exam:
        return resume_play(save, extra, player.exam.id)
    return player


def _join_kept_class(save: Progress, class_name: str, key: str) -> None:
    """Let a learner's save join a class on this machine, with the assignments that it has now. Raise Problems."""
    from coffeeshop.classroom.kept_class import read_class
    from coffeeshop.cli.classes import chosen_class
    from coffeeshop.cli.join import join_save

    join_save(save, read_class(chosen_class(class_name)).membership(key))


def _remember_first_variant(save: Progress, first: int) -> None:
    """Save the first of the learner's own variants. If it changed, print that."""
    before = save.first_variant()
    if before == first:
        return
    if problem := save.keep_first_variant(first):
        print_problems([problem])
        return
    message = (
        f"Your first variant is now {first}. You don't have to type --first-variant again."
    )
    if before is not None:
        opens_those = command_line("play ID --variant", str(before))
        message += f" Before, it was {before}. Those plays are still saved: to open one, type {opens_those}."
    click.echo(message, err=True)


@click.command()
@click.argument("id", required=False, shell_complete=complete_scenarios)
@click.option("--class", "class_name", hidden=True)  # `serve` passes it
@VARIANT_OPTION
@FIRST_VARIANT
@PLAIN_OPTION
@LEARNER_OPTION
@SCENARIOS_OPTION
def play(
    id: str | None,
    class_name: str | None,
    variant: int | None,
    first: int | None,
    plain: bool,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Play the scenario ID (the number is enough), or choose a scenario in the app.

    Each variant is a separate play. Without --variant, you continue the variant of your own that
    you played last.

    \b
    Example: coffeeshop play 05
    """
    if variant is not None and first is not None:
        raise click.UsageError("use either --variant or --first-variant, not both")
    if id is None and variant is not None:
        raise click.UsageError(
            f"--variant needs a scenario, as in {command_line('play ID --variant', str(variant))}"
        )
    raise SystemExit(start_game(id, plain, learner, extra, variant, first, class_name))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@LEARNER_OPTION
@SCENARIOS_OPTION
def scenarios(as_json: bool, learner: str | None, extra: Path | None) -> None:
    """List the scenarios and your progress in each.

    \b
    Example: coffeeshop scenarios --json
    """
    with closing(open_existing_save(learner)) as save:
        best_results = save.best_results()
        act_counts = save.act_counts()
    imported = sorted(
        folder.parent for folder in accounts_folder().glob(f"*/{SCENARIO_FILE}")
    )
    rows = list[dict[str, Any]]()
    unreadable = list[Problem]()
    for folder in (*folders(extra), *imported):
        try:
            form = scenario_form(folder)
        except Problems as found:
            unreadable += found.problems
        else:
            rows.append(
                _scenario_row(form, best_results.get(form.id), act_counts.get(form.id, 0))
            )
    if as_json:
        import json

        click.echo(json.dumps(rows, indent=2))
    else:
        print_rows(_shelf_rows(rows, extra))
    print_problems([*unreadable, *([save.problem] if save.problem else [])])
    raise SystemExit(UNUSABLE_INPUT if unreadable else 0)


def _scenario_row(
    form: ScenarioForm, best_result: Best | None, acts: int
) -> dict[str, Any]:
    """Return a scenario as JSON, with the learner's best result and the number of acts in the current play."""
    return {
        "id": form.id,
        "title": form.title,
        "chapter": form.chapter,
        "article": form.article,
        "objective": form.objective,
        "minutes": form.minutes,
        "stars": best_result.stars if best_result else 0,
        "tries": best_result.tries if best_result else 0,
        "acts": acts,
    }


def _shelf_rows(rows: list[dict[str, Any]], extra: Path | None) -> Iterator[Row]:
    """Yield the scenarios under the titles of their chapters. Unknown chapters are called "Of your own"."""
    titles = chapters(extra)
    for number, group in groupby(rows, itemgetter("chapter")):
        yield Row(f"{number} {titles.get(number, 'Your own scenarios')}", role="title")
        yield from (Row(_shelf_line(row), indent=1) for row in group)


def _shelf_line(row: dict[str, Any]) -> str:
    """Return one scenario's line: id, stars, title, objective, minutes, and the acts of a play that has begun."""
    if row["acts"]:
        acts_text = f", {count_noun(row['acts'], 'act')} saved"
    else:
        acts_text = ""
    return f"{row['id']:<29} {stars(row['stars'])}  {headed_text(row['title'], row['objective'])} ({row['minutes']} min{acts_text})"
