"""Moves that create a user or role, and become it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.escalation.attacker import (
    CANARY_NAME,
    AttackerState,
    Move,
    names_to_try,
)
from coffeeshop.account.escalation.edit_permissions import (
    grant_moves,
    sign_in_moves,
    trust_for_attacker,
)
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Call
from coffeeshop.account.values import Document, Json
from coffeeshop.policy.model import Policy


def moves(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that create a user or role with permissions, and become it.

    Some policies allow the creation only below a certain permissions boundary, so those
    that policies mention are tried.
    """
    if state.may("iam:CreateUser"):
        for (path, name), boundary in product(
            names_to_try(state, "user"), _boundaries(state)
        ):
            if name.lower() not in state.account.users:
                yield from _user_moves(state, path, name, boundary)
    if state.may("iam:CreateRole"):
        for (path, name), boundary in product(
            names_to_try(state, "role"), _boundaries(state)
        ):
            if name.lower() not in state.account.roles:
                yield from _role_moves(state, path, name, boundary)


def _user_moves(
    state: AttackerState, path: str, name: str, boundary: dict[str, Json]
) -> Iterator[Move]:
    """Yield the moves that create a user, give them a policy or a group, and sign in as them."""
    # The calls need only the user's name.
    user = User("", name, path, state.account.created)
    creating = state.iam("CreateUser", UserName=name, Path=path, **boundary)
    grants = (*grant_moves(state, user), *_group_memberships(state, user))
    for granting, signing_in in product(grants, sign_in_moves(state, user)):
        yield (creating, *granting, *signing_in)


def _role_moves(
    state: AttackerState, path: str, name: str, boundary: dict[str, Json]
) -> Iterator[Move]:
    """Yield the moves that create a role which trusts the attacker, give it a policy, and assume it."""
    creating = state.iam(
        "CreateRole",
        RoleName=name,
        Path=path,
        AssumeRolePolicyDocument=trust_for_attacker(state),
        **boundary,
    )
    arn = f"arn:aws:iam::{state.account.id}:role{path}{name}"
    parameters: dict[str, Json] = {"RoleArn": arn, "RoleSessionName": CANARY_NAME}
    assuming = (state.me, Call("sts", "AssumeRole", parameters))
    # The calls need nothing but the role's name.
    role = Role("", name, path, state.account.created, Document("", Policy(())))
    for granting in grant_moves(state, role):
        yield (creating, *granting, assuming)


def _group_memberships(state: AttackerState, user: User) -> Iterator[Move]:
    """Yield the moves that add a new user to each group."""
    if state.may("iam:AddUserToGroup"):
        for group in state.account.groups.values():
            yield (state.iam("AddUserToGroup", GroupName=group.name, UserName=user.name),)


def _boundaries(state: AttackerState) -> list[dict[str, Json]]:
    """Return the parameters for no permissions boundary, and for each existing one that a policy asks for."""
    arns = sorted(state.values_to_try("iam:PermissionsBoundary"))
    existing = [arn for arn in arns if find_managed_policy(state.account, arn)]
    return [{}, *({"PermissionsBoundary": arn} for arn in existing)]
