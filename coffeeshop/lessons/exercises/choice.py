"""Say which exercise: by topic, level and seed, or by the id that stands for them."""

from __future__ import annotations

import re
from importlib.util import find_spec

from msgspec import Struct

from coffeeshop.lessons.play.variants import LAST_VARIANT

ANY = "any"  # the topic of an exercise that may be about anything
# The ideas, in their order.
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
    """Which exercise: `topic` is one of TOPICS, or ANY; `level` is how many ideas meet, from 1 to LEVELS."""

    topic: str = ANY
    level: int = 1
    seed: int = 0

    @property
    def id(self) -> str:
        """Returns the scenario's id, from which anybody can draw it again."""
        return f"practice-{self.topic}-{self.level}-{self.seed}"


def draws_here() -> bool:
    """Tell whether this program can draw exercises. What students install can't, since whoever draws one has its solution:
    it holds those that were packed into it.
    """
    return find_spec("coffeeshop.lessons.exercises.ideas") is not None


def parse_choice(id: str) -> Choice | None:
    """Returns which exercise an id names; None where it names none."""
    match = ID.fullmatch(id)
    if match is None or match[1] not in (ANY, *TOPICS) or not 1 <= int(match[2]) <= LEVELS:
        return None
    choice = Choice(match[1], int(match[2]), int(match[3]))
    if choice.seed <= LAST_VARIANT and choice.id == id:
        return choice
    return None
