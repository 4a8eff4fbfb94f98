"""Makes and prints the problems of a command."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import click

from coffeeshop.harmless import escape_line
from coffeeshop.policy.problem import Level, Place, Problem, Problems

UNUSABLE = 2  # exit code: ungradable input, or a wrong command line
MAKE_ROOM = "make room there, or name another place in COFFEESHOP_DATA"


def error(code: str, text: str, mend: str) -> Problem:
    """Returns a problem of the command line, which has no place but itself."""
    return Problem(Level.ERROR, code, Place(), text, mend)


def unwritable(path: Path, wrong: OSError, mend: str) -> Problem:
    """Returns why nothing could be written there."""
    return error("unwritable", f"{path} cannot be written: {wrong.strerror or wrong}", mend)


def check_installed(needs: str, packages: Iterable[str], extra: str) -> None:
    """Raises Problems where one of the packages of an extra of ours is not installed; `needs` begins the sentence."""
    if missing := [name for name in packages if find_spec(name) is None]:
        message = f"{needs} {' and '.join(missing)}, which is not installed"
        raise Problems(error("no-server", message, f"pip install 'coffeeshop[{extra}]'"))


@contextmanager
def writing(path: Path, mend: str) -> Generator[None]:
    """Holds what writes there. Raises Problems in the place of an OSError, the path and the mend in it."""
    try:
        yield
    except OSError as wrong:
        raise Problems(unwritable(path, wrong, mend)) from None


def complain(problems: Iterable[Problem]) -> None:
    """Print every problem on a line of its own, to standard error."""
    for problem in problems:
        click.echo(escape_line(f"{problem.level}: {problem}"), err=True)


FULL = "warning: this system takes no connection more now; who comes waits until somebody leaves"


def tell_once_when_full() -> None:
    """Has asyncio say on one line, and once, that it can take no connection: it prints a traceback for each that waits."""
    told = False

    def is_told(record: logging.LogRecord) -> bool:
        nonlocal told
        if "socket.accept()" not in record.getMessage():
            return True
        first = not told
        told = True
        record.msg = FULL
        record.args = ()
        record.exc_info = None
        return first

    logging.getLogger("asyncio").addFilter(is_told)
