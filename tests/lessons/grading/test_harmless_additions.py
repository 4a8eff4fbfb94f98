"""Nobody who is right is blamed, in any scenario: whatever harmless is added to a solution, nothing is lost."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from functools import cache

import pytest

from coffeeshop.lessons.authoring.policy_slots import changed, spots, standing_so
from coffeeshop.lessons.grading.grade import judge
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Condition, Kind, Statement
from tests.examples import some

COURSE = some((folder.name for folder in folders()), 8)
OURS = "111122223333"


@cache
def lesson(name: str) -> Scenario:
    return load(next(folder for folder in folders() if folder.name == name))


@cache
def solved(name: str) -> Play:
    return run_play(lesson(name), lesson(name).solution, "solution.sh")


def lost(play: Play) -> list[str]:
    """The checks that do not pass; how it is done is for the third star to say."""
    return [check.id for check in judge(play) if check.kind != "practice" and not check.passed]


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def only_encrypted(bucket: str) -> dict[str, object]:
    """What AWS recommends to every bucket: https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule"""
    on = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": on, "Condition": plain}


DELEGATING = document({"Effect": "Allow", "Principal": {"AWS": OURS}, "Action": "sts:AssumeRole"})
EVERYTHING = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
NOTHING = document({"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"})
THINGS = f"""
aws iam create-group --group-name Nobody
aws iam put-group-policy --group-name Nobody --policy-name all --policy-document '{EVERYTHING}'
aws iam create-policy --policy-name unattached --policy-document '{EVERYTHING}'
aws iam create-role --role-name Idle --assume-role-policy-document '{DELEGATING}'
aws s3api create-bucket --bucket coffeeshop-spare
aws s3api put-bucket-policy --bucket coffeeshop-spare --policy '{document(only_encrypted("coffeeshop-spare"))}'
aws sqs create-queue --queue-name spare
aws dynamodb create-table --table-name Spare --key-schema AttributeName=id,KeyType=HASH \
--attribute-definitions AttributeName=id,AttributeType=S --billing-mode PAY_PER_REQUEST
"""
NAMES = "".join(
    f"aws iam create-user --user-name {name} --path /staff/\n"
    for name in ("anyone", "root", "function", "account", "newcomer", "role", "service", "stranger", "session")
)


def caps(play: Play) -> Iterator[str]:
    """A boundary around everybody who is judged and has none, that holds nothing back; a deny of what no job asks for."""
    for who in play.scenario.people.graded:
        user = play.account.users.get(who)
        if user is None:  # and is to be gone
            continue
        if not user.boundary:
            yield f"aws iam put-user-permissions-boundary --user-name {who} --permissions-boundary arn:aws:iam::{play.account.id}:policy/unattached"
        yield f"aws iam put-user-policy --user-name {who} --policy-name never --policy-document '{NOTHING}'"


def encrypted(play: Play) -> Iterator[str]:
    """Only encrypted requests to every bucket that has no policy of its own."""
    for name, bucket in play.account.buckets.items():
        if bucket.policy is None:
            yield f"aws s3api put-bucket-policy --bucket {name} --policy '{document(only_encrypted(name))}'"


def with_more(name: str, more: str) -> Play:
    play = run_play(lesson(name), f"{lesson(name).solution}\n{more}", "more.sh")
    assert [str(one.answer) for one in play.outcomes if not one.allowed] == []
    return play


@pytest.mark.parametrize("name", COURSE)
def test_things_that_nobody_uses_cost_nothing(name: str):
    assert lost(with_more(name, THINGS)) == []


@pytest.mark.parametrize("name", COURSE)
def test_people_who_hold_nothing_cost_nothing_whatever_they_are_called(name: str):
    assert lost(with_more(name, NAMES)) == []


@pytest.mark.parametrize("name", COURSE)
def test_caps_and_denies_of_what_nobody_needs_cost_nothing(name: str):
    more = "\n".join((*caps(solved(name)), *encrypted(solved(name))))
    assert lost(with_more(name, f"{THINGS}{more}\n")) == []


# ------------------------------------------------------------------ safety conditions
SAFE = (
    Condition("Bool", "aws:SecureTransport", ("true",)),
    Condition("Bool", "aws:ViaAWSService", ("false",)),
    Condition("BoolIfExists", "aws:PrincipalIsAWSService", ("false",)),
    Condition("StringEqualsIfExists", "aws:PrincipalAccount", (OURS,)),
    Condition("StringEquals", "aws:ResourceAccount", (OURS,)),
    Condition("StringEquals", "aws:RequestedRegion", ("us-east-1",)),
    Condition("DateGreaterThan", "aws:CurrentTime", ("2020-01-01T00:00:00Z",)),
    Condition("NumericGreaterThan", "aws:EpochTime", ("1577836800",)),
    Condition("NotIpAddress", "aws:SourceIp", ("192.0.2.0/24",)),
    Condition("StringNotLike", "aws:UserAgent", ("curl*",)),
    Condition("Null", "aws:SourceVpce", ("true",)),
)


def conditioned(play: Play, conditions: tuple[Condition, ...], effect: str = "Allow") -> Play:
    """The play with these conditions on every statement that allows."""
    account = play.account
    for spot in spots(play):
        asked = conditions if spot.kind is Kind.IDENTITY else conditions[:1]  # services send few keys

        def safe(statement: Statement, asked: tuple[Condition, ...] = asked) -> Statement:
            grown = (*statement.conditions, *(c for c in asked if statement.effect == effect))
            return dataclasses.replace(statement, conditions=grown)

        account = changed(
            account, spot, dataclasses.replace(spot.policy, statements=tuple(map(safe, spot.policy.statements)))
        )
    return standing_so(play, account)


@pytest.mark.parametrize("name", COURSE)
def test_safety_conditions_on_every_grant_cost_nothing(name: str):
    assert lost(conditioned(solved(name), SAFE)) == []


# ------------------------------------------------------------------ jobs done in play
def at_work(play: Play) -> Iterator[str]:
    """Every job that needs no more than a key, done by whoever has it, in the role that it needs."""
    jobs = [
        w for w in play.scenario.wants if w.mode.name == "MUST" and w.badge == "key" and w.who in play.account.users
    ]
    for who in dict.fromkeys(want.who for want in jobs):
        yield f"aws iam create-access-key --user-name {who}"
    for number, want in enumerate(jobs):
        profile = f"{want.who}-{number}" if want.via else want.who
        if want.via:
            role = f"arn:aws:iam::{play.account.id}:role/{want.via}"
            yield f"aws sts assume-role --role-arn {role} --role-session-name {profile} --profile {want.who}"
        lines = (line.replace("{newname}", "somebody") for line in want.do)
        yield from (line if " --profile " in line else f"{line} --profile {profile}" for line in lines)


@pytest.mark.parametrize("name", COURSE)
def test_jobs_that_were_done_in_play_cost_nothing(name: str):
    if all(want.minted for want in lesson(name).wants):  # else a key is a badge that the brief did not ask for
        assert lost(with_more(name, "\n".join(at_work(solved(name))) + "\n")) == []
