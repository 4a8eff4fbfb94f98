"""Divide the possible values of one context key into finitely many classes, each with its cheapest representative.

A key has infinitely many values, but conditions distinguish only finitely many kinds. For `NumericLessThan 10` and
`NumericEquals 20`, the values 9, 10, 11, 20 and 21 are enough. The literals propose values (`theories`), and every condition is
*tried* on each with the test that decides requests. Values on which all conditions agree are one class. A condition is then a
mask: bit i tells whether it is true in class i. "And" is `&` and "not" is `~`. Classes are sorted by cost, so the lowest bit of
a mask is its cheapest value. Absence is a class as well, and the cheapest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from coffeeshop.policy.comparison.budgets import MAX_VALUE_CLASSES, BudgetError, Steps
from coffeeshop.policy.comparison.theories import (
    EXACT_LITERALS,
    key_theory,
    literal_theories,
    propose_values,
)
from coffeeshop.policy.language.literal_predicates import Shape, literal_shape
from coffeeshop.policy.model import Values

PRESENCE_COST = 1_000  # the cost of a present key: a witness prefers few keys to short ones

# The values of a key in a request, or None if the key is absent.
Value: TypeAlias = "Values | None"


@dataclass(frozen=True, slots=True)
class Key:
    """The possible values of one key in requests.

    `type` is the catalogue's ("String", "ARN", "Bool", "Numeric", "Date", "IPAddress", "Binary"), or "" if it is unknown.
    A key that can have several values never has an empty one. One that is `never_sent` has no value.
    """

    type: str = ""
    can_have_several: bool = False
    can_be_absent: bool = True
    can_be_empty: bool = True
    never_sent: bool = False

    @property
    def always_has_text(self) -> bool:
        """Return whether no request has this key with an empty value."""
        return self.can_have_several or not self.can_be_empty


@dataclass(frozen=True, slots=True)
class Dimension:
    """The classes of one key: a representative of each, cheapest first, its cost, and each
    test's mask.

    `doubt` says why a class may be missing. Then a difference that is found is true, but
    finding none proves nothing.
    """

    values: tuple[Value, ...]
    costs: tuple[int, ...]
    masks: tuple[int, ...]
    doubt: str = ""

    @property
    def full_mask(self) -> int:
        """Return the mask of all classes."""
        return (1 << len(self.values)) - 1

    def is_unconstrained(self, mask: int) -> bool:
        """Return whether a mask allows every class, so that a request needn't have the key."""
        return mask == self.full_mask and self.values[0] is None


ValueTest: TypeAlias = Callable[[Value], bool]
V = TypeVar("V")


