"""Actions and resources of a statement that don't fit together."""

from __future__ import annotations

import json

import pytest

from coffeeshop.policy.catalog.resource_fit import idle_part, unfit_words
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Kind, Statement
from coffeeshop.policy.plain_english import policy_readings
from coffeeshop.policy.validation.validate import validate
from tests.tables import each_row

BUCKET = "arn:aws:s3:::beans"
OBJECTS = "arn:aws:s3:::beans/*"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:orders"


def document(actions: str, resources: str, effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": actions.split(), "Resource": resources.split()}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def statement(actions: str, resources: str) -> Statement:
    return parse(document(actions, resources)).statements[0]


@each_row(
    [
        ("s3:ListBucket", OBJECTS, "s3:ListBucket", ""),
        ("s3:GetObject", BUCKET, "s3:GetObject", ""),
        ("s3:GetObject s3:ListBucket", OBJECTS, "s3:ListBucket", ""),
        ("s3:GetObject s3:ListBucket", f"{BUCKET} {OBJECTS}", "", ""),
        ("s3:GetObject", f"{BUCKET} {OBJECTS}", "", BUCKET),
        ("s3:GetObject", f"{OBJECTS} {QUEUE}", "", QUEUE),
        ("sqs:SendMessage", OBJECTS, "sqs:SendMessage", ""),
        ("s3:ListAllMyBuckets", BUCKET, "s3:ListAllMyBuckets", ""),
        ("s3:Get*", BUCKET, "", ""),
        ("s3:List*", "*", "", ""),
        ("*", BUCKET, "", ""),
        ("s3:ListObject", BUCKET, "", ""),
    ]
)
def test_words_that_do_not_fit_together_are_found(
    actions: str, resources: str, unfit_actions: str, unfit_resources: str
) -> None:
    unfit = unfit_words(statement(actions, resources))
    assert unfit == (tuple(unfit_actions.split()), tuple(unfit_resources.split()))


def test_actions_on_no_particular_resource_are_without_effect_on_a_named_one() -> None:
    part = idle_part("s3:List*", statement("s3:List*", BUCKET))
    assert part is not None
    assert "s3:ListAllMyBuckets" in part.names
    assert "s3:ListBucket" not in part.names
    assert idle_part("s3:List*", statement("s3:List*", f"{BUCKET} *")) is None


def advice(actions: str, resources: str) -> list[str]:
    return [
        problem.mend
        for problem in validate(document(actions, resources), Kind.IDENTITY)
        if "act" in problem.text and "S3" not in problem.text
    ]


@pytest.mark.parametrize(
    ("resources", "mends"),
    [
        (BUCKET, [f"add `{OBJECTS}` for its objects"]),
        (OBJECTS, [f"add `{BUCKET}` for the bucket"]),
        (f"{BUCKET} {OBJECTS}", []),
    ],
)
def test_advice_for_two_actions_in_a_statement_does_not_lead_in_a_circle(
    resources: str, mends: list[str]
) -> None:
    assert advice("s3:GetObject s3:ListBucket", resources) == mends


def test_advice_for_one_action_replaces_the_resource() -> None:
    assert advice("s3:GetObject", BUCKET) == [f"write `{OBJECTS}` for its objects"]
    assert advice("s3:ListBucket", OBJECTS) == [f"write `{BUCKET}` for the bucket"]


@pytest.mark.parametrize(("effect", "does"), [("Allow", "allows"), ("Deny", "denies")])
def test_plain_words_say_that_an_action_acts_on_none_of_the_resources(
    effect: str, does: str
) -> None:
    policy = parse(document("s3:GetObject s3:ListBucket", OBJECTS, effect))
    notes = [
        line.text
        for reading in policy_readings(policy, Kind.IDENTITY)
        for line in reading.rows
        if line.label == "note"
    ]
    assert notes == [
        f"s3:ListBucket doesn't work on the resources below, so it {does} nothing"
    ]


@pytest.mark.parametrize(("effect", "does"), [("Allow", "allows"), ("Deny", "denies")])
def test_plain_words_say_which_part_of_a_wildcard_acts_on_none_of_the_resources(
    effect: str, does: str
) -> None:
    policy = parse(document("s3:*", BUCKET, effect))
    (note,) = (
        line.text
        for reading in policy_readings(policy, Kind.IDENTITY)
        for line in reading.rows
        if line.label == "note"
    )
    assert (
        f"don't work on the resources below, so the statement {does} none of those" in note
    )
    assert note.endswith("For example, s3:GetObject needs a resource of the type object")
