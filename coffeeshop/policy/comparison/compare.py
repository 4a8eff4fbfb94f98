"""Decide whether *old* allows every request that *new* allows. If not, find the cheapest request that it doesn't.

AWS answers this question in its cloud (CheckNoNewAccess), without an example. Here the answer is exact and offline, and it has
an example, the *witness*. The steps are:

1. Both standings become formulas of statements (`formula`). New allows a request if, in one of its alternatives, every group
   has a matching statement and no Deny matches. Old refuses it if a Deny matches, or if in each alternative some group has no
   match.
2. For one action, only the statements about it matter. Actions with the same statements are one class, with one
   representative (`action_classes`).
3. Each remaining statement is a region: classes of context keys and patterns of resources (`regions`). The solver searches
   for a point inside some regions and outside others (`solver`).
4. The point becomes a request, and `authorize` evaluates it on both sides. So every reported difference is real. The search is
   complete, so no result means no difference.

If a budget runs out, the result is `Undecided`. It must never be read as "no excess".
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from coffeeshop.policy.comparison.budgets import MAX_LISTED_VALUES, BudgetError, Steps
from coffeeshop.policy.comparison.representatives import (
    ANYONE_ARN,
    OWNER_ACCOUNT,
    distinct_principals,
    with_principal,
)
from coffeeshop.policy.comparison.variable_instances import variable_value_choices
from coffeeshop.policy.evaluation.match import compiled_policy, shared_policy
from coffeeshop.policy.model import (
    PRESENT,
    Element,
    Excess,
    Fixed,
    Standing,
    Statement,
    Undecided,
    Values,
)

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.differences import Difference
    from coffeeshop.policy.comparison.domain import Domain
    from coffeeshop.policy.comparison.formula import Focus

__all__ = ["access_question", "equivalent", "excesses", "with_principal"]


def excesses(
    new: Standing, old: Standing, domain: Domain, steps: Steps | None = None
) -> Iterator[Excess | Undecided]:
    """Yield the requests that `new` allows and `old` doesn't, the cheapest first. No result
    means that there are none.

    There is one witness for each statement of `new`, class of actions and class of
    resources. The search is lazy, so the first one costs little even if there are many. To
    find what `new` lacks, swap the standings.

    A key that only one of the standings fixes has that value for both. The witness carries
    it if the other standing reads it. `steps` is the budget, if several comparisons share
    one. By default it is `budgets.STEPS`. If the budget runs out, the last result is an
    Undecided.
    """
    found_by_cost: list[tuple[int, int, Excess | Undecided]] = []
    try:
        _refuse_too_many_values(new, old)
        for number, difference in enumerate(
            _find_differences(new, old, domain, steps or Steps())
        ):
            heappush(found_by_cost, (difference.cost, number, difference.result))
            while found_by_cost and found_by_cost[0][0] <= difference.floor:
                yield heappop(found_by_cost)[2]
    except BudgetError as error:
        heappush(found_by_cost, (sys.maxsize, sys.maxsize, Undecided(str(error))))
    while found_by_cost:
        yield heappop(found_by_cost)[2]


def _refuse_too_many_values(*standings: Standing) -> None:
    """Raise BudgetError if the policies list too many values to be kept in memory."""
    policies = (
        policy
        for standing in standings
        for layer in standing.layers
        for policy in layer.policies
    )
    if sum(compiled_policy(policy).value_count for policy in policies) > MAX_LISTED_VALUES:
        raise BudgetError(
            f"values: the policies list more than {MAX_LISTED_VALUES:,}, which is more than can be compared"
        )


def equivalent(
    first: Standing, second: Standing, domain: Domain
) -> Iterator[Excess | Undecided]:
    """Yield the differences of two standings, in both directions. No result means that they are equal."""
    yield from excesses(first, second, domain)
    yield from excesses(second, first, domain)


def access_question(
    standing: Standing, actions: Values, resources: Values, domain: Domain
) -> tuple[Standing, Standing, Domain]:
    """Return arguments for `excesses` whose results are requests for these actions and
    resources that the standing allows.

    `actions` and `resources` are patterns. The old standing allows everything but these, so
    every excess is one of them. This is AWS's CheckAccessNotGranted.

    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckAccessNotGranted.html
    """
    anything = Statement("Allow", Element(("*",)), Element(("*",)))
    but_these = Statement("Deny", Element(actions), Element(resources))
    return (
        standing,
        Standing.of(shared_policy((anything, but_these))),
        replace(domain, asked=actions),
    )


def _find_differences(
    new: Standing, old: Standing, domain: Domain, steps: Steps
) -> Iterator[Difference]:
    """Yield the differences of two standings.

    A standing of only policies has no principal. Then there is one comparison for each kind
    of principal that their Principal elements tell apart. The same statement, action and
    resource is reported for the first kind only.
    """
    if new.principal.arn == ANYONE_ARN:
        callers = distinct_principals(new, old)
    else:
        callers = ()
    if not callers:
        yield from _resolve_doubts(new, old, domain, steps)
    reported_keys = set[tuple[int, str, str]]()
    for number, principal in enumerate(callers):
        with steps.at_most(steps.remaining // (len(callers) - number)):
            for difference in _resolve_doubts(
                with_principal(new, principal),
                with_principal(old, principal),
                replace(domain, owner=OWNER_ACCOUNT),
                steps,
            ):
                if isinstance(difference.result, Undecided):
                    yield difference
                    continue
                witness = difference.result.witness
                kind = (id(difference.statement), witness.action, witness.resource)
                if kind not in reported_keys:
                    reported_keys.add(kind)
                    yield replace(
                        difference, result=replace(difference.result, principal=principal)
                    )


def _resolve_doubts(
    new: Standing, old: Standing, domain: Domain, steps: Steps
) -> Iterator[Difference]:
    """Yield the proven differences, then the doubts that remain about other statements.

    A doubtful statement is compared once more by itself. The values in the other statements
    don't matter to it, and may be why there were too many classes.
    """
    differing = set[int]()
    doubtful: dict[int, Difference] = {}
    for difference in _compare_all_statements(new, old, domain, steps):
        if isinstance(difference.result, Undecided):
            doubtful.setdefault(id(difference.statement), difference)
        else:
            differing.add(id(difference.statement))
            yield difference
    retried = [
        difference for number, difference in doubtful.items() if number not in differing
    ]
    if not retried or (len(retried) == 1 and not differing):
        yield from retried
        return
    from coffeeshop.policy.comparison.formula import Focus

    focus = Focus(new)
    for number, difference in enumerate(retried):
        with steps.at_most(steps.remaining // (len(retried) - number)):
            yield from _compare_one_statement(focus, new, old, domain, steps, difference)


def _compare_all_statements(
    new: Standing, old: Standing, domain: Domain, steps: Steps
) -> Iterator[Difference]:
    """Yield the differences of all statements, then a doubt for each statement that couldn't be judged exactly.

    Policy variables whose value nothing fixes are tried with several values. If any reason
    for doubt remains, the pair is compared again with guesses: a statement without a
    difference even then is certain to have none.
    """
    # Imported late, so that a shop opens faster.
    from coffeeshop.policy.comparison.differences import doubtful_difference
    from coffeeshop.policy.comparison.inclusion import InclusionCheck

    exact = InclusionCheck((new, old), domain, steps)
    unsettled = exact.unsettled_variables()
    doubts = [f"the policy variable ${{{key}}} may hold anything" for key in unsettled]
    differing = set[int]()
    doubtful = set[int]()
    choices = [
        chosen_values
        for chosen_values in variable_value_choices(unsettled, (new, old))
        if not _leaves_out_fixed_key(chosen_values, (new, old))
    ]
    with steps.at_most(steps.remaining // 2):
        for number, settled in enumerate(choices):
            try:
                with steps.at_most(steps.remaining // (len(choices) - number)):
                    if unsettled:
                        pair = _without_keys(new, settled), _without_keys(old, settled)
                        check = InclusionCheck(pair, domain, steps, settled)
                    else:
                        check = exact
                    for difference in check.find_differences(frozenset(differing)):
                        if isinstance(difference.result, Undecided):
                            doubtful.add(id(difference.statement))
                        else:
                            differing.add(id(difference.statement))
                        yield difference
                    doubts += check.doubts
            except BudgetError as error:
                doubts.append(str(error))
    if doubts:
        reason = "; ".join(dict.fromkeys(doubts))
        reported = frozenset(differing | doubtful)
        try:
            with steps.at_most(steps.remaining // 2):
                guess = InclusionCheck((new, old), domain, steps, guess=True)
                for difference in guess.find_differences(reported):
                    yield doubtful_difference(difference.statement, reason)
        except BudgetError:
            yield from exact.doubts_of_all(reason, reported)


def _leaves_out_fixed_key(
    chosen_values: Mapping[str, Fixed], standings: tuple[Standing, ...]
) -> bool:
    """Return whether a choice of values leaves out (None) a key that one of the sessions
    always has. No request is like that.
    """
    present = {
        key.lower()
        for standing in standings
        for key, value in standing.fixed.items()
        if value is PRESENT
    }
    return any(value is None and key in present for key, value in chosen_values.items())


def _without_keys(standing: Standing, chosen_values: Mapping[str, Fixed]) -> Standing:
    """Return the standing without its own entries for the chosen keys, so that the chosen
    values count.

    An entry "present, with any value" would otherwise replace the value that is being
    tried.
    """
    fixed = {
        key: value
        for key, value in standing.fixed.items()
        if key.lower() not in chosen_values
    }
    if len(fixed) == len(standing.fixed):
        return standing
    return replace(standing, fixed=fixed)


def _compare_one_statement(
    focus: Focus,
    new: Standing,
    old: Standing,
    domain: Domain,
    steps: Steps,
    doubtful: Difference,
) -> Iterator[Difference]:
    """Yield the differences of a doubtful statement, compared by itself. If that fails, yield the old doubt."""
    from coffeeshop.policy.comparison.formula import restore_citation

    try:
        for difference in _compare_all_statements(
            focus.standing_with_only(doubtful.statement), old, domain, steps
        ):
            if difference.statement is not doubtful.statement:
                continue
            if isinstance(difference.result, Undecided):
                yield doubtful
                return
            yield replace(
                difference,
                result=replace(
                    difference.result, by=restore_citation(new, difference.result.by)
                ),
            )
    except BudgetError:
        yield doubtful
