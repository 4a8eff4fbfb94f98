"""What a shop of one's own wants, which grows from day to day: `growth.toml` of a scenario's folder.

Jobs and refusals are written as in scenario.toml, each with the day from which the shop wants it; and in the same measure
people are hired, who do the jobs of somebody who is there already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.lessons.scenario.schema import Cast, Job, Refuse, Text
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.lessons.scenario.wants import wants_of_rows, words
from coffeeshop.shop.model import Shop
from coffeeshop.shop.want import Want

FILE = "growth.toml"


class News(Struct, frozen=True, forbid_unknown_fields=True):
    """What is new on a day, told in the morning."""

    day: int
    say: Text


class GrowingJob(Job, frozen=True, forbid_unknown_fields=True, rename={"who": "as", "lasts": "for"}):
    """A job that the shop wants from a day on."""

    day: int = 1


class GrowingRefuse(Refuse, frozen=True, forbid_unknown_fields=True, rename={"who": "as", "lasts": "for"}):
    """What must not work, from a day on."""

    day: int = 1


class Hiring(Struct, frozen=True, forbid_unknown_fields=True):
    """When people are hired: first on a day, then every so many days, at most so many; each does the jobs of one of
    `like`, in turn.
    """

    first: int
    every: int
    most: int
    like: tuple[str, ...]


class Growth(Struct, frozen=True, forbid_unknown_fields=True):
    """growth.toml, whole."""

    hiring: Hiring
    news: tuple[News, ...] = ()
    job: tuple[GrowingJob, ...] = ()
    refuse: tuple[GrowingRefuse, ...] = ()


def growth(files: Mapping[str, bytes]) -> Growth | None:
    """Returns how a scenario grows; None where it does not. Raises Problems."""
    return read_toml(files[FILE].decode("utf-8", "replace"), Growth, FILE) if FILE in files else None


def grown(found: Growth, day: int, shop: Shop, account: Account, files: Mapping[str, bytes]) -> tuple[Want, ...]:
    """Returns what the shop wants on a day, the first being 1."""
    rows = [_joined(row, found.hiring, day, shop) for row in (*found.job, *found.refuse) if row.day <= day]
    return tuple(wants_of_rows(rows, Cast(), account, files))


def news(found: Growth, day: int, shop: Shop) -> tuple[str, ...]:
    """Returns what is new on a day."""
    told = (one.say for one in found.news if one.day == day)
    starting = ((name, like) for at, name, like in _hired(found.hiring, shop) if at == day)
    return (
        *told,
        *(f"{name.capitalize()} starts today, and does what {like.capitalize()} does." for name, like in starting),
    )


def _joined(row: GrowingJob | GrowingRefuse, hiring: Hiring, day: int, shop: Shop) -> GrowingJob | GrowingRefuse:
    """A row with those who were hired so far beside the ones whose jobs they do."""
    mine = words(row.who)
    return replace(row, who=(*mine, *(name for at, name, like in _hired(hiring, shop) if at <= day and like in mine)))


def _hired(hiring: Hiring, shop: Shop) -> Iterator[tuple[int, str, str]]:
    """Yields the day on which somebody starts, their name, and whose jobs they do."""
    for nth, name in enumerate(shop.pools["people"][: hiring.most]):
        yield hiring.first + nth * hiring.every, name, hiring.like[nth % len(hiring.like)]
