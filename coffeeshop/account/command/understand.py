"""A typed line, to what it does: a call of a service, or a command of the CLI's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.command.answer import Printed, printed, refusal
from coffeeshop.account.command.configure import configure_line, exported
from coffeeshop.account.command.grammar import CLI_ONLY, OUTFILE, SKELETON
from coffeeshop.account.command.help_page import asks_for_help, page
from coffeeshop.account.command.line import Line
from coffeeshop.account.command.option_values import Files
from coffeeshop.account.command.pages import listed
from coffeeshop.account.command.parse import Command, parse
from coffeeshop.account.command.read import LineReader, Reading, no_command
from coffeeshop.account.command.shell_words import split
from coffeeshop.account.command.skeleton import skeleton
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.command.waiters import WAITERS, waited
from coffeeshop.account.model import Account, Caller, Nobody, ServiceError
from coffeeshop.policy.model import Problem


def _s3_line(reader: LineReader) -> Line | tuple[Problem, ...]:
    from coffeeshop.account.command.s3.command import s3_line  # for the few lines of it

    return s3_line(reader)


OWN_LINES: Mapping[str, Callable[[LineReader], Line | tuple[Problem, ...]]] = {
    "s3": _s3_line,
    "configure": configure_line,
}


def understood(
    line: str, account: Account, at: datetime, files: Files, profile: str | Caller = "root"
) -> Line | tuple[Problem, ...]:
    """Returns what a line does, under the conditions of `read`; or every problem with it."""
    words, problems = split(line)
    texts = [word.text for word in words]
    if problems or not words:
        return problems or (no_command(line),)
    if asks_for_help(texts) and (text := page(texts[:-1])):
        return Line(Nobody(), lambda: _says(text))
    if texts[0] == "export":
        return exported(LineReader(line, Command(), account, at, files, profile), words)
    reader = LineReader(line, parse(words), account, at, files, profile)
    if reader.command.own:
        return OWN_LINES[reader.command.own[0]](reader)
    if (row := _blank_of(reader.command)) is not None:
        return Line(Nobody(), lambda: _says(skeleton(row)))
    found = reader.reading()
    if isinstance(found, Reading):
        return _call_line(reader, found)
    return found


def _blank_of(command: Command) -> Operation | None:
    """Returns the operation whose skeleton is asked for; none where the CLI wants its own arguments first."""
    if (
        command.row is None
        or command.option(SKELETON.name) is None
        or command.faults
        or command.rest
    ):
        return None
    key = (command.row.service, command.row.name)
    if key in OUTFILE or key in CLI_ONLY:
        return None
    return command.row


def _says(text: str) -> Talk:
    yield from ()
    return Printed(text)


def _call_line(reader: LineReader, found: Reading) -> Line:
    name = reader.command.waiter
    row = reader.command.row
    if name and row:
        waiter = WAITERS[row.service][name]
        return Line(
            found.act.caller, lambda: waited(name, waiter, found.act.call), found.notes
        )
    return Line(found.act.caller, lambda: _asked(found), found.notes)


def _asked(line: Reading) -> Talk:
    """Makes the call; of a list, as often as the pages want that the line wants."""
    found = yield from listed(line.act.call, line.window)
    if isinstance(found, ServiceError):
        return refusal(line.act.call, found)
    return printed(line.act.call, found.pages, line.form, found.token)
