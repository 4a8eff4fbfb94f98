"""Every witness that the grade shows is a request that its principal could send, and the engine confirms it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random  # noqa: TID251  # its seed is an argument

import pytest

from coffeeshop.lessons.grading.excess_checks import excess_checks
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Proof
from coffeeshop.policy.model import Excess, Principal
from tests.lessons.folder import played, put
from tests.lessons.folder import policy as document
from tests.lessons.grading.arbitrary_answers import OURS, answer, lesson
from tests.policy.comparison.plausibility import implausible
from tests.views.plays import graded
from tests.views.plays import played as bundled

SEEDS = range(7_000, 7_012)


def wrong_witnesses(trial: Trial) -> Iterator[str]:
    """Yield what nobody could send, of all that the grade shows of anybody's excess."""
    for check in excess_checks(trial):
        for proof in check.pieces(Proof):
            for found in (one for one in proof.found if isinstance(one, Excess)):
                yield from (
                    f"{proof.who}: {wrong}"
                    for wrong in implausible(found.witness, whose(proof.who))
                )


def whose(who: str) -> Principal | None:
    """Return whom of another account a witness names, or else somebody of its account; None of services and strangers."""
    kind, _, rest = who.partition("/")
    account, _, name = rest.partition("/") if kind == "account" else (OURS, "", "")
    known = (
        kind not in ("service", "federated", "anyone", "canonical") and account.isdigit()
    )
    arn = f"arn:aws:iam::{account}:{name or 'root'}"
    return Principal(arn, account, kind="root") if known else None


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_shown_with_keys_of_somebody_else(seed: int, tmp_path: Path):
    assert list(wrong_witnesses(Trial(answer(lesson(tmp_path), Random(seed))))) == []


@pytest.mark.parametrize(
    ("id", "shown", "spared"),
    [
        ("*:boss", "robin federated", "newcomer key"),
        ("AIDA*", "newcomer key", "account/444455556666/role/Courier key"),
        ("AROA*:*:boss", "", "account/stranger key"),
        ("AIDA*:*", "", "newcomer key"),
    ],
)
def test_nobody_is_shown_with_an_id_that_aws_gives_to_another_type_of_principal(
    id: str, shown: str, spared: str, tmp_path: Path
):
    text = document(
        "s3:GetObject",
        on="arn:aws:s3:::coffeeshop-payroll/*",
        Principal="*",
        Condition={"StringLike": {"aws:userid": id}},
    )
    lines = f"""
aws s3api delete-public-access-block --bucket coffeeshop-payroll
aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{text}'
"""
    trial = Trial(played(lesson(tmp_path), lines))
    able = {
        f"{proof.who} {proof.badge}"
        for check in excess_checks(trial)
        for proof in check.pieces(Proof)
        if proof.excesses
    }
    assert (shown in able) == bool(shown)
    assert spared not in able
    assert list(wrong_witnesses(trial)) == []


def test_a_request_to_attach_a_policy_is_shown_with_the_policys_arn():
    hiring = document(
        "iam:CreateUser", "iam:AttachUserPolicy", on=f"arn:aws:iam::{OURS}:user/staff/*"
    )
    play = bundled(
        "22",
        f"aws iam put-group-policy --group-name Managers --policy-name hiring --policy-document '{hiring}'",
    )
    attached = [
        found.witness.context.get("iam:PolicyARN")
        for check in excess_checks(Trial(play))
        for proof in check.pieces(Proof)
        for found in proof.excesses
        if found.witness.action == "iam:AttachUserPolicy"
    ]
    assert attached
    assert None not in attached


def test_an_account_that_a_role_trusts_is_shown_with_arns_of_its_own():
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}}'
    play = bundled(
        "25",
        f"aws iam create-role --role-name OrdersExport --assume-role-policy-document '{trust}'",
    )
    arns = [
        value
        for check in excess_checks(Trial(play))
        for proof in check.pieces(Proof)
        for found in proof.excesses
        for value in found.witness.context.get("aws:PrincipalArn", ())
    ]
    assert arns
    assert all(value.startswith("arn:aws:iam::444455556666:") for value in arns)
    assert list(wrong_witnesses(Trial(play))) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"aws:SourceAccount": OURS}},
        {"ArnNotLike": {"aws:SourceArn": f"arn:aws:sns:*:{OURS}:*"}},
        {"StringNotEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        {"StringNotEqualsIfExists": {"aws:RequestedRegion": "us-east-1"}},
        {"Null": {"aws:SourceVpc": "false"}},
    ],
)
def test_whatever_a_policy_asks_for_its_excess_is_plausible(
    condition: object, tmp_path: Path
):
    play = played(
        lesson(tmp_path), put(document("iam:PassRole", on="*", Condition=condition))
    )
    assert list(wrong_witnesses(Trial(play))) == []


def test_a_job_about_things_with_a_tag_is_not_tried_on_things_with_another_tag():
    narrow = next(
        finding for finding in graded("40").findings if finding.key.startswith("job-narrow")
    )
    assert "sqs:ReceiveMessage on " in narrow.why
    assert not any(name in narrow.why for name in ("oven-", "online-orders"))
