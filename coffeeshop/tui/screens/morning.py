"""Morning questions, and the page about the learner's progress."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from coffeeshop.lessons.scenario.course import chapters, headings
from coffeeshop.lessons.sitting.course_place import last_in_course
from coffeeshop.lessons.teaching.bookmark import all_guesses
from coffeeshop.lessons.teaching.morning import (
    MorningQuestion,
    next_question,
    record_answer,
    subjects_due_today,
)
from coffeeshop.policy.simulation.simulate import EvalDecision
from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.screens.quiz import QuizDialog
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.widgets.prose import Prose
from coffeeshop.views.morning import morning_answer_rows, question_rows, rows_before
from coffeeshop.views.progress import progress
from coffeeshop.views.rows import Row


class MorningDialog(QuizDialog):
    """A question about a decision that the learner once guessed wrong."""

    def __init__(self, game: Stage, question: MorningQuestion, remaining: int) -> None:
        """Make the dialog for a question. `remaining` counts this question and those that follow."""
        if remaining > 1:
            title = f"This morning: {remaining} to go"
        else:
            title = "This morning"
        keeps = _answer_saver(game, question)
        before = tuple(rows_before(question))
        super().__init__(
            title,
            question_rows(question),
            question.prediction,
            keeps,
            remaining > 1,
            "m asks again",
            before,
        )
        self.question = question

    def answer_rows(self, eval_decision: EvalDecision) -> tuple[Row, ...]:
        """Return AWS's decision, and the misconception that it corrects."""
        return tuple(morning_answer_rows(self.question, eval_decision))


def _answer_saver(
    game: Stage, question: MorningQuestion
) -> Callable[[EvalDecision], object]:
    """Return the function that saves the answer to a morning question."""
    return lambda eval_decision: record_answer(
        game.player.progress, question, eval_decision, game.real_time()
    )


async def ask_all(game: Stage) -> None:
    """Ask the morning questions, one after the other, until one is skipped."""
    kept_progress = game.player.progress
    extra = game.player.extra
    while question := next_question(kept_progress, game.real_time(), extra):
        remaining = len(subjects_due_today(kept_progress, game.real_time().date(), extra))
        if not await game.ask(MorningDialog(game, question, remaining)):
            return


class ProgressScreen(Dialog[None]):
    """The learner's progress. It is text only, and esc closes it."""

    KEYS: ClassVar[Keys] = (("↑↓", "Scroll"), ("esc", "Close"))

    def body(self) -> ComposeResult:
        """Yield the rows, which scroll if there is no room."""
        with VerticalScroll(id="welcome"):
            yield Prose()

    def begin(self) -> None:
        """Show the next scenario, what the learner may believe, their skills, and what comes again."""
        kept_progress = self.game.player.progress
        course = headings(self.game.player.extra)
        last = last_in_course(kept_progress, course)
        today = self.game.real_time().date()
        rows = progress(
            course.values(),
            chapters(),
            kept_progress.best_results(),
            kept_progress.meetings(),
            today,
            last,
            self.game.player.shown_skills.times_alone,
            self.game.settings.ascii,
            all_guesses(kept_progress),
        )
        self.query_one(".box").border_title = "What you can do"
        self.query_one(Prose).show(rows, self.game.settings.ascii)
        self.query_one("#welcome").focus()
