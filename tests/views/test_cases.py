"""The cases of a diagnosis, and a statement of a policy in one line."""

from __future__ import annotations

import json
import re

import pytest

from coffeeshop.lessons.causes import Cause, NamedCause
from coffeeshop.lessons.grading.diagnosis import Diagnosis, diagnoses_of, judge_named
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Kind
from coffeeshop.views.cases import statement_text, verdict_rows
from coffeeshop.views.rows import lines
from tests.views.plays import played, scenario


@pytest.mark.parametrize(
    ("elements", "text"),
    [
        ({"Action": "s3:GetObject", "Resource": "*"}, "Allow s3:GetObject on *"),
        (
            {"Action": ["s3:Get*", "s3:Put*", "s3:List*", "sqs:*"], "Resource": "*"},
            "Allow s3:Get*, s3:Put* and 2 more on *",
        ),
        (
            {
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::beans/*",
                "Condition": {
                    "Bool": {"aws:MultiFactorAuthPresent": "true"},
                    "StringEquals": {"aws:username": "ada"},
                },
            },
            "Allow s3:GetObject on arn:aws:s3:::beans/* if aws:MultiFactorAuthPresent, aws:username",
        ),
    ],
)
def test_a_statement_is_told_with_the_keys_of_its_condition(
    elements: dict[str, object], text: str
):
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", **elements}}
    (statement,) = parse(json.dumps(document), Kind.IDENTITY).statements
    assert statement_text(statement) == text


def named_texts(diagnosis: Diagnosis, cause: Cause) -> str:
    """Return what a learner reads after they named a cause."""
    (result,) = judge_named([diagnosis], [NamedCause(diagnosis.case.id, cause)])
    return lines(verdict_rows(diagnosis, cause, result, 5))


@pytest.mark.parametrize(
    ("name", "number", "kind", "told"),
    [
        (
            "44",
            1,
            Kind.SCP,
            ("No service control policy allows this s3:PutObject request",),
        ),
        (
            "44",
            1,
            Kind.BOUNDARY,
            (
                "No permissions boundary allows this s3:PutObject request",
                "AWS's answer names another kind: no service control policy allows it either.",
            ),
        ),
        (
            "C4",
            4,
            Kind.IDENTITY,
            (
                "Nothing allows this sts:AssumeRole request",
                "No role trust policy allows it either.",
            ),
        ),
        ("44", 1, Kind.RESOURCE, ("AWS's answer names it.",)),
        ("44", 2, Kind.BOUNDARY, ("AWS's answer doesn't name it",)),
    ],
)
def test_a_named_kind_is_explained_by_itself_and_by_what_aws_names(
    name: str, number: int, kind: Kind, told: tuple[str, ...]
):
    diagnosis = diagnoses_of(scenario(name))[number - 1]
    text = named_texts(diagnosis, Cause(kind))
    assert all(part in text for part in told), text


def test_a_policy_that_is_attached_to_nobody_is_listed_as_what_it_limits_only():
    diagnosis = diagnoses_of(scenario("44"))[0]
    kinds = {
        located.kind
        for located in diagnosis.policies
        if located.location in ("policy/AppLimit", "policy/CounterLimit")
    }
    assert kinds == {Kind.SESSION, Kind.BOUNDARY}


def test_ada_can_read_the_bucket_policy_that_she_has_to_fix():
    play = played("C4", "aws s3api get-bucket-policy --bucket coffeeshop-receipts")
    assert play.outcomes[-1].has_succeeded


def test_whoever_signed_in_for_a_case_has_used_a_password_by_then() -> None:
    """AWS counts console sign-ins alone, so a user whose case is about a key has none."""
    signed_in = {}
    for folder in folders():
        text = (folder / "scenario.toml").read_text("utf-8")
        if "[[case]]" in text and re.search(r'badge = "(password|code)"', text):
            lesson = scenario(folder.name)
            for case in lesson.cases:
                user = lesson.opening.users.get(case.want.who.lower())
                if user and user.login:
                    has_used = user.login.used is not None
                    signed_in[case.want.id] = (case.want.badge, has_used)
    assert signed_in
    assert all(has_used == (badge != "key") for badge, has_used in signed_in.values()), (
        signed_in
    )
