"""A question before an act: what is to be known, and two rows, of which the first leaves everything as it is."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.widgets import Static

from coffeeshop.account.model import Call
from coffeeshop.lessons.sitting.lock_out import locked_out_by
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import STYLES, key, line, plain, show_on_one_line
from coffeeshop.views.things.taking_away import DO, KEEP, Question, warning


class QuestionDialog(PickDialog):
    """Answers DO if it is to be done."""

    def __init__(self, asked_question: Question) -> None:
        keeps = key("k", "Keep it as it is")
        does = line(
            key(asked_question.key, show_on_one_line(asked_question.does)),
            (f"  {asked_question.operation}", STYLES["muted"]),
        )
        super().__init__(
            show_on_one_line(asked_question.title), [(KEEP, keeps), (DO, does)]
        )
        self.asked = asked_question

    def body(self) -> ComposeResult:
        """Yields what is to be known, then the rows."""
        if self.asked.about:
            yield Static(plain(self.asked.about), id="question")
        yield from super().body()


async def ask_to_confirm(game: Stage, asked_question: Question) -> bool:
    """Ask, and tell whether it is to be done."""
    return await game.ask(QuestionDialog(asked_question)) == DO


def do_unless_locked_out(
    game: Stage, what_happens: Call | str, act: Callable[[], object]
) -> None:
    """Act at once; where the call, or the typed line, would lock somebody out, only after a question."""
    locks = locked_out_by(game.sitting, what_happens)
    if locks is None:
        act()
        return

    async def ask_first() -> None:
        if await ask_to_confirm(game, warning(locks)):
            act()
        else:
            game.say("not done: everything is as it was")

    game.run_worker(ask_first())
