"""Read ARNs and their wildcards.

In a resource and in ArnLike, the first five segments are matched separately. A wildcard there never matches a colon, while the
sixth segment can contain colons. A pattern with fewer than six segments matches as many as it has. Identity policies are
completed when they are read (`complete_arn`). The user guide recommends this use, but says that a `*` at the end of a segment
*can* match a colon. We chose the stricter reading.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from coffeeshop.policy.language.patterns import (
    SEGMENT_WILDCARDS,
    Predicate,
    Tokens,
    is_everything,
    matcher,
    pattern_tokens,
)


class Arn(NamedTuple):
    """The parts of `arn:partition:service:region:account:resource`. The resource can contain colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def read(cls, text: str) -> Arn | None:
        """Return the ARN that a text is, or None."""
        head, *parts = text.split(":", 5)
        if head == "arn" and len(parts) == 5:
            return cls(*parts)
        return None

    def __str__(self) -> str:
        return ":".join(("arn", *self))


def arn_segments(pattern: str) -> tuple[str, ...]:
    """Return the parts of a pattern between colons, at most six. A `${…}` is never split."""
    if "${" not in pattern:
        return tuple(pattern.split(":", 5))
    parts: list[str] = []
    depth = start = 0
    for index, character in enumerate(pattern):
        if character == ":" and not depth and len(parts) < 5:
            parts.append(pattern[start:index])
            start = index + 1
        elif character == "{" and pattern[index - 1 : index] == "$":
            depth = 1
        elif character == "}":
            depth = 0
    return (*parts, pattern[start:])


def complete_arn(pattern: str) -> str:
    """Return an ARN with a `*` for each of the six fields that it lacks, as AWS reads one of an identity-based policy.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html ("incomplete ARN"; not in session policies)

    >>> complete_arn("arn:aws:sqs")
    'arn:aws:sqs:*:*:*'
    """
    return pattern + ":*" * (6 - len(arn_segments(pattern)))


def arn_tokens(pattern: str) -> Tokens:
    """Return the tokens of an ARN pattern. In the first five segments, wildcards never
    match a colon.

    A bare `*` matches everything.
    """
    *head, tail = arn_segments(pattern)
    if is_everything(pattern):
        return pattern_tokens(pattern)
    if len(head) < 5:
        return pattern_tokens(pattern, SEGMENT_WILDCARDS)
    return pattern_tokens(":".join((*head, "")), SEGMENT_WILDCARDS) + pattern_tokens(tail)


@lru_cache(maxsize=8192)
def arn_glob(pattern: str) -> Predicate:
    """Return a test of whether a text matches an ARN pattern. A bare `*` matches any text."""
    return matcher(arn_tokens(pattern))
