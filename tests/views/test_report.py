"""The grade in rows: stars, what holds, at most three findings of the next star, and where the points come from."""

from __future__ import annotations

from fractions import Fraction

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.model import Check, Finding, Report, Shares
from coffeeshop.shop.mark import Mark
from coffeeshop.views.report import (
    COUNTED_PRINCIPALS,
    failed_call_rows,
    finding_rows,
    findings_ahead,
    hint_rows,
    later_findings_rows,
    praise_rows,
    report,
    score_rows,
)
from coffeeshop.views.rows import lines
from coffeeshop.views.text import stars
from tests.views.plays import LOOSE, graded, scenario

ONE = Fraction(1)
FINDING = Finding(
    "leak:x@casey",
    (),
    ("casey",),
    "What.",
    "Why.",
    "Meaning.",
    "Ask?",
    path=("aws iam list-users",),
)


def with_findings(*found: Finding) -> Report:
    failing = (Check("refuse:x@casey", "X", False),)
    return Report(failing, found, Shares(ONE, Fraction(0), ONE, ONE), Fraction(0))


@pytest.mark.parametrize(
    ("count", "shown", "ascii"), [(0, "☆☆☆", "---"), (1, "★☆☆", "*--"), (3, "★★★", "***")]
)
def test_stars_are_always_three(count: int, shown: str, ascii: str):
    assert (stars(count), stars(count, ascii=True)) == (shown, ascii)


def test_three_stars_say_that_everything_holds():
    assert lines(report(graded("05", "solution"))).splitlines() == [
        "3 of 3 stars, 100 of 100 points",
        "  ✓ star 1: every job works, and every refusal holds",
        "  ✓ star 2: and apart from administrators, no one can do more than needed",
        "  ✓ star 3: and it will last",
        "✓ done: Everyone can work. Apart from administrators, no one can do more than needed.",
    ]


def test_a_finding_is_told_in_its_four_parts_with_the_way_there():
    assert lines(finding_rows(FINDING)).splitlines() == [
        "◆ What.",
        "  Why.",
        "  Meaning.",
        "  Ask?",
        "  The way there:",
        "    aws iam list-users",
    ]


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        ("leak", Mark.LEAK),
        ("excess", Mark.EXTRA),
        ("not-proven", Mark.EXTRA),
        ("job-denied", Mark.MISS),
        ("practice", Mark.MISS),
    ],
)
def test_each_kind_of_finding_has_its_mark(kind: str, mark: Mark):
    assert next(iter(finding_rows(replace(FINDING, key=f"{kind}:x")))).mark is mark


def test_no_heading_counts_what_is_left_for_a_star_since_more_can_follow():
    for findings in ([FINDING], [FINDING, FINDING]):
        assert report(with_findings(*findings))[1].text == "Next for star 1"


def test_at_most_three_findings_are_told_and_the_others_counted():
    said = lines(report(with_findings(*[FINDING] * 5)))
    assert said.count("What.") == 3
    assert said.endswith("  and 2 more")


def test_the_points_are_derived_in_words():
    found = graded("10")
    assert lines(score_rows(found)).splitlines() == [
        "  jobs that work: 75%",
        "  refusals that hold: 0%",
        f"  {COUNTED_PRINCIPALS}: {float(found.shares.excess):.0%}",
        f"  best practices followed: {float(found.shares.practice):.0%}",
        "  In the first star, jobs earn up to 16.7 points and refusals up to 16.7. The more jobs work, the more refusals count. That makes 12.5."
        " The shop started with 12.5 points, which don't count. You earned 0.0 of the other 87.5: 0 of 100 points.",
    ]


@pytest.mark.parametrize(
    ("name", "script", "said"),
    [
        ("05", "", "So far: 0 of 100 points."),
        ("15", "solution", "100 of 100 points, because every check passes."),
    ],
)
def test_a_shop_that_had_nothing_before_needs_no_sum(name: str, script: str, said: str):
    assert score_rows(graded(name, script))[-1].text.endswith(said)


def test_a_tampered_shop_earns_no_points_and_says_why():
    found = graded("10")
    broken = replace(
        found, checks=(Check("fixture:group/Admins", "Admins stays", False), *found.checks)
    )
    assert (
        score_rows(broken)[-1].text
        == "You changed something that must stay, so there are no points until you restore it."
    )


def test_what_holds_is_said_first_once_a_star_stands():
    found = graded("15", "solution")
    assert [row.text for row in praise_rows(found)] == [
        "All 3 jobs work. All 5 refusals hold. Apart from administrators, no one can do more than needed. All 4 best practices are followed."
    ]
    assert praise_rows(graded("05")) == ()


