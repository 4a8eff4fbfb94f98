"""Where the learner is in the course: which scenario they opened last, and which comes next."""

from __future__ import annotations

from collections.abc import Collection

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.course import advised_scenario, headings
from coffeeshop.lessons.scenario.schema import Heading
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.bookmark import LAST


def last_in_course(progress: Progress, course: Collection[str]) -> str:
    """Return the scenario of the course that the learner opened or moved on last; "" if there is none.

    An exercise, a learner's own shop and an imported account have no place in the course.
    """
    played = [*progress.best(), *progress.begun(), progress.settings().get(LAST, "")]
    return next((id for id in reversed(played) if id in course), "")


def next_scenario(player: Player) -> Heading | None:
    """Return the scenario that comes next for this learner; None if every scenario has three stars.

    What they have three stars in right now counts, even if the result couldn't be kept.
    """
    course = headings(player.extra)
    stars = player.progress.stars()
    sitting = player.sitting
    report = sitting.report if sitting else None
    if sitting and report and report.asks and report.stars == 3:
        stars[sitting.scenario.id] = 3
    return advised_scenario(course.values(), stars, last_in_course(player.progress, course))


def comes_before(player: Player, form: Heading) -> bool:
    """Tell whether a scenario comes in the course before the one that is open."""
    course = list(headings(player.extra))
    ending = player.sitting.scenario.id if player.sitting else ""
    return (
        ending in course
        and form.id in course
        and course.index(form.id) < course.index(ending)
    )
