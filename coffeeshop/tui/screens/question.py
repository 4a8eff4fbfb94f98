"""A question before an act: its effects, and two rows. The first row keeps everything as it is.

The cursor begins there, unless the act takes nothing away.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.widgets import Static

from coffeeshop.account.model import Call
from coffeeshop.lessons.sitting.lock_out import locked_out_by
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import STYLES, key, line, plain, show_on_one_line
from coffeeshop.views.things.taking_away import (
    ANYWAY_KEY,
    DO_CHOICE,
    KEEP_CHOICE,
    Question,
    lock_out_warning,
)

KEEP_KEY = "k"  # the key of the row that keeps everything as it is


class QuestionDialog(PickDialog):
    """A question before an act. It answers DO if the learner confirms the act."""

    def __init__(self, question: Question) -> None:
        """Make the dialog for a question, with one row to keep everything as it is and one to go on."""
        keep_row = key(KEEP_KEY, "Keep it as it is")
        act_key = ANYWAY_KEY if question.key == KEEP_KEY else question.key
        act_row = line(
            key(act_key, show_on_one_line(question.does)),
            (f"  {question.operation}", STYLES["muted"]),
        )
        super().__init__(
            show_on_one_line(question.title),
            [(KEEP_CHOICE, keep_row), (DO_CHOICE, act_row)],
            cursor_id=question.begins,
        )
        self.question = question

    def body(self) -> ComposeResult:
        """Yield the text about the act, then the rows."""
        if self.question.about:
            yield Static(plain(self.question.about), id="question")
        yield from super().body()


async def ask_to_confirm(game: Stage, question: Question) -> bool:
    """Ask, and tell whether the learner confirmed. If not, say that nothing was done."""
    if await game.ask(QuestionDialog(question)) == DO_CHOICE:
        return True
    game.say("not done: everything is as it was")
    return False


def do_unless_locked_out(
    game: Stage, call_or_line: Call | str, act: Callable[[], object]
) -> None:
    """Run `act` at once. If the call or typed line would lock a principal out, ask for confirmation first."""
    locks = locked_out_by(game.sitting, call_or_line)
    if locks is None:
        act()
        return

    async def ask_first() -> None:
        """Ask, and run `act` only if the learner confirms."""
        if await ask_to_confirm(game, lock_out_warning(locks)):
            act()

    game.run_worker(ask_first())
