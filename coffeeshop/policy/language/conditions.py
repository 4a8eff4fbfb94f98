"""Define the condition operators. Each row has a test of a value and the shape of its literals for comparison.

A row's `test` is the positive relation between one value of the request and one literal of the policy. Several values, absent
keys, `...IfExists`, set operators, negation and policy variables are handled once, in `condition_test`.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import binascii
import ipaddress
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Literal, TypeAlias, TypeVar

from coffeeshop.policy.language import literal_predicates
from coffeeshop.policy.language.arn import arn_glob, arn_tokens
from coffeeshop.policy.language.literal_predicates import Network, Shape, Text
from coffeeshop.policy.language.patterns import (
    glob,
    matcher,
    pattern_tokens,
    unescape_literal,
)
from coffeeshop.policy.language.variables import escape_variables, resolve_variables
from coffeeshop.policy.model import Condition, Values

T = TypeVar("T")
Type: TypeAlias = Literal[
    "String", "Numeric", "Date", "Bool", "Binary", "IPAddress", "ARN", "Null"
]
Relation: TypeAlias = Callable[[str, str], bool]
# Keys in lower case. A key is absent or has at least one value.
Context: TypeAlias = Mapping[str, Values]
Test: TypeAlias = Callable[[Context], bool]

_NUMBER_PATTERN = re.compile(
    r"[+-]?(\d{1,1000}(\.\d{0,1000})?|\.\d{1,1000})([eE][+-]?\d{1,3})?", re.ASCII
)
_DATE_PATTERN = re.compile(
    r"(\d{1,4})(?:-(\d\d)(?:-(\d\d))?)?"
    r"(?:[Tt](?:(\d\d?)(?::(\d\d)(?::(\d\d)(\.\d{1,9})?)?)?)?([Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_SECONDS_PATTERN = re.compile(r"(?!\d{4}$)-?\d{1,18}(\.\d{1,100})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator: its name in policies, the type of its keys, and whether it is a Not… form.

    `test(value, wanted)` never raises. A value of the wrong type matches nothing. `propose` returns the shape of a literal.
    `about`: the Not… form is true only of values of this shape.
    """

    name: str
    type: Type
    negated: bool
    test: Relation
    propose: Callable[[str], Shape]
    about: Text | None = None


# ------------------------------------------------------------------- reading
@lru_cache(maxsize=8192)
def read_number(text: str) -> Decimal | None:
    """Return the value of an integer or decimal (10 equals 10.0), or None."""
    if _NUMBER_PATTERN.fullmatch(text):
        return Decimal(text)
    return None


