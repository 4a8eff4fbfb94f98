"""Every moment from now on: the clock as a fence, and what holds at every moment instead of at one.

A fence is a policy that denies what can never be sent: requests of yesterday, sessions begun before the play ended. It
lies in front of what somebody holds, so that the comparison looks at nothing that cannot happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from coffeeshop.account.access.standing import instant, standing
from coffeeshop.account.model import ServiceError
from coffeeshop.lessons.grading.needed import allow, requests_of, upper_bound
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.language.conditions import instant as seconds
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Fixed,
    Kind,
    Layer,
    Policy,
    Request,
    Standing,
    Statement,
    Values,
)
from coffeeshop.shop.want import Ticket

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ANYTHING = Statement("Allow", Element(("*",)), Element(("*",)))
NOW = ("aws:CurrentTime", "aws:EpochTime")
CLOCK = (*NOW, "aws:TokenIssueTime")


# ---------------------------------------------------------------------- fences
def never(*conditions: Condition) -> Statement:
    """No request is like this."""
    return Statement("Deny", Element(("*",)), Element(("*",)), conditions=conditions)


def fenced(standing: Standing, statements: Iterable[Statement]) -> Standing:
    """The standing behind a fence of denies."""
    fence = tuple(statements)
    if not fence:
        return standing
    layer = Layer(Kind.RCP, (Policy((ANYTHING, *fence), name="what cannot be sent"),))
    return replace(standing, layers=(*standing.layers, layer))


def from_now_on(new: Standing, old: Standing, now: datetime, until: datetime | None = None) -> Standing:
    """The first standing from now on (until its session ends), as far as one of the two looks at the clock."""
    read = clock_read(new) | clock_read(old)
    return fenced(new, _before(new, read, now, until)) if read else new


def _before(new: Standing, read: Mapping[str, str], now: datetime, until: datetime | None) -> Iterator[Statement]:
    fixed = {key.lower(): value for key, value in new.fixed.items()}
    for key in CLOCK:
        type = read.get(key.lower())
        if type is None or (key not in NOW and fixed.get(key.lower()) is not PRESENT):
            continue
        yield never(_compared(type, "LessThan", key, now))
        if until is not None and key in NOW:
            yield never(_compared(type, "GreaterThan", key, until))


def _compared(type: str, how: str, key: str, at: datetime) -> Condition:
    """A comparison of a clock in the type in which the policies look at it, so that one theory knows all its values."""
    if type == "Numeric":
        return Condition(f"Numeric{how}", key, (str(int(at.timestamp())),))
    return Condition(f"Date{how}", key, (instant(at),))


def clock_read(standing: Standing) -> dict[str, str]:
    """The clocks that these policies look at, in lower case, with the type of the operator that they use."""
    return {
        condition.key.lower(): OPERATORS[condition.operator].type
        for condition in conditions(standing)
        if condition.key.lower() in _LOWERED
    }


_LOWERED = frozenset(key.lower() for key in CLOCK)


def conditions(standing: Standing) -> Iterator[Condition]:
    """Every condition of the policies in force."""
    for layer in standing.layers:
        for policy in layer.policies:
            for statement in policy.statements:
                yield from statement.conditions


# ------------------------------------------------------------------- every moment
def lower_bound(ticket: Ticket) -> tuple[Standing, Standing] | None:
    """What must be allowed for a job, and what is held, both under the very context of the job's own call: all of
    `covers`, and at every moment from then on, unless the job says when it is done. None if that is the call alone.
    """
    if not ticket.outcomes:
        return None
    last = ticket.outcomes[-1]
    held = standing(last.account, last.act.caller, last.act.at)
    if isinstance(held, ServiceError):
        return None
    whenever = set(clock_read(held)) if ticket.want.at is None else set[str]()
    requests = [r for r in requests_of(last) if whenever or _covered(ticket, r)]
    if not requests or not (whenever or ticket.want.covers):
        return None
    context = {key: value for request in requests for key, value in request.context.items()}
    whatever = {key for c in conditions(held) if ticket.want.covers and _of_thing(key := c.key.lower())}
    fixed = _settled(held, context, whenever)
    fixed = {key: value for key, value in fixed.items() if key not in whatever}
    window = tuple(c for c in ticket.want.conditions if c.key.lower() in whenever | whatever)
    must = Policy(tuple(_must(ticket, request, window) for request in requests), name="covers")
    asked = replace(Standing.of(must), principal=held.principal, fixed=fixed)
    return from_now_on(asked, held, last.act.at), replace(held, fixed=fixed)


def _of_thing(key: str) -> bool:
    """Whether a key (in lower case) tells the tags of what is asked for: `covers` is for every object, whatever its own."""
    return "resourcetag/" in key or key.startswith("s3:existingobjecttag/")


def _must(ticket: Ticket, request: Request, window: tuple[Condition, ...]) -> Statement:
    covered = ticket.want.covers if _covered(ticket, request) else (request.resource,)
    return allow((request.action,), covered, window)


def _covered(ticket: Ticket, request: Request) -> bool:
    """Whether `covers` speaks of what is asked for."""
    return bool(ticket.want.covers) and upper_bound(ticket.want, request.resource) != (request.resource,)


def _settled(held: Standing, context: Mapping[str, Values], free: Iterable[str]) -> dict[str, Fixed]:
    """The context of one call as the only one, the clocks aside: what no policy finds in it is absent."""
    read = {condition.key.lower() for condition in conditions(held)}
    said: dict[str, Fixed] = {key.lower(): value for key, value in held.fixed.items()}
    said |= {key.lower(): value for key, value in context.items()}
    settled: dict[str, Fixed] = {**dict.fromkeys(read), **said}
    for key in free:
        if settled.get(key) is not None:
            settled[key] = PRESENT
    return settled


def at_some_moment(ticket: Ticket) -> tuple[Standing, Standing] | None:
    """Of a refusal that holds now, what it was refused for, and what is held, with the clocks free: if any of it is
    allowed at some moment, the refusal does not hold. None if no policy looks at a clock, or it says when it is tried.
    """
    stopped = ticket.stopped
    if stopped is None or not stopped.decisions or ticket.want.at is not None:
        return None
    decision = stopped.decisions[-1]
    whenever = clock_read(decision.standing)
    if not whenever:
        return None
    request = decision.request
    fixed = _settled(decision.standing, request.context, whenever)
    held = from_now_on(replace(decision.standing, fixed=fixed), Standing.of(), stopped.act.at)
    others = (
        Statement("Deny", Element((request.action,), True), Element(("*",))),
        Statement("Deny", Element(("*",)), Element((request.resource,), True)),
    )
    return fenced(held, others), Standing.of()


def moment(request: Request) -> datetime | None:
    """When a request is made, by its clocks, the latest of them; None where it says no time that a calendar holds."""
    context = {key.lower(): values[0] for key, values in request.context.items() if values}
    told = [seconds(context[key]) for key in sorted(_LOWERED) if key in context]
    try:
        return max((EPOCH + timedelta(seconds=int(found)) for found in told if found is not None), default=None)
    except OverflowError:
        return None
