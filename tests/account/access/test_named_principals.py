"""A policy that names a principal which AWS can't find is refused, in whichever account that would be."""

from __future__ import annotations

import json

import pytest

from coffeeshop.account.access.named_principals import principal_exists
from coffeeshop.account.model import ServiceError
from coffeeshop.lessons.play.script import run_play
from tests.views.plays import scenario

PARTNER, STRANGER = "444455556666", "777788889999"


def answer(name: str, principal: str) -> str:
    """With which code AWS answers the making of a role that trusts this principal; "" where it makes it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    line = f"aws iam create-role --role-name Door --assume-role-policy-document '{trust}'\n"
    made = run_play(scenario(name), line).outcomes[-1].answer
    if isinstance(made, ServiceError):
        assert made.message == f'Invalid principal in policy: "AWS":"{principal}"'
        return made.code
    return ""


@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:iam::{PARTNER}:role/Courrier",
        f"arn:aws:iam::{PARTNER}:role/courier",
        f"arn:aws:iam::{PARTNER}:user/Courier",
        f"arn:aws:iam::{PARTNER}:role/team/Courier",
    ],
)
@pytest.mark.parametrize("name", ["25", "C2", "C3"])
def test_a_trust_in_a_partner_s_role_that_does_not_exist_is_refused(
    name: str, principal: str
) -> None:
    assert answer(name, principal) == "MalformedPolicyDocument"


@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:iam::{PARTNER}:role/Courier",
        f"arn:aws:iam::{PARTNER}:role/Driver",
        f"arn:aws:iam::{PARTNER}:root",
        PARTNER,
        f"arn:aws:iam::{STRANGER}:role/Anything",
        "arn:aws:iam::123456789012:role/Anything",
    ],
)
def test_what_exists_there_and_what_nobody_can_know_is_accepted(principal: str) -> None:
    assert answer("25", principal) == ""


def test_a_principal_of_another_simulated_account_is_looked_up_there() -> None:
    account = scenario("24").opening
    (other,) = list(account.others.values())[:1]
    assert principal_exists(account, f"arn:aws:iam::{other.id}:root")
    assert not principal_exists(account, f"arn:aws:iam::{other.id}:user/nobody-there")
    for user in other.users.values():
        assert principal_exists(account, other.arn(user))