def key_dimension(
    name: str,
    key: Key,
    value_tests: Sequence[ValueTest],
    shapes: Iterable[Shape],
    steps: Steps | None = None,
) -> Dimension:
    """Return the classes of a key's values: values of one class pass the same tests.

    `shapes` are the literals that the tests compare with. If there are too many classes,
    the dimension has a doubt.
    """
    steps = steps or Steps()
    literals = _distinguishing_literals(key, tuple(shapes))

    def passed_tests(value: Value) -> int:
        """Return which tests are true of a value, as bits. Values with the same bits are one class."""
        steps.take((len(value_tests) + len(literals)) * max(1, len(value or ())))
        return sum(1 << number for number, test in enumerate(value_tests) if test(value))

    with steps.at_most(steps.remaining // 2):
        single_values, doubt = propose_values(name, literals, key.type, steps)
    best_by_passed_tests: dict[int, Value] = {}
    try:
        for value in _possible_values(
            name, key, single_values, literals, passed_tests, steps
        ):
            best_by_passed_tests.setdefault(passed_tests(value), value)
            if len(best_by_passed_tests) >= MAX_VALUE_CLASSES:
                raise BudgetError("classes: there are too many kinds of values")
    except BudgetError as error:
        doubt = f"{error} in {name}"
    return Dimension(
        *rank_classes(best_by_passed_tests or {0: None}, len(value_tests), value_cost),
        doubt,
    )


def _distinguishing_literals(key: Key, literals: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Return the literals by which to propose values.

    For a text that is never empty, "" is added as a literal. Otherwise the automaton would propose ""
    for the texts that no literal names.
    """
    if key.always_has_text and literal_theories(key.type, literals) == {"String"}:
        return (*literals, literal_shape(""))
    return literals


def _possible_values(
    name: str,
    key: Key,
    single_values: Values,
    literals: tuple[Shape, ...],
    passed_tests: Callable[[Value], int],
    steps: Steps,
) -> Iterator[Value]:
    """Yield values that a key can have in a request. The first is None, for a request without the key.

    Values that pass the same tests form one class. If the key can have several values,
    combinations of `single_values` follow. `passed_tests` returns the tests that a value
    passes, as bits. It finds which combinations pass other tests than the earlier ones.
    Each try takes from `steps`.
    """
    if key.can_be_absent:
        yield None
    if key.never_sent:
        return
    if key.always_has_text:
        single_values = tuple(filter(None, single_values))
    if key.can_have_several:
        yield from _value_sets(
            _set_members(name, key.type, single_values, literals, passed_tests, steps),
            passed_tests,
            steps,
        )
    else:
        yield from ((text,) for text in single_values)


def rank_classes(
    representative_by_bits: Mapping[int, V], test_count: int, cost_of: Callable[[V], int]
) -> tuple[tuple[V, ...], tuple[int, ...], tuple[int, ...]]:
    """Return the representatives, cheapest first, their costs, and the mask of each test.

    `representative_by_bits` has a representative for each class, by the bits of the tests
    that it passes.
    """
    order = sorted(representative_by_bits.items(), key=lambda item: cost_of(item[1]))

    def test_mask(test: int) -> int:
        return sum(
            1 << index
            for index, (passed_bits, _) in enumerate(order)
            if passed_bits >> test & 1
        )

    representatives = tuple(representative for _, representative in order)
    return (
        representatives,
        tuple(map(cost_of, representatives)),
        tuple(map(test_mask, range(test_count))),
    )


OPAQUE_DIMENSION = Dimension(
    (None, None), (0, 0), (0b10,)
)  # an opaque condition: false or true


def value_cost(value: Value) -> int:
    """Return the cost of a value.

    A witness prefers an absent key, then one value to several, then short plain texts.
    """
    if value is None:
        return 0
    return PRESENCE_COST * len(value) + sum(
        len(text) + 20 * (not text or not text.isprintable()) for text in value
    )


def _set_members(
    name: str,
    type: str,
    single_values: Values,
    literals: tuple[Shape, ...],
    passed_tests: Callable[[Value], int],
    steps: Steps,
) -> Values:
    """Return the single values that sets are made of.

    An operator may treat a set of two values of a class differently from a set of one. Then each class
    needs a second value, so more values are proposed.
    """
    if all(
        passed_tests((value, value)) == passed_tests((value,)) for value in single_values
    ):
        return single_values
    literals_of_values = map(EXACT_LITERALS[key_theory(type, literals)], single_values)
    further_values, _ = propose_values(name, (*literals, *literals_of_values), type, steps)
    return tuple(dict.fromkeys((*single_values, *filter(None, further_values))))


def _value_sets(
    single_values: Iterable[str], passed_tests: Callable[[Value], int], steps: Steps
) -> Iterator[Values]:
    """Yield sets of values: single values first, then sets with one more member, until no
    set passes other tests.

    Set operators test any member (ForAnyValue) or all members (ForAllValues). Other
    operators test whether there are several members. So a set's results follow from the
    tests that any and that all of its members pass, and one set for each such combination
    is enough.
    """
    values_by_passed_tests: dict[int, list[str]] = {}
    for value in single_values:
        values_by_passed_tests.setdefault(passed_tests((value,)), []).append(value)
    members = [
        (tests_passed, value)
        for tests_passed, values in values_by_passed_tests.items()
        for value in values[:2]
    ]
    value_sets: list[tuple[Values, int, int]] = [
        ((value,), passed_bits, passed_bits) for passed_bits, value in members
    ]
    seen_states: set[tuple[int, int]] = set()
    yield from (value for value, _, _ in value_sets)
    for value, passed_by_any, passed_by_all in value_sets:
        steps.take(len(members))
        for passed_bits, added_value in members:
            state = (passed_by_any | passed_bits, passed_by_all & passed_bits)
            if added_value not in value and state not in seen_states:
                seen_states.add(state)
                value_sets.append(((*value, added_value), *state))
                yield (*value, added_value)
