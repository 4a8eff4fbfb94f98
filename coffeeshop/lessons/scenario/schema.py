"""The form of scenario.toml as typed tables, and a reader that reports every key that does not fit it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, field

from coffeeshop.policy.model import Level, Place, Problem, Problems

Text = Annotated[str, Meta(min_length=1)]
Words = str | tuple[str, ...]
Names = Annotated[tuple[str, ...], Meta(min_length=1)]
Badge = Literal["key", "password", "code", "any"]

FILE = "scenario.toml"


class Story(Struct, frozen=True, forbid_unknown_fields=True):
    """What the learner reads: before, after, and where the game is simpler than AWS."""

    text: Text
    debrief: str = ""
    fine_print: tuple[str, ...] = ()


class World(Struct, frozen=True, forbid_unknown_fields=True):
    """Which account the play starts in, and whose badge the learner holds."""

    now: Text
    script: str = "world.sh"
    shop: bool = True
    details: str = ""
    report: str = ""
    desk: Names = ("ada",)
    fixed: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()


class Cast(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is judged, and how."""

    graded: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    bystanders: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    badges: Literal["minted", "real"] = "minted"
    outside: dict[str, str] = {}


class Within(Struct, frozen=True, forbid_unknown_fields=True):
    """The upper bound of a job: resources, and a policy's Condition block."""

    resource: Words
    condition: dict[str, Any] | None = None


class Ask(Struct, frozen=True, forbid_unknown_fields=True):
    """A bare request, in place of a command line."""

    action: Text
    resource: str = "*"
    context: dict[str, Words] = {}


