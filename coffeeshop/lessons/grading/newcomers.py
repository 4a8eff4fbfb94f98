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
from coffeeshop.lessons.grading.moments import never
from coffeeshop.lessons.grading.needed import DIRECT
from coffeeshop.lessons.grading.one_principal import consistent, unborn, whole_ids
from coffeeshop.lessons.grading.sessions import Held, as_role, fence
from coffeeshop.policy.model import Condition, Policy, Statement, Values
from coffeeshop.shop.serve import user_named

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def hired(trial: Trial) -> Iterator[Held]:
    """Yields a colleague who holds nothing, with each badge; and as each job of theirs leaves them, tagged or in a group."""
    for held in (*trial.sessions(trial.names["newcomer"]), *trial.at_work()):
        yield replace(held, who="newcomer")


def in_a_group(trial: Trial) -> Iterator[Held]:
    """Yields a colleague who is hired into the groups of anybody of the account."""
    return hired_beside(trial, trial.users)


def hired_beside(trial: Trial, people: Iterable[str]) -> Iterator[Held]:
    """Yields the sessions of a colleague of whatever name who is hired into the groups of one of these people, and who holds
    nothing else.
    """
    newcomer = trial.account.users.get(trial.names["newcomer"])
    if newcomer is None:  # a closed account hires nobody
        return
    for groups in _groups_of(trial, people):
        for held in trial.hired_in(trial.account.put(replace(newcomer, groups=groups))):
            yield replace(held, who="newcomer")


def _groups_of(trial: Trial, people: Iterable[str]) -> Iterator[Values]:
    """The groups of each of these people who is in one, each set of them once."""
    users = (user_named(trial.account, who) for who in people)
    yield from dict.fromkeys(
        tuple(sorted(user.groups)) for user in users if user and user.groups
    )


def fence_in_a_group(trial: Trial, held: Held) -> Iterator[Statement]:
    """Yields what no such colleague sends: whoever is hired is new as themselves; a role that they take has been there."""
    if held.badge in DIRECT:
        return fence_of_newcomer(trial, held)
    return fence(held)


def role_to_come(trial: Trial) -> Iterator[Held]:
    """Yields a session in a role that holds nothing and is made tomorrow, as whoever is hired tomorrow wears it."""
    account, id = ids.new_unique_id(trial.account, "role", trial.names["newcomer"])
    role = Role(id, trial.names["newcomer"], "/", trial.play.now, Document("", Policy(())))
    held = as_role(account.put(role), role, trial.play.now)
    yield Held("newcomer", f"role/{role.name}", account, Nobody(), held)


def fence_of_role(trial: Trial, held: Held) -> Iterator[Statement]:
    """Yields what no such session sends: a role that is made tomorrow has an ARN of a role's in this account, and none that
    a role has already.
    """
    account = trial.account
    yield never(
        Condition(
            "StringNotLike", "aws:PrincipalArn", (f"arn:aws:iam::{account.id}:role/*",)
        )
    )
    if known := tuple(map(account.arn, account.roles.values())):
        yield never(Condition("StringEquals", "aws:PrincipalArn", known))
    yield never(Condition("StringNotLike", "aws:userid", ("AROA*:??*",)))
    yield from whole_ids()
    yield from unborn(held.standing)


def fence_of_newcomer(trial: Trial, held: Held) -> Iterator[Statement]:
    """Yields what nobody who is hired sends: they have an ARN of a user's in this account, and none that somebody has already."""
    account, there = trial.account, trial.play.account.users.values()
    yield never(
        Condition(
            "StringNotLike", "aws:PrincipalArn", (f"arn:aws:iam::{account.id}:user/*",)
        )
    )
    if there:
        yield never(
            Condition("StringEquals", "aws:PrincipalArn", tuple(map(account.arn, there)))
        )
        yield never(
            Condition("StringEquals", "aws:username", tuple(user.name for user in there))
        )
    yield never(Condition("StringNotLike", "aws:userid", ("AIDA*",)))
    yield from unborn(held.standing)
    yield from consistent(held.standing)
