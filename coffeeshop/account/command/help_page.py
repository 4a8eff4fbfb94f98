"""Print the page of `help` at every level: the commands or options that can follow, from the operations' rows.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-help.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coffeeshop.account.command.complete import Help, help_rows
from coffeeshop.account.command.grammar import GLOBAL_OPTIONS

HELP_WORDS = ("help", "--help")
LEFT_MARGIN = " " * 4


def asks_for_help(words: Sequence[str]) -> bool:
    """Return whether a line asks for help: by its last word, and with no option before it."""
    commands = words[:-1]
    return (
        len(words) > 1
        and words[-1] in HELP_WORDS
        and words[0] in {"aws", "console"}
        and not any(w[0:1] == "-" for w in commands)
    )


def help_page(words: Sequence[str]) -> str:
    """Return the help page of a command, or "" if there is no such command."""
    if words[0] == "console":
        commands = ("console", *words[1:])
    else:
        commands = words[1:]
    service, name, waiter = (*commands, "", "", "")[:3]
    if not (rows := help_rows(service, name, waiter)):
        return ""
    return "\n".join(
        _page_lines(" ".join(words), rows, bool(waiter if name == "wait" else name))
    )


def _page_lines(command: str, rows: Sequence[Help], options: bool) -> Iterator[str]:
    """Yield the lines of a page. `options`: the rows are options, not commands."""
    yield from ("NAME", f"{LEFT_MARGIN}{command}", "", "SYNOPSIS")
    if not options:
        yield from (f"{LEFT_MARGIN}{command} COMMAND [OPTIONS]", "", "AVAILABLE COMMANDS")
        yield from (f"{LEFT_MARGIN}{row.word}" for row in rows)
        return
    yield f"{LEFT_MARGIN}{command}"
    yield from (f"{LEFT_MARGIN * 2}{_synopsis_words(row)}" for row in rows)
    yield from ("", "OPTIONS")
    for row in rows:
        notes = ", ".join(filter(None, ("required" if row.required else "", row.limits)))
        yield f"{LEFT_MARGIN}{row.word}{f' ({row.takes})' if row.takes else ''}{f': {notes}' if notes else ''}"
    yield from ("", "GLOBAL OPTIONS", f"{LEFT_MARGIN}{' '.join(GLOBAL_OPTIONS)}")


def _synopsis_words(row: Help) -> str:
    """Return an option as the synopsis shows it: in brackets unless it is required."""
    if row.takes:
        words = f"{row.word} <value>"
    else:
        words = row.word
    if row.required:
        return words
    return f"[{words}]"
