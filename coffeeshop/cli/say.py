"""What every command shares: where data lies, who learns, how problems are printed."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable
from pathlib import Path

import click
from platformdirs import user_data_path

from coffeeshop.lessons.find import find
from coffeeshop.lessons.load import load
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.progress import Progress, save_path
from coffeeshop.policy.model import Problem
from coffeeshop.views.words import visible

UNUSABLE = 2  # exit code: ungradable input, or a wrong command line


def data_folder() -> Path:
    """COFFEESHOP_DATA, else the platform's folder for user data."""
    named = os.environ.get("COFFEESHOP_DATA")
    return Path(named) if named else user_data_path("coffeeshop")


def learner_name(named: str | None) -> str:
    """The learner who was named, else the user of the machine."""
    try:
        return named or getpass.getuser()
    except (OSError, KeyError):  # a container without a user database
        return "learner"


def progress(learner: str | None) -> Progress:
    """The learner's save, open."""
    return Progress(save_path(data_folder(), learner_name(learner)))


def complain(problems: Iterable[Problem]) -> None:
    """Every problem on a line of its own, to standard error."""
    for problem in problems:
        click.echo(visible(f"{problem.level}: {problem}"), err=True)


def scenario(name: str, extra: Path | None) -> Scenario:
    """The scenario of that id or path; a problem ends the command with exit code 2."""
    folder = find(name, extra)
    found = (folder,) if isinstance(folder, Problem) else load(folder)
    if isinstance(found, tuple):
        complain(found)
        raise SystemExit(UNUSABLE)
    return found
