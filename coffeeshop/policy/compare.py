"""Comparison: is every request that *new* allows also allowed by *old*? If not, the cheapest requests that show it.

AWS answers the question in its cloud (CheckNoNewAccess), without a request that shows the difference; here the answer is
exact, offline, and comes with that request, the *witness*. The way there:

1. Both standings become formulas of statements (`policy.sides`): new allows a request if, in one of its alternatives,
   every group has a statement that matches and no Deny does; old refuses it if one of its Denies matches, or if in each
   of its alternatives some group has none that does.
2. For one action all statements but those that speak of it fall away. Actions of which the same statements speak are one
   class, and one of them stands for it (`policy.actions`).
3. What is left of a statement is a zone: classes of context keys, patterns of resources (`policy.zones`). "In these zones
   and in none of those" is searched for a point (`policy.search`).
4. The point becomes a request, and `authorize` is asked about it on both sides before anybody else sees it. So a
   difference that is reported is real; and since the search leaves out nothing, none means that there is none.

Whatever the search cannot settle within its budgets is `Undecided`, which is never to be read as "no excess".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

from coffeeshop.policy.comparison import Comparison, Found, doubt
from coffeeshop.policy.domain import Domain
from coffeeshop.policy.model import Excess, Fixed, Standing, Undecided

__all__ = ["Domain", "excesses"]

TRIALS = 64  # how many choices of values for unsettled policy variables are tried


def excesses(new: Standing, old: Standing, domain: Domain) -> Iterator[Excess | Undecided]:
    """What new allows and old does not, cheapest first: one witness for each statement of new, class of actions and
    class of resources. Nothing means that there is no excess. Lazy: the first costs little even where there are many.

    A key that only one of the standings fixes has that value for both; the witness carries it if the other reads it.
    """
    later: list[Found] = []
    for found in _all(new, old, domain):
        if found.cost:
            later.append(found)
        else:
            yield found.result
    yield from (found.result for found in sorted(later, key=lambda found: found.cost))


def _all(new: Standing, old: Standing, domain: Domain) -> Iterator[Found]:
    """Differences that are certain; then, of statements without any, whether what cannot be judged could be one."""
    exact = Comparison((new, old), domain)
    unsettled = exact.unsettled()
    differing = set[int]()
    doubts = [f"the policy variable ${{{key}}} may hold anything" for key in unsettled]
    for comparison in [Comparison((new, old), domain, extra) for extra in _trials(unsettled)] if unsettled else [exact]:
        for found in comparison.run(frozenset(differing)):
            differing.add(id(found.statement))
            yield found
        doubts += comparison.doubts
    if doubts:
        reason = "; ".join(dict.fromkeys(doubts))
        for found in Comparison((new, old), domain, guess=True).run(frozenset(differing)):
            if id(found.statement) not in differing:
                differing.add(id(found.statement))
                yield doubt(found.statement, reason)


def _trials(keys: tuple[str, ...]) -> Iterator[Mapping[str, Fixed]]:
    """Choices of values for unsettled policy variables: absent, or some word."""
    choices = product((None, ("x",)), repeat=len(keys))
    return (dict(zip(keys, chosen, strict=True)) for chosen in islice(choices, TRIALS))
