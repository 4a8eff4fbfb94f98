"""`coffeeshop`, `coffeeshop play` and `coffeeshop scenarios`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from coffeeshop.cli.say import complain, learner_name, progress, scenario, scenarios_folder
from coffeeshop.lessons.find import folders, heading
from coffeeshop.views.report import stars
from coffeeshop.views.words import visible


def start(id: str | None, plain: bool, learner: str | None, extra: Path | None) -> int:
    """The game: the app, or plain where that is asked for or the terminal is none."""
    if id is not None:
        scenario(id, extra)
    if plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from coffeeshop.plain.loop import play_plain

        return play_plain(id, progress(learner), scenarios_folder(extra), sys.stdin, sys.stdout)
    from coffeeshop.tui.app import run

    return run(id, learner_name(learner), scenarios_folder(extra))


LEARNER = click.option("--learner", metavar="NAME", help="Whose progress; else COFFEESHOP_LEARNER, else you.")
SCENARIOS = click.option(
    "--scenarios",
    "extra",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of scenarios of your own.",
)


@click.command()
@click.argument("id", required=False)
@click.option("--plain", is_flag=True, help="Line by line, for screen readers and pipes.")
@LEARNER
@SCENARIOS
def play(id: str | None, plain: bool, learner: str | None, extra: Path | None) -> None:
    """Play a scenario (its id, or the number it begins with), or choose one."""
    raise SystemExit(start(id, plain, learner, extra))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@LEARNER
@SCENARIOS
def scenarios(as_json: bool, learner: str | None, extra: Path | None) -> None:
    """List the scenarios and how far you are."""
    kept = progress(learner)
    best, begun = kept.best(), kept.begun()
    rows: list[dict[str, object]] = []
    for folder in folders(scenarios_folder(extra)):
        form = heading(folder)
        if isinstance(form, tuple):
            complain(form)
            continue
        done = best.get(form.id)
        rows.append(
            {
                "id": form.id,
                "title": form.title,
                "chapter": form.chapter,
                "article": form.article,
                "objective": form.objective,
                "minutes": form.minutes,
                "stars": done.stars if done else 0,
                "tries": done.tries if done else 0,
                "acts": begun.get(form.id, 0),
            }
        )
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        where = f", {row['acts']} acts kept" if row["acts"] else ""
        click.echo(
            visible(
                f"{row['id']:<24} {stars(int(str(row['stars'])))}  {row['title']}: {row['objective']} ({row['minutes']} min{where})"
            )
        )
    if kept.problem:
        complain([kept.problem])
