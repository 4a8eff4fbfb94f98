"""Grade a check-up of the course that was handed in: which answers are right, and what the learner may believe."""

from __future__ import annotations

from coffeeshop import __version__
from coffeeshop.harmless import escape_hidden
from coffeeshop.invocation import command_line
from coffeeshop.lessons.grading.report_document import (
    REPORT_FORMAT,
    CheckUpAnswer,
    GradedReport,
    GradedScenario,
    HandInSummary,
    ScoreShares,
    Tool,
)
from coffeeshop.lessons.play.check_up_rows import COURSE_COUNT, CourseCheckUp
from coffeeshop.lessons.play.handin import HandIn, acts_digest
from coffeeshop.lessons.teaching.course_check_up import (
    assigned_moment,
    check_up_digest,
    judge_chosen,
)
from coffeeshop.lessons.teaching.skills import skills
from coffeeshop.policy import catalog
from coffeeshop.policy.problem import Level, Place, Problem, Problems
from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import Row
from coffeeshop.views.rows import lines as printed


def judge_check_up(handin: HandIn) -> CourseCheckUp:
    """Return the check-up in a hand-in, judged. Raise Problems if its answers aren't to the questions of its seed."""
    header = handin.header
    moment = assigned_moment(header.scenario)
    chosen = header.record.check_up if header.record else ()
    if header.digest != check_up_digest():
        message = "its questions are from another version of Coffeeshop"
        raise _check_up_problem(
            "other-digest", message, "grade it with the version that the learner used"
        )
    check_up = CourseCheckUp(moment, header.variant, chosen=chosen)
    try:
        answers = judge_chosen(check_up)
    except ValueError as error:
        raise _check_up_problem(
            "other-questions", str(error), _answer_again_fix(moment)
        ) from None
    if len(answers) != COURSE_COUNT or handin.acts:
        message = f"it has only {len(answers)} of {COURSE_COUNT} answers"
        raise _check_up_problem("incomplete", message, _answer_again_fix(moment))
    right = tuple(answer.is_right for answer in answers)
    return CourseCheckUp(moment, header.variant, right, chosen)


def _answer_again_fix(moment: str) -> str:
    """Return the fix for a check-up that can't be graded."""
    return f"answer the questions with {command_line('check-up', f'--{moment}')}, then hand in again"


def _check_up_problem(code: str, message: str, fix: str) -> Problems:
    """Return a problem of a check-up, ready to raise."""
    return Problems(Problem(Level.ERROR, code, Place(), message, fix))


def check_up_report(name: str, handin: HandIn) -> GradedReport:
    """Return the report on a check-up. Its score is the share of right answers. Raise Problems."""
    check_up = judge_check_up(handin)
    share = check_up.right_count / COURSE_COUNT
    record = handin.header.record
    assert record is not None, "its answers are in it"
    handed_in = record.handed_in.isoformat()
    return GradedReport(
        format=REPORT_FORMAT,
        tool=Tool("coffeeshop", __version__, catalog.data_source()),
        status="complete",
        problems=(),
        scenario=GradedScenario(
            handin.header.scenario, check_up.title, handin.header.digest
        ),
        variant=check_up.seed,
        handin=HandInSummary(
            name, acts_digest((), record), 0, handed_in, handed_in, record.tries
        ),
        stars=3,
        score=100 * share,
        shares=ScoreShares(j=share, r=share, e=share, p=share, q=share, q0=0),
        sizes=None,
        results=(),
        findings=(),
        waiting={},
        praise=(),
        check_up=tuple(
            CheckUpAnswer(answer.skill, answer.chosen, answer.is_right)
            for answer in judge_chosen(check_up)
        ),
    )


def check_up_text(report: GradedReport) -> str:
    """Return the report on a check-up as text, for its learner."""
    rows = (
        Row(check_up_summary(report), role="title"),
        *(
            Row(
                skills()[answer.skill].name,
                Mark.OK if answer.right else Mark.MISS,
                indent=1,
            )
            for answer in report.check_up
        ),
    )
    return escape_hidden(printed(rows))


def check_up_summary(report: GradedReport) -> str:
    """Return the result of a check-up in a few words."""
    return f"{sum(answer.right for answer in report.check_up)} of {COURSE_COUNT} right"
