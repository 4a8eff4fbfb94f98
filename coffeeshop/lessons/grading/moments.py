"""Every moment from now on, and every request that a job stands for, instead of the one call that was tried."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.access.callers import calling_user
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.access.totp import CODE_SECONDS
from coffeeshop.account.model import Account, Outcome, Service, ServiceError
from coffeeshop.lessons.grading.fences import (
    LOWER_CLOCK_KEYS,
    all_conditions,
    clocks_read,
    deny_when,
    from_now_on,
    with_fence,
)
from coffeeshop.lessons.grading.needed import (
    STRONGEST_BADGE,
    badge_of,
    generalize_name,
)
from coffeeshop.lessons.grading.request_space import (
    ADDRESS,
    MFA_AGE_KEY,
    NOT_OF_SERVICES,
    PLACE_PINS,
    TOOL_VALUES,
    USER_ID,
    OpenKeys,
    find_pin,
    is_resource_tag_key,
    keys_read,
    open_keys,
    settle_context,
)
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import (
    Condition,
    Element,
    Kind,
    Layer,
    Principal,
    Request,
    Standing,
    Statement,
    Values,
)
from coffeeshop.shop.job_needs import allow_statement, requests_of
from coffeeshop.shop.serve import ELSEWHERE_ORIGIN, assume_function_role, origin_of
from coffeeshop.shop.want import Ticket, Want, is_whole_account

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.chosen_names import Opening

VIA_SERVICE = "kms:ViaService"  # in requests that a service sends for its caller
POLICY_ARN = "iam:PolicyARN"
OBJECT_IN_CONTEXT = "kms:encryptioncontext:aws:s3:arn"


# A new code can be given, so a job need not work with one older than a step of the device.
DENY_OLD_CODES = deny_when(
    Condition("NumericGreaterThan", MFA_AGE_KEY, (str(CODE_SECONDS),))
)

# Nobody calls AWS over the internet from these (RFC 6890). So a policy may leave them out for a caller whom we know.
# In the course, 192.0.2.0/24 also stands for where the unknown people of another account may be.
RESERVED_NETWORKS = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "224.0.0.0/3",
)
DENY_RESERVED_ADDRESSES = deny_when(Condition("IpAddress", ADDRESS, RESERVED_NETWORKS))


# ------------------------------------------------------------------- every moment
def least_access_of_calls(
    account: Account, ticket: Ticket, names: Mapping[str, str]
) -> Iterator[tuple[Standing, Standing]]:
    """Yield for each call of a job what must be allowed and what is allowed, as two standings in the
    context of the call.

    A job must work for more than the one call in the brief. It must be allowed all of `covers`, any item
    of a table, any name in place of a drawn one (`names`), and every later moment, unless the job says
    when it is done. Nothing is yielded if trying the call was proof enough.
    """
    # Asked for when something is compared, and not before.
    from coffeeshop.lessons.grading.chosen_names import opening_of

    # The call of an account or a newcomer is that of one caller of many.
    is_example = ticket.want.who.startswith("account/") or (
        ticket.want.who == names.get("newcomer")
    )
    for outcome in (*lambda_outcomes(account, ticket), *ticket.outcomes):
        if outcome.act.caller == ticket.outcomes[-1].act.caller:
            covers = ticket.want.covers
        else:
            covers = ()
        want = replace(ticket.want, covers=covers)
        opening = opening_of(ticket, outcome.act.caller)
        for allowed, is_shown in _caller_standings(outcome, ticket.want, opening):
            name_limits = opening.name_limits(allowed) if opening else ()
            for requests in _requests_by_sender(outcome):
                if bound := _least_access_of_call(
                    want,
                    outcome,
                    requests,
                    allowed,
                    names,
                    name_limits,
                    tried=is_shown and not is_example,
                ):
                    yield bound


def _requests_by_sender(outcome: Outcome) -> Iterator[tuple[Request, ...]]:
    """Yield the requests of a call that its caller sends, then those that S3 sends to KMS for the caller.

    They differ in their context.
    """
    requests = requests_of(outcome)
    passed_on = tuple(request for request in requests if VIA_SERVICE in request.context)
    yield tuple(request for request in requests if request not in passed_on)
    if passed_on:
        yield passed_on


def _caller_standings(
    outcome: Outcome, want: Want, opening: Opening | None
) -> Iterator[tuple[Standing, bool]]:
    """Yield what the caller of a job's call is allowed, and whether the call was made with that.

    A job that doesn't mention MFA must work with a code as well. If the policies treat requests with a
    code differently, the standing with one follows. So do sessions under other names, if policies name
    some. The call was not made with them.
    """
    owner = next((request.account for request in requests_of(outcome)), "")
    allowed = build_standing(outcome.account, outcome.act.caller, outcome.act.at, owner)
    if isinstance(allowed, ServiceError):
        return
    allowed = _before_call(outcome, allowed)
    yield allowed, True
    if with_code := _standing_with_code(outcome, owner):
        with_code = _before_call(outcome, with_code)
        differing_keys = {
            key.lower()
            for key, value in with_code.fixed.items()
            if allowed.fixed.get(key) != value
        }
        if differing_keys.intersection(keys_read(allowed)).difference(
            condition.key.lower() for condition in want.conditions
        ):
            yield with_code, False
    if opening:
        for renamed in opening.sessions_under_other_names(outcome, allowed, owner):
            yield _before_call(outcome, renamed), False


def _before_call(outcome: Outcome, after: Standing) -> Standing:
    """Return the standing of a call's caller, given the one that they have after it.

    A call can change the policies that decide about it, such as a bucket's. What it was asked with counts.
    So do the claims of a token, which is no credential of AWS.
    """
    standings = [decision.standing for decision in outcome.decisions]
    if (
        standings
        and standings[0].principal.kind == "federated"
        and after.principal.kind == "anonymous"
    ):
        return standings[0]
    if not standings or standings[0].principal != after.principal:
        return after
    resources = {decision.request.resource for decision in outcome.decisions}
    others = tuple(
        layer
        for layer in after.layers
        if layer.on != "*"
        and not any(f"{resource}/".startswith(f"{layer.on}/") for resource in resources)
    )
    layers = _layers_by_place(others)
    for standing in standings:
        layers |= _layers_by_place(standing.layers)
    every_layer = tuple(chain.from_iterable(layers.values()))
    return dataclasses.replace(after, layers=every_layer)


def _layers_by_place(
    layers: tuple[Layer, ...],
) -> dict[tuple[Kind, str], tuple[Layer, ...]]:
    """Return layers by their kind and the resource that they are on.

    Several can have the same: an organization has control policies on its root, each unit and each account.
    """
    places = dict.fromkeys((layer.kind, layer.on) for layer in layers)
    return {
        place: tuple(layer for layer in layers if (layer.kind, layer.on) == place)
        for place in places
    }


def _standing_with_code(outcome: Outcome, owner: str) -> Standing | None:
    """Return what the caller would be allowed on an owner's resources with an MFA code.

    None: they can't give one, or did.

    A rule may ask for a code at any time, so a job has to work with one. The reverse isn't
    tried.
    """
    caller = outcome.act.caller
    account = outcome.account.home_of(caller)
    at = outcome.act.at
    user = calling_user(account, caller)
    if (
        user is None
        or badge_of(account, caller) == STRONGEST_BADGE
        or not (user.login or account.devices_of(user.id))
    ):
        return None
    minted = mint_credential(account, account.arn(user), "code", at)
    allowed = build_standing(*minted, at, owner)
    if isinstance(allowed, Standing):
        return dataclasses.replace(allowed, fixed={**allowed.fixed, MFA_AGE_KEY: ("0",)})
    return None


def lambda_outcomes(account: Account, ticket: Ticket) -> Iterator[Outcome]:
    """Yield the call by which Lambda assumes the function's role, if the job is a function's.

    It comes before the job's own calls, and the job works only if it is allowed.
    """
    kind, _, name = ticket.want.who.partition("/")
    if (
        kind == "function"
        and ticket.outcomes
        and (outcome := assume_function_role(account, name, ticket.outcomes[0].act.at))
    ):
        yield outcome


def _least_access_of_call(
    want: Want,
    outcome: Outcome,
    all_requests: tuple[Request, ...],
    allowed: Standing,
    names: Mapping[str, str],
    name_limits: tuple[Layer, ...],
    *,
    tried: bool,
) -> tuple[Standing, Standing] | None:
    """Return what a job's call must be allowed and what it is allowed, as two standings to compare.

    Return None if there is nothing to compare, since trying the call was proof enough.

    `allowed` is the standing of the job's caller. `tried` says that the call was made with exactly
    this standing. Then a request needs a comparison only if it stands for others: if it leaves context
    keys open, if the job covers several resources, or if its resource has a drawn name. With `name_limits`,
    the name of the caller's session is open, within these layers.
    """
    read = frozenset(keys_read(allowed))
    clocks = _open_clocks(want, allowed)
    drawn = {
        key: patterns
        for key, patterns in _drawn_values(want, all_requests, names)
        if key in read
    }
    known_keys = {key.lower() for request in all_requests for key in request.context}
    if isinstance(outcome.act.caller, Service):
        known_keys.update(map(str.lower, NOT_OF_SERVICES))
    actions = (request.action for request in all_requests)
    opened = open_keys(read, actions, known_keys, want.examples)
    places = _open_places(want, read)
    user_id = frozenset([USER_ID] if name_limits else ())
    opened = replace(
        opened, any_value=opened.any_value | clocks | places | drawn.keys() | user_id
    )
    requests = [
        request
        for request in all_requests
        if not tried
        or opened.names
        or _is_covered(want, request)
        or _has_drawn_name(want, request, names)
    ]
    if not requests:
        return None
    context = {key: value for request in requests for key, value in request.context.items()}
    # `covers` is about resources with any tags.
    if want.covers:
        lowered = (condition.key.lower() for condition in all_conditions(allowed))
        opened = replace(
            opened, free=opened.free | frozenset(filter(is_resource_tag_key, lowered))
        )
    fixed = settle_context(allowed, context, opened)
    window = tuple(
        condition for condition in want.conditions if condition.key.lower() in opened.names
    )
    required = [
        statement
        for request in requests
        for statement in _required_statements(want, request, names, window)
    ]
    must = shared_policy((*required, *_deny_other_values(drawn)), "covers")
    # A principal of no account, so that only these statements decide.
    principal = Principal(allowed.principal.arn)
    needed = dataclasses.replace(Standing.of(must), principal=principal, fixed=fixed)
    needed = from_now_on(needed, allowed, outcome.act.at)
    if MFA_AGE_KEY.lower() in read:
        needed = with_fence(needed, (DENY_OLD_CODES,))
    needed = with_fence(needed, deny_other_tools(allowed))
    if _avoids_reserved_networks(want) and ADDRESS.lower() in read:
        needed = with_fence(needed, (DENY_RESERVED_ADDRESSES,))
    if POLICY_ARN.lower() in read:
        needed = with_fence(needed, (_deny_other_policies(outcome.account),))
    needed = dataclasses.replace(needed, layers=(*needed.layers, *name_limits))
    return needed, dataclasses.replace(allowed, fixed=fixed)


def _open_clocks(want: Want, allowed: Standing) -> frozenset[str]:
    """Return the keys of the clock (lower case) if the job must work at any time and policies read
    one of them; else none.
    """
    if want.at is not None or not clocks_read(allowed):
        return frozenset()
    return LOWER_CLOCK_KEYS


def _open_places(want: Want, read: Collection[str]) -> frozenset[str]:
    """Return the keys of the place of work (lower case) of which the tried call shows one value of many,
    as far as policies read them.

    If `within` names a network, the job must work from all its addresses. Whoever doesn't work at the shop
    calls from any address.
    """
    keys = {condition.key.lower() for condition in want.conditions}
    if _calls_from_anywhere(want):
        keys.add(ADDRESS.lower())
    return frozenset(key for key in keys.intersection(read) if find_pin(key) in PLACE_PINS)


def _calls_from_anywhere(want: Want) -> bool:
    """Return whether a job is done outside of the shop, and names no network."""
    names_network = any(
        condition.key.lower() == ADDRESS.lower() for condition in want.conditions
    )
    return origin_of(want.who) == ELSEWHERE_ORIGIN and not names_network


def _avoids_reserved_networks(want: Want) -> bool:
    """Return whether nobody who does a job calls from a reserved network."""
    return _calls_from_anywhere(want) and not is_whole_account(want.who)


def deny_other_tools(allowed: Standing) -> Iterator[Statement]:
    """Yield Denies of requests that AWS's tools don't send, as far as the policies tell
    them apart by user agent.

    People work with AWS's tools, so a job needn't work with others.
    """
    read = set(keys_read(allowed))
    for key, patterns in TOOL_VALUES.items():
        if key.lower() in read:
            yield deny_when(Condition("StringNotLike", key, patterns))


def _deny_other_policies(account: Account) -> Statement:
    """Return a Deny of requests that name a policy which IAM can't attach here, such as one of another account."""
    attachable = tuple(f"arn:aws:iam::{owner}:policy/*" for owner in (account.id, "aws"))
    is_named = Condition("Null", POLICY_ARN, ("false",))
    return deny_when(is_named, Condition("StringNotLike", POLICY_ARN, attachable))


