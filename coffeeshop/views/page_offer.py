"""Offer a page of the lesson when the learner's next act needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.teaching.bookmark import skills_read
from coffeeshop.lessons.teaching.lesson import (
    has_lesson,
    lesson_outlines,
    shown_operations,
)
from coffeeshop.policy.problem import Problems
from coffeeshop.views.deed import Deed
from coffeeshop.views.fade import operations_of_step, skills_of_step
from coffeeshop.views.step import Step

LESSONS_SETTING = "lessons"  # the setting
LESSON_KEY = "l"  # opens the lesson in the app
ON_REQUEST = "on request"  # its value for a learner who wants no offers


class OfferedPage(NamedTuple):
    """A page about what Next suggests: its number from 1, its title, and how many pages its lesson has.

    A page often builds on those before it, so the offer says that they are there. `shows_call`: the page
    makes the call that Next suggests.
    """

    number: int
    title: str
    pages: int
    shows_call: bool

    @property
    def text(self) -> str:
        """Return what a shell says after its key or word: "shows how, on page 2 of 4: Policies".

        A page without the call only says more about it.
        """
        effect = "shows how" if self.shows_call else "says more"
        return f"{effect}, on page {self.number} of {self.pages}: {self.title}"


def offered_page(
    scenario: Scenario, step: Step, settings: Mapping[str, str]
) -> OfferedPage | None:
    """Return the page about a step's skills, unless each of them was taught before. Return None if there is nothing to offer.

    The first page that makes the step's call comes before the first that only speaks of it.
    """
    unread = skills_of_step(step) - skills_read(settings)
    if (
        not unread
        or settings.get(LESSONS_SETTING) == ON_REQUEST
        or not has_lesson(scenario)
    ):
        return None
    try:
        outlines = lesson_outlines(scenario)
    except Problems:  # the lesson's own screen tells them
        return None
    operations = operations_of_step(step)
    pages = [
        OfferedPage(
            number,
            page.title,
            len(outlines),
            shows_call=not operations.isdisjoint(shown_operations(page)),
        )
        for number, page in enumerate(outlines, 1)
        if not unread.isdisjoint(page.teaches)
    ]
    with_call = (page for page in pages if page.shows_call)
    return next(with_call, pages[0] if pages else None)


def with_page(deed: Deed, page: OfferedPage) -> Deed:
    """Return a deed of Next with the key that shows a page after its own keys."""
    return deed.followed_by(Deed(LESSON_KEY, page.text))
