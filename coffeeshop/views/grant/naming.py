"""The names of the boxes, and the words for what holds a link back."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.access.grant_policies import grant_name
from coffeeshop.account.access.resource_policies import resource_layers
from coffeeshop.account.iam_resources import Entity, Group
from coffeeshop.account.model import Account
from coffeeshop.policy.evaluation.grants import Grant, Hold
from coffeeshop.policy.evaluation.nearest import is_written
from coffeeshop.policy.model import (
    BLOCK_PUBLIC_ACCESS,
    Kind,
    Layer,
    Matched,
    Policy,
    Principal,
)
from coffeeshop.shop.things import UNKNOWN_THING, Places, Thing
from coffeeshop.views.access.words import STRANGERS
from coffeeshop.views.grant.model import NOT_HERE, Box, Stop
from coffeeshop.views.identity import policy_bearers
from coffeeshop.views.text import list_few_names

# AWS's words for the kinds of policies that hold something back.
LAYER_NAMES = {
    Kind.IDENTITY: "policy",
    Kind.RESOURCE: "resource-based policy",
    Kind.TRUST: "trust policy",
    Kind.BOUNDARY: "permissions boundary",
    Kind.SESSION: "session policy",
    Kind.SCP: "SCP",
    Kind.RCP: "RCP",
}
RESOURCE_POLICIES = {
    "s3": "bucket policy",
    "sqs": "queue policy",
    "lambda": "function policy",
    "kms": "key policy",
}
DENIES_TEXT = "denies it"
ALLOWS_NOT = "doesn't allow it"
ALLOWS_TEXT = "allows it"  # after "no trust policy": AWS needs a policy that isn't there


def subject_box(subject_name: str) -> Box:
    """Return the box of a principal by the grade's name for it: casey, function/Stock, anyone."""
    kind, slash, rest = subject_name.partition("/")
    if subject_name in STRANGERS:
        return Box(STRANGERS[subject_name])
    if not slash or kind == "user":
        return Box("user", rest or kind)
    number, _, principal = rest.partition("/")
    if kind == "account" and "/" in principal:
        outsider_kind, _, name = principal.partition("/")
        return Box(outsider_kind, f"{name} in account {number}")
    return Box(kind, rest)


def object_box(thing: Thing, resource: str) -> Box:
    """Return the box of the object that a request is about, or else of the thing."""
    if resource.startswith("arn:aws:s3:::") and "/" in resource:
        return Box("object", resource.rpartition(":")[2])
    return thing_box(thing, resource)


def thing_box(thing: Thing, resource: str) -> Box:
    """Return the box of a thing. A resource that the account doesn't have keeps its ARN's end."""
    if thing == UNKNOWN_THING:
        return Box(NOT_HERE, resource.rpartition(":")[2])
    if thing.kind == "role" and not thing.exists:
        return Box("role that doesn't exist", thing.name)
    kind = "KMS key" if thing.kind == "kms-key" else thing.kind
    return Box(kind, thing.name)


def grant_boxes(
    account: Account, principal: Principal, role: Box | None, grant: Grant
) -> Iterator[tuple[Box | None, Box]]:
    """Yield the group or role, and the policy, of each way in which a grant reaches its principal.

    A policy that is attached to a user and to a group of the user gives two.
    """
    policy = grant.by.policy
    if name := grant_name(policy):
        yield role, Box("grant", name, grant.by.layer.on)
        return
    if grant.by.layer.kind is not Kind.IDENTITY:
        yield role, resource_policy_box(grant.by.layer)
        return
    if not is_written(policy) and grant.needs:
        yield from ((role, resource_policy_box(need.layer)) for need in grant.needs)
        return
    bearers = tuple(policy_bearers(account, principal, policy))
    for entity in bearers:
        if isinstance(entity, Group):
            yield Box("group", entity.name), policy_box(policy, entity)
        else:
            yield role, policy_box(policy, entity)
    if not bearers:
        kind = "policy" if is_written(policy) else "account setting"
        yield role, Box(kind, policy.display_name)


