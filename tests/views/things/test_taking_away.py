"""Which calls take something away, and what is asked before."""

from __future__ import annotations

import re

import pytest

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.model import Call
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.sitting.lock_out import LockOut
from coffeeshop.views.things.item_actions import MENU_ACTIONS, REMOVED_THINGS
from coffeeshop.views.things.taking_away import (
    REMOVAL_VERBS,
    REPLACEMENT_VERBS,
    has_taken_away,
    lock_out_text,
    lock_out_warning,
    takes_away,
)
from tests.views.plays import scenario

ADDS = {
    "Accept", "Activate", "Add", "Apply", "Assume", "Attach", "Cancel", "Complete", "Copy", "Create", "Decline", "Enable", "Enroll", "Invite", "Invoke", "Send", "Start",
    "Tag", "Resync", "Receive", "Sign", "Switch", "Portal", "Upload",
}  # fmt: skip
READS = {
    "Is",
    "Batch",
    "Check",
    "Decode",
    "Decrypt",
    "Describe",
    "Encrypt",
    "Generate",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Re",  # ReEncrypt
    "Scan",
    "Simulate",
    "Validate",
}
SHOP = scenario("10").opening
LOCKS = LockOut("ada", Call("iam", "RemoveUserFromGroup"), refused="RemoveUserFromGroup")


def test_every_operation_either_takes_away_or_replaces_or_adds_or_reads() -> None:
    kinds = (REMOVAL_VERBS, REPLACEMENT_VERBS, ADDS, READS)
    simulated = {operation for (_, operation), row in OPERATIONS.items() if row.simulated}
    for operation in sorted(simulated):
        verb = re.match("[A-Z][a-z]+", operation)
        assert verb is not None
        assert sum(verb[0] in kind for kind in kinds) == 1, operation


def test_a_policy_that_is_put_takes_something_away_only_where_one_of_its_name_stood() -> (
    None
):
    for name, stood in (("receipts", True), ("other", False)):
        put = Call("iam", "PutUserPolicy", {"UserName": "bo", "PolicyName": name})
        assert takes_away(SHOP, put) == stood


def test_whatever_is_told_as_gone_is_known_to_take_away() -> None:
    for operation in REMOVED_THINGS:
        assert takes_away(SHOP, Call("iam", operation))


def test_every_deed_that_d_picks_takes_something_away() -> None:
    for action in (action for found in MENU_ACTIONS.values() for action in found):
        assert (action.key == "d") <= takes_away(
            SHOP, Call(action.service, action.operation)
        )


@pytest.mark.parametrize(
    ("locks", "said"),
    [
        (LOCKS, "After this, you (ada) can't call iam:RemoveUserFromGroup. On AWS, only the root user could undo it."),
        (LockOut("ada", LOCKS.call, ends=True), "After this, the credential that you (ada) act with no longer works."),
        (LockOut("ada", LOCKS.call, shut=True), "Once this session ends, you (ada) can't sign in and do this again."),
        (LockOut("ada", LOCKS.call, stripped=True), "After this, you (ada) can't administer the account."),
        (LockOut("bo", LOCKS.call, orphaned=("1",)), "After that, only the root user can administer account 1."),
        (LockOut("ada", LOCKS.call, stripped=True, able=("mo",)), "On AWS, only root and mo could undo it."),
        (LockOut("ada", LOCKS.call, refused="PutKeyPolicy", root_able=False), "On AWS, not even the root user could undo it."),
        (LockOut("ada", LOCKS.call, refused="PutKeyPolicy", able=("mo",), root_able=False), "On AWS, only mo could undo it."),
        (LockOut("ada", LOCKS.call, refused="DeleteUser", again=True), "you (ada) can't call iam:DeleteUser with the credential in use. You could undo it on AWS too, with a new sign-in"),
    ],
)  # fmt: skip
def test_a_lock_out_says_what_it_means_and_who_could_undo_it(
    locks: LockOut, said: str
) -> None:
    assert said in lock_out_text(locks)
    assert lock_out_text(locks).endswith("In this game, undo takes it back.")


def test_who_only_takes_the_last_administrator_away_is_not_told_that_they_are_locked_out() -> (
    None
):
    assert lock_out_warning(LOCKS).title == "Lock yourself out?"
    assert (
        lock_out_warning(LockOut("bo", LOCKS.call, orphaned=("1",))).title
        == "Leave no administrator?"
    )


@pytest.mark.parametrize(
    ("line", "took"),
    [
        ("aws s3api delete-object --bucket coffeeshop-receipts --key no-such-key", False),
        ("aws iam untag-user --user-name casey --tag-keys nothing", False),
        ("aws iam delete-user --user-name nobody", False),
        ("aws iam remove-user-from-group --group-name Admins --user-name ada", True),
    ],
)
def test_only_what_was_there_can_be_taken_back(line: str, took: bool) -> None:
    play = run_play(scenario("05"), line)
    assert has_taken_away(play, play.outcomes[-1:]) is took
