"""What Next says to whoever acts is allowed to them, or leads to somebody who is allowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251  # its seed is an argument

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.door import is_refused
from coffeeshop.account.model import Account, Act, Call, Caller
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.sitting.badges import profiles, usable_profile
from coffeeshop.views.identity import identity, signs_in_again
from coffeeshop.views.next import next_step
from coffeeshop.views.step import Step
from coffeeshop.views.who_can import for_who_acts, proposed_calls
from tests.examples import some
from tests.views.plays import played, scenario
from tests.views.test_same_word import known

DENY = '\'{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}}\''
LEAVE = "aws iam remove-user-from-group --user-name ada --group-name Admins"
HARM = (
    LEAVE,
    f"aws iam put-user-policy --user-name ada --policy-name no --policy-document {DENY}",
    "aws iam put-user-permissions-boundary --user-name ada --permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess",
    "aws iam detach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
    "aws iam create-access-key --user-name casey",
    "aws iam create-access-key --user-name bo",
    "aws iam delete-user --user-name ada",
    "aws iam list-users",
)


def said(play: Play, profile: str) -> Step:
    return next_step(play, run_all_wants(play), None, profile)


def refuses(play: Play, account: Account, caller: Caller, call: Call) -> bool:
    return is_refused(account, Act(play.now, caller, call))


def test_after_ada_has_left_the_administrators_next_says_that_undo_takes_it_back() -> None:
    play = run_play(scenario("10"), LEAVE)
    step = said(play, "ada@console")
    assert step.key == "u"
    assert step.text.startswith("Since RemoveUserFromGroup, ada@console can't call ")


def test_an_administrator_made_in_the_play_is_not_led_to_root_after_taking_their_own_power() -> (
    None
):
    lines = scenario("02").solution.replace(
        "aws iam add-user-to-group --group-name Admins --user-name ada",
        "aws iam attach-user-policy --user-name ada --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
    )
    detach = "aws iam detach-user-policy --user-name ada --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --profile ada@console\n"
    step = said(run_play(scenario("02"), lines + detach), "ada@console")
    assert (step.key, step.badge) == ("u", "")
    assert step.text.startswith("Since DetachUserPolicy, ")


def test_after_a_refusal_next_says_so_again() -> None:
    play = run_play(
        scenario("10"), f"{LEAVE}\naws iam create-group --group-name Cashiers\n"
    )
    step = said(play, "ada@console")
    assert step.key == "u"
    assert "with the acts since (2 in all)" in step.text


def test_whoever_holds_a_badge_that_never_could_is_told_which_badge_can() -> None:
    play = run_play(scenario("10"), "aws iam create-access-key --user-name bo\n")
    step = said(play, "bo")
    assert (step.key, step.badge) == ("s", "ada@console")
    assert "ada@console can:" in step.text


def test_only_a_badge_that_can_make_the_call_is_named() -> None:
    denied = (
        f"aws iam put-user-policy --user-name ada --policy-name no --policy-document {DENY}"
    )
    play = run_play(scenario("29"), denied)
    as_opened = replace(play, scenario=replace(play.scenario, opening=play.account))
    assert profiles(as_opened) == ("ada@console", "root@console")
    call = Call("iam", "ListUsers", {})
    step = for_who_acts(Step("x"), as_opened, "ada@console", (call,))
    assert step.badge == "root@console"


@pytest.mark.parametrize("name", ["17", "30"])
def test_who_can_only_look_at_a_policy_is_not_led_to_change_it(name: str) -> None:
    reads = "aws iam put-user-permissions-boundary --user-name ada --permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert said(played(name), "ada@console").calls[0].startswith("iam get-")
    step = said(run_play(scenario(name), reads), "ada@console")
    assert step.key == "u"
    assert step.text.startswith("Since PutUserPermissionsBoundary, ")


@pytest.mark.slow
@pytest.mark.parametrize("seed", some(range(6), 3))
@pytest.mark.parametrize(
    "name", ["05", "10", "29", *some([folder.name for folder in folders()], 8)]
)
def test_what_next_says_is_allowed_to_who_acts_or_leads_to_somebody_who_can(
    name: str, seed: int
) -> None:
    chance = Random(f"{name}{seed}")
    if not scenario(name).wants:
        pytest.skip("nothing is asked")
    lines = chance.choice(known(scenario(name)))
    lines = [
        *lines[: chance.randint(0, len(lines))],
        *chance.sample(HARM, chance.randint(0, 3)),
    ]
    play = run_play(scenario(name), "\n".join(lines))
    for profile in profiles(play):
        step = said(play, profile)
        caller = find_caller(play.account, profile)
        for call in proposed_calls(play.account, step):
            assert not refuses(play, play.account, caller, call), step
        if step.badge:
            assert step.badge in profiles(play)
            again = said(play, step.badge)
            assert not again.badge, "and nobody is sent to and fro"
    for _ in range(len(play.outcomes) + 1):
        profile = usable_profile(play, "")
        if said(play, profile).key != "u":
            return
        play = play.undo()
    raise AssertionError("undo never took it back")


OLDER = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-03-02T08:05:00Z"}}}}'
DENY_OLDER = (
    f"aws iam put-user-policy --user-name ada --policy-name old --policy-document '{OLDER}'"
)


def test_whoever_can_sign_in_after_a_deny_of_older_sessions_is_not_sent_to_root() -> None:
    play = run_play(scenario("10"), DENY_OLDER)
    as_opened = replace(play, scenario=replace(play.scenario, opening=play.account))
    call = Call("iam", "CreateUser", {"UserName": "mo"})
    step = for_who_acts(Step("x"), as_opened, "ada@console", (call,))
    assert "Ada can after signing in some minutes later" in step.text


def test_a_session_that_a_policy_denies_for_its_age_is_over_once_a_new_one_is_not() -> None:
    play = run_play(scenario("10"), DENY_OLDER)
    until = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
    early = identity(play.account, "ada@console", until - timedelta(minutes=1))
    late = identity(play.account, "ada@console", until)
    assert not early.ended
    assert late.ended == "a policy denies older sessions"
    assert not late.is_expired
    assert signs_in_again(play, late)["UserName"] == "ada"
