"""The open shop as a play: a beat for each ticket, who comes, what they ask, and what AWS answers; and the clock of it.

A beat is told and drawn from the same facts. Its steps are the calls of its ticket: roles that are put on and the calls of
a detour pass quickly, the last call takes its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from itertools import accumulate
from typing import NamedTuple

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Outcome
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Station
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket, Want, done, station
from coffeeshop.views.picture.model import Person
from coffeeshop.views.picture.scene import dyes
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital

LASTS, PASSING = 2.0, 0.8  # seconds that the last call of a beat takes, and each before it
MOST = 4  # calls before the last one that are shown


class End(Enum):
    """How a beat ends: what is seen, in words."""

    SERVED = "AWS allows it: it is handed over"
    STOPPED = "AWS refuses it: the shutter stays down, and the job is not done"
    HELD = "AWS refuses it, as it should be: the shutter stays down"
    STOLEN = "AWS allows it, though it must not: a thief could walk off with it"
    BROKEN = "It fails with an error that is no refusal, and the job is not done"
    FAILED = "It fails, yet not for want of permission, which is no protection"
    NOBODY = "Nobody comes"


class BeatCall(NamedTuple):
    """One call: where it is made, what it asks of what, and whether AWS lets it through."""

    place: Station
    asks: str
    on: str
    allowed: bool


class Beat(NamedTuple):
    """One ticket as it is played."""

    ticket: Ticket
    who: Person
    steps: tuple[BeatCall, ...]
    end: End

    @property
    def lasts(self) -> float:
        """Seconds."""
        return LASTS + PASSING * (len(self.steps) - 1)


class Moment(NamedTuple):
    """A moment of the play: the number of its beat, which step of it, and how much of that is over, 0 to 1."""

    nth: int
    step: int
    part: float


def beats(play: Play, tickets: Iterable[Ticket]) -> tuple[Beat, ...]:
    """Returns the tickets as beats, in their order."""
    colours = dyes(play.account, play.scenario.shop)
    return tuple(
        Beat(ticket, customer(play.account, ticket.want, colours), _steps(play, ticket), _end(ticket))
        for ticket in tickets
    )


def customer(account: Account, want: Want, colours: Mapping[str, int]) -> Person:
    """Returns who comes for a want, in the colours of their group and of the role that they wear for it."""
    user = user_named(account, want.who)
    if user is None:
        kind, _, name = want.who.partition("/")
        outside = kind in ("anyone", "account")
        return Person(
            name or kind or "somebody", kind="owner" if kind == "root" else "stranger" if outside else "guest"
        )
    group = _group(account, user)
    return Person(
        user.name,
        group,
        want.via,
        want.badge == "code",
        cloth=colours.get(group, 0),
        linen=colours.get(want.via, 0),
    )


def _group(account: Account, user: User) -> str:
    return min((entity.name for id in user.groups if (entity := account.of_id(id))), default="")


def _steps(play: Play, ticket: Ticket) -> tuple[BeatCall, ...]:
    made = ticket.outcomes[-MOST - 1 :]
    last = station(ticket.want, play.scenario.shop)
    if not made:
        return (BeatCall(last, "", "", False),)
    *before, end = (_step(play, outcome, ticket.want.mode) for outcome in made)
    return (*before, end._replace(place=last))


def _step(play: Play, outcome: Outcome, mode: Mode) -> BeatCall:
    call, through = outcome.act.call, done(outcome, mode)
    if not outcome.decisions:
        place = play.scenario.shop.station(call.service, "")
        return BeatCall(place, f"{call.service}:{call.operation}", "", through)
    request = outcome.decisions[-1].request
    place = play.scenario.shop.station(request.action.partition(":")[0], request.resource)
    on = "" if request.resource == "*" else request.resource.rpartition(":")[2]
    return BeatCall(place, request.action, on, through)


def _end(ticket: Ticket) -> End:
    if not ticket.outcomes:
        return End.NOBODY
    if ticket.want.mode is Mode.MUST and ticket.stopped and not ticket.refused:
        return End.BROKEN
    told = {
        (Mode.MUST, Mark.OK): End.SERVED,
        (Mode.MUST, Mark.MISS): End.STOPPED,
        (Mode.NEVER, Mark.OK): End.HELD,
        (Mode.NEVER, Mark.LEAK): End.STOLEN,
    }
    return told.get((ticket.want.mode, ticket.mark), End.FAILED)


# ---------------------------------------------------------------------------- clock
def starts(played: Sequence[Beat]) -> tuple[float, ...]:
    """Returns when each beat begins, in seconds; and, last, when all is over."""
    return tuple(accumulate((beat.lasts for beat in played), initial=0.0))


def moment(played: Sequence[Beat], seconds: float) -> Moment | None:
    """Returns what is seen at that time; None when all is over, or there is nothing to play."""
    begins = starts(played)
    nth = sum(begin <= seconds for begin in begins) - 1
    if not 0 <= nth < len(played):
        return None
    gone, last = seconds - begins[nth], len(played[nth].steps) - 1
    step = min(int(gone / PASSING), last)
    part = (gone - step * PASSING) / (LASTS if step == last else PASSING)
    return Moment(nth, step, min(part, 1.0))


def skipped(played: Sequence[Beat], seconds: float) -> float:
    """Returns when the beat after this one begins."""
    return next((begin for begin in starts(played) if begin > seconds), seconds)


# ---------------------------------------------------------------------------- words
def told(beat: Beat) -> Row:
    """Tells a beat in a sentence or two, as it is drawn."""
    ticket = beat.ticket
    if beat.end is End.NOBODY:
        return Row(f"Nobody comes: {ticket.missing}.", indent=1)
    way = [f"{step.asks}{'' if step.allowed else ' (not done)'}" for step in beat.steps[:-1]]
    last = beat.steps[-1]
    on = f" on {last.on}" if last.on else ""
    first = f"by way of {', '.join(way)}: " if way else ""
    return Row(
        f"At {last.place.value}: {first}{beat.who.name} asks {last.asks}{on}. {capital(beat.end.value)}.",
        indent=1,
    )
