"""`coffeeshop author`: what a scenario's author needs."""

from __future__ import annotations

from pathlib import Path

import click

from coffeeshop.cli.options import SCENARIOS
from coffeeshop.cli.say import UNUSABLE, complain
from coffeeshop.lessons.author import ASSERTIONS, check
from coffeeshop.lessons.find import find, folders
from coffeeshop.lessons.load import load
from coffeeshop.policy.model import Problem
from coffeeshop.views.words import visible


@click.group()
def author() -> None:
    """Check a scenario that you wrote."""


@author.command("check")
@click.argument("id", required=False)
@click.option("--mutants", is_flag=True, help="Also change the solution in every way and grade that (slow).")
@SCENARIOS
def check_command(id: str | None, mutants: bool, extra: Path | None) -> None:
    """Prove that a scenario (an id, a folder, or all of them) does what it says.

    Exit code 0: every assertion holds; 1: one does not; 2: a scenario cannot be read.
    """
    chosen: list[Path | Problem] = [find(id, extra)] if id else [*folders(extra)]
    code = 0
    for folder in chosen:
        scenario = (folder,) if isinstance(folder, Problem) else load(folder)
        if isinstance(scenario, tuple):
            complain(scenario)
            code = UNUSABLE
            continue
        problems = check(scenario)
        if mutants and not problems:
            from coffeeshop.lessons.mutants import attack

            tally, problems = attack(scenario)
            click.echo(
                f"{scenario.id}: {tally.different} mutants differ and lose a star, {tally.within} stay within needed and "
                f"slack, {tally.equivalent} are equivalent, {tally.rewrites} rewrites; {len(problems)} judged wrongly"
            )
        code = max(code, 1 if problems else 0)
        for problem in problems:
            click.echo(visible(f"{scenario.id}: {problem}"))
        if not problems:
            click.echo(f"{scenario.id}: {len(ASSERTIONS)} assertions hold")
    raise SystemExit(code)
