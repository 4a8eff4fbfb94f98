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

from coffeeshop.policy.comparison.budgets import CLASSES, BudgetError, Steps
from coffeeshop.policy.comparison.theories import (
    EXACT,
    key_theory,
    literal_theories,
    propose_values,
)
from coffeeshop.policy.language.literal_predicates import Shape, literal_shape
from coffeeshop.policy.model import Values

PRESENCE = 1_000  # the cost of a present key: a witness prefers few keys to short ones

Value: TypeAlias = (
    "Values | None"  # the values of the key in a request, or None if it is absent
)


@dataclass(frozen=True, slots=True)
class Key:
    """The possible values of one key in requests.

    `type` is the catalogue's ("String", "ARN", "Bool", "Numeric", "Date", "IPAddress", "Binary"), or "" if it is unknown.
    `several` tells that there can be several values. `absent` tells that the key can be missing.
    """

    type: str = ""
    several: bool = False
    absent: bool = True


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
    tests: Sequence[ValueTest],
    shapes: Iterable[Shape],
    steps: Steps | None = None,
) -> Dimension:
    """Return the classes of a key's values: values of one class pass the same tests.

    `shapes` are the literals that the tests compare with. If there are too many classes,
    the dimension has a doubt.
    """
    steps = steps or Steps()
    literals = _distinguishing_literals(key, tuple(shapes))

    def truth(value: Value) -> int:
        """Return which tests are true of a value, as bits. Values with the same bits are one class."""
        steps.take((len(tests) + len(literals)) * max(1, len(value or ())))
        return sum(1 << number for number, test in enumerate(tests) if test(value))

    with steps.at_most(steps.remaining // 2):
        single, doubt = propose_values(name, literals, key.type, steps)
    best: dict[int, Value] = {}
    try:
        for value in _possible_values(name, key, single, literals, truth, steps):
            best.setdefault(truth(value), value)
            if len(best) >= CLASSES:
                raise BudgetError("classes: there are too many kinds of values")
    except BudgetError as error:
        doubt = f"{error} in {name}"
    return Dimension(*rank_classes(best or {0: None}, len(tests), value_cost), doubt)


def _distinguishing_literals(key: Key, literals: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Return the literals by which to propose values.

    For a key with several values of text, "" is added, so that a text that no literal names
    is proposed as well. (The automaton's first sample would be "" otherwise, and sets can't
    contain it.)
    """
    empty = key.several and literal_theories(key.type, literals) == {"String"}
    if empty:
        return (*literals, literal_shape(""))
    return literals


def _possible_values(
    name: str,
    key: Key,
    single: Values,
    literals: tuple[Shape, ...],
    truth: Callable[[Value], int],
    steps: Steps,
) -> Iterator[Value]:
    """Yield values of a key in requests, from which the classes are found. None, for absence, is first.

    `single` are the values proposed for it, and `literals` are those that the conditions compare it with. If
    it can have several values, sets of them follow. `truth` returns as bits which conditions a value meets,
    so that sets which tell nothing new are left out. Each try takes from `steps`.
    """
    if key.absent:
        yield None
    if key.several:
        yield from _value_sets(
            _set_members(name, key.type, single, literals, truth, steps), truth, steps
        )
    else:
        yield from ((text,) for text in single)


def rank_classes(
    best: Mapping[int, V], tests: int, price: Callable[[V], int]
) -> tuple[tuple[V, ...], tuple[int, ...], tuple[int, ...]]:
    """Return the representatives, cheapest first, their costs, and the mask of each test.

    `best` has a representative for each class, by the bits of the tests that are true of
    it. `tests` is the number of tests.
    """
    order = sorted(best.items(), key=lambda item: price(item[1]))

    def mask(test: int) -> int:
        return sum(1 << at for at, (vector, _) in enumerate(order) if vector >> test & 1)

    representatives = tuple(representative for _, representative in order)
    return (
        representatives,
        tuple(map(price, representatives)),
        tuple(map(mask, range(tests))),
    )


OPAQUE = Dimension((None, None), (0, 0), (0b10,))  # an opaque condition: false or true


def value_cost(value: Value) -> int:
    """Return the cost of a value.

    A witness prefers an absent key, then one value to several, then short plain texts.
    """
    if value is None:
        return 0
    return PRESENCE * len(value) + sum(
        len(text) + 20 * (not text or not text.isprintable()) for text in value
    )


def _set_members(
    name: str,
    type: str,
    singles: Values,
    literals: tuple[Shape, ...],
    truth: Callable[[Value], int],
    steps: Steps,
) -> Values:
    """Return the non-empty single values of which sets are made.

    `truth` returns the tests that a value passes, as bits. If a plain operator tells a set
    of two from one of its members, each class needs a second value, so more are proposed.
    """
    singles = tuple(filter(None, singles))
    if all(truth((value, value)) == truth((value,)) for value in singles):
        return singles
    literals_of_singles = map(EXACT[key_theory(type, literals)], singles)
    further_values, _ = propose_values(name, (*literals, *literals_of_singles), type, steps)
    return tuple(dict.fromkeys((*singles, *filter(None, further_values))))


def _value_sets(
    singles: Iterable[str], truth: Callable[[Value], int], steps: Steps
) -> Iterator[Values]:
    """Yield sets of values. Single values are first, then sets with one more member, until nothing new appears.

    Set operators test any member (ForAnyValue) or all members (ForAllValues). Plain operators test whether there are several. One
    set for each combination of results is enough.
    """
    values_by_truth: dict[int, list[str]] = {}
    for value in singles:
        values_by_truth.setdefault(truth((value,)), []).append(value)
    members = [
        (vector, value)
        for vector, values in values_by_truth.items()
        for value in values[:2]
    ]
    value_sets: list[tuple[Values, int, int]] = [
        ((value,), vector, vector) for vector, value in members
    ]
    seen: set[tuple[int, int]] = set()
    yield from (value for value, _, _ in value_sets)
    for value, any_of, all_of in value_sets:
        steps.take(len(members))
        for vector, extra in members:
            state = (any_of | vector, all_of & vector)
            if extra not in value and state not in seen:
                seen.add(state)
                value_sets.append(((*value, extra), *state))
                yield (*value, extra)
