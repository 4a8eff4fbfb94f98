"""Work out the floor at a moment of a workday, and the floor that shows the blast radius of a theft."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.day import Day, Happening, Kind
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.model import Station
from coffeeshop.shop.want import Ticket
from coffeeshop.views.picture.beats import person_of_want
from coffeeshop.views.picture.model import Bay, Floor, Person, State, shop_floor
from coffeeshop.views.picture.scene import colour_numbers, has_resource_for

STAY_AFTER_TASK = timedelta(
    hours=1
)  # a person stays this long at the station of the last task
UNKNOWN_PERSON = Person("someone", kind="stranger")
TAKEN_SIGN = (Mark.EXTRA, "taken")
MARK_STATES = {Mark.LEAK: State.LEAKS, Mark.MISS: State.STUCK, Mark.OK: State.WORKS}
SERIOUS_LEVELS = (AccessLevel.WRITE, AccessLevel.PERMISSIONS)
# Short words for access levels whose own word is too long for a sign.
SHORT_LEVEL_WORDS = {AccessLevel.PERMISSIONS: "grants"}


class _Moment(NamedTuple):
    """The facts of the picture at one moment.

    `last` is the last event of each job and refusal, by the want's id. `taken` are the stations where
    the thief got something.
    """

    last: Mapping[str, Happening]
    taken: frozenset[Station]
    people: Mapping[Station, tuple[Person, ...]]
    account: Account


def workday_floor(day: Day, happened: Sequence[Happening]) -> Floor:
    """Return the picture of the shop after the first events of a day (`happened`). Without any, it is as the shop opens."""
    at = happened[-1].at if happened else None
    facts = _moment_facts(day, happened, at)
    tasks = (happening for happening in facts.last.values() if happening.kind is Kind.TASK)
    waiting = tuple(happening.say for happening in tasks if happening.mark is not Mark.OK)
    messages = sum(len(each.messages) for each in facts.account.queues.values())

    def bay(place: Station) -> Bay:
        """Return the bay of a station."""
        if not has_resource_for(facts.account, day.rota.shop, place):
            return Bay(place, State.SHUT)
        own_happenings = [
            happening for happening in facts.last.values() if happening.place is place
        ]
        taken = place in facts.taken
        door = place is Station.DOOR
        return Bay(
            place,
            State.LEAKS if taken else _station_state(own_happenings),
            facts.people.get(place, ()),
            sum(
                happening.kind is Kind.TASK and happening.mark is Mark.OK
                for happening in own_happenings
            ),
            messages if place is Station.ORDERS else 0,
            waiting if door else (),
            door and not waiting and not facts.taken and not facts.people.get(place),
            (at.hour if at else 6) if door else 12,
            TAKEN_SIGN if taken else None,
        )

    return shop_floor(map(bay, Station), day.rota.shop)


def _station_state(own_happenings: Sequence[Happening]) -> State:
    """Return the state of a workstation from the marks of its events. A request that was rightly refused doesn't count."""
    marks = {
        happening.mark
        for happening in own_happenings
        if happening.kind is Kind.TASK or happening.mark is not Mark.OK
    }
    return next(
        (state for mark, state in MARK_STATES.items() if mark in marks), State.QUIET
    )


def _moment_facts(day: Day, happened: Sequence[Happening], at: datetime | None) -> _Moment:
    """Return the facts of the picture at an instant, from the events up to then.

    A person stays at the station of their last task for `STAY_AFTER_TASK`. The thief stays where they last
    tried something, until the incident is contained.
    """
    last = dict[str, Happening]()
    taken = dict[Station, None]()
    account = day.account_at_opening
    working = dict[str, Happening]()
    thief = None
    for happening in happened:
        account = _account_after(happening, account)
        if happening.ticket:
            last[happening.ticket.want.id] = happening
            working |= (
                {happening.ticket.want.who: happening}
                if happening.kind is Kind.TASK
                else {}
            )
        elif happening.kind in (Kind.THEFT, Kind.ATTACK, Kind.REOPENED):
            thief = happening.place or Station.DOOR
            taken |= {thief: None} if happening.mark is Mark.EXTRA else {}
        elif happening.kind is Kind.CONTAINED:
            thief = None
    people: dict[Station, tuple[Person, ...]] = (
        {thief: (_thief_figure(day),)} if thief else {}
    )
    colours = colour_numbers(day.account_at_opening, day.rota.shop)
    for happening in sorted(
        working.values(), key=lambda happening: happening.at, reverse=True
    ):
        if (
            happening.place
            and happening.ticket
            and at
            and at - happening.at <= STAY_AFTER_TASK
        ):
            person = _person_of_task(
                account, happening.ticket, colours, happening is happened[-1]
            )
            people[happening.place] = (*people.get(happening.place, ()), person)
    return _Moment(last, frozenset(taken), people, account)


def _person_of_task(
    account: Account, ticket: Ticket, colours: Mapping[str, int], newest: bool
) -> Person:
    """Return how to draw the person of a task. In the newest event they carry the action that AWS refused."""
    person = person_of_want(account, ticket.want, colours)
    stopped = ticket.stopping_call
    if not newest or stopped is None or not stopped.decisions:
        return person
    return replace(person, refused=stopped.main_decisions[0].request.action)


def _thief_figure(day: Day) -> Person:
    """Return the thief as a dark figure. An insider keeps their own name."""
    if day.course and day.course.theft.incident.insider:
        return Person(day.course.theft.victim.rpartition("/")[2], kind="prying")
    return UNKNOWN_PERSON


def _account_after(happening: Happening, before: Account) -> Account:
    """Return the account after a happening, or `before` if it made no call."""
    if happening.ticket:
        outcomes = happening.ticket.outcomes
    elif happening.outcome:
        outcomes = (happening.outcome,)
    else:
        outcomes = ()
    return outcomes[-1].account if outcomes else before


# ---------------------------------------------------------------------------- how far a theft reaches
def blast_floor(
    day: Day,
    reached: Mapping[Station, Sequence[AccessLevel]],
    needed: Container[Station] = (),
) -> Floor:
    """Return the floor that shows the blast radius of a theft.

    The sign of each bay names the gravest access level that the thief has there, or says that
    it is safe. At the `needed` stations the jobs need all of it.
    """

    def bay(place: Station) -> Bay:
        """Return the bay of a station, with the thief's gravest access level on its sign."""
        if not has_resource_for(day.account_at_opening, day.rota.shop, place):
            return Bay(place, State.SHUT)
        levels = reached.get(place, ())
        if not levels:
            return Bay(place, State.QUIET, says=(Mark.OK, "safe"), hour=12)
        message = SHORT_LEVEL_WORDS.get(levels[-1], levels[-1].value.lower())
        if place in needed:
            sign = (Mark.QUIET, message)
            return Bay(place, State.QUIET, (_thief_figure(day),), hour=12, says=sign)
        grave = any(level in SERIOUS_LEVELS for level in levels)
        return Bay(
            place,
            State.LEAKS if grave else State.EXTRA,
            (_thief_figure(day),),
            hour=12,
            says=(Mark.EXTRA, message),
        )

    return shop_floor(map(bay, Station), day.rota.shop)
