"""Define the tables of scenario.toml."""

from __future__ import annotations

import re
from itertools import islice
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, ValidationError, field, json

from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.problem import Problems

Text = Annotated[str, Meta(min_length=1)]
Words = str | tuple[str, ...]
Names = Annotated[tuple[str, ...], Meta(min_length=1)]
Badge = Literal["key", "password", "code", "any"]

SCENARIO_FILE = "scenario.toml"
# The beginning of the first table. A line of a text or list can match too.
TABLE_PATTERN = re.compile(r"^[ \t]*\[", re.MULTILINE)
# A key and a value that TOML and JSON write alike: a text without escapes, a list of texts, a number.
JSON_LINE = re.compile(
    r'([a-z]+) = ("[^"\\\x00-\x1f\x7f]*"|\[(?:"[^"\\\x00-\x1f\x7f]*"(?:, (?="))?)*\]|[1-9][0-9]{0,8})'
)


class Story(Struct, frozen=True, forbid_unknown_fields=True):
    """The texts that the learner reads: before the play, after it, and notes on differences from AWS."""

    text: Text
    opening: str = ""
    debrief: str = ""
    fine_print: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class WorldTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The account in which the play starts, and the people whose credentials the learner has."""

    now: Text
    script: str = "world.sh"
    shop: bool = True
    details: str = ""
    report: str = ""
    desk: Names = ("ada",)
    fixed: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()


class Cast(Struct, frozen=True, forbid_unknown_fields=True):
    """The people who are judged, by kind."""

    graded: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    bystanders: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    badges: Literal["minted", "real"] = "minted"
    outside: dict[str, str] = {}


class WorkloadTable(Struct, frozen=True, forbid_unknown_fields=True):
    """A program outside AWS that gets tokens from an OIDC issuer."""

    issuer: Annotated[
        str,
        Meta(
            pattern=r"^https://[^\s]+$",
            description="write an address that begins with https://",
        ),
    ]
    claims: dict[str, Any]
    subjects: str = ""


class Within(Struct, frozen=True, forbid_unknown_fields=True):
    """The upper bound of a job: resources, and a policy's Condition block."""

    resource: Words
    condition: dict[str, Any] | None = None


class Ask(Struct, frozen=True, forbid_unknown_fields=True):
    """A bare request in place of a command line."""

    action: Text
    resource: str = "*"
    context: dict[str, Words] = {}


Id = Annotated[
    str,
    Meta(
        pattern=r"^[\w.-]+$",
        description="write one word of letters, digits and hyphens, such as new-key",
    ),
]


class Job(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"who": "as", "lasts": "for", "examples": "any"},
):
    """A request that must work."""

    id: Id
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
    examples: Words = ()
    by: Words = ()
    after: tuple[str, ...] = ()


class Refuse(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as", "lasts": "for"}
):
    """A request that must be denied."""

    id: Id
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
    """Requests that may work but need not."""

    action: Words
    resource: Words = "*"
    who: Words = ()


class HintForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The hints for the findings whose keys it names."""

    on: Names
    text: Names


class TellForm(Struct, frozen=True, forbid_unknown_fields=True):
    """One more sentence for findings of one kind."""

    on: Words
    text: Text


class QuizForm(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """A question that the engine answers: may this person do this?"""

    who: Text
    do: Text
    why: Text
    when: Literal["before", "after"] = "before"
    badge: Badge | None = None  # None: an access key, which the question doesn't mention
    via: str = ""
    used: str = ""


class CaseForm(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """A report of a fault in a diagnosis, with its request. The learner names its cause."""

    id: Id
    who: Text
    say: Text
    do: Words = ()
    badge: Badge = "key"
    via: str = ""
    used: str = ""
    request: Ask | None = None
    shows: Literal["error", "record"] = "error"


class Solution(Struct, frozen=True, forbid_unknown_fields=True):
    """The reference answer."""

    script: str = "solution.sh"


class WrongForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A tempting wrong answer, with the stars and findings that it earns."""

    script: Text
    stars: Annotated[int, Meta(ge=0, le=2)]
    findings: tuple[str, ...]
    misconception: str = ""