def at_every_moment(
    allowed: Standing, requests: Collection[Request], at: datetime
) -> tuple[Standing, Standing]:
    """Return what must be allowed and what is allowed for requests of one context, at every moment
    from `at` on.

    Comparing the two finds the moment at which a policy ends or begins to refuse them.
    """
    context = {key: value for request in requests for key, value in request.context.items()}
    clocks = LOWER_CLOCK_KEYS if clocks_read(allowed) else frozenset[str]()
    fixed = settle_context(allowed, context, OpenKeys(any_value=clocks))
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


def _required_statements(
    want: Want, request: Request, names: Mapping[str, str], window: tuple[Condition, ...]
) -> Iterator[Statement]:
    """Yield what must be allowed for a request: all that the job covers, else the same on any name
    in place of a drawn one.

    Such a name has no slash. `window` are the conditions under which the job is done.
    """
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
    """Yield the context keys (lower case) whose values have a drawn name, with patterns that match
    any name in its place.

    In the encryption context of an S3 object, the patterns are the objects that the job covers.
    """
    for key, values in (item for request in requests for item in request.context.items()):
        patterns = tuple(generalize_name(value, want.who, names) for value in values)
        if key.lower() == OBJECT_IN_CONTEXT and _covers_objects(want, values):
            patterns = want.covers
        if patterns != values:
            yield key.lower(), patterns


def _covers_objects(want: Want, arns: Values) -> bool:
    """Tell whether a job covers more objects than these, and all of them."""
    matches = [any(glob(pattern)(arn) for pattern in want.covers) for arn in arns]
    return bool(want.covers) and all(matches) and set(want.covers) != set(arns)


def _deny_other_values(drawn: Mapping[str, Values]) -> Iterator[Statement]:
    """Yield Denies of values that don't match these patterns, where a star stands for a name
    without a slash.
    """
    for key, patterns in drawn.items():
        yield deny_when(Condition("StringNotLike", key, patterns))
        yield deny_when(
            Condition(
                "StringLike", key, tuple(value.replace("*", "*/*") for value in patterns)
            )
        )


def _has_drawn_name(want: Want, request: Request, names: Mapping[str, str]) -> bool:
    """Tell whether the requested resource has a drawn name, which stands for any name."""
    return generalize_name(request.resource, want.who, names) != request.resource


def _is_covered(want: Want, request: Request) -> bool:
    """Tell whether `covers` has the requested resource."""
    return any(glob(pattern)(request.resource) for pattern in want.covers)
