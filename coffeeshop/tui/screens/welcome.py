"""The welcome. It opens over the shelf for a new learner, and by its key."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.widgets.prose import Prose
from coffeeshop.views.welcome import FIRST_SCENARIO, welcome


class WelcomeScreen(Dialog[None]):
    """One box: the learner's part, and where to begin."""

    CSS_PATH = None  # the first frame waits for no other box's styles
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "begin", show=False)]
    KEYS: ClassVar[Keys] = (
        ("⏎", "Begin"),
        ("esc", "Look around"),
    )

    def body(self) -> ComposeResult:
        """Yield the rows, which scroll if there is no room."""
        with VerticalScroll(id="welcome"):
            yield Prose()

    def begin(self) -> None:
        """Show the welcome."""
        self.query_one(".box").border_title = "Welcome"
        self.query_one(Prose).show(welcome(), self.game.settings.ascii)
        self.query_one("#welcome").focus()

    async def action_begin(self) -> None:
        """Open the first scenario."""
        self.close()
        await self.run_app_action("play", FIRST_SCENARIO)
