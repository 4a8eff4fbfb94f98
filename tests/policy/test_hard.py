"""Hard policies: each gets through every verb, in a bounded number of calls and without an error of ours."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from coffeeshop.policy import (
    Domain,
    Policy,
    Principal,
    Request,
    Standing,
    authorize,
    excesses,
    explain,
    missing_keys,
    nearest_miss,
    parse,
    validate,
)
from coffeeshop.policy.language.parse import examine_policy
from coffeeshop.policy.model import Kind, Layer
from coffeeshop.policy.validation.validate import validator_findings
from tests.examples import some

pytestmark = pytest.mark.slow

HARD = sorted((Path(__file__).parent.parent / "hard" / "policies").glob("*.json"))
TRIED = some(HARD, 20, lambda path: path.stem)
COUNTED = some(TRIED, 3, lambda path: path.stem)
CALLS = 30_000_000  # of functions, for one verb on one policy
CASEY = Principal("arn:aws:iam::111122223333:user/casey", "111122223333", "AIDACASEY")
SMALL = parse(
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::home/*"}}'
)
LONG = "a" * 2_000
REQUESTS = (
    Request("s3:GetObject", f"arn:aws:s3:::{LONG}"),
    Request(
        "s3:ListBucket", "arn:aws:s3:::b", {"s3:prefix": (LONG,), "aws:username": (LONG,)}
    ),
    Request(
        "ec2:CreateTags", "*", {"aws:TagKeys": tuple(f"k{number}" for number in range(50))}
    ),
)


class TooManyCallsError(Exception):
    """More calls than any policy of 6 KB may take."""


def counted(work: Callable[[], object]) -> None:
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += 1
        if calls > 2 * CALLS:  # a call and its return
            raise TooManyCallsError

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)


def bare(work: Callable[[], object]) -> None:
    """Its time is bounded by pytest's, its calls are not: to count them takes three times as long."""
    work()


def checked(text: str) -> Policy | None:
    validator_findings(text, validate(text))
    return examine_policy(text)[0]


def decided(policy: Policy) -> None:
    who = Standing(CASEY, (Layer(Kind.IDENTITY, (policy,)),))
    for request in REQUESTS:
        decision = authorize(who, request)
        explain(decision)
        nearest_miss(decision)
        missing_keys(decision)


def compared(new: Policy, old: Policy) -> None:
    next(excesses(Standing.of(new), Standing.of(old), Domain.open_domain()), None)


@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.stem)
def test_a_hard_policy_gets_through_every_verb(path: Path) -> None:
    text, bounded = path.read_text("utf-8"), counted if path in COUNTED else bare
    bounded(lambda: checked(text))
    policy = examine_policy(text)[0]
    if policy is not None:
        bounded(lambda: decided(policy))
        bounded(lambda: compared(policy, policy))
        bounded(lambda: compared(policy, SMALL))
        bounded(lambda: compared(SMALL, policy))
