"""Next in Identity Center: what a person lacks, and the permission set that a reserved role belongs to."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.views.next import next_step

PEOPLE, BAKERY = load(find("35")), load(find("36"))
ADD, JOIN, MAKE, FILL, ASSIGN, *_ = PEOPLE.solution.splitlines()
PUT, DETACH, PROVISION, TAKE = BAKERY.solution.splitlines()


def suggested(scenario: Scenario, *lines: str) -> str:
    """The operation that Next suggests after these lines."""
    play = run_play(scenario, "\n".join(lines), files=scenario.files)
    step = next_step(play, run_all_wants(play), None)
    return step.deed.operations[0][1] if step.deed and step.deed.operations else step.text


@pytest.mark.parametrize(
    ("lines", "operation"),
    [
        ((), "CreatePermissionSet"),
        ((MAKE,), "CreateAccountAssignment"),
        ((MAKE, FILL, ASSIGN), "CreateUser"),
        ((MAKE, FILL, ASSIGN, ADD), "CreateGroupMembership"),
        ((MAKE, ASSIGN, ADD, JOIN), "PutInlinePolicyToPermissionSet"),
        ((MAKE, ASSIGN, ADD, JOIN, FILL), "ProvisionPermissionSet"),
    ],
)
def test_next_leads_a_person_to_their_permission_set(
    lines: tuple[str, ...], operation: str
):
    assert suggested(PEOPLE, *lines) == operation


@pytest.mark.parametrize(
    ("scenario", "lines", "place"),
    [
        (PEOPLE, (), ("", "n")),
        (PEOPLE, (MAKE,), ("Receipts", "a")),
        (PEOPLE, (MAKE, FILL, ASSIGN), ("", "u")),
        (PEOPLE, (MAKE, FILL, ASSIGN, ADD), ("sam", "a")),
        (BAKERY, (), ("Bakery", "d")),
        (BAKERY, (PUT, DETACH), ("Bakery", "v")),
        (BAKERY, (PUT, DETACH, PROVISION), ("Bakery", "d")),
    ],
)
def test_each_step_of_identity_center_leads_to_a_row_of_its_list_and_its_menu(
    scenario: Scenario, lines: tuple[str, ...], place: tuple[str, str]
):
    play = run_play(scenario, "\n".join(lines), files=scenario.files)
    step = next_step(play, run_all_wants(play), None)
    assert step.target is not None
    assert step.target.tab == "center"
    assert (step.target.item_name, step.target.deed.letter or step.target.key) == place


@pytest.mark.parametrize(
    ("lines", "operation"),
    [
        ((), "DetachManagedPolicyFromPermissionSet"),
        ((PUT, DETACH), "ProvisionPermissionSet"),
        ((PUT, DETACH, PROVISION), "DeleteAccountAssignment"),
    ],
)
def test_a_leak_through_a_reserved_role_leads_to_its_permission_set(
    lines: tuple[str, ...], operation: str
):
    assert suggested(BAKERY, *lines) == operation
