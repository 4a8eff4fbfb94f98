"""What is said of a policy text in an account: third parties alone need an external id."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.sitting.policy_text import (
    examine_text,
    malformed_policy_problems,
    policy_remarks,
)
from coffeeshop.policy.model import Kind, Level
from tests.views.plays import played, scenario


def mends(principal: str, name: str = "25") -> list[str]:
    """How the whole account that a trust policy names is to be mended."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "sts:AssumeRole",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    problems = examine_text(text, Kind.TRUST, scenario(name).opening)[1]
    return [each.mend for each in problems if each.code == "account-principal"]


@pytest.mark.parametrize("principal", ["111122223333", "arn:aws:iam::111122223333:root"])
def test_of_one_s_own_account_no_external_id_is_asked(principal: str) -> None:
    assert mends(principal) == ["name the user or role"]


def test_of_another_account_of_the_organization_none_is_asked_either() -> None:
    for id in scenario("24").opening.others:
        assert mends(id, "24") == ["name the user or role"]


def test_of_a_third_party_it_is() -> None:
    (mend,) = mends("arn:aws:iam::444455556666:root")
    assert "sts:ExternalId" in mend


def test_a_control_policy_is_read_as_what_it_is_when_it_is_written_and_changed() -> None:
    play = played("44", scenario("44").solution)
    calls = [outcome.act.call for outcome in play.outcomes]
    changed = [call.operation == "UpdatePolicy" for call in calls]
    assert changed.count(True) == 2, "an SCP and an RCP"
    problems = [each for outcome in play.outcomes for each in policy_remarks(outcome)]
    assert [each.code for each in problems if each.level is Level.ERROR] == []


def test_a_refused_policy_is_explained_by_what_aws_refuses_it_for_and_by_nothing_else() -> (
    None
):
    document = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": ["iam:________"], '
        '"Resource": "*", "Condition": {"________": {"aws:MultiFactorAuthPresent": "false"}}}}'
    )
    line = f"aws iam put-group-policy --group-name Staff --policy-name x --policy-document '{document}'"
    problems = malformed_policy_problems(played("20", line).outcomes[-1])
    assert [problem.code for problem in problems] == ["unknown-operator"]
