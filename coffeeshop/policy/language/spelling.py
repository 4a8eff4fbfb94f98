"""Did you mean: the name nearest to a word."""

from __future__ import annotations

from collections.abc import Iterable


def distance(left: str, right: str) -> int:
    """Levenshtein's edit distance, by Myers' bit-parallel method: one step for each letter of `right`."""
    if not left:
        return len(right)
    at: dict[str, int] = {}
    for number, letter in enumerate(left):
        at[letter] = at.get(letter, 0) | 1 << number
    last, full = 1 << (len(left) - 1), (1 << len(left)) - 1
    rises, falls, score = full, 0, len(left)
    for letter in right:
        equal = at.get(letter, 0)
        diagonal = (((equal & rises) + rises) ^ rises) | equal | falls
        up, down = falls | ~(diagonal | rises) & full, rises & diagonal
        score += bool(up & last) - bool(down & last)
        up, down = (up << 1) | 1, down << 1
        rises, falls = (down | ~(diagonal | up)) & full, up & diagonal & full
    return score


def nearest(word: str, names: Iterable[str], within: int) -> str:
    """The name nearest to a word by edit distance without regard to case, earliest on ties; "" if none is `within`."""
    lowered = word.lower()
    near = [name for name in names if abs(len(name) - len(word)) <= within]
    best = min(near, key=lambda name: distance(lowered, name.lower()), default="")
    return best if best and distance(lowered, best.lower()) <= within else ""
