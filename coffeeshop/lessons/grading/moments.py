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


def without_needed(allowed: Standing, needed: Standing) -> Standing:
    """Returns what is held behind a fence around whatever is needed, which is Allows and nothing else."""
    policies = (policy for layer in needed.layers for policy in layer.policies)
    return with_fence(
        allowed,
        (
            dataclasses.replace(s, effect="Deny")
            for policy in policies
            for s in policy.statements
        ),
    )


def from_now_on(
    new: Standing,
    old: Standing,
    earliest: datetime,
    until: datetime | None = None,
    began: datetime | None = None,
) -> Standing:
    """Returns the first standing from now on (until its session ends), as far as one of the two looks at the clock. `began` is
    when its session can have begun at the earliest, which is now if it is still to be taken.
    """
    read = related_clocks(clocks_read(new) | clocks_read(old))
    if read:
        return with_fence(
            new, _deny_impossible_times(new, read, earliest, until, began or earliest)
        )
    return new


def related_clocks(read: Mapping[str, str]) -> Mapping[str, str]:
    """Returns the clocks that are read, and with the age of a code those that it goes with."""
    if AGE.lower() in read:
        return {NOW[0].lower(): "Date", ISSUED.lower(): "Date", **read}
    return read


def _deny_impossible_times(
    new: Standing,
    read: Mapping[str, str],
    earliest: datetime,
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
            _clock_condition(type, "LessThan", key, began if key == ISSUED else earliest)
        )
        if until is not None and key in NOW:
            yield deny_when(_clock_condition(type, "GreaterThan", key, until))
    if AGE.lower() in read:
        yield deny_when(Condition("NumericLessThan", AGE, ("0",)))
        yield deny_when(
            Condition("NumericGreaterThan", AGE, (str(int(LONGEST.total_seconds())),))
        )


def _clock_condition(type: str, comparison: str, key: str, at: datetime) -> Condition:
    """A comparison of a clock in the type in which the policies look at it, so that one theory knows all its values."""
    if type == "Numeric":
        return Condition(f"Numeric{comparison}", key, (str(int(at.timestamp())),))
    return Condition(f"Date{comparison}", key, (format_instant(at),))


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


def keys_read(standing: Standing) -> Iterator[str]:
    """Yields every key that the policies in force ask for, in conditions or as variables, in lower case."""
    for layer in standing.layers:
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
        for allowed, is_shown in _caller_standings(outcome, ticket.want):
            if bound := _lower_bound(
                replace(ticket.want, covers=covers), outcome, allowed, names, tried=is_shown
            ):
                yield bound


def _caller_standings(outcome: Outcome, want: Want) -> Iterator[tuple[Standing, bool]]:
    """Yields what the caller holds by the badge that was shown; and by a badge with a code, where policies tell the two
    apart and the job does not say which. With each, whether it is the one that was tried.
    """
    allowed = build_standing(outcome.account, outcome.act.caller, outcome.act.at)
    if isinstance(allowed, ServiceError):
        return
    yield allowed, True
    if with_code := _standing_with_code(outcome):
        differing_keys = {
            key.lower()
            for key, value in with_code.fixed.items()
            if allowed.fixed.get(key) != value
        }
        if differing_keys.intersection(keys_read(allowed)).difference(
            condition.key.lower() for condition in want.conditions
        ):
            yield with_code, False


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
    allowed = build_standing(*mint_credential(account, account.arn(user), "code", at), at)
    if isinstance(allowed, Standing):
        return dataclasses.replace(allowed, fixed={**allowed.fixed, AGE: ("0",)})
    return None


def _lambda_outcomes(account: Account, ticket: Ticket) -> Iterator[Outcome]:
    """Lambda taking the role of the function whose job it is."""
    kind, _, name = ticket.want.who.partition("/")
    if (
        kind == "function"
        and ticket.outcomes
        and (outcome := wearing(account, name, ticket.outcomes[0].act.at))
    ):
        yield outcome


