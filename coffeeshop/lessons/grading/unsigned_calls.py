"""The calls that AWS takes without a signature, and those that nobody signs.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from functools import lru_cache

from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.same import Same
from coffeeshop.policy.evaluation.authorize import lacks_identity_policies
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Element, Principal, Statement

TOKEN_CALLS = ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
# What someone without any credential of AWS can ask for. Everything else needs a signature.
WITHOUT_SIGNATURE = (
    *("s3:*", "sqs:*", "sns:*", "lambda:InvokeFunctionUrl"),
    *(*TOKEN_CALLS, "sts:TagSession", "sts:SetSourceIdentity"),
)


def fence_of_unsigned_calls(
    account: Account, principal: Principal
) -> tuple[Statement, ...]:
    """Return a Deny of the calls that a principal can't send, whatever a policy allows.

    Who signs calls never sends those of a token's bearer. This Deny is needed only if the trust policy
    of a role allows them to others than providers.
    """
    if principal.kind == "anonymous":
        return (_deny(Element(WITHOUT_SIGNATURE, negated=True)),)
    is_bearer = principal.kind == "federated" and lacks_identity_policies(principal)
    if not is_bearer and _trusts_others(Same(account.roles)):
        return (_deny(Element(TOKEN_CALLS)),)
    return ()


def _deny(actions: Element) -> Statement:
    """Return a Deny of these actions on everything."""
    return Statement("Deny", actions, Element(("*",)))


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
