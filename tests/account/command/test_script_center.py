"""The script of a play in Identity Center, lived: another account has the same people and permission sets, until undone."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from coffeeshop.account.command.bash_center import center_steps
from coffeeshop.account.command.script import write_script
from coffeeshop.account.command.script_undo import write_undo_script
from coffeeshop.account.model import Account
from tests.account.command.fake_aws import fresh, run
from tests.account.services.test_identity_center import TO_SHOP, Center
from tests.account.shop import ADMIN, READ_ONLY, Shop

pytestmark = pytest.mark.skipif(
    shutil.which("bash") is None, reason="there is no bash here"
)
MO = "create-user --user-name mo --display-name Mo --name GivenName=Mo,FamilyName=Lee"


def portrait(account: Account) -> Any:
    """People, groups, memberships, permission sets and assignments, by name."""
    center = account.identity_center
    assert center is not None
    names = {
        **{user.id: user.name for user in center.users.values()},
        **{group.id: group.name for group in center.groups.values()},
        **{each.id: each.name for each in center.permission_sets.values()},
    }
    return {
        "people": sorted(user.name for user in center.users.values()),
        "teams": sorted(
            (names[m.group], names[m.user]) for m in center.memberships.values()
        ),
        "sets": sorted(
            (each.name, each.attached, each.inline.text if each.inline else "")
            for each in center.permission_sets.values()
        ),
        "assignments": sorted(
            (names[a.permission_set], a.account == account.id, names[a.principal])
            for a in center.assignments.values()
        ),
        "roles": sorted(
            (role.name.rpartition("_")[0], role.attached)
            for role in account.roles.values()
            if role.path.startswith("/aws-reserved/")
        ),
    }


def played() -> tuple[Center, int]:
    """A center in which a play has done much, and how many calls were before the play."""
    center = Center()
    before = len(center.outcomes)
    center.assign()
    mo = center.people(MO)["UserId"]
    member = f"--member-id UserId={mo}"
    center.people(f"create-group-membership --group-id {center.group} {member}")
    made = center.sso("create-permission-set --name Baker")
    baker = f"--permission-set-arn {made['PermissionSet']['PermissionSetArn']}"
    attach = "attach-managed-policy-to-permission-set"
    center.sso(f"{attach} {baker} --managed-policy-arn {READ_ONLY}")
    to_mo = f"{TO_SHOP} --principal-type USER --principal-id {mo}"
    center.sso(f"create-account-assignment {baker} {to_mo}")
    center.about_set(f"{attach} --managed-policy-arn {ADMIN}")
    center.provision()
    return center, before


def test_the_script_makes_the_same_people_and_permission_sets_in_another_account():
    center, before = played()
    world, play = center.outcomes[:before], center.outcomes[before:]
    fake = fresh({"root": "House-blend-1"})
    done = run(fake, write_script(play, world))
    assert done.returncode == 0, done.stderr
    assert portrait(fake.account) == portrait(center.account)


def test_the_undo_script_takes_away_by_name_what_the_play_made():
    center, before = played()
    world, play = center.outcomes[:before], center.outcomes[before:]
    opening = world[-1].account
    fake = fresh({"root": "House-blend-1"})
    assert run(fake, write_script(play, world)).returncode == 0
    undo = write_undo_script(opening, play)
    assert "AWSReservedSSO" not in undo
    assert "AWSSSO" not in undo
    done = run(fake, undo)
    assert done.returncode == 0, done.stderr
    left = portrait(fake.account)
    assert left["people"] == ["kim"]
    assert [name for name, *_ in left["sets"]] == ["Barista"]
    assert run(fake, undo).returncode == 0, "it can run twice"


def test_the_undo_script_says_what_is_left_to_do_by_hand():
    center, before = played()
    steps = "\n".join(center_steps(center.outcomes[before - 1].account, center.account))
    assert "changed the permission set Barista" in steps
    assert "gave the permission set Barista in 111122223333: group Baristas" in steps
    shop = Shop()
    assert list(center_steps(shop.account, center.account)) == [
        "the play enabled IAM Identity Center"
    ]
