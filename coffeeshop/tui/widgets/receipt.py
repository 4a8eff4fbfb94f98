"""The grade on paper, as the till prints it."""

from __future__ import annotations

from textual.geometry import Size

from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.picture.picture import Canvas
from coffeeshop.views.picture.pixels import Paints
from coffeeshop.views.picture.receipt import Receipt, print_receipt


class ReceiptStrip(Drawing):
    """A receipt, as long as what stands on it; 38 columns are enough."""

    DEFAULT_CSS = "ReceiptStrip { width: 38; height: auto; }"

    def __init__(
        self, receipt: Receipt, *, ascii: bool = False, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.receipt = receipt
        self.ascii = ascii

    def show(self, receipt: Receipt) -> None:
        """Show the next receipt."""
        self.receipt = receipt
        self.refresh(layout=True)

    def facts(self) -> object:
        """Tells what is printed."""
        return self.receipt, self.ascii

    def draw(self, paints: Paints) -> Canvas:
        """Returns the strip of paper."""
        return print_receipt(self.receipt, self.size.width, paints, self.ascii)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Returns as many rows as are printed."""
        return 12 + len(self.receipt.lines) + len(self.receipt.notes)
