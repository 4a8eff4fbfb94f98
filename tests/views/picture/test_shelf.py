from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product

import pytest

from coffeeshop.tui.theme import PALETTES, picture_paints
from coffeeshop.views.cells import width
from coffeeshop.views.picture.picture import Canvas
from coffeeshop.views.picture.shelf import (
    TITLE_WIDTH,
    Board,
    Cup,
    CupShelf,
    cup_shelf,
    shelf,
)
from coffeeshop.views.picture.shelf_columns import ColumnShelf, column_shelf, short_title
from tests.tables import each_row
from tests.tui.test_theme import contrast
from tests.views.picture.canvas import lines

INK = picture_paints("dark-roast")


@dataclass(frozen=True)
class Heading:
    id: str
    title: str
    chapter: int
    after: tuple[str, ...] = ()


COURSE = (
    Heading("05-drawer", "The drawer", 2),
    Heading("06-reading", "Reading", 2),
    Heading("10-cashiers", "The Cashiers", 3, ("05-drawer",)),
)
CHAPTERS = {2: "Receipts and policies"}


def advised(best: dict[str, int], last: str = "") -> list[str]:
    return [
        cup.id
        for board in shelf(COURSE, best, CHAPTERS, last=last)
        for cup in board.cups
        if cup.advised
    ]


def layout(
    boards: tuple[Board, ...],
    columns: int,
    rows: int,
    chosen: str = "",
    words: bool = False,
) -> CupShelf | ColumnShelf:
    painted = None if words else cup_shelf(boards, columns, rows)
    return painted or column_shelf(boards, columns, rows, chosen)


def drawn(
    boards: tuple[Board, ...], columns: int, rows: int, theme: str = "dark-roast"
) -> Canvas:
    return layout(boards, columns, rows).draw(picture_paints(theme))


def show(
    boards: tuple[Board, ...],
    columns: int,
    rows: int,
    chosen: str = "",
    words: bool = False,
    ascii: bool = False,
) -> list[str]:
    return lines(layout(boards, columns, rows, chosen, words).draw(INK, chosen, ascii))


def test_each_chapter_is_a_board_with_its_cups_and_stars() -> None:
    boards = shelf(COURSE, {"05-drawer": 2, "06-reading": 3}, CHAPTERS)
    assert [
        (board.chapter, board.stars, [cup.number for cup in board.cups]) for board in boards
    ] == [
        ("Receipts and policies", 5, ["5", "6"]),
        ("Chapter 3", 0, ["10"]),
    ]


def test_the_first_cup_that_is_not_full_and_builds_on_what_is_known_is_advised() -> None:
    assert advised({}) == ["05-drawer"]
    assert advised({"06-reading": 3}) == ["05-drawer"]
    assert advised({"05-drawer": 3, "06-reading": 3}) == ["10-cashiers"]
    assert advised({"06-reading": 3, "05-drawer": 3, "10-cashiers": 3}) == []


def test_what_is_taken_next_comes_after_what_was_played_last_and_only_then_before_it() -> (
    None
):
    assert advised({"05-drawer": 1, "06-reading": 3}, "06-reading") == ["10-cashiers"]
    assert advised({"05-drawer": 1, "06-reading": 2}, "06-reading") == ["06-reading"]
    assert advised({"05-drawer": 1, "10-cashiers": 3}, "10-cashiers") == ["05-drawer"]


@pytest.mark.parametrize("size", [(76, 30), (76, 12), (58, 8), (60, 3), (40, 2)])
@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("words", [True, False])
def test_a_shelf_is_exactly_as_large_as_asked(
    size: tuple[int, int], theme: str, words: bool
) -> None:
    boards = (
        *shelf(COURSE, {"05-drawer": 3}, CHAPTERS),
        Board("コ" * 40, (Cup("c1-\x1b]0;x", "コ" * 64),)),
    )
    canvas = layout(boards, *size, "06-reading", words).draw(
        picture_paints(theme), "06-reading"
    )
    assert [width(text) for text in lines(canvas)] == [size[0]] * size[1]
    assert all(text.isprintable() for text in lines(canvas))


def test_an_empty_shelf_is_blank_and_no_error() -> None:
    assert show((), 30, 2) == [" " * 30] * 2


def test_cups_are_as_large_as_there_is_room_for() -> None:
    boards = shelf(COURSE, {}, CHAPTERS)
    plans = [
        cup_shelf(boards, *size)
        for size in ((76, 14), (76, 13), (76, 8), (76, 7), (30, 14))
    ]
    assert [plan.size if plan else 0 for plan in plans] == [2, 1, 1, 0, 0]


