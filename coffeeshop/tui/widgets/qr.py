"""A QR code for a real phone: black on white in every theme, two modules in one cell."""

from __future__ import annotations

from functools import lru_cache

import segno
from textual.geometry import Size

from coffeeshop.tui.theme import QR_INK, QR_PAPER
from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.picture.picture import Canvas, half_block_rows, join_runs
from coffeeshop.views.picture.pixels import Paints

# Modules of white around the code. The standard asks for four, but phones read two.
BORDER_MODULES = 2


@lru_cache(maxsize=4)
def qr_modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return the modules of the QR code with its border. Dark modules are True."""
    rows = segno.make(text, error="l", micro=False, boost_error=False).matrix_iter(
        border=BORDER_MODULES
    )
    return tuple(tuple(map(bool, row)) for row in rows)


class Qr(Drawing):
    """Shows the QR code of a text.

    It is as large as the code: 41 by 21 cells for an MFA enrolment.
    """

    DEFAULT_CSS = "Qr { width: auto; height: auto; }"

    def __init__(self, text: str, *, id: str | None = None) -> None:
        """Make the QR code of a text."""
        super().__init__(id=id)
        self.text = text

    def show(self, text: str) -> None:
        """Show the QR code of another text."""
        self.text = text
        self.refresh(layout=True)

    def facts(self) -> object:
        """Return the text."""
        return self.text

    def draw(self, paints: Paints) -> Canvas:
        """Return the canvas, with two rows of modules in one row of cells."""
        rows = [
            tuple(QR_INK if dark else QR_PAPER for dark in row)
            for row in qr_modules(self.text)
        ]
        rows += [(QR_PAPER,) * len(rows[0])] * (len(rows) % 2)
        return tuple(map(join_runs, half_block_rows(rows)))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the width: one cell for each module."""
        return len(qr_modules(self.text))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height: half a cell for each module."""
        return (len(qr_modules(self.text)) + 1) // 2
