"""Choose an exercise by topic, level and seed, or by an id that stands for them."""

from __future__ import annotations

import re
from importlib.util import find_spec

from msgspec import Struct

from coffeeshop.lessons.play.variants import LAST_VARIANT

ANY = "any"  # the topic of an exercise whose ideas are all drawn
# The ideas, in the order of the course.
TOPICS = (
    "actions",
    "resources",
    "conditions",
    "groups",
    "denies",
    "roles",
    "trust",
    "mfa",
)
LEVELS = 4  # ideas that meet in one exercise, at most
ID = re.compile(r"practice-([a-z]+)-(\d)-(\d{1,9})", re.ASCII)


class Choice(Struct, frozen=True):
    """The choice of an exercise: `topic` is one of TOPICS or ANY, `level` (1 to LEVELS) is its number of ideas."""

    topic: str = ANY
    level: int = 1
    seed: int = 0

    @property
    def id(self) -> str:
        """Return the scenario's id, from which the exercise can be drawn again."""
        return f"practice-{self.topic}-{self.level}-{self.seed}"


def draws_here() -> bool:
    """Return whether this program can draw exercises.

    The package for students can't, because drawing an exercise also gives its solution. It contains ready exercises.
    """
    return find_spec("coffeeshop.lessons.exercises.ideas") is not None


def parse_choice(id: str) -> Choice | None:
    """Return the choice that an id stands for. None: the id is no exercise's."""
    match = ID.fullmatch(id)
    if match is None or match[1] not in (ANY, *TOPICS) or not 1 <= int(match[2]) <= LEVELS:
        return None
    choice = Choice(match[1], int(match[2]), int(match[3]))
    if choice.seed <= LAST_VARIANT and choice.id == id:
        return choice
    return None
