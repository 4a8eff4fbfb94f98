"""The words of a wish and of a judgement, which pictures and lists need without the account behind them."""

from __future__ import annotations

from enum import Enum, StrEnum


class Mode(StrEnum):
    """How the shop wants it: a job must work, slack may, a refusal never."""

    MUST = "must"
    MAY = "may"
    NEVER = "never"


class Mark(Enum):
    """The one vocabulary of judgement: bay, matrix, trail, ticket, receipt and report all show these."""

    OK = "✓"
    MISS = "✗"
    EXTRA = "▲"
    LEAK = "◆"
    QUIET = "·"


def mark(mode: Mode | None, allowed: bool) -> Mark:
    """Returns the mark of decision x wish."""
    match mode, allowed:
        case (Mode.MUST, True) | (Mode.NEVER, False):
            return Mark.OK
        case Mode.MUST, False:
            return Mark.MISS
        case Mode.NEVER, True:
            return Mark.LEAK
        case None, True:
            return Mark.EXTRA
        case _:
            return Mark.QUIET
