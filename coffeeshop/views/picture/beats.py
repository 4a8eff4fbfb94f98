"""The open shop as a play: a beat for each ticket, who comes, what they ask, and what AWS answers; and the clock of it.

A beat is told and drawn from the same facts. Its steps are the calls of its ticket: roles that are put on and the calls of
a detour pass quickly, the last call takes its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from itertools import accumulate
from typing import NamedTuple

from msgspec.structs import replace

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Key, Outcome, Service
from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Shop, Station
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket, Want, is_done, station
from coffeeshop.views.identity import identity
from coffeeshop.views.made_up import explain_name, explained_person, made_up_names
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
    STOLEN = "AWS allows it, though it must not"
    BROKEN = "It fails with an error that is no refusal, and the job is not done"
    FAILED = "It fails, yet not for want of permission, which is no protection"
    NOBODY = "Nobody comes"


NOT_REACHED = (
    "AWS refuses it, so it never comes to what must not work: the shutter stays down"
)


class BeatCall(NamedTuple):
    """One call: where it is made, whom AWS sees, what it asks of what, and whether AWS lets it through."""

    place: Station
    who: Person
    asks: str
    on: str
    allowed: bool


class Beat(NamedTuple):
    """One ticket as it is played; `who` makes its last call."""

    ticket: Ticket
    who: Person
    steps: tuple[BeatCall, ...]
    end: End

    @property
    def answer(self) -> str:
        """Return what AWS answers, and what that comes to, in words."""
        if self.end is End.STOLEN:
            return f"{self.end.value}: {harm(self.steps[-1].asks)}"
        if self.end is not End.HELD or _is_whole(self.ticket):
            return self.end.value
        return NOT_REACHED

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
    names = made_up_names(play)

    def play_beat(ticket: Ticket) -> Beat:
        comes = customer(play.account, ticket.want, colours)
        steps = _steps(play.scenario.shop, ticket, comes, colours, names)
        return Beat(ticket, steps[-1].who, steps, _end(ticket))

    return tuple(map(play_beat, tickets))


def customer(account: Account, want: Want, colours: Mapping[str, int]) -> Person:
    """Returns who comes for a want, in the colours of their group and of the role that they wear for it."""
    user = user_named(account, want.who)
    if user is None:
        kind, _, name = want.who.partition("/")
        is_outside = kind in ("anyone", "account")
        return Person(
            name or kind or "somebody",
            kind="owner" if kind == "root" else "stranger" if is_outside else "guest",
        )
    return _person_in_uniform(account, user, want.via, want.badge == "code", colours)


def caller_of(outcome: Outcome, comes: Person, colours: Mapping[str, int]) -> Person:
    """Return whom AWS saw make a call: a user, a role's session, a service; who comes, where it was nobody else's."""
    caller = outcome.act.caller
    if isinstance(caller, Service):
        return Person(caller.name, kind="guest")
    if not isinstance(caller, Key):
        return comes
    account = outcome.account.home_of(caller)
    seen = identity(account, caller.id, outcome.act.at)
    user = account.users.get(seen.who.lower())
    if user is not None and not seen.root:
        return _person_in_uniform(account, user, seen.role, seen.mfa, colours)
    kind = "owner" if seen.root else "guest"
    return Person(
        seen.who, apron=seen.role, mfa=seen.mfa, kind=kind, linen=colours.get(seen.role, 0)
    )


def _person_in_uniform(
    account: Account, user: User, role: str, mfa: bool, colours: Mapping[str, int]
) -> Person:
    group = _group(account, user)
    return Person(
        user.name, group, role, mfa, cloth=colours.get(group, 0), linen=colours.get(role, 0)
    )


def _group(account: Account, user: User) -> str:
    return min(
        (entity.name for id in user.groups if (entity := account.entity_by_id(id))),
        default="",
    )


def _steps(
    shop: Shop,
    ticket: Ticket,
    comes: Person,
    colours: Mapping[str, int],
    names: Mapping[str, str],
) -> tuple[BeatCall, ...]:
    """Return the calls that are shown; the last of a want is made where the want is about, one before it where it is made."""
    made_outcomes = ticket.outcomes[-MOST - 1 :]
    want = ticket.want
    if not made_outcomes:
        return (BeatCall(station(want, shop), comes, "", "", False),)
    *before, end = (
        _step(shop, outcome, caller_of(outcome, comes, colours), want.mode, names)
        for outcome in made_outcomes
    )
    return (*before, end._replace(place=station(want, shop)) if _is_whole(ticket) else end)


def _is_whole(ticket: Ticket) -> bool:
    """Tell whether the last call is that of the want, and none before it."""
    return len(ticket.outcomes) >= bool(ticket.want.via) + max(1, len(ticket.want.do))


def _step(
    shop: Shop, outcome: Outcome, person: Person, mode: Mode, names: Mapping[str, str]
) -> BeatCall:
    call = outcome.act.call
    through = is_done(outcome, mode)
    person = replace(person, name=explained_person(person.name, names))
    if not outcome.decisions:
        place = shop.station(call.service, "")
        return BeatCall(place, person, f"{call.service}:{call.operation}", "", through)
    request = outcome.decisions[-1].request
    place = shop.station(request.action.partition(":")[0], request.resource)
    if request.resource == "*":
        on = ""
    else:
        on = explain_name(request.resource.rpartition(":")[2], names)
    return BeatCall(place, person, request.action, on, through)


def _end(ticket: Ticket) -> End:
    if not ticket.outcomes:
        return End.NOBODY
    if ticket.want.mode is Mode.MUST and ticket.stopping_call and not ticket.was_refused:
        return End.BROKEN
    ends_by_name = {
        (Mode.MUST, Mark.OK): End.SERVED,
        (Mode.MUST, Mark.MISS): End.STOPPED,
        (Mode.NEVER, Mark.OK): End.HELD,
        (Mode.NEVER, Mark.LEAK): End.STOLEN,
    }
    return ends_by_name.get((ticket.want.mode, ticket.mark), End.FAILED)


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
    gone = seconds - begins[nth]
    last = len(played[nth].steps) - 1
    step = min(int(gone / PASSING), last)
    part = (gone - step * PASSING) / (LASTS if step == last else PASSING)
    return Moment(nth, step, min(part, 1.0))


def next_beat_at(played: Sequence[Beat], seconds: float) -> float:
    """Returns when the beat after this one begins."""
    return next((begin for begin in starts(played) if begin > seconds), seconds)


# ---------------------------------------------------------------------------- words
VERBS = {  # what somebody could do who stole that, by how the action's name begins
    "Send": "send messages to it",
    "Receive": "read its messages",
    "Purge": "delete its messages",
    "Invoke": "run it",
    "Start": "start it",
    "Stop": "stop it",
    "Terminate": "end it for good",
    "Delete": "delete it",
    "Leave": "take the account out of the organization",
}
LEVELS = {
    AccessLevel.LIST: "see what is there",
    AccessLevel.READ: "read it",
    AccessLevel.WRITE: "change it",
    AccessLevel.TAGGING: "change its tags",
    AccessLevel.PERMISSIONS: "change who can do what",
}


def harm(action: str) -> str:
    """Tell what a thief could do who is let in, by the action's access level, and by what it acts on."""
    service, _, name = action.partition(":")
    known_action = catalog.find_action(action)
    level = known_action.level if known_action else AccessLevel.WRITE
    if action.lower() == "sts:assumerole":
        does = "act in that role"
    elif (
        service in ("iam", "organizations")
        and level is AccessLevel.WRITE
        and name != "LeaveOrganization"
    ):
        does = LEVELS[AccessLevel.PERMISSIONS]
    else:
        does = next(
            (message for begins, message in VERBS.items() if name.startswith(begins)),
            LEVELS[level],
        )
    return f"a thief could {does}"


