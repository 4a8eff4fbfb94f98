"""Proposes values of a context key, at least one for every class that its literals can tell apart: a theory of each type.

Texts and ARNs are told apart by patterns, numbers and dates by thresholds, addresses by the borders of networks. Where
the theories of several types meet on one key, what they propose may miss a class, and that is said.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address
from itertools import count, groupby, pairwise
from math import ceil, floor
from types import MappingProxyType
from typing import assert_never

from coffeeshop.policy.comparison.automata import Automaton
from coffeeshop.policy.comparison.budgets import DIGITS, BudgetError, Steps
from coffeeshop.policy.language.conditions import AN_ARN, OPERATORS
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

DOCUMENTED = {
    4: ("203.0.113.7", "198.51.100.7", "192.0.2.7", "10.0.0.7"),
    6: ("2001:db8::7",),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = (
    -62_135_596_800,
    253_402_300_799,
)  # the years 1 to 9999, as policies can write them


def propose_values(
    name: str, shapes: tuple[Shape, ...], type: str, steps: Steps
) -> tuple[Values, str]:
    """Returns single values, at least one for every class, the readable first; and what makes "every" doubtful, if something.

    Literals of several theories may meet on one key (a pattern and a number): each proposes its own values, and one on
    which they would have to agree may be missing.
    """
    of = literal_theories(type, shapes)
    own = key_theory(type, shapes)
    if own == "Bool":
        return ("true", "false"), ""
    several = " and as ".join(sorted(of | {own}))
    doubt = "" if _alone(own, of) else f"{name} is compared as {several}"
    values: dict[str, None] = {}
    try:
        for kind in (own, *sorted(of - {own})):
            values.update((value, None) for value in _THEORIES[kind](shapes, steps))
    except BudgetError as error:
        doubt = f"{error} in {name}"
    return tuple(values), doubt


def literal_theories(type: str, shapes: Iterable[Shape]) -> set[str]:
    """Returns the theories that these literals are of."""
    return {
        "ARN" if type == "ARN" and kind == "String" else kind for kind in map(_kind, shapes)
    } - {""}


def key_theory(type: str, shapes: Iterable[Shape]) -> str:
    """Returns the theory that a key's values are of: its type's, else that of all its literals, else texts."""
    of = literal_theories(type, shapes)
    return type or (min(of) if len(of) == 1 else "String")


def _alone(own: str, kinds: set[str]) -> bool:
    """Tells whether one theory knows all values: its own, or any on a key that holds any text."""
    return kinds <= {own} or (own == "String" and len(kinds) == 1)


def _kind(shape: Shape) -> str:
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


def _texts(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yields each pattern with its wildcards filled in, then one text for every set of patterns that can match together."""
    texts = [shape for shape in shapes if isinstance(shape, Text)]
    yield from ("x", *map(sample_text, texts))
    yield from Automaton(texts, steps).sample_texts()


