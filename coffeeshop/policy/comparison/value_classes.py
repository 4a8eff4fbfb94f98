"""Divides all that one context key can hold into finitely many classes, each with its cheapest representative.

A key may hold infinitely many values, yet the conditions of two policies can tell only finitely many kinds of them apart:
under `NumericLessThan 10` and `NumericEquals 20` it is enough to know 9, 10, 11, 20 and 21. So the shapes of the literals
(`literal_predicates`) propose values, every condition is *tried* on each by the very test that decides requests, and values
on which all conditions agree are one class. What a condition means is then one integer, its mask: bit i says whether it
holds in class i. "And" of conditions is `&`, "not" is `~`, and classes are sorted by cost, so that the cheapest value of
a mask is its lowest bit. Absence is a class like any other, and the cheapest of all.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address
from itertools import groupby, pairwise
from math import ceil, floor
from types import MappingProxyType
from typing import TypeAlias, TypeVar, assert_never

from coffeeshop.policy.comparison.automata import Automaton
from coffeeshop.policy.comparison.budgets import CLASSES, DIGITS, BudgetError, Steps
from coffeeshop.policy.language.conditions import AN_ARN, OPERATORS
from coffeeshop.policy.language.literal_predicates import (
    Binary,
    Network,
    Nothing,
    Point,
    Shape,
    Text,
    Truth,
    literal,
)
from coffeeshop.policy.language.patterns import Token, Wild, matcher
from coffeeshop.policy.model import Values

PRESENCE = 1_000  # what a key costs for being there at all: a witness has few keys before it has short ones

Value: TypeAlias = "Values | None"  # what a request carries for the key; None: it does not
DOCUMENTED = {4: ("203.0.113.7", "198.51.100.7", "192.0.2.7", "10.0.0.7"), 6: ("2001:db8::7",)}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999, as policies can write them


@dataclass(frozen=True, slots=True)
class Key:
    """Says what requests may carry for one key: values of which type, whether several, whether none at all.

    `type` is the catalogue's ("String", "ARN", "Bool", "Numeric", "Date", "IPAddress", "Binary"), "" where nobody says.
    """

    type: str = ""
    several: bool = False
    absent: bool = True


@dataclass(frozen=True, slots=True)
class Dimension:
    """Holds the classes of one key by representative, cheapest first; what each costs; the mask of each condition.

    `doubt` says why the representatives may miss a class, if they may: then a difference that is found is true, but
    that none is found proves nothing.
    """

    values: tuple[Value, ...]
    costs: tuple[int, ...]
    masks: tuple[int, ...]
    doubt: str = ""

    @property
    def full(self) -> int:
        """Returns the mask of all classes."""
        return (1 << len(self.values)) - 1

    def free(self, mask: int) -> bool:
        """Tells whether a request need not even carry the key to be in one of these classes, which are all."""
        return mask == self.full and self.values[0] is None


Test: TypeAlias = Callable[[Value], bool]
V = TypeVar("V")


def dimension(
    name: str, key: Key, tests: Sequence[Test], shapes: Iterable[Shape], steps: Steps | None = None
) -> Dimension:
    """Returns the classes of a key under these tests of what it holds; with a doubt where they were too many to find."""
    steps, literals = steps or Steps(), _told_apart(key, tuple(shapes))

    def truth(value: Value) -> int:
        steps.take((len(tests) + len(literals)) * max(1, len(value or ())))
        return sum(1 << number for number, test in enumerate(tests) if test(value))

    with steps.at_most(steps.left // 2):
        single, doubt = proposals(name, literals, key.type, steps)
    best: dict[int, Value] = {}
    try:
        for value in _values(name, key, single, literals, truth, steps):
            best.setdefault(truth(value), value)
            if len(best) >= CLASSES:
                raise BudgetError("classes: there are too many kinds of values")
    except BudgetError as error:
        doubt = f"{error} in {name}"
    return Dimension(*ranked(best or {0: None}, len(tests), cost), doubt)


def _told_apart(key: Key, literals: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Returns what tells single values apart: emptiness too where texts make sets, since no set holds the empty one.

    Else it alone might stand for all the texts that no literal names.
    """
    empty = key.several and _kinds(key.type, literals) == {"String"}
    return (*literals, literal("")) if empty else literals


