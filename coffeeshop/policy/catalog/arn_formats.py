"""Could a resource pattern of a policy speak of a resource of this type: `arn:aws:s3:::beans/*` of an object, a bucket?

The catalogue's ARN formats have holes, `arn:${Partition}:s3:::${BucketName}/${ObjectName}`, and none is empty. A hole
in the first five parts takes no colon; one that is followed by a slash, or that begins the sixth part, takes no slash
(names of buckets and queues have none); any other takes anything, since paths, object keys and log groups do.
"""

from __future__ import annotations

import re
from functools import lru_cache

from coffeeshop.policy.catalog import ResourceType, action, resource_type
from coffeeshop.policy.language.arn import arn_glob, arn_tokens
from coffeeshop.policy.language.patterns import Token, Wild
from coffeeshop.policy.language.variables import Variable, parts

_OPEN = re.compile(r"[*?$]")
_HOLE = re.compile(r"\$\{[^}]*\}")


@lru_cache(maxsize=4096)
def fits(pattern: str, template: str) -> bool:
    """Tells whether some ARN matches both the pattern of a policy and the ARN format of a resource type."""
    mine, theirs = (text.split(":", 3)[2:3] for text in (pattern, template))
    if mine != theirs and mine and not _OPEN.search(mine[0]):
        return False  # another service: by far the most common answer, and the cheapest
    opened = "".join("*" if isinstance(part, Variable) else part for part in parts(pattern))
    return _overlap(_letters(arn_tokens(opened)), _format(template))


@lru_cache(maxsize=4096)
def covers(pattern: str, template: str) -> bool:
    """Tells whether every ARN of the format, in the partition `aws`, matches the pattern: tried with names too odd to
    be meant.
    """
    if "${" in pattern:
        return False
    odd = "\0" * (len(pattern) + 1)
    return arn_glob(pattern)(_HOLE.sub(lambda hole: "aws" if hole[0] == "${Partition}" else odd, template))


@lru_cache(maxsize=32_768)
def types(name: str) -> tuple[ResourceType, ...]:
    """Returns the resource types of an action; none for an unknown action."""
    found = action(name)
    kinds = (resource_type(found.service, target.name) for target in found.resource_types) if found else ()
    return tuple(kind for kind in kinds if kind)


def acts_on(name: str, pattern: str) -> bool:
    """Tells whether an action could act on a resource that the pattern speaks of."""
    return not pattern.strip("*") or any(fits(pattern, kind.arn) for kind in types(name))


def _letters(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(letter for token in tokens for letter in (token if isinstance(token, str) else (token,)))


@lru_cache(maxsize=4096)
def _format(template: str) -> tuple[Token, ...]:
    filled: list[Token] = []
    end = 0
    for hole in _HOLE.finditer(template):
        filled += [*template[end : hole.start()], *_hole(template, hole)]
        end = hole.end()
    return (*filled, *template[end:])


def _hole(template: str, hole: re.Match[str]) -> tuple[Wild, Wild]:
    before, after = template[: hole.start()], template[hole.end() :]
    colons = _HOLE.sub("", before).count(":")
    if colons < 5:
        return Wild.ONE_IN_SEGMENT, Wild.RUN_IN_SEGMENT
    if (colons == 5 and before.endswith(":")) or after.startswith("/"):
        return Wild.ONE_IN_NAME, Wild.RUN_IN_NAME
    return Wild.ONE, Wild.RUN


def _overlap(left: tuple[Token, ...], right: tuple[Token, ...]) -> bool:
    """Whether two patterns have a text in common: a search over pairs of positions, each met once."""
    todo, met = [(0, 0)], {(0, 0)}
    while todo:
        at, to = todo.pop()
        if at == len(left) and to == len(right):
            return True
        for pair in _steps(left, right, at, to):
            if pair not in met:
                met.add(pair)
                todo.append(pair)
    return False


def _steps(left: tuple[Token, ...], right: tuple[Token, ...], at: int, to: int) -> list[tuple[int, int]]:
    one, other = left[at : at + 1], right[to : to + 1]
    steps: list[tuple[int, int]] = []
    if one and _many(one[0]):
        steps.append((at + 1, to))
    if other and _many(other[0]):
        steps.append((at, to + 1))
    if one and other and _share(one[0], other[0]):
        steps.append((at + (not _many(one[0])), to + (not _many(other[0]))))
    return steps


def _many(token: Token) -> bool:
    return isinstance(token, Wild) and token.many


def _share(one: Token, other: Token) -> bool:
    """Whether one character can stand at both."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    if isinstance(one, str):
        return isinstance(other, Wild) and one not in other.never
    return not isinstance(other, str) or other not in one.never
