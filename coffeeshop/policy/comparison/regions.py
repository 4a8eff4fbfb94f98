"""Lays the statements of both sides of a comparison into the same dimensions: each becomes a region.

Of every condition there are three sorts. Its key may be *settled* by the session (`aws:username` is casey): then it is
true or false now. Or it is *free*: then it is a mask in the dimension of its key. Or it is *opaque*: it holds a policy
variable that nobody has settled, or its key mixes literals of several theories. An opaque condition is
over-approximated by a free Boolean, shared by identical conditions of both sides. That can add spurious differences and
never hides one; so finding none is a proof.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from coffeeshop.policy.comparison import clock
from coffeeshop.policy.comparison.budgets import CostedResult, Steps
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.comparison.formula import AccessFormula, Rule
from coffeeshop.policy.comparison.resource_patterns import Resources
from coffeeshop.policy.comparison.solver import Region, ResourceConstraint
from coffeeshop.policy.comparison.value_classes import (
    OPAQUE,
    Dimension,
    Key,
    Value,
    key_dimension,
)
from coffeeshop.policy.evaluation.match import VARIABLES_SINCE, escape_misplaced_variables
from coffeeshop.policy.language.arn import arn_tokens
from coffeeshop.policy.language.conditions import OPERATORS, Test, condition_test
from coffeeshop.policy.language.literal_predicates import (
    Shape,
    Text,
    literal_shape,
    text_shape,
)
from coffeeshop.policy.language.patterns import Wild, escape_wildcards, pattern_tokens
from coffeeshop.policy.language.variables import (
    Variable,
    escape_variables,
    resolve_variables,
    split_variables,
    variable_names,
)
from coffeeshop.policy.model import Condition, Element, Kind, Values

SAME = {"StringEquals", "StringLike"}
LAID = 100  # steps that it takes to lay out one condition


class Use(NamedTuple):
    """Holds a condition where it is used, its compiled test, and whether `${...}` is a variable in its document."""

    side: AccessFormula
    condition: Condition
    test: Test
    variables: bool

    @property
    def key(self) -> str:
        """Return the key, as it is looked up."""
        return self.condition.key.lower()

    @property
    def variable_names(self) -> tuple[str, ...]:
        """Return the keys that its values ask for as variables."""
        dollars = self.variables and OPERATORS[self.condition.operator].type in (
            "String",
            "ARN",
        )
        if dollars:
            return tuple(
                name for value in self.condition.values for name in variable_names(value)
            )
        return ()

    @property
    def is_unsettled(self) -> bool:
        """Return whether it holds a variable that nobody has settled."""
        return any(not self.side.is_settled(name) for name in self.variable_names)

    @property
    def meaning(self) -> Hashable:
        """Return what is equal for two uses that mean the same."""
        return (
            self.condition,
            self.variables,
            tuple(self.side.settled_value(name) for name in self.variable_names),
        )

    def is_met_by(self, value: Value) -> bool:
        """Return whether it holds when its key holds this."""
        context = self.side.settled
        written = clock.write_moment(self.key, value)
        return self.test(context if written is None else {**context, self.key: written})

    def shapes(self) -> Iterator[Shape]:
        """Yield what its literals propose."""
        operator = OPERATORS[self.condition.operator]
        if operator.about is not None:
            yield operator.about
        for value in self.condition.values:
            if self.variable_names:
                pattern = resolve_variables(value, self.side.settled)
            elif self.variables:
                pattern = value
            else:
                pattern = escape_variables(value)
            if pattern is not None:
                yield operator.propose(pattern)


class Regions:
    """Makes the dimensions of a pair of standings when they are first asked for, and each statement's region in them.

    With `guess`, conditions that cannot be judged exactly are opaque; without, they are judged as well as can be.
    """

    def __init__(
        self,
        sides: tuple[AccessFormula, AccessFormula],
        domain: Domain,
        guess: bool,
        steps: Steps | None = None,
    ) -> None:
        self._steps = steps or Steps()
        self.resources = Resources(domain.seeds, self._steps)
        self.dimensions: list[Dimension] = []
        self.keys: list[
            str
        ] = []  # the key of each dimension, as a policy writes it; "" of an opaque one
        self._sides = sides
        self._domain = domain
        self._guess = guess
        self._numbers: dict[Hashable, int] = {}
        self._masks: dict[Hashable, int] = {}
        self._regions: dict[Rule, Region | None] = {}
        self._uses: dict[str, list[Use]] = {}
        for use in (
            use
            for side in sides
            for rule in side.rules
            for use in condition_uses(side, rule)
        ):
            self._steps.take(LAID)
            self._uses.setdefault(clock.dimension_key(use.key), []).append(use)

    def region_of(self, side: AccessFormula, rule: Rule) -> Region | None:
        """Return what the statement says besides its action; None if nothing can match it."""
        if rule not in self._regions:
            self._regions[rule] = self._build_region(side, rule)
        return self._regions[rule]

    def _build_region(self, side: AccessFormula, rule: Rule) -> Region | None:
        masks: dict[int, int] = {}
        for use in condition_uses(side, rule):
            outcome = self._condition_outcome(use)
            if outcome is True:
                continue
            if outcome is False:
                return None
            at, mask = outcome
            masks[at] = masks.get(at, self.dimensions[at].full_mask) & mask
            if not masks[at]:
                return None
        constraints = self._resource_constraints(side, rule)
        if constraints is None:
            return None
        bound = {
            at: mask
            for at, mask in masks.items()
            if not self.dimensions[at].is_unconstrained(mask)
        }
        return Region(bound, constraints)

    # ------------------------------------------------------------- conditions
    def _condition_outcome(self, use: Use) -> bool | tuple[int, int]:
        """Return what a condition comes to: true, false, or a mask in a dimension."""
        if use.is_unsettled:
            return self._opaque_mask(use)
        if use.side.is_settled(use.key):
            return use.test(use.side.settled)
        at = self.dimension_number(clock.dimension_key(use.key))
        if self._guess and self.dimensions[at].doubt:
            return self._opaque_mask(use)
        return at, self._masks[use.meaning]

    def _opaque_mask(self, use: Use) -> tuple[int, int]:
        name = ("opaque", use.meaning)
        if name not in self._numbers:
            self._numbers[name] = self._add_dimension("", OPAQUE)
        return self._numbers[name], OPAQUE.masks[0]

    def _add_dimension(self, key: str, dimension: Dimension) -> int:
        self.dimensions.append(dimension)
        self.keys.append(key)
        return len(self.keys) - 1

    def dimension_number(self, key: str) -> int:
        """Return the number of a key's dimension."""
        if key not in self._numbers:
            free = self._judged_uses(key)
            unknown = sum(other_key not in self._numbers for other_key in self._uses)
            with self._steps.equal_share(1 + unknown):
                if key == clock.NOW:
                    dimension = self._build_clock(free)
                else:
                    dimension = self._build_dimension(key, free)
            self._masks.update(zip(free, dimension.masks, strict=False))
            self._numbers[key] = self._add_dimension(
                self._uses[key][0].condition.key, dimension
            )
        return self._numbers[key]

    def carried_values(self, at: int, chosen: int) -> Iterator[tuple[str, Value]]:
        """Yield what a request in this class of a dimension carries, by the names of the keys that nothing settles."""
        dimension = self.dimensions[at]
        if isinstance(dimension, clock.Clock):
            yield from (
                (name, value)
                for name, value in dimension.readings[chosen].key_values()
                if not self._is_settled(name)
            )
        else:
            yield self.keys[at], dimension.values[chosen]

    def _judged_uses(self, key: str) -> dict[Hashable, Use]:
        """Return the conditions of a dimension that can be judged, one of each meaning."""
        return {use.meaning: use for use in self._uses.get(key, ()) if not use.is_unsettled}

    def _build_dimension(self, key: str, free: Mapping[Hashable, Use]) -> Dimension:
        kind = self._key_description((key,), free.values())
        uses = free.values()

        def work() -> Dimension:
            shapes = [shape for use in uses for shape in use.shapes()]
            return key_dimension(
                key, kind, [use.is_met_by for use in uses], shapes, self._steps
            )

        return _dimension_memo((key, kind), tuple(free)).get_or_compute(self._steps, work)

    def _key_description(self, keys: Values, uses: Collection[Use]) -> Key:
        """Return what requests carry for these names of one key, given the conditions that read it."""
        types = frozenset(OPERATORS[use.condition.operator].type for use in uses) - {"Null"}
        several = any(use.condition.quantifier for use in uses)
        present = any(key in side.present for key in keys for side in self._sides)
        return self._domain.request_key(keys[0], types, several, present)

    def _build_clock(self, free: Mapping[Hashable, Use]) -> clock.Clock:
        """Return the dimension of all that tells a time, each hand with the conditions that read it."""
        numbered = [(number, use) for number, use in enumerate(free.values())]
        hands = {hand: self._clock_hand(hand, numbered) for hand in clock.KEYS}
        about = tuple(
            (hand.key, hand.settled, tuple(hand.tests)) for hand in hands.values()
        )
        work = partial(clock.clock_dimension, hands, len(numbered), self._steps)
        return _clock_memo(about, tuple(free)).get_or_compute(self._steps, work)

    def _clock_hand(self, hand: str, numbered: Iterable[tuple[int, Use]]) -> clock.Hand:
        """Return what is known of one hand: the conditions that read it, or the value that a session settled."""
        keys = clock.KEYS[hand]
        hand_uses = {
            number: use
            for number, use in numbered
            if use.key in keys and not use.side.is_settled(use.key)
        }
        if not hand_uses:
            settled = (side.settled_value(key) for key in keys for side in self._sides)
            return clock.Hand(settled=next(filter(None, settled), None))
        shapes = (shape for use in hand_uses.values() for shape in use.shapes())
        tests = {number: use.is_met_by for number, use in hand_uses.items()}
        return clock.Hand(
            self._key_description(keys, hand_uses.values()), None, tests, tuple(shapes)
        )

    def _is_settled(self, name: str) -> bool:
        """Return whether a side has settled a key."""
        return any(side.is_settled(name) for side in self._sides)

    # -------------------------------------------------------------- resources
    def _resource_constraints(
        self, side: AccessFormula, rule: Rule
    ) -> tuple[ResourceConstraint, ...] | None:
        """Return where the resource must be, for the statement and for what its policy hangs on; None if nowhere."""
        constraints: list[ResourceConstraint] = []
        element = rule.clause.statement.resources
        if element is not None:
            patterns = self._resource_bits(
                side, element, rule.clause.policy.version >= VARIABLES_SINCE
            )
            if patterns:
                constraints.append(ResourceConstraint(patterns, element.negated))
            elif (
                patterns is None
            ) is element.negated:  # NotResource "*", or a Resource that nothing resolves
                return None
        if rule.on != "*":
            on = self.resources.pattern_bit(_exact_text(rule.on))
            if rule.layer.kind is Kind.RESOURCE:
                below = self.resources.pattern_bit(_below_text(rule.on))
            else:
                below = 0
            constraints.append(ResourceConstraint(on | below))
        return tuple(constraints)

    def region_outside(self, resources: tuple[str, ...]) -> Region:
        """Return the region of all requests on none of these resources."""
        bits = 0
        for resource in resources:
            bits |= self.resources.pattern_bit(_exact_text(resource))
        return Region({}, (ResourceConstraint(bits, negated=True),))

    def _resource_bits(
        self, side: AccessFormula, element: Element, variables: bool
    ) -> int | None:
        """Return the patterns of Resource or NotResource; None if one of them is `*`, which is true of everything."""
        bits = 0
        for value in element.values:
            pattern = escape_misplaced_variables(value, variables)
            if not pattern.strip("*"):
                return None
            read = variable_names(pattern)
            if any(not side.is_settled(name) for name in read):
                words = (pattern, tuple(side.settled_value(name) for name in read))
                bits |= self.resources.opaque_bit(
                    words, text_shape(pattern_tokens(_widest_pattern(side, pattern)))
                )
            elif (resolved := resolve_variables(pattern, side.settled)) is not None:
                bits |= self.resources.pattern_bit(_resource_text(resolved))
        return bits


