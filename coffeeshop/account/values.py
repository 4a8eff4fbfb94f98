"""What identities and resources alike are made of: JSON, tags, a policy document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.policy.model import Policy

Json: TypeAlias = (
    "bool | int | float | str | bytes | tuple[Json, ...] | Mapping[str, Json] | None"
)
Tags: TypeAlias = Mapping[str, str]


class Deferred(Mapping[str, Json]):
    """A structure of an answer, some members of which are made only when somebody asks for them."""

    def __init__(self, known: Mapping[str, Json], **made: Callable[[], Json]) -> None:
        self._known = known
        self._made = made

    def __getitem__(self, name: str) -> Json:
        if name in self._made:
            return self._made[name]()
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._made

    def __iter__(self) -> Iterator[str]:
        yield from self._known
        yield from self._made

    def __len__(self) -> int:
        return len(self._known) + len(self._made)


class Document(Struct, frozen=True, gc=False):
    """A policy document as it was given, and what it says."""

    text: str
    policy: Policy
