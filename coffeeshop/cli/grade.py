"""`coffeeshop run`: a script of AWS CLI lines, played and graded."""

from __future__ import annotations

import json
from pathlib import Path

import click

from coffeeshop.cli.options import SCENARIOS
from coffeeshop.cli.say import UNUSABLE, complain, scenario
from coffeeshop.lessons.export import report_json
from coffeeshop.lessons.grade import grade
from coffeeshop.lessons.run import run_play
from coffeeshop.policy.model import Level, Place, Problem
from coffeeshop.views.report import derivation, report
from coffeeshop.views.rows import lines
from coffeeshop.views.words import visible

LIMIT = 1024 * 1024  # bytes of a script


@click.command()
@click.argument("id")
@click.argument("script", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How the report is written."
)
@click.option("--need", type=click.IntRange(0, 3), default=3, show_default=True, help="Stars that count as passed.")
@SCENARIOS
def run(id: str, script: Path, form: str, need: int, extra: Path | None) -> None:
    """Play SCRIPT (AWS CLI lines) in scenario ID (or the path of a scenario's folder) and grade it.

    Exit code 0: passed; 1: not yet; 2: the script or the scenario cannot be read.
    """
    lesson = scenario(id, extra)
    text = _text(script)
    played = (text,) if isinstance(text, Problem) else run_play(lesson, text, script.name)
    if isinstance(played, tuple):
        complain(played)
        raise SystemExit(UNUSABLE)
    graded = grade(played)
    if form == "json":
        click.echo(json.dumps(report_json(played, graded), indent=2))
    else:
        click.echo(visible(lines((*report(graded), *derivation(graded)))))
    raise SystemExit(0 if graded.stars >= need and not graded.tampered else 1)


def _text(script: Path) -> str | Problem:
    try:
        with script.open("rb") as file:
            raw = file.read(LIMIT + 1)
        if len(raw) > LIMIT:
            raise OSError(f"it has more than {LIMIT} bytes")
        return raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        mend = "name a text file of AWS CLI lines, in UTF-8"
        return Problem(Level.ERROR, "unreadable", Place(), f"{script} cannot be read: {error}", mend)
