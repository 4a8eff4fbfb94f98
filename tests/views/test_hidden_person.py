"""Whom the learner has to find out, no screen names before."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.sitting.assessment import NOT_JUDGED, Assessment
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import hides_caller
from coffeeshop.views.access.words import access_rows
from coffeeshop.views.brief import slack_rows
from coffeeshop.views.things.items import people, tickets_of_item
from tests.views.plays import opened, played, scenario

INVESTIGATIONS = ["29", "41", "42", "43"]


@pytest.mark.parametrize("name", INVESTIGATIONS)
def test_access_marks_no_one_until_the_learner_has_found_out_who_did_it(name: str) -> None:
    before, after = (Assessment(played(name, script)) for script in ("", "solution"))
    rows = [
        row
        for subject in before.access().subjects
        for row in access_rows(before.access(), subject.who)
    ]
    assert hides_caller(opened(name))
    assert not before.access().judged
    assert NOT_JUDGED in before.access().remarks
    assert {row.mark for row in rows} <= {None, Mark.QUIET}
    assert not hides_caller(opened(name, "solution"))
    assert after.access().judged
    assert NOT_JUDGED not in after.access().remarks


@pytest.mark.parametrize("name", INVESTIGATIONS)
def test_people_lists_no_jobs_by_which_the_one_who_did_it_differs(name: str) -> None:
    play = played(name)
    assert not any(
        tickets_of_item(play.account, person, opened(name))
        for person in people(play.account)
    )
    assert any(
        tickets_of_item(play.account, person, opened(name, "solution"))
        for person in people(played(name, "solution").account)
    )


@pytest.mark.parametrize("name", INVESTIGATIONS)
def test_what_is_fine_without_need_tells_no_one_whom_the_learner_has_to_find_out(
    name: str,
) -> None:
    hidden = {
        want.who.capitalize() for want in scenario(name).wants if want.quiet and want.who
    }
    texts = " ".join(row.text for row in slack_rows(scenario(name)))
    assert not any(person in texts for person in hidden)
