"""The one matcher: what it matches, and that no text is read twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coffeeshop.policy.language.arn import arn_glob
from coffeeshop.policy.language.patterns import (
    Tokens,
    Wild,
    escape_wildcards,
    glob,
    matcher,
    matching_beginnings,
    matching_ends,
    pattern_tokens,
    unescape_literal,
)
from tests.policy import definition


def test_escapes_are_literal_characters() -> None:
    assert unescape_literal("${*}a${?}${$}{b}") == "*a?${b}"
    assert pattern_tokens("a${*}*${?}?") == ("a", "*", Wild.RUN, "?", Wild.ONE)
    assert [glob("x${*}")(text) for text in ("x*", "xy", "x${*}")] == [True, False, False]


def test_an_escaped_value_means_itself() -> None:
    for value in ("plain", "*", "a?b", "${aws:username}", "${*}", "$", "$*{"):
        assert unescape_literal(escape_wildcards(value)) == value
        assert glob(escape_wildcards(value))(value)
        assert not glob(escape_wildcards(value))(value + "x")


def test_ends_may_not_overlap() -> None:
    assert [glob("ab*ba")(text) for text in ("aba", "abba", "abxba")] == [False, True, True]
    assert [glob("a*bc*c")(text) for text in ("abc", "axbc", "abcc", "xbcc")] == [
        False,
        False,
        True,
        False,
    ]
    assert [glob("a?*?b")(text) for text in ("axyb", "zxyb")] == [True, False]
    assert [glob("*a?*?")(text) for text in ("ab", "abc", "xabc")] == [False, True, True]
    assert [glob("a?*?a")(text) for text in ("aa", "aba", "abca", "abcda")] == [
        False,
        False,
        True,
        True,
    ]
    assert [glob("*ab*bc*")(text) for text in ("abc", "abbc", "xab-bcx")] == [
        False,
        True,
        True,
    ]
    assert [glob("*a?c*c?e*")(text) for text in ("abcde", "abccde", "abcc")] == [
        False,
        True,
        False,
    ]


def test_a_single_character_wildcard_is_exactly_one() -> None:
    assert [glob("a??")(text) for text in ("a", "ab", "abc", "abcd")] == [
        False,
        False,
        True,
        False,
    ]
    assert [glob("?a")(text) for text in ("aa", "ab")] == [True, False]


def test_hostile_patterns_are_answered_at_once() -> None:
    assert glob("*a" * 20_000 + "b")("a" * 50_000) is False
    assert glob("*a" * 20_000 + "*")("a" * 50_000) is True
    assert glob("*?a" * 600 + "b")("a" * 2_048) is False
    assert glob("a?" * 3_000 + "*b?")("ax" * 9_000) is False
    assert (
        arn_glob("arn:aws:*a*a*a*:::" + "*a" * 10_000)("arn:aws:aaa:::" + "a" * 20_000)
        is True
    )


class Counted(str):
    """A text that counts how many of its letters are read, and how often it is searched."""

    read = searched = 0

    def __iter__(self) -> Iterator[str]:
        for letter in super().__iter__():
            self.read += 1
            yield letter

    def find(self, *where: Any) -> int:
        self.searched += 1
        return super().find(*where)


@pytest.mark.parametrize(
    "pattern",
    ["*a" * 12 + "b", "*?a" * 400 + "b", "a?a" * 100 + "*?b", "${*}*?" * 50, "?" * 999],
)
def test_a_text_is_read_once_and_searched_once_for_a_piece(pattern: str) -> None:
    text = Counted("a" * 6_000)
    assert glob(pattern)(text) is False
    assert text.read <= len(text)
    assert text.searched <= len(pattern)


# ------------------------------------------------------------------- the laws
def matches(pattern: Tokens, text: str) -> bool:
    """What tokens mean: the places in the text at which the pattern so far can end, token by token."""
    places = {0}
    letters = (
        letter
        for token in pattern
        for letter in ([token] if isinstance(token, Wild) else token)
    )
    for token in letters:
        if isinstance(token, str):
            places = {at + 1 for at in places if text[at : at + 1] == token}
        elif not token.matches_many:
            places = {
                at + 1
                for at in places
                if at < len(text) and text[at] not in token.excluded_characters
            }
        else:
            for at in range(len(text)):
                if at in places and text[at] not in token.excluded_characters:
                    places.add(at + 1)
    return len(text) in places


LETTERS = "ab:/"
TOKENS = st.lists(
    st.one_of(st.text(LETTERS, min_size=1, max_size=3), st.sampled_from(Wild)), max_size=8
).map(tuple)


@settings(max_examples=600, deadline=None)
@given(TOKENS, st.text(LETTERS, max_size=9))
def test_every_pattern_matches_what_its_tokens_mean(pattern: Tokens, text: str) -> None:
    assert matcher(pattern)(text) is matches(pattern, text)


@settings(max_examples=200, deadline=None)
@given(TOKENS, st.text(LETTERS, max_size=9))
def test_beginnings_and_ends_are_all_that_match(pattern: Tokens, text: str) -> None:
    cuts = range(len(text) + 1)
    assert matching_beginnings(pattern, text) == [
        at for at in cuts if matches(pattern, text[:at])
    ]
    assert matching_ends(pattern, text) == [
        at for at in cuts if matches(pattern, text[at:])
    ]


@settings(max_examples=300, deadline=None)
@given(st.text("ab:*?${}", max_size=12), st.text("ab:*?$", max_size=9))
def test_texts_and_arns_match_as_the_definition_says(pattern: str, text: str) -> None:
    tokens = definition.written(pattern, {}, variables=True)
    if tokens is not None:
        assert glob(pattern)(text) is definition.like(tokens, text)
        assert arn_glob(pattern)(text) is definition.like(definition.arn(tokens), text)
