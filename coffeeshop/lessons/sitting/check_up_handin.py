"""Write the hand-in of a check-up of the course: its answers, without acts.

It is handed in at the time of its last answer, so the same answers give the same bytes.
"""

from __future__ import annotations

from datetime import UTC

from msgspec.structs import replace

from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.check_up_rows import COURSE_ANSWER, COURSE_COUNT
from coffeeshop.lessons.play.handin import Claim, write_handin
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.record import Record, bad_clock_problem, is_plausible_year
from coffeeshop.lessons.teaching.course_check_up import (
    begun_check_up,
    check_up_assignment,
    check_up_digest,
)
from coffeeshop.policy.problem import Level, Place, Problem, Problems


def check_up_handin(progress: Progress, moment: str) -> str:
    """Return the complete check-up of a learner as a hand-in, signed if they joined a class. Raise Problems."""
    id = check_up_assignment(moment)
    check_up = begun_check_up(progress, moment)
    if not check_up.is_complete:
        message = f"{len(check_up.answers)} of {COURSE_COUNT} questions are answered"
        fix = f"answer them: {command_line('check-up', f'--{moment}')}"
        raise Problems(Problem(Level.ERROR, "nothing-done", Place(), message, fix))
    at = max(
        met.at
        for met in progress.meetings()
        if (match := COURSE_ANSWER.fullmatch(met.subject))
        and (match[1], int(match[2])) == (moment, check_up.seed)
    )
    if not is_plausible_year(at):
        raise Problems(bad_clock_problem(at, "nothing can be handed in"))
    handed_in = at.astimezone(UTC).replace(microsecond=0)
    claim = Claim(id, check_up_digest(), check_up.seed)
    record = Record(handed_in, tries=1, check_up=check_up.chosen)
    if membership := progress.membership:
        named_record = replace(record, learner=membership.learner)
        record = replace(
            named_record, proof=membership.sign(claim.signed_text((), named_record))
        )
    return write_handin(claim, (), record)
