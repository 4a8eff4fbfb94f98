"""Requests like the one that a refusal was tried with: on which resources, with which context keys left open, and whose."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coffeeshop.lessons.grading.fences import clocks_read, deny_when
from coffeeshop.lessons.grading.needed import generalize_name
from coffeeshop.lessons.grading.request_space import (
    CLOCK_KEYS,
    ISSUED_KEY,
    OpenKeys,
    is_resource_tag_key,
    is_way_of_sending,
    keys_read,
    open_keys,
)
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.policy.comparison.representatives import ACCOUNT_PATTERNS, ANY_ACCOUNT
from coffeeshop.policy.evaluation.match import PreparedRequest, compiled_policy
from coffeeshop.policy.model import (
    Condition,
    Decision,
    Element,
    Request,
    Standing,
    Statement,
    Values,
)
from coffeeshop.shop.job_needs import KEYS_WITH_MEANING_IF_ABSENT
from coffeeshop.shop.serve import outside_principal
from coffeeshop.shop.want import Want

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial
    from coffeeshop.policy.comparison.domain import Domain

RESOURCE_ACCOUNT_KEY = "aws:resourceaccount"
REGION_KEY = "aws:requestedregion"
ARN_REGION_PATTERN = re.compile(r"^(arn:[^:]*:[^:]*:)[^:]+")


def refusal_domain(trial: Trial, want: Want, decision: Decision) -> Domain:
    """Return the requests to search for a leak: those on resources of the accounts that the refused
    request is about.
    """
    owner = decision.request.account  # the ARN of a bucket does not say whose it is
    if is_joining_account(trial, want):
        accounts = (ANY_ACCOUNT,)
    else:
        caller_account = decision.standing.principal.account
        accounts = tuple(dict.fromkeys((trial.account.id, caller_account, owner)))
    return dataclasses.replace(trial.domain, accounts=accounts, owner=owner)


def similar_resources(trial: Trial, want: Want, resource: str) -> Values:
    """Return patterns for the resources that a refusal is about: its own, with any name in place of
    a drawn one.

    With a drawn name the Region may be any, too. In place of the account that joins tomorrow stands
    any account number.
    """
    pattern = generalize_name(resource, want.who, trial.names)
    joins = trial.names["newshop"]
    if pattern != resource:
        pattern = ARN_REGION_PATTERN.sub(r"\1*", pattern)
    if joins in pattern:
        return tuple(pattern.replace(joins, number) for number in ACCOUNT_PATTERNS)
    return (pattern,)


def keys_left_open(
    want: Want,
    allowed: Standing,
    request: Request,
    resources: Values,
    holder_keys: frozenset[str],
    needed: Standing,
) -> OpenKeys:
    """Return the context keys that policies read and the refusal leaves open.

    They are those that a job's request would leave open, the clock, how the request is sent, tags
    that the resource could be given, and `holder_keys`. If it is about other `resources` too, the Region is
    open. The time at which a stolen session began is past, so it isn't open. Neither is a key under
    which the action is `needed`: a refusal that doesn't mention it means a request without it.
    """
    keys = frozenset(keys_read(allowed))
    said = want.request.context if want.request else ()
    said_keys = {key.lower() for key in (*KEYS_WITH_MEANING_IF_ABSENT, *said)}
    said_keys.update(_keys_of_needs(needed, request))
    sent_keys = {key.lower() for key in request.context}
    opened = open_keys(keys, (request.action,), sent_keys, ())
    clocks = set[str]()
    if want.at is None and clocks_read(allowed):
        clocks.update(map(str.lower, CLOCK_KEYS))
    if want.opening_credential is not None:
        clocks.discard(ISSUED_KEY.lower())
    if resources != (request.resource,):
        clocks |= keys & {REGION_KEY}
    tags = frozenset(filter(is_resource_tag_key, keys)) - sent_keys
    free = holder_keys | opened.free | tags | set(filter(is_way_of_sending, keys))
    return OpenKeys((free & keys) - said_keys, opened.any_value | clocks)


def _keys_of_needs(needed: Standing, request: Request) -> Iterator[str]:
    """Yield in lower case the keys of the conditions under which the action of a request is needed on
    its resource.

    How a request is sent is left out: whoever means harm chooses it.
    """
    prepared = PreparedRequest(needed, request)
    for policy in (policy for layer in needed.layers for policy in layer.policies):
        _, allows = compiled_policy(policy).clauses_about(request.action.lower())
        for clause in allows:
            if clause.resource is None or clause.resource(prepared):
                keys = (condition.key.lower() for condition in clause.statement.conditions)
                yield from (key for key in keys if not is_way_of_sending(key))


def refused_standing(
    trial: Trial, want: Want, allowed: Standing
) -> tuple[Standing, frozenset[str]]:
    """Return the allowed requests of the refused principal, and the context keys of its
    choice.

    For an account that is anybody in it; for one that joins tomorrow, any account. All-powerful
    principals can choose a resource's tags, since they can tag it first.
    """
    kind, _, rest = want.who.partition("/")
    admins = trial.genuine_names(trial.play.scenario.people.admins)
    if want.who.lower() in {"root", *admins}:
        return allowed, frozenset(filter(is_resource_tag_key, keys_read(allowed)))
    if kind != "account" or "/" in rest:
        return allowed, frozenset()
    # Few refusals are about accounts.
    from coffeeshop.lessons.grading.principal_classes import OTHER_ACCOUNT

    anybody = OTHER_ACCOUNT.open_standing(
        trial, HeldSession(want.who, "key", trial.account, outside_principal(rest), allowed)
    )
    holder_keys = frozenset(filter(OTHER_ACCOUNT.leaves_open, keys_read(anybody)))
    if is_joining_account(trial, want):
        holder_keys |= {RESOURCE_ACCOUNT_KEY}
    return anybody, holder_keys


def is_joining_account(trial: Trial, want: Want) -> bool:
    """Tell whether the refusal is about an account that joins tomorrow."""
    return want.who == f"account/{trial.names['newshop']}"


def deny_known_accounts(trial: Trial, want: Want) -> Iterator[Statement]:
    """Yield a Deny of the accounts that exist, if the refusal is about one that joins
    tomorrow, since the search is about new ones only.
    """
    if is_joining_account(trial, want):
        organization = trial.play.account.joined_organization
        members = organization.members if organization else ()
        existing = (trial.account.id, *members)
        yield deny_when(Condition("StringEquals", RESOURCE_ACCOUNT_KEY, existing))


def deny_known_buckets(trial: Trial, request: Request) -> Iterator[Statement]:
    """Yield a Deny of all existing buckets if the request is about a bucket of tomorrow, so that the
    search is about new ones only.
    """
    if trial.names["tomorrow"] in request.resource:
        bucket_names = (
            name
            for account in (trial.account, *trial.account.others.values())
            for name in account.buckets
        )
        arns = tuple(
            f"arn:aws:s3:::{name}{suffix}" for name in bucket_names for suffix in ("", "/*")
        )
        yield Statement("Deny", Element(("*",)), Element(arns))
