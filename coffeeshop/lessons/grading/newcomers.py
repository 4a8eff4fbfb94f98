"""Whoever comes tomorrow: a colleague who is hired, alone or into the groups of somebody, and a role that is made.

They hold what the account gives to anybody of their kind, and have a name and an id that nobody has yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Nobody
from coffeeshop.account.values import Document
from coffeeshop.lessons.grading.moments import deny_when
from coffeeshop.lessons.grading.needed import DIRECT
from coffeeshop.lessons.grading.one_principal import (
    deny_existing_ids,
    deny_impossible_ids,
    deny_inconsistent_keys,
)
from coffeeshop.lessons.grading.sessions import HeldSession, role_standing, session_fence
from coffeeshop.policy.model import Condition, Policy, Statement, Values
from coffeeshop.shop.serve import user_named

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def newcomer_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yields a colleague who holds nothing, with each badge; and as each job of theirs leaves them, tagged or in a group."""
    for session in (
        *trial.sessions_of(trial.names["newcomer"]),
        *trial.newcomer_sessions_after_jobs(),
    ):
        yield replace(session, who="newcomer")


def newcomers_in_groups(trial: Trial) -> Iterator[HeldSession]:
    """Yields a colleague who is hired into the groups of anybody of the account."""
    return newcomers_beside(trial, trial.ordinary_users)


def newcomers_beside(trial: Trial, people: Iterable[str]) -> Iterator[HeldSession]:
    """Yields the sessions of a colleague of whatever name who is hired into the groups of one of these people, and who holds
    nothing else.
    """
    newcomer = trial.account.users.get(trial.names["newcomer"])
    if newcomer is None:  # a closed account hires nobody
        return
    for groups in _group_sets(trial, people):
        for session in trial.newcomer_sessions(
            trial.account.put(replace(newcomer, groups=groups))
        ):
            yield replace(session, who="newcomer")


def _group_sets(trial: Trial, people: Iterable[str]) -> Iterator[Values]:
    """The groups of each of these people who is in one, each set of them once."""
    users = (user_named(trial.account, subject) for subject in people)
    yield from dict.fromkeys(
        tuple(sorted(user.groups)) for user in users if user and user.groups
    )


def fence_of_group_newcomer(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yields what no such colleague sends: whoever is hired is new as themselves; a role that they take has been there."""
    if member.badge in DIRECT:
        return fence_of_newcomer(trial, member)
    return session_fence(member)


def future_role_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yields a session in a role that holds nothing and is made tomorrow, as whoever is hired tomorrow wears it."""
    account, id = ids.new_unique_id(trial.account, "role", trial.names["newcomer"])
    role = Role(id, trial.names["newcomer"], "/", trial.play.now, Document("", Policy(())))
    allowed = role_standing(account.put(role), role, trial.play.now)
    yield HeldSession("newcomer", f"role/{role.name}", account, Nobody(), allowed)


def fence_of_future_role(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yields what no such session sends: a role that is made tomorrow has an ARN of a role's in this account, and none that
    a role has already.
    """
    account = trial.account
    yield deny_when(
        Condition(
            "StringNotLike", "aws:PrincipalArn", (f"arn:aws:iam::{account.id}:role/*",)
        )
    )
    if role_arns := tuple(map(account.arn, account.roles.values())):
        yield deny_when(Condition("StringEquals", "aws:PrincipalArn", role_arns))
    yield deny_when(Condition("StringNotLike", "aws:userid", ("AROA*:??*",)))
    yield from deny_impossible_ids()
    yield from deny_existing_ids(member.standing)


def fence_of_newcomer(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yields what nobody who is hired sends: they have an ARN of a user's in this account, and none that somebody has already."""
    account, users = trial.account, trial.play.account.users.values()
    yield deny_when(
        Condition(
            "StringNotLike", "aws:PrincipalArn", (f"arn:aws:iam::{account.id}:user/*",)
        )
    )
    if users:
        yield deny_when(
            Condition("StringEquals", "aws:PrincipalArn", tuple(map(account.arn, users)))
        )
        yield deny_when(
            Condition("StringEquals", "aws:username", tuple(user.name for user in users))
        )
    yield deny_when(Condition("StringNotLike", "aws:userid", ("AIDA*",)))
    yield from deny_existing_ids(member.standing)
    yield from deny_inconsistent_keys(member.standing)
