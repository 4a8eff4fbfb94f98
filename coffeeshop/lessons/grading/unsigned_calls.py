"""The calls that the bearer of an issuer's token makes, and that nobody makes with a credential of AWS.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

from functools import lru_cache

from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.same import Same
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Element, Statement

TOKEN_CALLS = ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
# Kinds of principals that can be the bearer of a token: they show no credential of AWS.
BEARERS = frozenset({"federated", "anonymous"})


def fence_of_unsigned_calls(account: Account, principal_kind: str) -> tuple[Statement, ...]:
    """Return a Deny of the calls that only the bearer of a token makes, for all other principals.

    It is needed only if the trust policy of a role allows them to others than providers.
    """
    if principal_kind in BEARERS or not _trusts_others(Same(account.roles)):
        return ()
    return (Statement("Deny", Element(TOKEN_CALLS), Element(("*",))),)


@lru_cache(maxsize=16)  # each member of each class asks
def _trusts_others(roles: Same[SortedMap[Role]]) -> bool:
    """Return whether the trust policy of a role allows a token's call to others than providers."""
    return any(
        any(kind != "Federated" for kind, _ in statement.principals.entries)
        and any(
            glob(pattern.lower())(action.lower())
            for pattern in statement.actions.values
            for action in TOKEN_CALLS
        )
        for role in roles.value.values()
        for statement in role.trust.policy.statements
        if statement.effect == "Allow" and statement.principals
    )
