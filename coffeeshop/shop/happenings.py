"""Read the tables of events from `happenings.toml`: shifts, occasions, incidents, actions of an attacker, alarms."""

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
    """The hours of a working shift."""

    begins: datetime.time
    ends: datetime.time


class Occasion(Struct, frozen=True, forbid_unknown_fields=True):
    """An event of some days. It brings more customers to a station, or it inspects the refusals."""

    id: str
    at: datetime.time
    say: str
    weekdays: tuple[Weekday, ...] = ()
    month_end: bool = False
    one_day_in: int = 0
    station: Station | None = None
    inspects: bool = False

    def falls_on(self, date: datetime.date, chance: int) -> bool:
        """Return whether a date has the occasion: by its weekday, at the end of a month, or by chance."""
        ends = (date + datetime.timedelta(days=1)).month != date.month
        by_chance = self.one_day_in > 0 and chance % self.one_day_in == 0
        return (
            date.strftime("%A") in self.weekdays or (self.month_end and ends) or by_chance
        )


class Incident(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"begins": "from", "ends": "to"}
):
    """An incident: the kind of credential that is stolen, when, and the access levels that the thief wants.

    `roams`: the thief looks for ways to more access. `insider`: the access that the person's jobs need is the thief's
    anyway. `leaves`: the person doesn't work on that day. `human`: users of machines aren't victims. `instead` is the
    sentence if a lent session is taken in place of the credential, `vain` the sentence if there is nothing to take.
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


class AttackerCommand(Struct, frozen=True, forbid_unknown_fields=True):
    """A command that an attacker runs on a kind of thing."""

    kind: str
    level: AccessLevel
    line: str


class Alarm(Struct, frozen=True, forbid_unknown_fields=True):
    """A way in which the shop notices an incident, and after how many minutes."""

    by: Literal["door", "denied", "refusals", "broken", "watched"]
    after: int
    say: str


class Happenings(Struct, frozen=True, forbid_unknown_fields=True):
    """All the tables."""

    shifts: tuple[Shift, ...] = field(name="shift")
    occasions: tuple[Occasion, ...] = field(name="occasion")
    incidents: tuple[Incident, ...] = field(name="incident")
    attacker_commands: tuple[AttackerCommand, ...] = field(name="deed")
    alarms: tuple[Alarm, ...] = field(name="alarm")


@cache
def happenings() -> Happenings:
    """Return the tables of `happenings.toml`."""
    from pathlib import Path

    from msgspec import toml

    return toml.decode(
        Path(__file__).with_name("happenings.toml").read_bytes(), type=Happenings
    )


def dice(seed: int, *parts: object) -> int:
    """Return a number that depends only on the seed and these parts."""
    return int.from_bytes(draw_bytes(str(seed).encode(), *parts)[:8])
