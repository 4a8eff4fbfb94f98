"""Define modes and marks, which views need without the account."""

from __future__ import annotations

from enum import Enum, StrEnum


class Mode(StrEnum):
    """The demand of a want: a job must work, slack may, a refusal never."""

    MUST = "must"
    MAY = "may"
    NEVER = "never"


class Mark(Enum):
    """The marks of a judgement, which every view shows."""

    OK = "✓"
    MISS = "✗"
    EXTRA = "▲"
    LEAK = "◆"
    QUIET = "·"


def mark_of(mode: Mode | None, allowed: bool) -> Mark:
    """Return the mark for a request, by what is demanded of it and whether it was allowed.

    If nothing is demanded of it (`mode` None), it is EXTRA if allowed, and QUIET if not.
    """
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
