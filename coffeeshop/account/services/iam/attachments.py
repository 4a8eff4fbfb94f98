"""Attach policies to users, groups and roles: managed, inline, and permissions boundaries.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-attach-detach.html
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access import policy_documents
from coffeeshop.account.access.aws_managed_policies import find_managed_document
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.iam.identities import boundary_arn
from coffeeshop.account.services.iam.policies import all_entities
from coffeeshop.account.services.lookups import (
    named_entity,
    named_policy,
    named_role,
    named_user,
    policy_arn,
)
from coffeeshop.account.services.paging import list_page
from coffeeshop.account.values import Document, Json

MAX_ATTACHED = 10
UNPARSED_ARN = "Invalid ARN:  Could not be parsed!"  # with two blanks (seen)
INLINE_SIZE: dict[type[Entity], int] = {User: 2048, Group: 5120, Role: 10240}
RESERVED_ARNS = (
    "arn:aws:iam::aws:policy/aws-service-role/",
    "arn:aws:iam::aws:policy/root-task/",
)

OPERATIONS = Operations()


def attachable_arn(
    account: Account, arn: str, kind: str, refusal_kind: str = "attachable"
) -> str:
    """Return the ARN of a policy that exists and can be attached to a "user", "group" or
    "role".
    """
    if arn.startswith(RESERVED_ARNS):
        raise errors.service_error(
            "PolicyNotAttachable", f"Cannot attach AWS reserved policy to an IAM {kind}."
        )
    # `policy_of` would tell as well, but it would parse the policy.
    exists = arn in account.policies or find_managed_document(arn) or arn in account.lent
    if not exists:
        raise errors.no_such_entity(refusal_kind, arn)
    return arn


@OPERATIONS.add("AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy")
def attach_policy(account: Account, act: Act) -> Change:
    """Attach a managed policy. Attaching it twice is no error."""
    entity = named_entity(account, act.call)
    kind = type(entity).__name__
    arn = attachable_arn(
        account, policy_arn(act.call, refusal_text=UNPARSED_ARN), kind.lower()
    )
    if arn in entity.attached:
        return account, EMPTY_REPLY
    errors.check_quota(entity.attached, MAX_ATTACHED, f"PoliciesPer{kind}")
    entity = replace(entity, attached=(*entity.attached, arn))
    account = account.put(entity)
    return account, EMPTY_REPLY


@OPERATIONS.add("DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy")
def detach_policy(account: Account, act: Act) -> Change:
    entity = named_entity(account, act.call)
    arn = policy_arn(act.call)
    if arn not in entity.attached:
        raise errors.no_such_entity("policy", arn)
    entity = replace(
        entity,
        attached=tuple(
            attached_arn for attached_arn in entity.attached if attached_arn != arn
        ),
    )
    account = account.put(entity)
    return account, EMPTY_REPLY


@OPERATIONS.add(
    "ListAttachedUserPolicies", "ListAttachedGroupPolicies", "ListAttachedRolePolicies"
)
def list_attached_policies(account: Account, act: Act) -> Change:
    """List the managed policies of an entity by name. Equal names under different paths are told apart by ARN."""
    prefix = act.call.text("PathPrefix", "/")
    policies = (
        policy
        for arn in named_entity(account, act.call).attached
        if (policy := find_managed_policy(account, arn))
    )
    names = {f"{p.name}\0{p.arn}": p for p in policies if p.path.startswith(prefix)}
    page = list_page(
        act.call,
        "AttachedPolicies",
        names,
        lambda name: {"PolicyName": names[name].name, "PolicyArn": names[name].arn},
    )
    return account, page


@OPERATIONS.add("ListEntitiesForPolicy")
def list_entities_for_policy(account: Account, act: Act) -> Change:
    """List the users, groups and roles that a managed policy is attached to, or bounds.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
    """
    call = act.call
    target = named_policy(account, call, "attachable")
    usage = call.text("PolicyUsageFilter")
    prefix = call.text("PathPrefix", "/")
    kind = call.text("EntityFilter")
    entities = {
        f"{type(entity).__name__}\0{entity.name}": entity
        for entity in all_entities(account)
        if _uses_policy(entity, target.arn, usage)
        and entity.path.startswith(prefix)
        and kind in {"", type(entity).__name__}
    }
    page = list_page(call, "Bearers", entities, lambda key: key)
    page_entities = [entities[str(key)] for key in _text_items(page.body["Bearers"])]
    lists = {
        f"Policy{kind.__name__}s": _entity_shapes(page_entities, kind)
        for kind in (Group, User, Role)
    }
    marker = {name: value for name, value in page.body.items() if name != "Bearers"}
    body = {**lists, **marker}
    return account, Reply(body)


def _text_items(value: Json) -> Iterator[str]:
    if isinstance(value, tuple):
        return (item for item in value if isinstance(item, str))
    return iter(())


def _entity_shapes(entities: list[Entity], kind: type[Entity]) -> Json:
    """Return the entities of one kind with name and id."""
    name = kind.__name__
    return tuple(
        {f"{name}Name": entity.name, f"{name}Id": entity.id}
        for entity in entities
        if isinstance(entity, kind)
    )


def _uses_policy(entity: Entity, arn: str, usage: str) -> bool:
    """Return whether an entity uses a policy as `usage` says: attached, as a permissions boundary, or either ("")."""
    is_attached = arn in entity.attached
    is_boundary = isinstance(entity, User | Role) and entity.boundary == arn
    match usage:
        case "PermissionsPolicy":
            return is_attached
        case "PermissionsBoundary":
            return is_boundary
        case _:
            return is_attached or is_boundary


# --------------------------------------------------------------------- inline
@OPERATIONS.add("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy")
def put_inline_policy(account: Account, act: Act) -> Change:
    """Put an inline policy.

    All inline policies together must fit the quota, without white space.
    """
    call = act.call
    entity = named_entity(account, call)
    name = call.text("PolicyName")
    old = entity.inline.get(name.lower())
    document = policy_documents.parse_inline_policy(
        call.text("PolicyDocument"), old.policy.name if old else name
    )
    inline = {**entity.inline, name.lower(): document}
    quota = INLINE_SIZE[type(entity)]
    if (
        sum(
            policy_documents.quota_size(inline_document.text)
            for inline_document in inline.values()
        )
        > quota
    ):
        kind = type(entity).__name__.lower()
        raise errors.service_error(
            "LimitExceeded",
            f"Maximum policy size of {quota} bytes exceeded for {kind} {entity.name}",
        )
    entity = replace(entity, inline=inline)
    account = account.put(entity)
    return account, EMPTY_REPLY


def _named_inline_policy(entity: Entity, call: Call) -> Document:
    """Return the inline policy that the call names. Raise NoSuchEntity."""
    name = call.text("PolicyName")
    kind = type(entity).__name__.lower()
    if document := entity.inline.get(name.lower()):
        return document
    raise errors.no_such_entity(f"{kind} policy", name)


@OPERATIONS.add("GetUserPolicy", "GetGroupPolicy", "GetRolePolicy")
def get_inline_policy(account: Account, act: Act) -> Change:
    """Return an inline policy, with its name spelled as in the call (seen)."""
    entity = named_entity(account, act.call)
    document = _named_inline_policy(entity, act.call)
    kind = type(entity).__name__
    body = {
        f"{kind}Name": entity.name,
        "PolicyName": act.call.text("PolicyName"),
        "PolicyDocument": policy_documents.document_json(document),
    }
    return account, Reply(body)


@OPERATIONS.add("DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy")
def delete_inline_policy(account: Account, act: Act) -> Change:
    entity = named_entity(account, act.call)
    document_deleted = _named_inline_policy(entity, act.call)
    inline = {
        name: document
        for name, document in entity.inline.items()
        if document is not document_deleted
    }
    entity = replace(entity, inline=inline)
    account = account.put(entity)
    return account, EMPTY_REPLY


@OPERATIONS.add("ListUserPolicies", "ListGroupPolicies", "ListRolePolicies")
def list_inline_policies(account: Account, act: Act) -> Change:
    names = [
        document.policy.name for document in named_entity(account, act.call).inline.values()
    ]
    page = list_page(act.call, "PolicyNames", names, lambda name: name)
    return account, page


# ----------------------------------------------------------------- boundaries
@OPERATIONS.add("PutUserPermissionsBoundary", "PutRolePermissionsBoundary")
def put_permissions_boundary(account: Account, act: Act) -> Change:
    """Set the permissions boundary of a user or role to a managed policy."""
    entity = _named_user_or_role(account, act.call)
    kind = type(entity).__name__.lower()
    arn = attachable_arn(account, boundary_arn(act.call), kind, "scope")
    entity = replace(entity, boundary=arn)
    account = account.put(entity)
    return account, EMPTY_REPLY


@OPERATIONS.add("DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary")
def delete_permissions_boundary(account: Account, act: Act) -> Change:
    entity = _named_user_or_role(account, act.call)
    if not entity.boundary:
        raise errors.no_such_entity("boundary", entity.name)
    entity = replace(entity, boundary="")
    account = account.put(entity)
    return account, EMPTY_REPLY


def _named_user_or_role(account: Account, call: Call) -> User | Role:
    if "RoleName" in call.parameters:
        return named_role(account, call)
    return named_user(account, call)