def _values(
    name: str,
    key: Key,
    single: Values,
    literals: tuple[Shape, ...],
    truth: Callable[[Value], int],
    steps: Steps,
) -> Iterator[Value]:
    """Yields what a request may carry for a key, absence first."""
    if key.absent:
        yield None
    if key.several:
        yield from _sets(_members(name, key.type, single, literals, truth, steps), truth, steps)
    else:
        yield from ((text,) for text in single)


def ranked(
    best: Mapping[int, V], tests: int, price: Callable[[V], int]
) -> tuple[tuple[V, ...], tuple[int, ...], tuple[int, ...]]:
    """Returns these representatives, each by what all the tests say of it, the cheapest first; what each costs; and the
    mask of each test.
    """
    order = sorted(best.items(), key=lambda item: price(item[1]))

    def mask(test: int) -> int:
        return sum(1 << at for at, (vector, _) in enumerate(order) if vector >> test & 1)

    ones = tuple(one for _, one in order)
    return ones, tuple(map(price, ones)), tuple(map(mask, range(tests)))


OPAQUE = Dimension((None, None), (0, 0), (0b10,))  # a condition that nobody can judge: false or true


def cost(value: Value) -> int:
    """Ranks a value: absent before present, one value before two, short before long, plain before odd."""
    if value is None:
        return 0
    return PRESENCE * len(value) + sum(
        len(text) + 20 * (not text or not text.isprintable()) for text in value
    )


def _members(
    name: str,
    type: str,
    singles: Values,
    literals: tuple[Shape, ...],
    truth: Callable[[Value], int],
    steps: Steps,
) -> Values:
    """Returns the single values that sets are made of: none is empty.

    A plain operator cares whether a set has several members, so there it takes a second one of each class that has more
    than one: what is proposed where each of the first is a literal too.
    """
    singles = tuple(filter(None, singles))
    if all(truth((value, value)) == truth((value,)) for value in singles):
        return singles
    again = map(_EXACT[_theory(type, literals)], singles)
    more, _ = proposals(name, (*literals, *again), type, steps)
    return tuple(dict.fromkeys((*singles, *filter(None, more))))


def _sets(singles: Iterable[str], truth: Callable[[Value], int], steps: Steps) -> Iterator[Values]:
    """Yields sets of values: single ones, closed under adding another.

    What set operators say of a set is settled by what they say of its members, some of them (ForAnyValue) or all
    (ForAllValues), and what plain operators say by whether it has several; so of the sets that agree in these three
    one is enough.
    """
    alike: dict[int, list[str]] = {}
    for value in singles:
        alike.setdefault(truth((value,)), []).append(value)
    members = [(vector, value) for vector, values in alike.items() for value in values[:2]]
    grown: list[tuple[Values, int, int]] = [((value,), vector, vector) for vector, value in members]
    seen: set[tuple[int, int]] = set()
    yield from (value for value, _, _ in grown)
    for value, some, every in grown:
        steps.take(len(members))
        for vector, extra in members:
            state = (some | vector, every & vector)
            if extra not in value and state not in seen:
                seen.add(state)
                grown.append(((*value, extra), *state))
                yield (*value, extra)


# ------------------------------------------------------------------ proposals
def proposals(name: str, shapes: tuple[Shape, ...], type: str, steps: Steps) -> tuple[Values, str]:
    """Returns single values, at least one for every class, the readable first; and what makes "every" doubtful, if something.

    Literals of several theories may meet on one key (a pattern and a number): each proposes its own values, and one on
    which they would have to agree may be missing.
    """
    kinds, own = _kinds(type, shapes), _theory(type, shapes)
    if own == "Bool":
        return ("true", "false"), ""
    doubt = "" if _alone(own, kinds) else f"{name} is compared as {' and as '.join(sorted(kinds | {own}))}"
    values: dict[str, None] = {}
    try:
        for kind in (own, *sorted(kinds - {own})):
            values.update((value, None) for value in _THEORIES[kind](shapes, steps))
    except BudgetError as error:
        doubt = f"{error} in {name}"
    return tuple(values), doubt


def _kinds(type: str, shapes: Iterable[Shape]) -> set[str]:
    """Returns the theories that these literals are of."""
    return {"ARN" if type == "ARN" and kind == "String" else kind for kind in map(_kind, shapes)} - {""}