class Faults(Struct, frozen=True, forbid_unknown_fields=True):
    """The number of faults that a variant draws from the folder `faults/`."""

    draw: Annotated[int, Meta(ge=1)]


class Rumour(Struct, frozen=True, forbid_unknown_fields=True):
    """The paragraph about a fault at the end of the story."""

    text: Text
    names: tuple[str, ...] = ()


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """The names that a variant draws, each with the pool of its new names."""

    rename: dict[str, str] = {}


class Pack(Struct, frozen=True, forbid_unknown_fields=True):
    """The original of a pack for students: its digest, the digest of the shop's script, and the words of its texts."""

    digest: Text
    shop: Text
    words: tuple[str, ...] = ()


class Heading(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of scenario.toml before its first table, which lists of scenarios need."""

    format: Literal[1]
    id: Text
    title: Text
    chapter: int
    article: Text
    objective: Text
    form: Literal["completion", "task", "attempt", "mixed", "diagnosis"] = "task"
    minutes: Annotated[int, Meta(ge=1)] = 10
    calls: tuple[str, ...] = ()
    misconceptions: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    point: tuple[str, ...] = ()


class ScenarioForm(Heading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole scenario.toml."""

    story: Story
    world: WorldTable
    people: Cast
    workload: dict[Id, WorkloadTable] = {}
    job: tuple[Job, ...] = ()
    refuse: tuple[Refuse, ...] = ()
    slack: dict[str, tuple[str, ...] | SlackSet] = {}
    practice: tuple[dict[str, Any], ...] = ()
    hint: tuple[HintForm, ...] = ()
    tell: tuple[TellForm, ...] = ()
    quiz: tuple[QuizForm, ...] = ()
    case: tuple[CaseForm, ...] = ()
    solution: Solution = field(default_factory=Solution)
    wrong: tuple[WrongForm, ...] = ()
    variant: Variant = field(default_factory=Variant)
    pack: Pack | None = None
    faults: Faults | None = None
    rumour: tuple[Rumour, ...] = ()


class FaultForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole fault.toml: rows that are added to those of the scenario."""

    rumour: Annotated[tuple[Rumour, ...], Meta(min_length=1)]
    refuse: tuple[Refuse, ...] = ()
    practice: tuple[dict[str, Any], ...] = ()
    hint: tuple[HintForm, ...] = ()
    tell: tuple[TellForm, ...] = ()


def read_heading(text: str) -> Heading:
    """Return the heading of a scenario.toml without parsing its tables. Raise Problems, those of the whole file.

    TOML before the first table is complete, so no later line can change these keys.
    """
    head = TABLE_PATTERN.split(text, 1)[0]
    try:
        return _read_json_lines(head) or read_toml(head, Heading, SCENARIO_FILE)
    except Problems:
        return read_form(text)


def _read_json_lines(head: str) -> Heading | None:
    """Return a heading whose values are also JSON, which is read in a tenth of the time. None: another form, or a mistake."""
    rows = [row for row in head.splitlines() if row]
    matches = map(JSON_LINE.fullmatch, rows)
    values = {match[1]: match[2] for match in matches if match}
    if len(values) < len(rows):  # another form, or a key twice
        return None
    document = ",".join(f'"{key}":{value}' for key, value in values.items())
    try:
        return json.decode(f"{{{document}}}", type=Heading)
    except ValidationError:
        return None


class _StoryForm(Heading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The heading and the first table of a scenario.toml."""

    story: Story


def read_story(text: str) -> Story:
    """Return the story of a scenario.toml without parsing the tables behind it. Raise Problems, those of the whole file."""
    starts = [match.start() for match in islice(TABLE_PATTERN.finditer(text), 2)]
    try:
        return read_toml(
            text[: starts[-1]] if starts else text, _StoryForm, SCENARIO_FILE
        ).story
    except Problems:
        return read_form(text).story


def read_form(text: str) -> ScenarioForm:
    """Return the form in the text of a scenario.toml. Raise Problems, all at once."""
    return read_toml(text, ScenarioForm, SCENARIO_FILE)
