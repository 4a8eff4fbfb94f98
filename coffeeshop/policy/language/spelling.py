"""Tell which name was meant, by how few letters a word differs from it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile


def edit_distance(first: str, second: str) -> int:
    """Return Levenshtein's edit distance, by Myers' bit-parallel method."""
    if not first:
        return len(second)
    at: dict[str, int] = {}
    for number, letter in enumerate(first):
        at[letter] = at.get(letter, 0) | 1 << number
    last = 1 << (len(first) - 1)
    full = (1 << len(first)) - 1
    rises = full
    falls = 0
    score = len(first)
    for letter in second:
        equal = at.get(letter, 0)
        diagonal = (((equal & rises) + rises) ^ rises) | equal | falls
        up = falls | ~(diagonal | rises) & full
        down = rises & diagonal
        score += bool(up & last) - bool(down & last)
        up = (up << 1) | 1
        down = down << 1
        rises = (down | ~(diagonal | up)) & full
        falls = up & diagonal & full
    return score


def shared_prefix_length(first: str, second: str) -> int:
    """Return how many characters two texts share from the start."""
    pairs = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def near_names(word: str, names: Iterable[str], limit: int | None = None) -> list[str]:
    """Return the names within so many edits of a word, in any case, the nearest first.

    By default the limit is a third of the word's letters, and two for four letters: swapped
    letters are two edits.

    >>> near_names("create-usr", ["create-user", "create-group", "delete-user"])
    ['create-user']
    """
    lowered = word.lower()
    most = _default_limit(word) if limit is None else limit
    likely = (name for name in names if abs(len(name) - len(word)) <= most)
    distances = [(edit_distance(lowered, name.lower()), name) for name in likely]
    ranked = sorted(
        (pair for pair in distances if pair[0] <= most), key=lambda pair: pair[0]
    )
    return [name for _, name in ranked]


def _default_limit(word: str) -> int:
    """Return how many letters may differ for a word to count as misspelt."""
    if len(word) < 4:
        return 1
    return max(2, len(word) // 3)


def nearest_name(word: str, names: Iterable[str], limit: int | None = None) -> str:
    """Return the nearest name within so many edits, or ""."""
    return next(iter(near_names(word, names, limit)), "")


def suggest_name(word: str, names: Iterable[str], fallback: str = "") -> str:
    """Return "did you mean …?" with the nearest name, or the fallback."""
    near = nearest_name(word, names)
    if near:
        return f"did you mean {near}?"
    return fallback


def nearest_by_beginning(word: str, names: Iterable[str]) -> str:
    """Return the name whose beginning is nearest to a word, or "". People cut off long
    names.
    """
    beginnings: dict[str, str] = {}
    for name in names:
        beginnings.setdefault(name[: len(word)], name)
    return beginnings.get(nearest_name(word, beginnings), "")
