"""Write docs/scenario-toml.md: every key of scenario.toml, from the schema and from tools/scenario_keys.toml.

Run it after a change of either: `PYTHONPATH=. .venv/bin/python tools/write_reference.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import FieldInfo, fields

from coffeeshop.lessons.scenario import schema

ROOT: Final = Path(__file__).parent.parent
TARGET: Final = ROOT / "docs" / "scenario-toml.md"
MEANINGS: Final = ROOT / "tools" / "scenario_keys.toml"
BEGIN: Final = "<!-- written by tools/write_reference.py -->\n"
END: Final = "<!-- end of what it writes -->\n"
TABLES: Final[Mapping[str, type[msgspec.Struct]]] = {
    "heading": schema.Heading,
    "story": schema.Story,
    "world": schema.WorldTable,
    "people": schema.Cast,
    "workload": schema.WorkloadTable,
    "job": schema.Job,
    "refuse": schema.Refuse,
    "slack": schema.SlackSet,
    "hint": schema.HintForm,
    "tell": schema.TellForm,
    "quiz": schema.QuizForm,
    "case": schema.CaseForm,
    "solution": schema.Solution,
    "wrong": schema.WrongForm,
    "faults": schema.Faults,
    "variant": schema.Variant,
}
ARRAYS: Final = frozenset({"job", "refuse", "hint", "tell", "quiz", "case", "wrong"})


def section_title(table: str) -> str:
    """Return the heading of a table's section, as the table is written in TOML."""
    if table == "heading":
        return "At the top"
    if table == "workload":
        return "`[workload.NAME]`"
    if table in ARRAYS:
        return f"`[[{table}]]`"
    return f"`[{table}]`"


def default_of(field: FieldInfo) -> str:
    """Return the default of a key as TOML; "required" if there is none, "" if it is empty."""
    if field.required:
        return "required"
    default = field.default
    if default is msgspec.NODEFAULT or default is None or default in ("", (), {}):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return f"`{list(default)}`".replace("'", '"')
    return f"`{default}`"


def table_rows(table: str, meanings: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of one table's section. Raise KeyError where a key has no meaning, or a meaning no key."""
    known = fields(TABLES[table])
    unknown = set(meanings) - {"about"} - {field.encode_name for field in known}
    if unknown:
        raise KeyError(
            f"[{table}] of {MEANINGS.name} explains keys that don't exist: {unknown}"
        )
    yield f"## {section_title(table)}"
    yield ""
    yield meanings["about"]
    yield ""
    yield "| Key | Default | Meaning |"
    yield "|---|---|---|"
    for field in known:
        yield f"| `{field.encode_name}` | {default_of(field)} | {meanings[field.encode_name]} |"
    yield ""


def reference() -> str:
    """Return the sections of all tables."""
    meanings = tomllib.loads(MEANINGS.read_text("utf-8"))
    lines = [line for table in TABLES for line in table_rows(table, meanings[table])]
    return "\n".join(lines)


def page_with_reference(page: str) -> str:
    """Return the page with the sections as they are now between their two marks."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return "".join((before, BEGIN, reference(), END, after))


if __name__ == "__main__":
    TARGET.write_text(page_with_reference(TARGET.read_text("utf-8")), encoding="utf-8")
