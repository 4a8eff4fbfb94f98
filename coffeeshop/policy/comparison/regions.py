"""Turn the statements of both sides of a comparison into regions of the same dimensions.

A condition is of one of three sorts. If the session fixes its key, it is *settled*: true or false. If its key is *free*, it is
a mask in the dimension of the key. It is *opaque* if it has an unsettled policy variable, or if its key mixes literals of
several theories. An opaque condition becomes a free Boolean, shared by identical conditions of both sides. That can add
spurious differences but never hides one, so no result is a proof.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from coffeeshop.policy import catalog
from coffeeshop.policy.comparison import clock
from coffeeshop.policy.comparison.budgets import CostedResult, Steps
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.comparison.formula import AccessFormula, Rule
from coffeeshop.policy.comparison.resource_patterns import Resources
from coffeeshop.policy.comparison.solver import Region, ResourceConstraint
from coffeeshop.policy.comparison.value_classes import (
    OPAQUE_DIMENSION,
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
from coffeeshop.policy.model import Condition, Element, Kind, Statement, Values

SAME = {"StringEquals", "StringLike"}
STEPS_PER_CONDITION = 100  # steps that it takes to lay out one condition


class Use(NamedTuple):
    """A condition in one statement of one side, with its compiled test.

    `variables`: `${…}` is a policy variable in this document, as since version 2012-10-17.
    """

    side: AccessFormula
    condition: Condition
    test: Test
    variables: bool

    @property
    def key(self) -> str:
        """Return the condition's key in lower case."""
        return self.condition.key.lower()

    @property
    def variable_names(self) -> tuple[str, ...]:
        """Return the keys that the condition's values use as variables."""
        has_variables = self.variables and OPERATORS[self.condition.operator].type in (
            "String",
            "ARN",
        )
        if has_variables:
            return tuple(
                name for value in self.condition.values for name in variable_names(value)
            )
        return ()

    @property
    def is_unsettled(self) -> bool:
        """Return whether one of its variables has no known value."""
        return any(not self.side.is_settled(name) for name in self.variable_names)

    @property
    def meaning(self) -> Hashable:
        """Return a key that is equal for two uses with the same meaning."""
        return (
            self.condition,
            self.variables,
            tuple(self.side.settled_value(name) for name in self.variable_names),
        )

    def is_met_by(self, value: Value) -> bool:
        """Return whether the condition is met if its key has this value, and the other keys their settled ones."""
        context = self.side.settled
        written = clock.write_moment(self.key, value)
        return self.test(context if written is None else {**context, self.key: written})

    def shapes(self) -> Iterator[Shape]:
        """Yield the shape (`literal_predicates`) of each literal that the condition compares its key with.

        Variables `${…}` are treated in one of three ways:
        - If the document's version or the operator has none, `${` is plain text.
        - If this condition uses variables, their known values are filled in. A literal with an unknown
          value is left out: `is_unsettled` tells the caller.
        - Otherwise the literals are taken as they are written.
        """
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
    """The dimensions of two standings (context keys with their classes of values), and the
    region of each statement.

    Both are made when first needed. With `guess`, conditions that can't be judged exactly
    are opaque: they can be true or false. Without it, they are judged as well as possible.
    """

    def __init__(
        self,
        sides: tuple[AccessFormula, AccessFormula],
        domain: Domain,
        guess: bool,
        steps: Steps | None = None,
    ) -> None:
        """Collect every use of a condition by its key. Dimensions and regions are built when they are first needed."""
        self._steps = steps or Steps()
        self.resources = Resources(domain.seeds, self._steps)
        self.dimensions: list[Dimension] = []
        # The key of each dimension, as policies write it, or "" if it is opaque.
        self.keys: list[str] = []
        self._sides = sides
        self._domain = domain
        self._guess = guess
        self._dimension_numbers: dict[Hashable, int] = {}
        self._masks_by_meaning: dict[Hashable, int] = {}
        self._regions: dict[Rule, Region | None] = {}
        self._uses: dict[str, list[Use]] = {}
        for use in (
            use
            for side in sides
            for rule in side.rules
            for use in condition_uses(side, rule)
        ):
            self._steps.take(STEPS_PER_CONDITION)
            self._uses.setdefault(clock.dimension_key(use.key), []).append(use)

    def region_of(self, side: AccessFormula, rule: Rule) -> Region | None:
        """Return the region of a statement, apart from its action, or None if nothing can match it."""
        if rule not in self._regions:
            self._regions[rule] = self._build_region(side, rule)
        return self._regions[rule]

    def _build_region(self, side: AccessFormula, rule: Rule) -> Region | None:
        """Return the region: for each key the classes that meet all conditions on it, and the resource.

        None if it is empty.
        """
        masks: dict[int, int] = {}
        for use in condition_uses(side, rule):
            outcome = self._condition_outcome(use)
            if outcome is True:
                continue
            if outcome is False:
                return None
            dimension_number, mask = outcome
            masks[dimension_number] = (
                masks.get(dimension_number, self.dimensions[dimension_number].full_mask)
                & mask
            )
            if not masks[dimension_number]:
                return None
        constraints = self._resource_constraints(side, rule)
        if constraints is None:
            return None
        constrained_masks = {
            at: mask
            for at, mask in masks.items()
            if not self.dimensions[at].is_unconstrained(mask)
        }
        return Region(constrained_masks, constraints)

    # ------------------------------------------------------------- conditions
    def _condition_outcome(self, use: Use) -> bool | tuple[int, int]:
        """Return True or False if the session decides the condition.

        Otherwise return a dimension and the mask of its classes that meet it.
        """
        if use.is_unsettled:
            return self._opaque_mask(use)
        if use.side.is_settled(use.key):
            return use.test(use.side.settled)
        dimension_number = self.dimension_number(clock.dimension_key(use.key))
        if self._guess and self.dimensions[dimension_number].doubt:
            return self._opaque_mask(use)
        return dimension_number, self._masks_by_meaning[use.meaning]

    def _opaque_mask(self, use: Use) -> tuple[int, int]:
        """Return the dimension of an opaque condition, and its mask.

        A condition is opaque if it compares with a variable whose value isn't known. Such a
        condition is either met or not, whatever the other keys are.
        """
        name = ("opaque", use.meaning)
        if name not in self._dimension_numbers:
            self._dimension_numbers[name] = self._add_dimension("", OPAQUE_DIMENSION)
        return self._dimension_numbers[name], OPAQUE_DIMENSION.masks[0]

    def _add_dimension(self, key: str, dimension: Dimension) -> int:
        """Add a dimension and return its number."""
        self.dimensions.append(dimension)
        self.keys.append(key)
        return len(self.keys) - 1

    def dimension_number(self, key: str) -> int:
        """Return the number of a key's dimension, which is made if needed."""
        if key not in self._dimension_numbers:
            uses_by_meaning = self._decidable_uses(key)
            dimensions_to_come = sum(
                use_key not in self._dimension_numbers for use_key in self._uses
            )
            with self._steps.equal_share(1 + dimensions_to_come):
                if key == clock.NOW_KEY:
                    dimension = self._build_clock(uses_by_meaning)
                else:
                    dimension = self._build_dimension(key, uses_by_meaning)
            self._masks_by_meaning.update(
                zip(uses_by_meaning, dimension.masks, strict=False)
            )
            self._dimension_numbers[key] = self._add_dimension(
                self._uses[key][0].condition.key, dimension
            )
        return self._dimension_numbers[key]

    def carried_values(
        self, dimension_number: int, class_number: int
    ) -> Iterator[tuple[str, Value]]:
        """Yield context keys with the values that a request in this class of a dimension
        has. Settled keys are left out.

        The dimension of time stands for several keys, every other one for a single key.
        """
        dimension = self.dimensions[dimension_number]
        if isinstance(dimension, clock.Clock):
            yield from (
                (name, value)
                for name, value in dimension.readings[class_number].key_values()
                if not self._is_settled(name)
            )
        else:
            yield self.keys[dimension_number], dimension.values[class_number]

    def _decidable_uses(self, key: str) -> dict[Hashable, Use]:
        """Return the conditions on a dimension's key without unsettled variables, by their
        meaning: equal ones appear once.
        """
        return {use.meaning: use for use in self._uses.get(key, ()) if not use.is_unsettled}

    def _build_dimension(
        self, key: str, uses_by_meaning: Mapping[Hashable, Use]
    ) -> Dimension:
        """Return the classes of one key's values that these conditions tell apart.

        Conditions with equal meanings were computed once, for an earlier comparison perhaps.
        """
        uses = uses_by_meaning.values()
        description = self._key_description((key,), uses)

        def compute_classes() -> Dimension:
            shapes = [shape for use in uses for shape in use.shapes()]
            tests = [use.is_met_by for use in uses]
            return key_dimension(key, description, tests, shapes, self._steps)

        result = _dimension_result((key, description), tuple(uses_by_meaning))
        return result.get_or_compute(self._steps, compute_classes)

    def _key_description(self, keys: Values, uses: Collection[Use]) -> Key:
        """Return the possible values of a key in requests, given the conditions that use it."""
        types = frozenset(OPERATORS[use.condition.operator].type for use in uses) - {"Null"}
        several = any(use.condition.quantifier for use in uses)
        present = any(key in side.present for key in keys for side in self._sides)
        return self._domain.request_key(keys[0], types, several, present)

    def _build_clock(self, uses_by_meaning: Mapping[Hashable, Use]) -> clock.Clock:
        """Return the one dimension of all keys that express a time (see `clock`).

        It is computed once for conditions with equal meanings.
        """
        numbered_uses = [
            (number, use) for number, use in enumerate(uses_by_meaning.values())
        ]
        time_keys = {name: self._time_key(name, numbered_uses) for name in clock.TIME_KEYS}
        key_facts = tuple(
            (time_key.key, time_key.fixed_value, tuple(time_key.tests))
            for time_key in time_keys.values()
        )
        compute_clock = partial(
            clock.clock_dimension, time_keys, len(numbered_uses), self._steps
        )
        return _clock_result(key_facts, tuple(uses_by_meaning)).get_or_compute(
            self._steps, compute_clock
        )

    def _time_key(
        self, name: str, numbered_uses: Iterable[tuple[int, Use]]
    ) -> clock.TimeKey:
        """Return one of the keys of time, by its name in `clock.TIME_KEYS`.

        It has the conditions that test it, or, if there are none, the value that a session fixes.
        `numbered_uses` are all uses of conditions on time, each with its number.
        """
        keys = clock.TIME_KEYS[name]
        own_uses = {
            number: use
            for number, use in numbered_uses
            if use.key in keys and not use.side.is_settled(use.key)
        }
        if not own_uses:
            settled = (side.settled_value(key) for key in keys for side in self._sides)
            return clock.TimeKey(fixed_value=next(filter(None, settled), None))
        shapes = tuple(shape for use in own_uses.values() for shape in use.shapes())
        epoch_uses = (use for use in own_uses.values() if use.key == clock.EPOCH_KEY)
        epoch_shapes = tuple(shape for use in epoch_uses for shape in use.shapes())
        tests = {number: use.is_met_by for number, use in own_uses.items()}
        return clock.TimeKey(
            self._key_description(keys, own_uses.values()),
            None,
            tests,
            shapes,
            epoch_shapes,
        )

    def _is_settled(self, name: str) -> bool:
        """Return whether one of the sides has settled a key."""
        return any(side.is_settled(name) for side in self._sides)

    # -------------------------------------------------------------- resources
    def _resource_constraints(
        self, side: AccessFormula, rule: Rule
    ) -> tuple[ResourceConstraint, ...] | None:
        """Return the constraints on the resource: the statement's Resource, and what its policy is attached to.

        A bucket's policy also covers what is below the bucket. Return None if no resource
        can meet them, as for NotResource `*`.
        """
        constraints: list[ResourceConstraint] = []
        element = rule.clause.statement.resources
        if element is not None:
            patterns = self._resource_bits(
                side, element, rule.clause.policy.version >= VARIABLES_SINCE
            )
            if patterns:
                constraints.append(ResourceConstraint(patterns, element.negated))
            matches_all = patterns is None
            if not patterns and matches_all is element.negated:
                # NotResource "*", or a Resource without a value for its variable.
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
        """Return the patterns of a Resource element as a set of bits, or None if one of them is `*`.

        `variables` tells whether `${…}` is a policy variable in this document. A pattern with an
        unsettled variable has an opaque bit. A pattern whose variable has no value in the session
        matches nothing, so it has no bit.
        """
        bits = 0
        for value in element.values:
            pattern = escape_misplaced_variables(value, variables)
            is_star = not pattern.strip("*")
            if is_star:
                return None
            names = variable_names(pattern)
            if not all(map(side.is_settled, names)):
                known_values = tuple(map(side.settled_value, names))
                widest_shape = text_shape(pattern_tokens(_widest_pattern(side, pattern)))
                bits |= self.resources.opaque_bit((pattern, known_values), widest_shape)
                continue
            resolved = resolve_variables(pattern, side.settled)
            if resolved is not None:
                bits |= self.resources.pattern_bit(_resource_text(resolved))
        return bits


