"""Which jobs the editor says that a policy leaves undone."""

from __future__ import annotations

import json
import re

import pytest

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.model import Act, Call
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.views.policy.editor import (
    CHANGE_STEP,
    HARM_STEP,
    editor_step,
    rows_if_saved,
)
from coffeeshop.views.rows import Row, lines
from tests.views.plays import played

RECEIPTS = "arn:aws:s3:::coffeeshop-receipts"
MORE = "F4 adds a statement"


def allow(*allowed: tuple[str, str]) -> str:
    said = [
        {"Effect": "Allow", "Action": action, "Resource": resource}
        for action, resource in allowed
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": said})


LISTING, READING = ("s3:ListBucket", RECEIPTS), ("s3:GetObject", f"{RECEIPTS}/*")


def saved(
    document: str, *acts: str, operation: str = "PutGroupPolicy", **named: str
) -> str:
    return lines(foreseen(document, *acts, operation=operation, **named))


def foreseen(
    document: str, *acts: str, operation: str = "PutGroupPolicy", **named: str
) -> tuple[Row, ...]:
    """What the editor says of that text after these acts, of the policy of the new group where no other is named."""
    play = played("10", "\n".join(("aws iam create-group --group-name Cashiers", *acts)))
    given = {
        **(named or {"GroupName": "Cashiers"}),
        "PolicyName": "receipts",
        "PolicyDocument": document,
    }
    act = Act(
        play.now, find_caller(play.account, "ada@console"), Call("iam", operation, given)
    )
    return rows_if_saved(play, run_all_wants(play), act)


def joins(who: str) -> str:
    return f"aws iam add-user-to-group --group-name Cashiers --user-name {who}"


def loses_the_copy(who: str) -> str:
    return f"aws iam delete-user-policy --user-name {who} --policy-name receipts"


def test_a_job_that_is_still_missing_is_named_while_nobody_is_in_the_group() -> None:
    assert f"· Not in this policy yet: Sam can open any receipt. {MORE}." in saved(
        allow(LISTING)
    )
    assert f"· Not in this policy yet: Sam lists the receipts. {MORE}." in saved(
        allow(READING)
    )


def test_a_job_is_missing_of_those_who_are_in_the_group() -> None:
    missing = f"Not in this policy yet: Sam can open any receipt. {MORE}"
    assert missing in saved(
        allow(LISTING), joins("sam"), loses_the_copy("bo")
    )  # Bo is not in it
    both = saved(allow(LISTING), joins("sam"), joins("bo"), loses_the_copy("bo"))
    assert (
        f"Not in this policy yet: Bo can open any receipt, and 1 job more. {MORE}" in both
    )


def test_of_a_persons_own_policy_only_their_jobs_are_missing() -> None:
    said = saved(
        allow(LISTING), loses_the_copy("bo"), operation="PutUserPolicy", UserName="sam"
    )
    assert f"Not in this policy yet: Sam can open any receipt. {MORE}" in said


def test_nothing_is_missing_where_the_text_has_it_or_serves_nobody_yet() -> None:
    assert MORE not in saved(allow(("ec2:StopInstances", "*")))
    assert MORE not in saved(allow(LISTING, READING))


def test_nothing_is_missing_that_a_statement_more_would_not_mend() -> None:
    denied = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    stops = json.dumps({"Version": "2012-10-17", "Statement": denied})
    deny = f"aws iam put-user-policy --user-name sam --policy-name no --policy-document '{stops}'"
    assert MORE not in saved(allow(LISTING), deny)


RECIPES = "arn:aws:s3:::coffeeshop-recipes/*"


def pretty(*allowed: tuple[str, str]) -> str:
    return json.dumps(json.loads(allow(*allowed)), indent=2)


def line_of(document: str, value: str) -> int:
    return next(n for n, line in enumerate(document.splitlines(), 1) if value in line)


@pytest.mark.parametrize(
    ("statement", "wrote", "asked"),
    [
        (("s3:GetObject", RECIPES), RECIPES, f"{RECEIPTS}/2026/03/0412.json"),
        (("s3:GetObject", RECEIPTS), RECEIPTS, f"{RECEIPTS}/2026/03/0412.json"),
        (("s3:PutObject", f"{RECEIPTS}/*"), "s3:PutObject", "s3:GetObject"),
        (("s3:GetObjects", f"{RECEIPTS}/*"), "s3:GetObjects", "s3:GetObject"),
    ],
    ids=["wrong bucket", "bucket for objects", "wrong action", "no action"],
)
def test_a_statement_that_misses_a_job_by_one_element_is_named_by_its_line(
    statement: tuple[str, str], wrote: str, asked: str
) -> None:
    document = pretty(LISTING, statement)
    number = max(
        n for n, line in enumerate(document.splitlines(), 1) if f'"{wrote}"' in line
    )
    rows = foreseen(document)
    (row,) = (row for row in rows if row.word.startswith("line "))
    assert row.word == f"line {number}"
    assert wrote in row.text
    assert row.text.endswith(f"“Sam can open any receipt” needs {asked}.")
    assert MORE not in lines(rows)
    assert editor_step((), False, rows) == HARM_STEP


def test_a_condition_that_a_job_s_request_does_not_meet_is_named_by_its_line() -> None:
    said = json.loads(allow(LISTING, READING))
    said["Statement"][1]["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": "bar"}}
    document = json.dumps(said, indent=2)
    (row,) = (row for row in foreseen(document) if row.word.startswith("line "))
    assert row.word == f"line {line_of(document, 'aws:PrincipalTag/team')}"
    assert row.text.endswith(
        "the request of “Sam can open any receipt” has no aws:PrincipalTag/team."
    )


def test_a_statement_that_serves_another_job_is_not_blamed() -> None:
    rows = foreseen(pretty(LISTING))
    assert not [row for row in rows if row.word.startswith("line ")]
    assert MORE in lines(rows)


def test_where_a_statement_adds_nothing_it_is_to_be_changed_and_none_is_added() -> None:
    document = pretty(LISTING, LISTING)
    rows = foreseen(document)
    assert MORE not in lines(rows)
    assert re.search(
        r"Not in this policy yet: Sam can open any receipt\. Change line \d+, which adds nothing\.",
        lines(rows),
    )
    assert editor_step((), False, rows) == CHANGE_STEP
