"""The day at the shop that is open, and how a save keeps it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

SECOND = timedelta(seconds=1)


class Again(Struct, frozen=True):
    """The theft of a day that is played again: which incident, whose credential, when, and whether it is a session that
    somebody works with, in place of what they don't own.
    """

    incident: str
    who: str
    at: time
    lent: bool = False


class Opening(Struct, frozen=True):
    """The day that is open: which, drawn by which seed, with which incident ("": the seed's choice), and until when it
    was told so far, if it was. `like` is the day that it has the chances of, if that is another, and `again` its theft.
    """

    date: date
    seed: int = 0
    incident: str = ""
    told: Annotated[datetime, Meta(tz=True)] | None = None
    like: date | None = None
    again: Again | None = None

    @property
    def opens(self) -> datetime:
        """Tells when the shop opens."""
        from coffeeshop.shop.rota import OPENS, clock  # with the first day that is opened

        return clock(self.date, OPENS)

    @property
    def closes(self) -> datetime:
        """Tells when it closes."""
        from coffeeshop.shop.rota import CLOSES, clock  # likewise

        return clock(self.date, CLOSES)

    @property
    def is_over(self) -> bool:
        """Tells whether all of it was told."""
        return self.told == self.closes

    @property
    def clock(self) -> datetime:
        """Tells what the shop's clock shows now: whatever is done next comes after what was told."""
        return self.told + SECOND if self.told else self.opens


def opening_json(opening: Opening) -> str:
    """Returns an opening as a save keeps it: JSON, of which `read` makes the same."""
    return msgspec.json.encode(opening).decode()


def read(text: str) -> Opening | None:
    """Returns the opening that was written so; None where it is none."""
    try:
        return msgspec.json.decode(text, type=Opening)
    except msgspec.MsgspecError:
        return None