def condition_uses(side: AccessFormula, rule: Rule) -> Iterator[Use]:
    """Yield the conditions of a statement, normalized so that equal ones of both sides are
    recognized.

    A service's own spelling of a global key becomes that key. A variable changes places
    with its key, if that makes the condition one on a free key.
    """
    clause = rule.clause
    variables = clause.policy.version >= VARIABLES_SINCE
    bound_uses = map(
        partial(Use, side, variables=variables),
        clause.statement.conditions,
        clause.conditions,
    )
    uses = (_spell_globally(use, clause.statement) for use in bound_uses)
    return map(_swap_key_and_variable, uses)


def _spell_globally(use: Use, statement: Statement) -> Use:
    """Return the condition with the global key, if its key is a service's own spelling of one.

    All actions of the statement must be of that service, because no other's requests have the key
    in this spelling.
    """
    key = use.condition.key
    spelling = catalog.global_spelling(key)
    service = f"{key.partition(':')[0].lower()}:"
    if not spelling or statement.actions.negated:
        return use
    if not all(action.lower().startswith(service) for action in statement.actions.values):
        return use
    condition = dataclasses.replace(use.condition, key=spelling)
    return use._replace(condition=condition, test=condition_test(condition, use.variables))


def _swap_key_and_variable(use: Use) -> Use:
    """Return the same condition with key and variable swapped, if only the variable's key is free.

    `"aws:username": "${aws:PrincipalTag/name}"` with a known user name becomes
    `"aws:PrincipalTag/name": "${aws:username}"`. Equality is the same both ways round.
    Stars in a variable's value are plain characters.
    """
    condition, values = use.condition, use.condition.values
    plain = condition.operator in SAME and not (condition.quantifier or condition.if_exists)
    if not (
        plain and len(values) == 1 and use.is_unsettled and use.side.is_settled(use.key)
    ):
        return use
    match split_variables(values[0]):
        case ("", Variable(name=name, default=None), ""):
            swapped = dataclasses.replace(
                condition, key=name, values=(f"${{{condition.key}}}",)
            )
            return use._replace(
                condition=swapped, test=condition_test(swapped, use.variables)
            )
        case _:
            return use


