"""How this program was started, so that a message can name a command that works when it is typed."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

PROGRAM_NAME = "coffeeshop"
DISTRIBUTION_NAME = "coffeeshop-iam"  # its name on the package index, where another project is called coffeeshop


def command_line(*words: str) -> str:
    """Return a command of this program with these words, as it can be typed here: coffeeshop, .venv/bin/coffeeshop or
    python -m coffeeshop.
    """
    return " ".join((_program_name(), *words))


def install_command(extra: str) -> str:
    """Return the command that installs this program with one of its extras."""
    return f"pip install '{DISTRIBUTION_NAME}[{extra}]'"


def _program_name() -> str:
    """Return the command by which this program was started, to show in the commands that a
    reader can paste.
    """
    started = Path(sys.argv[0])
    if started.name == "__main__.py" and started.parent.name == PROGRAM_NAME:
        return f"{shlex.quote(sys.orig_argv[0])} -m {PROGRAM_NAME}"
    if started.stem != PROGRAM_NAME or _is_on_path(started):
        return PROGRAM_NAME  # tests and other programs are no way to start it
    return shlex.quote(_relative_path(started))


def _is_on_path(started: Path) -> bool:
    program = shutil.which(PROGRAM_NAME)
    return program is not None and os.path.realpath(program) == os.path.realpath(started)


def _relative_path(started: Path) -> str:
    """Return the path relative to the current folder if the program is inside it, or else as it was typed."""
    if not started.is_absolute():
        return str(started)
    folder = Path.cwd()
    if started.is_relative_to(folder):
        return str(started.relative_to(folder))
    return str(started)
