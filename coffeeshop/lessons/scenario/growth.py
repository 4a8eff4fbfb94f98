"""Read `growth.toml`: the wants of a learner's own shop, which grow from day to day.

Jobs and refusals are written as in scenario.toml, each with the first day on which it counts. New people are
hired at intervals, and each takes on the jobs of an existing person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from msgspec import Meta, Struct

from coffeeshop.account.model import Account
from coffeeshop.lessons.scenario.check_sentences import negation_problems
from coffeeshop.lessons.scenario.folder_files import text_of
from coffeeshop.lessons.scenario.schema import Badge, Cast, Job, Names, Refuse, Text, Words
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.lessons.scenario.wants import wants_of_rows
from coffeeshop.policy.model import Problems
from coffeeshop.shop.model import Shop
from coffeeshop.shop.want import Want

GROWTH_FILE = "growth.toml"


Day = Annotated[int, Meta(ge=1)]  # days count from 1


class News(Struct, frozen=True, forbid_unknown_fields=True):
    """The news of a morning.

    The learner reads `made` instead of `say` where the account has the thing `makes` ("bucket/NAME",
    "table/NAME", "function/NAME").
    """

    day: Day
    say: Text
    makes: str = ""
    made: str = ""

    def text_in(self, account: Account) -> str:
        """Return the text that fits the account in the morning."""
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
    """A refusal that counts from a day on."""

    id: Text
    who: Names
    do: Words
    say: Text
    day: Day = 1
    badge: Badge = "any"
    via: str = ""

    def row(self, people: tuple[str, ...]) -> Job | Refuse:
        """Return the refusal for these people as a row of scenario.toml."""
        return Refuse(
            id=self.id, who=people, do=self.do, say=self.say, badge=self.badge, via=self.via
        )


class GrowingJob(
    GrowingRefuse, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}
):
    """A job that counts from a day on."""

    covers: Words = ()

    def row(self, people: tuple[str, ...]) -> Job | Refuse:
        """Return the job for these people as a row of scenario.toml."""
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
    """The schedule of hiring: one person on the day `first`, then one after every `every` days, `most` in all.

    Each does the jobs of one of the people in `like`, in turn.
    """

    first: Day
    every: Day
    most: Annotated[int, Meta(ge=0)]
    like: Names


class Growth(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole growth.toml."""

    hiring: Hiring
    news: tuple[News, ...] = ()
    job: tuple[GrowingJob, ...] = ()
    refuse: tuple[GrowingRefuse, ...] = ()


def read_growth(files: Mapping[str, bytes]) -> Growth | None:
    """Return the growth of a scenario. Return None if it has none. Raise Problems."""
    if GROWTH_FILE not in files:
        return None
    plan = read_toml(text_of(files[GROWTH_FILE]), Growth, GROWTH_FILE)
    problems = [
        problem
        for row in plan.refuse
        for problem in negation_problems(f"{GROWTH_FILE}, refuse {row.id}", row.say)
    ]
    if problems:
        raise Problems(*problems)
    return plan


def wants_of_day(
    growth: Growth, day: int, shop: Shop, account: Account, files: Mapping[str, bytes]
) -> tuple[Want, ...]:
    """Return the shop's wants on a day, counted from 1.

    Here people work with the credentials that they really have. The grade mints none for them.
    """
    begun = (row for row in (*growth.job, *growth.refuse) if row.day <= day)
    rows = [_row_for_people(row, growth.hiring, day, shop) for row in begun]
    return tuple(wants_of_rows(rows, Cast(badges="real"), account, files))


def morning_news(growth: Growth, day: int, shop: Shop, account: Account) -> tuple[str, ...]:
    """Return the news of a day, for the account in the morning."""
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


def _row_for_people(
    row: GrowingRefuse, hiring: Hiring, day: int, shop: Shop
) -> Job | Refuse:
    """Return a row for its people and for those hired so far who do the same jobs."""
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
    """Yield for each hired person the first day, the name, and the person whose jobs they do."""
    for index, name in enumerate(shop.pools["people"][: hiring.most]):
        yield (
            hiring.first + index * hiring.every,
            name,
            hiring.like[index % len(hiring.like)],
        )
