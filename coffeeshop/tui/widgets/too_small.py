"""What is shown, alone, in a window under 60 columns or 20 rows."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from coffeeshop.tui.text import line

COLUMNS, ROWS = 60, 20


class TooSmall(Widget):
    """How large the window should be, how large it is, and the way out. The stylesheet shows it where it is needed."""

    DEFAULT_CSS = "TooSmall { display: none; dock: top; width: 100%; height: 100%; padding: 1 2; background: $background; }"

    def render(self) -> Content:
        """Returns three sentences."""
        width, height = self.screen.size
        return line(
            ("Too small", "bold"),
            f"\n\nCoffeeshop needs {COLUMNS} columns and {ROWS} rows; this is {width} by {height}.\n"
            "Make the window larger, or quit (ctrl+q) and run:\ncoffeeshop --plain\n\nNothing is lost: every act is saved.",
        )
