"""Answer the word `check-up`: six questions on a chapter, for a learner who knows it already."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.play.check_up_rows import (
    COUNT,
    CheckUp,
    complete_check_ups,
    current_check_up,
    skip_subject,
)
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.teaching.check_up import checked_chapters, questions_of
from coffeeshop.plain.shell import Shell, plain_rows, wall
from coffeeshop.views.check_up import (
    ABOUT,
    LETTERS,
    answer_rows,
    chapter_states,
    chapters_without,
    choice_texts,
    question_rows,
    result_rows,
    right_letter,
)
from coffeeshop.views.rows import Row

SKIP = "skip"
TAKE_BACK = "keep"


def check_up(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the chapters, or the next question of a chapter. With a letter, yield the answer."""
    number, _, said = rest.lower().partition(" ")
    known_chapters = {str(chapter): chapter for chapter in checked_chapters()}
    if not number:
        yield from _chapter_rows(shell)
    elif number not in known_chapters:
        names = ", ".join(known_chapters)
        yield Row(f"`check-up` takes the number of a chapter: {names}.")
    elif said in (SKIP, TAKE_BACK):
        yield from _skip_rows(shell, known_chapters[number], said == SKIP)
    elif said and said not in LETTERS:
        yield Row(
            f"“{said}” is no answer. After `check-up {number}` comes a letter, `{SKIP}` or `{TAKE_BACK}`."
        )
    else:
        yield from _question_rows(shell, known_chapters[number], said)


def _chapter_rows(shell: Shell) -> Iterator[Row]:
    """Yield what a check-up is, and each chapter with the last result."""
    yield Row(ABOUT)
    if missing := chapters_without(chapters()):
        yield Row(missing)
    states = chapter_states(shell.player.progress.meetings(), chapters())
    for chapter, (title, state) in states.items():
        yield Row(state, word=f"{chapter} {title}")
    yield Row("`check-up 3` asks the questions on chapter 3.")


def _question_rows(shell: Shell, chapter: int, letter: str) -> Iterator[Row]:
    """Yield the next question. With one of its letters, yield the answer, and then the next question.

    A letter never answers a question that the learner hasn't seen, which is the first one of a new check-up.
    """
    is_new = shell.check_up is None or shell.check_up.chapter != chapter
    current = _current(shell, chapter)
    question = questions_of(current)[len(current.answers)]
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
    met = Met(wall(), current.subject_of(chosen), is_right)
    problem = shell.player.progress.record_meetings(met)
    yield from answer_rows(question, letter)
    yield from plain_rows(problem)
    answered = CheckUp(chapter, current.seed, (*current.answers, is_right))
    if answered.is_complete:
        shell.check_up = None
        yield from result_rows(answered)
        if answered.is_enough:
            yield Row(f"`check-up {chapter} {SKIP}` skips the chapter.")
        return
    shell.check_up = answered
    yield from _asking_rows(shell, answered)


def _current(shell: Shell, chapter: int) -> CheckUp:
    """Return the check-up that is being answered: the one that was asked, one that was left, or a new one."""
    asked = shell.check_up
    if asked is None or asked.chapter != chapter:
        asked = current_check_up(shell.player.progress.meetings(), chapter)
    shell.check_up = asked
    return asked


def _asking_rows(shell: Shell, current: CheckUp) -> Iterator[Row]:
    """Yield the next question with its choices."""
    question = questions_of(current)[len(current.answers)]
    yield Row(f"Question {len(current.answers) + 1} of {COUNT}", role="muted")
    yield from question_rows(question)
    texts = choice_texts(question)
    yield from (Row(text, word=letter, indent=1) for letter, text in texts.items())
    shell.asked = f"check-up {current.chapter}"
    first, *_, last = texts
    if current.answers:
        later = f"; later, `{shell.asked} {first}`."
    else:
        later = ". Until then the check-up hasn't begun, and nothing of it is kept."
    yield Row(f"Answer with a letter, {first} to {last}{later}")


def _skip_rows(shell: Shell, chapter: int, skips: bool) -> Iterator[Row]:
    """Skip a chapter that the last check-up has shown, or take that back. Yield what is so now."""
    result = complete_check_ups(shell.player.progress.meetings()).get(chapter)
    if skips and not (result and result.is_enough):
        yield Row(f"Not skipped: `check-up {chapter}` first, and answer most of it right.")
        return
    met = Met(wall(), skip_subject(chapter), skips)
    yield from plain_rows(shell.player.progress.record_meetings(met))
    if skips:
        yield Row(
            f"Chapter {chapter} is shown by check-up: all other scenarios are suggested first. `check-up {chapter} {TAKE_BACK}` "
            "takes that back."
        )
    else:
        yield Row(f"Chapter {chapter} comes in its place again.")
