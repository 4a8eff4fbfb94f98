"""Who comes tomorrow: a colleague, alone or in the groups of somebody, and a new role.

They get the access of every principal of their kind. Their name and id are unused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Nobody
from coffeeshop.account.values import Document
from coffeeshop.lessons.grading.fences import deny_when, statements_about, with_fence
from coffeeshop.lessons.grading.needed import USER_BADGES
from coffeeshop.lessons.grading.one_principal import (
    deny_existing_ids,
    deny_impossible_ids,
    deny_inconsistent_keys,
)
from coffeeshop.lessons.grading.request_space import keys_read
from coffeeshop.lessons.grading.sessions import (
    CALLER_KEYS,
    HeldSession,
    free_keys,
    role_standing,
    session_fence,
    session_under_any_name,
)
from coffeeshop.policy.model import Condition, Policy, Standing, Statement, Values
from coffeeshop.shop.serve import user_named

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def newcomer_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions of somebody new without permissions, with each kind of credential, and
    after each of their jobs.

    A job such as enrolling a device can change what they are allowed. The drawn name stands for
    any, unless a policy asks for names.
    """
    without_permissions = trial.sessions_of(trial.names["newcomer"])
    for session in (*without_permissions, *trial.newcomer_sessions_after_jobs()):
        yield replace(session_under_any_name(session), who="newcomer")


def open_to_newcomers(
    trial: Trial, required: Standing, allowed: Standing
) -> tuple[Standing, Standing]:
    """Return what a newcomer's job needs and is allowed, with any name in place of the drawn one.

    A policy that uses the name as a variable is about things with this name. There, the drawn one stands
    for any.
    """
    if allowed.principal.kind != "user" or _uses_names(allowed):
        return required, allowed
    opened = free_keys(allowed, CALLER_KEYS)
    member = HeldSession("newcomer", "key", trial.account, Nobody(), opened)
    fence = statements_about(fence_of_newcomer(trial, member), set(keys_read(allowed)))
    return with_fence(free_keys(required, CALLER_KEYS), fence), opened


def _uses_names(allowed: Standing) -> bool:
    """Tell whether a policy uses a user's name or id as a variable."""
    variables = tuple(f"${{{name}" for name in CALLER_KEYS)
    texts = (
        text.lower()
        for layer in allowed.layers
        for policy in layer.policies
        for statement in policy.statements
        for text in (
            *(statement.resources.values if statement.resources else ()),
            *(value for condition in statement.conditions for value in condition.values),
        )
    )
    return any(variable in text for text in texts for variable in variables)


def newcomers_in_groups(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions of a newcomer in the groups of anybody in the account."""
    return newcomers_beside(trial, trial.ordinary_users)


def newcomers_beside(trial: Trial, people: Iterable[str]) -> Iterator[HeldSession]:
    """Yield the sessions of somebody new who is in the groups of one of these people, and has
    nothing else.

    They show what a group gives to whoever joins it next.
    """
    newcomer = trial.account.users.get(trial.names["newcomer"])
    if newcomer is None:  # a closed account hires nobody
        return
    for groups in _group_sets(trial, people):
        account = trial.account.put(replace(newcomer, groups=groups))
        for session in trial.newcomer_sessions(account):
            yield replace(session, who="newcomer")


def _group_sets(trial: Trial, people: Iterable[str]) -> Iterator[Values]:
    """Yield the groups that each of these people is in, as ids; each combination once."""
    users = (user_named(trial.account, subject) for subject in people)
    yield from dict.fromkeys(
        tuple(sorted(user.groups)) for user in users if user and user.groups
    )


def fence_of_group_newcomer(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield Denies of what a newcomer in a group can't send, which keep that out of the comparison.

    As a user they are new, so they have no existing name or id. A role that they assume isn't new.
    """
    if member.badge in USER_BADGES:
        return fence_of_newcomer(trial, member)
    return session_fence(member)


def future_role_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session in a role that is created tomorrow, without permissions. It shows what
    others' policies allow it.
    """
    account, id = ids.new_unique_id(trial.account, "role", trial.names["newcomer"])
    role = Role(id, trial.names["newcomer"], "/", trial.play.now, Document("", Policy(())))
    allowed = role_standing(account.put(role), role, trial.play.now)
    yield HeldSession("newcomer", f"role/{role.name}", account, Nobody(), allowed)


def fence_of_future_role(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield Denies of what a session in a new role can't send: an ARN or id of a role that exists,
    or of no role here.
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
    """Yield Denies of requests that a newcomer can't send: with the ARN or name of an
    existing user, or of no user of this account.

    Their name is left open in the comparison, so the names of others must be excluded.
    """
    account = trial.account
    users = trial.play.account.users.values()
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
