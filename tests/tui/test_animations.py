"""Whatever moves does so in a window of every size, and a picture that fails ends nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coffeeshop.lessons.scenario.course import Completed
from coffeeshop.tui.settings import SETTING_CHOICES
from coffeeshop.tui.theme import picture_paints
from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.tui.widgets.feast import FeastStrip
from coffeeshop.tui.widgets.opening import Opening
from coffeeshop.tui.widgets.picture import Picture
from coffeeshop.tui.widgets.shelf import Shelf
from coffeeshop.views.picture.feast import FEAST_SECONDS, draw_celebration
from coffeeshop.views.picture.model import EMPTY_FLOOR
from tests.examples import choose_cases, pairs, share_cases
from tests.tui.driver import person
from tests.tui.test_drawings import BOARDS, BUSY, Bench
from tests.views.picture.test_beats import told_of

LISTING = (
    """--policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", """
    """"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"}}'"""
)
# Around each size at which something is drawn in another way, and both ends.
SIZES = [
    (columns, rows)
    for columns in (1, 2, 7, 27, 79, 80, 200)
    for rows in (1, 2, 7, 11, 12, 20, 60)
]


COLUMNS = choose_cases((*range(24), *range(24, 201, 8), 79, 81, 119, 121), range(201))


def begin_feast(strip: Drawing) -> None:
    """Begin the largest feast again."""
    assert isinstance(strip, FeastStrip)
    strip.begin(Completed.SHELF, still=False)


def begin_change(picture: Drawing) -> None:
    """Let another floor come."""
    assert isinstance(picture, Picture)
    picture.show(EMPTY_FLOOR if picture.floor == BUSY else BUSY)


def begin_replay(opening: Drawing) -> None:
    """Replay the tickets of scenario 10."""
    assert isinstance(opening, Opening)
    opening.play(told_of("10"))


def begin_nothing(_: Drawing) -> None:
    """Leave a picture that never moves."""


@pytest.mark.parametrize(("hidden", "sizes"), share_cases([False, True], SIZES))
@pytest.mark.parametrize(
    ("drawing", "begin"),
    [
        (FeastStrip, begin_feast),
        (lambda: Picture(BUSY), begin_change),
        (Opening, begin_replay),
        (lambda: Shelf(BOARDS), begin_nothing),
    ],
)
async def test_every_animation_survives_every_size_and_being_hidden(
    drawing: Callable[[], Drawing],
    begin: Callable[[Drawing], None],
    hidden: bool,
    sizes: list[tuple[int, int]],
) -> None:
    app = Bench(drawing())
    async with app.run_test(size=(80, 24)) as pilot:
        moves = app.query_one(Drawing)
        moves.display = not hidden
        for size in sizes:
            await pilot.resize_terminal(*size)
            begin(moves)
            for _ in range(3):
                if moves.is_moving:
                    moves.tick()
                moves.repaint()
        assert app.is_running


@pytest.mark.parametrize(("completed", "places"), share_cases(Completed, COLUMNS))
def test_a_feast_fits_in_every_place(completed: Completed, places: list[int]) -> None:
    for columns in places:
        for rows in range(4) if columns % 20 else range(61):
            canvas = draw_celebration(
                completed, FEAST_SECONDS / 2, columns, rows, picture_paints("dark-roast")
            )
            cells = [sum(len(run.text) for run in line) for line in canvas]
            assert cells == [columns] * rows


@pytest.mark.filterwarnings("default::RuntimeWarning")
async def test_a_picture_that_fails_is_empty_and_ends_nothing(
    recwarn: pytest.WarningsRecorder,
) -> None:
    class Torn(Picture):
        def draw(self, paints: object) -> tuple[()]:
            raise LookupError("no such sprite")

    app = Bench(Torn(BUSY))
    async with app.run_test(size=(80, 24)) as pilot:
        begin_change(app.query_one(Drawing))
        await pilot.press("right")
        assert app.is_running
        assert not "".join(app.shown.render_line(y).text for y in range(12)).strip()
    assert "no such sprite" in str(recwarn.pop(RuntimeWarning).message)


@pytest.mark.parametrize(
    ("columns", "rows", "motion"),
    pairs([(80, 24), (80, 25), (80, 30), (120, 40)], SETTING_CHOICES["motion"]),
)
async def test_three_stars_are_graded_in_every_window(
    tmp_path: Path, columns: int, rows: int, motion: str
) -> None:
    size = (columns, rows)
    async with person(tmp_path, "05", size, floor=True, motion=motion) as ui:
        ui.app.run_line(
            f"aws iam put-user-policy --user-name casey --policy-name Receipts {LISTING}"
        )
        await ui.press("g")
        assert "Three stars" in await ui.see_at_rest()
        for other in ((60, 20), (1, 1), size):
            await ui.resize(*other)
        assert "Three stars" in ui.screen