def condition_uses(side: AccessFormula, rule: Rule) -> Iterator[Use]:
    """Yield the conditions of a statement."""
    clause = rule.clause
    variables = clause.policy.version >= VARIABLES_SINCE
    bound_uses = map(
        partial(Use, side, variables=variables),
        clause.statement.conditions,
        clause.conditions,
    )
    return map(_turn_around, bound_uses)


def _turn_around(use: Use) -> Use:
    """Return the same of the key that a value asks for as a variable, where the session settled the condition's own key and not
    that: what is equal is so both ways round, and stars in what a variable holds are letters.
    """
    condition, values = use.condition, use.condition.values
    plain = condition.operator in SAME and not (condition.quantifier or condition.if_exists)
    if not (
        plain and len(values) == 1 and use.is_unsettled and use.side.is_settled(use.key)
    ):
        return use
    match split_variables(values[0]):
        case ("", Variable(name=name, default=None), ""):
            turned = dataclasses.replace(
                condition, key=name, values=(f"${{{condition.key}}}",)
            )
            return use._replace(
                condition=turned, test=condition_test(turned, use.variables)
            )
        case _:
            return use


def keys_read(side: AccessFormula, rule: Rule) -> Iterator[str]:
    """Yield the keys that a statement reads, in lower case: in conditions, and as variables."""
    yield from (use.key for use in condition_uses(side, rule))
    yield from variable_keys(side, rule)


