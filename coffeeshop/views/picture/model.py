"""The model of the picture: people, bays with their state, and the floor of all bays."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Shop, Station


class State(Enum):
    """The state of a bay, worst first: the mark and the word on its sign."""

    LEAKS = (Mark.LEAK, "leaks")
    STUCK = (Mark.MISS, "stuck")
    EXTRA = (Mark.EXTRA, "extra")
    WORKS = (Mark.OK, "works")
    QUIET = (Mark.QUIET, "quiet")
    SHUT = (None, "shut")

    @property
    def mark(self) -> Mark | None:
        """Return the mark before the word, or None for a shut bay."""
        return self.value[0]

    @property
    def word(self) -> str:
        """Return the word on the sign."""
        return self.value[1]


def came_to(mode: Mode, mark: Mark) -> str:
    """Return a word for the outcome of a job or a request that must be refused."""
    if mark is Mark.QUIET:
        return "not tried"
    if mode is Mode.NEVER and mark is not Mark.LEAK:
        if mark is Mark.OK:
            return "refused"
        return "not protected"
    return next(state.word for state in State if state.mark is mark)


Kind: TypeAlias = Literal["staff", "owner", "guest", "stranger", "prying"]


class Person(Struct, frozen=True):
    """A person in the picture of the shop.

    `uniform` is the name of a group, and `apron` the name of the assumed role. Both are "" for
    none. `cloth` and `linen` are the numbers of their colours in the shop's dyes, so a group
    has the same colour everywhere. `refused` is the action that AWS has just denied to the
    person, or "".
    """

    name: str
    uniform: str = ""
    apron: str = ""
    mfa: bool = False
    kind: Kind = "staff"
    cloth: int = 0
    linen: int = 0
    refused: str = ""


class Bay(Struct, frozen=True):
    """One workstation on the floor.

    `cups` counts the jobs that work here, and `tickets` the messages in its queue. `queue`
    lists the jobs that don't work yet, and only the door has it. `open` tells whether the
    door's sign says OPEN. `hour` is the hour of the sky behind the door. `says` replaces the
    mark and word of the state on the sign, unless it is None. `label` is the author's own
    name for the station, or "".
    """

    place: Station
    state: State = State.QUIET
    people: tuple[Person, ...] = ()
    cups: int = 0
    tickets: int = 0
    queue: tuple[str, ...] = ()
    open: bool = False
    hour: int = 8
    says: tuple[Mark, str] | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """Return the name on the station's board."""
        return self.label or self.place.value

    @property
    def sign(self) -> tuple[Mark | None, str]:
        """Return the mark and the word on the sign. An open door at which no job works is only open."""
        if self.says is not None:
            return self.says
        if self.open and self.state is State.WORKS and not self.cups:
            return self.state.mark, "open"
        return self.state.mark, self.state.word


class Floor(Struct, frozen=True):
    """All bays of the shop at one moment."""

    bays: tuple[Bay, ...]
    sign: str = "Coffeeshop"

    def bay(self, place: Station) -> Bay:
        """Return the bay of a station."""
        return next(bay for bay in self.bays if bay.place is place)


def shop_floor(bays: Iterable[Bay], shop: Shop) -> Floor:
    """Return a floor with the sign and the station names of its shop."""
    return Floor(
        tuple(replace(bay, label=shop.station_names.get(bay.place, "")) for bay in bays),
        shop.sign,
    )


COUNTER_STATIONS = (Station.REGISTER, Station.ESPRESSO, Station.ORDERS)
MAX_CUPS = 4  # cups at most on the counter of one bay
EMPTY_FLOOR = Floor(tuple(map(Bay, Station)))  # the floor before the shop is opened
