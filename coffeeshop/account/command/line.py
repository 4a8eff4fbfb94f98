"""A typed line that can be carried out: who asks, what they say to the account, and what does nothing of it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from coffeeshop.account.command.answer import Printed
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.model import Answer, Call, Caller


class Line(Struct, frozen=True):
    """A line that can be carried out; `talk` begins it. `notes` tell what of it does nothing here, `profile` names the badge
    that it takes in hand.
    """

    caller: Caller
    talk: Callable[[], Talk]
    notes: tuple[str, ...] = ()
    profile: str = ""


def carry_out(line: Line, ask: Callable[[Call], Answer]) -> Printed:
    """Make a line's calls by `ask`, which answers each, and return what the line prints."""
    talk = line.talk()
    try:
        call = next(talk)
        while True:
            call = talk.send(ask(call))
    except StopIteration as end:
        return end.value
