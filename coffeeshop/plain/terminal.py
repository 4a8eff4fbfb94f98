"""A terminal under plain mode: lines are broken between words, and tab completes what is typed."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import TextIO

from coffeeshop.harmless import escaped
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.plain.shell import Shell
from coffeeshop.plain.words import WORDS, shown
from coffeeshop.views.rows import Row, line

WIDTH, NARROW = 80, 20  # columns where the terminal tells none; below so few nothing is broken


def width(out: TextIO) -> int | None:
    """Tells how many columns the terminal has; None where `out` is none, and a line stays one line."""
    if not out.isatty():
        return None
    try:
        return os.get_terminal_size(out.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return WIDTH


def broken(row: Row, columns: int | None) -> str:
    """Returns a row as lines of at most so many columns, broken between words; code stays as it is to be typed."""
    text = escaped(line(row))
    if columns is None or columns < NARROW or row.role == "code" or len(text) < columns:
        return text
    hanging = "  " * (row.indent + 1)
    found = textwrap.wrap(
        text,
        columns - 1,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return "\n".join(found)


def typed_lines(shell: Shell, source: TextIO, out: TextIO) -> Iterator[str]:
    """Yields what is typed, a line at a time: behind a prompt at a terminal, which says whose badge is in hand and where
    tab completes.
    """
    if not source.isatty():
        yield from source
        return
    asked = _edited(shell) if source is sys.stdin else _asked(source, out)
    while True:
        try:
            yield asked(escaped(f"{shell.player.sitting.profile if shell.player.sitting else 'coffeeshop'}> "))
        except EOFError:
            return


def _asked(source: TextIO, out: TextIO) -> Callable[[str], str]:
    def ask(prompt: str) -> str:
        out.write(prompt)
        out.flush()
        if not (typed := source.readline()):
            raise EOFError
        return typed

    return ask


def _edited(shell: Shell) -> Callable[[str], str]:
    """Python's own `input`, with the line editing of the terminal."""
    try:
        import readline
    except ImportError:  # not on every system
        return input
    readline.set_completer_delims(" ")
    readline.set_completer(
        lambda _, nth: _nth(proposals(readline.get_line_buffer()[: readline.get_endidx()], shell), nth)
    )
    readline.parse_and_bind("tab: complete")
    return input


def _nth(found: tuple[str, ...], nth: int) -> str | None:
    return f"{found[nth]} " if nth < len(found) else None


def proposals(head: str, shell: Shell) -> tuple[str, ...]:
    """Returns the words that may stand where the line ends."""
    first, blank, rest = head.lstrip().partition(" ")
    if not blank:
        known = (*WORDS, "aws", "console", "quit")
        return tuple(word for word in known if word.startswith(first))
    if first in ("aws", "console") and shell.player.sitting:
        from coffeeshop.account.command.complete import completions

        return completions(head, shell.sitting.play.account.home_of(shell.sitting.caller))
    begun = rest.rpartition(" ")[2]
    return tuple(word for word in sorted(_after(first, shell)) if word.startswith(begun))


def _after(word: str, shell: Shell) -> Iterator[str]:
    """Yields what the words of plain mode take."""
    from coffeeshop.lessons.scenario.find import folders

    if word == "play":
        yield from (folder.name for folder in folders(shell.player.extra))
    elif shell.player.sitting is None:
        return
    elif word == "show":
        yield from shown(shell)
    elif word == "as":
        yield from profiles(shell.sitting.play)
