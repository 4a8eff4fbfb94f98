"""Choose the few action names that can make a difference between two policies.

Two actions that match exactly the same statements are equivalent. Names without wildcards are candidates themselves. For
patterns, an automaton spells one name for each set of patterns that can match together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from coffeeshop.policy.comparison.automata import Automaton
from coffeeshop.policy.comparison.budgets import Steps, StepsError
from coffeeshop.policy.comparison.formula import AccessFormula
from coffeeshop.policy.evaluation.authorize import UNDENIABLE_ACTIONS
from coffeeshop.policy.language.literal_predicates import Text, literal_shape, text_shape
from coffeeshop.policy.language.patterns import (
    Wild,
    glob,
    has_wildcard,
    matcher,
    pattern_tokens,
)
from coffeeshop.policy.model import Element

# A trust policy or a key policy must allow these actions, so they are always told apart.
STS_ACTIONS = "sts:*"
KMS_ACTIONS = "kms:*"
_NAME_PART = (Wild.ONE_IN_SEGMENT, Wild.RUN_IN_SEGMENT)
# The prefix of a service, a colon, a name.
AN_ACTION = Text((*_NAME_PART, ":", *_NAME_PART))
MAX_CACHED_NAMES = 1000  # names of one pattern that are cached
_LITERAL_HEAD = re.compile(r"[^*?$]*")


class ActionClasses:
    """Holds all action names and patterns of a pair of policies, in lower case."""

    def __init__(self, formulas: tuple[AccessFormula, ...], steps: Steps) -> None:
        """Collect the action names and patterns that both sides mention, in lower case."""
        self._steps = steps
        values = {
            value.lower()
            for formula in formulas
            for rule in formula.rules
            for value in rule.clause.statement.actions.values
        }
        deciding = {STS_ACTIONS}
        if any(formula.has_key_policies for formula in formulas):
            deciding.add(KMS_ACTIONS)
        self._patterns = sorted({*deciding, *filter(has_wildcard, values)})
        self._names = sorted(value for value in values if not has_wildcard(value))
        self._known = frozenset(self._names)
        values_with_service = (
            value
            for value in (*self._names, *self._patterns)
            if value.strip("*") not in ("", ":")
        )
        self._services = {value.partition(":")[0] for value in values_with_service}
        self._has_wild_service = any(map(has_wildcard, self._services))
        self._heads = tuple((pattern, _head(pattern)) for pattern in self._patterns)
        self._texts_by_pattern: dict[str, tuple[Text, ...]] = {}
        self._tests = tuple(
            (1 << index, glob(pattern)) for index, pattern in enumerate(self._patterns)
        )

    def class_key(self, action: str) -> tuple[str, int]:
        """Return the key of an action's class, equal for actions that the same names and patterns match.

        It has the action itself if a policy names it (else ""), and the matching patterns
        as bits.
        """
        self._steps.take(1 + len(self._tests) // 2)
        matching = 0
        for bit, test in self._tests:
            if test(action):
                matching |= bit
        return action if action in self._known else "", matching

    def is_uniform_service(self, service: str) -> bool:
        """Return whether no policy tells two actions of a service apart. `service` is in lower case."""
        return not self._has_wild_service and service not in self._services

    def representative_actions(self, actions: Element) -> Iterator[str]:
        """Yield an action for every class that Action or NotAction matches.

        Actions that no policy can deny are left out.
        """
        if actions.negated:
            yield from self._distinct_names(
                "*",
                lambda name: not any(glob(value.lower())(name) for value in actions.values),
            )
            return
        for value in actions.values:
            if has_wildcard(value):
                yield from self._distinct_names(value.lower(), glob(value.lower()))
            elif _is_action(value) and value.lower() not in UNDENIABLE_ACTIONS:
                yield value

    def _distinct_names(
        self, pattern: str, matches: Callable[[str], bool]
    ) -> Iterator[str]:
        """Yield an action for every class among those that `matches` accepts.

        Names in the policies come first. Then comes a made-up name for each combination of
        patterns that overlap with `pattern`: no policy tells two names of one combination
        apart.
        """
        yield from (
            name
            for name in self._names
            if _is_action(name) and matches(name) and name not in UNDENIABLE_ACTIONS
        )
        texts = self._overlapping_texts(pattern)
        used_names = self._known | UNDENIABLE_ACTIONS
        for name in _sample_names(texts).sample_names(self._steps):
            unused_name = _unused_name(texts, name, used_names, self._steps)
            if unused_name is not None and matches(unused_name):
                yield unused_name

    def _overlapping_texts(self, pattern: str) -> tuple[Text, ...]:
        """Return as texts: any action, a pattern, and the policies' patterns that overlap with it."""
        if pattern not in self._texts_by_pattern:
            head = _head(pattern)
            overlapping = (
                other_pattern
                for other_pattern, other_head in self._heads
                if other_pattern != pattern
                and (head.startswith(other_head) or other_head.startswith(head))
            )
            self._texts_by_pattern[pattern] = (
                AN_ACTION,
                _pattern_text(pattern),
                *map(_pattern_text, overlapping),
            )
        return self._texts_by_pattern[pattern]


