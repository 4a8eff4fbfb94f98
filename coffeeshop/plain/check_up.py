"""Answer the word `check-up`: questions on a chapter, to skip it, or on the course, before and after it."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.play.check_up_rows import (
    BEFORE_COURSE,
    COURSE_MOMENTS,
    AnyCheckUp,
    CheckUp,
    CourseCheckUp,
    complete_check_ups,
    current_check_up,
    skip_subject,
)
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.teaching.check_up import checked_chapters
from coffeeshop.lessons.teaching.course_check_up import (
    begun_check_up,
    has_course_check_up,
    next_question,
)
from coffeeshop.plain.shell import Shell, current_wall_time, plain_rows
from coffeeshop.views.check_up import (
    CHECK_UP_INTRODUCTION,
    CHOICE_LETTERS,
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

SKIP_WORD = "skip"
TAKE_BACK = "keep"


def check_up(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the chapters, or the next question of a chapter. With a letter, yield the answer."""
    number, _, said = rest.lower().partition(" ")
    if number in COURSE_MOMENTS:
        yield from _course_rows(shell, number, said)
        return
    known_chapters = {str(chapter): chapter for chapter in checked_chapters()}
    if not number:
        yield from _chapter_rows(shell)
    elif number not in known_chapters:
        names = ", ".join(known_chapters)
        yield Row(
            f"`check-up` takes the number of a chapter ({names}), or {' or '.join(COURSE_MOMENTS)}."
        )
    elif said in (SKIP_WORD, TAKE_BACK):
        yield from _skip_rows(shell, known_chapters[number], said == SKIP_WORD)
    elif said and said not in CHOICE_LETTERS:
        yield Row(
            f"“{said}” isn't an answer. After `check-up {number}` comes a letter, `{SKIP_WORD}` or `{TAKE_BACK}`."
        )
    else:
        yield from _question_rows(shell, known_chapters[number], said)


def _chapter_rows(shell: Shell) -> Iterator[Row]:
    """Yield what a check-up is, and each chapter with the last result."""
    yield Row(CHECK_UP_INTRODUCTION)
    if missing := chapters_without(chapters()):
        yield Row(missing)
    states = chapter_states(shell.player.progress.meetings(), chapters())
    for chapter, (title, state) in states.items():
        yield Row(state, word=f"{chapter} {title}")
    yield Row(ABOUT_COURSE)
    for moment, state in course_states(shell.player.progress.meetings()).items():
        yield Row(state, word=f"{moment} the course")
    yield Row(
        f"`check-up 3` asks the questions on chapter 3, and `check-up {BEFORE_COURSE}` those before the course."
    )


def _course_rows(shell: Shell, moment: str, letter: str) -> Iterator[Row]:
    """Yield the next question of the course's check-up, or its result where a class has asked all of them."""
    if not has_course_check_up():
        yield Row("This program has no questions on the whole course.")
        return
    current = begun_check_up(shell.player.progress, moment)
    if current.is_complete:
        yield from course_result_rows(current, shell.player.progress.meetings())
        yield from hand_in_rows(shell.player.membership, current)
        return
    yield from _answer_rows(shell, current, letter)


def _question_rows(shell: Shell, chapter: int, letter: str) -> Iterator[Row]:
    """Yield the next question of a chapter. With one of its letters, yield the answer, and then the next question."""
    current = current_check_up(shell.player.progress.meetings(), chapter)
    yield from _answer_rows(shell, current, letter)


def _answer_rows(shell: Shell, current: AnyCheckUp, letter: str) -> Iterator[Row]:
    """Yield the next question. With one of its letters, yield the answer, and then the next question.

    A letter never answers a question that the learner hasn't seen, which is the first one of a new check-up.
    """
    asked = shell.check_up
    is_new = asked is None or asked.name != current.name
    if asked is not None and not is_new:
        current = asked
    shell.check_up = current
    question = next_question(current)
    texts = choice_texts(question)
    is_unseen = is_new and not current.answers
    if letter not in texts or is_unseen:
        if letter and is_unseen:
            yield Row("This check-up is new. Read its first question, then answer it.")
        elif letter:
            yield Row(f"{letter} isn't a choice here. The choices are {', '.join(texts)}.")
        yield from _asking_rows(shell, current)
        return
    is_right = letter == right_letter(question)
    chosen = question.answer_key([*texts].index(letter))
    met = Met(current_wall_time(), current.subject_of(chosen), is_right)
    problem = shell.player.progress.record_meetings(met)
    if isinstance(current, CheckUp):
        yield from answer_rows(question, letter)
    yield from plain_rows(problem)
    answered = current.after_answer(chosen, is_right)
    if answered.is_complete:
        shell.check_up = None
        yield from _complete_rows(shell, answered)
        return
    shell.check_up = answered
    yield from _asking_rows(shell, answered)


def _complete_rows(shell: Shell, answered: AnyCheckUp) -> Iterator[Row]:
    """Yield the result of a complete check-up, and what the learner can do with it."""
    if isinstance(answered, CourseCheckUp):
        yield from course_result_rows(answered, shell.player.progress.meetings())
        yield from hand_in_rows(shell.player.membership, answered)
        return
    yield from result_rows(answered)
    if answered.is_enough:
        yield Row(f"`check-up {answered.chapter} {SKIP_WORD}` skips the chapter.")


def _asking_rows(shell: Shell, current: AnyCheckUp) -> Iterator[Row]:
    """Yield the next question with its choices."""
    question = next_question(current)
    yield Row(f"Question {len(current.answers) + 1} of {current.count}", role="muted")
    yield from question_rows(question)
    texts = choice_texts(question)
    yield from (Row(text, word=letter, indent=1) for letter, text in texts.items())
    shell.answer_prefix = f"check-up {current.name}"
    first, *_, last = texts
    if current.answers:
        later = f"; later, `{shell.answer_prefix} {first}`."
    else:
        later = ". Until then the check-up hasn't begun, and none of it is saved."
    yield Row(f"Answer with a letter, {first} to {last}{later}")


def _skip_rows(shell: Shell, chapter: int, skips: bool) -> Iterator[Row]:
    """Skip a chapter that the last check-up has shown, or take that back. Yield what is so now."""
    result = complete_check_ups(shell.player.progress.meetings()).get(chapter)
    if skips and not (result and result.is_enough):
        yield Row(f"Not skipped: `check-up {chapter}` first, and answer most of it right.")
        return
    met = Met(current_wall_time(), skip_subject(chapter), skips)
    yield from plain_rows(shell.player.progress.record_meetings(met))
    if skips:
        yield Row(
            f"Chapter {chapter} is shown by check-up: all other scenarios are suggested first. `check-up {chapter} {TAKE_BACK}` "
            "takes that back."
        )
    else:
        yield Row(f"Chapter {chapter} is suggested in its place again.")