class Job(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as", "lasts": "for"}):
    """Something that must work."""

    id: Text
    who: Words
    say: Text
    do: Words = ()
    badge: Badge = "key"
    via: str = ""
    at: str = ""
    lasts: str = ""
    used: str = ""
    request: Ask | None = None
    covers: Words = ()
    within: Within | None = None
    after: tuple[str, ...] = ()


class Refuse(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as", "lasts": "for"}):
    """Something that must not work."""

    id: Text
    say: Text
    who: Words = ()
    do: Words = ()
    badge: Badge = "key"
    via: str = ""
    at: str = ""
    lasts: str = ""
    used: str = ""
    request: Ask | None = None
    quiet: bool = False
    kind: Literal["any", "explicit"] = "any"
    reach: bool = True
    held: str = ""
    after: tuple[str, ...] = ()


class SlackSet(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """Calls that are allowed and not needed."""

    action: Words
    resource: Words = "*"
    who: Words = ()


class HintForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A ladder of rungs for the findings it names."""

    on: Names
    text: Names


class TellForm(Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence after the engine's own, for one kind of finding."""

    on: Words
    text: Text


class QuizForm(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """A question that the engine answers: may this person do this?"""

    who: Text
    do: Text
    why: Text
    when: Literal["before", "after"] = "before"
    badge: Badge = "key"
    via: str = ""
    used: str = ""


class Solution(Struct, frozen=True, forbid_unknown_fields=True):
    """The reference answer."""

    script: str = "solution.sh"


class WrongForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A tempting wrong answer and what it earns."""

    script: Text
    stars: Annotated[int, Meta(ge=0, le=2)]
    findings: tuple[str, ...]
    misconception: str = ""


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """Which names a variant draws anew."""

    rename: dict[str, str] = {}


class ScenarioForm(Struct, frozen=True, forbid_unknown_fields=True):
    """scenario.toml, whole."""

    format: Literal[1]
    id: Text
    title: Text
    chapter: int
    article: Text
    objective: Text
    story: Story
    world: World
    people: Cast
    form: Literal["completion", "task", "attempt", "mixed"] = "task"
    minutes: int = 10
    calls: tuple[str, ...] = ()
    misconceptions: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    job: tuple[Job, ...] = ()
    refuse: tuple[Refuse, ...] = ()
    slack: dict[str, tuple[str, ...] | SlackSet] = {}
    practice: tuple[dict[str, Any], ...] = ()
    hint: tuple[HintForm, ...] = ()
    tell: tuple[TellForm, ...] = ()
    quiz: tuple[QuizForm, ...] = ()
    solution: Solution = field(default_factory=Solution)
    wrong: tuple[WrongForm, ...] = ()
    variant: Variant = field(default_factory=Variant)


S = TypeVar("S", bound=Struct)


def read_form(text: str) -> ScenarioForm:
    """Returns scenario.toml's text as a form. Raises Problems, all of them: bad TOML, unknown keys with the nearest right
    word, missing ones, values of another type.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problems(_toml_problem(error)) from None
    try:
        return msgspec.convert(table, ScenarioForm)
    except msgspec.ValidationError:  # it names the first problem only
        raise Problems(*_misfits(table, ScenarioForm, "", text)) from None


def _toml_problem(error: tomllib.TOMLDecodeError) -> Problem:
    where = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    place = Place(FILE, int(where[1]), int(where[2])) if where else Place(FILE)
    said = re.sub(r" \(at .*\)$", "", str(error))
    return Problem(Level.ERROR, "not-toml", place, f"this is not TOML: {said}", QUOTES)


def _misfits(table: Mapping[str, Any], form: type[Struct], path: str, text: str) -> Iterator[Problem]:
    """What of `table` does not fit `form`: walks nested tables, so that every problem comes at once."""
    hints = get_type_hints(form, include_extras=True)
    fields = {f.encode_name: f for f in msgspec.structs.fields(form)}
    for key in table.keys() - fields.keys():
        near = get_close_matches(key, fields, 1)
        mend = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(sorted(fields))}"
        yield _problem("unknown-key", path, key, text, f"unknown key `{key}`", mend)
    for key, f in fields.items():
        if key not in table:
            if f.required:
                yield _problem("missing-key", path, key, text, f"the key `{key}` is missing", f"add `{key} = …`")
            continue
        yield from _misfit_value(table[key], hints[f.name], path, key, text)


def _misfit_value(value: Any, kind: Any, path: str, key: str, text: str) -> Iterator[Problem]:
    where = f"{path}.{key}" if path else key
    inner = _struct_in(kind)
    if inner is not None and isinstance(value, dict) and get_origin(kind) is not dict:
        yield from _misfits(value, inner, where, text)  # pyright: ignore[reportUnknownArgumentType]  # TOML's own dict
    elif inner is not None and isinstance(value, list) and get_origin(kind) is tuple:
        for index, item in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            if isinstance(item, dict):
                yield from _misfits(item, inner, f"{where}[{index}]", text)  # pyright: ignore[reportUnknownArgumentType]
            else:
                yield _problem("wrong-type", path, key, text, f"`{key}` holds tables", f"write [[{key}]]")
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            yield _problem("wrong-type", path, key, text, f"`{key}`: {_said(error)}", _mend(error, kind))


QUOTES = "strings stand in double quotes, lists in [ ]; a text that holds double quotes in three single ones"
MENDS = {  # what msgspec expected -> how it is written in TOML
    "str": 'put it in quotes: "…"',
    "int": "a whole number, without quotes",
    "bool": "true or false, without quotes",
    "array": 'a list: ["…", "…"]',
    "object": "a table: { key = … }",
}


def _mend(error: msgspec.ValidationError, kind: Any) -> str:
    if "enum value" in str(error):
        return f"one of: {', '.join(map(str, get_args(kind)))}"
    expected = re.search(r"Expected `(\w+)", str(error))
    return MENDS.get(expected[1], "") if expected else ""


def _said(error: msgspec.ValidationError) -> str:
    return str(error).replace(" - at `$", ", at `").replace("`.", "`")


def _struct_in(kind: Any) -> type[Struct] | None:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind
    return next((found for part in get_args(kind) if (found := _struct_in(part)) is not None), None)


def _problem(code: str, path: str, key: str, text: str, said: str, mend: str) -> Problem:
    where = f"{FILE}, {path}" if path else FILE
    return Problem(Level.ERROR, code, Place(where, _line(text, path, key)), said, mend)


def _line(text: str, path: str, key: str) -> int:
    """The line that holds `key` of the table at `path` ("job[1]"); the table's head if the key is not there; else 0."""
    table, _, index = path.partition("[")
    nth = int(index.partition("]")[0]) if index else 0
    head = re.compile(rf"^\s*\[+\s*{re.escape(table)}\s*\]+")
    rows = text.splitlines()
    starts = [n for n, row in enumerate(rows) if head.match(row)] if table else [-1]
    if nth >= len(starts):
        return 0
    begin = starts[nth]
    for n in range(begin + 1, len(rows)):
        if re.match(r"^\s*\[", rows[n]):
            break
        if re.match(rf"^\s*{re.escape(key)}\s*=", rows[n]):
            return n + 1
    return begin + 1
