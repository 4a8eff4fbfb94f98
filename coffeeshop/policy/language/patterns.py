"""Read every `*` and `?` of the policy language, and match texts.

In a pattern, `*` is any run of characters, also an empty one, and `?` is exactly one. `${*}`, `${?}` and `${$}` are those
characters themselves. The value of a policy variable is written into a pattern this way. No pattern becomes a regular
expression, because those backtrack, and a hostile policy could make them run for minutes. Here a text is read once, from left
to right.

Simple patterns are matched by searching for their pieces in order. All others use an automaton. A pattern of m tokens is a row
of m + 1 places. The token on place i moves us from place i to i + 1, and a run lets us stay. While reading, we are on *several*
places at once, because after `a*` the next `b` may belong to the run or be the next letter. All places are the bits of one
integer, the *state*, and one letter moves them in two operations:

    step(state, letter) = (state & advance[letter]) << 1 | state & loop[letter]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple, TypeAlias

Predicate: TypeAlias = Callable[[str], bool]

_ESCAPE_OR_WILD = re.compile(r"\$\{[*?$]\}|[*?]")
_ESCAPE_PATTERN = re.compile(r"\$\{([*?$])\}")
_NEEDS_ESCAPE = re.compile(r"\$(?=\{)|[*?]")


class Wild(Enum):
    """The wildcards: a run of characters or exactly one character, and the characters that they exclude.

    `*` and `?` are RUN and ONE. In an ARN's first five segments they exclude colons. In the names of the catalogue's ARN formats
    (`role/${RoleName}`) they exclude slashes as well.
    """

    RUN = (True, "")
    ONE = (False, "")
    RUN_IN_SEGMENT = (True, ":")
    ONE_IN_SEGMENT = (False, ":")
    RUN_IN_NAME = (True, ":/")
    ONE_IN_NAME = (False, ":/")

    # The hash of identity, because Enum's own is slow and each lookup of a pattern hashes its tokens.
    __hash__ = object.__hash__

    @property
    def matches_many(self) -> bool:
        """Return whether the wildcard matches any number of characters."""
        return self.value[0]

    @property
    def excluded_characters(self) -> str:
        """Return the characters that the wildcard excludes."""
        return self.value[1]


Token: TypeAlias = "str | Wild"  # literal text of any length, or a wildcard
Tokens: TypeAlias = "tuple[Token, ...]"

TEXT_WILDCARDS: Mapping[str, Token] = {"*": Wild.RUN, "?": Wild.ONE}
SEGMENT_WILDCARDS: Mapping[str, Token] = {
    "*": Wild.RUN_IN_SEGMENT,
    "?": Wild.ONE_IN_SEGMENT,
}


# -------------------------------------------------------------------- reading
def pattern_tokens(pattern: str, wild: Mapping[str, Token] = TEXT_WILDCARDS) -> Tokens:
    """Return a pattern as texts and wildcards, with the escapes decoded."""
    parts: list[Token] = []
    end = 0
    for match in _ESCAPE_OR_WILD.finditer(pattern):
        parts += [pattern[end : match.start()], wild.get(match[0]) or match[0][2]]
        end = match.end()
    return tuple(part for part in (*parts, pattern[end:]) if part)


def has_wildcard(pattern: str) -> bool:
    """Return whether a pattern has a `*` or a `?`."""
    return "*" in pattern or "?" in pattern


def is_everything(pattern: str) -> bool:
    """Return whether a pattern is only stars. As a resource it matches every request."""
    return bool(pattern) and not pattern.strip("*")


def escape_wildcards(value: str) -> str:
    """Return a pattern that matches exactly these characters."""
    return _NEEDS_ESCAPE.sub(r"${\g<0>}", value)


def unescape_literal(pattern: str) -> str:
    """Return a text whose `*` and `?` stand for themselves (StringEquals), with the escapes
    decoded.
    """
    if "${" in pattern:
        return _ESCAPE_PATTERN.sub(r"\1", pattern)
    return pattern


# ------------------------------------------------------------------- matching
@lru_cache(maxsize=8192)
def glob(pattern: str) -> Predicate:
    """Return a test of whether a whole text matches the pattern."""
    return matcher(pattern_tokens(pattern))


@lru_cache(maxsize=8192)
def matcher(pattern: Tokens) -> Predicate:
    """Return a test of whether a whole text matches these tokens."""
    return _token_test(pattern, absent="")


def _token_test(pattern: Tokens, absent: str) -> Predicate:
    """Return the simplest test that a whole text matches these tokens.

    Texts are known to hold none of the `absent` characters. So a wildcard that excludes
    only those is a plain one, and needs no check.
    """
    for letter in ":/":
        if letter not in absent and _excludes(pattern, letter):
            return _test_by_parts(pattern, letter, absent)
    pieces, gaps = _pieces_and_gaps(pattern)
    if not gaps:
        return pieces[0].__eq__
    if all(gap.grows for gap in gaps):
        return _test_in_order(pieces, gaps)
    head = pieces[0]
    tail = pieces[-1]
    reads = _Reader(pattern).matches
    return lambda text: text.startswith(head) and text.endswith(tail) and reads(text)


def _excludes(pattern: Tokens, letter: str) -> bool:
    """Return whether some wildcard of the pattern can't match this character, as `*` in an
    ARN's segment can't match a colon.
    """
    return any(
        isinstance(token, Wild) and letter in token.excluded_characters for token in pattern
    )


def _test_by_parts(pattern: Tokens, separator: str, absent: str) -> Predicate:
    """Return a test that splits a text at a separator (a colon or a slash) and tests each
    part, which is quicker.

    It works because wildcards before the last part can't match the separator. So each
    separator in the pattern meets one in the text.
    """
    *parts_before, last_part = _split_at(pattern, separator)
    last_may_hold_separator = any(
        isinstance(token, Wild) and separator not in token.excluded_characters
        for token in last_part
    )
    if last_may_hold_separator and _excludes(last_part, separator):
        return _Reader(pattern).matches
    tests = [_token_test(part, absent + separator) for part in parts_before]
    tests.append(
        _token_test(last_part, absent if last_may_hold_separator else absent + separator)
    )
    count = len(tests)
    # One too many where the last part takes no colon either.
    separators_needed = count - 1 if last_may_hold_separator else count

    def matches(text: str) -> bool:
        parts = text.split(separator, separators_needed)
        return len(parts) == count and all(
            test(part) for test, part in zip(tests, parts, strict=True)
        )

    return matches


def _split_at(pattern: Tokens, separator: str) -> list[Tokens]:
    """Return the parts of a pattern between separators, up to the first wildcard that can match one.

    Everything from there on is in the last part.
    """
    parts: list[list[Token]] = [[]]
    for index, token in enumerate(pattern):
        if isinstance(token, str):
            first, *further = token.split(separator)
            parts[-1].append(first)
            parts.extend([piece] for piece in further)
        elif separator in token.excluded_characters:
            parts[-1].append(token)
        else:
            parts[-1] += pattern[index:]
            break
    return [tuple(part) for part in parts]


class _Gap(NamedTuple):
    """Adjacent wildcards: how many characters at least, and whether there can be more."""

    least: int
    grows: bool


def _pieces_and_gaps(pattern: Tokens) -> tuple[list[str], list[_Gap]]:
    """Return the texts of a pattern, first and last perhaps empty, and the gaps between
    them.
    """
    pieces: list[str] = []
    gaps: list[_Gap] = []
    for is_text, group in groupby(
        ("", *pattern, ""), key=lambda token: isinstance(token, str)
    ):
        if is_text:
            pieces.append("".join(map(str, group)))
        else:
            runs = [token.matches_many for token in group if isinstance(token, Wild)]
            gaps.append(_Gap(runs.count(False), any(runs)))
    return pieces, gaps


def _test_in_order(pieces: list[str], gaps: list[_Gap]) -> Predicate:
    """Return a test of a text for literal `pieces` with `gaps` between them that can all grow (a `*`).

    The first and the last piece are at the ends of the text. Each other piece is looked for once, as early
    as possible, since a later place leaves less room for the rest. `least` is a gap's shortest length.
    """
    head, *middle, tail = pieces
    *leasts, final = (gap.least for gap in gaps)
    shortest = sum(map(len, pieces)) + sum(leasts) + final
    if not middle and not tail and not final:
        return lambda text: text.startswith(head)
    before = len(head)
    after = len(tail)
    searched = [
        (least, piece, len(piece)) for least, piece in zip(leasts, middle, strict=True)
    ]

    def matches(text: str) -> bool:
        length = len(text)
        if length < shortest or not text.startswith(head) or not text.endswith(tail):
            return False
        at = before
        stop = length - after
        for least, piece, size in searched:
            at = text.find(piece, at + least, stop)
            if at < 0:
                return False
            at += size
        return at + final <= stop

    return matches


# ------------------------------------------------------------------- automata
def case_variants(letter: str) -> set[str]:
    """Return a letter in both cases. A case of two characters is left out, such as SS, the upper case of the German sharp s."""
    return {form for form in (letter, letter.lower(), letter.upper()) if len(form) == 1}


def _add_place(places: dict[str, int], key: str, place: int) -> None:
    """Add a place to the set of places that `places` has for a key. A set is an integer, with a bit for each place."""
    places[key] = places.get(key, 0) | 1 << place


class Places:
    """The places of several patterns as bits of one integer, and the moves of a letter over them."""

    def __init__(self) -> None:
        self.count = 0
        self._literal: dict[str, int] = {}
        self._one: dict[str, int] = {}
        self._many: dict[str, int] = {}

    def lay_pattern(self, pattern: Iterable[Token], fold: bool = False) -> tuple[int, int]:
        """Add a pattern's places after those of earlier patterns. Return its first and its last place.

        A place is how much of a pattern was read (see the module). Each letter and each `?` leads from
        one place to the next. A `*` has no place of its own: it lets us stay on the place where it begins.
        A text matches if reading it leads from the first place to the last. `fold` ignores case.
        """
        first = self.count
        place = first
        for token in pattern:
            if isinstance(token, Wild) and token.matches_many:
                _add_place(self._many, token.excluded_characters, place)
            elif isinstance(token, Wild):
                _add_place(self._one, token.excluded_characters, place)
                place += 1
            else:
                for letter in token:
                    for form in case_variants(letter) if fold else (letter,):
                        _add_place(self._literal, form, place)
                    place += 1
        self.count = place + 1
        return first, place

    def letters(self) -> set[str]:
        """Return the letters that the patterns distinguish."""
        return {
            *self._literal,
            *(letter for never in (*self._one, *self._many) for letter in never),
        }

    def advance_mask(self, letter: str | None) -> int:
        """Return the places, as bits, from which reading a letter leads to the next place.

        None stands for any letter that no pattern mentions.
        """
        return self._literal.get(letter or "", 0) | _places_of_matching_wildcards(
            self._one, letter
        )

    def loop_mask(self, letter: str | None) -> int:
        """Return the places, as bits, on which reading a letter changes nothing: those of a `*` that matches it."""
        return _places_of_matching_wildcards(self._many, letter)


def _places_of_matching_wildcards(wildcards: Mapping[str, int], letter: str | None) -> int:
    """Return the places of the wildcards that match a letter, as bits.

    `wildcards` has the places by the characters that they exclude. None is a letter that no
    pattern mentions.
    """
    taking = 0
    for never, places in wildcards.items():
        if letter is None or letter not in never:
            taking |= places
    return taking


class _Reader:
    """An automaton for one pattern, which reads a text letter by letter."""

    def __init__(self, pattern: Tokens) -> None:
        places = Places()
        _, self._last = places.lay_pattern(pattern)
        letters = places.letters()
        self._advance = {letter: places.advance_mask(letter) for letter in letters}
        self._loop = {letter: places.loop_mask(letter) for letter in letters}
        self._others = places.advance_mask(None), places.loop_mask(None)

    def _states(self, text: str) -> Iterator[int]:
        """Yield the state before the text and after each letter, until there is none."""
        advance = self._advance
        loop = self._loop
        moves, stays = self._others
        state = 1
        yield state
        for letter in text:
            state = (state & advance.get(letter, moves)) << 1 | state & loop.get(
                letter, stays
            )
            yield state
            if not state:
                return

    def matches(self, text: str) -> bool:
        """Return whether the whole text matches."""
        state = 0
        for state in self._states(text):  # noqa: B007 -- the last one counts
            pass
        return bool(state >> self._last & 1)

    def beginnings(self, text: str) -> Iterator[int]:
        """Yield the lengths of the text's beginnings that match, the shortest first."""
        for length, state in enumerate(self._states(text)):
            if state >> self._last & 1:
                yield length


def matching_beginnings(pattern: Tokens, text: str) -> list[int]:
    """Return the lengths of all beginnings of a text that match a pattern, the shortest first.

    >>> matching_beginnings(pattern_tokens("a*"), "aab")
    [1, 2, 3]
    """
    return list(_Reader(pattern).beginnings(text))


def matching_ends(pattern: Tokens, text: str) -> list[int]:
    """Return the positions from which the rest of a text matches a pattern, in ascending order.

    >>> matching_ends(pattern_tokens("/*b"), "a/b/b")
    [1, 3]
    """
    backwards = tuple(
        token[::-1] if isinstance(token, str) else token for token in reversed(pattern)
    )
    return [
        len(text) - length
        for length in reversed(matching_beginnings(backwards, text[::-1]))
    ]
