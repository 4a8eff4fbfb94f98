"""Predict: what will AWS decide? Asked before the first act, or after three stars; never scored, and esc skips it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from coffeeshop.lessons.model import Quiz, Scenario
from coffeeshop.lessons.quiz import CHOICES, asked
from coffeeshop.tui.keys import shown
from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.text import key
from coffeeshop.tui.widgets.bars import KeyRow
from coffeeshop.tui.widgets.prose import Prose
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.quiz import LETTERS, asks, told

if TYPE_CHECKING:
    from coffeeshop.tui.app import CoffeeshopApp


async def ask(app: CoffeeshopApp, quizzes: Iterable[Quiz]) -> None:
    """One question after the other, until one is skipped."""
    for quiz in quizzes:
        if not await app.push_screen_wait(QuizDialog(app.playing.scenario, quiz)):
            return


class QuizDialog(Dialog[bool]):
    """Choose first, then read what the engine says; answers whether it was gone through."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "on", show=False),
        Binding("y", "why", show=False),
        *(Binding(letter, f"say('{letter}')", show=False) for letter in LETTERS),
    ]
    KEYS: ClassVar[Keys] = (("a b c", "Predict"), ("↑↓ ⏎", "Choose"), ("esc", "Skip"))
    TOLD: ClassVar[Keys] = (("⏎", "Go on"), ("y", "The whole reason"), ("esc", "Close"))

    def __init__(self, scenario: Scenario, quiz: Quiz) -> None:
        super().__init__()
        self.scenario, self.quiz, self.said = scenario, quiz, ""

    def body(self) -> ComposeResult:
        """Question, choices, and later the answer."""
        yield Prose(id="asked")
        yield RowList(id="choices")
        yield Prose(id="told")

    def begin(self) -> None:
        """Ask."""
        self.query_one(".box").border_title = "What will happen?"
        self.query_one("#asked", Prose).show(asks(self.quiz))
        self.query_one("#told").display = False
        choices = self.query_one(RowList)
        choices.styles.height = len(LETTERS)
        choices.show((letter, key(letter, CHOICES[answer])) for letter, answer in LETTERS.items())
        choices.focus()

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        self.action_on() if self.said else self.action_say(event.chosen)

    def action_say(self, letter: str) -> None:
        """Predict, once; the answer stands below, and the choices stay as they are."""
        if self.said:
            return
        self.said, told_box = letter, self.query_one("#told", Prose)
        self.query_one(RowList).choose(letter)
        told_box.display = True
        told_box.show(told(self.scenario, self.quiz, LETTERS[letter]), self.shop.settings.ascii)
        self.query_one(KeyRow).show(shown(self.TOLD))

    def action_why(self) -> None:
        """The whole reason of what was just decided; before that it would give the answer away."""
        if self.said:
            from coffeeshop.tui.screens.why import WhyScreen

            self.shop.push_screen(WhyScreen(asked(self.scenario, self.quiz)))

    def action_on(self) -> None:
        """To the next question."""
        if self.said:
            self.close(True)
