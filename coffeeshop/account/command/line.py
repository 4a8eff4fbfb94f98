"""Describe a typed line that can be carried out, and carry it out."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from coffeeshop.account.command.answer import Printed
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.model import Answer, Call, Caller


class Line(Struct, frozen=True):
    """A line that can be carried out: its caller, and the function `talk` that makes its calls.

    `notes` lists its parts without effect here. `profile` is the profile that later lines use, set by
    `export AWS_PROFILE=`.
    """

    caller: Caller
    talk: Callable[[], Talk]
    notes: tuple[str, ...] = ()
    profile: str = ""


def carry_out(line: Line, ask: Callable[[Call], Answer]) -> Printed:
    """Make a line's calls, and return the text that it prints. `ask` returns the answer to a call."""
    talk = line.talk()
    try:
        call = next(talk)
        while True:
            call = talk.send(ask(call))
    except StopIteration as end:
        return end.value
