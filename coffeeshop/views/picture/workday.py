"""A moment of a day at the shop as a floor: who works where, who stands at the door, where a stranger helps themself; and
how far a theft reaches, as the same floor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.day import Day, Happening, Kind
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.model import Station
from coffeeshop.shop.want import Ticket
from coffeeshop.views.picture.beats import customer
from coffeeshop.views.picture.model import Bay, Floor, Person, State
from coffeeshop.views.picture.scene import dyes, exists

LINGERS = timedelta(hours=1)  # so long somebody stands where they asked last
STRANGER = Person("somebody", kind="stranger")
TAKEN = (Mark.EXTRA, "taken")
STATES = {Mark.LEAK: State.LEAKS, Mark.MISS: State.STUCK, Mark.OK: State.WORKS}
GRAVE = (AccessLevel.WRITE, AccessLevel.PERMISSIONS)
SIGNS = {
    AccessLevel.PERMISSIONS: "grants"
}  # where a level's own word is too long for a sign


class _Moment(NamedTuple):
    """What the floor is made of: the last ticket of each want, where in the shop it was, and what was taken where."""

    last: Mapping[str, Happening]
    taken: frozenset[Station]
    people: Mapping[Station, tuple[Person, ...]]
    account: Account


def workday(day: Day, happened: Sequence[Happening]) -> Floor:
    """Returns the floor once these happenings of a day, its first ones, are over; before any, as the shop opens."""
    at = happened[-1].at if happened else None
    now = _moment(day, happened, at)
    tasks = (one for one in now.last.values() if one.kind is Kind.TASK)
    waiting = tuple(one.say for one in tasks if one.mark is not Mark.OK)
    messages = sum(len(each.messages) for each in now.account.queues.values())

    def bay(place: Station) -> Bay:
        if not exists(now.account, day.rota.shop, place):
            return Bay(place, State.SHUT)
        here = [one for one in now.last.values() if one.place is place]
        taken = place in now.taken
        door = place is Station.DOOR
        return Bay(
            place,
            State.LEAKS if taken else _state(here),
            now.people.get(place, ()),
            sum(one.kind is Kind.TASK and one.mark is Mark.OK for one in here),
            messages if place is Station.ORDERS else 0,
            waiting if door else (),
            door and not waiting and not now.taken and not now.people.get(place),
            (at.hour if at else 6) if door else 12,
            TAKEN if taken else None,
        )

    return Floor(tuple(map(bay, Station)))


def _state(here: Sequence[Happening]) -> State:
    marks = {one.mark for one in here if one.kind is Kind.TASK or one.mark is not Mark.OK}
    return next((state for mark, state in STATES.items() if mark in marks), State.QUIET)


def _moment(day: Day, happened: Sequence[Happening], at: datetime | None) -> _Moment:
    last = dict[str, Happening]()
    taken = dict[Station, None]()
    account = day.opened
    working = dict[str, Happening]()
    thief = None
    for one in happened:
        account = _account(one, account)
        if one.ticket:
            last[one.ticket.want.id] = one
            working |= {one.ticket.want.who: one} if one.kind is Kind.TASK else {}
        elif one.kind in (Kind.THEFT, Kind.ATTACK, Kind.REOPENED):
            thief = one.place or Station.DOOR
            taken |= {thief: None} if one.mark is Mark.EXTRA else {}
        elif one.kind is Kind.CONTAINED:
            thief = None
    people: dict[Station, tuple[Person, ...]] = {thief: (_thief(day),)} if thief else {}
    colours = dyes(day.opened, day.rota.shop)
    for one in sorted(working.values(), key=lambda one: one.at, reverse=True):
        if one.place and one.ticket and at and at - one.at <= LINGERS:
            who = _customer(account, one.ticket, colours, one is happened[-1])
            people[one.place] = (*people.get(one.place, ()), who)
    return _Moment(last, frozenset(taken), people, account)


def _customer(
    account: Account, ticket: Ticket, colours: Mapping[str, int], newest: bool
) -> Person:
    """Who comes; what was refused to them just now stands on the sign for a moment."""
    who = customer(account, ticket.want, colours)
    stopped = ticket.stopped
    if not newest or stopped is None or not stopped.decisions:
        return who
    return replace(who, refused=stopped.decisions[-1].request.action)


def _thief(day: Day) -> Person:
    """A stranger, dark; a colleague who looks where they should not is dark too, under their own name."""
    if day.course and day.course.theft.incident.insider:
        return Person(day.course.theft.who.rpartition("/")[2], kind="prying")
    return STRANGER


def _account(one: Happening, before: Account) -> Account:
    if one.ticket:
        outcomes = one.ticket.outcomes
    elif one.outcome:
        outcomes = (one.outcome,)
    else:
        outcomes = ()
    return outcomes[-1].account if outcomes else before


# ---------------------------------------------------------------------------- how far a theft reaches
def blasted(day: Day, reached: Mapping[Station, Sequence[AccessLevel]]) -> Floor:
    """Returns the floor on which each bay says the gravest access level at which it is reached, or that it is safe."""

    def bay(place: Station) -> Bay:
        if not exists(day.opened, day.rota.shop, place):
            return Bay(place, State.SHUT)
        levels = reached.get(place, ())
        if not levels:
            return Bay(place, State.QUIET, says=(Mark.OK, "safe"), hour=12)
        said = SIGNS.get(levels[-1], levels[-1].value.lower())
        grave = any(level in GRAVE for level in levels)
        return Bay(
            place,
            State.LEAKS if grave else State.EXTRA,
            (_thief(day),),
            hour=12,
            says=(Mark.EXTRA, said),
        )

    return Floor(tuple(map(bay, Station)))
