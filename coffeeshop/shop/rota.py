"""Who works when, and what customers come for: the plan of a day, drawn from what the shop wants.

Everybody who has a job is at work for one shift a day, machines and partners all day long. Whoever has jobs in several
roles wears one after the other, the roles of a delivery after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.policy.model import Policy, Values
from coffeeshop.shop.happenings import Occasion, Shift, dice, happenings
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.model import Shop, Station
from coffeeshop.shop.want import Want, station

OPENS = time(6)
CLOSES = time(22)
TIMES = 6  # how often each job is asked for in a shift
HOUR = timedelta(hours=1)


class Task(Struct, frozen=True):
    """A customer: when they come, and for which job."""

    at: datetime
    want: Want


class Rota(Struct, frozen=True):
    """Holds what a day is drawn from: which it is, the jobs and refusals of a shop, its places, and how busy it is.

    `others` are people without a job, whose badges can be lost all the same; `slack` is what somebody may do though no job
    asks for it; `machines` are those of the people that are none: a machine with a user. `like` is the day whose chances
    it has, if that is another: the same customers, the same theft. `goes_on` tells that whoever works today works
    tomorrow, too. `story` is the id of the scenario, by which chance decides as well, `began` its account before the play.
    """

    date: date
    wants: tuple[Want, ...]
    shop: Shop
    others: Values = ()
    slack: Mapping[str, Policy] = {}
    machines: Values = ()
    times: int = TIMES
    like: date | None = None
    goes_on: bool = False
    story: str = ""
    began: Account | None = None

    def dice(self, seed: int, *parts: object) -> int:
        """Return a number that only the seed, the story and these parts settle: two shops have days of their own."""
        return dice(seed, *((self.story,) if self.story else ()), *parts)

    @property
    def drawn(self) -> date:
        """Tells by which day chance decides."""
        return self.like or self.date

    @property
    def jobs(self) -> tuple[Want, ...]:
        """Tells what must work."""
        return tuple(want for want in self.wants if want.mode is Mode.MUST)

    @property
    def people(self) -> Values:
        """Users who work here, root left out; where nobody has a job, the others."""
        named = {
            want.who.removeprefix("user/"): None
            for want in self.jobs
            if "/" not in want.who.removeprefix("user/")
        }
        return (
            tuple(person for person in named if person not in ("root", "anyone"))
            or self.others
        )

    def jobs_of(self, person: str) -> tuple[Want, ...]:
        """Returns the jobs of a user."""
        return tuple(want for want in self.jobs if want.who.removeprefix("user/") == person)

    def of_kind(self, kind: str) -> Values:
        """Returns the functions, or the other accounts, of which the wants speak."""
        named = (
            want.who.partition("/")[2]
            for want in self.wants
            if want.who.startswith(f"{kind}/")
        )
        return tuple(dict.fromkeys(named))


def clock(day: date, shows: time) -> datetime:
    """Returns the instant at which the shop's clock shows that time."""
    return datetime.combine(day, shows, UTC)


def occasions(rota: Rota, seed: int) -> tuple[Occasion, ...]:
    """Returns what this day has that others have not, and that is anybody's business here."""
    places = {station(want, rota.shop) for want in rota.jobs}
    inspected = any(want.mode is Mode.NEVER for want in rota.wants)
    occasions = (
        occasion
        for occasion in happenings().occasions
        if occasion.falls_on(rota.drawn, rota.dice(seed, rota.drawn, occasion.id))
    )
    return tuple(
        occasion
        for occasion in occasions
        if (inspected if occasion.inspects else occasion.station in places)
    )


def tasks(rota: Rota, seed: int) -> tuple[Task, ...]:
    """Returns every customer of the day, in the order in which they come."""
    drawn = replace(rota, date=rota.drawn, like=None)
    more_entries = {
        occasion.station: clock(drawn.date, occasion.at)
        for occasion in occasions(rota, seed)
        if occasion.station
    }
    by_person: dict[str, list[Want]] = {}
    for want in rota.jobs:
        by_person.setdefault(want.who, []).append(want)
    tasks = (
        task
        for name, wants in by_person.items()
        for task in _of(name, wants, drawn, seed, more_entries)
    )
    later = rota.date - drawn.date
    return tuple(
        sorted(
            (Task(task.at + later, task.want) for task in tasks), key=lambda task: task.at
        )
    )


def _of(
    person: str,
    wants: list[Want],
    rota: Rota,
    seed: int,
    more_entries: Mapping[Station, datetime],
) -> Iterator[Task]:
    """Yields the customers of one who works: in each part of the shift those of one role."""
    begins, ends = shift(person, rota, seed)
    stints: dict[str, list[Want]] = {}
    for want in sorted(wants, key=lambda want: station(want, rota.shop) in more_entries):
        stints.setdefault(want.via, []).append(want)
    part = (ends - begins) / len(stints)
    for nth, jobs in enumerate(stints.values()):
        start = begins + nth * part
        for want in jobs:
            yield from _come(want, start, part, rota, seed)
            if at := more_entries.get(station(want, rota.shop)):
                yield from _come(want, at, HOUR, rota, seed)


def _come(
    want: Want, start: datetime, span: timedelta, rota: Rota, seed: int
) -> Iterator[Task]:
    seconds = max(int(span.total_seconds()), 1)
    for nth in range(rota.times):
        yield Task(
            start + timedelta(seconds=rota.dice(seed, start, want.id, nth) % seconds), want
        )


def shift(person: str, rota: Rota, seed: int) -> tuple[datetime, datetime]:
    """Returns from when to when somebody works on a day: people for a shift, machines and partners all day."""
    whole = Shift(OPENS, CLOSES)
    rows = happenings().shifts
    if "/" in person.removeprefix("user/"):
        own_shift = whole
    else:
        own_shift = rows[rota.dice(seed, rota.drawn, "shift", person) % len(rows)]
    return clock(rota.date, own_shift.begins), clock(rota.date, own_shift.ends)
