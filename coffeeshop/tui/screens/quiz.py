"""Predict: what will AWS decide? Asked before the first act, or after three stars; never scored, and esc skips it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from coffeeshop.lessons.model import Quiz, Scenario
from coffeeshop.lessons.play.quiz import CHOICES, asked, decide
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.keys import shown
from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import key, line, sign
from coffeeshop.tui.widgets.bars import KeyRow
from coffeeshop.tui.widgets.prose import Prose
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.quiz import LETTERS, asks, told


async def ask(game: Stage, questions: Sequence[tuple[int, Quiz]], again: str) -> None:
    """Put one question of the sitting after the other, each with its number, until one is skipped; `again` says how they
    come back.
    """
    scenario, of = game.sitting.scenario, len(questions)
    for nth, (number, quiz) in enumerate(questions, 1):
        if not await game.push_screen_wait(QuizDialog(scenario, number, quiz, f"{nth} of {of}", nth < of, again)):
            return


class QuizDialog(Dialog[bool]):
    """Choose first, then read what the engine says; answers whether it was gone through."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "on", show=False),
        Binding("y", "why", show=False),
        *(Binding(letter, f"say('{letter}')", show=False) for letter in LETTERS),
    ]

    def __init__(self, scenario: Scenario, number: int, quiz: Quiz, which: str, more: bool, again: str) -> None:
        super().__init__()
        self.scenario, self.number, self.quiz, self.again = scenario, number, quiz, again
        self.which, self.more, self.said = which, more, ""

    @property
    def keys(self) -> Keys:
        """Before it is said what will happen, and afterwards."""
        if not self.said:
            return ("a b c", "Predict"), ("↑↓ ⏎", "Choose"), ("esc", f"Skip; {self.again}")
        skip = (("esc", "Skip the rest"),) if self.more else ()
        return ("⏎", "Next question" if self.more else "Done"), ("y", "The whole reason"), *skip

    def body(self) -> ComposeResult:
        """Question, choices, and later the answer."""
        yield Prose(id="asked")
        yield RowList(id="choices")
        yield Prose(id="told")

    def begin(self) -> None:
        """Ask."""
        self.query_one(".box").border_title = line(f"What will happen? {self.which}")
        self.query_one("#asked", Prose).show(asks(self.quiz))
        self.query_one("#told").display = False
        choices = self.query_one(RowList)
        choices.styles.height = len(LETTERS)
        choices.show(self._choices())
        choices.focus()

    def _choices(self) -> Iterator[tuple[str, Content]]:
        """The choices; once one was made, the right one is marked, and a wrong one that was made."""
        right = decide(self.scenario, self.quiz)[0] if self.said else ""
        for letter, answer in LETTERS.items():
            mark = Mark.OK if answer == right else Mark.MISS if letter == self.said else None
            shown = key(letter, CHOICES[answer])
            yield letter, line(shown, "  ", sign(mark, self.game.settings.ascii)) if mark else shown

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        self.action_on() if self.said else self.action_say(event.chosen)

    def action_say(self, letter: str) -> None:
        """Predict, once; the answer stands below, and the choices stay."""
        if self.said:
            return
        self.said, told_box = letter, self.query_one("#told", Prose)
        self.game.player.predict(self.number, LETTERS[letter])
        self.query_one(RowList).choose(letter)
        self.query_one(RowList).show(self._choices())
        told_box.display = True
        told_box.show(told(self.scenario, self.quiz, LETTERS[letter]), self.game.settings.ascii)
        self.query_one(KeyRow).show(shown(self.keys))

    def action_why(self) -> None:
        """The whole reason of what was just decided; before that it would give the answer away."""
        if self.said:
            from coffeeshop.tui.screens.why import WhyScreen

            self.game.push_screen(WhyScreen(asked(self.scenario, self.quiz)))

    def action_on(self) -> None:
        """To the next question."""
        if self.said:
            self.close(True)
