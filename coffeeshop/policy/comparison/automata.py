"""Explore all texts at once with an automaton that tracks which of many patterns can still match.

Terms: a *place* is a position between two tokens of a pattern (`language/patterns.py`). The
places of all patterns are the bits of one integer, the *state*, and one letter moves all of
them. A pattern's *region* is the set of its places, and its *final* the last one. A text
matches a pattern if its state includes the final.

There are infinitely many texts but finitely many states. Two texts with the same state stay
equivalent whatever follows. So a breadth-first walk over states meets every distinguishable
text once, in its shortest spelling. All letters that no pattern mentions behave the same,
so one of them represents them all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import TypeAlias

from coffeeshop.policy.comparison.budgets import MAX_WALK_STATES, BudgetError, Steps
from coffeeshop.policy.language.literal_predicates import Text
from coffeeshop.policy.language.patterns import Places, Wild

BITS_PER_STEP = 1_000  # as many bits cost one step more
PREFERRED_CHARACTERS = "xabcdefghijklmnopqrstuvwyz0123456789-_/:.XABCDEFGHIJKLMNOPQRSTUVWYZ"


Spell: TypeAlias = Callable[[], str]
Step: TypeAlias = "tuple[int | None, str]"  # the state before, and the letter read


class Automaton:
    """Runs patterns side by side. `start` is the state before the first letter. Walks spend `steps`."""

    def __init__(self, texts: Sequence[Text], steps: Steps | None = None) -> None:
        """Give every pattern its places, and compute which places each letter leads from
        and to.
        """
        self._steps = steps or Steps()
        self.start = 0
        self.finals: list[int] = []
        self.regions: list[int] = []
        # For each pattern that ends in `*`: its last place -> its other places, as bits.
        self._earlier_places: dict[int, int] = {}
        self._ending_runs = 0
        self._places = Places()
        for text in texts:
            self._add_pattern(text)
        self.letters = self._distinct_letters()
        self._advance = {
            letter: self._places.advance_mask(letter) for letter in self.letters
        }
        self._loop = {letter: self._places.loop_mask(letter) for letter in self.letters}

    def _add_pattern(self, text: Text) -> None:
        """Add the places of a pattern."""
        first, last = self._places.lay_pattern(text.tokens, text.fold)
        region = (2 << last) - (1 << first)
        self.start |= 1 << first
        self.finals.append(1 << last)
        self.regions.append(region)
        if text.tokens[-1:] == (Wild.RUN,):
            self._earlier_places[1 << last] = region ^ 1 << last
            self._ending_runs |= 1 << last

    def _distinct_letters(self) -> tuple[str, ...]:
        """Return one letter that no pattern mentions, then all that they mention, the
        readable ones first.
        """
        mentioned = self._places.letters()
        letters = chain(PREFERRED_CHARACTERS, map(chr, range(0x100, 0x110000)))
        unmentioned = next(letter for letter in letters if letter not in mentioned)
        return (
            unmentioned,
            *sorted(mentioned, key=lambda letter: (not letter.isalnum(), letter)),
        )

    def next_state(self, state: int, letter: str) -> int:
        """Return the state after one more letter. Each bit of a state is a place in a pattern.

        A pattern whose final `*` was reached can no longer fail. It keeps only its last
        place, so that states with the same future are equal.
        """
        after = (state & self._advance[letter]) << 1 | state & self._loop[letter]
        fresh = after & self._ending_runs & ~state
        while fresh:
            last = fresh & -fresh
            after &= ~self._earlier_places[last]
            fresh ^= last
        return after

    def walk_states(
        self, must_match: int = 0, must_avoid: int = 0, empty: bool = True
    ) -> Iterator[tuple[int, Spell]]:
        """Yield every reachable state once, with a function that spells its shortest text.

        The empty text counts only with `empty`. `must_match` and `must_avoid` are sets of
        patterns, bit i for the i-th. A text is dropped if a needed pattern can't match it
        any longer, or if a pattern to avoid matches every continuation. Raise BudgetError
        after MAX_WALK_STATES states.
        """
        regions = [
            region for number, region in enumerate(self.regions) if must_match >> number & 1
        ]
        hopeless = self.final_states(must_avoid) & self._ending_runs
        # The steps that one letter takes.
        if self.finals:
            price = 2 + len(regions) + self.finals[-1].bit_length() // BITS_PER_STEP
        else:
            price = 1
        predecessors: dict[int | None, Step] = {}
        queue = deque[int | None]()
        if empty:
            predecessors[self.start] = (None, "")
            queue.append(self.start)
        else:
            # None is the start before the first letter. The start itself can be reached later.
            queue.append(None)
        while queue:
            before = queue.popleft()
            state = self.start if before is None else before
            if before is not None:
                yield state, partial(_spell_path, predecessors, state)
            self._steps.take(price + len(self.letters) // 4)
            for letter in self._distinct_moves(state):
                self._steps.take(price)
                after = self.next_state(state, letter)
                if (
                    after in predecessors
                    or after & hopeless
                    or not all(map(after.__and__, regions))
                ):
                    continue
                if len(predecessors) >= MAX_WALK_STATES:
                    raise BudgetError("states: the texts are of too many kinds")
                predecessors[after] = (before, letter)
                queue.append(after)

    def _distinct_moves(self, state: int) -> Iterator[str]:
        """Yield a letter that no pattern mentions, then each letter that leads to another state than that one.

        All other letters lead to the same state as the first, so the search can leave them out.
        """
        unmentioned = self.letters[0]
        advance = self._advance[unmentioned]
        loop = self._loop[unmentioned]
        yield unmentioned
        for letter in self.letters[1:]:
            differing_places = self._advance[letter] ^ advance | self._loop[letter] ^ loop
            if state & differing_places:
                yield letter

    def final_states(self, patterns: int) -> int:
        """Return the last places of a set of patterns, as bits.

        A text matches a pattern if its state includes the pattern's last place.
        """
        return sum(
            final for number, final in enumerate(self.finals) if patterns >> number & 1
        )

    def shortest_text(self, must_match: int, must_avoid: int) -> str | None:
        """Return the shortest text that matches all of `must_match` and none of `must_avoid`, or None.

        It is never empty.
        """
        goal = self.final_states(must_match)
        wrong = self.final_states(must_avoid)
        for state, spell in self.walk_states(must_match, must_avoid, empty=False):
            if state & goal == goal and not state & wrong:
                return spell()
        return None

    def sample_texts(self, must_match: int = 0, empty: bool = True) -> Iterator[str]:
        """Yield a shortest text for each combination of patterns that some text matches.

        Only texts that match all of `must_match` are given.
        """
        finals = self.final_states(-1)
        goal = self.final_states(must_match)
        seen = set[int]()
        for state, spell in self.walk_states(must_match, empty=empty):
            if state & goal == goal and state & finals not in seen:
                seen.add(state & finals)
                yield spell()


def _spell_path(predecessors: Mapping[int | None, Step], state: int) -> str:
    """Return the text that leads to a state, letter by letter from the start."""
    letters: list[str] = []
    at: int | None = state
    while at is not None:
        at, letter = predecessors[at]
        letters.append(letter)
    return "".join(reversed(letters))
