"""The replay of the open shop: one beat for each ticket, and the clock that runs them.

A beat is one ticket as it is replayed, in words and in the picture. It holds the caller, the
calls and AWS's answer. Its steps are the calls of the ticket. The last call is shown longest.
The calls before it, such as AssumeRole, pass quickly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from itertools import accumulate, takewhile
from typing import NamedTuple

from msgspec.structs import replace

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Key, Outcome, Service
from coffeeshop.lessons.grading.canaries import SEARCHED_NAME
from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.evaluation.explain import denied_sessions_phrase
from coffeeshop.policy.model import Allowed, Request
from coffeeshop.shop.job_needs import requests_of
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Shop, Station
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket, Want, is_done, station
from coffeeshop.views.identity import identity
from coffeeshop.views.made_up import (
    explain_name,
    explained_person,
    made_up_names,
    made_up_resources,
)
from coffeeshop.views.picture.model import Person
from coffeeshop.views.picture.scene import colour_numbers
from coffeeshop.views.reactions import reaction_text
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital

LAST_CALL_SECONDS = 2.0  # seconds of the last call of a beat
CALL_SECONDS = 0.8  # seconds of each call before it
MAX_CALLS_BEFORE = 4  # calls at most in a beat before the last one


class End(Enum):
    """How a beat ends, in the words that the learner reads."""

    SERVED = "AWS allows it, and the job is done"
    STOPPED = "AWS refuses it, and the job is not done"
    HELD = "AWS refuses it, as it should"
    STOLEN = "AWS allows it, but shouldn't"
    BROKEN = "It fails with another error than a refusal, and the job is not done"
    FAILED = "It fails, but no policy refuses it, so it isn't protected"
    NOBODY = "AWS knows no such caller"


NOT_REACHED = "AWS refuses it earlier, so the forbidden request never happens"


class BeatCall(NamedTuple):
    """One call of a beat: its place, the caller, the action, the resource, and whether AWS allowed it.

    `asks` is the action that tells of the call. `actions` are all that it asks for, in order.
    """

    place: Station
    who: Person
    asks: str
    on: str
    allowed: bool
    place_name: str = ""  # "": the station's own name
    actions: tuple[str, ...] = ()  # (): only `asks`


class Beat(NamedTuple):
    """One scene of a replay: the run of a job or a refusal, with its calls and its end.

    `who` is the caller of the last call.
    """

    ticket: Ticket
    who: Person
    steps: tuple[BeatCall, ...]
    end: End

    @property
    def answer(self) -> str:
        """Return AWS's answer and its consequence, in words."""
        if self.end is End.STOLEN:
            return f"{self.end.value}: {harm_text(self.steps[-1].asks)}"
        if self.end is End.STOPPED and self.ticket.decision:
            sessions = denied_sessions_phrase(self.ticket.decision)
            return f"AWS refuses it{sessions}, and the job is not done"
        if self.end is not End.HELD or _reached_last_call(self.ticket):
            return self.end.value
        return NOT_REACHED

    @property
    def lasts(self) -> float:
        """Return the length of the beat in seconds."""
        return LAST_CALL_SECONDS + CALL_SECONDS * (len(self.steps) - 1)


class Moment(NamedTuple):
    """A moment of the replay.

    `nth` is the number of the beat, `step` the number of its call, and `part` the share of that
    call that is over, from 0 to 1.
    """

    nth: int
    step: int
    part: float


