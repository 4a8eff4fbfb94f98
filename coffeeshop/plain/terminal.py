"""A terminal under plain mode: lines are broken between words, and tab completes what is typed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TextIO, TypeAlias

from coffeeshop.account.command.shell_words import LIMIT
from coffeeshop.files import cut_lines
from coffeeshop.harmless import escape_hidden
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.plain.shell import Shell
from coffeeshop.plain.words import WORDS
from coffeeshop.plain.wrapped import WIDTH, break_row, width
from coffeeshop.views.rows import Row

LONGEST = (
    LIMIT + 1
)  # characters of a line: it is told that it is too long, and nobody holds all of it
LOW = 5  # lines below which nothing is paged


# Prints a prompt, and returns the line that is typed behind it; raises EOFError.
Ask: TypeAlias = Callable[[str], str]


def asking(shell: Shell, source: TextIO, out: TextIO) -> Ask | None:
    """Returns how a line is asked for: at a terminal, where tab completes; None where nobody sits at one."""
    if not source.isatty():
        return None
    if source is sys.stdin:
        return _ask_with_editing(shell)
    return _ask_by_line(source, out)


def typed_lines(shell: Shell, source: TextIO, ask: Ask | None) -> Iterator[str]:
    """Yields what is typed, a line at a time: behind a prompt at a terminal, which says whose badge is in hand."""
    if ask is None:
        yield from cut_lines(source, LONGEST)
        return
    while True:
        try:
            yield ask(
                escape_hidden(
                    f"{shell.player.sitting.profile if shell.player.sitting else 'coffeeshop'}> "
                )
            )
        except EOFError:
            return


def page_lines(
    shell: Shell, rows: Iterable[Row], out: TextIO, ask: Ask | None
) -> Iterator[str]:
    """Yields the lines of an answer; at a terminal that is too low for it a page at a time. Whoever passes the rest over
    loses nothing: what the answer does is done, and what they type is their next line.
    """
    columns = width(out)
    room = _height(out) if ask else None
    printed = 0
    passed = False
    for row in rows:
        text = break_row(row, columns)
        high = sum(max(1, -(-len(line) // (columns or WIDTH))) for line in text.split("\n"))
        if room and ask and printed and printed + high > room and not passed:
            printed = 0
            passed = _passes_over(shell, ask)
        printed += high
        if not passed:
            yield f"{text}\n"


def _height(out: TextIO) -> int | None:
    """Tells how many lines of an answer the terminal shows above a prompt; None where it does not tell, or has too few."""
    try:
        lines = os.get_terminal_size(out.fileno()).lines - 1
    except (OSError, ValueError):
        return None
    return lines if lines >= LOW else None


def _passes_over(shell: Shell, ask: Ask) -> bool:
    try:
        typed = ask(MORE).strip()
    except EOFError:
        return True
    if typed not in ("", "q"):
        shell.source = chain([typed], shell.source)
    return bool(typed)


MORE = "There is more: ⏎ reads on, q passes it over. "


def _ask_by_line(source: TextIO, out: TextIO) -> Ask:
    def ask(prompt: str) -> str:
        out.write(prompt)
        out.flush()
        if not (typed := source.readline()):
            raise EOFError
        return typed

    return ask


def _ask_with_editing(shell: Shell) -> Ask:
    """Python's own `input`, with the line editing of the terminal."""
    try:
        import readline
    except ImportError:  # not on every system
        return input
    readline.set_completer_delims(" ")
    readline.set_completer(
        lambda _, nth: _nth(
            proposals(readline.get_line_buffer()[: readline.get_endidx()], shell), nth
        )
    )
    readline.parse_and_bind("tab: complete")
    return input


def _nth(names: tuple[str, ...], nth: int) -> str | None:
    if nth < len(names):
        return f"{names[nth]} "
    return None


def proposals(head: str, shell: Shell) -> tuple[str, ...]:
    """Returns the words that may stand where the line ends."""
    first, blank, rest = head.lstrip().partition(" ")
    if not blank:
        known_items = (*WORDS, "aws", "console", "quit")
        return tuple(word for word in known_items if word.startswith(first))
    if first in ("aws", "console") and shell.player.sitting:
        from coffeeshop.account.command.complete import complete_line

        return complete_line(head, shell.sitting.play.account.home_of(shell.sitting.caller))
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
        yield from shell.sitting.folder
    elif word == "as":
        yield from profiles(shell.sitting.play)
