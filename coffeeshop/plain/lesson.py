"""Answer the word `lesson`: show a page, and the answer to a guess about its request."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.teaching.bookmark import (
    guess_at,
    leave_at,
    left_at,
    note_page_read,
    page_of,
)
from coffeeshop.lessons.teaching.lesson import Lesson
from coffeeshop.plain.shell import Shell, problem_rows
from coffeeshop.views.lesson import GUESS_LETTERS, GUESS_WORDS, answered_rows, page_rows
from coffeeshop.views.rows import Row

TELL_WORD = "tell"  # typed in place of a guess, to read on without one
NO_LESSON = Row("There is no lesson here. `brief` tells the story.")


def lesson(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield a page of the lesson: the one at which it was left, or the one of a number (`lesson 2`).

    With a guess (`lesson 2 a`) or without one (`lesson 2 tell`), yield AWS's decision, after the
    page if it wasn't shown last.
    """
    reading = shell.player.lesson()
    if isinstance(reading, Refused):
        yield from problem_rows(reading.problems)
        return
    if reading is None:
        yield NO_LESSON
        return
    kept_progress = shell.player.progress
    id = shell.sitting.scenario.id
    typed = [*rest.lower().split(), "", ""]
    page_word, letter = typed[:2]
    pages = {str(index): (index, page) for index, page in enumerate(reading.pages, 1)}
    number, page = pages.get(
        page_word or str(left_at(kept_progress, id, len(pages))), (0, None)
    )
    if page is None:
        yield Row(f"`lesson` takes the number of a page, from 1 to {len(pages)}.")
        return
    note_page_read(kept_progress, page.teaches)
    is_told = letter in GUESS_LETTERS or letter == TELL_WORD
    was_read_to_end = page_of(kept_progress, id) > len(pages)
    if not is_told and not was_read_to_end:
        # One more than the last page says that the lesson was read to its end.
        leave_at(kept_progress, id, number if number < len(pages) else number + 1)
    if page.prediction and letter in GUESS_LETTERS:
        guess_at(kept_progress, id, number, letter)
    shown = (id, number)
    if is_told and not page.prediction:
        yield Row("There is nothing to guess on this page.")
    if not is_told or not page.prediction or shell.last_page != shown:
        yield Row(f"Page {number} of {len(pages)}", role="muted")
        yield from page_rows(page)
    if is_told and page.prediction:
        yield from answered_rows(page, GUESS_LETTERS.get(letter))
    shell.last_page = shown
    if page.prediction and not is_told:
        shell.answer_prefix = f"lesson {number}"
    yield from _next_words(reading, number, shell.answer_prefix)


def _next_words(lesson: Lesson, number: int, lesson_command: str) -> Iterator[Row]:
    """Yield the words that the learner can type next.

    `lesson_command`, such as "lesson 2", is what a guess is typed after. It is "" if nothing is to be guessed.
    """
    if lesson_command:
        yield Row(
            f"The page goes on after your guess. `{lesson_command} {TELL_WORD}` skips the guess."
        )
        guesses = ", ".join(
            f"`{letter}` guesses {GUESS_WORDS[guess]}"
            for letter, guess in GUESS_LETTERS.items()
        )
        yield Row(f"{guesses}. Later, type `{lesson_command} a`.")
    if number < len(lesson.pages):
        yield Row(f"`lesson {number + 1}` shows the next page.")
    else:
        if lesson_command:
            end = "The lesson ends there"
        else:
            end = "That is the lesson"
        yield Row(f"{end}. `brief` tells the story and the task.")
