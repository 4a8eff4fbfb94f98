"""A list to move through, however small it is."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from coffeeshop.tui.text import line
from coffeeshop.tui.widgets.row_list import RowList


class Listed(App[None]):
    """An app of one list."""

    def compose(self) -> ComposeResult:
        """Yield it."""
        yield RowList(id="picks")


@pytest.mark.parametrize("size", [(1, 1), (1, 3), (80, 1), (80, 24)])
async def test_a_page_where_there_is_no_room_for_a_row_ends_nothing(
    size: tuple[int, int],
) -> None:
    async with (app := Listed()).run_test(size=size) as pilot:
        picks = app.query_one(RowList)
        picks.styles.width = size[0] - 1
        picks.add_options(["one", "two"])
        picks.focus()
        picks.highlighted = 0
        await pilot.press("pagedown", "pageup", "down", "pagedown", "end", "pageup")


@pytest.mark.parametrize("width", [24, 30, 47])
async def test_an_address_in_a_row_that_wraps_breaks_at_its_joints_alone(
    width: int,
) -> None:
    arn = "arn:aws:iam::111122223333:role/teams/Cashier"
    async with (app := Listed()).run_test(size=(width, 12)) as pilot:
        picks = app.query_one(RowList)
        picks.styles.text_wrap = "wrap"
        picks.show([("one", line("write it as in ", arn)), ("two", line("two"))])
        await pilot.pause()
        rows = [
            "".join(segment.text for segment in picks.render_line(y)).strip("▸ ")
            for y in range(10)
        ]
        assert rows.index("two") == len(picks._lines) - 1  # pyright: ignore[reportPrivateUsage]  # the rows that it counts
        told = rows[: rows.index("two")]
        assert " ".join(told).split(" ", 4)[4].replace(" ", "") == arn
        assert all(row[-1] in ":/-" for row in told[:-1] if ":" in row)


async def test_a_row_that_does_not_wrap_is_one_line_whatever_is_in_it() -> None:
    async with (app := Listed()).run_test(size=(24, 12)) as pilot:
        picks = app.query_one(RowList)
        picks.show(
            [
                ("one", line("arn:aws:iam::111122223333:role/teams/Cashier")),
                ("two", line("two")),
            ]
        )
        await pilot.pause()
        assert len(picks._lines) == 2  # pyright: ignore[reportPrivateUsage]  # likewise