@lru_cache(maxsize=8192)
def read_instant(text: str) -> Decimal | None:
    """Return the seconds since 1970 (UTC) of an ISO 8601 date or of epoch seconds, or None.

    Four digits are a year. A time without an offset is UTC.
    https://www.w3.org/TR/NOTE-datetime

    AWS also takes shortened years, times and offsets, and a small `t`, but no fraction of
    over nine digits: `01T`, `2016-12-13t2:00:00.593194+23` (recorded, in moto's
    AWS-verified policy documents).
    """
    if _SECONDS_PATTERN.fullmatch(text):
        return Decimal(text)
    match = _DATE_PATTERN.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (
        int(part or lowest)
        for part, lowest in zip(match.groups(), (1, 1, 1, 0, 0, 0), strict=False)
    )
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # a thirteenth month, a 29th of February that is none
        return None
    offset = _utc_offset(match[8] or "Z")
    if offset is None:
        return None
    return Decimal((moment - _EPOCH) // _ONE_SECOND - offset) + Decimal(match[7] or 0)


def _utc_offset(zone: str) -> int | None:
    """Return a time zone such as "+01:00" as seconds east of Greenwich, or None if it isn't one."""
    if zone in "Zz":
        return 0
    hours = int(zone[1:3])
    minutes = int(zone[3:].lstrip(":") or 0)
    if hours < 24 and minutes < 60:
        return (-1 if zone[0] == "-" else 1) * (hours * 3600 + minutes * 60)
    return None


@lru_cache(maxsize=8192)
def read_network(text: str) -> Network | None:
    """Return the addresses of a CIDR block or a single address, or None."""
    address, slash, prefix = text.partition("/")
    if "%" in address or (slash and not prefix.isdecimal()):
        return None
    try:
        return literal_predicates.network_shape(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return None


def read_boolean(text: str) -> bool | None:
    """Return the value of `true` or `false`, in any case, or None."""
    return {"true": True, "false": False}.get(text.lower())


@lru_cache(maxsize=8192)
def read_binary(text: str) -> bytes | None:
    """Return the bytes of a Base64 text, or None."""
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


# ------------------------------------------------------------------ relations
def _compare_read(
    read: Callable[[str], T | None], relation: Callable[[T, T], bool]
) -> Relation:
    """Return an operator's test, which reads both sides with `read` and compares the values with `relation`.

    `read` returns None for a text of another type. Such a value matches nothing.
    """

    def test(value: str, wanted: str) -> bool:
        value_read = read(value)
        wanted_read = read(wanted)
        return (
            value_read is not None
            and wanted_read is not None
            and relation(value_read, wanted_read)
        )

    return test


def _propose_read(
    read: Callable[[str], T | None], shape: Callable[[T], Shape]
) -> Callable[[str], Shape]:
    """Return an operator's `propose`: it reads a literal with `read` and gives the value to `shape`.

    A literal that `read` returns None for is of another type. No value matches it, so its shape
    is `nothing_shape`.
    """

    def propose(wanted: str) -> Shape:
        """Return the shape of a literal of the policy."""
        literal_value = read(wanted)
        if literal_value is None:
            return literal_predicates.nothing_shape()
        return shape(literal_value)

    return propose


def _is_subnet(inner: Network, outer: Network) -> bool:
    """Return whether all addresses of one network are in another."""
    return (
        inner.version == outer.version
        and outer.first <= inner.first
        and inner.last <= outer.last
    )


def _never_matches(value: str, wanted: str) -> bool:
    """Return False. Null tests whether a key is present, in `condition_test`, and never its value."""
    return False


def _equals_text(value: str, wanted: str) -> bool:
    """Return whether a value is exactly the literal, for StringEquals."""
    return value == unescape_literal(wanted)


def _equals_ignoring_case(value: str, wanted: str) -> bool:
    """Return whether a value is the literal but for case, for StringEqualsIgnoreCase."""
    return value.lower() == unescape_literal(wanted).lower()


def _matches_pattern(value: str, wanted: str) -> bool:
    """Return whether a value matches a pattern with `*` and `?`, for StringLike."""
    return glob(wanted)(value)


def _matches_arn(value: str, wanted: str) -> bool:
    """Return whether a value matches an ARN pattern, for ArnLike and ArnEquals (AWS treats them alike)."""
    return arn_glob(wanted)(value)


# ------------------------------------------------------------------- proposals
def _exact_shape(text: str) -> Shape:
    """Return the shape of a StringEquals literal, for comparisons."""
    return literal_predicates.literal_shape(unescape_literal(text))


def _folded_shape(text: str) -> Shape:
    """Return the shape of a StringEqualsIgnoreCase literal, for comparisons."""
    return literal_predicates.literal_shape(unescape_literal(text), fold=True)


def _pattern(text: str) -> Shape:
    """Return the shape of a StringLike pattern, for comparisons."""
    return literal_predicates.text_shape(pattern_tokens(text))


def _arn_pattern(text: str) -> Shape:
    """Return the shape of an ARN pattern, for comparisons."""
    return literal_predicates.text_shape(arn_tokens(text))


# A value that is no ARN is not even unlike one: two engines that were held against AWS's own simulator (PMapper,
# iam-simulate) say so of ArnNotEquals and ArnNotLike, and AWS's pages say nothing.
AN_ARN = literal_predicates.pattern_shape("arn:*:*:*:*:*")

_point = _propose_read(
    read_number, lambda value: literal_predicates.number_shape(Fraction(value))
)
_moment = _propose_read(
    read_instant, lambda value: literal_predicates.instant_shape(Fraction(value))
)
_address = _propose_read(read_network, lambda value: value)


_COMPARISONS = {
    "Equals": eq,
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}


def _operator_rows() -> Iterator[Operator]:
    """Yield every operator."""
    for no, negated in (("", False), ("Not", True)):
        yield Operator(f"String{no}Equals", "String", negated, _equals_text, _exact_shape)
        yield Operator(
            f"String{no}EqualsIgnoreCase",
            "String",
            negated,
            _equals_ignoring_case,
            _folded_shape,
        )
        yield Operator(f"String{no}Like", "String", negated, _matches_pattern, _pattern)
        about = AN_ARN if negated else None
        yield Operator(f"Arn{no}Equals", "ARN", negated, _matches_arn, _arn_pattern, about)
        yield Operator(f"Arn{no}Like", "ARN", negated, _matches_arn, _arn_pattern, about)
        yield Operator(
            f"{no}IpAddress",
            "IPAddress",
            negated,
            _compare_read(read_network, _is_subnet),
            _address,
        )
    for order, negated, relation in (
        ("NotEquals", True, eq),
        *((order, False, test) for order, test in _COMPARISONS.items()),
    ):
        yield Operator(
            f"Numeric{order}",
            "Numeric",
            negated,
            _compare_read(read_number, relation),
            _point,
        )
        yield Operator(
            f"Date{order}", "Date", negated, _compare_read(read_instant, relation), _moment
        )
    yield Operator(
        "Bool",
        "Bool",
        False,
        _compare_read(read_boolean, eq),
        _propose_read(read_boolean, literal_predicates.boolean_shape),
    )
    yield Operator(
        "BinaryEquals",
        "Binary",
        False,
        _compare_read(read_binary, eq),
        _propose_read(read_binary, literal_predicates.binary_shape),
    )
    yield Operator("Null", "Null", False, _never_matches, literal_predicates.nothing_shape)


OPERATORS: Mapping[str, Operator] = {row.name: row for row in _operator_rows()}


# ----------------------------------------------------------------- conditions
def condition_test(condition: Condition, variables: bool = True) -> Test:
    """Return the condition as a test of a request's context.

    `variables` is false in documents of version 2008-10-17.
    """
    operator = OPERATORS[condition.operator]
    key = condition.key.lower()
    if operator.type == "Null":
        return _null_test(condition, key)
    is_match = _value_test(operator, condition.values, variables)
    match condition.quantifier:
        case "ForAllValues":
            return lambda context: all(
                is_match(value, context) for value in context.get(key, ()) if value
            )
        case "ForAnyValue" if condition.if_exists:
            return lambda context: (
                key not in context
                or any(is_match(value, context) for value in context[key] if value)
            )
        case "ForAnyValue":
            return lambda context: any(
                is_match(value, context) for value in context.get(key, ()) if value
            )
        case _:
            return _single_value_test(
                is_match, key, condition.if_exists or operator.negated
            )


def _null_test(condition: Condition, key: str) -> Test:
    """Return the test of whether a key is present.

    For a missing key, ForAllValues is true and ForAnyValue is false, whatever the literal (PMapper's tests, compared with AWS's
    simulator).
    """
    literals = tuple(value.lower() for value in condition.values)
    absent = {"": "true" in literals, "ForAllValues": True, "ForAnyValue": False}[
        condition.quantifier
    ]
    present = "false" in literals
    return lambda context: present if key in context else absent


def _single_value_test(
    is_match: Callable[[str, Context], bool], key: str, when_absent: bool
) -> Test:
    """Return the test of an operator without a set operator.

    A missing key decides at once. Several values match nothing, even if the operator is
    negated.
    """

    def test(context: Context) -> bool:
        values = context.get(key)
        if values is None:
            return when_absent
        return len(values) == 1 and is_match(values[0], context)

    return test


def _value_test(
    operator: Operator, wanted: Values, variables: bool
) -> Callable[[str, Context], bool]:
    """Return a function that tests one value in a context against the literals `wanted`.

    It returns whether the value matches one of them, or none of them if the operator is negated. An
    operator with `about` (ArnNotEquals, ArnNotLike) is negated, but false for a value that isn't an ARN.
    `variables` is false in documents of version 2008-10-17, where `${…}` is plain text. A literal
    whose variable has no single value in the context matches nothing.
    """
    if operator.about is not None:
        about = matcher(operator.about.tokens)
        matches_literals = _value_test(replace(operator, about=None), wanted, variables)
        return lambda value, context: about(value) and matches_literals(value, context)
    test = operator.test
    negated = operator.negated
    mentions_variables = operator.type in ("String", "ARN") and any(
        "${" in text for text in wanted
    )
    if mentions_variables and variables:

        def matches_resolved(value: str, context: Context) -> bool:
            texts = (resolve_variables(text, context) for text in wanted)
            return (
                any(text is not None and test(value, text) for text in texts) is not negated
            )

        return matches_resolved
    if mentions_variables:
        fixed = tuple(map(escape_variables, wanted))
    else:
        fixed = wanted

    def matches_fixed(value: str, context: Context) -> bool:
        for text in fixed:
            if test(value, text):
                return not negated
        return negated

    return matches_fixed
