"""Deny a job's requests by one more context key, in each kind of policy.

A request can carry the key, and no reason of the grade pins it. So somebody will send it,
and such a Deny takes a part of the job: it must cost the first star.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle

from coffeeshop.account.access.resource_policies import resource_policies
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.lessons.authoring.additions import with_additions
from coffeeshop.lessons.authoring.mutants import Mutant
from coffeeshop.lessons.authoring.policy_slots import put_policy, spots, standing_so
from coffeeshop.lessons.grading.moments import ANYTHING
from coffeeshop.lessons.grading.request_space import ISSUED, NOW, is_free
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.model import (
    Condition,
    Decision,
    Element,
    Kind,
    Policy,
    Principals,
    Request,
    Statement,
)
from coffeeshop.shop.want import Ticket

LATER = "2031-01-01T00:00:00Z"
NAME = "one-more-key"
EVERYBODY = Principals((("AWS", "*"),))


def key_denies(play: Play) -> Iterator[Mutant]:
    """Yield the play with a Deny of each key that a request of a job can carry and that no
    reason pins.

    The Denies of a request go round the kinds of policies.
    """
    seen = set[tuple[str, str, Condition]]()
    for ticket in Trial(play).jobs:
        for decision in (d for outcome in ticket.outcomes for d in outcome.decisions):
            places = cycle(_places(play, decision))
            for condition in _conditions(ticket, decision):
                action = decision.request.action
                case = decision.standing.principal.arn, action, condition
                place = next(places, "")
                if place and case not in seen:
                    seen.add(case)
                    note = f"{place} denies {action} by {condition.operator} on {condition.key}"
                    yield Mutant("deny", note, _with_deny(play, decision, place, condition))


def _conditions(ticket: Ticket, decision: Decision) -> Iterator[Condition]:
    """Yield for each free key of a request a condition that some of its values meet.

    A job that isn't done at a moment of its own must work at any.
    """
    request = decision.request
    sent_keys = {key.lower() for key in request.context}
    services = (request.action.partition(":")[0],)
    for name in sorted((*catalog.carried_keys(request.action), "aws:Referer")):
        if name.lower() not in sent_keys and is_free(name, services):
            yield Condition("Null", name, ("false",))
    for name in ticket.want.examples:
        if values := request.context.get(name):
            yield Condition("StringNotEquals", name, values)
    if ticket.want.at is None:
        yield Condition("DateGreaterThan", NOW[0], (LATER,))
        if decision.standing.fixed.get(ISSUED):
            yield Condition("DateGreaterThan", ISSUED, (LATER,))


def _places(play: Play, decision: Decision) -> Iterator[str]:
    """Yield the kinds of policies in which a request can be denied."""
    caller = _caller(play, decision)
    if caller:
        yield "an identity policy"
    if caller and not caller.boundary:
        yield "a boundary"
    if decision.request.action == "sts:AssumeRole":
        yield "a trust policy"
    if _bucket_name(decision.request) in play.account.buckets:
        yield "a bucket policy"
    has_control_policy = any(spot.kind is Kind.SCP for spot in spots(play))
    if has_control_policy and decision.standing.principal.account == play.account.id:
        yield "a control policy"


def _caller(play: Play, decision: Decision) -> User | Role | None:
    """Return the user or role that asks; None for all others."""
    principal = decision.standing.principal
    caller = play.account.entity_by_id(principal.role_id or principal.id)
    return caller if isinstance(caller, User | Role) else None


def _bucket_name(request: Request) -> str:
    """Return the bucket that a request is about; "" if it is about another thing."""
    return request.resource.partition("arn:aws:s3:::")[2].partition("/")[0]


def _with_deny(play: Play, decision: Decision, place: str, condition: Condition) -> Play:
    """Return the play after a request was denied under this condition, at this place."""
    action = Element((decision.request.action,))
    deny = Statement("Deny", action, Element(("*",)), conditions=(condition,))
    if place != "a control policy":
        return with_additions(play, lambda _: _lines(play, decision, place, deny))
    spot = next(spot for spot in spots(play) if spot.kind is Kind.SCP)
    policy = replace(spot.policy, statements=(*spot.policy.statements, deny))
    return standing_so(play, put_policy(play.account, spot, policy))


def _lines(play: Play, decision: Decision, place: str, deny: Statement) -> Iterator[str]:
    """Yield root's lines that put a Deny at a place."""
    account = play.account
    resource = decision.request.resource
    caller = _caller(play, decision)
    kind = type(caller).__name__.lower()
    name = caller.name if caller else ""
    match place:
        case "a trust policy":
            name = resource.rpartition("/")[2]
            trust = account.roles[name.lower()].trust.policy
            principal = decision.standing.principal
            taker = Principals((("AWS", principal.role_arn or principal.arn),))
            denied = replace(deny, resources=None, principals=taker)
            text = dumps(replace(trust, statements=(*trust.statements, denied)))
            yield (
                f"aws iam update-assume-role-policy --role-name {name}"
                f" --policy-document '{text}'"
            )
        case "a bucket policy":
            name = _bucket_name(decision.request)
            former = dict(resource_policies(account)).get(f"arn:aws:s3:::{name}")
            denied = replace(deny, resources=Element((resource,)), principals=EVERYBODY)
            statements = (*(former.policy.statements if former else ()), denied)
            text = dumps(Policy(statements))
            yield f"aws s3api put-bucket-policy --bucket {name} --policy '{text}'"
        case "an identity policy":
            text = dumps(Policy((deny,)))
            yield (
                f"aws iam put-{kind}-policy --{kind}-name {name} --policy-name {NAME}"
                f" --policy-document '{text}'"
            )
        case _:
            text = dumps(Policy((ANYTHING, deny)))
            arn = f"arn:aws:iam::{account.id}:policy/{NAME}"
            yield f"aws iam create-policy --policy-name {NAME} --policy-document '{text}'"
            yield (
                f"aws iam put-{kind}-permissions-boundary --{kind}-name {name}"
                f" --permissions-boundary {arn}"
            )
