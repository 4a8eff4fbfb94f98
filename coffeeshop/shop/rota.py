"""Draw the plan of a day from the shop's wants: who works when, and which customers come.

A person with a job works one shift a day. Machines and partners work all day. A person with jobs in several roles
assumes one role after the other, those with a delivery last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.policy.model import Policy, Values
from coffeeshop.shop.happenings import Occasion, Shift, draw_number, happenings
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.model import Shop, Station
from coffeeshop.shop.want import Want, station

OPENING_TIME = time(6)
CLOSING_TIME = time(22)
CUSTOMERS_PER_JOB = 6  # customers for each job in a shift
ONE_HOUR = timedelta(hours=1)


class Task(Struct, frozen=True):
    """A customer: the time, and the job that they want done."""

    at: datetime
    want: Want


class Rota(Struct, frozen=True):
    """The facts from which a day is drawn: its date, the shop's jobs and refusals, its stations, and how busy it is.

    `people_without_jobs` can still have their credentials stolen. `slack` is access that a person
    may have although no job needs it, and `slack_without_code` the part that needs no MFA code.
    `machines` are the users that belong to machines. `drawn_like` is the date of another day with
    the same customers and theft. `same_people_tomorrow`: everyone who works today works tomorrow as
    well. `scenario_id` is part of the seed. `account_before_play` is the scenario's account before
    the play.
    """

    date: date
    wants: tuple[Want, ...]
    shop: Shop
    people_without_jobs: Values = ()
    slack: Mapping[str, Policy] = {}
    slack_without_code: Mapping[str, Policy] = {}
    machines: Values = ()
    customers_per_job: int = CUSTOMERS_PER_JOB
    drawn_like: date | None = None
    same_people_tomorrow: bool = False
    scenario_id: str = ""
    account_before_play: Account | None = None

    def draw_number(self, seed: int, *parts: object) -> int:
        """Return a number drawn from the seed, the scenario and `parts`: the same inputs always give the same number.

        The scenario is part of the draw, so that two scenarios have different days for the same seed.
        """
        return draw_number(seed, *((self.scenario_id,) if self.scenario_id else ()), *parts)

    @property
    def drawing_date(self) -> date:
        """Return the date that feeds the random draws: `drawn_like` if the day repeats another one, else the day's own."""
        return self.drawn_like or self.date

    @property
    def jobs(self) -> tuple[Want, ...]:
        """Return the wants that must work."""
        return tuple(want for want in self.wants if want.mode is Mode.MUST)

    @property
    def people(self) -> Values:
        """Return the names of the users who have a job, without root and anonymous callers.

        If no user has a job, return `people_without_jobs`, so that a theft still has a possible victim.
        """
        named = {
            want.who.removeprefix("user/"): None
            for want in self.jobs
            if "/" not in want.who.removeprefix("user/")
        }
        return (
            tuple(person for person in named if person not in ("root", "anyone"))
            or self.people_without_jobs
        )

    def jobs_of(self, person: str) -> tuple[Want, ...]:
        """Return the jobs of a person."""
        return tuple(want for want in self.jobs if want.who.removeprefix("user/") == person)

    def outsiders_of_kind(self, kind: str) -> Values:
        """Return the names of a kind of principal that the wants name: functions, or the ids of partner accounts."""
        named = (
            want.who.partition("/")[2]
            for want in self.wants
            if want.who.startswith(f"{kind}/")
        )
        return tuple(dict.fromkeys(named))


def shop_time(day: date, time_of_day: time) -> datetime:
    """Return the instant of a time of day at the shop, whose clock runs in UTC."""
    return datetime.combine(day, time_of_day, UTC)


def occasions_of_day(rota: Rota, seed: int) -> tuple[Occasion, ...]:
    """Return the random events of the day that concern this shop.

    An inspection concerns a shop that has requests which must be refused. Any other event concerns
    a shop that has a job at the event's station.
    """
    staffed_stations = {station(want, rota.shop) for want in rota.jobs}
    has_refusals = any(want.mode is Mode.NEVER for want in rota.wants)
    occasions = (
        occasion
        for occasion in happenings().occasions
        if occasion.falls_on(
            rota.drawing_date, rota.draw_number(seed, rota.drawing_date, occasion.id)
        )
    )
    return tuple(
        occasion
        for occasion in occasions
        if (has_refusals if occasion.inspects else occasion.station in staffed_stations)
    )


def draw_tasks(rota: Rota, seed: int) -> tuple[Task, ...]:
    """Draw every customer of the day, each with the job that they want done, in the order in which they come.

    A day that repeats another one (`drawn_like`) has the same customers at the same times of day.
    """
    drawn_rota = replace(rota, date=rota.drawing_date, drawn_like=None)
    busy_stations = {
        occasion.station: shop_time(drawn_rota.date, occasion.at)
        for occasion in occasions_of_day(rota, seed)
        if occasion.station
    }
    by_person: dict[str, list[Want]] = {}
    for want in rota.jobs:
        by_person.setdefault(want.who, []).append(want)
    tasks = (
        task
        for name, wants in by_person.items()
        for task in _customers_of_person(name, wants, drawn_rota, seed, busy_stations)
    )
    days_later = rota.date - drawn_rota.date
    return tuple(
        sorted(
            (Task(task.at + days_later, task.want) for task in tasks),
            key=lambda task: task.at,
        )
    )


def _customers_of_person(
    person: str,
    wants: list[Want],
    rota: Rota,
    seed: int,
    busy_stations: Mapping[Station, datetime],
) -> Iterator[Task]:
    """Yield the customers whom one person serves.

    The shift is split into equal parts, one for each role that the person assumes for their jobs.
    `busy_stations` says when an event begins at a station. It brings more customers in the hour
    after that.
    """
    begins, ends = shift_hours(person, rota, seed)
    jobs_by_role: dict[str, list[Want]] = {}
    for want in sorted(wants, key=lambda want: station(want, rota.shop) in busy_stations):
        jobs_by_role.setdefault(want.via, []).append(want)
    role_time = (ends - begins) / len(jobs_by_role)
    for index, jobs in enumerate(jobs_by_role.values()):
        start = begins + index * role_time
        for want in jobs:
            yield from _customers_of_job(want, start, role_time, rota, seed)
            if at := busy_stations.get(station(want, rota.shop)):
                yield from _customers_of_job(want, at, ONE_HOUR, rota, seed)


def _customers_of_job(
    want: Want, start: datetime, period: timedelta, rota: Rota, seed: int
) -> Iterator[Task]:
    """Yield `customers_per_job` customers for one job, at random times in the period after `start`."""
    seconds = max(int(period.total_seconds()), 1)
    for index in range(rota.customers_per_job):
        yield Task(
            start
            + timedelta(seconds=rota.draw_number(seed, start, want.id, index) % seconds),
            want,
        )


def shift_hours(person: str, rota: Rota, seed: int) -> tuple[datetime, datetime]:
    """Return when a person's work begins and ends on the day.

    Users work a randomly chosen shift. Functions and partner accounts ("function/NAME",
    "account/ID") work from opening to closing time.
    """
    whole_day = Shift(OPENING_TIME, CLOSING_TIME)
    shifts = happenings().shifts
    if "/" in person.removeprefix("user/"):
        shift = whole_day
    else:
        shift = shifts[
            rota.draw_number(seed, rota.drawing_date, "shift", person) % len(shifts)
        ]
    return shop_time(rota.date, shift.begins), shop_time(rota.date, shift.ends)
