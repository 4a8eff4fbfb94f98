"""What the policy's text area paints is the text, whatever the width was when it was painted first."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from coffeeshop.tui.theme import THEMES
from coffeeshop.tui.widgets.json_area import JsonArea
from tests.examples import examples

pytestmark = pytest.mark.slow

ONE_LINE = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:List*","Resource":"*"}]}'
WIDTHS = st.integers(40, 90)
WORDS = st.lists(
    st.text("abcs:/*-,. 咖é", min_size=2, max_size=30), min_size=4, max_size=12
)
TEXTS = WORDS.map(json.dumps) | WORDS.map(
    lambda words: json.dumps(words, ensure_ascii=False, indent=2)
)


class Desk(App[None]):
    """One text area, first of one width, then of another."""

    def __init__(self, text: str, width: int) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark-roast"
        self.area = JsonArea(text)
        self.area.styles.width = width

    def compose(self) -> ComposeResult:
        yield self.area


async def painted(text: str, widths: list[int]) -> list[str]:
    """What stands on the screen beside the line numbers, blanks aside, after each of the widths."""
    desk, seen = Desk(text, widths[0]), list[str]()
    async with desk.run_test(size=(100, 60)) as pilot:
        for width in widths:
            desk.area.styles.width = width
            await pilot.pause()
            await pilot.pause()
            strips = desk.screen._compositor.render_strips(desk.size)  # pyright: ignore[reportPrivateUsage]  # no public door
            gutter = desk.area.gutter_width
            seen.append(
                "".join("".join(strip.crop(gutter, width).text.split()) for strip in strips)
            )
    return seen


@examples(4)
@given(TEXTS, st.lists(WIDTHS, min_size=1, max_size=3))
@example(ONE_LINE, [85, 61])
def test_what_is_painted_is_the_text(text: str, widths: list[int]) -> None:
    assert asyncio.run(painted(text, widths)) == ["".join(text.split())] * len(widths)


async def both_ways(
    text: str, width: int, chosen: tuple[int, int], at: int
) -> tuple[list[Strip], list[Strip]]:
    """The rows as the text area paints them and as Textual's does, with these offsets selected and a word underlined."""
    desk = Desk(text, width)
    async with desk.run_test(size=(100, 60)) as pilot:
        area = desk.area
        area.selection = Selection(
            *(
                area.source.get_location_from_index(each % (len(text) + 1))
                for each in chosen
            )
        )
        row, column = area.source.get_location_from_index(at % len(text))
        length = len(area.document.get_line(row)) - column
        area.underline([(at % len(text), at % len(text) + min(5, length))])
        await pilot.pause()
        rows = range(area.wrapped_document.height + 1)
        return [area._render_line(y) for y in rows], [
            TextArea._render_line(area, y) for y in rows
        ]  # pyright: ignore[reportPrivateUsage]  # no public door


@examples(4)
@given(
    TEXTS,
    WIDTHS,
    st.tuples(st.integers(0, 400), st.integers(0, 400))
    | st.integers(0, 400).map(lambda n: (n, n)),
    st.integers(0, 400),
)
@example(ONE_LINE, 61, (0, 0), 3)
@example(ONE_LINE, 61, (1, 200), 3)
@example(ONE_LINE, 61, (len(ONE_LINE), len(ONE_LINE)), 60)
def test_a_long_line_is_painted_as_textual_paints_it(
    text: str, width: int, chosen: tuple[int, int], at: int
) -> None:
    ours, theirs = asyncio.run(both_ways(text, width, chosen, at))
    assert list(map(cells, ours)) == list(map(cells, theirs))


def cells(strip: Strip) -> list[tuple[str, object]]:
    """Each character of a row with its style."""
    return [(char, segment.style) for segment in strip for char in segment.text]
