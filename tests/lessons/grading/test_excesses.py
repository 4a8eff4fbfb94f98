"""What a finding says of whoever holds everything already."""

from __future__ import annotations

from tests.views.plays import graded, scenario

JOINS = "aws iam add-user-to-group --group-name Admins --user-name casey\n"


def test_whoever_sits_among_the_administrators_is_said_to_and_led_no_way_up() -> None:
    said = graded("03", scenario("03").solution + JOINS).findings[0]
    assert (said.key, said.what, said.path) == (
        "excess:casey",
        "Casey is in Admins, and so may do everything.",
        (),
    )


def test_where_no_way_up_was_found_the_same_is_said() -> None:
    said = graded("02", scenario("02").solution + JOINS).findings[0]
    assert (said.key, said.what) == (
        "excess:casey",
        "Casey is in Admins, and so may do everything.",
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
        each.startswith("Whoever joins the group Staff is also allowed s3:DeleteObject")
        for each in sentences
    ), sentences
