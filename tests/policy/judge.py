"""A second judge: the same question put to the z3 solver, in the straightforward way, sharing nothing with the search.

Single-valued keys and bare policies in the open domain. Strings are z3 strings with regular expressions, numbers and
dates are reals, addresses a version and an integer; every key has a boolean for its presence.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import takewhile
from typing import Any

from coffeeshop.policy.comparison.action_classes import AN_ACTION
from coffeeshop.policy.language.arn import arn_tokens
from coffeeshop.policy.language.conditions import AN_ARN, OPERATORS
from coffeeshop.policy.language.literal_predicates import (
    Binary,
    Network,
    Nothing,
    Point,
    Text,
    Truth,
    text_shape,
)
from coffeeshop.policy.language.patterns import Wild, pattern_tokens
from coffeeshop.policy.model import Condition, Standing, Statement

z3: Any
try:
    import z3
except ImportError:
    z3 = None

ORDER = {
    "Equals": "==",
    "NotEquals": "==",
    "LessThan": "<",
    "LessThanEquals": "<=",
    "GreaterThan": ">",
    "GreaterThanEquals": ">=",
}


def judge(new: Standing, old: Standing, milliseconds: int = 5_000, effort: int = 0) -> str:
    """sat: new allows something that old does not; unsat: it does not; unknown: z3 gave up. `effort` is counted in z3's own
    steps (0: as many as it takes), which are the same on every machine.
    """
    solver = z3.Solver()
    solver.set("timeout", milliseconds)
    solver.set("rlimit", effort)
    question = Question()
    action, resource = question.action, question.resource
    solver.add(matched(action, AN_ACTION), z3.Length(resource) > 0)
    solver.add(action != "sts:getcalleridentity", action != "sts:getsessiontoken")
    solver.add(question.allowed(new), z3.Not(question.allowed(old)))
    return str(solver.check())


class Question:
    """One request as variables, and policies as formulas over it."""

    def __init__(self) -> None:
        self.action, self.resource = z3.String("action"), z3.String("resource")

    def allowed(self, standing: Standing) -> Any:
        statements = [
            s
            for layer in standing.layers
            for policy in layer.policies
            for s in policy.statements
        ]
        allows = [self.matches(s) for s in statements if s.effect == "Allow"]
        denies = [self.matches(s) for s in statements if s.effect == "Deny"]
        return z3.And(z3.Or(allows), z3.Not(z3.Or(denies)))

    def matches(self, statement: Statement) -> Any:
        actions = z3.Or(
            [
                matched(self.action, text_shape(pattern_tokens(v.lower())))
                for v in statement.actions.values
            ]
        )
        assert statement.resources is not None
        resources = z3.Or(
            [
                matched(self.resource, text_shape(arn_tokens(v)))
                for v in statement.resources.values
            ]
        )
        return z3.And(
            z3.Not(actions) if statement.actions.negated else actions,
            z3.Not(resources) if statement.resources.negated else resources,
            *map(self.holds, statement.conditions),
        )

    def holds(self, condition: Condition) -> Any:
        operator, key = OPERATORS[condition.operator], condition.key.lower()
        there = z3.Bool(f"{key} is there")
        if operator.type == "Null":
            said = [
                z3.Not(there) if value == "true" else there for value in condition.values
            ]
            match condition.quantifier:
                case "ForAllValues":
                    return z3.Or(z3.Not(there), *said)
                case "ForAnyValue":
                    return z3.And(there, z3.Or(said))
                case "":
                    return z3.Or(said)
        some = z3.Or(
            [self.literal(condition.operator, key, value) for value in condition.values]
        )
        an_arn = (
            matched(z3.String(key), AN_ARN) if operator.type == "ARN" else z3.BoolVal(True)
        )
        value = z3.And(an_arn, z3.Not(some)) if operator.negated else some
        match condition.quantifier:
            case "ForAllValues":
                empty = (
                    z3.String(key) == ""
                    if operator.type in ("String", "ARN")
                    else z3.BoolVal(False)
                )
                return z3.Or(z3.Not(there), empty, value)
            case "ForAnyValue":
                filled = (
                    z3.String(key) != ""
                    if operator.type in ("String", "ARN")
                    else z3.BoolVal(True)
                )
                return z3.Or(
                    z3.And(there, filled, value),
                    z3.And(z3.Not(there), z3.BoolVal(condition.if_exists)),
                )
            case "":
                missing = z3.BoolVal(condition.if_exists or operator.negated)
                return z3.Or(z3.And(there, value), z3.And(z3.Not(there), missing))

    def literal(self, operator: str, key: str, wanted: str) -> Any:
        match OPERATORS[operator].propose(wanted):
            case Text() as shape:
                return matched(z3.String(key), shape)
            case Point(value):
                return compared(
                    z3.Real(key),
                    operator.removeprefix("Numeric").removeprefix("Date"),
                    value,
                )
            case Network(version, first, last):
                address = z3.Int(f"{key} as a number")
                return z3.And(
                    z3.Int(f"{key} version") == version, first <= address, address <= last
                )
            case Truth(value):
                return z3.Bool(key) == value
            case Binary(value):
                return z3.String(key) == value.hex()
            case Nothing():
                return z3.BoolVal(False)


def compared(number: Any, order: str, value: Fraction) -> Any:
    """A number or date against a threshold."""
    limit = z3.RealVal(str(value))
    match ORDER[order]:
        case "==":
            return number == limit
        case "<":
            return number < limit
        case "<=":
            return number <= limit
        case ">":
            return number > limit
        case _:
            return number >= limit


def matched(variable: Any, shape: Text) -> Any:
    """A pattern: equality, a prefix, or where it must be a regular expression."""
    head = "".join(map(str, takewhile(lambda token: isinstance(token, str), shape.tokens)))
    if not shape.fold and len(head) == len(shape.tokens):
        return variable == z3.StringVal(head)
    if (
        not shape.fold
        and len(head) == len(shape.tokens) - 1
        and shape.tokens[-1] is Wild.RUN
    ):
        return z3.PrefixOf(z3.StringVal(head), variable)
    return z3.InRe(variable, expression(shape))


def expression(shape: Text) -> Any:
    """A pattern as a regular expression of z3."""
    parts = [piece(token, shape.fold) for token in shape.tokens] or [z3.Re("")]
    return z3.Concat(*parts) if len(parts) > 1 else parts[0]


def piece(token: str | Wild, fold: bool) -> Any:
    if isinstance(token, str):
        cases = sorted({token.lower(), token.upper()} if fold else {token})
        return z3.Union(*map(z3.Re, cases)) if len(cases) > 1 else z3.Re(cases[0])
    letters = z3.AllChar(z3.ReSort(z3.StringSort()))
    if token.excluded_characters:
        letters = z3.Intersect(
            letters,
            z3.Complement(
                z3.Union(*map(z3.Re, token.excluded_characters))
                if len(token.excluded_characters) > 1
                else z3.Re(token.excluded_characters)
            ),
        )
    return z3.Star(letters) if token.matches_many else letters
