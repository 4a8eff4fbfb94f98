"""The form of scenario.toml as typed tables."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.problem import Problems

Text = Annotated[str, Meta(min_length=1)]
Words = str | tuple[str, ...]
Names = Annotated[tuple[str, ...], Meta(min_length=1)]
Badge = Literal["key", "password", "code", "any"]

FILE = "scenario.toml"
# Where the first table begins, unless a text or a list has such a line.
TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


class Story(Struct, frozen=True, forbid_unknown_fields=True):
    """What the learner reads: before, after, and where the game is simpler than AWS."""

    text: Text
    debrief: str = ""
    fine_print: tuple[str, ...] = ()


class WorldTable(Struct, frozen=True, forbid_unknown_fields=True):
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


Id = Annotated[
    str,
    Meta(
        pattern=r"^[\w.-]+$",
        description="one word: letters, digits and hyphens, as in new-key",
    ),
]


class Job(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as", "lasts": "for"}
):
    """Something that must work."""

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
    after: tuple[str, ...] = ()


class Refuse(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as", "lasts": "for"}
):
    """Something that must not work."""

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
    badge: Badge | None = None  # a key, of which nothing is told
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


class Faults(Struct, frozen=True, forbid_unknown_fields=True):
    """How many of the faults in the folder `faults/` a variant draws."""

    draw: Annotated[int, Meta(ge=1)]


class Rumour(Struct, frozen=True, forbid_unknown_fields=True):
    """What is heard of a fault: a paragraph at the end of the story."""

    text: Text


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """Which names a variant draws anew."""

    rename: dict[str, str] = {}


class Pack(Struct, frozen=True, forbid_unknown_fields=True):
    """Says of which original this is a pack for students: its digest, that of the shop's lines, and words that its texts have."""

    digest: Text
    shop: Text
    words: tuple[str, ...] = ()


class Heading(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in scenario.toml before its first table: what a list of scenarios shows."""

    format: Literal[1]
    id: Text
    title: Text
    chapter: int
    article: Text
    objective: Text
    form: Literal["completion", "task", "attempt", "mixed"] = "task"
    minutes: Annotated[int, Meta(ge=1)] = 10
    calls: tuple[str, ...] = ()
    misconceptions: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class ScenarioForm(Heading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """scenario.toml, whole."""

    story: Story
    world: WorldTable
    people: Cast
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
    pack: Pack | None = None
    faults: Faults | None = None
    rumour: tuple[Rumour, ...] = ()


class FaultForm(Struct, frozen=True, forbid_unknown_fields=True):
    """fault.toml, whole: rows that join those of the scenario in which the fault is drawn."""

    rumour: Annotated[tuple[Rumour, ...], Meta(min_length=1)]
    refuse: tuple[Refuse, ...] = ()
    practice: tuple[dict[str, Any], ...] = ()
    hint: tuple[HintForm, ...] = ()
    tell: tuple[TellForm, ...] = ()


def read_heading(text: str) -> Heading:
    """Returns the heading of a scenario.toml, and looks at no table: where what stands before the first is TOML, it is all
    that the whole file says of these keys. Raises Problems, those of the whole file.
    """
    try:
        return read_toml(TABLE.split(text, 1)[0], Heading, FILE)
    except Problems:
        return read_form(text)


def read_form(text: str) -> ScenarioForm:
    """Returns the form that the text of a scenario.toml holds. Raises Problems, all of them."""
    return read_toml(text, ScenarioForm, FILE)
