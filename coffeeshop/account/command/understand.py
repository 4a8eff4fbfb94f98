"""A typed line, to what it does: a call of a service, or a command of the CLI's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.command.answer import printed, refusal
from coffeeshop.account.command.line import Line
from coffeeshop.account.command.option_values import Files
from coffeeshop.account.command.read import LineReader, Reading, taken_apart
from coffeeshop.account.command.s3.command import s3_line
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.model import Account, Caller, Reply
from coffeeshop.policy.model import Problem

OWN_LINES: Mapping[str, Callable[[LineReader], Line | tuple[Problem, ...]]] = {"s3": s3_line}


def understood(
    line: str, account: Account, at: datetime, files: Files, profile: str | Caller = "root"
) -> Line | tuple[Problem, ...]:
    """Returns what a line does, under the conditions of `read`; or every problem with it."""
    command = taken_apart(line)
    if isinstance(command, tuple):
        return command
    reader = LineReader(line, command, account, at, files, profile)
    if command.own:
        return OWN_LINES[command.own[0]](reader)
    found = reader.reading()
    return Line(found.act.caller, lambda: _asked(found), found.notes) if isinstance(found, Reading) else found


def _asked(line: Reading) -> Talk:
    """Makes the call; of a list, as often as there are pages, unless the line says how much it wants.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-pagination.html
    """
    call, pages = line.act.call, list[Reply]()
    row = OPERATIONS[call.service, call.operation]
    while True:
        answer = yield call
        if not isinstance(answer, Reply):
            return refusal(call, answer)
        pages.append(answer)
        token = answer.body.get(row.pages.next) if row.pages and line.whole else None
        if not (row.pages and token):
            return printed(line.act.call, tuple(pages), line.form)
        call = replace(call, parameters={**call.parameters, row.pages.token: token})
