"""A widget that shows the grade as a printed receipt."""

from __future__ import annotations

from textual.geometry import Size

from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.picture.picture import Canvas
from coffeeshop.views.picture.pixels import Paints
from coffeeshop.views.picture.receipt import Receipt, print_receipt


class ReceiptStrip(Drawing):
    """Shows a receipt, as high as its content. 38 columns are enough."""

    DEFAULT_CSS = "ReceiptStrip { width: 38; height: auto; }"

    def __init__(
        self, receipt: Receipt, *, ascii: bool = False, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.receipt = receipt
        self.ascii = ascii

    def show(self, receipt: Receipt) -> None:
        """Show another receipt."""
        self.receipt = receipt
        self.refresh(layout=True)

    def facts(self) -> object:
        """Return the receipt and the kind of marks."""
        return self.receipt, self.ascii

    def draw(self, paints: Paints) -> Canvas:
        """Return the receipt as a canvas."""
        return print_receipt(self.receipt, self.size.width, paints, self.ascii)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows.

        12 are the torn edges, the headings, the rules, the total, the three stars and the bar
        code.
        """
        return 12 + len(self.receipt.lines) + len(self.receipt.notes)
