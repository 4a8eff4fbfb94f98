"""Define the open day at the shop, and its form in a save."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from coffeeshop.account.instants import FIRST_INSTANT, LAST_INSTANT

ONE_SECOND = timedelta(seconds=1)


class Again(Struct, frozen=True):
    """A theft that another day repeats: the incident, the owner of the credential, and the time.

    `lent` tells whether it is a session that a person works with in place of their own credential.
    """

    incident: str
    who: str
    at: time
    lent: bool = False


class Opening(Struct, frozen=True):
    """The open day.

    `seed` draws its events. `incident` is the incident's id ("": the seed chooses). `seen_until` is the
    time up to which the learner has seen the day's events (None before the first). A replay of an earlier
    day has that day's date in `like`, whose random events it repeats, and that day's theft in `again`.
    """

    date: date
    seed: int = 0
    incident: str = ""
    # Saves call it "told".
    seen_until: Annotated[datetime, Meta(tz=True)] | None = msgspec.field(
        default=None, name="told"
    )
    like: date | None = None
    again: Again | None = None

    @property
    def opens(self) -> datetime:
        """Return the time at which the shop opens."""
        from coffeeshop.shop.rota import (  # imported with the first day
            OPENING_TIME,
            shop_time,
        )

        return shop_time(self.date, OPENING_TIME)

    @property
    def closes(self) -> datetime:
        """Return the time at which the shop closes."""
        from coffeeshop.shop.rota import CLOSING_TIME, shop_time

        return shop_time(self.date, CLOSING_TIME)

    @property
    def is_over(self) -> bool:
        """Return whether the learner has seen the whole day."""
        return self.seen_until == self.closes

    @property
    def clock(self) -> datetime:
        """Return the shop's time now: one second after the last event that the learner saw, or opening time."""
        if self.seen_until:
            return self.seen_until + ONE_SECOND
        return self.opens


def opening_json(opening: Opening) -> str:
    """Return an opening as JSON for a save. `read` is its inverse."""
    return msgspec.json.encode(opening).decode()


def parse_opening(text: str) -> Opening | None:
    """Return the opening that `opening_json` wrote. Return None if the text is no opening."""
    try:
        opening = msgspec.json.decode(text, type=Opening)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return None
    days = filter(None, (opening.date, opening.seen_until, opening.like))
    return (
        opening
        if all(FIRST_INSTANT.year <= day.year < LAST_INSTANT.year for day in days)
        else None
    )
