"""Read the answers of check-ups from a save: which are right, and which chapters the learner skips for it.

Only answers are stored, as meetings. A check-up's questions are drawn again from its seed, and its result is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from coffeeshop.lessons.play.recall import CHECK_UP, Met

COUNT = 6  # questions of a check-up
ENOUGH = 5  # right answers that are enough to skip a chapter
SEEDS = 1_000_000_000
SKIP = "skip"
# The chapter, the seed, the question's number, and what was chosen: question and choice (not in old saves).
ANSWER = re.compile(
    rf"{CHECK_UP}(\d{{1,3}}) (\d{{1,9}}) (\d{{1,2}})(?: ([\w.-]{{1,60}}))?", re.ASCII
)
SKIPPED = re.compile(rf"{CHECK_UP}(\d{{1,3}}) {SKIP}", re.ASCII)


class CheckUp(Struct, frozen=True):
    """A check-up of a chapter: its seed, and whether each answer so far is right."""

    chapter: int
    seed: int
    answers: tuple[bool, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Return whether every question is answered."""
        return len(self.answers) >= COUNT

    @property
    def right_count(self) -> int:
        """Return the number of right answers."""
        return sum(self.answers)

    @property
    def is_enough(self) -> bool:
        """Return whether the answers are enough to skip the chapter."""
        return self.is_complete and self.right_count >= ENOUGH

    def subject_of(self, answer_key: str) -> str:
        """Return the subject under which the next answer is kept."""
        number = len(self.answers) + 1
        return f"{CHECK_UP}{self.chapter} {self.seed} {number} {answer_key}"


def chosen_answer(subject: str) -> str:
    """Return what was chosen in a check-up, as the question's key and the choice's place. "": it isn't known."""
    match = ANSWER.fullmatch(subject)
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
        if match := ANSWER.fullmatch(met.subject):
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
    if seed is None:
        from secrets import randbelow  # it brings OpenSSL, which the shelf doesn't need

        seed = randbelow(SEEDS)
    return CheckUp(chapter, seed)


def skip_subject(chapter: int) -> str:
    """Return the subject under which it is kept that the learner skips a chapter, or no longer does."""
    return f"{CHECK_UP}{chapter} {SKIP}"


def skipped_chapters(meetings: Iterable[Met]) -> frozenset[int]:
    """Return the chapters that the learner skips after a check-up."""
    chosen = dict[int, bool]()
    for met in meetings:
        if match := SKIPPED.fullmatch(met.subject):
            chosen[int(match[1])] = met.right
    return frozenset(chapter for chapter, skips in chosen.items() if skips)
