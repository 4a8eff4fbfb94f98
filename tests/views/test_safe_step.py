"""What Next proposes succeeds, locks nobody out, and takes from nobody what a job needs."""

from __future__ import annotations

import json
from random import Random  # noqa: TID251  # its seed is an argument

import pytest

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.door import handle, is_refused
from coffeeshop.account.model import Account, Act, ServiceError
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.lessons.sitting.lock_out import lock_out
from coffeeshop.shop.losses import ends_a_job
from coffeeshop.views.boundary_steps import EDITS_POLICY
from coffeeshop.views.failing_job import GIVES_PASSWORD, MAKES_KEY
from coffeeshop.views.leaks import EDITS_BUCKET_POLICY
from coffeeshop.views.next import next_step
from coffeeshop.views.safe_step import (
    blanks_of,
    complete_call,
    is_about_blanks,
    safe_step,
)
from coffeeshop.views.step import Step, list_step, press
from coffeeshop.views.who_can import proposed_calls
from tests.examples import some
from tests.views.plays import played, scenario
from tests.views.test_same_word import known

PASSWORD = "aws iam create-login-profile --user-name casey --password Ristretto-at-7"
EXPIRES = "aws iam update-account-password-policy --max-password-age 1 --hard-expiry"


def said(play: Play, profile: str) -> Step:
    return next_step(play, run_all_wants(play), None, profile)


def proposed(step: Step, play: Play) -> Step:
    """What Next says instead of a step, as Ada acts."""
    return safe_step(step, play, run_all_wants(play), "ada@console")


def test_whoever_has_a_password_is_given_another_one_and_not_a_second() -> None:
    play = run_play(scenario("10"), PASSWORD)
    gives = list_step("Casey's password has expired:", "users", "casey", GIVES_PASSWORD)
    step = proposed(gives, play)
    assert step.calls == ("iam update-login-profile",)
    assert step.values["UserName"] == "casey"
    assert step.target is not None
    assert step.target.row_id == "login:password"
    assert step.target.text_on_row == "changes the password of casey"


def test_whoever_has_two_keys_that_are_off_is_told_to_switch_one_on() -> None:
    off = "aws iam update-access-key --user-name sam --access-key-id @key:{} --status Inactive"
    makes = ["aws iam create-access-key --user-name sam"] * 2
    play = run_play(scenario("10"), "\n".join([*makes, off.format(1), off.format(2)]))
    step = proposed(list_step("Sam has no key:", "users", "sam", MAKES_KEY), play)
    assert step.calls == ("iam update-access-key",)
    assert step.values["Status"] == "Active"
    assert "two access keys at most" in step.text


def test_a_policy_of_five_versions_loses_one_before_it_gets_another() -> None:
    (arn,) = list(scenario("27").opening.policies)[:1]
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
        }
    )
    version = f"aws iam create-policy-version --policy-arn {arn} --policy-document '{text}'"
    play = run_play(scenario("27"), "\n".join([version] * 4))
    name = play.account.policies[arn].name
    narrows = list_step("Narrow it:", "policies", name, EDITS_POLICY, {"PolicyArn": arn})
    step = proposed(narrows, play)
    assert step.calls == ("iam delete-policy-version",)
    assert step.values["VersionId"] != play.account.policies[arn].default


def test_a_step_that_aws_answers_with_an_error_is_not_proposed() -> None:
    deletes = press("login", "DeleteLoginProfile", "deletes it")
    gone = list_step("Delete it:", "users", "casey", deletes)
    step = proposed(gone, played("10"))
    assert not step.calls
    assert step.target is None
    assert "AWS would answer DeleteLoginProfile with NoSuchEntity" in step.text


def test_after_ada_deleted_her_own_password_next_says_that_undo_takes_it_back() -> None:
    lines = "aws iam delete-login-profile --user-name ada\naws iam list-users\n"
    step = said(run_play(scenario("10"), lines), "ada@console")
    assert step.key == "u"
    assert step.text == (
        "DeleteLoginProfile took your last way to sign in: once this session ends, you can't come back. "
        "Undo takes it back, with the 1 act since:"
    )


def test_whoever_works_by_the_administrators_group_gets_a_policy_of_their_own_first() -> (
    None
):
    joins = "aws iam add-user-to-group --group-name Admins --user-name casey"
    step = said(run_play(scenario("05"), joins), "ada@console")
    assert "A job uses this group, so first write a policy on Casey" in step.text
    assert step.calls == ("iam put-user-policy",)


def test_a_version_that_would_end_a_job_is_not_to_be_put_in_force() -> None:
    (arn,) = (a for a in scenario("22").opening.policies if a.endswith("StaffBoundary"))
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"},
        }
    )
    line = f"aws iam create-policy-version --policy-arn {arn} --policy-document '{text}'"
    play = run_play(scenario("22"), scenario("22").solution + line)
    lacking = [*run_all_wants(played("22")), *run_all_wants(play)]
    step = next_step(play, lacking, None, "ada@console")
    assert step.calls != ("iam set-default-policy-version",)


# ------------------------------------------------------------------ over random plays
def harm(account: Account) -> list[str]:
    """Lines that take something from people, or give them what is in the way."""
    deny = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}}'
    lines = [EXPIRES]
    for user in account.users.values():
        named = f"--user-name {user.name}"
        lines += [
            f"aws iam delete-login-profile {named}",
            f"aws iam create-login-profile {named} --password Ristretto-at-7",
            f"aws iam create-access-key {named}",
            f"aws iam put-user-policy {named} --policy-name no --policy-document '{deny}'",
            f"aws iam put-user-permissions-boundary {named} --permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess",
        ]
        for group in account.groups.values():
            lines.append(f"aws iam add-user-to-group {named} --group-name {group.name}")
            lines.append(
                f"aws iam remove-user-from-group {named} --group-name {group.name}"
            )
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "name", ["05", "10", "22", "26", *some([folder.name for folder in folders()], 6)]
)
def test_what_next_proposes_succeeds_and_takes_from_nobody_what_a_job_needs(
    name: str, seed: int
) -> None:
    chance = Random(f"{name}{seed}")
    if not scenario(name).wants:
        pytest.skip("nothing is asked")
    lines = list(chance.choice(known(scenario(name))))
    lines = lines[: chance.randint(0, len(lines))]
    wrongs = harm(scenario(name).opening)
    for line in chance.sample(wrongs, min(len(wrongs), chance.randint(0, 4))):
        lines.insert(chance.randint(0, len(lines)), line)
    play = run_play(scenario(name), "\n".join(lines))
    tickets = run_all_wants(play)
    thefts = {ticket.want.id for ticket in tickets if ticket.want.opening_credential}
    for profile in profiles(play):
        step = next_step(play, tickets, None, profile)
        caller = find_caller(play.account, profile)
        for call in proposed_calls(play.account, step):
            act = Act(play.now, caller, complete_call(call))
            if is_refused(play.account, act):
                continue
            outcome = handle(play.account, act)
            if isinstance(outcome.answer, ServiceError):
                assert is_about_blanks(call, outcome.answer.code), step
            elif not blanks_of(call):
                assert lock_out(play.account, outcome) is None, step
                assert step.want in thefts or not ends_a_job(
                    play.account, tickets, [call], play.now
                ), step


def test_a_document_that_is_still_to_be_written_is_no_error_of_the_step() -> None:
    bucket = "coffeeshop-recipes"
    step = list_step(
        "Narrow it:", "policies", bucket, EDITS_BUCKET_POLICY, {"Bucket": bucket}
    )
    assert proposed(step, played("37")) == step
