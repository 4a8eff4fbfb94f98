"""Every surface says the same of a refusal: the open shop's ticket and the grade's check."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.shop.want import Mark, Mode
from tests.lessons.authoring.test_mutants import scenario


@pytest.mark.parametrize(
    "id", ["05-receipts-drawer", "15-three-workstations", "26-the-back-door"]
)
def test_the_open_shop_and_the_grade_say_the_same_of_every_refusal(id: str):
    play = Play(scenario(id))
    checks = {check.id: check.passed for check in grade(play).checks}
    for ticket in run_all_wants(play):
        if ticket.want.mode is Mode.NEVER:
            assert (ticket.mark is Mark.OK) is checks[f"refuse:{ticket.want.id}"], (
                ticket.want.say
            )


def test_the_detour_round_a_refusal_is_what_its_ticket_shows():
    tickets = {
        ticket.want.id: ticket
        for ticket in run_all_wants(Play(scenario("26-the-back-door")))
    }
    badges = tickets["badges@indra"]
    assert badges.mark is Mark.LEAK
    assert [outcome.act.call.operation for outcome in badges.outcomes] == [
        "CreateFunction",
        "Invoke",
        "AssumeRole",
        "CreateUser",
    ]
