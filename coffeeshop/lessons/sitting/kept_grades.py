"""Keep the result of an assessment in the learner's save, also of a play that has changed since."""

from __future__ import annotations

from datetime import datetime

from coffeeshop.lessons.grading.diagnosis import diagnoses_of, with_cases
from coffeeshop.lessons.model import Play, Report
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.sitting.answers import Graded
from coffeeshop.lessons.sitting.assessment import Assessment


def keep_grade(progress: Progress, judged: Assessment, at: datetime) -> Graded:
    """Grade a play and keep its result once, with the misconceptions of what the learner did wrong.

    What was so at the opening isn't done yet. It says nothing about what the learner believes.

    `at` is the wall clock's time.
    """
    from coffeeshop.lessons.grading.grade import grade
    from coffeeshop.lessons.grading.hints import find_misconception

    report, scenario = _full_report(progress, judged), judged.play.scenario
    if not report.asks or judged.counted:
        return Graded(report, None)
    problem = progress.record_result(scenario, report, at)
    believed = {
        finding.key: misconception
        for finding in report.findings
        if (misconception := find_misconception(scenario, finding))
    }
    if believed:
        for finding in grade(Play(scenario)).findings:
            believed.pop(finding.key, None)  # it was so before the first act
    ids = dict.fromkeys(believed.values())
    progress.record_meetings(*(Met(at, id, right=False) for id in ids))
    judged.counted = problem is None
    return Graded(report, problem)


def beats_best(progress: Progress, judged: Assessment) -> bool:
    """Return whether a play's stars or score are higher than any that were kept for its scenario."""
    report = _full_report(progress, judged)
    best = progress.best_results().get(judged.play.scenario.id)
    return best is None or report.stars > best.stars or report.score > best.score


def _full_report(progress: Progress, judged: Assessment) -> Report:
    """Return the report of a play, with the causes that the learner named."""
    scenario = judged.play.scenario
    named_causes = progress.named_causes(name_of(scenario))
    return with_cases(judged.grade(), diagnoses_of(scenario), named_causes)
