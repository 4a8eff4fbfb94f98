"""Questions about AWS's decisions.

They come before the first act, after three stars, or in the morning, and are never scored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from coffeeshop.lessons.model import Quiz
from coffeeshop.lessons.play.quiz import DECISION_CHOICES, Prediction, predict_answer
from coffeeshop.policy.simulation.simulate import EvalDecision
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.keys import shown_keys
from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import key, line, sign
from coffeeshop.tui.widgets.bars import KeyRow
from coffeeshop.tui.widgets.prose import Prose
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.quiz import CHOICE_LETTERS, answer_rows, asks
from coffeeshop.views.rows import Row


async def ask(
    game: Stage, numbered_questions: Sequence[tuple[int, Quiz]], retry_hint: str
) -> bool:
    """Ask the questions one after the other, until one is skipped.

    Each comes with its number in the sitting. Return whether none was skipped. `retry_hint` says how
    to be asked again.
    """
    scenario = game.sitting.scenario
    for index, (number, quiz) in enumerate(numbered_questions, 1):
        title = f"What will happen?{f' {index} of {len(numbered_questions)}' if len(numbered_questions) > 1 else ''}"
        question_rows = asks(quiz, game.sitting.play)
        dialog = QuizDialog(
            title,
            question_rows,
            predict_answer(scenario, quiz),
            _answer_saver(game, number),
            index < len(numbered_questions),
            retry_hint,
        )
        if not await game.ask(dialog):
            return False
    return True


def _answer_saver(game: Stage, number: int) -> Callable[[EvalDecision], object]:
    """Return the function that saves the answer to a question."""
    return lambda eval_decision: game.player.predict(
        number, eval_decision, game.real_time()
    )


class ChoiceDialog(Dialog[bool]):
    """A question with choices by letter, one of them right.

    After the choice it shows the answer. It answers True if the learner went through it. Subclasses give the choices,
    the right letter and the answer, and keep the learner's choice.
    """

    scoring_note: ClassVar[str] = "It is never scored. esc skips it."
    letter_label: ClassVar[str] = "Predict"  # what a letter does
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "continue", show=False),
        Binding("y", "why", show=False),
        Binding("pageup", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(1)", show=False),
        *(Binding(letter, f"say('{letter}')", show=False) for letter in "abcd"),
    ]

    def __init__(
        self,
        title: str,
        question_rows: Sequence[Row],
        texts: Mapping[str, str],
        has_more: bool,
        retry_hint: str,
        rows_before: Sequence[Row] = (),
    ) -> None:
        """Make the dialog for a question with the choices `texts`, by letter.

        `question_rows` are the rows of the question, `rows_before` rows about earlier acts. `has_more`: another question
        follows. `retry_hint` says how to be asked again.
        """
        super().__init__()
        self.rows_before = rows_before
        self.heading = title
        self.question_rows = question_rows
        self.texts = texts
        self.retry_hint = retry_hint
        self.has_more = has_more
        self.chosen_letter = ""

    @property
    def right_letter(self) -> str:
        """Return the letter of the right choice."""
        raise NotImplementedError

    @property
    def ticket(self) -> Ticket:
        """Return the request that the question is about."""
        raise NotImplementedError

    def save_choice(self, letter: str) -> None:
        """Save the learner's choice."""
        raise NotImplementedError

    def explanation_rows(self, letter: str) -> tuple[Row, ...]:
        """Return the rows that explain the answer after the choice."""
        raise NotImplementedError

    @property
    def keys(self) -> Keys:
        """Return the keys before and after the choice."""
        if not self.chosen_letter:
            read = (("PgDn", "Read on"),) if self.rows_before else ()
            return (
                (" ".join(self.texts), self.letter_label),
                ("↑↓ ⏎", "Choose"),
                *read,
                ("esc", self.leave_label),
            )
        skip = (("esc", self.leave_label),) if self.has_more else ()
        return (
            ("⏎", "Next question" if self.has_more else "Done"),
            ("y", "The whole reason"),
            *skip,
        )

    @property
    def leave_label(self) -> str:
        """Return what esc does, before or after the choice."""
        return "Skip the rest" if self.chosen_letter else f"Skip; {self.retry_hint}"

    def body(self) -> ComposeResult:
        """Yield the question, the choices, and the place for the answer."""
        with VerticalScroll(id="before", can_focus=False):
            yield Prose()
        yield Prose(id="asked")
        yield RowList(id="choices", starts_unchosen=True)
        yield Prose(id="told")

    def begin(self) -> None:
        """Show the question and the choices."""
        self.query_one(".box").border_title = line(self.heading)
        self.query_one("#before").display = bool(self.rows_before)
        self.query_one("#before Prose", Prose).show(
            self.rows_before, self.game.settings.ascii
        )
        self.query_one("#asked", Prose).show(self.question_rows, self.game.settings.ascii)
        self.query_one("#told").display = False
        choices = self.query_one(RowList)
        choices.styles.height = len(self.texts)
        choices.show(self._choices())
        choices.focus()

    def shown_letters(self) -> Sequence[str]:
        """Return the letters whose texts are shown."""
        return tuple(self.texts)

    def _choices(self) -> Iterator[tuple[str, Content]]:
        """Yield the choices. After the choice, mark the right one, and a wrong one that was chosen."""
        for letter in self.shown_letters():
            text = self.texts[letter]
            if self.chosen_letter and letter == self.right_letter:
                mark = Mark.OK
            elif letter == self.chosen_letter:
                mark = Mark.MISS
            else:
                mark = None
            content = key(letter, text)
            yield (
                letter,
                line(content, "  ", sign(mark, self.game.settings.ascii))
                if mark
                else content,
            )

    @on(RowList.Chosen)
    def _answer_with_chosen(self, event: RowList.Chosen) -> None:
        """Choose the marked answer. After the choice, go to the next question."""
        if self.chosen_letter:
            self.action_continue()
        elif event.chosen:
            self.action_say(event.chosen)
        else:
            *letters, last = self.texts
            first = f"Choose {', '.join(letters)} or {last}."
            self._show_in_answer_place(Row(f"{first} {self.scoring_note}", role="warning"))

    def action_say(self, letter: str) -> None:
        """Choose an answer, once. The right answer is shown below the choices."""
        if self.chosen_letter or letter not in self.texts:
            return
        self.chosen_letter = letter
        self.save_choice(letter)
        self.query_one(RowList).choose(letter)
        self.query_one(RowList).show(self._choices())
        # The answer repeats it, and needs the room.
        self.query_one("#before").display = False
        self._show_in_answer_place(*self.explanation_rows(letter))
        self.query_one(KeyRow).show(shown_keys(self.keys))

    def _show_in_answer_place(self, *rows: Row) -> None:
        """Show rows in the place for the answer."""
        box = self.query_one("#told", Prose)
        box.display = True
        box.show(rows, self.game.settings.ascii)

    def action_why(self) -> None:
        """Explain the decision.

        Before the choice the key does nothing, since it would give the answer away.
        """
        if self.chosen_letter:
            from coffeeshop.tui.screens.why import WhyScreen

            if self.game.player.sitting:
                self.game.player.ask_reason(self.ticket.outcomes)
            self.game.push_screen(WhyScreen(self.ticket))

    def action_continue(self) -> None:
        """Go to the next question, if this one was answered."""
        if self.chosen_letter:
            self.close(True)

    def action_scroll(self, pages: int) -> None:
        """Scroll the rows about earlier acts by so many screenfuls. A negative number scrolls back."""
        box = self.query_one("#before", VerticalScroll)
        box.scroll_relative(y=pages * box.size.height, animate=False)


