"""Read the table of misconceptions about AWS."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.schema import Text
from coffeeshop.lessons.scenario.toml_tables import read_toml

TABLE_FILE = "misconceptions.toml"


class Misconception(Struct, frozen=True, forbid_unknown_fields=True):
    """A misconception: the belief, the fact in its place (`holds`), and AWS's page about it.

    `seen` is the address of a public page where people believed it or were warned of it. `rule` names the
    changed rule that predicts what somebody with this misconception expects. "": it predicts no
    answer, and its cost shows later. `overlooks` are findings that somebody with the misconception
    takes for no fault, as globs: "excess:*", "practice:root-no-keys". `harmless` are actions that they don't mind
    if anybody can use. `shown` names the lesson page that is about it, as "05-receipts-drawer, A command and
    its action". "": the first example that refutes it shows it.
    """

    id: Text
    believed: Text
    holds: Text
    page: Text
    seen: str = ""
    rule: str = ""
    overlooks: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    shown: str = ""


class _Form(Struct, frozen=True, forbid_unknown_fields=True):
    misconception: tuple[Misconception, ...]


@cache
def misconceptions() -> Mapping[str, Misconception]:
    """Return the course's misconceptions by id. Tests check that scenarios and rules name no others."""
    text = (course() / TABLE_FILE).read_text(encoding="utf-8")
    return {
        misconception.id: misconception
        for misconception in read_toml(text, _Form, TABLE_FILE).misconception
    }
