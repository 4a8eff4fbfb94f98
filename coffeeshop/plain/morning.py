"""Answer the words `morning` and `progress`."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.play.quiz import DECISION_CHOICES
from coffeeshop.lessons.scenario.course import chapters, headings
from coffeeshop.lessons.sitting.course_place import last_in_course
from coffeeshop.lessons.teaching.bookmark import all_guesses
from coffeeshop.lessons.teaching.morning import next_question, record_answer
from coffeeshop.plain.shell import Shell, current_wall_time, expect_answer, plain_rows
from coffeeshop.views.morning import morning_answer_rows, question_rows, rows_before
from coffeeshop.views.progress import invitation
from coffeeshop.views.progress import progress as progress_rows
from coffeeshop.views.quiz import CHOICE_LETTERS
from coffeeshop.views.rows import Row


def morning(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the question that is due. With a letter, yield AWS's decision on it."""
    kept_progress = shell.player.progress
    current_time = current_wall_time()
    extra = shell.player.extra
    question = next_question(kept_progress, current_time, extra)
    eval_decision = CHOICE_LETTERS.get(rest.lower())
    if question is None:
        yield Row(
            "There are no questions now. If you guess wrong, a question about it comes later."
        )
    elif eval_decision is None:
        yield from rows_before(question)
        yield from question_rows(question)
        yield from (
            Row(text, word=letter, indent=1)
            for letter, text in zip(CHOICE_LETTERS, DECISION_CHOICES.values(), strict=True)
        )
        yield Row(expect_answer(shell, "morning"))
    else:
        problem = record_answer(kept_progress, question, eval_decision, current_time)
        yield from morning_answer_rows(question, eval_decision)
        yield from plain_rows(problem)
        remaining_rest = invitation(kept_progress, current_time, extra)
        yield Row(
            f"{remaining_rest}: `morning`." if remaining_rest else "That is all for today."
        )


def progress(shell: Shell, _: str) -> Iterator[Row]:
    """Yield the learner's progress, chapter by chapter."""
    kept_progress = shell.player.progress
    course = headings(shell.player.extra)
    last = last_in_course(kept_progress, course)
    yield from progress_rows(
        course.values(),
        chapters(),
        kept_progress.best_results(),
        kept_progress.meetings(),
        current_wall_time().date(),
        last,
        shell.player.shown_skills.times_alone,
        guesses=all_guesses(kept_progress),
    )
