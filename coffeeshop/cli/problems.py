"""Prints the problems of a command."""

from __future__ import annotations

from collections.abc import Iterable

import click

from coffeeshop.harmless import escaped_line
from coffeeshop.policy.problem import Level, Place, Problem

UNUSABLE = 2  # exit code: ungradable input, or a wrong command line


def error(code: str, text: str, mend: str) -> Problem:
    """Returns a problem of the command line, which has no place but itself."""
    return Problem(Level.ERROR, code, Place(), text, mend)


def complain(problems: Iterable[Problem]) -> None:
    """Every problem on a line of its own, to standard error."""
    for problem in problems:
        click.echo(escaped_line(f"{problem.level}: {problem}"), err=True)
