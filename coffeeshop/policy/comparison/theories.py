"""Propose values of a context key, at least one for each class that its literals distinguish. Each type has a theory.

Patterns distinguish texts and ARNs, thresholds distinguish numbers and dates, and borders of networks distinguish addresses. If
theories of several types meet on one key, the proposed values can miss a class, and the result has a doubt.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address
from itertools import chain, count, groupby, pairwise
from math import ceil, floor
from types import MappingProxyType
from typing import assert_never

from coffeeshop.policy.comparison.address_texts import addresses_of_text
from coffeeshop.policy.comparison.automata import Automaton
from coffeeshop.policy.comparison.budgets import MAX_NUMBER_DIGITS, BudgetError, Steps
from coffeeshop.policy.language.conditions import AN_ARN, OPERATORS, read_network
from coffeeshop.policy.language.literal_predicates import (
    Binary,
    Network,
    Nothing,
    Point,
    Shape,
    Text,
    Truth,
    literal_shape,
)
from coffeeshop.policy.language.patterns import Token, Wild, matcher
from coffeeshop.policy.model import Values

DOCUMENTED_ADDRESSES = {
    4: ("203.0.113.7", "198.51.100.7", "192.0.2.7", "10.0.0.7"),
    6: ("2001:db8::7",),
}
# Keys whose values have no capital letters: AWS writes the code of each Region without them.
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
LOWER_CASE = frozenset({"aws:requestedregion"})
# Types whose values have a form that no number, date, boolean or bytes have.
TYPES_WITH_OWN_FORM = frozenset({"ARN", "IPAddress"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The first and the last second that policies can write, from the year 1 to 9999.
FIRST_SECOND = -62_135_596_800
LAST_SECOND = 253_402_300_799


def propose_values(
    name: str, shapes: tuple[Shape, ...], type: str, steps: Steps
) -> tuple[Values, str]:
    """Return at least one value of every class, readable ones first, and a doubt or "".

    If literals of several theories meet on one key, such as a pattern and a number, each
    theory proposes its own values. A value on which they would have to agree may then be
    missing.
    """
    if type == "IPAddress":
        shapes = tuple(chain.from_iterable(map(_address_shapes, shapes)))
    theories = literal_theories(type, shapes)
    main_theory = key_theory(type, shapes)
    if main_theory in TYPES_WITH_OWN_FORM:
        # No value of the key passes a test of these.
        theories &= {main_theory, "String"}
    if main_theory == "Bool":
        return ("true", "false"), ""
    several = " and as ".join(sorted(theories | {main_theory}))
    if _is_sole_theory(main_theory, theories):
        doubt = ""
    else:
        doubt = f"{name} is compared as {several}"
    values: dict[str, None] = {}
    try:
        for kind in (main_theory, *sorted(theories - {main_theory})):
            values.update((value, None) for value in _VALUES_BY_TYPE[kind](shapes, steps))
    except BudgetError as error:
        doubt = f"{error} in {name}"
    if type == "IPAddress":
        return tuple(filter(read_network, values)), doubt
    if name.lower() in LOWER_CASE:
        return tuple(dict.fromkeys(value.lower() for value in values)), doubt
    return tuple(values), doubt


def _address_shapes(shape: Shape) -> tuple[Shape, ...]:
    """Return the ranges of addresses that a text matches, if they are known; else the shape itself."""
    ranges = addresses_of_text(shape) if isinstance(shape, Text) else None
    return (shape,) if ranges is None else ranges


def literal_theories(type: str, shapes: Iterable[Shape]) -> set[str]:
    """Return the theories of these literals."""
    return {
        "ARN" if type == "ARN" and kind == "String" else kind
        for kind in map(_shape_theory, shapes)
    } - {""}


def key_theory(type: str, shapes: Iterable[Shape]) -> str:
    """Return the theory of a key's values: its type's, or the only one of its literals, or text."""
    theories = literal_theories(type, shapes)
    return type or (min(theories) if len(theories) == 1 else "String")


def _is_sole_theory(main_theory: str, kinds: set[str]) -> bool:
    """Return whether one theory knows all values: the key's own, or any if the key takes
    any text.
    """
    return kinds <= {main_theory} or (main_theory == "String" and len(kinds) == 1)


def _shape_theory(shape: Shape) -> str:
    """Return the theory of a literal, or "" if it distinguishes no values."""
    match shape:
        case Text():
            return "String"
        case Point(instant=instant):
            return "Date" if instant else "Numeric"
        case Network():
            return "IPAddress"
        case Truth():
            return "Bool"
        case Binary():
            return "Binary"
        case Nothing():
            return ""
        case _:
            assert_never(shape)


def _text_values(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yield each pattern with its wildcards filled in, then a text for each set of
    patterns.
    """
    texts = [shape for shape in shapes if isinstance(shape, Text)]
    yield from ("x", *map(sample_text, texts))
    yield from Automaton(texts, steps).sample_texts()


