"""Making a new user or role, and becoming it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.escalation.attacker import CANARY, AttackerState, Move, names_to_try
from coffeeshop.account.escalation.edit_permissions import grants_to, sign_ins, trust_policy
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Call
from coffeeshop.account.values import Document, Json
from coffeeshop.policy.model import Policy


def moves(state: AttackerState) -> Iterator[Move]:
    """Yields a new user or role, below whatever boundary the call must set, given permissions, and become."""
    for (path, name), ceiling in (
        product(names_to_try(state, "user"), _boundaries(state))
        if state.may("iam:CreateUser")
        else ()
    ):
        if name.lower() not in state.account.users:
            hired = User("", name, path, state.account.created)  # as the grants name them
            made = state.iam("CreateUser", UserName=name, Path=path, **ceiling)
            granted = (*grants_to(state, hired), *_group_memberships(state, hired))
            yield from (
                (made, *grant, *entered)
                for grant, entered in product(granted, sign_ins(state, hired))
            )
    for (path, name), ceiling in (
        product(names_to_try(state, "role"), _boundaries(state))
        if state.may("iam:CreateRole")
        else ()
    ):
        if name.lower() not in state.account.roles:
            trust = trust_policy(state)
            made = state.iam(
                "CreateRole",
                RoleName=name,
                Path=path,
                AssumeRolePolicyDocument=trust,
                **ceiling,
            )
            arn = f"arn:aws:iam::{state.account.id}:role{path}{name}"
            taken = (
                state.me,
                Call("sts", "AssumeRole", {"RoleArn": arn, "RoleSessionName": CANARY}),
            )
            yield from (
                (made, *grant, taken)
                for grant in grants_to(
                    state,
                    Role("", name, path, state.account.created, Document("", Policy(()))),
                )
            )


def _group_memberships(state: AttackerState, user: User) -> Iterator[Move]:
    if state.may("iam:AddUserToGroup"):
        for group in state.account.groups.values():
            yield (state.iam("AddUserToGroup", GroupName=group.name, UserName=user.name),)


def _boundaries(state: AttackerState) -> list[dict[str, Json]]:
    """Returns no boundary, and each that a policy asks for."""
    asked = sorted(state.values_to_try("iam:PermissionsBoundary"))
    return [
        {},
        *(
            {"PermissionsBoundary": arn}
            for arn in asked
            if find_managed_policy(state.account, arn)
        ),
    ]