def _lower_bound(
    want: Want,
    outcome: Outcome,
    allowed: Standing,
    names: Mapping[str, str],
    *,
    tried: bool,
) -> tuple[Standing, Standing] | None:
    if want.at is None:
        clocks = related_clocks(clocks_read(allowed))
    else:
        clocks = dict[str, str]()
    all_requests = requests_of(outcome)
    keys = frozenset(keys_read(allowed))
    drawn = {
        key: patterns
        for key, patterns in _drawn_values(want, all_requests, names)
        if key in keys
    }
    free = (
        clocks.keys()
        | drawn.keys()
        | ITEM.intersection(keys).intersection(
            key.lower() for r in all_requests for key in r.context
        )
    )
    requests = [
        r
        for r in all_requests
        if not tried or free or _is_covered(want, r) or _has_drawn_name(want, r, names)
    ]
    if not requests:
        return None
    context = {key: value for request in requests for key, value in request.context.items()}
    whatever = {
        key
        for c in all_conditions(allowed)
        if want.covers and is_resource_tag_key(key := c.key.lower())
    }
    fixed = settle_context(allowed, context, free)
    fixed = {key: value for key, value in fixed.items() if key not in whatever}
    window = tuple(c for c in want.conditions if c.key.lower() in free | whatever)
    must = shared_policy(
        (
            *(s for r in requests for s in _required_statements(want, r, names, window)),
            *_deny_other_values(drawn),
        ),
        "covers",
    )
    whoever = Principal(
        allowed.principal.arn
    )  # of no account, so that nothing but these words is asked
    needed = dataclasses.replace(Standing.of(must), principal=whoever, fixed=fixed)
    whole = from_now_on(needed, allowed, outcome.act.at)
    return with_fence(whole, tuple(_deny_old_codes(clocks))), dataclasses.replace(
        allowed, fixed=fixed
    )


def _deny_old_codes(clocks: Container[str]) -> Iterator[Statement]:
    """No code that is older than a phone shows it: one can be given anew."""
    if AGE.lower() in clocks:
        yield deny_when(Condition("NumericGreaterThan", AGE, (str(STEP),)))


def at_every_moment(
    allowed: Standing, requests: Collection[Request], at: datetime
) -> tuple[Standing, Standing]:
    """For requests of one context, what must be allowed and what is held, at every moment from then on."""
    context = {key: value for request in requests for key, value in request.context.items()}
    fixed = settle_context(allowed, context, clocks_read(allowed))
    must = shared_policy(
        tuple(
            allow_statement((request.action,), (request.resource,)) for request in requests
        ),
        "covers",
    )
    required = dataclasses.replace(
        Standing.of(must), principal=Principal(allowed.principal.arn), fixed=fixed
    )
    return from_now_on(required, allowed, at), dataclasses.replace(allowed, fixed=fixed)


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
    pattern = generalize_name(request.resource, want.who, names)
    yield allow_statement((request.action,), (pattern,), window)
    if pattern != request.resource:
        deeper = Element((pattern.replace("*", "*/*"),))
        yield Statement("Deny", Element((request.action,)), deeper)


def _drawn_values(
    want: Want, requests: Iterable[Request], names: Mapping[str, str]
) -> Iterator[tuple[str, Values]]:
    """Yields the keys (in lower case) under which requests say a name that was drawn, with what they say of any such name."""
    for key, values in (item for request in requests for item in request.context.items()):
        patterns = tuple(generalize_name(value, want.who, names) for value in values)
        if patterns != values:
            yield key.lower(), patterns


def _deny_other_values(drawn: Mapping[str, Values]) -> Iterator[Statement]:
    """What says something else there; a name holds no slash."""
    for key, patterns in drawn.items():
        yield deny_when(Condition("StringNotLike", key, patterns))
        yield deny_when(
            Condition(
                "StringLike", key, tuple(value.replace("*", "*/*") for value in patterns)
            )
        )


def _has_drawn_name(want: Want, request: Request, names: Mapping[str, str]) -> bool:
    """Whether what is asked for has a name that was drawn."""
    return generalize_name(request.resource, want.who, names) != request.resource


def _is_covered(want: Want, request: Request) -> bool:
    """Whether `covers` speaks of what is asked for."""
    return any(glob(pattern)(request.resource) for pattern in want.covers)


def settle_context(
    allowed: Standing, context: Mapping[str, Values], free: Iterable[str]
) -> dict[str, Fixed]:
    """Returns the context of one call as the only one, the clocks aside: what no policy finds in it is absent."""
    values: dict[str, Fixed] = {key.lower(): value for key, value in allowed.fixed.items()}
    values |= {key.lower(): value for key, value in context.items()}
    settled: dict[str, Fixed] = {**dict.fromkeys(keys_read(allowed)), **values}
    for key in free:
        if settled.get(key) is not None:
            settled[key] = PRESENT
    return settled


def request_time(request: Request) -> datetime | None:
    """Tells when a request is made, by its clocks, the latest of them; None where it says no time that a calendar holds."""
    context = {key.lower(): values[0] for key, values in request.context.items() if values}
    timestamps = [
        seconds(context[key.lower()]) for key in (*NOW, ISSUED) if key.lower() in context
    ]
    try:
        return max(
            (
                EPOCH + timedelta(seconds=int(timestamp))
                for timestamp in timestamps
                if timestamp is not None
            ),
            default=None,
        )
    except OverflowError:
        return None
