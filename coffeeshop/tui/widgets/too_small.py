"""The text in a window under 60 columns or 20 rows."""

from __future__ import annotations

from typing import cast

from textual.app import App
from textual.content import Content
from textual.widget import Widget

from coffeeshop.invocation import command_line
from coffeeshop.tui.text import line

MIN_COLUMNS = 60
MIN_ROWS = 20


class TooSmall(Widget):
    """A text with the size that the window needs, its present size, and how to quit.

    The stylesheet shows it in a small window only.
    """

    DEFAULT_CSS = "TooSmall { display: none; dock: top; width: 100%; height: 100%; padding: 1 2; background: $background; }"

    def render(self) -> Content:
        """Return the text. In a browser it leaves out the command line."""
        width, height = self.screen.size
        size = f"Coffeeshop needs {MIN_COLUMNS} columns and {MIN_ROWS} rows. This window is {width} by {height}."
        larger = "Make the window larger."
        if not cast("App[object]", self.app).is_web:  # pyright: ignore[reportUnknownMemberType]  # a browser has no command line
            larger = f"Make the window larger, or quit (ctrl+q) and run:\n{command_line('--plain')}"
        return line(
            ("Too small", "bold"),
            f"\n\n{size}\n{larger}\n\nNothing is lost: every act is saved.",
        )
