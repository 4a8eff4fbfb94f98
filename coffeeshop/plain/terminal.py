"""Serve plain mode at a terminal: prompts, line breaks between words, pages and completion."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TextIO, TypeAlias

from coffeeshop.account.command.shell_words import MAX_LINE_LENGTH
from coffeeshop.files import cut_lines
from coffeeshop.harmless import escape_hidden
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.plain.shell import Shell
from coffeeshop.plain.words import WORDS
from coffeeshop.plain.wrapped import DEFAULT_WIDTH, break_row, width
from coffeeshop.views.rows import Row

# Characters that are read of a line. One more than MAX_LINE_LENGTH is enough to call it too long.
MAX_LINE_READ = MAX_LINE_LENGTH + 1
MIN_PAGED_HEIGHT = 5  # a terminal with fewer lines isn't paged


# Prints a prompt and returns the line that is typed after it. Raises EOFError.
Ask: TypeAlias = Callable[[str], str]


def asking(shell: Shell, source: TextIO, out: TextIO) -> Ask | None:
    """Return the function that asks for a line at a terminal. Return None if the source is no terminal.

    On stdin, tab completes words.
    """
    if not source.isatty():
        return None
    if source is sys.stdin:
        return _ask_with_editing(shell)
    return _ask_by_line(source, out)


def typed_lines(shell: Shell, source: TextIO, ask: Ask | None) -> Iterator[str]:
    """Yield the lines that are typed. At a terminal, a prompt comes before each line."""
    if ask is None:
        yield from cut_lines(source, MAX_LINE_READ)
        return
    while True:
        try:
            yield ask(escape_hidden(shell.prompt))
        except EOFError:
            return


def page_lines(
    shell: Shell, rows: Iterable[Row], out: TextIO, ask: Ask | None
) -> Iterator[str]:
    """Yield the lines of an answer. A low terminal gets them page by page.

    A learner who skips the rest loses nothing: the answer's effects are done, and the text they type is their next
    line.
    """
    columns = width(out)
    room = _terminal_room(out) if ask else None
    printed = 0
    passed = False
    for row in rows:
        text = break_row(row, columns)
        high = sum(
            max(1, -(-len(line) // (columns or DEFAULT_WIDTH))) for line in text.split("\n")
        )
        if room and ask and printed and printed + high > room and not passed:
            printed = 0
            passed = _skips_rest(shell, ask)
        printed += high
        if not passed:
            yield f"{text}\n"


def _terminal_room(out: TextIO) -> int | None:
    """Return how many lines of an answer fit above a prompt.

    Return None if the terminal's height is unknown or below MIN_PAGED_HEIGHT.
    """
    try:
        lines = os.get_terminal_size(out.fileno()).lines - 1
    except (OSError, ValueError):
        return None
    return lines if lines >= MIN_PAGED_HEIGHT else None


def _skips_rest(shell: Shell, ask: Ask) -> bool:
    """Ask whether to print more, and tell whether the learner skips it. Other text becomes the next line of input."""
    try:
        typed = ask(MORE_PROMPT).strip()
    except EOFError:
        return True
    if typed not in ("", "q"):
        shell.source = chain([typed], shell.source)
    return bool(typed)


MORE_PROMPT = "There is more: ⏎ continues, q skips the rest. "


def _ask_by_line(source: TextIO, out: TextIO) -> Ask:
    """Return a function that prints a prompt and reads a line, without editing."""

    def ask(prompt: str) -> str:
        out.write(prompt)
        out.flush()
        if not (typed := source.readline()):
            raise EOFError
        return typed

    return ask


def _ask_with_editing(shell: Shell) -> Ask:
    """Return Python's `input` with the terminal's line editing and tab completion."""
    try:
        import readline
    except ImportError:  # not on every system
        return input
    readline.set_completer_delims(" ")
    readline.set_completer(
        lambda _, nth: _nth_word(
            proposals(readline.get_line_buffer()[: readline.get_endidx()], shell), nth
        )
    )
    readline.parse_and_bind("tab: complete")
    return input


def _nth_word(names: tuple[str, ...], nth: int) -> str | None:
    """Return a word and a blank, as readline wants it. Return None if there are no more words."""
    if nth < len(names):
        return f"{names[nth]} "
    return None


def proposals(head: str, shell: Shell) -> tuple[str, ...]:
    """Return the words that can complete a line."""
    first, blank, rest = head.lstrip().partition(" ")
    if not blank:
        known_items = (*WORDS, "aws", "console", "quit")
        return tuple(word for word in known_items if word.startswith(first))
    if first in ("aws", "console") and shell.player.sitting:
        from coffeeshop.account.command.complete import complete_line

        return complete_line(head, shell.sitting.play.account.home_of(shell.sitting.caller))
    begun = rest.rpartition(" ")[2]
    return tuple(
        word for word in sorted(_argument_words(first, shell)) if word.startswith(begun)
    )


def _argument_words(word: str, shell: Shell) -> Iterator[str]:
    """Yield the arguments that a word of plain mode takes."""
    from coffeeshop.lessons.scenario.find import folders

    if word == "play":
        yield from (folder.name for folder in folders(shell.player.extra))
    elif shell.player.sitting is None:
        return
    elif word == "show":
        yield from shell.sitting.folder
    elif word == "as":
        yield from profiles(shell.sitting.play)
