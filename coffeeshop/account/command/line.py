"""A typed line, carried out: the calls that it makes, each after the answer to the one before, and what it prints."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.command.answer import Printed, printed, refusal
from coffeeshop.account.command.option_values import Files
from coffeeshop.account.command.read import Reading, reading
from coffeeshop.account.model import Account, Answer, Call, Caller, Reply
from coffeeshop.policy.model import Problem

Talk: TypeAlias = Generator[Call, Answer, Printed]  # calls are yielded, answers are sent, what is printed is returned


class Line(Struct, frozen=True):
    """A line that can be carried out: who asks, and what they say to the account. `notes` tell what of it does nothing."""

    caller: Caller
    talk: Callable[[], Talk]
    notes: tuple[str, ...] = ()


def understood(
    line: str, account: Account, at: datetime, files: Files, profile: str | Caller = "root"
) -> Line | tuple[Problem, ...]:
    """Returns what a line does, under the conditions of `read`; or every problem with it."""
    found = reading(line, account, at, files, profile)
    if not isinstance(found, Reading):
        return found
    return Line(found.act.caller, lambda: _asked(found), found.notes)


def carried_out(line: Line, ask: Callable[[Call], Answer]) -> Printed:
    """Makes the calls of a line by `ask`, which answers each, and returns what the line prints."""
    talk = line.talk()
    try:
        call = next(talk)
        while True:
            call = talk.send(ask(call))
    except StopIteration as end:
        return end.value


# ------------------------------------------------------------------- one call
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
