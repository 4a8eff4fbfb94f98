from __future__ import annotations

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Check
from coffeeshop.lessons.play.script import run_play
from coffeeshop.tui.theme import PALETTES, picture_paints
from coffeeshop.views.cells import width
from coffeeshop.views.picture.receipt import Receipt, print_receipt, receipt
from coffeeshop.views.report import COUNTED_PRINCIPALS, score_rows
from coffeeshop.views.rows import lines as lines_of
from tests.views.picture.canvas import lines
from tests.views.plays import graded, played, scenario

INK = picture_paints("dark-roast")


def test_a_receipt_counts_each_kind_of_check_and_gives_the_score() -> None:
    found = receipt(played("05", "solution"), graded("05", "solution"))
    assert (found.scenario, found.score, found.stars, found.tampered) == (
        "5 The receipts drawer",
        100.0,
        3,
        False,
    )
    assert dict(found.lines)["Jobs that work"] == "1 of 1"
    judged = [
        check for check in graded("05", "solution").checks if check.kind is CheckKind.EXCESS
    ]
    assert dict(found.lines)["No extra access"] == f"{len(judged)} of {len(judged)}"


def test_a_setting_that_was_changed_is_no_caller() -> None:
    changed = Check(
        "setting:bucket/x", "The bucket x no longer blocks public access.", False
    )
    report = replace(
        graded("05", "solution"), checks=(*graded("05", "solution").checks, changed)
    )
    callers = dict(receipt(played("05", "solution"), graded("05", "solution")).lines)[
        "No extra access"
    ]
    found = dict(receipt(played("05", "solution"), report).lines)
    assert (found["No extra access"], found["Settings as they were"]) == (
        callers,
        "0 of 1",
    )
    assert f"{COUNTED_PRINCIPALS}, unchanged settings: " in lines_of(score_rows(report))


def test_the_untouched_shop_has_no_star_and_no_point() -> None:
    found = receipt(played("10"), graded("10"))
    assert (found.score, found.stars) == (0.0, 0)
    assert dict(found.lines)["Jobs that work"] == "6 of 8"


def test_a_check_that_could_not_be_run_is_not_counted_as_kept() -> None:
    report = graded("15")
    open_checks = [
        check
        for check in report.checks
        if check.kind is CheckKind.JOB and check.passed is None
    ]
    kept, of = dict(receipt(played("15"), report).lines)["Jobs that work"].split(" of ")
    assert int(of) - int(kept) >= len(open_checks)


def test_a_star_that_is_missing_because_someone_lost_access_is_explained() -> None:
    play = run_play(
        scenario("00"),
        f"{scenario('00').solution}\n"
        "aws iam remove-user-from-group --group-name Cashiers --user-name robin",
    )
    found = receipt(play, grade(play))
    assert (found.stars, found.notes[1:]) == (0, ("someone lost other access",))
    solved = run_play(scenario("00"), scenario("00").solution)
    assert receipt(solved, grade(solved)).notes[1:] == ()


@pytest.mark.parametrize("columns", [32, 38, 42, 80])
@pytest.mark.parametrize("theme", PALETTES)
def test_a_receipt_is_exactly_as_wide_as_asked_whatever_is_printed(
    columns: int, theme: str
) -> None:
    nasty = Receipt(
        "コ" * 60 + "\x1b]0;x",
        "08:14",
        (("[/]" * 30, "1 of 1"), ("e\u0301", "0 of 9")),
        46.24,
        1,
        tampered=True,
    )
    printout = lines(print_receipt(nasty, columns, picture_paints(theme)))
    assert [width(text) for text in printout] == [columns] * len(printout)
    assert all(text.isprintable() for text in printout)


def test_a_name_that_fills_its_line_does_not_touch_what_stands_behind_it() -> None:
    text = "\n".join(
        lines(
            print_receipt(
                Receipt("9 The north branch's folder", "17:01", (), 100.0, 3), 38, INK
            )
        )
    )
    assert "9 The north branch's folde… 17:01" not in text
    assert "9 The north branch's fold… 17:01" in text


def test_stars_are_printed_with_what_they_are_for_and_the_total_with_two_places() -> None:
    text = "\n".join(
        lines(
            print_receipt(
                Receipt("5 The drawer", "08:14", (("Jobs that work", "1 of 1"),), 46.2, 1),
                38,
                INK,
            )
        )
    )
    for said in (
        "COFFEESHOP",
        "5 The drawer",
        "08:14",
        "Jobs that work",
        "1 of 1",
        "46.20 / 100",
        "★ jobs and refusals",
        "☆ nothing extra",
        "☆ good practice",
    ):
        assert said in text
    assert "something fixed was changed" not in text


def test_below_the_total_stands_what_it_counts_from() -> None:
    printout = lines(print_receipt(Receipt("5", "08:14", (), 4.76, 0), 38, INK))
    total = next(nth for nth, text in enumerate(printout) if "TOTAL" in text)
    assert "an unchanged shop scores 0.00" in printout[total + 1]


def test_a_receipt_of_a_shop_that_was_tampered_with_says_so() -> None:
    text = "\n".join(
        lines(print_receipt(Receipt("5", "08:14", (), 0, 0, tampered=True), 38, INK))
    )
    assert "something fixed was changed" in text


def test_in_ascii_a_receipt_needs_no_more_than_ascii() -> None:
    assert "".join(
        lines(
            print_receipt(Receipt("5 The drawer", "08:14", (), 0, 2), 38, INK, ascii=True)
        )
    ).isascii()


def test_the_bar_code_is_another_for_another_grade() -> None:
    codes = [
        lines(print_receipt(Receipt("5", "08:14", (), score, 1), 38, INK))[-2]
        for score in (1, 2)
    ]
    assert codes[0] != codes[1]
