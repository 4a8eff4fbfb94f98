"""Values that identities and resources have in common: JSON, tags, a policy document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.policy.model import Policy

Json: TypeAlias = (
    "bool | int | float | str | bytes | tuple[Json, ...] | Mapping[str, Json] | None"
)
JsonObject: TypeAlias = dict[str, Json]
Tags: TypeAlias = Mapping[str, str]


class Deferred(Mapping[str, Json]):
    """A structure of an answer. Some of its members are made only when they are read."""

    def __init__(self, ready: Mapping[str, Json], **makers: Callable[[], Json]) -> None:
        self._ready = ready
        self._makers = makers

    def __getitem__(self, name: str) -> Json:
        if name in self._makers:
            return self._makers[name]()
        return self._ready[name]

    def __contains__(self, name: object) -> bool:
        return name in self._ready or name in self._makers

    def __iter__(self) -> Iterator[str]:
        yield from self._ready
        yield from self._makers

    def __len__(self) -> int:
        return len(self._ready) + len(self._makers)


class Document(Struct, frozen=True, gc=False):
    """A policy document: its text, and the parsed policy."""

    text: str
    policy: Policy