class SampleNames:
    """A name for every combination of these patterns that includes the first two.

    The names are found once. Each later use costs as many steps as the search did, so that
    the cost of a comparison doesn't depend on earlier ones. A search that ran out of steps
    isn't begun again with as few.
    """

    def __init__(self, texts: tuple[Text, ...]) -> None:
        self._texts = texts
        # Each name, and last "" if there are no more, with the steps that lead to it.
        self._known: tuple[tuple[str, int], ...] = ()
        self._futile_steps = 0  # that led to no further name

    def sample_names(self, steps: Steps) -> Iterator[str]:
        """Yield the made-up action names, the shortest first.

        Each takes the steps that it cost to find, even if it is remembered.
        """
        is_complete = self._known[-1:] and not self._known[-1][0]
        spent = sum(price for _, price in self._known)
        if not is_complete and steps.remaining > spent + self._futile_steps:
            yield from self._find_names(steps)
            return
        for name, price in self._known:
            steps.take(price)
            if name:
                yield name
        if not is_complete:
            steps.take(steps.remaining + 1)

    def _find_names(self, steps: Steps) -> Iterator[str]:
        """Yield the names as they are found, and keep them with their costs.

        If the steps run out, keep also how many led nowhere.
        """
        texts = Automaton(self._texts, steps).sample_texts(must_match=0b11, empty=False)
        names_with_prices = list[tuple[str, int]]()
        name = "-"
        while name:
            remaining_before = steps.remaining
            try:
                name = next(texts, "")
            except StepsError:
                self._keep_names(names_with_prices, remaining_before)
                raise
            names_with_prices.append((name, remaining_before - steps.remaining))
            if name:
                yield name
        self._keep_names(names_with_prices)

    def _keep_names(self, names: list[tuple[str, int]], futile_steps: int = 0) -> None:
        """Remember names with their costs, and the steps that led to no further one."""
        if len(names) <= MAX_CACHED_NAMES:
            self._known = tuple(names)
            self._futile_steps = futile_steps


@lru_cache(maxsize=256)
def _sample_names(texts: tuple[Text, ...]) -> SampleNames:
    """Return the names of these patterns: always the same object, so that they are found once."""
    return SampleNames(texts)


def _unused_name(
    texts: tuple[Text, ...], name: str, used_names: frozenset[str], steps: Steps
) -> str | None:
    """Return `name`, or, if a policy writes it out, the shortest other name that matches the same patterns.

    A name that a policy writes out is in a class of its own, so it can't represent the names that only
    match patterns. Return None if no other name matches just these.
    """
    avoided: list[Text] = []
    candidate: str | None = name
    while candidate in used_names:
        avoided.append(literal_shape(candidate))
        matched_by_name = sum(
            1 << index for index, text in enumerate(texts) if matcher(text.tokens)(name)
        )
        all_texts = [*texts, *avoided]
        candidate = Automaton(all_texts, steps).shortest_text(
            matched_by_name, (1 << len(all_texts)) - 1 - matched_by_name
        )
    return candidate


_is_action = matcher(AN_ACTION.tokens)


def may_name_service(actions: Element, service: str) -> bool:
    """Return whether Action or NotAction can match an action of a service, in lower case."""
    return actions.negated or any(_may_begin(value, service) for value in actions.values)


def _may_begin(value: str, service: str) -> bool:
    """Return whether the part of an action's pattern before the colon matches a service."""
    prefix, colon, _ = value.partition(":")
    if not colon or prefix == "*":
        return True
    if has_wildcard(prefix):
        return glob(prefix.lower())(service)
    return prefix.lower() == service


def _head(pattern: str) -> str:
    """Return an action pattern's text before the first wildcard. Patterns overlap if one's head begins the other's."""
    match = _LITERAL_HEAD.match(pattern)
    return match[0] if match else ""


@lru_cache(maxsize=4096)
def _pattern_text(pattern: str) -> Text:
    """Return an action pattern as tokens for the automaton."""
    return text_shape(pattern_tokens(pattern))
