"""The check-up: questions on a chapter, to skip it, or on the course, before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from coffeeshop.lessons.play.check_up_rows import (
    COURSE_MOMENTS,
    ENOUGH_RIGHT,
    QUESTION_COUNT,
    AnyCheckUp,
    CheckUp,
    CourseCheckUp,
    current_check_up,
    skip_subject,
    skipped_chapters,
)
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.teaching.check_up import CheckQuestion
from coffeeshop.lessons.teaching.course_check_up import (
    begun_check_up,
    has_course_check_up,
    next_question,
)
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.screens.base import Dialog
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.screens.question import ask_to_confirm
from coffeeshop.tui.screens.quiz import ChoiceDialog
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import STYLES, line
from coffeeshop.tui.widgets.prose import Prose
from coffeeshop.views.check_up import (
    CHECK_UP_INTRODUCTION,
    answer_rows,
    chapter_states,
    chapters_without,
    choice_texts,
    question_rows,
    result_rows,
    right_letter,
)
from coffeeshop.views.course_check_up import COURSE_CHECK_UP_INTRODUCTION as ABOUT_COURSE
from coffeeshop.views.course_check_up import (
    course_result_rows,
    course_states,
    hand_in_rows,
)
from coffeeshop.views.rows import Row
from coffeeshop.views.things.taking_away import DO_CHOICE, KEEP_CHOICE, Question

NAME_AND_TITLE_WIDTH = 25  # cells of the columns before the state
MAX_CHOICE_WIDTH = 68  # characters of a choice that fit on one line
AGAIN_ROW = "again"
BACK_ROW = "back"


class CheckUpDialog(ChoiceDialog):
    """One question of a check-up."""

    scoring_note: ClassVar[str] = (
        f"{ENOUGH_RIGHT} right answers of {QUESTION_COUNT} are enough. esc leaves."
    )
    letter_label: ClassVar[str] = "Answer"

    def __init__(self, game: Stage, check_up: AnyCheckUp, question: CheckQuestion) -> None:
        """Make the dialog for the next question of a check-up."""
        number = len(check_up.answers) + 1
        super().__init__(
            f"{check_up.title}: {number} of {check_up.count}",
            tuple(question_rows(question)),
            choice_texts(question),
            number < check_up.count,
            f"to continue: k {check_up.name}",
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
        """Choose an answer. Then show the choices only if one is longer than a line.

        The explanation repeats shorter ones.
        """
        super().action_say(letter)
        if self.chosen_letter:
            is_long = any(len(text) > MAX_CHOICE_WIDTH for text in self.texts.values())
            self.query_one("#choices").display = is_long

    def shown_letters(self) -> Sequence[str]:
        """Return the letters whose texts are shown: after the choice, the right one and the chosen one."""
        if not self.chosen_letter:
            return tuple(self.texts)
        return tuple(
            letter
            for letter in self.texts
            if letter in (self.chosen_letter, self.right_letter)
        )

    @property
    def leave_label(self) -> str:
        """Return what esc does: the answers so far are kept."""
        return f"Leave; {self.retry_hint}"

    @property
    def right_letter(self) -> str:
        """Return the letter of the right choice."""
        return right_letter(self.question)

    @property
    def ticket(self) -> Ticket:
        """Return the request that proves the answer."""
        return self.question.ticket

    def save_choice(self, letter: str) -> None:
        """Save whether the choice is right."""
        subject = self._check_up.subject_of(self.answer_key(letter))
        meeting = Met(self._stage.real_time(), subject, letter == self.right_letter)
        self._stage.show_problem(
            "Not saved", self._stage.player.progress.record_meetings(meeting)
        )

    def answer_key(self, letter: str) -> str:
        """Return the key under which a choice is saved."""
        return self.question.answer_key([*self.texts].index(letter))

    def explanation_rows(self, letter: str) -> tuple[Row, ...]:
        """Return the right choice with its reason."""
        return tuple(answer_rows(self.question, letter))


class CourseCheckUpDialog(CheckUpDialog):
    """One question of the course's check-up. It doesn't say which choice is right, since the next one measures, too."""

    scoring_note: ClassVar[str] = "You see the result at the end. esc leaves."

    def action_say(self, letter: str) -> None:
        """Choose an answer, and go to the next question."""
        if not self.chosen_letter and letter in self.texts:
            self.chosen_letter = letter
            self.save_choice(letter)
            self.close(True)

    def action_why(self) -> None:
        """Do nothing: a reason would give the answer away."""


async def take_check_up(game: Stage) -> None:
    """Ask for a chapter or the course, then its questions, until one is skipped. At the end, show the result."""
    meetings = game.player.progress.meetings()
    titles = chapters()
    states = chapter_states(meetings, titles)
    rows = [
        _pick_row(str(chapter), title, state) for chapter, (title, state) in states.items()
    ]
    if has_course_check_up():
        rows += [
            _pick_row(moment, "the course", state)
            for moment, state in course_states(meetings).items()
        ]
    chapter_about = f"{CHECK_UP_INTRODUCTION} {chapters_without(titles)}".rstrip()

    def about(chosen: str) -> str:
        """Return the introduction to the check-up of a row: of the course, or of a chapter."""
        return ABOUT_COURSE if chosen in COURSE_MOMENTS else chapter_about

    chosen = await game.ask(PickDialog("Check-up", rows, describe=about))
    if chosen is None:
        return
    if chosen in COURSE_MOMENTS:
        await _answer_questions(game, begun_check_up(game.player.progress, chosen))
        return
    chapter = int(chosen)
    if chapter in skipped_chapters(meetings) and not await _wants_new_questions(
        game, chapter
    ):
        return
    await _answer_questions(game, current_check_up(meetings, chapter))


def _pick_row(name: str, title: str, state: str) -> tuple[str, Content]:
    """Return the row of one check-up in the list."""
    title_width = NAME_AND_TITLE_WIDTH - len(name)
    return name, line(
        (f"{name} ", STYLES["key"]), f"{title:<{title_width}}", (state, STYLES["muted"])
    )


async def _answer_questions(game: Stage, check_up: AnyCheckUp) -> None:
    """Ask the remaining questions of a check-up, until one is skipped. If all are answered, show the result."""
    dialog_class = CheckUpDialog if isinstance(check_up, CheckUp) else CourseCheckUpDialog
    while not check_up.is_complete:
        dialog = dialog_class(game, check_up, next_question(check_up))
        has_continued = await game.ask(dialog)
        if dialog.chosen_letter:
            is_right = dialog.chosen_letter == dialog.right_letter
            check_up = check_up.after_answer(
                dialog.answer_key(dialog.chosen_letter), is_right
            )
        if not has_continued:
            break
    if check_up.is_complete and isinstance(check_up, CheckUp):
        await _show_result(game, check_up)
    elif check_up.is_complete and isinstance(check_up, CourseCheckUp):
        result_rows_shown = (
            *course_result_rows(check_up, game.player.progress.meetings()),
            *hand_in_rows(game.player.membership, check_up, game.is_web),
        )
        await game.ask(CourseResultDialog(check_up.title, result_rows_shown))


class CourseResultDialog(Dialog[bool]):
    """The result of the course's check-up, which can be scrolled."""

    KEYS = (("⏎", "Go on"), ("PgDn", "Read on"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", show=False),
        Binding("pageup", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(1)", show=False),
    ]

    def __init__(self, title: str, result: Sequence[Row]) -> None:
        """Make the dialog for rows with a result."""
        super().__init__()
        self.heading = title
        self.result = result

    def body(self) -> ComposeResult:
        """Yield the place for the rows."""
        with VerticalScroll(id="result"):
            yield Prose()

    def begin(self) -> None:
        """Show the rows."""
        self.query_one(".box").border_title = line(self.heading)
        self.query_one(Prose).show(self.result, self.game.settings.ascii)

    def action_go_on(self) -> None:
        """Close the dialog."""
        self.close(True)

    def action_scroll(self, pages: int) -> None:
        """Scroll by so many screenfuls. A negative number scrolls back."""
        box = self.query_one("#result", VerticalScroll)
        box.scroll_relative(y=pages * box.size.height, animate=False)


async def _wants_new_questions(game: Stage, chapter: int) -> bool:
    """Ask what to do with a skipped chapter. Return whether the learner wants new questions.

    If they choose so, take back that the chapter is skipped.
    """
    rows = [
        (BACK_ROW, line("Take it back: offer its scenarios in their place again")),
        (AGAIN_ROW, line("Answer new questions")),
    ]
    title = f"Chapter {chapter} is shown by check-up"
    chosen = await game.ask(PickDialog(title, rows))
    if chosen == BACK_ROW:
        _record_skip(game, chapter, False)
        game.say(f"Chapter {chapter} is suggested in its place again.")
    return chosen == AGAIN_ROW


async def _show_result(game: Stage, check_up: CheckUp) -> None:
    """Show the result of a check-up. If it is enough, offer to skip the chapter."""
    title, about = (row.text for row in result_rows(check_up))
    if not check_up.is_enough:
        rows = [(KEEP_CHOICE, line("Go on"))]
        await game.ask(PickDialog(title.rstrip("."), rows, describe=lambda _: about))
        return
    title = f"{title} Skip chapter {check_up.chapter}?"
    question = Question(title, "Skip it for now", "s", about=about, begins=DO_CHOICE)
    if await ask_to_confirm(game, question):
        _record_skip(game, check_up.chapter, True)


def _record_skip(game: Stage, chapter: int, skips: bool) -> None:
    """Save whether the learner skips a chapter."""
    meeting = Met(game.real_time(), skip_subject(chapter), skips)
    game.show_problem("Not saved", game.player.progress.record_meetings(meeting))
