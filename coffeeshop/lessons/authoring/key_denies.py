"""Deny a job's requests by one more context key, in each kind of policy.

A request can carry the key, and no reason of the grade pins it. So somebody will send it,
and such a Deny takes a part of the job: it must cost the first star.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from coffeeshop.account.access.resource_policies import resource_policies
from coffeeshop.account.iam_resources import Group, Role, User, is_reserved_role
from coffeeshop.account.services.sqs.lookups import queue_url
from coffeeshop.lessons.authoring.additions import with_additions
from coffeeshop.lessons.authoring.mutants import Mutant
from coffeeshop.lessons.authoring.policy_slots import Spot, put_policy, spots, standing_so
from coffeeshop.lessons.grading.fences import ALLOW_ANYTHING
from coffeeshop.lessons.grading.outsiders import OF_MEMBERS
from coffeeshop.lessons.grading.request_space import (
    ISSUED_KEY,
    NOW_KEYS,
    OF_ANYBODY,
    PRINCIPAL_TAG_PREFIX,
    is_free,
)
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
    Values,
)
from coffeeshop.shop.want import Ticket

LATER_DATE = "2031-01-01T00:00:00Z"
POLICY_NAME = "one-more-key"
EVERYBODY = Principals((("AWS", "*"),))


def key_denies(play: Play) -> Iterator[Mutant]:
    """Yield the play with a Deny of each key that a request of a job can carry and that no
    reason pins, in each kind of policy in which the request can be denied.

    Each condition begins with another kind. So an even spread of the Denies has all kinds.
    """
    seen = set[tuple[str, str, str, Condition]]()
    trial = Trial(play)
    for ticket in trial.jobs:
        for decision in (d for outcome in ticket.outcomes for d in outcome.decisions):
            action = decision.request.action
            places = tuple(_places(play, decision))
            conditions = (
                *_conditions(ticket, decision),
                *_conditions_on_askers(play, ticket, decision, trial.names["newcomer"]),
            )
            for condition, place in _spread_pairs(conditions, places):
                case = decision.standing.principal.arn, action, place, condition
                if case not in seen:
                    seen.add(case)
                    note = f"{place} denies {action} by {condition.operator} on {condition.key}"
                    yield Mutant("deny", note, _with_deny(play, decision, place, condition))


def _spread_pairs(
    conditions: Iterable[Condition], places: Values
) -> Iterator[tuple[Condition, str]]:
    """Yield every condition with every place, beginning with another place for each."""
    for turn, condition in enumerate(conditions):
        first = turn % (len(places) or 1)
        for place in (*places[first:], *places[:first]):
            yield condition, place


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
        yield Condition("DateGreaterThan", NOW_KEYS[0], (LATER_DATE,))
        if decision.standing.fixed.get(ISSUED_KEY):
            yield Condition("DateGreaterThan", ISSUED_KEY, (LATER_DATE,))


def _conditions_on_askers(
    play: Play, ticket: Ticket, decision: Decision, newcomer: str
) -> Iterator[Condition]:
    """Yield conditions that some of those meet whom the brief means by a job's `as`.

    A newcomer may have any name, and a principal of an account that we don't know any tag. A job of an account is
    a job of every principal there, at any place. In a role of ours, they are at the place of work.
    """
    who = ticket.want.who
    principal = decision.standing.principal
    if principal.arn.endswith(f":user/{newcomer}"):
        yield Condition("StringLike", "aws:username", ("a*",))
    if who.startswith("account/") and principal.account != play.account.id:
        yield Condition("Null", "aws:SourceVpce", ("false",))
    is_elsewhere = principal.account not in (play.account.id, *play.account.others)
    if who.startswith("account/") and who.count("/") > 1 and is_elsewhere:
        yield Condition("Null", f"{PRINCIPAL_TAG_PREFIX}team", ("false",))
    if who.startswith("account/") and who.count("/") == 1:
        for key in (*OF_MEMBERS, f"{PRINCIPAL_TAG_PREFIX}team"):
            if key not in OF_ANYBODY:
                yield Condition("Null", key, ("false",))
        yield Condition("StringNotEquals", "aws:PrincipalType", ("User",))


def _places(play: Play, decision: Decision) -> Iterator[str]:
    """Yield the kinds of policies in which a request can be denied."""
    caller = _caller(play, decision)
    request = decision.request
    if caller:
        yield "an identity policy"
    if isinstance(caller, User) and caller.groups:
        yield "a group policy"
    if caller and not caller.boundary:
        yield "a boundary"
    if request.action == "sts:AssumeRole":
        yield "a trust policy"
    if _bucket_name(request) in play.account.buckets:
        yield "a bucket policy"
    if _queue_name(play, request):
        yield "a queue policy"
    if decision.standing.principal.account == play.account.id:
        yield from (
            place
            for place in POLICY_SPOTS
            if _spot_of(play, place, request.resource) is not None
        )


# The places of which a scenario has a policy or none, with its kind.
POLICY_SPOTS: Mapping[str, Kind] = {
    "a key policy": Kind.RESOURCE,
    "a service control policy": Kind.SCP,
    "a resource control policy": Kind.RCP,
}


def _spot_of(play: Play, place: str, resource: str) -> Spot | None:
    """Return where such a policy stands that applies to a request on this resource; None if there is none."""
    kind = POLICY_SPOTS[place]
    return next(
        (
            spot
            for spot in spots(play)
            if spot.kind is kind and (kind is not Kind.RESOURCE or spot.holder == resource)
            if not spot.holder.startswith("arn:aws:s3:")
        ),
        None,
    )


def _queue_name(play: Play, request: Request) -> str:
    """Return the queue of the shop that a request is about; "" if it is about another thing."""
    service, _, name = request.resource.rpartition(":")
    is_queue = service.startswith("arn:aws:sqs:") and name in play.account.queues
    return name if is_queue else ""


def _caller(play: Play, decision: Decision) -> User | Role | None:
    """Return the user or role that asks; None for all others, and for a role that only AWS can change."""
    principal = decision.standing.principal
    caller = play.account.entity_by_id(principal.role_id or principal.id)
    if is_reserved_role(caller):
        return None
    return caller if isinstance(caller, User | Role) else None


def _bucket_name(request: Request) -> str:
    """Return the bucket that a request is about; "" if it is about another thing."""
    return request.resource.partition("arn:aws:s3:::")[2].partition("/")[0]


def _with_deny(play: Play, decision: Decision, place: str, condition: Condition) -> Play:
    """Return the play after a request was denied under this condition, at this place."""
    action = Element((decision.request.action,))
    deny = Statement("Deny", action, Element(("*",)), conditions=(condition,))
    if place not in POLICY_SPOTS:
        return with_additions(play, lambda _: _lines(play, decision, place, deny))
    spot = _spot_of(play, place, decision.request.resource)
    assert spot is not None, "only places that a scenario has are tried"
    if spot.kind is not Kind.SCP:
        deny = replace(deny, principals=EVERYBODY)
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
        case "a queue policy":
            name = _queue_name(play, decision.request)
            former = play.account.queues[name].policy
            denied = replace(deny, resources=Element((resource,)), principals=EVERYBODY)
            statements = (*(former.policy.statements if former else ()), denied)
            attributes = json.dumps({"Policy": dumps(Policy(statements))})
            yield (
                f"aws sqs set-queue-attributes --queue-url {queue_url(account, name)}"
                f" --attributes '{attributes}'"
            )
        case "a group policy":
            assert isinstance(caller, User), "only users are in groups"
            group = account.entity_by_id(caller.groups[0])
            assert isinstance(group, Group), "a user's groups exist"
            yield (
                f"aws iam put-group-policy --group-name {group.name} --policy-name {POLICY_NAME}"
                f" --policy-document '{dumps(Policy((deny,)))}'"
            )
        case "an identity policy":
            text = dumps(Policy((deny,)))
            yield (
                f"aws iam put-{kind}-policy --{kind}-name {name} --policy-name {POLICY_NAME}"
                f" --policy-document '{text}'"
            )
        case _:
            text = dumps(Policy((ALLOW_ANYTHING, deny)))
            arn = f"arn:aws:iam::{account.id}:policy/{POLICY_NAME}"
            yield f"aws iam create-policy --policy-name {POLICY_NAME} --policy-document '{text}'"
            yield (
                f"aws iam put-{kind}-permissions-boundary --{kind}-name {name}"
                f" --permissions-boundary {arn}"
            )