def _theory(type: str, shapes: Iterable[Shape]) -> str:
    """Returns the theory that a key's values are of: its type's, else that of all its literals, else texts."""
    kinds = _kinds(type, shapes)
    return type or (min(kinds) if len(kinds) == 1 else "String")


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
    yield from ("x", *map(filled, texts))
    yield from Automaton(texts, steps).kinds()


def _arns(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yields as `_texts` does, where every text is an ARN."""
    texts = [AN_ARN, *(shape for shape in shapes if isinstance(shape, Text))]
    yield from filter(matcher(AN_ARN.tokens), ("arn:aws:iam::111122223333:role/x", *map(filled, texts)))
    yield from Automaton(texts, steps).kinds(need=1)


WORDS = {1: "aws", 3: "us-east-1", 4: "111122223333"}
OTHER_WORDS = {1: "aws", 3: "eu-west-1", 4: "444455556666"}


def filled(text: Text, words: Mapping[int, str] = MappingProxyType(WORDS)) -> str:
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
    return [[tuple(group) for _, group in groupby(segment, _is_wild)] for segment in segments]


def _is_wild(token: Token) -> bool:
    return isinstance(token, Wild)


def _spelled(group: tuple[Token, ...]) -> str:
    """Returns a shortest text that is not empty: letters as they are, an x for every `?`, one for stars alone."""
    letters = ["x" if isinstance(token, Wild) else token for token in group if token not in _RUNS]
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
    other = next(bytes(length) for length in range(1, len(known) + 2) if bytes(length) not in known)
    yield from (b64encode(value).decode() for value in (other, *sorted(known)))


def _numbers(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    yield from map(
        decimal, _around(shape.value for shape in shapes if isinstance(shape, Point) and not shape.instant)
    )


def _dates(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    yield from map(
        _moment, _around(shape.value for shape in shapes if isinstance(shape, Point) and shape.instant)
    )


def _around(values: Iterable[Fraction]) -> Iterator[Fraction]:
    """Yields every threshold, and one point below all, between each two, and above all; whole numbers wherever one fits."""
    points = sorted(set(values)) or [Fraction(1)]
    yield Fraction(ceil(points[0]) - 1)
    for low, high in pairwise(points):
        whole = Fraction(floor(low) + 1)
        yield low
        yield whole if whole < high else (low + high) / 2
    yield from (points[-1], Fraction(floor(points[-1]) + 1))


def decimal(value: Fraction) -> str:
    """Writes out a fraction that a policy can hold, written out: its denominator divides a power of ten."""
    places = next((n for n in range(DIGITS) if 10**n % value.denominator == 0), DIGITS)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    if len(digits) > DIGITS:
        raise BudgetError("digits: a number is too long to be written out")
    text = digits if not places else f"{digits[:-places]}.{digits[-places:]}"
    return "-" * (value < 0) + text


def _moment(seconds: Fraction) -> str:
    """Writes a moment as ISO 8601 where the year has four digits, else seconds since 1970."""
    whole = floor(seconds)
    if not FIRST <= whole <= LAST:
        return decimal(seconds)
    part = decimal(seconds - whole)[1:]
    return f"{EPOCH + timedelta(seconds=whole):%Y-%m-%dT%H:%M:%S}{part}Z".rjust(20 + len(part), "0")


def _networks(shapes: Iterable[Shape], steps: Steps) -> Iterator[str]:
    """Yields one address between any two borders of the networks, of both versions; those of the documentation first."""
    networks = [shape for shape in shapes if isinstance(shape, Network)]
    for version, write, last in ((4, IPv4Address, (1 << 32) - 1), (6, IPv6Address, (1 << 128) - 1)):
        own = [network for network in networks if network.version == version]
        yield from DOCUMENTED[version]
        for low in sorted({0, *(n.first for n in own), *(n.last + 1 for n in own)} - {last + 1}):
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

_EXACT: Mapping[str, Callable[[str], Shape]] = {
    "String": literal,
    "ARN": literal,
    **{
        OPERATORS[name].type: OPERATORS[name].propose
        for name in ("Bool", "BinaryEquals", "NumericEquals", "DateEquals", "IpAddress")
    },
}
