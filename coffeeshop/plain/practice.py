"""Answer the word `practice`: draw an exercise on a topic, at a level, and begin it."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.exercises.choice import (
    ANY_TOPIC,
    DIAGNOSIS,
    LEVEL_TEXTS,
    TOPIC_NAMES,
    draws_here,
)
from coffeeshop.lessons.exercises.level import draw_choice, fitting_level, levels_of
from coffeeshop.plain.shell import Shell
from coffeeshop.plain.story import begin
from coffeeshop.views.rows import Row

TOPIC_TEXTS = {
    ANY_TOPIC: "any topic",
    DIAGNOSIS: "an account in which something is broken",
    **TOPIC_NAMES,
}


def practice(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the topics and levels. With a topic, draw an exercise, and begin it."""
    if not draws_here():
        yield Row("This program has your teacher's exercises: `list` names them.")
        return
    topic, _, typed_level = rest.partition(" ")
    if not topic:
        yield from _topic_rows(shell)
        return
    if topic not in TOPIC_TEXTS:
        yield Row(
            f"There is no topic {topic:.20}. The topics are {', '.join(TOPIC_TEXTS)}."
        )
        return
    levels = {str(level): level for level in levels_of(topic)}
    if typed_level and typed_level not in levels:
        yield Row(f"`practice {topic}` takes a level: {', '.join(levels)}.")
        return
    choice = draw_choice(shell.player, topic, levels.get(typed_level))
    yield Row(
        f"Level {choice.level}: {LEVEL_TEXTS[choice.level]}. `play {choice.id}` plays it again."
    )
    yield from begin(shell, choice.id)


def _topic_rows(shell: Shell) -> Iterator[Row]:
    """Yield a row for each topic with the level that fits the learner, and what the levels mean."""
    for topic, name in TOPIC_TEXTS.items():
        yield Row(f"{name}, level {fitting_level(shell.player, topic)}", word=topic)
    yield from (Row(text, word=f"level {level}") for level, text in LEVEL_TEXTS.items())
    yield Row(
        "`practice groups` draws an exercise at the level that fits you, `practice groups 3` at level 3."
    )
