from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.views.likely import likely_values
from coffeeshop.views.next import next_step
from coffeeshop.views.things.dialog import operation_form
from coffeeshop.views.things.item_actions import menu_actions
from coffeeshop.views.things.items import groups, people, policies
from tests.tables import each_row
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


def begins(
    scenario: str, script: str, word: str, operation: str = "AddUserToGroup"
) -> dict[str, str]:
    """What stands in the form by which somebody joins a group, or comes to a policy, opened on that thing."""
    play = played(scenario, script)
    tickets = run_all_wants(play)
    listed = (*people(play.account), *groups(play.account), *policies(play.account))
    item = next(item for item in listed if item.row.word == word)
    action = next(action for action in menu_actions(item) if action.operation == operation)
    step = next_step(play, tickets, None, play.scenario.desk[0])
    return likely_values(
        operation_form(play.account, action, item.names), play, tickets, step
    )


@each_row(
    [
        ("00", HIRED, "Cashiers", {"UserName": "casey"}),
        ("00", HIRED, "casey", {"GroupName": "Cashiers"}),
        ("04", "", "Cashiers", {"UserName": "casey"}),
        ("10", GROUP + GRANTS, "Cashiers", {"UserName": "sam"}),
        # Whom Next means: her copy leaks.
        ("10", GROUP + GRANTS + joins("sam"), "Cashiers", {"UserName": "robin"}),
        (
            "10",
            GROUP + GRANTS + joins("sam") + joins("robin"),
            "Cashiers",
            {"UserName": "casey"},
        ),
        ("10", GROUP + GRANTS + joins("sam"), "bo", {"GroupName": "Cashiers"}),
        ("02", ADMINS, "Admins", {"UserName": "ada"}),
    ]
)
def test_the_one_whom_the_shop_means_is_chosen(
    scenario: str, script: str, word: str, found: dict[str, str]
) -> None:
    assert begins(scenario, script, word) == found


@pytest.mark.parametrize(
    ("scenario", "script", "word"),
    [
        ("00", HIRED, "Admins"),  # which opens everything, and is no business of hers
        ("03", HIRED, "Admins"),
        ("10", "", "sam"),  # there is no other group yet
        # Ada has no job there.
        (
            "10",
            GROUP + GRANTS + "".join(map(joins, ("sam", "casey", "robin", "bo"))),
            "Cashiers",
        ),
    ],
)
def test_nobody_is_chosen_where_the_shop_means_nobody(
    scenario: str, script: str, word: str
) -> None:
    assert begins(scenario, script, word) == {}


WRITTEN = (
    "aws iam create-policy --policy-name {} --policy-document file://policies/{}.json\n"
)
ARN = "arn:aws:iam::111122223333:policy/Receipts"
EVERYTHING = """aws iam create-policy --policy-name All --policy-document '{
"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
""".replace("\n", "", 1)


def test_a_policy_is_hung_on_whom_the_job_is_refused() -> None:
    one = WRITTEN.format("Receipts", "receipts")
    assert begins("05", one, "Receipts", "AttachUserPolicy") == {"UserName": "casey"}
    assert begins("05", one, "casey", "AttachUserPolicy") == {"PolicyArn": ARN}
    both = one + WRITTEN.format("Others", "receipts")
    # Next's.
    assert begins("05", both, "casey", "AttachUserPolicy") == {
        "PolicyArn": ARN.replace("Receipts", "Others")
    }


def test_a_policy_that_opens_everything_is_nobodys_by_an_enter_too_many() -> None:
    assert begins("05", EVERYTHING, "All", "AttachUserPolicy") == {}
    assert begins("05", EVERYTHING, "casey", "AttachUserPolicy") == {}
