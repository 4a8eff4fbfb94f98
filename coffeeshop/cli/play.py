"""`coffeeshop`, `coffeeshop play` and `coffeeshop scenarios`."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import click

from coffeeshop.cli.options import FIRST_VARIANT, LEARNER, PLAIN, SCENARIOS, VARIANT
from coffeeshop.cli.output import (
    accounts,
    kept_by,
    path_of_name,
    print_rows,
    progress,
    take_up,
)
from coffeeshop.cli.problems import UNUSABLE, complain
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.progress import Best, Progress
from coffeeshop.lessons.play.variants import block
from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.scenario.find import folders, scenario_form
from coffeeshop.lessons.scenario.schema import FILE, ScenarioForm
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy.problem import Problem, Problems
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun, stars

ESCAPE_MS = "50"  # how long an escape waits for the rest of a key's sequence, which comes with it even over a slow line


def start(
    id: str | None,
    plain: bool,
    learner: str | None,
    extra: Path | None,
    variant: int | None = None,
    first: int | None = None,
) -> int:
    """Play, in the app, or line by line where that is asked for or the terminal is none; returns the exit code. `first` is
    the first of the variants that are this learner's own; None: those that the save remembers.
    """
    gc.disable()  # again, until there is something to see
    typed, output = (
        sys.stdin or StringIO(),
        sys.stdout or StringIO(),
    )  # none: closed by who started us
    with closing(
        progress(learner, None if first is None else block(first))
    ) as progress_kept:
        if first is not None:
            _remember(progress_kept, first)
        if id is None:
            player = Player(progress_kept, extra, path_of_name)
        else:
            player = take_up(progress_kept, extra, id, variant)
        # A driver that was chosen, as for a browser, brings its own terminal.
        drawn = "TEXTUAL_DRIVER" in os.environ or (typed.isatty() and output.isatty())
        if plain or not drawn:
            from coffeeshop.plain.loop import play_plain

            gc.enable()
            return play_plain(player, typed, output)
        # Textual reads it when it is imported, and else waits 100.
        os.environ.setdefault("ESCDELAY", ESCAPE_MS)
        from coffeeshop.tui.app import run

        return run(player)


def _remember(progress_kept: Progress, first: int) -> None:
    """Keep the first of the learner's own variants, and say so where it is new to the save."""
    before = progress_kept.first_variant()
    if before == first:
        return
    if problem := progress_kept.keep_first_variant(first):
        complain([problem])
        return
    message = f"From now on your variants begin at {first}. You don't have to type --first-variant again."
    if before is not None:
        opens_those = command_line("play ID --variant", str(before))
        message += f" Until now they began at {before}: what you played there is kept, and {opens_those} opens it."
    click.echo(message, err=True)


@click.command()
@click.argument("id", required=False)
@VARIANT
@FIRST_VARIANT
@PLAIN
@LEARNER
@SCENARIOS
def play(
    id: str | None,
    variant: int | None,
    first: int | None,
    plain: bool,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Play a scenario (its id, or the number it begins with), or choose one.

    Each variant is a play of its own; without --variant, the one that was last played goes on.
    """
    if variant is not None and first is not None:
        raise click.UsageError("choose one of --variant and --first-variant")
    if id is None and variant is not None:
        raise click.UsageError(
            f"--variant needs a scenario: {command_line('play ID --variant', str(variant))}"
        )
    raise SystemExit(start(id, plain, learner, extra, variant, first))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@LEARNER
@SCENARIOS
def scenarios(as_json: bool, learner: str | None, extra: Path | None) -> None:
    """List the scenarios and how far you are."""
    with closing(kept_by(learner)) as progress_kept:
        best = progress_kept.best()
        begun = progress_kept.begun()
    imported = sorted(folder.parent for folder in accounts().glob(f"*/{FILE}"))
    rows = list[dict[str, Any]]()
    unreadable = list[Problem]()
    for folder in (*folders(extra), *imported):
        try:
            form = scenario_form(folder)
        except Problems as found:
            unreadable += found.problems
        else:
            rows.append(_row(form, best.get(form.id), begun.get(form.id, 0)))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        print_rows(_shelf_rows(rows))
    complain([*unreadable, *([progress_kept.problem] if progress_kept.problem else [])])
    raise SystemExit(UNUSABLE if unreadable else 0)


def _row(form: ScenarioForm, best_result: Best | None, acts: int) -> dict[str, Any]:
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


def _shelf_rows(rows: list[dict[str, Any]]) -> Iterator[Row]:
    """Yield the scenarios below their chapters; those of no chapter of the course stand below their number."""
    titles = chapters()
    for number, group in groupby(rows, itemgetter("chapter")):
        yield Row(f"{number} {titles.get(number, 'Of your own')}", role="title")
        yield from (Row(_shelf_line(row), indent=1) for row in group)


def _shelf_line(row: dict[str, Any]) -> str:
    if row["acts"]:
        location = f", {count_noun(row['acts'], 'act')} kept"
    else:
        location = ""
    return f"{row['id']:<29} {stars(row['stars'])}  {row['title']}: {row['objective']} ({row['minutes']} min{location})"
