"""Make and print the problems of a command."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import click

from coffeeshop.harmless import escape_line
from coffeeshop.invocation import install_command
from coffeeshop.policy.problem import Level, Place, Problem, Problems

NOT_DONE = 1  # exit code: someone answered a question with no
UNUSABLE_INPUT = 2  # exit code: ungradable input, or a wrong command line
MAKE_ROOM = "free some space there, or name another folder in COFFEESHOP_DATA"


def command_problem(code: str, text: str, mend: str) -> Problem:
    """Return an error without a place in a file, such as one of the command line."""
    return Problem(Level.ERROR, code, Place(), text, mend)


def write_problem(path: Path, wrong: OSError, mend: str) -> Problem:
    """Return the problem that a path can't be written, with the system's reason."""
    if isinstance(wrong, FileNotFoundError) and not path.parent.exists():
        reason = f"the folder {path.parent} doesn't exist"
        mend = f"create that folder, or {mend}"
    else:
        reason = wrong.strerror or str(wrong)
    return command_problem("unwritable", f"{path} cannot be written: {reason}", mend)


def check_installed(needs: str, packages: Iterable[str], extra: str) -> None:
    """Raise Problems if a package of one of our extras isn't installed. `needs` begins the sentence: "the endpoint needs"."""
    if missing := [name for name in packages if find_spec(name) is None]:
        message = f"{needs} these packages, which aren't installed: {', '.join(missing)}"
        raise Problems(command_problem("no-server", message, install_command(extra)))


@contextmanager
def report_write_errors(path: Path, mend: str) -> Generator[None]:
    """Turn an OSError of the block, which writes to the path, into Problems with the path and the fix `mend`."""
    try:
        yield
    except OSError as wrong:
        raise Problems(write_problem(path, wrong, mend)) from None


def print_problems(problems: Iterable[Problem]) -> None:
    """Print every problem on a line of its own, to standard error."""
    for problem in problems:
        click.echo(escape_line(f"{problem.level}: {problem}"), err=True)


def is_confirmed(question: str, deed: str) -> bool:
    """Return whether somebody answers a question on standard error with yes. The end of the input is a no.

    `deed` says what --yes does without the question.
    """
    try:
        return click.confirm(question, default=False, err=True)
    except click.Abort:
        click.echo(f"\nTo {deed} without being asked, add --yes.", err=True)
        return False


CONNECTIONS_FULL = "warning: this system can't open more connections now. New learners have to wait until someone leaves"


def warn_once_when_full() -> None:
    """Make asyncio report once, in one line, that it can't accept more connections.

    By default it prints a traceback for each connection that waits.
    """
    has_warned = False

    def filter_record(record: logging.LogRecord) -> bool:
        nonlocal has_warned
        if "socket.accept()" not in record.getMessage():
            return True
        is_first = not has_warned
        has_warned = True
        record.msg = CONNECTIONS_FULL
        record.args = ()
        record.exc_info = None
        return is_first

    logging.getLogger("asyncio").addFilter(filter_record)
