"""Read the KeyConditionExpression of a Query: which keys it asks for.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from coffeeshop.account.access.attribute_values import (
    Item,
    resolve_name,
    validation_exception,
)
from coffeeshop.account.model import Call, ServiceError

INVALID = "Invalid KeyConditionExpression"
NAME = r"(?:#\w+|[A-Za-z]\w*)"
TOKEN = re.compile(rf"{NAME}(?:\.{NAME}|\[\d+\])*|:\w+|<=|>=|<>|\d+|\S")
OPERAND = re.compile(r"[#:A-Za-z]\w*.*")
KEYWORDS = {"AND", "BETWEEN"}
# A comparison -> the one that says the same with its sides exchanged.
MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
# Conditions have these, and conditions on keys don't.
FOREIGN_WORDS = {"OR", "NOT", "IN", "<>"}
FOREIGN_FUNCTIONS = {
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "contains",
}


class KeyCondition(NamedTuple):
    """A condition on one attribute. `written` may be a placeholder of its name, and `values` are placeholders.

    The operator is "=", "<", "<=", ">", ">=", "BETWEEN" or "begins_with".
    """

    name: str
    operator: str
    values: tuple[str, ...]
    written: str


def key_conditions(call: Call) -> tuple[KeyCondition, ...]:
    """Return the conditions in a call's KeyConditionExpression. Raise ValidationException."""
    reader = _Reader(call.text("KeyConditionExpression"))
    names = call.map("ExpressionAttributeNames")
    conditions = tuple(
        _condition(operator, operands, names) for operator, operands in reader.read_all()
    )
    if len({condition.name for condition in conditions}) < len(conditions):
        raise _invalid("KeyConditionExpressions must only contain one condition per key")
    return conditions


def readable_key_conditions(call: Call) -> tuple[KeyCondition, ...]:
    """Return the conditions in a call's KeyConditionExpression, or none if it is missing or malformed.

    A malformed one is refused after authorization.
    """
    try:
        return key_conditions(call)
    except ServiceError:
        return ()


def _invalid(text: str) -> ServiceError:
    return validation_exception(f"{INVALID}: {text}")


def _condition(operator: str, operands: list[str], names: Item) -> KeyCondition:
    """Return a condition on one key attribute, which comes first. Raise ValidationException."""
    named_operands = [operand for operand in operands if not operand.startswith(":")]
    if named_operands and re.search(r"[.[]", named_operands[0]):
        raise _invalid(
            "KeyConditionExpressions cannot have conditions on nested attributes"
        )
    faulty = "Invalid condition in KeyConditionExpression"
    if len(named_operands) > 1:
        raise _invalid(f"{faulty}: Multiple attribute names used in one condition")
    is_mirrored = operands[0].startswith(":")
    if is_mirrored and operator not in MIRRORED:
        text = f"{operator} operator must have the key attribute as its first operand"
        raise _invalid(f"{faulty}: {text}")
    if not named_operands:
        raise _invalid(f"{faulty}: No key attribute specified")
    if is_mirrored:
        operator = MIRRORED[operator]
    (written,) = named_operands
    values = tuple(operand for operand in operands if operand != written)
    return KeyCondition(resolve_name(INVALID, written, names), operator, values, written)


class _Reader:
    """The tokens of an expression, and the place of the next one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*TOKEN.finditer(text)]
        self.place = 0

    def read_all(self) -> list[tuple[str, list[str]]]:
        """Return the operator and the operands of each condition. Raise ValidationException."""
        if not self.tokens:
            raise _invalid("The expression can not be empty;")
        self._refuse_foreign_operators()
        conditions = [*self._read_conditions()]
        if self._next:
            raise self._syntax_error()
        return conditions

    @property
    def _next(self) -> str:
        """Return the next token, or "" at the end."""
        if self.place < len(self.tokens):
            return self.tokens[self.place][0]
        return ""

    def _take(self, *expected: str) -> str:
        """Return the next token and go past it. Raise ValidationException if it isn't expected."""
        token = self._next
        if token.upper() not in expected:
            raise self._syntax_error()
        self.place += 1
        return token

    def _take_operand(self) -> str:
        token = self._next
        if not OPERAND.fullmatch(token) or token.upper() in KEYWORDS:
            raise self._syntax_error()
        self.place += 1
        return token

    def _read_conditions(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the conditions that AND joins, in parentheses or not."""
        while True:
            if self._next == "(":
                yield from self._read_parentheses()
            else:
                yield self._read_condition()
            if self._next.upper() != "AND":
                return
            self.place += 1

    def _read_parentheses(self) -> Iterator[tuple[str, list[str]]]:
        self._take("(")
        is_doubled = self._next == "("
        start = self.place
        yield from self._read_conditions()
        self._take(")")
        if is_doubled and self._closing_place(start) == self.place - 2:
            raise _invalid("The expression has redundant parentheses;")

    def _closing_place(self, opening_place: int) -> int:
        """Return the place of the parenthesis that closes one."""
        depth = 0
        place = opening_place
        for place in range(opening_place, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[place][0], 0)
            if not depth:
                break
        return place

    def _read_condition(self) -> tuple[str, list[str]]:
        first = self._take_operand()
        if self._next == "(":
            if first != "begins_with":
                raise _invalid(f"Invalid function name; function: {first}")
            self._take("(")
            operands = [self._take_operand()]
            self._take(",")
            operands.append(self._take_operand())
            self._take(")")
            return first, operands
        operator = self._take("BETWEEN", *MIRRORED).upper()
        operands = [first, self._take_operand()]
        if operator == "BETWEEN":
            self._take("AND")
            operands.append(self._take_operand())
        return operator, operands

    def _refuse_foreign_operators(self) -> None:
        """Raise if the expression has what conditions on keys can't have."""
        words = [token[0] for token in self.tokens]
        functions = [word for word, next_word in pairwise(words) if next_word == "("]
        foreign_words = [word.upper() for word in words if word.upper() in FOREIGN_WORDS]
        foreign_words += [word for word in functions if word in FOREIGN_FUNCTIONS]
        if foreign_words:
            operator = foreign_words[0]
            # Until 2022 without what _invalid puts before it. Today's text is uncertain.
            raise _invalid(f"Invalid operator used in KeyConditionExpression: {operator}")
        if "size" in functions:
            raise _invalid("KeyConditionExpressions cannot contain nested operations")

    def _syntax_error(self) -> ServiceError:
        """Return the refusal of the next token, with the tokens before and after it."""
        near = self.tokens[max(self.place - 1, 0) : self.place + 2]
        text = self.text[near[0].start() : near[-1].end()]
        return _invalid(f'Syntax error; token: "{self._next or "<EOF>"}", near: "{text}"')
