"""Which roles trust somebody by name: looked up, since of many roles few trust any one."""

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


def roles_trusting(account: Account, who: Principal) -> Iterator[Role]:
    """Yields the roles whose trust policy lets somebody, by any of their names, or anybody take them by sts:AssumeRole.
    It over-approximates: conditions and Denies are not looked at.
    """
    trusting = _by_entry(Same(account.roles.origin))
    named = {key for entry in (ANYBODY, *all_names(who)) for key in trusting.get(entry, ())}
    yield from (account.roles[key] for key in sorted(named))


@lru_cache(maxsize=16)
def _by_entry(roles: Same[SortedMap[Role]]) -> Mapping[Entry, list[str]]:
    """Returns the keys of roles by whom their trust names; those that leave somebody out name anybody."""
    found: dict[Entry, list[str]] = {}
    for key, role in roles.value.items():
        for clause in compiled_policy(role.trust.policy).clauses_about("sts:assumerole")[1]:
            principals = clause.statement.principals
            for entry in (
                entries_of(principals)
                if principals and not principals.negated
                else (ANYBODY,)
            ):
                found.setdefault(entry, []).append(key)
    return found