class QuizDialog(ChoiceDialog):
    """A question about AWS's decision, with its three answers. `save_answer` receives the learner's choice."""

    def __init__(
        self,
        title: str,
        question_rows: Sequence[Row],
        prediction: Prediction,
        save_answer: Callable[[EvalDecision], object],
        has_more: bool,
        retry_hint: str,
        rows_before: Sequence[Row] = (),
    ) -> None:
        """Make the dialog for a question whose answer is a decision of AWS. `save_answer` saves the learner's answer."""
        texts = {
            letter: DECISION_CHOICES[decision]
            for letter, decision in CHOICE_LETTERS.items()
        }
        super().__init__(title, question_rows, texts, has_more, retry_hint, rows_before)
        self.prediction = prediction
        self.save_answer = save_answer

    @property
    def right_letter(self) -> str:
        """Return the letter of AWS's decision."""
        return next(
            letter
            for letter in CHOICE_LETTERS
            if CHOICE_LETTERS[letter] == self.prediction.answer
        )

    @property
    def ticket(self) -> Ticket:
        """Return the request that the question is about."""
        return self.prediction.ticket

    def save_choice(self, letter: str) -> None:
        """Save the learner's prediction."""
        self.save_answer(CHOICE_LETTERS[letter])

    def explanation_rows(self, letter: str) -> tuple[Row, ...]:
        """Return the rows that explain AWS's decision after the choice."""
        return self.answer_rows(CHOICE_LETTERS[letter])

    def answer_rows(self, eval_decision: EvalDecision) -> tuple[Row, ...]:
        """Return the rows that explain AWS's decision after a prediction."""
        unnamed = self.game.sitting.unnamed_statements
        return answer_rows(self.prediction, eval_decision, unnamed)
