"""Find the learner's place in the course: the scenario they opened last, and the next one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from coffeeshop.lessons.play.check_up_rows import skipped_chapters
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.course import advised_scenario, headings
from coffeeshop.lessons.scenario.schema import Heading
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.bookmark import LAST_SCENARIO_SETTING


def last_in_course(progress: Progress, course: Collection[str]) -> str:
    """Return the course's scenario that the learner played last. "" means none.

    A scenario is played once it has an act or a grade: to open one, or to look at its solution, isn't
    to play it. An exercise, a learner's own shop and an imported account have no place in the course.
    """
    played = [*progress.best_results(), *progress.act_counts()]
    last_opened = progress.settings().get(LAST_SCENARIO_SETTING, "")
    if last_opened in played:
        played.append(last_opened)
    return next((id for id in reversed(played) if id in course), "")


def next_scenario(player: Player) -> Heading | None:
    """Return the next scenario for this learner. Return None if every scenario has three stars.

    Three stars in the open sitting count even where the save couldn't keep them. What an exam closes
    now isn't next.
    """
    course = {
        id: form
        for id, form in headings(player.extra).items()
        if player.exam_refusal(id) is None
    }
    stars = player.progress.most_stars()
    sitting = player.sitting
    report = sitting.report if sitting else None
    if sitting and report and report.gives_stars and report.stars == 3:
        stars[sitting.scenario.id] = 3
    last = last_in_course(player.progress, course)
    known_ids = known_scenarios(player.progress, course.values())
    return advised_scenario(course.values(), stars, last, known_ids)


def known_scenarios(progress: Progress, course: Iterable[Heading]) -> frozenset[str]:
    """Return the scenarios of the chapters that the learner skips after a check-up."""
    chapters = skipped_chapters(progress.meetings())
    return frozenset(form.id for form in course if form.chapter in chapters)


def comes_before(player: Player, form: Heading) -> bool:
    """Return whether a scenario comes before the open one in the course."""
    course = list(headings(player.extra))
    ending = player.sitting.scenario.id if player.sitting else ""
    return (
        ending in course
        and form.id in course
        and course.index(form.id) < course.index(ending)
    )
