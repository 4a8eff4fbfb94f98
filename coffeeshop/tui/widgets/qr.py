"""A QR code for a real phone: black on white in every theme, two modules to a cell."""

from __future__ import annotations

from functools import lru_cache

import segno
from textual.geometry import Size

from coffeeshop.tui.theme import QR_INK, QR_PAPER
from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.picture.picture import Canvas, halves, join_runs
from coffeeshop.views.picture.pixels import Paints

BORDER = 2  # modules of white around the code; four are asked for, two are read


@lru_cache(maxsize=4)
def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Returns the code's modules with their border, dark ones true: square, one row more below if the rows are odd."""
    rows = segno.make(text, error="l", micro=False, boost_error=False).matrix_iter(
        border=BORDER
    )
    return tuple(tuple(map(bool, row)) for row in rows)


class Qr(Drawing):
    """The code of a text; as large as it needs, 41 by 21 cells for an enrolment."""

    DEFAULT_CSS = "Qr { width: auto; height: auto; }"

    def __init__(self, text: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text = text

    def show(self, text: str) -> None:
        """Show the next text."""
        self.text = text
        self.refresh(layout=True)

    def facts(self) -> object:
        """Returns the text."""
        return self.text

    def draw(self, paints: Paints) -> Canvas:
        """Returns two rows of modules in one of cells."""
        rows = [
            tuple(QR_INK if dark else QR_PAPER for dark in row)
            for row in modules(self.text)
        ]
        rows += [(QR_PAPER,) * len(rows[0])] * (len(rows) % 2)
        return tuple(map(join_runs, halves(rows)))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Returns a cell a module."""
        return len(modules(self.text))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Returns half a cell a module."""
        return (len(modules(self.text)) + 1) // 2
