"""A list to move through, however small it is."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from coffeeshop.tui.widgets.row_list import RowList


class Listed(App[None]):
    """An app of one list."""

    def compose(self) -> ComposeResult:
        """Yield it."""
        yield RowList(id="picks")


@pytest.mark.parametrize("size", [(1, 1), (1, 3), (80, 1), (80, 24)])
async def test_a_page_where_there_is_no_room_for_a_row_ends_nothing(size: tuple[int, int]) -> None:
    async with (app := Listed()).run_test(size=size) as pilot:
        picks = app.query_one(RowList)
        picks.styles.width = size[0] - 1
        picks.add_options(["one", "two"])
        picks.focus()
        picks.highlighted = 0
        await pilot.press("pagedown", "pageup", "down", "pagedown", "end", "pageup")
