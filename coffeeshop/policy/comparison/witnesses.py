"""Turn a solver's answer into a witness: a request that shows a difference, with the context keys that matter.

Both functions for context take the formulas of the two standings that are compared.
"""

from __future__ import annotations

from itertools import chain, count

from coffeeshop.policy.comparison.formula import AccessFormula
from coffeeshop.policy.comparison.regions import Regions, keys_read
from coffeeshop.policy.comparison.solver import Solution
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import nearest_miss
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    Request,
    Standing,
    Statement,
    Values,
)


def shows_difference(
    standings: tuple[Standing, Standing], by: Statement | None, witness: Request
) -> bool:
    """Return whether the first standing allows a request and the second doesn't.

    If `by` is given, that statement must be one of those that allow it.
    """
    new, old = (authorize(standing, witness) for standing in standings)
    if not isinstance(new, Allowed) or isinstance(old, Allowed):
        return False
    return by is None or by in [match.statement for match in new.by]


def witness_context(
    sides: tuple[AccessFormula, AccessFormula],
    regions: Regions,
    action: str,
    solution: Solution,
) -> dict[str, Values]:
    """Return a solution's values, for the context keys that a statement about the action uses."""
    keys_read_by_rules = set[str]()
    for side in sides:
        for rule in side.rules_about(action):
            keys_read_by_rules.update(keys_read(side, rule))
    classes = (solution.classes.get(index, 0) for index in range(len(regions.dimensions)))
    carried = chain.from_iterable(map(regions.carried_values, count(), classes))
    return {
        name: value
        for name, value in carried
        if value is not None and name.lower() in keys_read_by_rules
    }


def context_fixed_by_one_side(
    sides: tuple[AccessFormula, AccessFormula], action: str
) -> dict[str, Values]:
    """Return the keys, with their values, that one session fixes and only the other's
    policies use.

    The witness has to carry them: the standing that reads them wouldn't know the value
    otherwise.
    """
    one_sided = dict[str, Values]()
    for side in sides:
        rules = side.rules_about(action) if side.lent else ()
        keys = (key for rule in rules for key in keys_read(side, rule))
        one_sided.update(side.lent[key] for key in keys if key in side.lent)
    return one_sided


def refusing_statement(refused: Decision) -> Statement | None:
    """Return the Deny that refused a request, or else the statement that came nearest to allowing it.

    None if no statement came near.
    """
    if isinstance(refused, ExplicitlyDenied):
        return refused.by[0].statement
    missed = nearest_miss(refused)
    if missed is None:
        return None
    return missed.matched.statement
