from __future__ import annotations

from functools import cache

import pytest
from msgspec.structs import replace

from coffeeshop.tui.theme import picture_paints
from coffeeshop.views.cells import width
from coffeeshop.views.picture.beats import Beat, End, beat_start_times, moment_at
from coffeeshop.views.picture.opening import draw_moment
from coffeeshop.views.picture.picture import Canvas, Run, changed_box
from tests.views.picture.test_beats import told_of

SIZES = [(80, 17), (80, 19), (118, 34), (120, 33), (200, 50), (80, 6)]
HOSTILE = (
    "[red]x[/]",
    "\x1b]0;title\x07\x1b[2J",
    "\u202etxt.exe",
    "👩‍👩‍👧‍👦" * 20,
    "e\u0301" * 40,
    "a\nb",
    "名前" * 40,
)
PAINTS = picture_paints("dark-roast")


def at(
    played: tuple[Beat, ...], seconds: float, columns: int = 80, rows: int = 19
) -> Canvas:
    found = moment_at(played, seconds)
    assert found is not None
    return draw_moment(played, found, columns, rows, PAINTS)


def text(canvas: Canvas) -> str:
    return "\n".join("".join(run.text for run in line).rstrip() for line in canvas)


@cache
def ending(name: str, end: End) -> tuple[Beat, ...]:
    return (next(beat for beat in told_of(name) if beat.end is end),)


def cells(canvas: Canvas) -> list[list[str]]:
    return [[run.bg for run in line for _ in run.text] for line in canvas]


def dark(canvas: Canvas) -> list[int]:
    """The columns left of the thing in which it is nearly black, one for each cell."""
    rows = cells(canvas)[5:-3]
    return sorted(
        x
        for row in rows
        for x in range(66)
        if sum(int(row[x][i : i + 2], 16) for i in (1, 3, 5)) < 64
    )


@pytest.mark.parametrize(("columns", "rows"), SIZES)
@pytest.mark.parametrize("theme", ["dark-roast", "latte", "high-contrast"])
def test_every_moment_fills_exactly_its_place(columns: int, rows: int, theme: str) -> None:
    played = told_of("26")
    for tenth in range(0, int(10 * beat_start_times(played)[-1]), 7):
        found = moment_at(played, tenth / 10)
        assert found is not None
        canvas = draw_moment(
            played, found, columns, rows, picture_paints(theme), ascii=bool(tenth % 2)
        )
        assert len(canvas) == rows
        assert {sum(width(run.text) for run in line) for line in canvas} == {columns}


def test_the_same_moment_is_the_same_picture() -> None:
    assert at(told_of("10"), 3.3) == at(told_of("10"), 3.3)


def test_what_is_asked_is_said_when_somebody_is_there_and_the_answer_after_it() -> None:
    played = told_of("10")
    assert "s3:ListBucket" not in text(at(played, 0.5))
    assert "casey: s3:ListBucket on coffeeshop-receipts" in text(at(played, 1.0))
    assert "AWS allows it" not in text(at(played, 1.0))
    assert "AWS allows it, and the job is done" in text(at(played, 1.5))
    assert "✓ works   1 of 9" in text(at(played, 1.5))


def test_somebody_walks_from_the_door_to_the_thing() -> None:
    empty = ending("10", End.SERVED)
    room = cells(at(empty, 0.0))  # before anybody came in
    where = []
    for seconds in (0.1, 0.3, 0.5, 0.7):
        shown = cells(at(empty, seconds))
        other = [
            x
            for row, bare in zip(shown[1:-3], room[1:-3], strict=True)
            for x in range(80)
            if row[x] != bare[x]
        ]
        where.append(max(other))
    assert where == sorted(set(where))


def test_a_refusal_brings_the_shutter_down_and_an_allow_does_not() -> None:
    served, stopped = ending("10", End.SERVED), ending("10", End.STOPPED)

    def plain(canvas: Canvas) -> int:
        """Rows of one colour where the thing stands."""
        return sum(len(set(row[69:77])) == 1 for row in cells(canvas)[8:13])

    assert plain(at(stopped, 1.95)) > plain(at(stopped, 1.1))
    assert plain(at(served, 1.95)) == plain(at(served, 1.1))
    assert "AWS refuses it" in text(at(stopped, 1.95))


def test_a_thief_goes_out_in_the_dark_with_what_must_not_be_taken() -> None:
    leak = ending("10", End.STOLEN)
    asking, first, later = (dark(at(leak, seconds)) for seconds in (1.0, 1.75, 1.9))
    assert len(first) > 2 * len(asking)
    assert later[0] < first[0] < asking[0]
    assert "but shouldn't" in text(at(leak, 1.9))


def test_whom_aws_does_not_know_comes_and_finds_the_shutter_down() -> None:
    gone = (
        ending("15", End.NOBODY)
        if any(b.end is End.NOBODY for b in told_of("15"))
        else None
    )
    beat = gone or (ending("10", End.STOPPED)[0]._replace(end=End.NOBODY),)
    assert "AWS knows no such caller" in text(at(beat, 1.5))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_data_whatever_it_is(name: str) -> None:
    beat = ending("10", End.SERVED)[0]
    who = beat._replace(who=replace(beat.who, name=name, apron=name))
    step = beat.steps[0]._replace(on=name)
    canvas = at((who._replace(steps=(step,)),), 1.9)
    assert {sum(width(run.text) for run in line) for line in canvas} == {80}
    assert not set(text(canvas)) & set("\x1b\x07\u202e")


def test_from_one_moment_to_the_next_little_is_painted_and_while_nothing_moves_nothing() -> (
    None
):
    played = told_of("10")
    walking = changed_box(at(played, 0.3), at(played, 0.35))
    assert walking is not None
    x, y, wide, high = walking
    assert wide < 40
    assert changed_box(at(played, 0.8), at(played, 0.9)) is None
    before, after = at(played, 0.3), at(played, 0.35)
    for row, (old, new) in enumerate(zip(before, after, strict=True)):
        for column, pair in enumerate(
            zip(
                *(((r.fg, r.bg, c) for r in line for c in r.text) for line in (old, new)),
                strict=True,
            )
        ):
            assert pair[0] == pair[1] or (x <= column < x + wide and y <= row < y + high)


def test_where_characters_are_wide_the_whole_row_is_painted() -> None:
    wide, narrow = (
        ((Run("名前", "#000000", "#ffffff"),),),
        ((Run("abcd", "#000000", "#ffffff"),),),
    )
    assert changed_box(wide, narrow) == (0, 0, 4, 1)
    assert changed_box(wide, wide) is None
