from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.trial import open_shop
from coffeeshop.views.likely import likely
from coffeeshop.views.next import next_step
from coffeeshop.views.things.dialog import form
from coffeeshop.views.things.item_actions import deeds
from coffeeshop.views.things.items import groups, people
from tests.views.plays import played

HIRED = "aws iam create-user --user-name casey\n"
GROUP = "aws iam create-group --group-name Cashiers\n"
GRANTS = "aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json\n"
ADMINS = (
    "aws iam create-group --group-name Admins\naws iam create-user --user-name casey\naws iam create-user --user-name ada\n"
    "aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"
)


def joins(who: str) -> str:
    return f"aws iam add-user-to-group --group-name Cashiers --user-name {who}\n"


def begins(scenario: str, script: str, word: str) -> dict[str, str]:
    """What stands in the form by which somebody joins a group, opened on that person or group."""
    play = played(scenario, script)
    tickets = open_shop(play)
    item = next(item for item in (*people(play.account), *groups(play.account)) if item.row.word == word)
    deed = next(deed for deed in deeds(item) if deed.operation == "AddUserToGroup")
    step = next_step(play, tickets, None, play.scenario.desk[0])
    return likely(form(play.account, deed, item.names), play, tickets, step)


@pytest.mark.parametrize(
    ("scenario", "script", "word", "found"),
    [
        ("00", HIRED, "Cashiers", {"UserName": "casey"}),
        ("00", HIRED, "casey", {"GroupName": "Cashiers"}),
        ("04", "", "Cashiers", {"UserName": "casey"}),
        ("10", GROUP + GRANTS, "Cashiers", {"UserName": "sam"}),
        ("10", GROUP + GRANTS + joins("sam"), "Cashiers", {"UserName": "robin"}),  # whom Next means: her copy leaks
        ("10", GROUP + GRANTS + joins("sam") + joins("robin"), "Cashiers", {"UserName": "casey"}),
        ("10", GROUP + GRANTS + joins("sam"), "bo", {"GroupName": "Cashiers"}),
        ("02", ADMINS, "Admins", {"UserName": "ada"}),
    ],
)
def test_the_one_whom_the_shop_means_is_chosen(scenario: str, script: str, word: str, found: dict[str, str]) -> None:
    assert begins(scenario, script, word) == found


@pytest.mark.parametrize(
    ("scenario", "script", "word"),
    [
        ("00", HIRED, "Admins"),  # which opens everything, and is no business of hers
        ("03", HIRED, "Admins"),
        ("10", "", "sam"),  # there is no other group yet
        (
            "10",
            GROUP + GRANTS + "".join(map(joins, ("sam", "casey", "robin", "bo"))),
            "Cashiers",
        ),  # ada has no job there
    ],
)
def test_nobody_is_chosen_where_the_shop_means_nobody(scenario: str, script: str, word: str) -> None:
    assert begins(scenario, script, word) == {}
