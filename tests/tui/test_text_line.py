"""A line to type into: what is hidden is painted as pictures, and the cursor goes by what is painted."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from coffeeshop.tui.widgets.text_line import MAX_LENGTH, TextLine


class Desk(App[None]):
    """One line."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        yield TextLine(self.text, compact=True, select_on_focus=False)

    @property
    def line(self) -> TextLine:
        return self.query_one(TextLine)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("\u200b\u200bab", [0, 1, 2, 3, 4]),
        ("咖ab", [0, 0, 1, 2, 3]),
        ("a\x1bb", [0, 1, 2, 3, 3]),
    ],
)
async def test_a_click_puts_the_cursor_where_it_is_seen(
    text: str, cells: list[int]
) -> None:
    desk = Desk(text)
    async with desk.run_test() as pilot:
        seen: list[int] = []
        for cell in range(5):
            await pilot.click(TextLine, offset=(cell, 0))
            seen.append(desk.line.cursor_position)
        assert seen == cells


async def test_a_line_takes_nothing_that_no_document_is_as_long_as() -> None:
    desk = Desk("a")
    async with desk.run_test():
        desk.line.insert_text_at_cursor("b" * MAX_LENGTH)
        assert desk.line.value == "a"
        desk.line.insert_text_at_cursor("b" * (MAX_LENGTH - 1))
        assert len(desk.line.value) == MAX_LENGTH
