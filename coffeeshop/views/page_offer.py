"""Offer a page of the lesson when the learner's next act needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.teaching.bookmark import skills_read
from coffeeshop.lessons.teaching.lesson import has_lesson, lesson_headings
from coffeeshop.policy.problem import Problems
from coffeeshop.views.deed import Deed
from coffeeshop.views.fade import skills_of_step
from coffeeshop.views.step import Step

LESSONS = "lessons"  # the setting
LESSON_KEY = "l"  # opens the lesson in the app
ON_REQUEST = "on request"  # its value for a learner who wants no offers


class OfferedPage(NamedTuple):
    """A page that teaches what Next suggests: its number from 1, its title, and how many pages its lesson has.

    A page often builds on those before it, so the offer says that they are there.
    """

    number: int
    title: str
    pages: int

    @property
    def text(self) -> str:
        """Return what a shell says after its key or word: "shows how, on page 2 of 4: Policies"."""
        return f"shows how, on page {self.number} of {self.pages}: {self.title}"


def offered_page(
    scenario: Scenario, step: Step, settings: Mapping[str, str]
) -> OfferedPage | None:
    """Return the first page about a step's skills, unless each of them was taught before. Return None if there is nothing to offer."""
    unread = skills_of_step(step) - skills_read(settings)
    if not unread or settings.get(LESSONS) == ON_REQUEST or not has_lesson(scenario):
        return None
    try:
        headings = lesson_headings(scenario)
    except Problems:  # the lesson's own screen tells them
        return None
    pages = [
        (number, title)
        for number, (title, teaches) in enumerate(headings, 1)
        if not unread.isdisjoint(teaches)
    ]
    return OfferedPage(*pages[0], len(headings)) if pages else None


def with_page(deed: Deed, page: OfferedPage) -> Deed:
    """Return a deed of Next with the key that shows a page after its own keys."""
    if deed.then is None:
        return replace(deed, then=Deed(LESSON_KEY, page.text))
    return replace(deed, then=with_page(deed.then, page))
