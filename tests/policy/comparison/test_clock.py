"""The keys of the clock, held to brute force: one moment in two spellings, no session before it was issued, and no code
of another age than its session.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random  # noqa: TID251 -- a seed written here

import pytest

from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.language.conditions import read_instant
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Excess,
    Policy,
    Request,
    Standing,
    Statement,
    Undecided,
)
from tests.policy.definition import verdict
from tests.policy.standings import OPEN, TYPED, allow, bare, deny, differences, when
from tests.tables import each_row

CLOCKS = ("aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime")
AGE = "aws:MultiFactorAuthAge"
DAYS = (
    "1209600",
    "2505600",
)  # from the first of January to the fifteenth, and to the thirtieth
LIMITS = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")
MOMENTS = tuple(
    f"2026-{day}T00:00:00Z"
    for day in ("01-01", "01-15", "01-30", "02-01", "02-15", "03-01", "03-15")
)
BEFORE = "2025-12-15T00:00:00Z"
ORDERS = (
    "LessThan",
    "LessThanEquals",
    "GreaterThan",
    "GreaterThanEquals",
    "Equals",
    "NotEquals",
)


def seconds(moment: str) -> str:
    return str(int(read_instant(moment) or 0))


def requests() -> list[Request]:
    """Every request that one clock can send: now in both spellings, issued no later; or by no session."""
    every = (BEFORE, *MOMENTS)
    return [
        Request(
            "s3:GetObject",
            "x",
            {"aws:CurrentTime": (now,), "aws:EpochTime": (seconds(now),)} | issued,
        )
        for now in every
        for issued in (
            {},
            *(session for then in every if then <= now for session in sessions(then, now)),
        )
    ]


def sessions(issued: str, now: str) -> list[dict[str, tuple[str, ...]]]:
    """A session that was issued then, with a code and without one."""
    uncoded = {"aws:TokenIssueTime": (issued,)}
    return [uncoded, {**uncoded, AGE: (str(int(seconds(now)) - int(seconds(issued))),)}]


def at_some_time(dice: Random) -> Condition:
    if dice.random() < 0.3:
        return Condition(f"Numeric{dice.choice(ORDERS)}", AGE, (dice.choice(DAYS),))
    key, order, limit = dice.choice(CLOCKS), dice.choice(ORDERS), dice.choice(LIMITS)
    if key == "aws:EpochTime" and dice.random() < 0.7:
        return Condition(f"Numeric{order}", key, (seconds(limit),))
    return Condition(f"Date{order}", key, (limit,))


TEXTS = {
    "aws:CurrentTime": ("2026-02*", "*-15T*", "2025*", LIMITS[1], "20??-0[12]*", "*T00:00:00Z", "1*"),
    "aws:TokenIssueTime": ("2026-01*", "*-30T*", "2025-12*", "x*", "????-02-01T*"),
}  # fmt: skip


def at_some_text(dice: Random) -> Condition:
    """A condition that compares a clock as text, or one that compares a moment."""
    if dice.random() < 0.4:
        return at_some_time(dice)
    key = dice.choice(tuple(TEXTS))
    operator = dice.choice(("StringLike", "StringNotLike", "StringEquals"))
    return Condition(operator, key, (dice.choice(TEXTS[key]),))


def at_some_times(
    dice: Random, draw: Callable[[Random], Condition] = at_some_time
) -> Standing:
    statements = (
        Statement(
            dice.choice(("Allow", "Allow", "Deny")),
            Element(("s3:GetObject",)),
            Element(("*",)),
            conditions=tuple(draw(dice) for _ in range(dice.randint(1, 3))),
        )
        for _ in range(dice.randint(1, 3))
    )
    return Standing.of(Policy(tuple(statements)))


@pytest.mark.parametrize("seed", range(4))
def test_of_any_two_policies_the_difference_is_that_of_their_moments(seed: int):
    dice = Random(f"clock/{seed}")
    asked = requests()
    for _ in range(30):
        new, old = at_some_times(dice), at_some_times(dice)
        found = next(excesses(new, old, TYPED), None)
        shown = [
            one for one in asked if verdict(new, one) == "allowed" != verdict(old, one)
        ]
        if found is None:
            assert shown == [], (new, old)
        else:
            assert isinstance(found, Excess)
            assert consistent(found.witness)
            assert verdict(new, found.witness) == "allowed" != verdict(old, found.witness)


@pytest.mark.parametrize("seed", range(4))
def test_texts_of_the_clock_are_the_moments_that_they_match(seed: int):
    dice = Random(f"texts/{seed}")
    asked = requests()
    for _ in range(12):
        new, old = (at_some_times(dice, at_some_text) for _ in range(2))
        found = next(excesses(new, old, TYPED, Steps(2_000_000)), None)
        shown = [
            one for one in asked if verdict(new, one) == "allowed" != verdict(old, one)
        ]
        if found is None:
            assert shown == [], (new, old)
        elif isinstance(found, Excess):
            assert consistent(found.witness)
            assert verdict(new, found.witness) == "allowed" != verdict(old, found.witness)
        else:
            assert "budget" in found.reason


@each_row(
    [
        ("StringLike", "aws:CurrentTime", "2020-*"),
        ("StringEquals", "aws:CurrentTime", "2020-03-01T00:00:00Z"),
        ("StringLike", "aws:CurrentTime", "*-02-30T*"),
        ("StringLike", "aws:CurrentTime", "tomorrow*"),
        ("StringLike", "aws:EpochTime", "15*"),
        ("IpAddress", "aws:CurrentTime", "203.0.113.0/24"),
        ("Bool", "aws:CurrentTime", "true"),
        ("NumericLessThan", "aws:CurrentTime", "1500000000"),
    ]
)
def test_a_text_of_the_past_or_of_no_moment_denies_nothing_from_now_on(
    operator: str, key: str, text: str
):
    past = deny("*", "*", **when(DateLessThan={"aws:CurrentTime": LIMITS[0]}))
    closed = deny("*", "*", **when(**{operator: {key: text}}))
    assert differences(bare(allow(), past), bare(allow(), closed), TYPED) == []


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("aws:CurrentTime", "2027-*"),
        ("aws:CurrentTime", "*T03:*"),
        ("aws:CurrentTime", "????-02-29T*"),
        ("aws:EpochTime", "19*"),
    ],
)
def test_a_text_of_a_coming_moment_denies_it(key: str, text: str):
    past = deny("*", "*", **when(DateLessThan={"aws:CurrentTime": LIMITS[0]}))
    closed = deny("*", "*", **when(StringLike={key: text}))
    found = next(excesses(bare(allow(), past), bare(allow(), closed), TYPED))
    assert isinstance(found, Excess)
    assert consistent(found.witness)


def consistent(request: Request) -> bool:
    told = {key: read_instant(values[0]) for key, values in request.context.items()}
    now = {told[key] for key in CLOCKS[:2] if key in told}
    issued, age = told.get("aws:TokenIssueTime"), told.get(AGE)
    if len(now) > 1 or issued is None or not now:
        return len(now) <= 1
    return issued <= max(now) and age in (None, max(now) - issued)


def test_the_epoch_is_the_current_time():
    until = bare(allow(**when(DateLessThan={"aws:CurrentTime": LIMITS[0]})))
    as_number = bare(allow(**when(NumericLessThan={"aws:EpochTime": seconds(LIMITS[0])})))
    for domain in (OPEN, TYPED):
        assert differences(until, as_number, domain) == []
        assert differences(as_number, until, domain) == []


def test_nobody_uses_a_session_before_it_was_issued():
    window = when(
        DateLessThan={"aws:CurrentTime": LIMITS[0]},
        DateGreaterThan={"aws:TokenIssueTime": LIMITS[1]},
    )
    assert differences(bare(allow(**window)), Standing.of(), TYPED) == []


def test_a_session_of_yesterday_is_used_today():
    old_session = when(
        DateGreaterThan={"aws:CurrentTime": LIMITS[1]},
        DateLessThan={"aws:TokenIssueTime": LIMITS[0]},
    )
    ((_, _, context),) = differences(bare(allow(**old_session)), Standing.of(), TYPED)
    (now,), (issued,) = context["aws:CurrentTime"], context["aws:TokenIssueTime"]
    assert now > LIMITS[1] > LIMITS[0] > issued


def test_a_code_is_as_old_as_its_session():
    old_code_of_a_young_session = when(
        DateLessThan={"aws:CurrentTime": LIMITS[1]},
        DateGreaterThan={"aws:TokenIssueTime": LIMITS[0]},
        NumericGreaterThan={AGE: seconds(LIMITS[1])},
    )
    assert (
        differences(bare(allow(**old_code_of_a_young_session)), Standing.of(), TYPED) == []
    )


def test_a_code_ages_in_a_session_whose_beginning_is_known():
    begun = bare(
        allow(
            **when(
                NumericLessThan={AGE: "3600"},
                DateGreaterThan={"aws:CurrentTime": LIMITS[1]},
            )
        )
    )
    early, late = (
        replace(begun, fixed={"aws:TokenIssueTime": (at,), AGE: PRESENT})
        for at in (LIMITS[0], LIMITS[1])
    )
    assert differences(early, Standing.of(), TYPED) == []
    ((_, _, context),) = differences(late, Standing.of(), TYPED)
    assert (
        int(context[AGE][0])
        == int(seconds(context["aws:CurrentTime"][0])) - int(seconds(LIMITS[1]))
        < 3600
    )


def test_a_clock_with_too_many_moments_is_not_proven():
    days = [f"20{year}-{month:02}-01" for year in range(10, 30) for month in range(1, 13)]
    issued_after_it_was_used = when(
        DateLessThan={"aws:CurrentTime": days[0]},
        DateGreaterThan={"aws:TokenIssueTime": days[0]},
        DateNotEquals={"aws:CurrentTime": days, "aws:TokenIssueTime": days},
        NumericNotEquals={AGE: [str(number) for number in range(240)]},
    )
    found = list(
        excesses(
            bare(allow(**issued_after_it_was_used)), Standing.of(), TYPED, Steps(100_000)
        )
    )
    assert found
    assert all(isinstance(one, Undecided) for one in found)


def test_a_fence_of_the_past_holds_in_both_spellings():
    fence = deny("*", "*", **when(DateLessThan={"aws:CurrentTime": LIMITS[1]}))
    past = bare(allow(**when(NumericLessThan={"aws:EpochTime": seconds(LIMITS[0])})), fence)
    assert differences(past, Standing.of(), TYPED) == []
