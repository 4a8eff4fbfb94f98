"""A check-up as rows: its chapters, a question, the answer, and the result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.play.check_up_rows import (
    ENOUGH_RIGHT,
    QUESTION_COUNT,
    CheckUp,
    complete_check_ups,
    last_check_ups,
    skipped_chapters,
)
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.teaching.check_up import CheckQuestion, checked_chapters
from coffeeshop.shop.mark import Mark
from coffeeshop.views.quiz import caller_and_request
from coffeeshop.views.rows import Row

CHOICE_LETTERS = "abcd"
NO_OTHER_POLICY = "No other policy applies."
LONGEST_REPEATED = 70  # characters of a choice that an answer repeats
CHECK_UP_INTRODUCTION = (
    f"A check-up asks {QUESTION_COUNT} questions on a chapter. With {ENOUGH_RIGHT} right answers, you can skip "
    "the chapter, and undo that later."
)


def chapter_states(
    meetings: Iterable[Met], titles: Mapping[int, str]
) -> Mapping[int, tuple[str, str]]:
    """Return the chapters with a check-up by number: the title, and how the learner's last check-up went."""
    meetings = tuple(meetings)
    last = last_check_ups(meetings)
    results = complete_check_ups(meetings)
    skipped = skipped_chapters(meetings)
    return {
        chapter: (
            titles.get(chapter, ""),
            _state_text(last.get(chapter), results.get(chapter), chapter in skipped),
        )
        for chapter in checked_chapters()
    }


def _state_text(last: CheckUp | None, result: CheckUp | None, is_skipped: bool) -> str:
    """Return the last result of a chapter, and how far a check-up is that was begun after it."""
    if last is None:
        return "not yet"
    ending = ", shown by check-up" if is_skipped else ""
    result_text = (
        f"{result.right_count} of {QUESTION_COUNT} right{ending}" if result else ""
    )
    if last.is_complete:
        return result_text
    begun = f"{len(last.answers)} of {QUESTION_COUNT} answered"
    return f"{result_text}; a new one: {begun}" if result else begun


def chapters_without(titles: Mapping[int, str]) -> str:
    """Return the sentence that names the chapters without a check-up. Return "" if each chapter has one."""
    missing = [str(chapter) for chapter in titles if chapter not in checked_chapters()]
    if not missing:
        return ""
    subject = "Chapter {} has" if len(missing) == 1 else "Chapters {} have"
    return f"{subject.format(join_words(missing))} no check-up."


def question_rows(question: CheckQuestion) -> Iterator[Row]:
    """Yield the situation, its policies, the request and the question."""
    yield Row(question.told)
    for name, text in question.policies.items():
        yield Row(f"{name}: {text}", role="code", indent=1)
    caller, *request = caller_and_request(question.ticket)
    yield Row(f"{NO_OTHER_POLICY} {caller.text}")
    yield from request
    if question.asks:
        yield Row(question.asks, role="name")


def choice_texts(question: CheckQuestion) -> dict[str, str]:
    """Return the choices of a question by letter."""
    return dict(zip(CHOICE_LETTERS, question.choices, strict=False))


def right_letter(question: CheckQuestion) -> str:
    """Return the letter of the right choice."""
    return CHOICE_LETTERS[question.right]


def answer_rows(question: CheckQuestion, letter: str) -> Iterator[Row]:
    """Yield the right choice with its reason. After a wrong one, also yield the learner's
    answer, and the lesson that teaches it."""
    texts = choice_texts(question)
    is_right = letter == right_letter(question)
    if not is_right:
        yield Row(_short_text(letter, texts), Mark.MISS, "You said")
    label = "You are right" if is_right else "Right is"
    yield Row(_short_text(right_letter(question), texts), Mark.OK, label)
    yield Row(question.why, indent=1)
    if not is_right:
        scenario, _, title = question.page.partition(" ")
        yield Row(f"Scenario {scenario} teaches it: {title.rstrip('?')}.", indent=1)


def _short_text(letter: str, texts: Mapping[str, str]) -> str:
    """Return a choice, or its letter if it is long, since it was shown already."""
    text = texts[letter]
    return text if len(text) <= LONGEST_REPEATED else letter


def result_rows(check_up: CheckUp) -> Iterator[Row]:
    """Yield the result of a complete check-up, and what it means."""
    yield Row(f"{check_up.right_count} of {QUESTION_COUNT} right.", role="title")
    if check_up.is_enough:
        yield Row(
            f"{ENOUGH_RIGHT} are enough to skip chapter {check_up.chapter}. If you skip it, all other scenarios "
            "are suggested first. You can still play it, or undo the skip, at any time."
        )
    else:
        yield Row(
            f"{ENOUGH_RIGHT} right answers are enough to skip a chapter. A new check-up asks new questions, at any time."
        )
