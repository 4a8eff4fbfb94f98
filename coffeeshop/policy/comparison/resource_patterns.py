"""Find a resource that matches some patterns and none of others.

There are too many classes of resources to list. Patterns are numbered instead, and each query names those that it concerns.
Often the beginnings of the patterns or a made-up resource decide it. Otherwise the automaton of these patterns does
(`automata`), and the answer is cached.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from coffeeshop.policy.comparison.automata import Automaton
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.comparison.theories import OTHER_WORDS, sample_text
from coffeeshop.policy.language.literal_predicates import Text
from coffeeshop.policy.language.patterns import Wild, matcher


class Resources:
    """Numbered patterns of resources. Finds resources that match some of them and avoid others.

    Sets of patterns are integers with bit i for pattern i. An opaque pattern has a policy variable without a known value. It can
    match anything that the variable allows, or nothing, but not both in one query.
    """

    def __init__(self, seeds: Iterable[str] = (), steps: Steps | None = None) -> None:
        """Begin without patterns. `seeds` are ARNs that exist, which are tried first."""
        self._steps = steps or Steps()
        self.texts: list[Text] = []
        self._seeds = tuple(seeds)
        self._samples: list[str] = []
        self._heads: list[str] = []
        self._exact = self._opaque = self._named = 0
        self._numbers: dict[Hashable, int] = {}
        self._found: dict[tuple[int, int], str | None] = {}

    def pattern_bit(self, text: Text, sample: str = "") -> int:
        """Return the bit of a pattern. `sample` is a resource to show for it."""
        return self._numbers.get(text) or self._add_pattern(text, text, sample)

    def opaque_bit(self, words: Hashable, widest: Text) -> int:
        """Return the bit of an opaque pattern. `widest` matches all that it could match."""
        bit = self._numbers.get(words)
        if bit is None:
            bit = self._add_pattern(words, widest, "")
            self._opaque |= bit
        return bit

    def _add_pattern(self, name: Hashable, text: Text, sample: str) -> int:
        """Add a pattern and return its bit."""
        bit = self._numbers[name] = 1 << len(self.texts)
        look = _pattern_look(text)
        self.texts.append(text)
        self._heads.append(look.head)
        self._samples.append(sample or look.sample)
        if look.exact:
            self._exact |= bit
        if sample:
            self._named |= bit
        return bit

    def is_match(self, resource: str, need: int, shun: int) -> bool:
        """Return whether a resource matches all patterns of `need` and none of `shun`."""
        patterns = self.texts
        self._steps.take(need.bit_count() + shun.bit_count())
        for at in set_bits(need):
            if not matcher(patterns[at].tokens)(resource):
                return False
        return not any(matcher(patterns[at].tokens)(resource) for at in set_bits(shun))

    def find_resource(self, need: int, shun: int) -> str | None:
        """Return a readable resource that matches all of `need` and none of `shun`, or
        None.
        """
        resource = self._found.get((need, shun), "")
        if resource == "":
            if need & shun:
                resource = None
            else:
                resource = self._search_resource(need, shun & ~self._opaque)
            self._found[need, shun] = resource
        return resource

    def _search_resource(self, need: int, shun: int) -> str | None:
        """Return a resource that matches all of `need` and none of `shun`, or None.

        If a needed pattern is exact, there is only one candidate. Otherwise a readable
        resource is tried first, then the shortest.
        """
        if need & self._exact:
            only = self._samples[(need & self._exact).bit_length() - 1]
            if self.is_match(only, need, shun):
                return only
            return None
        avoided = self._relevant_patterns(need, shun)
        if avoided is None or self._heads_conflict(need):
            return None
        readable = next(
            (
                candidate
                for candidate, untried in self._readable_candidates(need)
                if self.is_match(candidate, untried, avoided)
            ),
            None,
        )
        if readable is None:
            return self._spell_resource(need, avoided)
        return readable

    def _readable_candidates(self, need: int) -> Iterator[tuple[str, int]]:
        """Yield readable resources, each with the needed patterns that are still to be
        checked.

        Existing resources come first, then a sample of each pattern, which is known to
        match its own.
        """
        heads = [self._heads[at] for at in set_bits(need)]
        yield from (
            (seed, need) for seed in self._seeds if all(map(seed.startswith, heads))
        )
        for at in (*set_bits(need & self._named), *set_bits(need & ~self._named)):
            yield self._samples[at], need & ~(1 << at)
        yield from ((_alternative_sample(self.texts[at]), need) for at in set_bits(need))
        yield "x", need

    def _spell_resource(self, need: int, avoided: int) -> str | None:
        """Return the shortest resource that matches, from the automaton."""
        chosen = [*set_bits(need), *set_bits(avoided)]
        needed = (1 << need.bit_count()) - 1
        automaton = Automaton([self.texts[at] for at in chosen], self._steps)
        return self._with_familiar_region(
            automaton.shortest_text(needed, (1 << len(chosen)) - 1 - needed), need, avoided
        )

    def can_begin_with(self, need: int, head: str) -> bool:
        """Return whether a resource with this beginning could match, as far as beginnings
        tell.
        """
        heads = (self._heads[at] for at in set_bits(need))
        return all(
            head.startswith(pattern_head) or pattern_head.startswith(head)
            for pattern_head in heads
        )

    def _heads_conflict(self, need: int) -> bool:
        """Return whether two needed patterns have different beginnings."""
        heads = sorted((self._heads[at] for at in set_bits(need)), key=len)
        return any(not longer.startswith(shorter) for shorter, longer in pairwise(heads))

    def _relevant_patterns(self, need: int, shun: int) -> int | None:
        """Return the patterns to avoid that could match, or None if one covers a needed pattern."""
        relevant = 0
        self._steps.take(shun.bit_count())
        for at in set_bits(shun):
            head = self._heads[at]
            last = self.texts[at].tokens[-1:]
            prefix = last == (Wild.RUN,) and len(head) == len(self.texts[at].tokens) - 1
            for needed_head in (self._heads[number] for number in set_bits(need)):
                if prefix and needed_head.startswith(head):
                    return None
                if not (head.startswith(needed_head) or needed_head.startswith(head)):
                    break
            else:
                relevant |= 1 << at
        return relevant

    def _with_familiar_region(
        self, resource: str | None, need: int, shun: int
    ) -> str | None:
        """Return the resource in a familiar Region, if that matches as well."""
        parts = resource.split(":", 5) if resource else []
        if len(parts) != 6 or len(parts[3]) != 1:
            return resource
        better = ":".join((*parts[:3], "us-east-1", *parts[4:]))
        if self.is_match(better, need, shun):
            return better
        return resource


class PatternLook(NamedTuple):
    """How a pattern begins, up to its first wildcard, a resource to show for it, and whether there is no other."""

    head: str
    sample: str
    exact: bool


LOOKS: Final = 4096  # cached patterns: compared policies are mostly the same


@lru_cache(maxsize=LOOKS)
def _pattern_look(text: Text) -> PatternLook:
    """Return how a pattern begins, and a resource to show for it. A pattern without a wildcard is exact."""
    wild = next(
        (at for at, token in enumerate(text.tokens) if isinstance(token, Wild)), None
    )
    head = "".join(map(str, text.tokens[:wild]))
    return PatternLook(head, head if wild is None else sample_text(text), wild is None)


@lru_cache(maxsize=LOOKS)
def _alternative_sample(text: Text) -> str:
    """Return a second sample of a pattern."""
    return sample_text(text, OTHER_WORDS)


def set_bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