def variable_keys(side: AccessFormula, rule: Rule) -> Iterator[str]:
    """Yield the keys that a statement asks for as policy variables, in lower case."""
    for use in condition_uses(side, rule):
        yield from map(str.lower, use.variable_names)
    statement = rule.clause.statement
    for value in statement.resources.values if statement.resources else ():
        yield from map(
            str.lower,
            variable_names(
                escape_misplaced_variables(
                    value, rule.clause.policy.version >= VARIABLES_SINCE
                )
            ),
        )


def _widest_pattern(side: AccessFormula, pattern: str) -> str:
    """Return the pattern with a `*` for every variable that nobody has settled."""
    pieces = (
        part if isinstance(part, str) else side.settled_value(part.name)
        for part in split_variables(pattern)
    )
    return "".join(
        "*"
        if part is None
        else part
        if isinstance(part, str)
        else escape_wildcards(part[0])
        for part in pieces
    )


@lru_cache(maxsize=8192)
def _resource_text(value: str) -> Text:
    return text_shape(arn_tokens(value))


@lru_cache(maxsize=1024)
def _exact_text(resource: str) -> Text:
    return literal_shape(resource)


@lru_cache(maxsize=1024)
def _below_text(resource: str) -> Text:
    return text_shape((resource, "/", Wild.RUN))


@lru_cache(maxsize=64)
def _dimension_memo(
    about: Hashable, meanings: tuple[Hashable, ...]
) -> CostedResult[Dimension]:
    """Return where the classes of a key are kept that conditions of these meanings tell apart."""
    return CostedResult()


@lru_cache(maxsize=64)
def _clock_memo(
    about: Hashable, meanings: tuple[Hashable, ...]
) -> CostedResult[clock.Clock]:
    """Return the same for the hands of the clock."""
    return CostedResult()
