"""Keep the result of an assessment in the learner's save, also of a play that has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from coffeeshop.account.model import Act
from coffeeshop.lessons.grading.diagnosis import diagnoses_of, with_cases
from coffeeshop.lessons.misconceptions.predict import expects_success
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.model import Finding, Play, Report, Scenario
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.sitting.answers import Graded
from coffeeshop.lessons.sitting.assessment import Assessment
from coffeeshop.lessons.sitting.days import next_date
from coffeeshop.lessons.teaching.skills import fits_finding, skills
from coffeeshop.shop.measures import ADVISED_POLICIES
from coffeeshop.shop.rota import CLOSING_TIME, OPENING_TIME, shop_time
from coffeeshop.shop.want import Ticket


def keep_grade(progress: Progress, judged: Assessment, at: datetime) -> Graded:
    """Grade a play and keep its result once, with the misconceptions of what the learner did wrong.

    `at` is the wall clock's time.
    """
    report = _full_report(progress, judged)
    if not report.gives_stars or judged.counted:
        return Graded(report, None)
    problem = progress.record_result(judged.play.scenario, report, at)
    helped = progress.help_asked(name_of(judged.play.scenario))
    ids = _shown_misconceptions(judged.play, report, helped)
    progress.record_meetings(*(Met(at, id, right=False) for id in ids))
    judged.counted = problem is None
    return Graded(report, problem)


def _shown_misconceptions(
    play: Play, report: Report, helped: Mapping[str, Help]
) -> Iterable[str]:
    """Return the misconceptions that a learner's own acts show.

    What was so at the opening isn't done yet, unless somebody with the misconception takes it for done now. What the
    program advised isn't the learner's idea. `helped` is the help that they asked for, by skill.
    """
    from coffeeshop.lessons.grading.grade import grade
    from coffeeshop.lessons.grading.hints import find_misconception

    shown = {
        finding.key: misconception
        for finding in report.findings
        if (misconception := find_misconception(play.scenario, finding))
        and not _is_step_told(finding.key, helped)
    }
    if not shown:
        return ()
    own_acts = [act for act in play.acts if not _is_advised(act, play.scenario)]
    own_report = report
    if len(own_acts) < len(play.acts):
        own_report = grade(Play(play.scenario).do(*own_acts))
    at_opening = {finding.key: finding for finding in grade(Play(play.scenario)).findings}
    return dict.fromkeys(
        shown[finding.key]
        for finding in own_report.findings
        if finding.key in shown
        and _is_due_to_acts(shown[finding.key], finding, at_opening.get(finding.key))
    )


def _is_due_to_acts(id: str, finding: Finding, before: Finding | None) -> bool:
    """Return whether a finding came with the acts, or somebody with its misconception thinks that they fixed it.

    `before` is the same finding at the opening. None: it wasn't there.
    """
    return before is None or (_seems_fixed(id, finding) and not _seems_fixed(id, before))


def _seems_fixed(id: str, finding: Finding) -> bool:
    """Return whether somebody with a misconception expects that each request of a finding works."""
    tickets = [ticket for check in finding.checks for ticket in check.pieces(Ticket)]
    misconception = misconceptions().get(id)
    return bool(tickets and misconception and misconception.rule) and all(
        misconception is not None and expects_success(misconception, ticket)
        for ticket in tickets
    )


def _is_step_told(key: str, helped: Mapping[str, Help]) -> bool:
    """Return whether the learner had the whole step told, for a skill that a finding is about."""
    return any(
        help is Help.STEP
        and id in skills()
        and any(fits_finding(sign, key) for sign in skills()[id].findings)
        for id, help in helped.items()
    )


def _is_advised(act: Act, scenario: Scenario) -> bool:
    """Return whether the program advised an act: during a day, or as a policy that a day advises.

    While the shop is open, the learner is told to stop the thief with whatever helps.
    """
    if act.call.text("PolicyName") in ADVISED_POLICIES:
        return True
    day = act.at.date()
    is_open = shop_time(day, OPENING_TIME) <= act.at <= shop_time(day, CLOSING_TIME)
    return is_open and day >= next_date(scenario.now)


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
