"""A typed line, to what it does: a call of a service, or a command of the CLI's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.command.answer import Printed, format_pages, format_refusal
from coffeeshop.account.command.configure import configure_line, export_line
from coffeeshop.account.command.grammar import CLI_ONLY, OUTFILE_OPERATIONS, SKELETON_OPTION
from coffeeshop.account.command.help_page import asks_for_help, help_page
from coffeeshop.account.command.line import Line
from coffeeshop.account.command.option_values import Files
from coffeeshop.account.command.pages import read_pages
from coffeeshop.account.command.parse import Command, parse_words
from coffeeshop.account.command.read import LineReader, Reading, empty_line_problem
from coffeeshop.account.command.shell_words import split_line
from coffeeshop.account.command.skeleton import parameter_skeleton
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.command.waiters import WAITERS, run_waiter
from coffeeshop.account.model import Account, Caller, Nobody, Reply, ServiceError
from coffeeshop.account.values import Deferred, Json
from coffeeshop.policy.model import Problem


def _s3_line(reader: LineReader) -> Line | tuple[Problem, ...]:
    """Return the line of an `aws s3` command, or its problems. Imported late, because few lines are."""
    from coffeeshop.account.command.s3.command import s3_line  # for the few lines of it

    return s3_line(reader)


OWN_LINES: Mapping[str, Callable[[LineReader], Line | tuple[Problem, ...]]] = {
    "s3": _s3_line,
    "configure": configure_line,
}


def understand_line(
    line: str, account: Account, at: datetime, files: Files, profile: str | Caller = "root"
) -> Line | tuple[Problem, ...]:
    """Return what a line does, under the conditions of `read_act`, or the problems with it."""
    words, problems = split_line(line)
    texts = [word.text for word in words]
    if problems or not words:
        return problems or (empty_line_problem(line),)
    if asks_for_help(texts) and (text := help_page(texts[:-1])):
        return Line(Nobody(), lambda: _print_text(text))
    if texts[0] == "export":
        return export_line(
            LineReader(line, Command(), files, account=account, at=at, profile=profile),
            words,
        )
    reader = LineReader(
        line, parse_words(words), files, account=account, at=at, profile=profile
    )
    if reader.command.own:
        return OWN_LINES[reader.command.own[0]](reader)
    if (row := _skeleton_operation(reader.command)) is not None:
        return Line(Nobody(), lambda: _print_text(parameter_skeleton(row)))
    result = reader.reading()
    if isinstance(result, Reading):
        return _call_line(reader, result)
    return result


def _skeleton_operation(command: Command) -> Operation | None:
    """Return the operation whose skeleton the line asks for, or None if the CLI needs other
    arguments first.
    """
    if (
        command.row is None
        or command.option(SKELETON_OPTION.name) is None
        or command.faults
        or command.rest
    ):
        return None
    key = (command.row.service, command.row.name)
    if key in OUTFILE_OPERATIONS or key in CLI_ONLY:
        return None
    return command.row


def _print_text(text: str) -> Talk:
    """Make no call, and return a text to print."""
    yield from ()
    return Printed(text)


def _call_line(reader: LineReader, reading: Reading) -> Line:
    """Return the line that makes one call, or that repeats it until a waiter is content."""
    name = reader.command.waiter
    row = reader.command.row
    if name and row:
        waiter = WAITERS[row.service][name]
        return Line(
            reading.act.caller,
            lambda: run_waiter(name, waiter, reading.act.call),
            reading.notes,
        )
    return Line(
        reading.act.caller, lambda: _make_calls(reader.command, reading), reading.notes
    )


def _make_calls(command: Command, reading: Reading) -> Talk:
    """Make the line's call, once for each page that it wants."""
    result = yield from read_pages(reading.act.call, reading.window)
    outfile = _outfile(command)
    if isinstance(result, ServiceError):
        return replace(format_refusal(reading.act.call, result), outfile=outfile)
    printed = format_pages(reading.act.call, result.pages, reading.form, result.token)
    return replace(printed, files=_written_files(command, result.pages[0]), outfile=outfile)


def _outfile(command: Command) -> str:
    """Return the name of the file that a line's answer is written to, or "" if it isn't."""
    operation = (command.row.service, command.row.name) if command.row else ("", "")
    if operation in OUTFILE_OPERATIONS:
        return command.rest[0].text
    return command.word("--outfile") if operation in CLI_ONLY else ""


def _written_files(command: Command, reply: Reply) -> Mapping[str, Json]:
    """Return the file that a call's answer is written to, by its name: an object, a result, or a device's seed.

    Its bytes are made when they are read, because a QR code takes longer than its call.
    """
    row = command.row
    if row is None:
        return {}
    operation = row.service, row.name
    name = _outfile(command)
    if operation in OUTFILE_OPERATIONS:
        container: Json = reply.body
        member = row.output.payload
    elif operation in CLI_ONLY:
        container = reply.body.get("VirtualMFADevice")
        member = command.word("--bootstrap-method")
    else:
        return {}
    if name.startswith("/dev/") or not isinstance(container, Mapping):
        return {}
    body: Mapping[str, Json] = container
    return Deferred({}, **{name: lambda: body.get(member)})