def _arns(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yields as `_texts` does, where every text is an ARN."""
    texts = [AN_ARN, *(shape for shape in shapes if isinstance(shape, Text))]
    yield from filter(
        matcher(AN_ARN.tokens),
        ("arn:aws:iam::111122223333:role/x", *map(sample_text, texts)),
    )
    yield from Automaton(texts, steps).sample_texts(need=1)


WORDS = {1: "aws", 3: "us-east-1", 4: "111122223333"}
OTHER_WORDS = {1: "aws", 3: "eu-west-1", 4: "444455556666"}


def sample_text(text: Text, words: Mapping[int, str] = MappingProxyType(WORDS)) -> str:
    """Returns a readable text that matches: wildcards are x's, but for the segments of an ARN that have words."""
    segments = _segments(text.tokens)
    shown = ["".join(map(_spelled, segment)) for segment in segments]
    if shown[0] == "arn" and len(shown) == 6:
        for at, word in words.items():
            if len(segments[at]) == 1 and _takes(segments[at][0], word):
                shown[at] = word
    return ":".join(shown)


def _segments(tokens: Sequence[Token]) -> list[list[tuple[Token, ...]]]:
    """Returns what stands between the first five colons, each as groups of letters and of neighbouring wildcards."""
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
    return isinstance(token, Wild)


def _spelled(group: tuple[Token, ...]) -> str:
    """Returns a shortest text that is not empty: letters as they are, an x for every `?`, one for stars alone."""
    letters = [
        "x" if isinstance(token, Wild) else token for token in group if token not in _RUNS
    ]
    return "".join(letters) or "x"


def _takes(group: tuple[Token, ...], word: str) -> bool:
    """Tells whether a group of wildcards, one of them a star, takes a word of this length."""
    stars = sum(token in _RUNS for token in group)
    return bool(stars) and len(group) - stars <= len(word)


_RUNS = frozenset(wild for wild in Wild if wild.many)


def _truths(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yields the two values of a boolean."""
    yield from ("true", "false")


def _binaries(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yields every literal, and bytes that are none of them."""
    known = {shape.value for shape in shapes if isinstance(shape, Binary)}
    zeros = map(bytes, count(1))
    other = next(value for value in zeros if value not in known)
    yield from (b64encode(value).decode() for value in (other, *sorted(known)))


def _numbers(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    points = (shape for shape in shapes if isinstance(shape, Point))
    yield from map(
        write_decimal, _around(point.value for point in points if not point.instant)
    )


def _dates(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    points = (shape for shape in shapes if isinstance(shape, Point))
    yield from map(_moment, _around(point.value for point in points if point.instant))


def _around(values: Iterable[Fraction]) -> Iterator[Fraction]:
    """Yields every threshold, and one point below all, between each two, and above all; whole numbers wherever one fits."""
    points = sorted(set(values)) or [Fraction(1)]
    yield Fraction(ceil(points[0]) - 1)
    for low, high in pairwise(points):
        whole = Fraction(floor(low) + 1)
        yield low
        yield whole if whole < high else (low + high) / 2
    yield from (points[-1], Fraction(floor(points[-1]) + 1))


def write_decimal(value: Fraction) -> str:
    """Writes out a fraction that a policy can hold, written out: its denominator divides a power of ten."""
    places = next((n for n in range(DIGITS) if 10**n % value.denominator == 0), DIGITS)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(
        places + 1, "0"
    )
    if len(digits) > DIGITS:
        raise BudgetError("digits: a number is too long to be written out")
    if not places:
        text = digits
    else:
        text = f"{digits[:-places]}.{digits[-places:]}"
    return "-" * (value < 0) + text


def _moment(seconds: Fraction) -> str:
    """Writes a moment as ISO 8601 where the year has four digits, else seconds since 1970."""
    whole = floor(seconds)
    if not FIRST <= whole <= LAST:
        return write_decimal(seconds)
    part = write_decimal(seconds - whole)[1:]
    return f"{EPOCH + timedelta(seconds=whole):%Y-%m-%dT%H:%M:%S}{part}Z".rjust(
        20 + len(part), "0"
    )


def _networks(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yields one address between any two borders of the networks, of both versions; those of the documentation first."""
    networks = [shape for shape in shapes if isinstance(shape, Network)]
    for version, write, bits in ((4, IPv4Address, 32), (6, IPv6Address, 128)):
        own = [network for network in networks if network.version == version]
        yield from DOCUMENTED[version]
        begin = {
            0,
            *(network.first for network in own),
            *(network.last + 1 for network in own),
        }
        for low in sorted(begin - {1 << bits}):
            yield str(write(low))


_THEORIES: Mapping[str, Callable[[Iterable[Shape], Steps], Iterator[str]]] = {
    "String": _texts,
    "ARN": _arns,
    "Bool": _truths,
    "Binary": _binaries,
    "Numeric": _numbers,
    "Date": _dates,
    "IPAddress": _networks,
}

# For each theory, the literal that is a value itself.
_EQUAL = ("Bool", "BinaryEquals", "NumericEquals", "DateEquals", "IpAddress")
EXACT: Mapping[str, Callable[[str], Shape]] = {
    "String": literal_shape,
    "ARN": literal_shape,
    **{OPERATORS[name].type: OPERATORS[name].propose for name in _EQUAL},
}
