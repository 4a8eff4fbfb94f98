"""What hangs on users, groups and roles: managed policies, inline policies, permissions boundaries.

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
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.iam.policies import everyone
from coffeeshop.account.services.lookups import entity, policy, policy_arn, role, user
from coffeeshop.account.services.paging import page
from coffeeshop.account.values import Document, Json

ATTACHED = 10
UNPARSED = "Invalid ARN:  Could not be parsed!"  # with two blanks (seen)
INLINE_SIZE: dict[type[Entity], int] = {User: 2048, Group: 5120, Role: 10240}
RESERVED = (
    "arn:aws:iam::aws:policy/aws-service-role/",
    "arn:aws:iam::aws:policy/root-task/",
)

OPERATIONS = Operations()


def attachable(account: Account, arn: str, kind: str) -> str:
    """Returns the ARN, if that policy exists and may be attached to a "user", "group" or "role"."""
    if arn.startswith(RESERVED):
        raise errors.service_error(
            "PolicyNotAttachable", f"Cannot attach AWS reserved policy to an IAM {kind}."
        )
    if not (
        arn in account.policies or find_managed_document(arn) or arn in account.lent
    ):  # policy_of would parse it
        raise errors.no_such_entity("attachable", arn)
    return arn


@OPERATIONS.add("AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy")
def attach(account: Account, act: Act) -> Change:
    """Attaches a policy; twice is once."""
    bearer = entity(account, act.call)
    kind = type(bearer).__name__
    arn = attachable(account, policy_arn(act.call, told=UNPARSED), kind.lower())
    if arn in bearer.attached:
        return account, DONE
    errors.check_quota(bearer.attached, ATTACHED, f"PoliciesPer{kind}")
    return account.put(replace(bearer, attached=(*bearer.attached, arn))), DONE


@OPERATIONS.add("DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy")
def detach(account: Account, act: Act) -> Change:
    bearer = entity(account, act.call)
    arn = policy_arn(act.call)
    if arn not in bearer.attached:
        raise errors.no_such_entity("policy", arn)
    return account.put(
        replace(bearer, attached=tuple(held for held in bearer.attached if held != arn))
    ), DONE


@OPERATIONS.add(
    "ListAttachedUserPolicies", "ListAttachedGroupPolicies", "ListAttachedRolePolicies"
)
def list_attached(account: Account, act: Act) -> Change:
    prefix = act.call.text("PathPrefix", "/")
    found = (
        p
        for arn in entity(account, act.call).attached
        if (p := find_managed_policy(account, arn))
    )
    names = {f"{p.name}\0{p.arn}": p for p in found if p.path.startswith(prefix)}
    return account, page(
        act.call,
        "AttachedPolicies",
        names,
        lambda name: {"PolicyName": names[name].name, "PolicyArn": names[name].arn},
    )


@OPERATIONS.add("ListEntitiesForPolicy")
def list_entities(account: Account, act: Act) -> Change:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html"""
    call, found = act.call, policy(account, act.call, "attachable")
    usage = call.text("PolicyUsageFilter")
    prefix = call.text("PathPrefix", "/")
    kind = call.text("EntityFilter")
    bearers = {
        f"{type(bearer).__name__}\0{bearer.name}": bearer
        for bearer in everyone(account)
        if _bears(bearer, found.arn, usage)
        and bearer.path.startswith(prefix)
        and kind in {"", type(bearer).__name__}
    }
    listed = page(call, "Bearers", bearers, lambda key: key)
    shown = [bearers[str(key)] for key in _strings(listed.body["Bearers"])]
    lists = {f"Policy{kind.__name__}s": _named(shown, kind) for kind in (Group, User, Role)}
    return account, Reply(
        {**lists, **{k: v for k, v in listed.body.items() if k != "Bearers"}}
    )


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, tuple):
        return (item for item in value if isinstance(item, str))
    return iter(())


def _named(bearers: list[Entity], kind: type[Entity]) -> Json:
    name = kind.__name__
    return tuple(
        {f"{name}Name": b.name, f"{name}Id": b.id} for b in bearers if isinstance(b, kind)
    )


def _bears(bearer: Entity, arn: str, usage: str) -> bool:
    attached = arn in bearer.attached
    bounding = isinstance(bearer, User | Role) and bearer.boundary == arn
    return {"PermissionsPolicy": attached, "PermissionsBoundary": bounding}.get(
        usage, attached or bounding
    )


# --------------------------------------------------------------------- inline
@OPERATIONS.add("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy")
def put_inline(account: Account, act: Act) -> Change:
    """Puts an inline policy; the sizes of all inline policies together count, without white space."""
    call, bearer = act.call, entity(account, act.call)
    name = call.text("PolicyName")
    old = bearer.inline.get(name.lower())
    document = policy_documents.parse_inline_policy(
        call.text("PolicyDocument"), old.policy.name if old else name
    )
    inline = {**bearer.inline, name.lower(): document}
    quota = INLINE_SIZE[type(bearer)]
    if sum(policy_documents.quota_size(held.text) for held in inline.values()) > quota:
        kind = type(bearer).__name__.lower()
        raise errors.service_error(
            "LimitExceeded",
            f"Maximum policy size of {quota} bytes exceeded for {kind} {bearer.name}",
        )
    return account.put(replace(bearer, inline=inline)), DONE


def _inline(bearer: Entity, call: Call) -> Document:
    name = call.text("PolicyName")
    kind = type(bearer).__name__.lower()
    if found := bearer.inline.get(name.lower()):
        return found
    raise errors.no_such_entity(f"{kind} policy", name)


@OPERATIONS.add("GetUserPolicy", "GetGroupPolicy", "GetRolePolicy")
def get_inline(account: Account, act: Act) -> Change:
    """Returns the name is echoed as it was asked (seen)."""
    bearer = entity(account, act.call)
    document = _inline(bearer, act.call)
    kind = type(bearer).__name__
    body = {
        f"{kind}Name": bearer.name,
        "PolicyName": act.call.text("PolicyName"),
        "PolicyDocument": policy_documents.document_json(document),
    }
    return account, Reply(body)


@OPERATIONS.add("DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy")
def delete_inline(account: Account, act: Act) -> Change:
    bearer = entity(account, act.call)
    gone = _inline(bearer, act.call)
    kept = {
        name: document for name, document in bearer.inline.items() if document is not gone
    }
    return account.put(replace(bearer, inline=kept)), DONE


@OPERATIONS.add("ListUserPolicies", "ListGroupPolicies", "ListRolePolicies")
def list_inline(account: Account, act: Act) -> Change:
    names = [document.policy.name for document in entity(account, act.call).inline.values()]
    return account, page(act.call, "PolicyNames", names, lambda name: name)


# ----------------------------------------------------------------- boundaries
@OPERATIONS.add("PutUserPermissionsBoundary", "PutRolePermissionsBoundary")
def put_boundary(account: Account, act: Act) -> Change:
    bearer = _bounded(account, act.call)
    arn = attachable(
        account, policy_arn(act.call, "PermissionsBoundary"), type(bearer).__name__.lower()
    )
    return account.put(replace(bearer, boundary=arn)), DONE


@OPERATIONS.add("DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary")
def delete_boundary(account: Account, act: Act) -> Change:
    bearer = _bounded(account, act.call)
    if not bearer.boundary:
        raise errors.no_such_entity("boundary", bearer.name)
    return account.put(replace(bearer, boundary="")), DONE


def _bounded(account: Account, call: Call) -> User | Role:
    if "RoleName" in call.parameters:
        return role(account, call)
    return user(account, call)