def beats(play: Play, tickets: Iterable[Ticket]) -> tuple[Beat, ...]:
    """Return the scenes of a replay: one for each ticket (result of a job or refusal), in the same order."""
    colours = colour_numbers(play.account, play.scenario.shop)
    names = made_up_names(play)

    def play_beat(ticket: Ticket) -> Beat:
        """Return the scene of one ticket."""
        comes = person_of_want(play.account, ticket.want, colours)
        shop = play.scenario.shop
        resources = made_up_resources(play, ticket.all_decisions)
        made_up = dict.fromkeys(resources.values(), SEARCHED_NAME)
        steps = tuple(
            step._replace(place_name=shop.station_names.get(step.place, ""))
            for step in _beat_calls(shop, ticket, comes, colours, names, made_up)
        )
        if ticket.want.quiet:
            # The learner has to find out who it is.
            steps = tuple(step._replace(who=_unnamed_person(step.who)) for step in steps)
        return Beat(ticket, steps[-1].who, steps, _beat_end(ticket))

    return tuple(map(play_beat, tickets))


def person_of_want(account: Account, want: Want, colours: Mapping[str, int]) -> Person:
    """Return how to draw the person who makes the requests of a job or refusal.

    A user has the colours of their group and of the role that they assume. Root is the owner, and a
    caller from outside the account a stranger. Anyone else is a guest, such as an AWS service.
    """
    user = user_named(account, want.who)
    if user is None:
        kind, _, name = want.who.partition("/")
        is_outside = kind in ("anyone", "account", "workload")
        return Person(
            name or kind or "someone",
            kind="owner" if kind == "root" else "stranger" if is_outside else "guest",
        )
    return _person_in_uniform(account, user, want.via, want.badge == "code", colours)


def caller_of(outcome: Outcome, comes: Person, colours: Mapping[str, int]) -> Person:
    """Return the caller of a call as AWS saw it: a user, a role session or a service.

    Return `comes`, the person of the want, if the call had no credential.
    """
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
    """Return a user as a person, in the colours of their group and role."""
    group = _group(account, user)
    return Person(
        user.name, group, role, mfa, cloth=colours.get(group, 0), linen=colours.get(role, 0)
    )


def _group(account: Account, user: User) -> str:
    """Return the name of the user's first group by alphabet, or "" if there is none."""
    return min(
        (entity.name for id in user.groups if (entity := account.entity_by_id(id))),
        default="",
    )


def _beat_calls(
    shop: Shop,
    ticket: Ticket,
    comes: Person,
    colours: Mapping[str, int],
    names: Mapping[str, str],
    made_up: Mapping[str, str],
) -> tuple[BeatCall, ...]:
    """Return the calls of a scene: the last `MAX_CALLS_BEFORE` + 1 calls of the ticket.

    The last call of the job or refusal is shown at its own station, and every other call at the
    station of its resource. `names` explains the people and things of tomorrow, `made_up` the resources
    that only the comparison of policies names.
    """
    resource_names = {**made_up, **names}
    shown_outcomes = ticket.outcomes[-MAX_CALLS_BEFORE - 1 :]
    want = ticket.want
    if not shown_outcomes:
        return (BeatCall(station(want, shop), comes, "", "", False),)
    *before, end = (
        _beat_call(
            shop,
            outcome,
            _explain_person(caller_of(outcome, comes, colours), names),
            want.mode,
            resource_names,
        )
        for outcome in shown_outcomes
    )
    return (
        *before,
        end._replace(place=station(want, shop)) if _reached_last_call(ticket) else end,
    )


def _explain_person(person: Person, names: Mapping[str, str]) -> Person:
    """Return the person with the explanation of a made-up name."""
    return replace(person, name=explained_person(person.name, names))


def _unnamed_person(person: Person) -> Person:
    """Return a person without what tells who it is. The role stays, since anyone could assume it."""
    return replace(person, name="someone", uniform="", cloth=0)


def _reached_last_call(ticket: Ticket) -> bool:
    """Return whether a run got as far as the last call of its job or refusal.

    There is one AssumeRole call if it has a role, and one call for each command.
    """
    return len(ticket.outcomes) >= bool(ticket.want.via) + max(1, len(ticket.want.do))


