"""Make the shape of a literal: the literal's meaning as data, for comparison.

To *decide* a request, an operator tests one value against one literal. To *compare* two policies, all values matter, and a test
can't be run on infinitely many. So the row of an operator also has the shape of its literals. `StringLike "receipts/*"` is a
`Text`, a sequence of letters and wildcards. `NumericLessThan "10"` is a `Point`: all numbers below 10 are alike for it, and all
above. From the shapes of all literals on one key, `policy.comparison.value_classes` makes finitely many representatives. The
operators' tests then judge them. A shape only has to *propose* good values.

Each constructor is named for its shape: `literal_shape`, `pattern_shape`, `text_shape` (of tokens), and so on.
`nothing_shape` is for Null and for literals that match no value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias

from coffeeshop.policy.language.patterns import TEXT_WILDCARDS, Token


@dataclass(frozen=True, slots=True)
class Text:
    """A string pattern: single characters and wildcards, in order. `fold` ignores the case of letters.

    A `*` or `?` among the characters is literal (from `${*}`, or from the value of a policy variable).
    """

    tokens: tuple[Token, ...]
    fold: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A number, or an instant as seconds since 1970 (UTC): exact, since 0.1 + 0.2 must be 0.3."""

    value: Fraction
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """All addresses from `first` to `last`, both included, of IP version 4 or 6."""

    version: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`: a boolean key has no third value, though it may be absent."""

    value: bool


@dataclass(frozen=True, slots=True)
class Binary:
    """Bytes that are compared for equality."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Nothing:
    """A literal that tells no value from another: Null's, or one that matches nothing."""


Shape: TypeAlias = Text | Point | Network | Truth | Binary | Nothing


def text_shape(parts: Iterable[Token], fold: bool = False) -> Text:
    """Return the shape of a pattern from its parts: literal strings of any length, and wildcards."""
    return Text(
        tuple(
            token
            for part in parts
            for token in (part if isinstance(part, str) else (part,))
        ),
        fold,
    )


def literal_shape(value: str, fold: bool = False) -> Text:
    """Return the shape of exactly these characters. `*` and `?` are literal."""
    return Text(tuple(value), fold)


def pattern_shape(value: str, fold: bool = False) -> Text:
    """Return a pattern: `*` is any run of characters, `?` exactly one, and everything else is literal."""
    return Text(
        tuple(TEXT_WILDCARDS.get(character, character) for character in value), fold
    )


def number_shape(value: Fraction) -> Point:
    """Return the shape of a number. 10 and 10.0 are equal."""
    return Point(value)


def instant_shape(seconds: Fraction) -> Point:
    """Return a moment, as seconds since 1970-01-01T00:00:00Z."""
    return Point(seconds, instant=True)


def network_shape(value: IPv4Network | IPv6Network) -> Network:
    """Return the shape of the addresses of one network. A single address is a network of one."""
    return Network(value.version, int(value.network_address), int(value.broadcast_address))


def boolean_shape(value: bool) -> Truth:
    """Return the shape of the literal `true` or `false`."""
    return Truth(value)


def binary_shape(value: bytes) -> Binary:
    """Return the shape of a binary literal, from its decoded bytes."""
    return Binary(value)


def nothing_shape(value: str = "") -> Nothing:
    """Return the shape of a literal that matches no value: of Null, or one that its operator can't read."""
    return Nothing()
