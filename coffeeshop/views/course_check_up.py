"""Show a check-up of the course as rows: its subject, its result, and the gain between the two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.check_up_rows import (
    AFTER_COURSE,
    BEFORE_COURSE,
    COURSE_COUNT,
    COURSE_MOMENTS,
    CourseCheckUp,
    course_check_ups,
    last_complete,
)
from coffeeshop.lessons.play.handin import HAND_IN_SUFFIX
from coffeeshop.lessons.play.membership import Membership
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.scenario.find import number
from coffeeshop.lessons.teaching.course_check_up import (
    believed_after,
    check_up_assignment,
    judge_chosen,
)
from coffeeshop.lessons.teaching.gain import (
    CONFIDENCE_PERCENT,
    MIN_SAMPLE,
    Gain,
    gain_of_answers,
)
from coffeeshop.lessons.teaching.skills import skills
from coffeeshop.lessons.teaching.suspicions import Suspicion, told_suspicions
from coffeeshop.lessons.teaching.teaching_pages import pages_by_skill
from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun

SUSPICIONS_SHOWN = 3
COURSE_CHECK_UP_INTRODUCTION = (
    f"One check-up before the course and one after it ask {COURSE_COUNT} questions each, on the same skills. They are "
    "equally hard, and no question comes twice. You see the result at the end."
)


def course_states(meetings: Iterable[Met]) -> Mapping[str, str]:
    """Return how the last check-up of the course went, by moment."""
    known = course_check_ups(meetings)
    return {moment: _state_text(known[moment]) for moment in COURSE_MOMENTS}


def _state_text(check_ups: Sequence[CourseCheckUp]) -> str:
    """Return the result of the last check-up, or how far it is."""
    if not check_ups:
        return "not yet"
    last = check_ups[-1]
    if last.is_complete:
        return f"{last.right_count} of {COURSE_COUNT} right"
    return f"{len(last.answers)} of {COURSE_COUNT} answered"


def course_result_rows(check_up: CourseCheckUp, meetings: Iterable[Met]) -> Iterator[Row]:
    """Yield the result of a complete check-up: right answers, pages to read, what the learner may believe, the gain."""
    yield Row(f"{check_up.right_count} of {COURSE_COUNT} right.", role="title")
    for answer in judge_chosen(check_up):
        if not answer.is_right:
            yield Row(_missed_text(answer.skill), Mark.MISS, indent=1)
    yield from belief_rows(suspicions_after(check_up))
    if check_up.moment == AFTER_COURSE:
        before = last_complete(meetings, BEFORE_COURSE, check_up.seed) or last_complete(
            meetings, BEFORE_COURSE
        )
        if before:
            yield from gain_rows(before, check_up)


def _missed_text(skill: str) -> str:
    """Return a skill with the page that teaches it. A pack of scenarios may not have that page."""
    name = skills()[skill].name
    pages = pages_by_skill().get(skill, ())
    if not pages:
        return f"{name}."
    where = f"scenario {number(pages[0].scenario)}, “{pages[0].title}”"
    return f"{name}: {where} teaches it."


def hand_in_rows(
    membership: Membership | None, check_up: CourseCheckUp, is_web: bool = False
) -> Iterator[Row]:
    """Yield how a check-up gets to the class that was given it. In a browser, the teacher collects it."""
    id = check_up_assignment(check_up.moment)
    if membership is None or all(each.id != id for each in membership.assignments):
        return
    if is_web:
        yield Row("It is kept here, and your teacher collects it.")
    else:
        command = command_line("export", id, "--out", f"{id}{HAND_IN_SUFFIX}")
        yield Row(f"Hand it in: {command}")


def suspicions_after(check_up: CourseCheckUp) -> tuple[Suspicion, ...]:
    """Return what a learner may believe after one check-up alone."""
    return told_suspicions(believed_after(check_up.chosen))


def belief_rows(suspected: Sequence[Suspicion]) -> Iterator[Row]:
    """Yield what a learner may believe, each with the reason why it isn't so."""
    for suspicion in suspected[:SUSPICIONS_SHOWN]:
        yield Row(f"You may believe this: “{suspicion.misconception.believed}”")
        yield Row(
            f"Here is why it's wrong: {suspicion.misconception.holds}",
            role="muted",
            indent=1,
        )


def gain_rows(before: CourseCheckUp, after: CourseCheckUp) -> Iterator[Row]:
    """Yield what a learner gained between two check-ups, and how uncertain that is."""
    yield Row("From before to after", role="title")
    gain = gain_of_answers(before.answers, after.answers)
    counts = (
        f"{before.right_count} of {COURSE_COUNT} right before, {after.right_count} after."
    )
    yield Row(counts, indent=1)
    if gain is not None:
        yield Row(share_gain_text(gain), indent=1)
    still_told = {each.misconception.id for each in suspicions_after(after)}
    for suspicion in suspicions_after(before)[:SUSPICIONS_SHOWN]:
        if suspicion.misconception.id not in still_told:
            believed = suspicion.misconception.believed
            yield Row(
                f"Your answers no longer show this belief: “{believed}”", Mark.OK, indent=1
            )
    yield Row(
        f"One answer before and one after say too little about a single skill or belief. That takes {MIN_SAMPLE} answers.",
        role="muted",
        indent=1,
    )


def share_gain_text(gain: Gain) -> str:
    """Return a gain in a share as sentences, with its uncertainty in plain words."""
    change = points_text(gain.difference)
    limits = f"between {points_text(gain.low)} and {points_text(gain.high)}"
    text = f"That is {change}. In {CONFIDENCE_PERCENT} of 100 such cases, the true change is {limits}"
    ending = "." if gain.is_certain else ", so chance alone may explain it."
    return f"{text}{ending}"


def points_text(share: float) -> str:
    """Return a change of a share in words, in percentage points."""
    points = abs(round(share * 100))
    if not points:
        return "no change"
    direction = "more" if share > 0 else "fewer"
    return f"{count_noun(points, 'percentage point')} {direction}"


# ------------------------------------------------------------------------------ JSON
def course_document(meetings: Iterable[Met]) -> dict[str, object]:
    """Return the results of the check-ups of the course as a JSON document."""
    meetings = tuple(meetings)
    results = {moment: last_complete(meetings, moment) for moment in COURSE_MOMENTS}
    before, after = results[BEFORE_COURSE], results[AFTER_COURSE]
    gain = gain_of_answers(before.answers, after.answers) if before and after else None
    return {
        **{moment: _result_document(each) for moment, each in results.items()},
        "gain": gain_document(gain),
        "least_for_statistics": MIN_SAMPLE,
    }


def _result_document(check_up: CourseCheckUp | None) -> dict[str, object] | None:
    """Return one check-up as JSON. Return None if none is complete."""
    if check_up is None:
        return None
    return {
        "right": check_up.right_count,
        "of": COURSE_COUNT,
        "skills": {answer.skill: answer.is_right for answer in judge_chosen(check_up)},
        "may_believe": [
            {
                "id": each.misconception.id,
                "believed": each.misconception.believed,
                "holds": each.misconception.holds,
                "chance": round(each.chance, 2),
            }
            for each in suspicions_after(check_up)
        ],
    }


def gain_document(gain: Gain | None) -> dict[str, object] | None:
    """Return a gain as JSON. Return None if there are too few answers or learners."""
    if gain is None:
        return None
    return {
        "count": gain.count,
        "before": round(gain.before, 3),
        "after": round(gain.after, 3),
        "gain": round(gain.difference, 3),
        "low": round(gain.low, 3),
        "high": round(gain.high, 3),
        "confidence": CONFIDENCE_PERCENT,
    }
