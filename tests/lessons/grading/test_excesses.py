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
