"""Match the principals in a policy, and rank how closely each entry names a principal.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from itertools import product
from typing import TypeAlias, assert_never

from coffeeshop.policy.model import Effect, Kind, Principal, Principals, Standing

Entry: TypeAlias = tuple[str, str]  # the type of a principal, and its name
ANYBODY: Entry = ("AWS", "*")

_ACCOUNT_ARN_PATTERN = re.compile(r"arn:[^:]+:iam::(\d{12}):root")


def everyone_words(kind: Kind) -> str:
    """Return whom `*` means in a policy of this kind. Only principals can assume a role, because that call is signed.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    if kind is Kind.TRUST:
        return "every principal of every AWS account"
    return "everyone in the world"


class Naming(IntEnum):
    """How closely a resource policy names the principal. See rules 8 to 10 of `evaluation/authorize.py`."""

    NOT = 0
    ACCOUNT = 1  # ":root" or the account's number: only delegates
    ISSUER = 2  # the role of a session, the user of a federated session
    VERY = 3  # the user, the session, the service itself, or everyone: "*"


@lru_cache(maxsize=256)
def principal_names(principal: Principal) -> tuple[tuple[Naming, frozenset[Entry]], ...]:
    """Return the names of a principal (account, role of the session, its own) and how close
    each is.
    """
    account = {principal.account}
    issuer = {principal.role_arn, principal.role_id}
    own_names = {principal.arn, principal.id} - issuer
    match principal.kind:
        case "service":
            names_by_kind = [(Naming.VERY, ("Service",), own_names)]
        case "anonymous":
            names_by_kind = []
        case "root" | "account":
            names_by_kind = [(Naming.ACCOUNT, ("AWS",), account)]
        case "user" | "role" | "federated":
            very = (Naming.VERY, ("AWS", "Federated", "CanonicalUser"), own_names)
            names_by_kind = [
                (Naming.ACCOUNT, ("AWS",), account),
                (Naming.ISSUER, ("AWS",), issuer),
                very,
            ]
        case _:
            assert_never(principal.kind)
    entries = [
        (naming, frozenset(product(types, names - {""})))
        for naming, types, names in names_by_kind
    ]
    return tuple((naming, listed) for naming, listed in entries if listed)


def all_names(principal: Principal) -> frozenset[Entry]:
    """Return every name of a principal."""
    return frozenset[Entry]().union(*(listed for _, listed in principal_names(principal)))


def entries_of(principals: Principals) -> frozenset[Entry]:
    """Return the entries, with `arn:aws:iam::111122223333:root` written as `111122223333`.

    Both mean the same to AWS, so they compare equal.
    """
    matched_entries = (
        (type_, value, _ACCOUNT_ARN_PATTERN.fullmatch(value))
        for type_, value in principals.entries
    )
    return frozenset(
        (type_, account[1] if account else value)
        for type_, value, account in matched_entries
    )


def naming_test(principals: Principals, effect: Effect) -> Callable[[Standing], Naming]:
    """Return the function that says how closely a statement names the principal of a
    standing.

    In an Allow, NotPrincipal leaves out a principal that it lists under any name. In a Deny
    it must list all of the principal's names, and it never leaves out a principal with a
    permissions boundary.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    entries = entries_of(principals)
    if principals.negated:
        covers = all if effect == "Deny" else any
        everyone = ANYBODY in entries

        def names_not(standing: Standing) -> Naming:
            if effect == "Deny" and standing.has_boundary:
                return Naming.ISSUER
            names = principal_names(standing.principal)
            excluded = everyone or (
                bool(names)
                and covers(not entries.isdisjoint(listed) for _, listed in names)
            )
            return Naming.NOT if excluded else Naming.ISSUER

        return names_not
    if ANYBODY in entries:
        return lambda standing: Naming.VERY

    def names_them(standing: Standing) -> Naming:
        closest = (
            naming
            for naming, listed in principal_names(standing.principal)
            if not entries.isdisjoint(listed)
        )
        return max(closest, default=Naming.NOT)

    return names_them
