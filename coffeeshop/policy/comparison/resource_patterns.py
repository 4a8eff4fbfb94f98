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

    Sets of patterns, such as `must_match` and `must_avoid`, are integers with bit i for
    pattern i. The *head* of a pattern is its text up to the first wildcard. An *exact*
    pattern has no wildcard. A *named* one has a sample that the caller gave. An *opaque*
    one has a policy variable without a known value: it can match anything that the variable
    allows, or nothing, but not both in one query.
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
        self._found_resources: dict[tuple[int, int], str | None] = {}

    def pattern_bit(self, text: Text, sample: str = "") -> int:
        """Return the bit of a pattern, which is added if it is new.

        `sample` is a matching resource to show in witnesses.
        """
        return self._numbers.get(text) or self._add_pattern(text, text, sample)

    def opaque_bit(self, identity: Hashable, widest_pattern: Text) -> int:
        """Return the bit of an opaque pattern: one with a variable whose value isn't known.

        It is added if it is new.

        `identity` is the pattern with the values of its known variables. `widest_pattern`
        matches all that it could match.
        """
        bit = self._numbers.get(identity)
        if bit is None:
            bit = self._add_pattern(identity, widest_pattern, "")
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

    def is_match(self, resource: str, must_match: int, must_avoid: int) -> bool:
        """Return whether a resource matches all patterns of `must_match` and none of `must_avoid`."""
        patterns = self.texts
        self._steps.take(must_match.bit_count() + must_avoid.bit_count())
        for index in set_bits(must_match):
            if not matcher(patterns[index].tokens)(resource):
                return False
        return not any(
            matcher(patterns[index].tokens)(resource) for index in set_bits(must_avoid)
        )

    def find_resource(self, must_match: int, must_avoid: int) -> str | None:
        """Return a resource that matches all of `must_match` and none of `must_avoid`, or None if there is none.

        An answer is cached. A readable resource is preferred, since it is shown in a
        witness.
        """
        resource = self._found_resources.get((must_match, must_avoid), "")
        if resource == "":
            if must_match & must_avoid:
                resource = None
            else:
                resource = self._search_resource(must_match, must_avoid & ~self._opaque)
            self._found_resources[must_match, must_avoid] = resource
        return resource

    def _search_resource(self, must_match: int, must_avoid: int) -> str | None:
        """Return a resource that matches all of `must_match` and none of `must_avoid`, or None.

        If a needed pattern is exact, there is only one candidate. Otherwise a readable resource is
        tried first, then the shortest.
        """
        if must_match & self._exact:
            exact_resource = self._samples[(must_match & self._exact).bit_length() - 1]
            if self.is_match(exact_resource, must_match, must_avoid):
                return exact_resource
            return None
        avoided = self._relevant_patterns(must_match, must_avoid)
        if avoided is None or self._heads_conflict(must_match):
            return None
        readable = next(
            (
                candidate
                for candidate, untried in self._readable_candidates(must_match)
                if self.is_match(candidate, untried, avoided)
            ),
            None,
        )
        if readable is None:
            return self._spell_resource(must_match, avoided)
        return readable

    def _readable_candidates(self, must_match: int) -> Iterator[tuple[str, int]]:
        """Yield readable resources to try, each with the set of needed patterns that it may
        not match.

        ARNs that exist come first, because a learner can look them up. Then comes a sample
        of each pattern, which is known to match that pattern.
        """
        heads = [self._heads[at] for at in set_bits(must_match)]
        yield from (
            (seed, must_match) for seed in self._seeds if all(map(seed.startswith, heads))
        )
        for at in (
            *set_bits(must_match & self._named),
            *set_bits(must_match & ~self._named),
        ):
            yield self._samples[at], must_match & ~(1 << at)
        yield from (
            (_alternative_sample(self.texts[at]), must_match) for at in set_bits(must_match)
        )
        yield "x", must_match

    def _spell_resource(self, must_match: int, must_avoid: int) -> str | None:
        """Return the shortest resource that matches, from the automaton."""
        chosen = [*set_bits(must_match), *set_bits(must_avoid)]
        needed = (1 << must_match.bit_count()) - 1
        automaton = Automaton([self.texts[at] for at in chosen], self._steps)
        return self._with_example_region(
            automaton.shortest_text(needed, (1 << len(chosen)) - 1 - needed),
            must_match,
            must_avoid,
        )

    def can_begin_with(self, must_match: int, head: str) -> bool:
        """Return whether a resource with this beginning could match, as far as beginnings
        tell.
        """
        heads = (self._heads[index] for index in set_bits(must_match))
        return all(
            head.startswith(pattern_head) or pattern_head.startswith(head)
            for pattern_head in heads
        )

    def _heads_conflict(self, must_match: int) -> bool:
        """Return whether no resource can begin as two of these patterns do: neither head begins with the other."""
        heads = sorted((self._heads[index] for index in set_bits(must_match)), key=len)
        return any(not longer.startswith(shorter) for shorter, longer in pairwise(heads))

    def _relevant_patterns(self, must_match: int, must_avoid: int) -> int | None:
        """Return, as bits, those patterns of `must_avoid` that a resource matching all of `must_match` could match.

        Only their heads, the texts before the first wildcard, are compared. Return None if a pattern to avoid
        covers a needed one, so that no resource is left.
        """
        relevant = 0
        self._steps.take(must_avoid.bit_count())
        for index in set_bits(must_avoid):
            head = self._heads[index]
            last = self.texts[index].tokens[-1:]
            prefix = last == (Wild.RUN,) and len(head) == len(self.texts[index].tokens) - 1
            for needed_head in (self._heads[number] for number in set_bits(must_match)):
                if prefix and needed_head.startswith(head):
                    return None
                if not (head.startswith(needed_head) or needed_head.startswith(head)):
                    break
            else:
                relevant |= 1 << index
        return relevant

    def _with_example_region(
        self, resource: str | None, must_match: int, must_avoid: int
    ) -> str | None:
        """Return the resource with a real Region in place of a one-letter one, if it still matches.

        The automaton spells the shortest text, such as `arn:aws:sqs:x:…`, which readers
        would stumble over.
        """
        parts = resource.split(":", 5) if resource else []
        if len(parts) != 6 or len(parts[3]) != 1:
            return resource
        better = ":".join((*parts[:3], "us-east-1", *parts[4:]))
        if self.is_match(better, must_match, must_avoid):
            return better
        return resource


class PatternLook(NamedTuple):
    """What is known of a resource pattern.

    `head` is the text before its first wildcard. `sample` is a resource that it matches. `exact` tells
    whether it matches no other.
    """

    head: str
    sample: str
    exact: bool


CACHED_PATTERNS: Final = 4096  # compared policies are mostly the same


@lru_cache(maxsize=CACHED_PATTERNS)
def _pattern_look(text: Text) -> PatternLook:
    """Return how a pattern begins, and a resource to show for it. A pattern without a wildcard is exact."""
    wild = next(
        (index for index, token in enumerate(text.tokens) if isinstance(token, Wild)), None
    )
    head = "".join(map(str, text.tokens[:wild]))
    return PatternLook(head, head if wild is None else sample_text(text), wild is None)


@lru_cache(maxsize=CACHED_PATTERNS)
def _alternative_sample(text: Text) -> str:
    """Return a second sample of a pattern, with another Region and account, for when the first must be avoided."""
    return sample_text(text, OTHER_WORDS)


def set_bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
