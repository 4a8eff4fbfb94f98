"""What identities and resources alike are made of: JSON, tags, a policy document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.policy.model import Policy

Json: TypeAlias = "bool | int | float | str | bytes | tuple[Json, ...] | Mapping[str, Json] | None"
Tags: TypeAlias = Mapping[str, str]


class Document(Struct, frozen=True):
    """A policy document as it was given, and what it says."""

    text: str
    policy: Policy
