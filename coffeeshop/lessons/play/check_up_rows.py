"""Read the answers of check-ups from a save: which are right, and which chapters the learner skips for it.

A check-up is about a chapter, to skip it, or about the course. One before the course and one after it measure what a
learner gained.

Only answers are stored, as meetings. A check-up's questions are drawn again from its seed, and its result is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.lessons.play.recall import CHECK_UP, Met

QUESTION_COUNT = 6  # questions of a check-up
ENOUGH_RIGHT = 5  # right answers that are enough to skip a chapter
SEED_COUNT = 1_000_000_000
SKIP_WORD = "skip"
# The chapter, the seed, the question's number, and what was chosen: question and choice (not in old saves).
ANSWER_PATTERN = re.compile(
    rf"{CHECK_UP}(\d{{1,3}}) (\d{{1,9}}) (\d{{1,2}})(?: ([\w.-]{{1,60}}))?", re.ASCII
)
SKIPPED_PATTERN = re.compile(rf"{CHECK_UP}(\d{{1,3}}) {SKIP_WORD}", re.ASCII)


BEFORE_COURSE = "before"
AFTER_COURSE = "after"
COURSE_MOMENTS = (BEFORE_COURSE, AFTER_COURSE)
# Begins the subject of a check-up's question in a morning: its key follows, and after the answer the choice's place.
MORNING_PREFIX = f"{CHECK_UP}morning "
COURSE_COUNT = 10  # questions of a check-up of the course
COURSE_ANSWER = re.compile(
    rf"{CHECK_UP}({BEFORE_COURSE}|{AFTER_COURSE}) (\d{{1,9}}) (\d{{1,2}}) ([\w.-]{{1,60}})",
    re.ASCII,
)


class CheckUp(Struct, frozen=True):
    """A check-up of a chapter: its seed, and whether each answer so far is right."""

    chapter: int
    seed: int
    answers: tuple[bool, ...] = ()

    @property
    def name(self) -> str:
        """Return the word after `check-up` that asks for it."""
        return str(self.chapter)

    @property
    def title(self) -> str:
        """Return what it is, as a heading."""
        return f"Check-up of chapter {self.chapter}"

    @property
    def count(self) -> int:
        """Return the number of its questions."""
        return QUESTION_COUNT

    def after_answer(self, answer_key: str, is_right: bool) -> CheckUp:
        """Return the check-up with one more answer."""
        return CheckUp(self.chapter, self.seed, (*self.answers, is_right))

    @property
    def is_complete(self) -> bool:
        """Return whether every question is answered."""
        return len(self.answers) >= QUESTION_COUNT

    @property
    def right_count(self) -> int:
        """Return the number of right answers."""
        return sum(self.answers)

    @property
    def is_enough(self) -> bool:
        """Return whether the answers are enough to skip the chapter."""
        return self.is_complete and self.right_count >= ENOUGH_RIGHT

    def subject_of(self, answer_key: str) -> str:
        """Return the subject under which the next answer is kept."""
        number = len(self.answers) + 1
        return f"{CHECK_UP}{self.chapter} {self.seed} {number} {answer_key}"


class CourseCheckUp(Struct, frozen=True):
    """A check-up of the course, before or after it: its seed, and what was chosen so far.

    The two with one seed belong together. `chosen` has the question's key and the choice's place of each answer.
    """

    moment: str
    seed: int
    answers: tuple[bool, ...] = ()
    chosen: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the word after `check-up` that asks for it."""
        return self.moment

    @property
    def title(self) -> str:
        """Return what it is, as a heading."""
        return f"Check-up {self.moment} the course"

    @property
    def count(self) -> int:
        """Return the number of its questions."""
        return COURSE_COUNT

    @property
    def is_complete(self) -> bool:
        """Return whether every question is answered."""
        return len(self.answers) >= COURSE_COUNT

    @property
    def right_count(self) -> int:
        """Return the number of right answers."""
        return sum(self.answers)

    def subject_of(self, answer_key: str) -> str:
        """Return the subject under which the next answer is kept."""
        return f"{CHECK_UP}{self.moment} {self.seed} {len(self.answers) + 1} {answer_key}"

    def after_answer(self, answer_key: str, is_right: bool) -> CourseCheckUp:
        """Return the check-up with one more answer."""
        answers = (*self.answers, is_right)
        return CourseCheckUp(self.moment, self.seed, answers, (*self.chosen, answer_key))


AnyCheckUp: TypeAlias = CheckUp | CourseCheckUp


