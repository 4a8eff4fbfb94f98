"""Read the table of misconceptions: what people take AWS to do that it does not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.schema import Text
from coffeeshop.lessons.scenario.toml_tables import read_toml

FILE = "misconceptions.toml"


class Misconception(Struct, frozen=True, forbid_unknown_fields=True):
    """One belief: what was `believed`, what `holds` instead, and the AWS page that says so."""

    id: Text
    believed: Text
    holds: Text
    page: Text


class _Form(Struct, frozen=True, forbid_unknown_fields=True):
    misconception: tuple[Misconception, ...]


@cache
def misconceptions() -> Mapping[str, Misconception]:
    """Returns the misconceptions of the course by id, which tests hold to be all that scenarios and rules name."""
    text = (course() / FILE).read_text(encoding="utf-8")
    return {
        misconception.id: misconception
        for misconception in read_toml(text, _Form, FILE).misconception
    }