def _beat_call(
    shop: Shop, outcome: Outcome, person: Person, mode: Mode, names: Mapping[str, str]
) -> BeatCall:
    """Return one call of a scene, with the action and resource of the request that tells of it.

    A call that AWS never authorized, because of its credential, shows what it would have asked for.
    A call without requests has only its operation.
    """
    call = outcome.act.call
    through = is_done(outcome, mode)
    requests = requests_of(outcome)
    if not requests:
        place = shop.station(call.service, "")
        return BeatCall(place, person, f"{call.service}:{call.operation}", "", through)
    request = _telling_request(outcome, requests, mode)
    place = shop.station(request.action.partition(":")[0], request.resource)
    if request.resource == "*":
        on = ""
    else:
        on = explain_name(request.resource.rpartition(":")[2], names)
    actions = tuple(dict.fromkeys(each.action for each in requests))
    return BeatCall(place, person, request.action, on, through, actions=actions)


def _telling_request(outcome: Outcome, requests: Sequence[Request], mode: Mode) -> Request:
    """Return the request of a call that the picture shows: a refused one, or the one that matters most.

    For a job that is the request for the call's own action, otherwise the last one. CreateFunction,
    for example, also requests iam:PassRole. A way around a refusal is about that, a job isn't.
    """
    refused = [
        decision.request
        for decision in outcome.decisions
        if not isinstance(decision, Allowed)
    ]
    operation = outcome.act.call.operation
    own_requests = [
        each
        for each in requests
        if mode is Mode.MUST and each.action.endswith(f":{operation}")
    ]
    return next(iter((*refused, *own_requests)), requests[-1])


def _beat_end(ticket: Ticket) -> End:
    """Return how the beat of a ticket ends. NOBODY: nobody could ask. BROKEN: a job's call failed, and no policy refused it."""
    if not ticket.outcomes:
        return End.NOBODY
    if ticket.want.mode is Mode.MUST and ticket.stopping_call and not ticket.was_refused:
        return End.BROKEN
    ends_by_result = {
        (Mode.MUST, Mark.OK): End.SERVED,
        (Mode.MUST, Mark.MISS): End.STOPPED,
        (Mode.NEVER, Mark.OK): End.HELD,
        (Mode.NEVER, Mark.LEAK): End.STOLEN,
    }
    return ends_by_result.get((ticket.want.mode, ticket.mark), End.FAILED)


# ---------------------------------------------------------------------------- clock
def beat_start_times(played: Sequence[Beat]) -> tuple[float, ...]:
    """Return the second at which each beat begins, and at last the second at which the replay ends."""
    return tuple(accumulate((beat.lasts for beat in played), initial=0.0))


def moment_at(played: Sequence[Beat], seconds: float) -> Moment | None:
    """Return the moment of the replay at `seconds`.

    Return None after the last beat, or if there is no beat.
    """
    begins = beat_start_times(played)
    nth = sum(begin <= seconds for begin in begins) - 1
    if not 0 <= nth < len(played):
        return None
    gone = seconds - begins[nth]
    last = len(played[nth].steps) - 1
    step = min(int(gone / CALL_SECONDS), last)
    part = (gone - step * CALL_SECONDS) / (
        LAST_CALL_SECONDS if step == last else CALL_SECONDS
    )
    return Moment(nth, step, min(part, 1.0))


def next_beat_at(played: Sequence[Beat], seconds: float) -> float:
    """Return the second at which the next beat begins, or `seconds` itself after the last one."""
    return next((begin for begin in beat_start_times(played) if begin > seconds), seconds)


