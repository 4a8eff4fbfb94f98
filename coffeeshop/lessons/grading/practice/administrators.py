"""Which policies lead to everything, directly or by the roles that somebody can assume, one after
the other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.practice.naming import Asker, is_principal
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.evaluation.match import (
    CACHED_POLICIES,
    compiled_policy,
    shared_policy,
)
from coffeeshop.policy.model import Element, Excess, Policy, Standing, Statement
from coffeeshop.policy.validation.granting import listed_ways

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.domain import Domain


def give_everything(policies: Iterable[Policy], domain: Domain) -> bool:
    """Tell whether these policies together lead to everything: by an action that can grant it, on
    any resource.

    An Allow counts as if its conditions were met, a Deny as if they weren't: an administrator who
    must give an MFA code is still one. What can't be decided counts as given.
    """
    plain = tuple(map(_with_conditions_met, policies))
    granting = (action for action, way in listed_ways().items() if way.anything)
    return any(_allow_action(plain, action, domain) for action in granting)


def can_become_administrator(
    account: Account, user: User, requests_compared: Domain
) -> bool:
    """Tell whether a user's own policies, or those of a role that they can assume, give
    everything.
    """
    policies = policies_of_entity(account, user)
    return give_everything(policies, requests_compared) or any(
        administrative_roles(account, user, policies, requests_compared)
    )


def administrative_roles(
    account: Account, user: User, policies: tuple[Policy, ...], domain: Domain
) -> Iterator[Role]:
    """Yield each role that leads to everything and that a user with these policies can
    assume, directly or from other roles.
    """
    assumed_ids = set[str]()
    # The list grows while it is read: each role that can be assumed may assume others.
    askers = list[tuple[Asker, tuple[Policy, ...]]]([(user, policies)])
    for asker, asker_policies in askers:
        for role in (role for role in account.roles.values() if role.id not in assumed_ids):
            if _can_assume_role(role, account, asker, asker_policies, domain):
                assumed_ids.add(role.id)
                askers.append((role, policies_of_entity(account, role)))
    assumed_roles = (role for role in account.roles.values() if role.id in assumed_ids)
    yield from (
        role
        for role in assumed_roles
        if give_everything(policies_of_entity(account, role), domain)
    )


def _can_assume_role(
    role: Role, account: Account, asker: Asker, policies: tuple[Policy, ...], domain: Domain
) -> bool:
    """Tell whether a user or role (`asker`) can assume the role, conditions aside.

    The trust policy has to name them or everybody. If it names just the account, these policies
    have to allow it as well.
    """
    trusted = {
        value
        for s in trust_allows(role)
        if s.principals
        for _, value in s.principals.entries
    }
    if "*" in trusted or any(
        is_principal(statement, account, asker) for statement in trust_allows(role)
    ):
        return True
    ours = not trusted.isdisjoint((account.id, account.root_arn))
    return ours and _allow_action(policies, "sts:AssumeRole", domain, account.arn(role))


def trust_allows(role: Role) -> tuple[Statement, ...]:
    """Return the Allows of a role's trust policy."""
    return tuple(
        s for s in role.trust.policy.statements if s.effect == "Allow" and s.principals
    )


def _allow_action(
    policies: Iterable[Policy], action: str, domain: Domain, resource: str = "*"
) -> bool:
    """Tell whether these policies allow an action on a resource; `*` is any."""
    if not any(
        compiled_policy(policy).clauses_about(action.lower())[1] for policy in policies
    ):
        return False
    action_policy = shared_policy(
        (Statement("Allow", Element((action,)), Element((resource,))),)
    )
    excesses = first_excesses(Standing.of(action_policy), Standing.of(*policies), domain)
    return not any(isinstance(excess, Excess) for excess in excesses)


@lru_cache(maxsize=CACHED_POLICIES)
def _with_conditions_met(policy: Policy) -> Policy:
    """Return the policy with its conditional Allows made unconditional, and without its
    conditional Denies.
    """
    return dataclasses.replace(policy, statements=tuple(_met_statements(policy)))


def _met_statements(policy: Policy) -> Iterator[Statement]:
    """Yield each Allow without its conditions, and each Deny that has none."""
    for statement in policy.statements:
        if statement.effect == "Allow":
            yield dataclasses.replace(statement, conditions=())
        elif not statement.conditions:
            yield statement
