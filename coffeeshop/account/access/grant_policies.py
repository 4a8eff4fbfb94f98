"""Write a grant of a KMS key as a policy of the key, so that one engine decides by both.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from coffeeshop.account.resources import KmsGrant
from coffeeshop.policy.model import Condition, Element, Policy, Principals, Statement

EVERY_KEY = Element(("*",))  # the layer is attached to one key
# Operations that a grant's constraints don't limit, since they take no encryption context.
UNCONSTRAINED_OPERATIONS = frozenset({"DescribeKey", "RetireGrant"})
# In this version, a value such as ${aws:username} is plain text.
PLAIN_TEXT = "2008-10-17"
GRANT_PREFIX = "grant "  # begins the name of a grant as a policy


def grant_policy(grant: KmsGrant) -> Policy:
    """Return what a grant allows: its operations to the grantee, and its end to the retiring principal.

    A grant only allows. Through CreateGrant, the grantee can pass on no more than the grant itself has.
    https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html
    """
    name = f"{GRANT_PREFIX}{grant.name or grant.id[:8]}"
    conditions = tuple(_constraint_conditions(grant))
    return _allowing_policy(
        name, grant.grantee, grant.operations, grant.retiring, conditions
    )


def grant_name(policy: Policy) -> str:
    """Return the name of the grant that a policy stands for. "": it is a written policy."""
    is_grant = not policy.text and policy.name.startswith(GRANT_PREFIX)
    return policy.name.removeprefix(GRANT_PREFIX) if is_grant else ""


@lru_cache(maxsize=2048)  # each decision about a key asks for the same grants again
def _allowing_policy(
    name: str,
    grantee: str,
    operations: tuple[str, ...],
    retiring: str,
    conditions: tuple[Condition, ...],
) -> Policy:
    """Return a grant of a KMS key as a policy. `grantee` can call the operations, and `retiring` can end the grant.

    The grant's conditions don't apply to UNCONSTRAINED_OPERATIONS operations. A grantee that can create grants can
    only pass on operations of its own grant.
    """
    statements: list[Statement] = []
    constrained = [
        operation
        for operation in operations
        if operation not in UNCONSTRAINED_OPERATIONS and operation != "CreateGrant"
    ]
    free = [operation for operation in operations if operation in UNCONSTRAINED_OPERATIONS]
    if constrained:
        statements.append(_allow(grantee, constrained, conditions))
    if free:
        statements.append(_allow(grantee, free, ()))
    if "CreateGrant" in operations:
        no_more = Condition(
            "StringEquals", "kms:GrantOperations", operations, "ForAllValues"
        )
        statements.append(_allow(grantee, ["CreateGrant"], (*conditions, no_more)))
    if retiring:
        statements.append(_allow(retiring, ["RetireGrant"], ()))
    return Policy(tuple(statements), name=name, version=PLAIN_TEXT)


def _allow(
    principal: str, operations: list[str], conditions: tuple[Condition, ...]
) -> Statement:
    """Return a statement that allows a principal some operations."""
    actions = Element(tuple(f"kms:{operation}" for operation in operations))
    principals = Principals((("AWS", principal),))
    return Statement("Allow", actions, EVERY_KEY, principals, conditions)


def _constraint_conditions(grant: KmsGrant) -> Iterator[Condition]:
    """Yield the grant's constraint on the encryption context, as conditions."""
    pairs: Mapping[str, str] = grant.equal or grant.subset or {}
    for key, value in pairs.items():
        yield Condition("StringEquals", f"kms:EncryptionContext:{key}", (value,))
    if grant.equal:
        keys = tuple(grant.equal)
        yield Condition("StringEquals", "kms:EncryptionContextKeys", keys, "ForAllValues")