def test_what_waits_behind_the_next_star_is_counted():
    assert [row.text for row in later_findings_rows(graded("10"))] == [
        "For later: 1 user can do more than needed, 1 best practice is broken, 1 best practice can't be checked yet."
    ]
    assert later_findings_rows(graded("15", "solution")) == ()


def test_who_waits_behind_the_next_star_is_called_a_person_where_it_is_one():
    anybody = graded("25", scenario("25").text("wrong/anybody.sh"))
    assert [row.text for row in later_findings_rows(anybody)] == [
        "For later: 8 callers can do more than needed, 1 best practice is broken."
    ]


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("", True),
        (
            "aws iam put-user-permissions-boundary --user-name casey --permissions-boundary arn:aws:iam::aws:policy/AmazonS3FullAccess\n",
            False,
        ),
        (
            'aws iam put-user-policy --user-name casey --policy-name no --policy-document \'{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}}\'\n',
            False,
        ),
    ],
)
def test_who_can_do_everything_is_said_with_all_that_limits_them(limit: str, told: bool):
    casey = (
        "aws iam create-user --user-name casey\n"
        "aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"
    )
    (row,) = later_findings_rows(graded("03", casey + limit))
    assert "can do more than needed" in row.text
    assert ("(Casey can do everything)" in row.text) is told


def test_a_new_administrator_is_named_before_the_star_that_they_cost():
    hired = (
        "aws iam create-user --user-name casey\n"
        "aws iam add-user-to-group --group-name Admins --user-name casey"
    )
    assert [row.text for row in later_findings_rows(graded("03", hired))] == [
        "For later: 2 users can do more than needed (Casey can do everything), "
        "1 best practice is broken."
    ]


def test_a_refused_call_is_told_apart_from_what_a_star_needs() -> None:
    typo = "aws iam add-user-to-group --group-name Cashiers --user-name ca"
    found = graded("10", typo)
    assert [finding.kind for finding in found.findings].count("error") == 1
    said = lines(report(found))
    assert "\nAlong the way\n· AddUserToGroup on ca failed (NoSuchEntity)." in said


def test_nothing_is_along_the_way_where_no_call_was_refused() -> None:
    assert failed_call_rows(graded("10")) == ()
    assert len(findings_ahead(graded("10"))) == len(graded("10").findings)


def test_two_that_hold_are_both() -> None:
    assert "Both refusals hold." in lines(praise_rows(graded("05", "solution")))


def test_a_role_that_is_not_there_has_no_sides_to_ask_of() -> None:
    role = "aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json"
    asks = {finding.key: finding.ask for finding in graded("15", role).findings}
    missing = next(ask for key, ask in asks.items() if key.endswith("@bo:role"))
    assert missing.startswith("The role doesn't exist yet.")


def test_whoever_has_less_than_the_untouched_shop_reads_of_no_negative_points():
    found = replace(graded("10"), floor=Fraction(1, 2))
    assert score_rows(found)[-1].text.endswith(
        "The shop started with 50.0 points, which don't count. You have fewer points now: 0 of 100 points."
    )


@pytest.mark.parametrize("gap", ["___", "________"])
def test_a_hint_with_blanks_says_that_they_are_to_be_filled_first(gap: str):
    blank, plain = f'{{"Action": "s3:{gap}"}}', "Name the two actions."
    assert [row.text for row in hint_rows(blank)] == [
        "A document to start from. Fill in its blanks (________) before you use it.",
        blank,
    ]
    assert [row.role for row in hint_rows(blank)] == ["muted", "code"]
    assert [row.text for row in hint_rows(plain)] == [plain]


def test_that_failed_calls_cost_no_star_is_said_once() -> None:
    lines = (
        "aws iam add-user-to-group --group-name Cashiers --user-name ca\n"
        "aws iam delete-user --user-name nobody\n"
        "aws iam create-group --group-name Admins\n"
    )
    failed = failed_call_rows(graded("10", lines))
    assert sum("costs no star" in row.text for row in failed) == 1


def test_a_rule_that_waits_for_another_is_counted_wherever_rules_are() -> None:
    graded_play = graded("10", LOOSE)
    results = [
        each.passed for each in graded_play.checks if each.kind is CheckKind.PRACTICE
    ]
    assert (results.count(False), results.count(None)) == (1, 1)
    (row,) = later_findings_rows(graded_play)
    assert row.text.endswith("1 best practice can't be checked yet.")
