"""The shop's own phone, for a learner without a real one. It shows the current MFA code of the shop's time."""

from __future__ import annotations

from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.cells import cut, fit
from coffeeshop.views.picture.picture import Canvas, Line, Run
from coffeeshop.views.picture.pixels import Paints, light_colour


class Phone(Drawing):
    """A phone of 20 by 8 cells with the device's name, the MFA code, and the time of the code."""

    DEFAULT_CSS = "Phone { width: 20; height: 8; }"

    def __init__(self, code: str, device: str, time: str, *, id: str | None = None) -> None:
        """Make a phone that shows an MFA device's name, its code and the time of the code."""
        super().__init__(id=id)
        self.code = code
        self.device = device
        self.time = time

    def show(self, code: str, device: str, time: str) -> None:
        """Show another code. "" shows dashes."""
        self.code = code
        self.device = device
        self.time = time
        self.refresh()

    def facts(self) -> object:
        """Return the texts on the phone."""
        return self.code, self.device, self.time

    def draw(self, paints: Paints) -> Canvas:
        """Return the picture of the phone."""
        screen = paints["board"]
        background = paints["background"]
        edge = light_colour(paints["M"], 0.8, 0.8, 0.8)
        side = Run(" ", edge, edge)

        def row(text: str, ink: str, bold: bool = False) -> Line:
            """Return a row of the phone with a text in the middle of its screen."""
            return (
                side,
                Run(fit(cut(text, 18).center(18), 18), paints[ink], screen, bold),
                side,
            )

        if self.code:
            digits = f"{self.code[:3]} {self.code[3:]}"
        else:
            digits = "--- ---"
        return (
            (Run("▄" * 20, edge, background),),
            row(self.time, "chalk_muted"),
            row("", "chalk"),
            row(self.device, "chalk"),
            row(digits, "chalk_ok", bold=True),
            row("", "chalk"),
            (side, Run("▄" * 18, edge, screen), side),
            (Run("▀" * 20, edge, background),),
        )
