"""Choose an exercise by topic, level and seed, or by an id that stands for them."""

from __future__ import annotations

import re
from importlib.util import find_spec

from msgspec import Struct

from coffeeshop.lessons.play.variants import LAST_VARIANT

ANY_TOPIC = "any"  # the topic of an exercise whose ideas are all drawn
DIAGNOSIS = "diagnosis"  # the topic of broken accounts of every kind
# The ideas of the first edition, in the order of the course.
FIRST_TOPICS = (
    "actions",
    "resources",
    "conditions",
    "groups",
    "denies",
    "roles",
    "trust",
    "mfa",
)
# All ideas, in the order of the course, as people call them.
TOPIC_NAMES = {
    "actions": "the actions that a job uses",
    "resources": "a bucket, and the objects in it",
    "conditions": "conditions on a request",
    "groups": "one permission, for a group",
    "denies": "exceptions from a Deny",
    "roles": "one role for each task",
    "trust": "who can assume a role",
    "mfa": "MFA codes where they matter",
    "boundaries": "permissions boundaries",
    "tags": "tags that a policy compares",
    "scps": "rules for whole accounts (SCPs)",
    "partners": "partners, and the confused deputy",
    "passing": "which role someone can pass",
    "keys": "leaked keys and their sessions",
    "leavers": "people who leave",
    "investigation": "credentials that no one uses",
    "usage": "permissions that no one uses",
    "encryption": "KMS keys that encrypt files",
    "findings": "findings about access from outside",
    "events": "who did it, by CloudTrail's events",
}
ALL_TOPICS = (*TOPIC_NAMES,)
# By level, how an exercise of it is, for people.
LEVEL_TEXTS = {
    1: "one idea, with a template for the policy",
    2: "one idea, without a template",
    3: "two ideas that affect each other",
    4: "a broken account: find the cause, then fix it",
}
BROKEN_LEVEL = 4  # the level of broken accounts
EXERCISE_ID_PATTERN = re.compile(r"practice-([a-z]+)-(level)?(\d)-(\d{1,9})", re.ASCII)


class Choice(Struct, frozen=True):
    """The choice of an exercise: `topic` is one of ALL_TOPICS, DIAGNOSIS or ANY, and `level` one of LEVEL_TEXTS.

    In the first edition, the level was a number of ideas. Its ids still stand for its exercises, since plays and
    hand-ins name them: practice-groups-2-7. Today's ids have the word level: practice-groups-level2-7.
    """

    topic: str = ANY_TOPIC
    level: int = 1
    seed: int = 0
    is_first_edition: bool = False

    @property
    def id(self) -> str:
        """Return the scenario's id, from which the exercise can be drawn again."""
        word = "" if self.is_first_edition else "level"
        return f"practice-{self.topic}-{word}{self.level}-{self.seed}"


def draws_here() -> bool:
    """Return whether this program can draw exercises.

    The package for students can't, because drawing an exercise also gives its solution. It contains ready exercises.
    """
    return find_spec("coffeeshop.lessons.exercises.ideas") is not None


def parse_choice(id: str) -> Choice | None:
    """Return the choice that an id stands for. Return None if the id is no exercise's."""
    match = EXERCISE_ID_PATTERN.fullmatch(id)
    if match is None:
        return None
    choice = Choice(match[1], int(match[3]), int(match[4]), match[2] is None)
    if choice.seed <= LAST_VARIANT and choice.id == id and _exists(choice):
        return choice
    return None


def _exists(choice: Choice) -> bool:
    """Return whether there are exercises of a choice's topic and level."""
    if choice.level not in LEVEL_TEXTS:
        return False
    if choice.is_first_edition:
        return choice.topic in (ANY_TOPIC, *FIRST_TOPICS)
    if choice.topic == DIAGNOSIS:
        return choice.level == BROKEN_LEVEL
    return choice.topic in (ANY_TOPIC, *ALL_TOPICS)