def in_words(person: Person) -> str:
    """Return whom AWS sees: somebody, and in which role."""
    if person.apron:
        return f"{person.name} in the role {person.apron}"
    return person.name


def beat_row(beat: Beat) -> Row:
    """Tell a beat in a sentence or two, as it is drawn: every call by whom AWS saw make it."""
    ticket = beat.ticket
    if beat.end is End.NOBODY:
        return Row(f"Nobody comes: {ticket.missing}.", indent=1)
    last = beat.steps[-1]
    on = f" on {last.on}" if last.on else ""
    asks = f"{in_words(last.who)} asks {last.asks}{on}"
    return Row(
        f"At {last.place.value}: {_way(beat)}{asks}. {capital(beat.answer)}.", indent=1
    )


def _way(beat: Beat) -> str:
    """Tell the calls before the last, and who made those that somebody else made; "" where there are none."""
    before = beat.steps[:-1]
    if not before:
        return ""
    begins = before[0].who
    last = beat.steps[-1].who
    made_names = (
        f"{step.asks}{'' if step.allowed else ' (refused)'}"
        f"{'' if step.who.name == begins.name else f' (by {in_words(step.who)})'}"
        for step in before
    )
    comes = "" if begins.name == last.name else f"{in_words(begins)}, "
    return f"{comes}by way of {', '.join(made_names)}: "
