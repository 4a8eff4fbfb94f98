"""Which roles trust a principal by name. Of many roles, few trust any one principal, so this is an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.same import Same
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.language.principals import ANYBODY, Entry, all_names, entries_of
from coffeeshop.policy.model import Principal


def roles_trusting(account: Account, principal: Principal) -> Iterator[Role]:
    """Yield the roles whose trust policy allows sts:AssumeRole to a principal by name, or to every principal.

    Conditions and Denies aren't checked, so it can yield too many roles, but never too few.
    """
    roles_by_entry = _roles_by_entry(Same(account.roles.origin))
    keys = {
        key
        for entry in (ANYBODY, *all_names(principal))
        for key in roles_by_entry.get(entry, ())
    }
    yield from (account.roles[key] for key in sorted(keys))


@lru_cache(maxsize=16)
def _roles_by_entry(roles: Same[SortedMap[Role]]) -> Mapping[Entry, list[str]]:
    """Return the keys of the roles by the principals that their trust policies name. NotPrincipal counts as `*`."""
    role_keys: dict[Entry, list[str]] = {}
    for key, role in roles.value.items():
        for clause in compiled_policy(role.trust.policy).clauses_about("sts:assumerole")[1]:
            principals = clause.statement.principals
            if principals and not principals.negated:
                entries = entries_of(principals)
            else:
                entries = (ANYBODY,)
            for entry in entries:
                role_keys.setdefault(entry, []).append(key)
    return role_keys