# ---------------------------------------------------------------------------- words
THIEF_VERBS = {  # what a thief could do with an action, by the first word of its name
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
LEVEL_PHRASES = {
    AccessLevel.LIST: "see what is there",
    AccessLevel.READ: "read it",
    AccessLevel.WRITE: "change it",
    AccessLevel.TAGGING: "change its tags",
    AccessLevel.PERMISSIONS: "change who can do what",
}


def harm_text(action: str) -> str:
    """Return what a thief could do with this action, from its access level and its service."""
    service, _, name = action.partition(":")
    known_action = catalog.find_action(action)
    if known_action:
        level = known_action.level
    else:
        level = AccessLevel.WRITE
    if action.lower().startswith("sts:assumerole"):
        does = "act in that role"
    elif action.lower() == "sts:getcalleridentity":
        does = "use this session"  # AWS answers the call itself to any session
    elif level is AccessLevel.PERMISSIONS or (
        service in ("iam", "organizations")
        and level is AccessLevel.WRITE
        and name != "LeaveOrganization"
    ):
        does = LEVEL_PHRASES[AccessLevel.PERMISSIONS]
    else:
        does = next(
            (message for begins, message in THIEF_VERBS.items() if name.startswith(begins)),
            LEVEL_PHRASES[level],
        )
    return f"a thief could {does}"


def caller_name(person: Person) -> str:
    """Return the name of the caller, and the role if one is assumed: "bo, in the role Cashier"."""
    if person.apron:
        return f"{person.name}, in the role {person.apron}"
    return person.name


def caller_subject(person: Person) -> str:
    """Return the caller as the subject of a sentence: "bo, in the role Cashier,"."""
    return f"{caller_name(person)}," if person.apron else person.name


def beat_row(beat: Beat) -> Row:
    """Return a row that tells a beat in one or two sentences, with each call and its caller."""
    ticket = beat.ticket
    if beat.end is End.NOBODY:
        return Row(reaction_text(ticket), indent=1)
    last = beat.steps[-1]
    on = f" on {last.on}" if last.on else ""
    caller = caller_subject(last.who)
    is_stolen = bool(ticket.want.opening_credential)  # its owner may be deleted
    if is_stolen and not ticket.want.quiet:
        caller = f"someone with the credentials of {caller}"
    place = last.place_name or last.place.value
    return Row(
        f"At {place}: {_calls_text(beat, caller)}{on}. {capital(beat.answer)}.",
        indent=1,
    )


def _calls_text(beat: Beat, last_caller: str) -> str:
    """Return the calls in order: "mina requests iam:PassRole. Then robin requests s3:GetObject".

    `last_caller` is the words for the caller of the last one. Calls before those of the last caller
    are a sentence of their own.
    """
    *before, last = beat.steps
    asked = [(step, action) for step in before for action in step.actions or (step.asks,)]
    asked += [
        (last, action) for action in takewhile(lambda each: each != last.asks, last.actions)
    ]
    of_others = [
        *takewhile(lambda each: caller_name(each[0].who) != caller_name(last.who), asked)
    ]
    own_calls = _call_names(asked[len(of_others) :], last.who)
    end = f"{last_caller} requests {_with_last_call(own_calls, last.asks)}"
    if not of_others:
        return end
    first_caller = beat.steps[0].who
    calls = ", ".join(_call_names(of_others, first_caller))
    return f"{caller_subject(first_caller)} requests {calls}. Then {end}"


def _call_names(asked: Sequence[tuple[BeatCall, str]], subject: Person) -> list[str]:
    """Return each requested action once, with its caller if that isn't the subject of the sentence."""
    names = (
        f"{action}{' (refused)' if action == step.asks and not step.allowed else ''}"
        f"{'' if caller_name(step.who) == caller_name(subject) else f' (by {caller_name(step.who)})'}"
        for step, action in asked
    )
    return [*dict.fromkeys(names)]


def _with_last_call(calls: Sequence[str], last_call: str) -> str:
    """Return the calls of one caller as a list that ends in the last one: "iam:PassRole, then lambda:CreateFunction"."""
    if not calls:
        return last_call
    if [*calls] == [last_call]:
        return f"{last_call}, then again"
    again = " again" if last_call in calls else ""
    return f"{', '.join(calls)}, then {last_call}{again}"
