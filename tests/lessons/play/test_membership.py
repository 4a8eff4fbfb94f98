"""Join codes: what they hold comes back, and a typing mistake is noticed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.lessons.play.late_rule import kept_share, parse_late_rule
from coffeeshop.lessons.play.membership import (
    CODE_DIGITS,
    MAX_ASSIGNMENTS,
    SECRET_BITS,
    TIME_ORIGIN,
    Assignment,
    Membership,
    join_code,
    parse_join_code,
)
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.policy.problem import Problems
from tests.tables import each_row

minutes = st.integers(0, 50_000_000).map(lambda n: TIME_ORIGIN + timedelta(minutes=n))
rules = st.sampled_from(["", "10%/day", "5%/hour", "100%/week", "25%"])
ids = st.sampled_from(["5", "c1", "91-the-bakery", "practice-roles-2", "practice-any-4"])
assignments = st.builds(Assignment, ids, st.none() | minutes, rules, st.none() | minutes)
variants = st.integers(0, LAST_VARIANT)
memberships = st.builds(
    Membership,
    st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z"),
    variants,
    variants,
    st.integers(0, (1 << SECRET_BITS) - 1),
    st.lists(assignments, max_size=MAX_ASSIGNMENTS).map(tuple),
)


@given(memberships)
def test_a_code_gives_back_what_was_written_into_it(membership: Membership):
    assert parse_join_code(join_code(membership)) == membership


@given(memberships)
def test_a_code_is_written_in_groups_of_five_digits(membership: Membership):
    *whole_groups, last_group = join_code(membership).rpartition(":")[2].split("-")
    assert {len(group) for group in whole_groups} == {5}
    assert 1 <= len(last_group) <= 5


@given(memberships, st.data())
def test_a_code_may_be_typed_in_any_case_and_with_lookalike_letters(
    membership: Membership, data: st.DataObject
):
    name, _, body = join_code(membership).rpartition(":")
    typed = body.replace("0", data.draw(st.sampled_from("0oO"))).lower().replace("-", " ")
    typed = typed.replace("1", data.draw(st.sampled_from("1lI")))
    assert parse_join_code(f"{name}:{typed}") == membership


ANA = Membership(
    "IAM-101",
    412000,
    412000,
    123456789,
    (Assignment("5", datetime(2026, 12, 4, 23, 59, tzinfo=UTC), "10%/day"),),
)


def test_every_single_wrong_digit_and_every_swap_of_neighbours_is_noticed():
    code = join_code(ANA)
    start = code.index(":") + 1
    wrong = {
        code[:at] + digit + code[at + 1 :]
        for at in range(start, len(code))
        for digit in CODE_DIGITS
        if code[at] not in ("-", digit)
    }
    wrong |= {
        code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        for at in range(start, len(code) - 1)
        if "-" not in code[at : at + 2] and code[at] != code[at + 1]
    }
    assert len(wrong) > 900
    for typed in wrong:
        with pytest.raises(Problems):
            parse_join_code(typed)


@each_row((typed,) for typed in ["", "IAM-101", ":", "IAM-101:", "IAM-101:12345", f"X{join_code(ANA)}", join_code(ANA)[:-1], f"{join_code(ANA)}0", f"{join_code(ANA)}00000", "IAM 101:ABC", "a:\x1b[2J", "a:" + "0" * 9000])  # fmt: skip
def test_what_is_no_code_is_refused_with_a_fix(typed: str):
    with pytest.raises(Problems) as refused:
        parse_join_code(typed)
    assert refused.value.problems[0].mend


@given(memberships, memberships)
def test_a_signature_needs_the_learner_s_own_secret(ana: Membership, bo: Membership):
    assert (ana.sign("hand-in") == bo.sign("hand-in")) == (ana.secret == bo.secret)


@each_row(
    [
        ("10%/day", "10%/day"),
        (" 10 % / Day", "10%/day"),
        ("5% per hour", "5%/hour"),
        ("25%", "25%"),
        ("none", ""),
        ("", ""),
        ("0%/day", ""),
        ("100%", "100%"),
    ]
)
def test_a_late_rule_has_one_spelling(typed: str, rule: str):
    assert parse_late_rule(typed) == rule


@pytest.mark.parametrize("typed", ["10", "101%", "ten%", "10%/month", "-5%", "10%/day/day"])
def test_what_is_no_late_rule_is_refused(typed: str):
    with pytest.raises(Problems):
        parse_late_rule(typed)


@each_row(
    [
        ("10%/day", 0, 1),
        ("10%/day", 1, 0.9),
        ("10%/day", 24, 0.9),
        ("10%/day", 25, 0.8),
        ("10%/day", 24 * 30, 0),
        ("5%/hour", 3, 0.85),
        ("25%", 1, 0.75),
        ("25%", 999, 0.75),
        ("", 999, 1),
        ("20%/week", 24 * 8, 0.6),
    ]
)
def test_a_started_day_costs_a_whole_day_and_no_mark_is_below_zero(
    rule: str, hours: int, share: float
):
    assert kept_share(rule, timedelta(hours=hours)) == share


def test_a_hand_in_in_time_keeps_all_its_points():
    assert kept_share("10%/day", None) == 1
