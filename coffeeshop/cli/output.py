"""What every command shares: where data lies, who learns, how problems are printed."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from platformdirs import user_data_path

from coffeeshop.harmless import escaped_line
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.progress import Progress, save_path
from coffeeshop.lessons.scenario.find import find
from coffeeshop.policy.model import Level, Place, Problem

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


def error(code: str, text: str, mend: str) -> Problem:
    """A problem of the command line, which has no place but itself."""
    return Problem(Level.ERROR, code, Place(), text, mend)


def complain(problems: Iterable[Problem]) -> None:
    """Every problem on a line of its own, to standard error."""
    for problem in problems:
        click.echo(escaped_line(f"{problem.level}: {problem}"), err=True)


ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def accounts() -> Path:
    """The folder of the accounts that were imported: each a scenario without checks."""
    return data_folder() / "accounts"


def located(name: str) -> str:
    """The path of an imported account of that name; any other name as it is."""
    folder = accounts() / name
    return str(folder) if ACCOUNT_NAME.fullmatch(name) and folder.is_dir() else name


def scenario(
    name: str,
    extra: Path | None,
    variant: int | None = 0,
    last: Callable[[Scenario], int] = lambda found: found.variant,
) -> Scenario:
    """The scenario of that id, path or imported name, in a variant (None: in the one that `last` knows to be played); a
    problem ends the command with exit code 2.
    """
    from coffeeshop.lessons.scenario.load import reopened  # with the whole engine, which a list does without

    folder = find(located(name), extra)
    found = (folder,) if isinstance(folder, Problem) else reopened(folder, variant, last)
    if isinstance(found, tuple):
        complain(found)
        raise SystemExit(UNUSABLE)
    return found
