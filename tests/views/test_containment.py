"""While a theft is noticed and not stopped, Next keeps it on every screen: whose credential it is, and where that is ended."""

from __future__ import annotations

from typing import get_args

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.sitting.assessment import assessed
from coffeeshop.lessons.sitting.days import begun, day_of
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.shop.day import Course
from coffeeshop.shop.happenings import Takes, happenings
from coffeeshop.views.containment import NOTICED, STOPS, contains
from coffeeshop.views.next import TO_DAY, day_lead, next_in
from coffeeshop.views.step import left
from tests.views.plays import played

PEOPLE = ("users", "groups", "roles")


def sitting(name: str, script: str, incident: str, noticed: bool = True) -> tuple[Sitting, Course]:
    """A scenario on a day with that incident, as somebody notices it, or as it begins; and its course."""
    play = played(name, script)
    opening = begun(play.scenario, play.now, 1, incident)
    course = day_of(play, opening).course
    assert course is not None
    assert course.noticed is not None
    opening = replace(opening, told=course.noticed if noticed else course.theft.at)
    return Sitting(play.at(opening.clock), assessed(play, []), "", day=opening), course


def test_every_sort_of_credential_has_a_place_where_it_is_ended() -> None:
    assert set(STOPS) == set(get_args(Takes)) == {row.takes for row in happenings().incidents}


@pytest.mark.parametrize(
    ("name", "script", "incident", "said"),
    [
        ("10", "", "leaked-key", "robin's session"),
        ("12", "solution", "phished-password", "indra's session"),
        ("10", "", "runaway-script", "robin's badge"),
        ("C2", "", "curious-colleague", "robin's badge"),
        ("C2", "", "tricked-partner", "the partner 777788889999"),
        ("03", "solution", "leaked-key", "casey's access key"),
        ("own-shop", "solution", "leaked-key", "casey's session"),
    ],
)
def test_next_names_whose_credential_is_out_and_leads_to_what_ends_it(
    name: str, script: str, incident: str, said: str
) -> None:
    found, course = sitting(name, script, incident)
    step, alone = next_in(found, None), contains(course)
    assert step == replace(alone, text=f"{day_lead(found)}{alone.text}")
    assert step.text.endswith(f"{NOTICED}{said}. What you do happens now.")
    assert step.way
    assert (step.key, step.does) != TO_DAY


@pytest.mark.parametrize("takes", get_args(Takes))
def test_whoever_stands_in_its_list_is_not_sent_there_again(takes: Takes) -> None:
    _, course = sitting("10", "", "leaked-key")
    incident = next(row for row in happenings().incidents if row.takes == takes)
    step = contains(replace(course, theft=replace(course.theft, incident=incident, lent=False)))
    tab, does = STOPS[takes].tab, STOPS[takes].does
    here = left(step, PEOPLE if tab in PEOPLE else ("policies",), tab, course.theft.who)
    assert here.key not in "2345"
    assert here.does.endswith(does)
    away = left(
        step, ("policies",) if tab in PEOPLE else PEOPLE, "policies" if tab in PEOPLE else "users", "x"
    )
    assert (away.key, away.does) == (step.key, step.does)


def test_before_anybody_notices_next_does_not_speak_of_it() -> None:
    found, _ = sitting("10", "", "leaked-key", noticed=False)
    assert NOTICED not in next_in(found, None).text
