"""Read the tables of events from `happenings.toml`: shifts, occasions, incidents, actions of an attacker, alarms."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Literal

from msgspec import Struct, field

from coffeeshop.account.ids import draw_bytes
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.model import Station

StolenKind = Literal[
    "key", "password", "badge", "session", "partner", "machine", "workload", "workforce"
]
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
        """Return whether the event happens on a date: by its weekday, on the last day of a month, or by chance.

        `chance` is a random number. The event happens on one day in `one_day_in`.
        """
        is_last_of_month = (date + datetime.timedelta(days=1)).month != date.month
        by_chance = self.one_day_in > 0 and chance % self.one_day_in == 0
        return (
            date.strftime("%A") in self.weekdays
            or (self.month_end and is_last_of_month)
            or by_chance
        )


class Incident(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={  # the keys in happenings.toml
        "credential_kind": "takes",
        "begins": "from",
        "ends": "to",
        "seeks_more_access": "roams",
        "say_if_lent": "instead",
        "say_if_useless": "vain",
        "victim_leaves": "leaves",
        "people_only": "human",
    },
):
    """An incident: the kind of credential that is stolen, when, and the access levels that the thief wants.

    `seeks_more_access`: the thief looks for ways to more access. `insider`: the thief has the access that the person's
    jobs need anyway. `victim_leaves`: the person doesn't work on that day. `people_only`: users of machines aren't
    victims. `kinds` are the kinds of things that the thief wants (none: all of them). `say` is the sentence about the
    theft, `say_if_lent` the one if a lent session is taken instead of the credential, which is then the one that the
    victim `lacks`, and `say_if_useless` the one if there is nothing to take.
    """

    id: str
    credential_kind: StolenKind
    begins: datetime.time
    ends: datetime.time
    seeks_more_access: bool
    levels: tuple[AccessLevel, ...]
    say: str
    say_if_lent: str = ""
    lacks: str = ""
    say_if_useless: str = ""
    insider: bool = False
    victim_leaves: bool = False
    people_only: bool = False
    kinds: tuple[str, ...] = ()


class AttackerCommand(Struct, frozen=True, forbid_unknown_fields=True):
    """A command that an attacker runs on a kind of thing."""

    kind: str
    level: AccessLevel
    line: str


class Alarm(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"sign": "by", "minutes": "after"},
):
    """A way in which the shop notices an incident, and after how many minutes."""

    sign: Literal["door", "denied", "refusals", "broken", "locked", "watched"]
    minutes: int
    say: str


class Happenings(Struct, frozen=True, forbid_unknown_fields=True):
    """All the tables, and the sentences about a session that the shop lends.

    `lent` is said of a victim who owns another credential, and `made_up` of one who owns none.
    """

    lent: str
    made_up: str
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


def draw_number(seed: int, *parts: object) -> int:
    """Return a pseudorandom number that depends only on the seed and these parts."""
    return int.from_bytes(draw_bytes(str(seed).encode(), *parts)[:8])
