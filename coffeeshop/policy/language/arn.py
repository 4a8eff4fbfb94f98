"""ARNs, and the one wildcard matcher: every `*` and `?` of the language is read here and nowhere else.

A pattern is text in which `*` is any run of characters, also none, and `?` exactly one; `${*}`, `${?}` and `${$}` are
those characters themselves, and that is how the value of a policy variable is written into a pattern too.

One documented choice: in a resource and in ArnLike the first five segments are matched apart, so a wildcard there never
takes a colon, while the sixth may hold colons; a pattern of fewer than six segments stands for as many as it has. The
user guide recommends exactly this use and says that a `*` ending a segment *can* cross; we take the stricter reading.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from coffeeshop.policy.language.literal_predicates import SEGMENT, WHOLE, Token, Wild

Predicate: TypeAlias = Callable[[str], bool]
Segment: TypeAlias = "tuple[str | Wild, ...]"  # between two runs: literal pieces and single-character wildcards

_ESCAPE_OR_WILD = re.compile(r"\$\{[*?$]\}|[*?]")
_ESCAPE = re.compile(r"\$\{([*?$])\}")


class Arn(NamedTuple):
    """`arn:partition:service:region:account:resource`; the resource may hold colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def read(cls, text: str) -> Arn | None:
        """The five parts after `arn`, or None where the text is no ARN."""
        head, *parts = text.split(":", 5)
        return cls(*parts) if head == "arn" and len(parts) == 5 else None

    def __str__(self) -> str:
        return ":".join(("arn", *self))


def segments(pattern: str) -> tuple[str, ...]:
    """The pattern at its colons, at most six parts, never splitting inside `${}`."""
    if "${" not in pattern:
        return tuple(pattern.split(":", 5))
    parts: list[str] = []
    depth = start = 0
    for at, character in enumerate(pattern):
        if character == ":" and not depth and len(parts) < 5:
            parts.append(pattern[start:at])
            start = at + 1
        elif character == "{" and pattern[at - 1 : at] == "$":
            depth = 1
        elif character == "}":
            depth = 0
    return (*parts, pattern[start:])


def is_everything(pattern: str) -> bool:
    """Whether a pattern is stars alone: in a resource it stands for every request, also one on no resource."""
    return bool(pattern) and not pattern.strip("*")


def escape(value: str) -> str:
    """A pattern that means exactly these characters."""
    return re.sub(r"\$(?=\{)|[*?]", r"${\g<0>}", value)


def literal(pattern: str) -> str:
    """What a pattern says where `*` and `?` mean themselves (StringEquals): only the escapes are undone."""
    return _ESCAPE.sub(r"\1", pattern) if "${" in pattern else pattern


def tokens(pattern: str, wild: Mapping[str, Token] = WHOLE) -> tuple[Token, ...]:
    """The pattern as literal pieces and wildcards, the escapes undone."""
    parts: list[Token] = []
    end = 0
    for found in _ESCAPE_OR_WILD.finditer(pattern):
        parts += [pattern[end : found.start()], wild.get(found[0]) or found[0][2]]
        end = found.end()
    return tuple(part for part in (*parts, pattern[end:]) if part)


def arn_tokens(pattern: str) -> tuple[Token, ...]:
    """As `tokens`, where wildcards of the first five segments never match a colon; a bare `*` is everything."""
    *head, tail = segments(pattern)
    if is_everything(pattern):
        return tokens(pattern)
    if len(head) < 5:
        return tokens(pattern, SEGMENT)
    return tokens(":".join((*head, "")), SEGMENT) + tokens(tail)


@lru_cache(maxsize=8192)
def glob(pattern: str) -> Predicate:
    """Whether a text matches the pattern as a whole. Runs are found left to right, never going back: none is slow."""
    parts = tokens(pattern)
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str)).__eq__
    runs = _runs(parts)
    if len(runs) == 1:
        return _exactly(runs[0])
    if all(isinstance(piece, str) for run in runs for piece in run):
        return _plain(["".join(str(piece) for piece in run) for run in runs])
    return _general(runs)


@lru_cache(maxsize=8192)
def arn_glob(pattern: str) -> Predicate:
    """Whether an ARN matches, segment by segment (see above). A bare `*` matches every text, an ARN or not."""
    *head, tail = segments(pattern)
    if is_everything(pattern):
        return lambda text: True
    if len(head) == 5 and not any("*" in part or "?" in part for part in head):
        return glob(pattern)  # the literal head holds the five colons in their places
    globs = tuple(glob(part) for part in (*head, tail))

    def matches(text: str) -> bool:
        parts = text.split(":", 5)
        return len(parts) == len(globs) and all(test(part) for test, part in zip(globs, parts, strict=True))

    return matches


def _runs(parts: tuple[Token, ...]) -> list[Segment]:
    runs: list[list[Token]] = [[]]
    for part in parts:
        if part is Wild.RUN:
            runs.append([])
        else:
            runs[-1].append(part)
    return [tuple(run) for run in runs]


def _plain(runs: list[str]) -> Predicate:
    """Runs of literal text only: the common case, at the speed of str.find."""
    head, *middle, tail = runs
    least = sum(map(len, runs))
    if not middle and not tail:
        return lambda text: text.startswith(head)

    def matches(text: str) -> bool:
        if len(text) < least or not text.startswith(head) or not text.endswith(tail):
            return False
        at, stop = len(head), len(text) - len(tail)
        for run in middle:
            at = text.find(run, at, stop)
            if at < 0:
                return False
            at += len(run)
        return True

    return matches


def _size(run: Segment) -> int:
    return sum(len(piece) if isinstance(piece, str) else 1 for piece in run)


def _stands(run: Segment, text: str, at: int) -> bool:
    for piece in run:
        if isinstance(piece, str):
            if not text.startswith(piece, at):
                return False
            at += len(piece)
        else:
            at += 1
    return True


def _exactly(run: Segment) -> Predicate:
    size = _size(run)
    return lambda text: len(text) == size and _stands(run, text, 0)


def _general(runs: list[Segment]) -> Predicate:
    head, *middle, tail = runs
    before, after = _size(head), _size(tail)
    sizes = [(run, _size(run)) for run in middle]

    def matches(text: str) -> bool:
        at, stop = before, len(text) - after
        if stop < at or not _stands(head, text, 0) or not _stands(tail, text, stop):
            return False
        for run, size in sizes:
            at = next((start for start in range(at, stop - size + 1) if _stands(run, text, start)), -1)
            if at < 0:
                return False
            at += size
        return True

    return matches
