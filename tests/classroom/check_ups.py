"""Make the check-ups of a simulated class: hand-ins of learners who have some misconceptions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from coffeeshop.classroom.kept_class import KeptClass
from coffeeshop.lessons.authoring.recovery import simulated_answer
from coffeeshop.lessons.play.check_up_rows import CourseCheckUp
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.scenario.dice import Dice
from coffeeshop.lessons.sitting.check_up_handin import check_up_handin
from coffeeshop.lessons.teaching.course_check_up import question_keys
from coffeeshop.lessons.teaching.suspicions import check_up_table

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)


def take_check_up(
    progress: Progress, moment: str, seed: int, planted: Collection[str]
) -> None:
    """Answer a whole check-up as somebody with these misconceptions."""
    check_up = CourseCheckUp(moment, seed)
    for key in question_keys(moment, seed):
        question = check_up_table()[key]
        answer = simulated_answer(frozenset(planted), question, Dice(f"{seed} {key}"))
        is_right = answer == question.answer
        subject = check_up.subject_of(f"{key}.{answer}")
        progress.record_meetings(Met(AT, subject, is_right))
        check_up = check_up.after_answer(f"{key}.{answer}", is_right)


def simulated_hand_in(
    kept: KeptClass, key: str, moment: str, planted: Collection[str]
) -> str:
    """Return the hand-in of a learner of the class who has these misconceptions."""
    progress = Progress(None)
    membership = kept.membership(key)
    progress.join_class(membership)
    take_check_up(progress, moment, membership.first, planted)
    text = check_up_handin(progress, moment)
    progress.close()
    return text
