"""Choose practice: a topic and a level. The exercise is drawn and proved before it is played."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from coffeeshop.lessons.exercises.choice import (
    ANY_TOPIC,
    DIAGNOSIS,
    LEVEL_TEXTS,
    TOPIC_NAMES,
    Choice,
    draws_here,
)
from coffeeshop.lessons.exercises.level import draw_choice, fitting_level, levels_of
from coffeeshop.policy.problem import Problems
from coffeeshop.tui.background import in_background
from coffeeshop.tui.screens.base import Dialog, Keys, show_in_key_row
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import STYLES, line
from coffeeshop.tui.widgets.row_list import RowList

TOPIC_ROWS = {
    ANY_TOPIC: "any topic",
    DIAGNOSIS: "a broken account of any kind",
    **TOPIC_NAMES,
}
NOT_HERE = "Your teacher's program has its own exercises: they are on the shelf."


class PracticeDialog(Dialog[Choice]):
    """A row for each topic. The arrows change the level. The answer is the choice of an exercise."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
        *(Binding(str(level), f"level({level})", show=False) for level in LEVEL_TEXTS),
    ]
    KEYS: ClassVar[Keys] = (
        ("⏎", "Play"),
        ("↑↓", "Topic"),
        ("←→", "Level"),
        ("esc", "Cancel"),
    )

    def body(self) -> ComposeResult:
        """Yield the topics, and what the level means."""
        yield RowList(id="picks")
        yield Static(id="about", markup=False)

    def begin(self) -> None:
        """List the topics, each with the level that fits the learner."""
        self.query_one(".box").border_title = "Practice"
        player = self.game.player
        self.fitting = {topic: fitting_level(player, topic) for topic in TOPIC_ROWS}
        self.levels = dict(self.fitting)
        picks = self.query_one(RowList)
        picks.styles.height = min(len(TOPIC_ROWS), 12)
        self.show()
        picks.focus()

    def show(self) -> None:
        """Show each topic with its chosen level, and what the level under the cursor means."""
        self.query_one(RowList).show(self._topic_rows())
        self._show_about()

    def _topic_rows(self) -> Iterator[tuple[str, Content]]:
        """Yield a row for each topic."""
        for topic, name in TOPIC_ROWS.items():
            yield (
                topic,
                line(
                    (f"level {self.levels[topic]}  ", STYLES["key"]),
                    (f"{topic:<14}", "bold"),
                    name,
                ),
            )

    def _show_about(self) -> None:
        """Say what the level under the cursor means, and whether it is the one that fits."""
        topic = self.query_one(RowList).chosen_id or ANY_TOPIC
        level = self.levels[topic]
        if level == self.fitting[topic]:
            fits = "It fits the skills that you have shown."
        else:
            fits = f"Level {self.fitting[topic]} fits what you have shown."
        text = f"\nLevel {level}: {LEVEL_TEXTS[level]}.\n{fits}"
        self.query_one("#about", Static).update(line((text, STYLES["muted"])))

    @on(RowList.Moved)
    def _follow_cursor(self) -> None:
        """Describe the level of the topic under the cursor."""
        self._show_about()

    @on(RowList.Chosen)
    def _close_with_chosen(self, event: RowList.Chosen) -> None:
        """Close the dialog with an exercise on the chosen topic."""
        topic = event.chosen or ANY_TOPIC
        self.close(draw_choice(self.game.player, topic, self.levels[topic]))

    def action_turn(self, step: int) -> None:
        """Choose the next level of the topic under the cursor. A negative number chooses the one before."""
        topic = self.query_one(RowList).chosen_id or ANY_TOPIC
        self.action_level(self.levels[topic] + step)

    def action_level(self, level: int) -> None:
        """Choose a level of the topic under the cursor, if the topic has it."""
        topic = self.query_one(RowList).chosen_id or ANY_TOPIC
        if level in levels_of(topic):
            self.levels[topic] = level
            self.show()


async def play_exercise(game: Stage) -> None:
    """Ask for a topic and a level, draw an exercise, and play it."""
    if not draws_here():
        game.say(NOT_HERE)
        return
    choice = await game.ask(PracticeDialog())
    if choice is None:
        return
    try:
        with show_in_key_row(
            game, "drawing an exercise, and proving that it can be solved …"
        ):
            await in_background(lambda: game.player.locate(choice.id))
    except Problems as error:
        game.show_note(
            "No exercise", "\n".join(str(problem) for problem in error.problems), "error"
        )
        return
    await game.run_action(f"app.play('{choice.id}')")