def _arn_values(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yield an ARN for each set of patterns. An ARN operator matches nothing else, so other texts aren't tried."""
    texts = [AN_ARN, *(shape for shape in shapes if isinstance(shape, Text))]
    yield from filter(
        matcher(AN_ARN.tokens),
        ("arn:aws:iam::111122223333:role/x", *map(sample_text, texts)),
    )
    yield from Automaton(texts, steps).sample_texts(must_match=1)


ARN_PART_EXAMPLES = {1: "aws", 3: "us-east-1", 4: "111122223333"}
OTHER_WORDS = {1: "aws", 3: "eu-west-1", 4: "444455556666"}


def sample_text(
    text: Text, words: Mapping[int, str] = MappingProxyType(ARN_PART_EXAMPLES)
) -> str:
    """Return a readable text that matches: x for wildcards, or the word for that segment of
    an ARN.
    """
    segments = _token_segments(text.tokens)
    words_shown = ["".join(map(_shortest_text, segment)) for segment in segments]
    if words_shown[0] == "arn" and len(words_shown) == 6:
        for at, word in words.items():
            if len(segments[at]) == 1 and _fits_word(segments[at][0], word):
                words_shown[at] = word
    return ":".join(words_shown)


def _token_segments(tokens: Sequence[Token]) -> list[list[tuple[Token, ...]]]:
    """Return the parts between the first five colons, as groups of letters and of
    wildcards.
    """
    segments: list[list[Token]] = [[]]
    for token in tokens:
        if token == ":" and len(segments) < 6:
            segments.append([])
        else:
            segments[-1].append(token)
    return [
        [tuple(group) for _, group in groupby(segment, _is_wild)] for segment in segments
    ]


def _is_wild(token: Token) -> bool:
    """Return whether a token is a wildcard."""
    return isinstance(token, Wild)


def _shortest_text(group: tuple[Token, ...]) -> str:
    """Return a short non-empty text: letters as they are, x for each `?`, one x for stars
    alone.
    """
    letters = [
        "x" if isinstance(token, Wild) else token
        for token in group
        if token not in _RUN_WILDCARDS
    ]
    return "".join(letters) or "x"


def _fits_word(group: tuple[Token, ...], word: str) -> bool:
    """Return whether a group of wildcards matches a word of this length."""
    stars = sum(token in _RUN_WILDCARDS for token in group)
    return bool(stars) and len(group) - stars <= len(word)


_RUN_WILDCARDS = frozenset(wild for wild in Wild if wild.matches_many)


def _boolean_values(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yield the two values of a boolean."""
    yield from ("true", "false")


def _binary_values(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yield every literal, and bytes that are no literal."""
    literals = {shape.value for shape in shapes if isinstance(shape, Binary)}
    zeros = map(bytes, count(1))
    unmentioned = next(value for value in zeros if value not in literals)
    yield from (b64encode(value).decode() for value in (unmentioned, *sorted(literals)))


def _number_values(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yield numbers around each threshold that the conditions compare with (see `_values_around`)."""
    points = (shape for shape in shapes if isinstance(shape, Point))
    yield from map(
        write_decimal, _values_around(point.value for point in points if not point.instant)
    )


def _date_values(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yield dates around each moment that the conditions compare with (see `_values_around`)."""
    points = (shape for shape in shapes if isinstance(shape, Point))
    yield from map(
        write_instant, _values_around(point.value for point in points if point.instant)
    )


def _values_around(values: Iterable[Fraction]) -> Iterator[Fraction]:
    """Yield every threshold and a point below, between and above them, whole numbers if
    possible.
    """
    points = sorted(set(values)) or [Fraction(1)]
    yield Fraction(ceil(points[0]) - 1)
    for low, high in pairwise(points):
        whole = Fraction(floor(low) + 1)
        yield low
        yield whole if whole < high else (low + high) / 2
    yield from (points[-1], Fraction(floor(points[-1]) + 1))


def write_decimal(value: Fraction) -> str:
    """Return a fraction in decimal notation. Its denominator divides a power of ten."""
    places = next(
        (n for n in range(MAX_NUMBER_DIGITS) if 10**n % value.denominator == 0),
        MAX_NUMBER_DIGITS,
    )
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(
        places + 1, "0"
    )
    if len(digits) > MAX_NUMBER_DIGITS:
        raise BudgetError("digits: a number is too long to be written out")
    if not places:
        text = digits
    else:
        text = f"{digits[:-places]}.{digits[-places:]}"
    return "-" * (value < 0) + text


def write_instant(seconds: Fraction) -> str:
    """Return a moment as ISO 8601 if the year has four digits, else as seconds since 1970."""
    whole = floor(seconds)
    if not FIRST_SECOND <= whole <= LAST_SECOND:
        return write_decimal(seconds)
    part = write_decimal(seconds - whole)[1:]
    return f"{EPOCH + timedelta(seconds=whole):%Y-%m-%dT%H:%M:%S}{part}Z".rjust(
        20 + len(part), "0"
    )


def _address_values(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yield an address of every range that no border of a network divides.

    Addresses that are reserved for documentation come first, because they are better examples.
    """
    networks = [shape for shape in shapes if isinstance(shape, Network)]
    for version, write, bits in ((4, IPv4Address, 32), (6, IPv6Address, 128)):
        same_version = [network for network in networks if network.version == version]
        yield from DOCUMENTED_ADDRESSES[version]
        # A range begins at the first address of all, at a network, and behind one.
        range_starts = {
            0,
            *(network.first for network in same_version),
            *(network.last + 1 for network in same_version),
        }
        address_count = 1 << bits  # behind the last address
        for start in sorted(range_starts - {address_count}):
            yield str(write(start))


_VALUES_BY_TYPE: Mapping[str, Callable[[Iterable[Shape], Steps], Iterator[str]]] = {
    "String": _text_values,
    "ARN": _arn_values,
    "Bool": _boolean_values,
    "Binary": _binary_values,
    "Numeric": _number_values,
    "Date": _date_values,
    "IPAddress": _address_values,
}

# For each theory, the literal that is a value itself.
_EXACT_OPERATORS = ("Bool", "BinaryEquals", "NumericEquals", "DateEquals", "IpAddress")
EXACT_LITERALS: Mapping[str, Callable[[str], Shape]] = {
    "String": literal_shape,
    "ARN": literal_shape,
    **{OPERATORS[name].type: OPERATORS[name].propose for name in _EXACT_OPERATORS},
}
