"""The check-up: six questions on a chapter, for a learner who knows it already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from coffeeshop.lessons.play.check_up_rows import (
    COUNT,
    ENOUGH,
    CheckUp,
    current_check_up,
    skip_subject,
    skipped_chapters,
)
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.teaching.check_up import CheckQuestion, questions_of
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.screens.question import ask_to_confirm
from coffeeshop.tui.screens.quiz import ChoiceDialog
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import STYLES, line
from coffeeshop.views.check_up import (
    ABOUT,
    answer_rows,
    chapter_states,
    chapters_without,
    choice_texts,
    question_rows,
    result_rows,
    right_letter,
)
from coffeeshop.views.rows import Row
from coffeeshop.views.things.taking_away import KEEP, Question

LONG = 68  # characters of a choice that fit on one line
ANEW, BACK = "again", "back"


class CheckUpDialog(ChoiceDialog):
    """One question of a check-up."""

    worth: ClassVar[str] = f"{ENOUGH} right answers of {COUNT} are enough. esc leaves."
    choosing: ClassVar[str] = "Answer"

    def __init__(self, game: Stage, check_up: CheckUp, question: CheckQuestion) -> None:
        """Make the dialog for the next question of a check-up."""
        number = len(check_up.answers) + 1
        super().__init__(
            f"Check-up of chapter {check_up.chapter}: {number} of {COUNT}",
            tuple(question_rows(question)),
            choice_texts(question),
            number < COUNT,
            f"k {check_up.chapter} goes on",
        )
        self._stage = game
        self._check_up = check_up
        self.question = question

    def begin(self) -> None:
        """Show the question. Long choices are wrapped."""
        super().begin()
        choices = self.query_one("#choices")
        choices.styles.text_wrap = "wrap"
        choices.styles.height = "auto"

    def action_say(self, letter: str) -> None:
        """Choose an answer. Below the question then stand only the texts that the answer is about."""
        super().action_say(letter)
        if self.said:
            is_long = any(len(text) > LONG for text in self.texts.values())
            self.query_one("#choices").display = is_long

    def shown_letters(self) -> Sequence[str]:
        """Return the letters whose texts are shown: after the choice, the right one and the chosen one."""
        if not self.said:
            return tuple(self.texts)
        return tuple(letter for letter in self.texts if letter in (self.said, self.right))

    @property
    def leave_label(self) -> str:
        """Return what esc does: the answers so far are kept."""
        return f"Leave; {self.again}"

    @property
    def right(self) -> str:
        """Return the letter of the right choice."""
        return right_letter(self.question)

    @property
    def ticket(self) -> Ticket:
        """Return the request that proves the answer."""
        return self.question.ticket

    def save_choice(self, letter: str) -> None:
        """Keep whether the choice is right."""
        chosen = self.question.answer_key([*self.texts].index(letter))
        subject = self._check_up.subject_of(chosen)
        met = Met(self._stage.real_time(), subject, letter == self.right)
        self._stage.warn("Not saved", self._stage.player.progress.record_meetings(met))

    def told_rows(self, letter: str) -> tuple[Row, ...]:
        """Return the right choice with its reason."""
        return tuple(answer_rows(self.question, letter))


async def take_check_up(game: Stage) -> None:
    """Ask for a chapter, then its questions, until one is skipped. At the end, offer to skip the chapter."""
    meetings = game.player.progress.meetings()
    titles = chapters()
    states = chapter_states(meetings, titles)
    rows = [
        (
            str(chapter),
            line((f"{chapter} ", STYLES["key"]), f"{title:<24}", (state, STYLES["muted"])),
        )
        for chapter, (title, state) in states.items()
    ]
    about = f"{ABOUT} {chapters_without(titles)}".rstrip()
    chosen = await game.ask(PickDialog("Check-up", rows, about=lambda _: about))
    if chosen is None:
        return
    chapter = int(chosen)
    if chapter in skipped_chapters(meetings) and not await _asks_anew(game, chapter):
        return
    check_up = current_check_up(meetings, chapter)
    questions = questions_of(check_up)
    while not check_up.is_complete:
        question = questions[len(check_up.answers)]
        dialog = CheckUpDialog(game, check_up, question)
        went_on = await game.ask(dialog)
        if dialog.said:
            answers = (*check_up.answers, dialog.said == dialog.right)
            check_up = CheckUp(chapter, check_up.seed, answers)
        if not went_on:
            break
    if check_up.is_complete:
        await _tell_result(game, check_up)


async def _asks_anew(game: Stage, chapter: int) -> bool:
    """Return whether the learner wants new questions on a skipped chapter. Otherwise take back that it is skipped."""
    rows = [
        (BACK, line("Take it back: offer its scenarios in their place again")),
        (ANEW, line("Answer new questions")),
    ]
    title = f"Chapter {chapter} is shown by check-up"
    chosen = await game.ask(PickDialog(title, rows))
    if chosen == BACK:
        _keep_skip(game, chapter, False)
        game.say(f"Chapter {chapter} comes in its place again.")
    return chosen == ANEW


async def _tell_result(game: Stage, check_up: CheckUp) -> None:
    """Show the result of a check-up. If it is enough, offer to skip the chapter."""
    title, about = (row.text for row in result_rows(check_up))
    if not check_up.is_enough:
        rows = [(KEEP, line("Go on"))]
        await game.ask(PickDialog(title.rstrip("."), rows, about=lambda _: about))
        return
    title = f"{title} Skip chapter {check_up.chapter}?"
    question = Question(title, "Skip it for now", "s", about=about)
    if await ask_to_confirm(game, question):
        _keep_skip(game, check_up.chapter, True)


def _keep_skip(game: Stage, chapter: int, skips: bool) -> None:
    """Keep that the learner skips a chapter, or no longer does."""
    met = Met(game.real_time(), skip_subject(chapter), skips)
    game.warn("Not saved", game.player.progress.record_meetings(met))
