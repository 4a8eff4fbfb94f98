"""Every moment from now on: the clock as a fence, and what holds at every moment instead of at one.

A fence is a policy that denies what can never be sent: requests of yesterday, sessions begun before the play ended. It
lies in front of what somebody holds, so that the comparison looks at nothing that cannot happen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account.access.callers import calling_user
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.access.totp import STEP
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Account, Outcome, ServiceError
from coffeeshop.lessons.grading.needed import (
    DIRECT,
    allow_statement,
    badge_of,
    generalize_name,
    requests_of,
)
from coffeeshop.policy.evaluation.match import compiled_policy, shared_policy
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.language.conditions import read_instant as seconds
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Fixed,
    Kind,
    Layer,
    Principal,
    Request,
    Standing,
    Statement,
    Values,
)
from coffeeshop.shop.serve import wearing
from coffeeshop.shop.want import Ticket, Want

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ANYTHING = Statement("Allow", Element(("*",)), Element(("*",)))
NOW = ("aws:CurrentTime", "aws:EpochTime")
ISSUED = "aws:TokenIssueTime"
AGE = "aws:MultiFactorAuthAge"
CLOCK = (*NOW, ISSUED, AGE)
ITEM = frozenset(
    {"dynamodb:leadingkeys"}
)  # which item of a table a call names, as an example of any
LONGEST = timedelta(
    hours=36
)  # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html


# ---------------------------------------------------------------------- fences
def deny_when(*conditions: Condition) -> Statement:
    """Returns the Deny of every request under these conditions, of which none is sent."""
    return Statement("Deny", Element(("*",)), Element(("*",)), conditions=conditions)


def with_fence(standing: Standing, statements: Iterable[Statement]) -> Standing:
    """Returns the standing behind a fence of denies."""
    fence = tuple(statements)
    if not fence:
        return standing
    layer = Layer(Kind.RCP, (shared_policy((ANYTHING, *fence), "what cannot be sent"),))
    return dataclasses.replace(standing, layers=(*standing.layers, layer))


def without_needed(holds: Standing, needed: Standing) -> Standing:
    """Returns what is held behind a fence around whatever is needed, which is Allows and nothing else."""
    policies = (policy for layer in needed.layers for policy in layer.policies)
    return with_fence(
        holds,
        (
            dataclasses.replace(s, effect="Deny")
            for policy in policies
            for s in policy.statements
        ),
    )


def from_now_on(
    new: Standing,
    old: Standing,
    now: datetime,
    until: datetime | None = None,
    began: datetime | None = None,
) -> Standing:
    """Returns the first standing from now on (until its session ends), as far as one of the two looks at the clock. `began` is
    when its session can have begun at the earliest, which is now if it is still to be taken.
    """
    read = related_clocks(clocks_read(new) | clocks_read(old))
    if read:
        return with_fence(new, _deny_impossible_times(new, read, now, until, began or now))
    return new


def related_clocks(read: Mapping[str, str]) -> Mapping[str, str]:
    """Returns the clocks that are read, and with the age of a code those that it goes with."""
    if AGE.lower() in read:
        return {NOW[0].lower(): "Date", ISSUED.lower(): "Date", **read}
    return read


def _deny_impossible_times(
    new: Standing,
    read: Mapping[str, str],
    now: datetime,
    until: datetime | None,
    began: datetime,
) -> Iterator[Statement]:
    """What no clock shows: the past, what comes after the end of a session, a code that is older than sessions become."""
    fixed = {key.lower(): value for key, value in new.fixed.items()}
    for key in (*NOW, ISSUED):
        type = read.get(key.lower())
        if type is None or (
            key == ISSUED and fixed.get(key.lower(), PRESENT) is not PRESENT
        ):
            continue
        yield deny_when(
            _clock_condition(type, "LessThan", key, began if key == ISSUED else now)
        )
        if until is not None and key in NOW:
            yield deny_when(_clock_condition(type, "GreaterThan", key, until))
    if AGE.lower() in read:
        yield deny_when(Condition("NumericLessThan", AGE, ("0",)))
        yield deny_when(
            Condition("NumericGreaterThan", AGE, (str(int(LONGEST.total_seconds())),))
        )


def _clock_condition(type: str, how: str, key: str, at: datetime) -> Condition:
    """A comparison of a clock in the type in which the policies look at it, so that one theory knows all its values."""
    if type == "Numeric":
        return Condition(f"Numeric{how}", key, (str(int(at.timestamp())),))
    return Condition(f"Date{how}", key, (format_instant(at),))


def clocks_read(standing: Standing) -> dict[str, str]:
    """Returns the clocks that these policies look at, in lower case, with the type of the operator that they use."""
    return {
        condition.key.lower(): OPERATORS[condition.operator].type
        for condition in all_conditions(standing)
        if condition.key.lower() in _LOWERED
    }


_LOWERED = frozenset(key.lower() for key in CLOCK)


def all_conditions(standing: Standing) -> Iterator[Condition]:
    """Yields every condition of the policies in force."""
    for layer in standing.layers:
        for policy in layer.policies:
            for statement in policy.statements:
                yield from statement.conditions


def keys_read(held: Standing) -> Iterator[str]:
    """Yields every key that the policies in force ask for, in conditions or as variables, in lower case."""
    for layer in held.layers:
        for policy in layer.policies:
            yield from map(str.lower, compiled_policy(policy).keys_read)


# ------------------------------------------------------------------- every moment
def lower_bounds(
    account: Account, ticket: Ticket, names: Mapping[str, str]
) -> Iterator[tuple[Standing, Standing]]:
    """Yields, for each call of a job, what must be allowed and what is held, both in the context of that call.

    What must be allowed is all of `covers`, any item of a table, any name in place of one that was drawn (`names`), at
    every moment from then on unless the job says when it is done. Nothing is yielded where that comes to the call alone,
    with the badge that was tried.
    """
    for outcome in (*_lambda_outcomes(account, ticket), *ticket.outcomes):
        covers = ticket.want.covers if outcome is ticket.outcomes[-1] else ()
        for held, is_shown in _caller_standings(outcome, ticket.want):
            if bound := _lower_bound(
                replace(ticket.want, covers=covers), outcome, held, names, tried=is_shown
            ):
                yield bound


def _caller_standings(outcome: Outcome, want: Want) -> Iterator[tuple[Standing, bool]]:
    """Yields what the caller holds by the badge that was shown; and by a badge with a code, where policies tell the two
    apart and the job does not say which. With each, whether it is the one that was tried.
    """
    shown = build_standing(outcome.account, outcome.act.caller, outcome.act.at)
    if isinstance(shown, ServiceError):
        return
    yield shown, True
    if coded := _standing_with_code(outcome):
        apart = {
            key.lower()
            for key, value in coded.fixed.items()
            if shown.fixed.get(key) != value
        }
        if apart.intersection(keys_read(shown)).difference(
            condition.key.lower() for condition in want.conditions
        ):
            yield coded, False


def _standing_with_code(outcome: Outcome) -> Standing | None:
    """What the caller would hold after typing a code, if they can sign in with one and did not. A rule may ask for a code
    at any time, so a job has to work with one; the reverse is not tried.
    """
    account = outcome.account
    caller = outcome.act.caller
    at = outcome.act.at
    user = calling_user(account, caller)
    if (
        user is None
        or badge_of(account, caller) == DIRECT[-1]
        or not (user.login or account.devices_of(user.id))
    ):
        return None
    held = build_standing(*mint_credential(account, account.arn(user), "code", at), at)
    if isinstance(held, Standing):
        return dataclasses.replace(held, fixed={**held.fixed, AGE: ("0",)})
    return None


def _lambda_outcomes(account: Account, ticket: Ticket) -> Iterator[Outcome]:
    """Lambda taking the role of the function whose job it is."""
    kind, _, name = ticket.want.who.partition("/")
    if (
        kind == "function"
        and ticket.outcomes
        and (worn := wearing(account, name, ticket.outcomes[0].act.at))
    ):
        yield worn


def _lower_bound(
    want: Want, outcome: Outcome, held: Standing, names: Mapping[str, str], *, tried: bool
) -> tuple[Standing, Standing] | None:
    if want.at is None:
        whenever = related_clocks(clocks_read(held))
    else:
        whenever = dict[str, str]()
    asked = requests_of(outcome)
    read = frozenset(keys_read(held))
    said = {key: like for key, like in _drawn_values(want, asked, names) if key in read}
    free = (
        whenever.keys()
        | said.keys()
        | ITEM.intersection(read).intersection(
            key.lower() for r in asked for key in r.context
        )
    )
    requests = [
        r
        for r in asked
        if not tried or free or _is_covered(want, r) or _has_drawn_name(want, r, names)
    ]
    if not requests:
        return None
    context = {key: value for request in requests for key, value in request.context.items()}
    whatever = {
        key
        for c in all_conditions(held)
        if want.covers and is_resource_tag_key(key := c.key.lower())
    }
    fixed = settle_context(held, context, free)
    fixed = {key: value for key, value in fixed.items() if key not in whatever}
    window = tuple(c for c in want.conditions if c.key.lower() in free | whatever)
    must = shared_policy(
        (
            *(s for r in requests for s in _required_statements(want, r, names, window)),
            *_deny_other_values(said),
        ),
        "covers",
    )
    whoever = Principal(
        held.principal.arn
    )  # of no account, so that nothing but these words is asked
    needed = dataclasses.replace(Standing.of(must), principal=whoever, fixed=fixed)
    whole = from_now_on(needed, held, outcome.act.at)
    return with_fence(whole, tuple(_deny_old_codes(whenever))), dataclasses.replace(
        held, fixed=fixed
    )


def _deny_old_codes(clocks: Container[str]) -> Iterator[Statement]:
    """No code that is older than a phone shows it: one can be given anew."""
    if AGE.lower() in clocks:
        yield deny_when(Condition("NumericGreaterThan", AGE, (str(STEP),)))


def at_every_moment(
    held: Standing, requests: Collection[Request], at: datetime
) -> tuple[Standing, Standing]:
    """For requests of one context, what must be allowed and what is held, at every moment from then on."""
    context = {key: value for request in requests for key, value in request.context.items()}
    fixed = settle_context(held, context, clocks_read(held))
    must = shared_policy(
        tuple(
            allow_statement((request.action,), (request.resource,)) for request in requests
        ),
        "covers",
    )
    asked = dataclasses.replace(
        Standing.of(must), principal=Principal(held.principal.arn), fixed=fixed
    )
    return from_now_on(asked, held, at), dataclasses.replace(held, fixed=fixed)


def is_resource_tag_key(key: str) -> bool:
    """Tells whether a key (in lower case) tells the tags of what is asked for: `covers` is for every object, whatever its own."""
    return "resourcetag/" in key or key.startswith("s3:existingobjecttag/")


def _required_statements(
    want: Want, request: Request, names: Mapping[str, str], window: tuple[Condition, ...]
) -> Iterator[Statement]:
    """What must be allowed for a call: all that is covered; or the same on any name, which holds no slash."""
    if _is_covered(want, request):
        yield allow_statement((request.action,), want.covers, window)
        return
    like = generalize_name(request.resource, want.who, names)
    yield allow_statement((request.action,), (like,), window)
    if like != request.resource:
        deeper = Element((like.replace("*", "*/*"),))
        yield Statement("Deny", Element((request.action,)), deeper)


def _drawn_values(
    want: Want, requests: Iterable[Request], names: Mapping[str, str]
) -> Iterator[tuple[str, Values]]:
    """Yields the keys (in lower case) under which requests say a name that was drawn, with what they say of any such name."""
    for key, values in (said for request in requests for said in request.context.items()):
        like = tuple(generalize_name(value, want.who, names) for value in values)
        if like != values:
            yield key.lower(), like


def _deny_other_values(said: Mapping[str, Values]) -> Iterator[Statement]:
    """What says something else there; a name holds no slash."""
    for key, like in said.items():
        yield deny_when(Condition("StringNotLike", key, like))
        yield deny_when(
            Condition("StringLike", key, tuple(value.replace("*", "*/*") for value in like))
        )


def _has_drawn_name(want: Want, request: Request, names: Mapping[str, str]) -> bool:
    """Whether what is asked for has a name that was drawn."""
    return generalize_name(request.resource, want.who, names) != request.resource


def _is_covered(want: Want, request: Request) -> bool:
    """Whether `covers` speaks of what is asked for."""
    return any(glob(pattern)(request.resource) for pattern in want.covers)


def settle_context(
    held: Standing, context: Mapping[str, Values], free: Iterable[str]
) -> dict[str, Fixed]:
    """Returns the context of one call as the only one, the clocks aside: what no policy finds in it is absent."""
    said: dict[str, Fixed] = {key.lower(): value for key, value in held.fixed.items()}
    said |= {key.lower(): value for key, value in context.items()}
    settled: dict[str, Fixed] = {**dict.fromkeys(keys_read(held)), **said}
    for key in free:
        if settled.get(key) is not None:
            settled[key] = PRESENT
    return settled


def request_time(request: Request) -> datetime | None:
    """Tells when a request is made, by its clocks, the latest of them; None where it says no time that a calendar holds."""
    context = {key.lower(): values[0] for key, values in request.context.items() if values}
    told = [
        seconds(context[key.lower()]) for key in (*NOW, ISSUED) if key.lower() in context
    ]
    try:
        return max(
            (EPOCH + timedelta(seconds=int(found)) for found in told if found is not None),
            default=None,
        )
    except OverflowError:
        return None
