"""The nouns of the picture: a bay and its state, who stands in it, the whole floor."""

from __future__ import annotations

from enum import Enum
from typing import Literal, TypeAlias

from msgspec import Struct

from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Station


class State(Enum):
    """What a bay's sign says, worst first: the mark and the word."""

    LEAKS = (Mark.LEAK, "leaks")
    STUCK = (Mark.MISS, "stuck")
    EXTRA = (Mark.EXTRA, "extra")
    WORKS = (Mark.OK, "works")
    QUIET = (Mark.QUIET, "quiet")
    SHUT = (None, "shut")

    @property
    def mark(self) -> Mark | None:
        """Returns the mark before the word; a shut bay has none."""
        return self.value[0]

    @property
    def word(self) -> str:
        """Returns one short word."""
        return self.value[1]


def came_to(mode: Mode, mark: Mark) -> str:
    """Tells in a word how a job or a refusal came out."""
    if mode is Mode.NEVER and mark is not Mark.LEAK:
        return "holds" if mark is Mark.OK else "does not hold"
    return next(state.word for state in State if state.mark is mark)


Kind: TypeAlias = Literal["staff", "owner", "guest", "stranger", "prying"]


class Person(Struct, frozen=True):
    """Somebody on the floor. `uniform` is a group's name, `apron` a role's (its session is worn), both "" for none;
    `cloth` and `linen` are their colours, numbers of the shop's dyes, so that a group has one colour everywhere.
    `refused` is the action that was denied to them just now, "" for none.
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
    """One workstation: its state, who stands there, how many jobs work here (cups), messages waiting on its rail
    (tickets), jobs that do not work yet (queue, at the door only), and whether the lantern over the door is lit. `says` is
    what the sign says instead of the state's own mark and word, None for nothing else.
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


class Floor(Struct, frozen=True):
    """The whole shop at one moment."""

    bays: tuple[Bay, ...]

    def bay(self, place: Station) -> Bay:
        """Returns the bay of that place."""
        return next(bay for bay in self.bays if bay.place is place)


COUNTERS = (Station.REGISTER, Station.ESPRESSO, Station.ORDERS)
CUPS = 4  # that stand on the counter of one bay
EMPTY = Floor(tuple(map(Bay, Station)))  # before anything is known