def course_check_ups(meetings: Iterable[Met]) -> Mapping[str, tuple[CourseCheckUp, ...]]:
    """Return the check-ups of the course, complete or not, by moment and in the order in which they were begun."""
    begun = dict[tuple[str, int], CourseCheckUp]()
    for met in meetings:
        if match := COURSE_ANSWER.fullmatch(met.subject):
            moment, seed, number, answer_key = match.groups()
            known = begun.get((moment, int(seed)), CourseCheckUp(moment, int(seed)))
            if int(number) == len(known.answers) + 1:
                begun[moment, known.seed] = known.after_answer(answer_key, met.right)
    return {
        moment: tuple(each for each in begun.values() if each.moment == moment)
        for moment in COURSE_MOMENTS
    }


def last_complete(
    meetings: Iterable[Met], moment: str, seed: int | None = None
) -> CourseCheckUp | None:
    """Return the last complete check-up of the course at a moment, with this seed if there is one."""
    complete = [
        each
        for each in course_check_ups(meetings)[moment]
        if each.is_complete and seed in (None, each.seed)
    ]
    return complete[-1] if complete else None


def current_course_check_up(
    meetings: Iterable[Met], moment: str, seed: int | None = None
) -> CourseCheckUp:
    """Return the check-up of the course to go on with, or a new one. `moment` is BEFORE_COURSE or AFTER_COURSE the course.

    With the `seed` of a class, return the check-up with this seed, even if it is complete: a class asks
    only once. Without a seed, return the latest one if it isn't complete. A new check-up after the course
    has the seed of the last one before it, so that both can be compared.
    """
    meetings = tuple(meetings)
    known = course_check_ups(meetings)
    if seed is not None:
        same = (each for each in known[moment] if each.seed == seed)
        return next(same, CourseCheckUp(moment, seed))
    if known[moment] and not known[moment][-1].is_complete:
        return known[moment][-1]
    used = {each.seed for each in known[moment]}
    before = last_complete(meetings, BEFORE_COURSE)
    if moment == AFTER_COURSE and before and before.seed not in used:
        return CourseCheckUp(moment, before.seed)
    return CourseCheckUp(moment, _new_seed())


def _new_seed() -> int:
    """Return a seed by chance."""
    from secrets import randbelow  # it brings OpenSSL, which the shelf doesn't need

    return randbelow(SEED_COUNT)


def chosen_answer(subject: str) -> str:
    """Return what was chosen in a check-up, as the question's key and the choice's place.

    Return "" if it isn't known.
    """
    if subject.startswith(MORNING_PREFIX):
        return subject.removeprefix(MORNING_PREFIX)
    match = ANSWER_PATTERN.fullmatch(subject) or COURSE_ANSWER.fullmatch(subject)
    return (match[4] or "") if match else ""


def last_check_ups(meetings: Iterable[Met]) -> Mapping[int, CheckUp]:
    """Return the last check-up of each chapter, complete or not."""
    return {check_up.chapter: check_up for check_up in _check_up_states(meetings)}


def complete_check_ups(meetings: Iterable[Met]) -> Mapping[int, CheckUp]:
    """Return the last complete check-up of each chapter. One that was begun later doesn't replace it."""
    return {
        check_up.chapter: check_up
        for check_up in _check_up_states(meetings)
        if check_up.is_complete
    }


def _check_up_states(meetings: Iterable[Met]) -> Iterator[CheckUp]:
    """Yield the check-up that each answer belongs to, with its answers up to this one."""
    by_chapter = dict[int, CheckUp]()
    for met in meetings:
        if match := ANSWER_PATTERN.fullmatch(met.subject):
            chapter, seed, number = map(int, match.groups()[:3])
            before = by_chapter.get(chapter)
            is_same = before and before.seed == seed and number > 1
            answers = before.answers if before and is_same else ()
            by_chapter[chapter] = CheckUp(chapter, seed, (*answers, met.right))
            yield by_chapter[chapter]


def current_check_up(
    meetings: Iterable[Met], chapter: int, seed: int | None = None
) -> CheckUp:
    """Return the chapter's check-up that isn't complete yet, or else a new one. `seed` chooses its questions."""
    last = last_check_ups(meetings).get(chapter)
    if last and not last.is_complete and seed in (None, last.seed):
        return last
    return CheckUp(chapter, _new_seed() if seed is None else seed)


def skip_subject(chapter: int) -> str:
    """Return the subject under which it is kept that the learner skips a chapter, or no longer does."""
    return f"{CHECK_UP}{chapter} {SKIP_WORD}"


def skipped_chapters(meetings: Iterable[Met]) -> frozenset[int]:
    """Return the chapters that the learner skips after a check-up."""
    chosen = dict[int, bool]()
    for met in meetings:
        if match := SKIPPED_PATTERN.fullmatch(met.subject):
            chosen[int(match[1])] = met.right
    return frozenset(chapter for chapter, skips in chosen.items() if skips)
