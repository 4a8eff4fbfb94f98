from __future__ import annotations

import pytest

from coffeeshop.lessons.scenario.course import Completed, completed_parts, headings
from coffeeshop.tui.theme import picture_paints
from coffeeshop.views.picture.feast import (
    FEAST_SECONDS,
    STAR_TIMES,
    celebration_rows,
    draw_celebration,
)
from coffeeshop.views.picture.picture import Canvas

PAINTS = picture_paints("dark-roast")


def gold(canvas: Canvas) -> int:
    """Cells of the colour of stars in the middle, where no bunting hangs."""
    rows = [[run.fg for run in line for _ in run.text] for line in canvas]
    return sum(row[x] == PAINTS["y"] for row in rows[2:] for x in range(10, 30))


@pytest.mark.parametrize("kind", list(Completed))
@pytest.mark.parametrize(("columns", "rows"), [(40, 7), (78, 7), (12, 2)])
def test_a_feast_fills_exactly_its_place_at_every_moment(
    kind: Completed, columns: int, rows: int
) -> None:
    for tenth in range(30):
        canvas = draw_celebration(kind, tenth / 10, columns, rows, PAINTS)
        assert [sum(len(run.text) for run in line) for line in canvas] == [columns] * rows


def test_the_stars_come_up_one_by_one_and_stay() -> None:
    seen = [
        gold(draw_celebration(Completed.STARS, at, 40, 7, PAINTS))
        for at in (0.0, *(rise + 0.3 for rise in STAR_TIMES), FEAST_SECONDS)
    ]
    assert seen[0] + 3 < seen[1] < seen[2]
    assert min(seen[3:]) > seen[1]


@pytest.mark.parametrize("kind", list(Completed))
def test_it_stands_still_when_it_is_over(kind: Completed) -> None:
    assert draw_celebration(kind, FEAST_SECONDS, 40, 7, PAINTS) == draw_celebration(
        kind, FEAST_SECONDS + 5, 40, 7, PAINTS
    )


def test_a_chapter_is_more_than_a_scenario_and_the_shelf_is_more_than_a_chapter() -> None:
    forms = tuple(headings().values())
    last, others = forms[-1], forms[:-1]
    chapter = [form for form in forms if form.chapter == forms[0].chapter]
    full = {form.id: 3 for form in chapter}
    assert len(chapter) > 1
    assert completed_parts(forms, {}, forms[0].id) is Completed.STARS
    assert completed_parts(forms, full, forms[0].id) is Completed.CHAPTER
    assert (
        completed_parts(forms, {form.id: 3 for form in forms}, last.id) is Completed.SHELF
    )
    assert (
        completed_parts(forms, {form.id: 3 for form in forms} | {others[0].id: 2}, last.id)
        is not Completed.SHELF
    )
    assert (
        completed_parts(forms, {form.id: 3 for form in others}, last.id) is Completed.STARS
    )
    assert completed_parts(forms, {}, "of-my-own") is Completed.STARS


def test_what_is_reached_is_told_in_words_too() -> None:
    assert [len(celebration_rows(kind)) for kind in Completed] == [0, 1, 1]
