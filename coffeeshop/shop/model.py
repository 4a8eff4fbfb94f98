"""Define the facts of the shop that no AWS call can set, as `shop.toml` has them beside `shop.sh`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

AccountId = Annotated[
    str, Meta(pattern=r"^[0-9]{12}$", description="twelve digits, in quotes")
]
Text = Annotated[str, Meta(min_length=1)]
Sign = Annotated[str, Meta(min_length=1, max_length=24)]  # over the shop
StationName = Annotated[str, Meta(min_length=1, max_length=10)]  # on a station's board
Names = Annotated[tuple[Text, ...], Meta(min_length=1)]


class Station(Enum):
    """The eight workstations of the shop in reading order, upstairs and downstairs. Each is a bay of the picture."""

    INVENTORY = "Inventory"
    RECIPES = "Recipes"
    PAYROLL = "Payroll"
    BADGES = "Badges"
    REGISTER = "Register"
    ESPRESSO = "Espresso"
    ORDERS = "Orders"
    DOOR = "Door"


class Owner(Struct, frozen=True, forbid_unknown_fields=True):
    """The owner of the account: its id and name, and the root user's sign-in."""

    id: AccountId
    name: Text
    email: Text
    password: Text


class Location(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that places a call at a station: its service ("": any), and a word in the name of the thing it asks for."""

    station: Station
    service: str = ""
    word: str = ""


class Shop(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"locations": "location"}
):
    """The facts of the shop.

    `partners` are the accounts of its story. The first of `locations` that fits a call gives its station, and the
    last fits any. `dyes` are the groups and roles with their own colour, in the order of the colours. `pools` are the
    names that a variant can give to things, by kind of thing. `sign` is the name over the door, and `station_names` are
    other names for the stations.
    """

    account: Owner
    locations: Annotated[tuple[Location, ...], Meta(min_length=1)]
    dyes: tuple[Names, ...]
    pools: dict[str, Names]
    partners: tuple[AccountId, ...] = ()
    sign: Sign = "Coffeeshop"
    station_names: dict[Station, StationName] = {}

    def station(self, service: str, asks: str) -> Station:
        """Return the shop's station for a call to a service such as "dynamodb".

        `asks` is what the call asks for: an ARN or a command line. The first location that fits decides.
        """
        lowered_text = asks.lower()
        return next(
            location.station
            for location in self.locations
            if location.service in ("", service) and location.word.lower() in lowered_text
        )