def keys_read(side: AccessFormula, rule: Rule) -> Iterator[str]:
    """Yield the keys (in lower case) that a statement uses, in conditions and as variables."""
    yield from (use.key for use in condition_uses(side, rule))
    yield from variable_keys(side, rule)


def variable_keys(side: AccessFormula, rule: Rule) -> Iterator[str]:
    """Yield the keys (in lower case) that a statement uses as policy variables."""
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
    """Return the pattern with `*` for every variable that has no known value."""
    pieces: list[str] = []
    for part in split_variables(pattern):
        if isinstance(part, str):
            pieces.append(part)
            continue
        values = side.settled_value(part.name)
        if values is None:
            pieces.append("*")
        else:
            pieces.append(escape_wildcards(values[0]))
    return "".join(pieces)


@lru_cache(maxsize=8192)
def _resource_text(value: str) -> Text:
    """Return the pattern of a Resource value, in which a colon separates the parts of an ARN."""
    return text_shape(arn_tokens(value))


@lru_cache(maxsize=1024)
def _exact_text(resource: str) -> Text:
    """Return a pattern that matches this resource alone. Its wildcards are plain characters."""
    return literal_shape(resource)


@lru_cache(maxsize=1024)
def _below_text(resource: str) -> Text:
    """Return a pattern of everything below a resource, such as the objects of a bucket."""
    return text_shape((resource, "/", Wild.RUN))


@lru_cache(maxsize=64)
def _dimension_result(
    key_and_description: Hashable, condition_meanings: tuple[Hashable, ...]
) -> CostedResult[Dimension]:
    """Return the stored result for a key's classes.

    It is empty at first, and the caller fills it.

    Conditions with equal meanings get the same result, so their classes are computed once.
    """
    return CostedResult()


@lru_cache(maxsize=64)
def _clock_result(
    key_facts: Hashable, condition_meanings: tuple[Hashable, ...]
) -> CostedResult[clock.Clock]:
    """Return the stored result for the classes of time, as `_dimension_result` does for a
    key.
    """
    return CostedResult()