def test_each_star_fills_a_third_of_the_glass() -> None:
    def coffee(stars: int) -> int:
        boards = (Board("One", (Cup("01-a", "A", stars),)),)
        canvas = drawn(boards, 76, 4)
        return sum(
            (run.fg == INK["f"]) * len(run.text) + (run.bg == INK["f"]) * len(run.text)
            for line in canvas
            for run in line
            if run.text[0] in "▀ "
        )

    empty, one, two = (coffee(stars) for stars in range(3))
    assert empty == 0
    assert two == 2 * one > 0


@pytest.mark.parametrize("theme", PALETTES)
def test_coffee_stands_out_from_an_empty_glass(theme: str) -> None:
    def inside(stars: int) -> list[str]:
        boards = (Board("One", (Cup("01-a", "A", stars),)),)
        canvas = drawn(boards, 76, 4, theme)
        cells = [[run for run in line for _ in run.text] for line in canvas]
        return [
            cells[0][TITLE_WIDTH + 3].bg,
            cells[1][TITLE_WIDTH + 3].fg,
            cells[1][TITLE_WIDTH + 3].bg,
        ]

    assert all(
        contrast(full, empty) > 2 for full, empty in zip(inside(3), inside(0), strict=True)
    )


def test_the_wall_has_no_stripes() -> None:
    boards = (Board("One", (Cup("01-a", "A"),)),)
    walls = drawn(boards, 120, 4)[:3]
    assert all(len(line[-1].text) >= 120 - TITLE_WIDTH - 10 for line in walls)


def test_stars_numbers_titles_and_the_advised_one_are_written_below_the_cups() -> None:
    text = "\n".join(show(shelf(COURSE, {"05-drawer": 1}, CHAPTERS), 76, 8))
    assert " 5  ★☆☆ The drawer next" in text
    assert "10 ☆☆☆ The Cashiers" in text
    assert "1 of 6 ★" in text


def test_where_there_is_no_room_for_a_word_a_sign_says_which_is_next() -> None:
    boards = (
        Board("One", tuple(Cup(f"0{n}-x", "A title", advised=n == 2) for n in range(1, 5))),
    )
    text = "\n".join(show(boards, 30, 4))
    assert "»2  ☆☆☆" in text
    assert "next" not in text


def test_a_long_title_takes_the_room_that_a_short_one_leaves() -> None:
    boards = (
        Board(
            "One", (Cup("10-a", "The Cashiers"), Cup("11-b", "Casey moves to inventory"))
        ),
    )
    plan = layout(boards, 80, 4)
    assert "Casey moves to inventory" in show(boards, 80, 4)[-1]
    seen = {
        x: plan.cup_at(x, 1)
        for x in (10, TITLE_WIDTH, TITLE_WIDTH + 20, TITLE_WIDTH + 21, 77, 79)
    }
    assert list(seen.values()) == ["", "10-a", "10-a", "11-b", "11-b", ""]


def test_no_cup_stands_over_another_however_short_their_titles_are() -> None:
    boards = (
        Board(
            "One", (Cup("10-a", "A"), Cup("11-b", "Casey moves to the inventory for good"))
        ),
    )
    plan = cup_shelf(boards, 90, 7)
    assert plan is not None
    places = plan.cup_at(TITLE_WIDTH + 19, 1), plan.cup_at(TITLE_WIDTH + 20, 1)
    assert (plan.size, *places) == (2, "10-a", "11-b")


def test_in_ascii_no_star_needs_more_than_ascii() -> None:
    assert "".join(
        show(shelf(COURSE, {"05-drawer": 1}, CHAPTERS), 76, 8, words=True, ascii=True)
    ).isascii()


def test_the_cup_under_the_cursor_is_reversed() -> None:
    boards = shelf(COURSE, {}, CHAPTERS)
    canvas = layout(boards, 76, 8).draw(INK, "10-cashiers")
    reversed = "".join(run.text for line in canvas for run in line if run.bg == INK["text"])
    assert reversed == " 10 ☆☆☆ The Cashiers"


# ------------------------------------------------------------------- columns
TITLES = (
    "The first morning", "The first administrator", "The north branch's folder",
    "Casey moves to inventory", "What do they really use?", "Three workstations",
)  # fmt: skip
COURSE_SIZES = (5, 5, 3, 2, 5, 2, 5, 4, 10, 4, 4)  # scenarios of each chapter


def long_course() -> tuple[Board, ...]:
    """Return as many chapters and scenarios as the course will have."""
    numbers = iter(range(60))
    return tuple(
        Board(
            f"Chapter {nth}",
            tuple(
                Cup(f"{number:02}-x", TITLES[number % len(TITLES)], number % 4)
                for number in islice(numbers, size)
            ),
        )
        for nth, size in enumerate(COURSE_SIZES, 1)
    )


