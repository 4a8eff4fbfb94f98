"""Options that several commands take, each with the variable that stands for it."""

from __future__ import annotations

from pathlib import Path

import click

LEARNER = click.option(
    "--learner", metavar="NAME", envvar="COFFEESHOP_LEARNER", help="Whose progress; else COFFEESHOP_LEARNER, else you."
)
SCENARIOS = click.option(
    "--scenarios",
    "extra",
    envvar="COFFEESHOP_SCENARIOS",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of scenarios of your own; else COFFEESHOP_SCENARIOS.",
)
PLAIN = click.option("--plain", is_flag=True, help="Line by line, for screen readers and pipes.")
