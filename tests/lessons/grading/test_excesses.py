"""What a finding says of whoever holds everything already."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.made_up_names import invented_names
from coffeeshop.policy.model import (
    Element,
    Excess,
    Kind,
    Layer,
    Matched,
    Policy,
    Request,
    Statement,
)
from tests.views.plays import graded, played, scenario

JOINS = "aws iam add-user-to-group --group-name Admins --user-name casey\n"


def test_whoever_sits_among_the_administrators_is_said_to_and_led_no_way_up() -> None:
    said = graded("03", scenario("03").solution + JOINS).findings[0]
    assert (said.key, said.what, said.path) == (
        "excess:casey",
        "Casey is in Admins, and so can do everything.",
        (),
    )


def test_where_no_way_up_was_found_the_same_is_said() -> None:
    said = graded("02", scenario("02").solution + JOINS).findings[0]
    assert (said.key, said.what) == (
        "excess:casey",
        "Casey is in Admins, and so can do everything.",
    )


def test_what_only_members_of_a_group_are_allowed_is_not_said_of_every_new_colleague() -> (
    None
):
    document = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:DeleteObject", '
        '"Resource": "*", "Condition": {"StringNotEquals": {"aws:username": ["casey", "sam"]}}}}'
    )
    put = f"aws iam put-group-policy --group-name Staff --policy-name more --policy-document '{document}'\n"
    sentences = [each.what for each in graded("20", scenario("20").solution + put).findings]
    assert any(
        each.startswith("A new member of the group Staff can also call s3:DeleteObject")
        for each in sentences
    ), sentences


def test_a_deny_that_only_members_carry_is_told_to_miss_whoever_joins_the_group() -> None:
    carried = "".join(
        f"aws iam put-user-policy --user-name {name} --policy-name RequireCode --policy-document file://policies/require-code.json\n"
        for name in ("casey", "sam")
    )
    finding = graded("20", carried).findings[0]
    assert finding.what.startswith("A new member of the group Staff can also call")
    assert "Which limits do its members have on their own users?" in finding.ask
    assert finding.aspect == "group"


def test_a_user_who_exists_is_not_said_to_be_made_up() -> None:
    account = played("20", "aws iam create-user --user-name noa").account
    statement = Statement("Allow", Element(("*",)))
    policy = Policy((statement,))
    layer = Layer(Kind.IDENTITY, (policy,))
    by = Matched(statement, policy, layer)
    for name, is_invented in (("noa", False), ("nobody", True)):
        asked = Request(
            "s3:ListBucket", "arn:aws:s3:::coffeeshop-receipts", {"aws:username": (name,)}
        )
        assert (name in invented_names(account, Excess(asked, by, None))) is is_invented


@pytest.mark.parametrize(("ending", "is_invented"), [("", False), ("*", True)])
def test_a_thing_that_a_policy_names_without_a_wildcard_is_not_said_to_be_made_up(
    ending: str, is_invented: bool
) -> None:
    table = "arn:aws:dynamodb:us-east-1:111122223333:table/Stock"
    document = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:GetItem", '
        f'"Resource": "{table}{ending}"}}}}'
    )
    account = played(
        "20",
        f"aws iam put-group-policy --group-name Staff --policy-name more --policy-document '{document}'",
    ).account
    statement = Statement("Allow", Element(("*",)))
    policy = Policy((statement,))
    by = Matched(statement, policy, Layer(Kind.IDENTITY, (policy,)))
    excess = Excess(Request("dynamodb:GetItem", table), by, None)
    assert ("Stock" in invented_names(account, excess)) is is_invented


def test_other_refusals_that_one_policy_breaks_are_named() -> None:
    trust = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": '
        '["arn:aws:iam::444455556666:role/Courier", "arn:aws:iam::444455556666:role/Driver"]}, '
        '"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": '
        '["shop-7f3a", "shop-0b1c"]}}}}'
    )
    makes = f"aws iam create-role --role-name OrdersExport --assume-role-policy-document '{trust}'\n"
    finding = graded("25", makes + scenario("25").solution.splitlines()[1]).findings[0]
    assert finding.what.startswith("“Courier gets in with another shop's ID, shop-0b1c”")
    assert finding.what.endswith(
        "and the same policy allows “The partner's Driver role gets in with shop-7f3a”."
    )


def test_what_a_job_needs_with_a_tag_alone_is_not_said_to_be_no_job() -> None:
    kept_names = "\n".join(
        line for line in scenario("40").solution.splitlines() if "delete-group" not in line
    )
    finding = graded("40", kept_names).findings[0]
    assert finding.what == "Noor can also call sqs:ReceiveMessage on oven-orders."
    assert finding.why == (
        "Statement “TakeOrders” of policy “orders” allows it, "
        "and the job needs it only when aws:ResourceTag/station is oven."
    )
