"""Choose an exercise for a learner. The level is computed from what they have shown, and stored nowhere."""

from __future__ import annotations

import secrets

from coffeeshop.lessons.exercises.choice import (
    ANY_TOPIC,
    BROKEN_LEVEL,
    DIAGNOSIS,
    Choice,
    parse_choice,
)
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.skills import skills

SOLVED_STARS = 3  # stars of an exercise that was solved


def draw_choice(player: Player, topic: str, level: int | None = None) -> Choice:
    """Return a new choice on a topic. `level` None stands for the one that fits the learner."""
    fitted = fitting_level(player, topic) if level is None else level
    return Choice(topic, fitted, secrets.randbelow(LAST_VARIANT + 1))


def levels_of(topic: str) -> tuple[int, ...]:
    """Return the levels of a topic, the easiest first."""
    return (BROKEN_LEVEL,) if topic == DIAGNOSIS else tuple(range(1, BROKEN_LEVEL + 1))


def fitting_level(player: Player, topic: str) -> int:
    """Return the level of practice that fits a learner in a topic.

    It is the one above the highest level that the learner has solved in the topic. Skills count as well: a
    learner who showed each skill of the topic once without help needs no template, and twice, gets two ideas.
    """
    if topic == DIAGNOSIS:
        return BROKEN_LEVEL
    solved_level = _highest_solved_level(player, topic)
    return min(BROKEN_LEVEL, max(solved_level, _shown_times(player, topic)) + 1)


def _highest_solved_level(player: Player, topic: str) -> int:
    """Return the highest level with three stars in a topic, or 0. Every topic counts for ANY."""
    solved_ids = (
        id for id, stars in player.progress.most_stars().items() if stars == SOLVED_STARS
    )
    levels = (
        choice.level
        for choice in filter(None, map(parse_choice, solved_ids))
        if topic in (ANY_TOPIC, choice.topic) and not choice.is_first_edition
    )
    return max(levels, default=0)


def _shown_times(player: Player, topic: str) -> int:
    """Return how often the learner has shown each skill of a topic without help. ANY has no skills of its own."""
    topic_skills = [skill.id for skill in skills().values() if topic in skill.practice]
    return min(map(player.shown_skills.times_alone, topic_skills), default=0)
