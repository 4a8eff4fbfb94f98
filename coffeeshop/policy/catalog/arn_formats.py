"""Match the resource patterns of a policy with ARN formats: can `arn:aws:s3:::beans/*` match an object, or a bucket?

The catalogue's ARN formats have placeholders, `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. A placeholder is never
empty. In the first five parts it contains no colon. If a slash follows it, or if it begins the sixth part, it contains no
slash, because names of buckets and queues have none. Any other placeholder can contain anything, such as a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from coffeeshop.policy.catalog import ResourceType, find_action, find_resource_type
from coffeeshop.policy.language.arn import arn_glob, arn_tokens
from coffeeshop.policy.language.patterns import Token, Wild
from coffeeshop.policy.language.variables import Variable, split_variables

_WILDCARD_PATTERN = re.compile(r"[*?$]")
_PLACEHOLDER_PATTERN = re.compile(r"\$\{[^}]*\}")


@lru_cache(maxsize=4096)
def fits_format(pattern: str, template: str) -> bool:
    """Return whether some ARN matches both a policy's pattern and a resource type's ARN
    format.
    """
    pattern_service, format_service = (
        text.split(":", 3)[2:3] for text in (pattern, template)
    )
    if (
        pattern_service != format_service
        and pattern_service
        and not _WILDCARD_PATTERN.search(pattern_service[0])
    ):
        return False  # another service: by far the most common answer, and the cheapest
    pattern_without_variables = "".join(
        "*" if isinstance(part, Variable) else part for part in split_variables(pattern)
    )
    return _compiled_format(template).shares_text_with(
        letter
        for token in arn_tokens(pattern_without_variables)
        for letter in _single_tokens(token)
    )


@lru_cache(maxsize=4096)
def covers_format(pattern: str, template: str) -> bool:
    """Return whether every ARN of a format, in the partition `aws`, matches the pattern.

    The pattern is matched with an ARN of that format whose names are NUL characters. No
    pattern spells these out, so only its wildcards can match them.
    """
    if "${" in pattern:
        return False
    odd = "\0" * (len(pattern) + 1)
    return arn_glob(pattern)(
        _PLACEHOLDER_PATTERN.sub(
            lambda hole: "aws" if hole[0] == "${Partition}" else odd, template
        )
    )


@lru_cache(maxsize=32_768)
def action_resource_types(name: str) -> tuple[ResourceType, ...]:
    """Return the resource types of an action, or none for an unknown action."""
    action = find_action(name)
    if action:
        kinds = (
            find_resource_type(action.service, target.name)
            for target in action.resource_types
        )
    else:
        kinds = ()
    return tuple(kind for kind in kinds if kind)


def acts_on(name: str, pattern: str) -> bool:
    """Return whether an action can act on a resource that matches the pattern."""
    return not pattern.strip("*") or any(
        fits_format(pattern, kind.arn) for kind in action_resource_types(name)
    )


def _single_tokens(token: Token) -> Iterable[Token]:
    """Return the letters of a text, or the wildcard."""
    if isinstance(token, str):
        return token
    return (token,)


@lru_cache(maxsize=4096)
def _compiled_format(template: str) -> _Format:
    """Return an ARN format with wildcards for its placeholders."""
    filled: list[Token] = []
    end = 0
    for hole in _PLACEHOLDER_PATTERN.finditer(template):
        filled += [*template[end : hole.start()], *_placeholder_wildcards(template, hole)]
        end = hole.end()
    return _Format((*filled, *template[end:]))


def _placeholder_wildcards(template: str, hole: re.Match[str]) -> tuple[Wild, Wild]:
    """Return the wildcards for a placeholder: one character at least, of those that its
    place allows.

    Before the fifth colon no colon is allowed. In a name that is followed by a slash, or
    that begins the resource part, no slash is allowed either.
    """
    before = template[: hole.start()]
    after = template[hole.end() :]
    colons = _PLACEHOLDER_PATTERN.sub("", before).count(":")
    if colons < 5:
        return Wild.ONE_IN_SEGMENT, Wild.RUN_IN_SEGMENT
    if (colons == 5 and before.endswith(":")) or after.startswith("/"):
        return Wild.ONE_IN_NAME, Wild.RUN_IN_NAME
    return Wild.ONE, Wild.RUN


class _Format:
    """An ARN format as an automaton: its places are the bits of a number."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens, self._end = tokens, 1 << len(tokens)
        self._many = _bit_mask(map(_is_run, tokens))
        self._shared = dict[Token, int]()

    def shares_text_with(self, pattern: Iterable[Token]) -> bool:
        """Return whether some text matches both the pattern and the format, in time linear
        in the pattern.
        """
        states = self._states_past_runs(1)
        for token in pattern:
            states = self._states_after(token, states)
        return bool(states & self._end)

    def _states_after(self, token: Token, states: int) -> int:
        """Return the places after one more token of the pattern. A run is repeated until nothing changes."""
        shared = self._states_sharing(token)
        if not _is_run(token):
            return self._states_past_runs(
                states & shared & self._many | (states & shared & ~self._many) << 1
            )
        while (
            further := self._states_past_runs(states | (states & shared) << 1)
        ) != states:
            states = further
        return states

    def _states_past_runs(self, states: int) -> int:
        """Return these places and those reached from them by empty runs of the format."""
        while (further := states | (states & self._many) << 1) != states:
            states = further
        return states

    def _states_sharing(self, token: Token) -> int:
        """Return the places whose token shares a character with this token."""
        if token not in self._shared:
            self._shared[token] = _bit_mask(
                _tokens_overlap(token, format_token) for format_token in self._tokens
            )
        return self._shared[token]


def _bit_mask(flags: Iterable[bool]) -> int:
    """Return an integer with bit i set if the i-th flag is."""
    return sum(1 << place for place, flag in enumerate(flags) if flag)


def _is_run(token: Token) -> bool:
    """Return whether a token is a wildcard for any number of characters."""
    return isinstance(token, Wild) and token.matches_many


def _tokens_overlap(first: Token, second: Token) -> bool:
    """Return whether some character matches both tokens."""
    if isinstance(first, str) and isinstance(second, str):
        return first == second
    if isinstance(first, str):
        return isinstance(second, Wild) and first not in second.excluded_characters
    return not isinstance(second, str) or second not in first.excluded_characters
