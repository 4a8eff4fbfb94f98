"""Speaks of all texts at once: an automaton reads letters and knows, of many patterns, which may still match.

A pattern of m letters is a row of m + 1 places; the token on place i moves us from place i to i + 1, and a run (`*`)
lets us stay where we are. Reading a text, we stand on *several* places at once, because after `a*` the next `b` may
belong to the run or be the letter behind it. All places of all patterns together are the bits of one integer, the
*state*, and one step for all of them is two operations:

    step(state, letter) = (state & advance[letter]) << 1 | state & loop[letter]

A text is infinitely many possibilities, a state is not: there are finitely many, and two texts that lead to the same
state can never be told apart later. So walking breadth-first over states meets every distinguishable text once, and
meets it by its shortest spelling. All letters that no pattern mentions do the same, so one of them speaks for them all.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import TypeAlias

from coffeeshop.policy.comparison.budgets import STATES, BudgetError, Steps
from coffeeshop.policy.language.literal_predicates import Text, Token, Wild

WIDE = 1_000  # as many bits cost one step more
READABLE = "xabcdefghijklmnopqrstuvwyz0123456789-_/:.XABCDEFGHIJKLMNOPQRSTUVWYZ"


RUNS = 4  # patterns with more runs than this are matched by their automaton, which never goes back

Spell: TypeAlias = Callable[[], str]
Step: TypeAlias = "tuple[int | None, str]"  # the state before, and the letter read


def variants(letter: str) -> set[str]:
    """Returns a letter in both cases. Letters that share a lower case with a third one (the Kelvin sign) are no part of the
    domain."""
    return {form for form in (letter, letter.lower(), letter.upper()) if len(form) == 1}


class Automaton:
    """Runs the patterns side by side. `start` is the state before the first letter; walks take of `steps`."""

    def __init__(self, texts: Sequence[Text], steps: Steps | None = None) -> None:
        self._steps = steps or Steps()
        self.start = 0
        self.finals: list[int] = []
        self.regions: list[int] = []
        self._eternal: list[tuple[int, int]] = []
        self._ends = 0
        self._literal: dict[str, int] = {}
        self._one: dict[str, int] = {}
        self._many: dict[str, int] = {}
        at = 0
        for text in texts:
            at = self._lay(text, at)
        self.letters = self._alphabet()
        self._advance = {letter: self._advancing(letter) for letter in self.letters}
        self._loop = {letter: _allowed(self._many, letter) for letter in self.letters}

    def _lay(self, text: Text, at: int) -> int:
        """Gives the pattern its places from bit `at` on; the first free bit after it."""
        first = at
        self.start |= 1 << at
        last: Token | None = None
        for token in text.tokens:
            last = token
            if isinstance(token, Wild):
                book = self._many if token.many else self._one
                book[token.never] = book.get(token.never, 0) | 1 << at
                at += not token.many
                continue
            for letter in variants(token) if text.fold else (token,):
                self._literal[letter] = self._literal.get(letter, 0) | 1 << at
            at += 1
        region = (1 << at + 1) - (1 << first)
        self.finals.append(1 << at)
        self.regions.append(region)
        if last is Wild.RUN:
            self._eternal.append((1 << at, region))
            self._ends |= 1 << at
        return at + 1

    def _alphabet(self) -> tuple[str, ...]:
        """Returns one letter that no pattern mentions, then those that count, the readable ones first."""
        named = {*self._literal, *(letter for never in (*self._one, *self._many) for letter in never)}
        other = next(c for c in chain(READABLE, map(chr, range(0x100, 0x110000))) if c not in named)
        return (other, *sorted(named, key=lambda letter: (not letter.isalnum(), letter)))

    def _advancing(self, letter: str) -> int:
        return self._literal.get(letter, 0) | _allowed(self._one, letter)

    def step(self, state: int, letter: str) -> int:
        """Returns the state after one more letter. A pattern that can no longer fail keeps only its last place."""
        after = (state & self._advance[letter]) << 1 | state & self._loop[letter]
        if after & self._ends:
            for final, region in self._eternal:
                if after & final:
                    after = after & ~region | final
        return after

    def walk(self, need: int = 0, shun: int = 0, empty: bool = True) -> Iterator[tuple[int, Spell]]:
        """Yields every state once, shortest text first, with how to spell that text; the empty text only if it counts.

        `need` and `shun` are sets of patterns, bit i for the i-th: texts that a needed pattern can no longer match, or
        that a shunned one matches whatever follows, are not walked on. Raises BudgetError after STATES states.
        """
        regions = [region for number, region in enumerate(self.regions) if need >> number & 1]
        never = self.accepted(shun) & self._ends
        price = 2 + len(regions) + self.finals[-1].bit_length() // WIDE if self.finals else 1  # of one letter
        came: dict[int | None, Step] = {}
        queue = deque[int | None]()
        before: int | None = None  # what the first letter follows: the start, unless a text may lead back to it
        if empty:
            came[self.start], before = (None, ""), self.start
        queue.append(before)
        while queue:
            before = queue.popleft()
            state = self.start if before is None else before
            if before is not None:
                yield state, partial(_spelled, came, state)
            self._steps.take(price + len(self.letters) // 4)
            for letter in self._worth(state):
                self._steps.take(price)
                after = self.step(state, letter)
                if after in came or after & never or not all(after & region for region in regions):
                    continue
                if len(came) >= STATES:
                    raise BudgetError("states: the texts are of too many kinds")
                came[after] = (before, letter)
                queue.append(after)

    def _worth(self, state: int) -> Iterator[str]:
        """Yields the letters that do something else in this state than an unmentioned one, which comes first."""
        other = self.letters[0]
        advance, loop = self._advance[other], self._loop[other]
        yield other
        for letter in self.letters[1:]:
            if state & (self._advance[letter] ^ advance | self._loop[letter] ^ loop):
                yield letter

    def accepts(self, value: str) -> bool:
        """Tells whether any of the patterns matches the text."""
        state = self.start
        for letter in value:
            state = self.step(state, letter if letter in self._advance else self.letters[0])
        return bool(state & self.accepted(-1))

    def accepted(self, patterns: int) -> int:
        """Returns the last places of a set of patterns: a text matches those whose last place its state holds."""
        return sum(final for number, final in enumerate(self.finals) if patterns >> number & 1)

    def shortest(self, need: int, shun: int) -> str | None:
        """Returns the shortest non-empty text that every needed pattern matches and no shunned one; None if there is none."""
        goal, wrong = self.accepted(need), self.accepted(shun)
        for state, spell in self.walk(need, shun, empty=False):
            if state & goal == goal and not state & wrong:
                return spell()
        return None

    def kinds(self, need: int = 0, empty: bool = True) -> Iterator[str]:
        """Yields the shortest text for every set of patterns, with those that it needs, that some text matches and no others."""
        finals, goal, seen = self.accepted(-1), self.accepted(need), set[int]()
        for state, spell in self.walk(need, empty=empty):
            if state & goal == goal and state & finals not in seen:
                seen.add(state & finals)
                yield spell()


def _allowed(book: dict[str, int], letter: str) -> int:
    bits = 0
    for never, places in book.items():
        if letter not in never:
            bits |= places
    return bits


def _spelled(came: Mapping[int | None, Step], state: int) -> str:
    letters: list[str] = []
    at: int | None = state
    while at is not None:
        at, letter = came[at]
        letters.append(letter)
    return "".join(reversed(letters))


@lru_cache(maxsize=8192)
def matcher(text: Text) -> Callable[[str], bool]:
    """Returns a test: whether a text matches the pattern as a whole, with case."""
    if all(isinstance(token, str) for token in text.tokens):
        return "".join(map(str, text.tokens)).__eq__
    if sum(isinstance(token, Wild) and token.many for token in text.tokens) > RUNS:
        return Automaton((text,)).accepts
    whole = re.compile("".join(map(_expression, text.tokens)), re.DOTALL)
    return lambda value: whole.fullmatch(value) is not None


def _expression(token: Token) -> str:
    if isinstance(token, str):
        return re.escape(token)
    return (f"[^{token.never}]" if token.never else ".") + "*" * token.many