@pytest.mark.parametrize("size", [(80, 22), (80, 38), (120, 28)])
def test_every_title_and_all_stars_of_the_course_are_in_sight(
    size: tuple[int, int],
) -> None:
    boards = long_course()
    text = "\n".join(show(boards, *size))
    cups = [cup for board in boards for cup in board.cups]
    for cup in cups:
        stars = "★" * cup.stars + "☆" * (3 - cup.stars)
        assert f"{cup.number:<2} {stars} " in text
    assert all(f"Chapter {nth}" in text for nth in range(1, 12))
    assert "more" not in text
    shortened = text.count("First adm"), text.count("North br"), text.count("Casey m")
    assert shortened == ((8, 8, 8) if size == (80, 22) else (0, 0, 8))


@each_row(
    [
        ("The first morning", 18, "The first morning"),
        ("The first administrator", 19, "First administrator"),
        ("A code at the door for Sam", 19, "Code at the door f…"),
        ("Casey moves to inventory", 18, "Casey moves to in…"),
    ]
)
def test_a_long_title_loses_its_article_before_its_end(
    title: str, cells: int, shown: str
) -> None:
    assert short_title(title, cells) == shown


@pytest.mark.parametrize("rows", [10, 12, 14, 17, 22])
def test_no_heading_is_the_last_of_a_column(rows: int) -> None:
    plan = column_shelf(long_course(), 80, rows)
    assert isinstance(plan.columns[0][0], Board)
    assert all(isinstance(column[-1], Cup) for column in plan.columns)


def test_arrows_go_down_a_column_on_to_the_next_and_across_to_the_nearest() -> None:
    plan = column_shelf(long_course(), 80, 22)
    columns = [
        [cell.id for cell in column if isinstance(cell, Cup)] for column in plan.columns
    ]
    first, second = columns[0], columns[1]
    moves = {
        (first[0], 0, 1): first[1],
        (first[-1], 0, 1): second[0],
        (second[0], 0, -1): first[-1],
        (first[0], 0, -1): first[0],
        (columns[-1][-1], 0, 1): columns[-1][-1],
        (first[0], -1, 0): first[0],
        (first[2], 1, 0): second[2],
        (second[2], -1, 0): first[2],
    }
    assert {move: plan.neighbour(*move) for move in moves} == moves


@each_row(
    product(
        ["{:02}", "{:03}", "week-{}"],
        [1, 6, 30],
        [(60, 20), (80, 12), (140, 40)],
        [True, False],
    )
)
def test_every_cup_shows_all_three_of_its_stars_under_the_cursor(
    number: str, cups: int, size: tuple[int, int], words: bool
) -> None:
    boards = (
        Board(
            "A chapter of a long course",
            tuple(Cup(number.format(n), "A", n % 4) for n in range(cups)),
        ),
        Board("Capstones", (Cup("C1-a", "The capstone", 1),)),
    )
    for cup in (cup for board in boards for cup in board.cups):
        plan = layout(boards, *size, cup.id, words)
        rows = lines(plan.draw(INK, cup.id))
        stars = "★" * cup.stars + "☆" * (3 - cup.stars)
        assert any(f"{cup.number:<2} {stars} {cup.title}" in row for row in rows)
        places = product(range(0, size[0], 5), range(size[1]))
        assert cup.id in {plan.cup_at(x, y) for x, y in places}


def test_where_not_all_columns_fit_those_around_the_cursor_are_shown_and_the_others_counted() -> (
    None
):
    boards = tuple(Board(f"Chapter {n}", (Cup(f"{n}-x", "X" * 18),)) for n in range(1, 7))
    told = {cursor: "\n".join(show(boards, 26, 3, f"{cursor}-x")) for cursor in (1, 4, 6)}
    assert [n for n in range(1, 7) if f"Chapter {n}" in told[4]] == [4]
    assert ["← 3 more" in told[4], "→ 2 more" in told[4]] == [True, True]
    assert ["←" in told[1], "→ 5 more" in told[1]] == [False, True]
    assert ["← 5 more" in told[6], "→" in told[6]] == [True, False]
    assert "< 3 more  > 2 more" in "\n".join(show(boards, 26, 3, "4-x", ascii=True))


def test_a_board_counts_its_whole_chapter_however_few_cups_it_shows() -> None:
    won = {"05-drawer": 2, "06-reading": 3}
    (board,) = shelf(COURSE, won, CHAPTERS, sought={"05-drawer"})
    assert len(board.cups) == 1
    assert (board.stars, board.most_stars) == (5, 6)
