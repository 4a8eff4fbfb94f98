"""The tables of what can happen on a day, as `happenings.toml` writes them: shifts, occasions, incidents, deeds, alarms."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Literal

from msgspec import Struct, field

from coffeeshop.account.ids import draw_bytes
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.model import Station

Takes = Literal["key", "password", "badge", "session", "partner", "machine"]
Weekday = Literal[
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
]


class Shift(Struct, frozen=True, forbid_unknown_fields=True):
    """Says from when to when somebody works."""

    begins: datetime.time
    ends: datetime.time


class Occasion(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that some days have: then there is more to do at a station, or what must not work is tried."""

    id: str
    at: datetime.time
    say: str
    weekdays: tuple[Weekday, ...] = ()
    month_end: bool = False
    one_day_in: int = 0
    station: Station | None = None
    inspects: bool = False

    def falls_on(self, date: datetime.date, chance: int) -> bool:
        """Tell whether a day has it; of those that have no fixed day, chance decides."""
        ends = (date + datetime.timedelta(days=1)).month != date.month
        by_chance = self.one_day_in > 0 and chance % self.one_day_in == 0
        return (
            date.strftime("%A") in self.weekdays or (self.month_end and ends) or by_chance
        )


class Incident(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"begins": "from", "ends": "to"}
):
    """What can go wrong: what somebody comes to hold, when, and what they are after.

    `roams` says whether they look for ways to more, `insider` whether what the person's jobs ask for is theirs anyway,
    `leaves` whether the person does not work on that day, `human` whether it befalls no machine that has a user. Where the
    account holds no such credential, `instead` is said if the session that they work with is taken in its place, `vain` if
    there is nothing to take.
    """

    id: str
    takes: Takes
    begins: datetime.time
    ends: datetime.time
    roams: bool
    levels: tuple[AccessLevel, ...]
    say: str
    instead: str = ""
    vain: str = ""
    insider: bool = False
    leaves: bool = False
    human: bool = False


class Deed(Struct, frozen=True, forbid_unknown_fields=True):
    """What an attacker does with a kind of thing, where they may: a command line."""

    kind: str
    level: AccessLevel
    line: str


class Alarm(Struct, frozen=True, forbid_unknown_fields=True):
    """Says how somebody notices an incident, and how many minutes later."""

    by: Literal["door", "denied", "refusals", "broken", "watched"]
    after: int
    say: str


class Happenings(Struct, frozen=True, forbid_unknown_fields=True):
    """All the tables."""

    shifts: tuple[Shift, ...] = field(name="shift")
    occasions: tuple[Occasion, ...] = field(name="occasion")
    incidents: tuple[Incident, ...] = field(name="incident")
    deeds: tuple[Deed, ...] = field(name="deed")
    alarms: tuple[Alarm, ...] = field(name="alarm")


@cache
def happenings() -> Happenings:
    """Returns the tables, as they lie beside this module."""
    from pathlib import Path

    from msgspec import toml

    return toml.decode(
        Path(__file__).with_name("happenings.toml").read_bytes(), type=Happenings
    )


def dice(seed: int, *parts: object) -> int:
    """Returns a number that only the seed and these parts settle: the shop's chance."""
    return int.from_bytes(draw_bytes(str(seed).encode(), *parts)[:8])
