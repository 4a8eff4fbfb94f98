"""What a shop of one's own wants, which grows from day to day: `growth.toml` of a scenario's folder.

Jobs and refusals are written as in scenario.toml, each with the day from which the shop wants it; and in the same measure
people are hired, who do the jobs of somebody who is there already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from msgspec import Meta, Struct

from coffeeshop.account.model import Account
from coffeeshop.lessons.scenario.folder_files import text_of
from coffeeshop.lessons.scenario.schema import Badge, Cast, Job, Names, Refuse, Text, Words
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.lessons.scenario.wants import wants_of_rows
from coffeeshop.shop.model import Shop
from coffeeshop.shop.want import Want

FILE = "growth.toml"


Day = Annotated[int, Meta(ge=1)]  # the first is 1


class News(Struct, frozen=True, forbid_unknown_fields=True):
    """What is new on a day, told in the morning; `made` is told instead where the account holds already what it `makes`
    ("bucket/NAME", "table/NAME", "function/NAME").
    """

    day: Day
    say: Text
    makes: str = ""
    made: str = ""

    def text_in(self, account: Account) -> str:
        """Return what is told in an account as it stands in the morning."""
        kind, _, name = self.makes.partition("/")
        books = {
            "bucket": account.buckets,
            "table": account.tables,
            "function": account.functions,
        }
        if kind in books and name in books[kind]:
            return self.made
        return self.say


class GrowingRefuse(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """What must not work, from a day on."""

    id: Text
    who: Names
    do: Words
    say: Text
    day: Day = 1
    badge: Badge = "any"
    via: str = ""

    def row(self, people: tuple[str, ...]) -> Job | Refuse:
        """Returns it as scenario.toml has it, of these people."""
        return Refuse(
            id=self.id, who=people, do=self.do, say=self.say, badge=self.badge, via=self.via
        )


class GrowingJob(
    GrowingRefuse, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}
):
    """A job that the shop wants from a day on."""

    covers: Words = ()

    def row(self, people: tuple[str, ...]) -> Job | Refuse:
        """Returns it as scenario.toml has it, of these people."""
        return Job(
            id=self.id,
            who=people,
            do=self.do,
            say=self.say,
            badge=self.badge,
            via=self.via,
            covers=self.covers,
        )


class Hiring(Struct, frozen=True, forbid_unknown_fields=True):
    """When people are hired: first on a day, then every so many days, at most so many; each does the jobs of one of
    `like`, in turn.
    """

    first: Day
    every: Day
    most: Annotated[int, Meta(ge=0)]
    like: Names


class Growth(Struct, frozen=True, forbid_unknown_fields=True):
    """growth.toml, whole."""

    hiring: Hiring
    news: tuple[News, ...] = ()
    job: tuple[GrowingJob, ...] = ()
    refuse: tuple[GrowingRefuse, ...] = ()


def growth(files: Mapping[str, bytes]) -> Growth | None:
    """Returns how a scenario grows; None where it does not. Raises Problems."""
    if FILE in files:
        return read_toml(text_of(files[FILE]), Growth, FILE)
    return None


def grown(
    growth: Growth, day: int, shop: Shop, account: Account, files: Mapping[str, bytes]
) -> tuple[Want, ...]:
    """Returns what the shop wants on a day, the first being 1. People work by the credentials that they really have: in
    one's own shop nobody lends them any.
    """
    begun = (row for row in (*growth.job, *growth.refuse) if row.day <= day)
    rows = [_row(row, growth.hiring, day, shop) for row in begun]
    return tuple(wants_of_rows(rows, Cast(badges="real"), account, files))


def news(growth: Growth, day: int, shop: Shop, account: Account) -> tuple[str, ...]:
    """Return what is new on a day, in an account as it stands in the morning."""
    lines = (news.text_in(account) for news in growth.news if news.day == day)
    starting = (
        (name, pattern)
        for at, name, pattern in _hired_people(growth.hiring, shop)
        if at == day
    )
    return (
        *lines,
        *(
            f"{name.capitalize()} starts today, and does what {pattern.capitalize()} does."
            for name, pattern in starting
        ),
    )


def _row(row: GrowingRefuse, hiring: Hiring, day: int, shop: Shop) -> Job | Refuse:
    """A row with those who were hired so far beside the ones whose jobs they do."""
    return row.row(
        (
            *row.who,
            *(
                name
                for at, name, pattern in _hired_people(hiring, shop)
                if at <= day and pattern in row.who
            ),
        )
    )


def _hired_people(hiring: Hiring, shop: Shop) -> Iterator[tuple[int, str, str]]:
    """Yields the day on which somebody starts, their name, and whose jobs they do."""
    for nth, name in enumerate(shop.pools["people"][: hiring.most]):
        yield hiring.first + nth * hiring.every, name, hiring.like[nth % len(hiring.like)]
