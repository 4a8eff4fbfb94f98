"""List every policy of an account by the place where people find it: `group/Staff/receipts`, `bucket/menus`."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from coffeeshop.account import ids
from coffeeshop.account.access.control_policies import AWS_OWN, POLICY_TYPES
from coffeeshop.account.access.grant_policies import grant_policy
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.model import Account
from coffeeshop.policy.model import Kind, Matched, Policy, Principal

AWS_POLICY = "arn:aws:iam::aws:policy/"


class LocatedPolicy(Struct, frozen=True):
    """A policy of an account, with its kind and its location.

    `on` is what it applies to: the unique ids of users, groups and roles, or the ARN of a resource. It is empty for
    a policy of the organization, and for one that is attached to nothing.
    """

    kind: Kind
    location: str
    policy: Policy
    on: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Return the last part of the location: receipts of group/Staff/receipts."""
        return self.location.rpartition("/")[2]


def locate_policies(account: Account) -> tuple[LocatedPolicy, ...]:
    """Return the policies of an account, of its organization, and of the other accounts that it knows.

    The locations of other accounts begin with the account's number.
    """
    return (
        *_policies_of_account(account, ""),
        *_organization_policies(account),
        *(
            located
            for other in account.others.values()
            for located in _policies_of_account(other, f"{other.id}/")
        ),
    )


def _policies_of_account(account: Account, prefix: str) -> Iterator[LocatedPolicy]:
    """Yield the policies of one account, kind by kind. `prefix` begins their locations."""
    entities: tuple[Entity, ...] = (
        *account.groups.values(),
        *account.users.values(),
        *account.roles.values(),
    )
    for entity in entities:
        for document in entity.inline.values():
            location = f"{prefix}{_entity_location(entity)}/{document.policy.name}"
            yield LocatedPolicy(
                Kind.IDENTITY, location, document.policy, frozenset({entity.id})
            )
    yield from _managed_policies(account, entities, prefix)
    for role in account.roles.values():
        arn = account.arn(role)
        yield LocatedPolicy(
            Kind.TRUST, f"{prefix}role/{role.name}", role.trust.policy, frozenset({arn})
        )
    yield from _resource_policies(account, prefix)


def _resource_policies(account: Account, prefix: str) -> Iterator[LocatedPolicy]:
    """Yield the policies of buckets, queues, functions and KMS keys, and the grants of KMS keys."""
    for noun, kind, book in (
        ("bucket", "bucket", account.buckets),
        ("queue", "queue", account.queues),
        ("function", "function", account.functions),
        ("key", "kms-key", account.kms_keys),
    ):
        for name, resource in book.items():
            if resource.policy:
                on = frozenset({ids.arn(account, kind, name)})
                location = f"{prefix}{noun}/{name}"
                yield LocatedPolicy(Kind.RESOURCE, location, resource.policy.policy, on)
    for id, key in account.kms_keys.items():
        on = frozenset({ids.arn(account, "kms-key", id)})
        for policy in map(grant_policy, key.grants):
            location = f"{prefix}key/{id}/{policy.name}"
            yield LocatedPolicy(Kind.RESOURCE, location, policy, on)


def _managed_policies(
    account: Account, entities: tuple[Entity, ...], prefix: str
) -> Iterator[LocatedPolicy]:
    """Yield the customer managed policies and the attached policies of AWS, then the permissions boundaries."""
    attached = (arn for entity in entities for arn in entity.attached)
    for arn in dict.fromkeys((*account.policies, *attached)):
        on = (entity.id for entity in entities if arn in entity.attached)
        yield from _managed_policy(account, Kind.IDENTITY, arn, prefix, frozenset(on))
    bounded = [
        entity for entity in entities if isinstance(entity, User | Role) and entity.boundary
    ]
    for arn in dict.fromkeys(entity.boundary for entity in bounded):
        on = (entity.id for entity in bounded if entity.boundary == arn)
        yield from _managed_policy(account, Kind.BOUNDARY, arn, prefix, frozenset(on))


def _managed_policy(
    account: Account, kind: Kind, arn: str, prefix: str, on: frozenset[str]
) -> Iterator[LocatedPolicy]:
    """Yield the managed policy with an ARN. Nothing where the account has none."""
    if managed := find_managed_policy(account, arn):
        owner = "aws-policy" if arn.startswith(AWS_POLICY) else "policy"
        location = f"{prefix}{owner}/{managed.name}"
        yield LocatedPolicy(kind, location, managed.document.policy, on)


def _organization_policies(account: Account) -> Iterator[LocatedPolicy]:
    """Yield the service and resource control policies of the organization, AWS's own last."""
    organization = account.joined_organization
    if organization is None:
        return
    for policy in (*organization.policies.values(), *AWS_OWN.values()):
        if policy.type in organization.types:
            kind = POLICY_TYPES[policy.type].kind
            yield LocatedPolicy(kind, f"{kind}/{policy.name}", policy.document.policy)


def _entity_location(entity: Entity) -> str:
    """Return the kind and name of a user, group or role: group/Staff."""
    return f"{type(entity).__name__.lower()}/{entity.name}"


def source_ids(account: Account, principal: Principal) -> frozenset[str]:
    """Return the unique ids of what gives a principal its policies: the user and their groups, or the role.

    A federated user has the policies of the user who federated them.
    """
    home = account.others.get(principal.account, account)
    user_id = principal.id
    if principal.kind == "federated":
        name = principal.role_arn.rpartition("/")[2]
        issuer = home.users.get(name.lower())
        user_id = issuer.id if issuer else ""
    entity = home.entity_by_id(principal.role_id or user_id)
    if not isinstance(entity, User | Group | Role):
        return frozenset()
    groups = entity.groups if isinstance(entity, User) else ()
    return frozenset({entity.id, *groups})


def find_sources(
    policies: tuple[LocatedPolicy, ...], matched: Matched, sources: frozenset[str]
) -> Iterator[LocatedPolicy]:
    """Yield the located policies from which a matched statement can come.

    `sources` are the principal's unique ids (`source_ids`). If two of the principal's groups have the same
    policy, both are yielded.
    """
    layer = matched.layer
    for located in policies:
        if located.kind is not layer.kind:
            continue
        match layer.kind:
            case Kind.RESOURCE | Kind.TRUST:
                applies = layer.on in located.on
            case Kind.IDENTITY | Kind.BOUNDARY:
                applies = located.policy == matched.policy and bool(located.on & sources)
            case _:
                applies = located.policy == matched.policy
        if applies:
            yield located
