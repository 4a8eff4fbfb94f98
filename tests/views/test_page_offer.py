"""Next says that a page of the lesson shows how only if that page makes the call."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.teaching.lesson import Demonstration, has_lesson, lesson
from coffeeshop.lessons.teaching.skills import skills
from coffeeshop.views.deed import Deed
from coffeeshop.views.next import READ_FINDING
from coffeeshop.views.page_offer import offered_page
from coffeeshop.views.step import Fails, Failure, Step


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_a_page_shows_how_if_it_makes_the_call_and_else_says_more(folder: Path) -> None:
    scenario = load(folder)
    pages = lesson(scenario).pages if has_lesson(scenario) else ()
    for skill in skills().values():
        for sign in (*skill.operations, *skill.about):
            service, _, operation = sign.partition(" ")
            step = Step("", Deed("⏎", "goes on", ((service, operation),)))
            page = offered_page(scenario, step, {})
            if page is None:
                continue
            calls = {
                (call.outcome.act.call.service, call.outcome.act.call.operation)
                for part in pages[page.number - 1].parts
                if isinstance(part, Demonstration)
                for call in part.calls
                if call.outcome.has_succeeded
            }
            says_how = page.text.startswith("shows how")
            assert says_how == ((service, operation) in calls), (sign, page)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_no_page_shows_how_if_next_knows_no_call(folder: Path) -> None:
    scenario = load(folder)
    for skill in skills().values():
        for sign in skill.findings:
            step = Step("", READ_FINDING, Failure(Fails.FINDING, "", sign))
            page = offered_page(scenario, step, {})
            assert page is None or page.text.startswith("says more, on page ")