def boxes_of_account(account: Account) -> frozenset[Box]:
    """Return the boxes of everything that someone can create in the account.

    AWS managed policies, strangers and objects aren't among them.
    """
    entities = (*account.users.values(), *account.groups.values(), *account.roles.values())
    boxes = [Box(type(entity).__name__.lower(), entity.name) for entity in entities]
    boxes += [
        policy_box(document.policy, entity)
        for entity in entities
        for document in entity.inline.values()
    ]
    boxes += [
        Box("policy", managed.document.policy.display_name or managed.name)
        for managed in account.policies.values()
    ]
    boxes += [thing_box(thing, "") for thing in Places(account).things]
    for layer in resource_layers(account):
        grants = filter(None, map(grant_name, layer.policies))
        boxes.append(resource_policy_box(layer))
        boxes += [Box("grant", name, layer.on) for name in grants]
    return frozenset(boxes)


def policy_box(policy: Policy, entity: Entity) -> Box:
    """Return the box of an identity policy that is attached to a user, a group or a role."""
    if policy.name in entity.attached:
        return Box("policy", policy.display_name)
    owner = f"{type(entity).__name__.lower()} {entity.name}"
    return Box("inline policy", policy.name, owner)


def resource_policy_box(layer: Layer) -> Box:
    """Return the box of the policy of a resource."""
    return Box(resource_policy_name(layer), owner=layer.on)


def resource_policy_name(layer: Layer) -> str:
    """Return AWS's word for the policy of a resource: bucket policy, trust policy."""
    if layer.kind is Kind.TRUST:
        return LAYER_NAMES[Kind.TRUST]
    service = layer.on.split(":")[2] if layer.on.count(":") > 2 else ""
    return RESOURCE_POLICIES.get(service, LAYER_NAMES[Kind.RESOURCE])


def need_name(need: Matched) -> str:
    """Return the policy that a grant also needs. Return "" if nobody can see it."""
    if need.layer.kind is Kind.IDENTITY:
        return f"policy {need.policy.display_name}" if is_written(need.policy) else ""
    if name := grant_name(need.policy):
        return f"grant {name}"
    return f"the {resource_policy_name(need.layer)}"


def hold_stop(grant: Grant, hold: Hold, policy: Box) -> Stop:
    """Return why a grant has no effect (its hold) in the words of the drawing.

    `policy` is the box of the policy whose statement, that of the grant, is held back.
    """
    if hold.unmet and hold.layer:
        named = dict.fromkeys(each.display_name for each in hold.layer.policies)
        is_own = hold.layer is grant.by.layer
        label = policy.label if is_own else _layer_words(hold.layer, tuple(named))
        keys = list_few_names(tuple(dict.fromkeys(hold.unmet)))
        return Stop(label, f"has an unmet condition on {keys}", hold.kind)
    if hold.layer is None:
        return Stop(_missing_policy(hold.kind), ALLOWS_TEXT, hold.kind)
    if hold.denies:
        named = dict.fromkeys(each.policy.display_name for each in hold.denies)
        return Stop(_layer_words(hold.layer, tuple(named)), DENIES_TEXT, hold.kind)
    named = dict.fromkeys(each.display_name for each in hold.layer.policies)
    return Stop(_layer_words(hold.layer, tuple(named)), ALLOWS_NOT, hold.kind)


def _missing_policy(kind: Kind) -> str:
    """Return the words for a kind of policy that lacks, though AWS needs it."""
    if kind is Kind.IDENTITY:
        return "no identity-based policy"
    return f"no {LAYER_NAMES[kind]}"


def _layer_words(layer: Layer, names: tuple[str, ...]) -> str:
    """Return AWS's word for a layer, with the names of its policies."""
    if BLOCK_PUBLIC_ACCESS in names:
        return "Block Public Access"
    if layer.kind in (Kind.RESOURCE, Kind.TRUST):
        return f"the {resource_policy_name(layer)}"
    return f"{LAYER_NAMES[layer.kind]} {list_few_names(names)}".strip()


def principal_role(principal: Principal) -> Box | None:
    """Return the box of the role in whose session a request was made. Return None if it was in no role."""
    if principal.kind == "role" and principal.role_arn:
        return Box("role", principal.role_arn.rpartition("/")[2])
    return None


def principal_name(principal: Principal) -> str:
    """Return the grade's name of the principal that makes a request: casey, role/Cashier."""
    kind, _, name = principal.principal_arn.rpartition(":")[2].partition("/")
    own_name = name.rpartition("/")[2]
    return own_name if kind == "user" else f"{kind}/{own_name or principal.id}"
