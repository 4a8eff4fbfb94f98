"""The brief: the story on the left, every sentence that will be checked on the right."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from coffeeshop.lessons.model import Play
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, plain, row, stack
from coffeeshop.views.brief import brief, calls, paragraphs


class BriefScreen(PlayScreen):
    """Shown when a scenario is opened for the first time, and on `b`."""

    BINDINGS = [Binding("enter", "app.back", show=False)]
    KEYS: ClassVar[Keys] = (("⏎", "Enter the shop"), ("↑↓", "Scroll"), "hint", "console", "help", ("esc", "Shop"))
    HELP = "The story holds every fact, the list every check. Star 1: it works, and what must not work does not. Star 2: nothing more is possible. Star 3: it is done in a way that lasts."

    def body(self) -> ComposeResult:
        """Story, and checks."""
        with Container(id="brief"):
            with VerticalScroll(id="story", classes="pane"):
                yield Static(id="told", markup=False)
            with VerticalScroll(id="checks", classes="pane"):
                yield Static(id="listed", markup=False)

    def fill(self, play: Play) -> None:
        """Both columns."""
        scenario, ascii = play.scenario, self.shop.settings.ascii
        self.query_one("#story").border_title = line(
            "The story ", (f"about {scenario.minutes} minutes", STYLES["muted"])
        )
        self.query_one("#checks").border_title = "What will be checked"
        title, *rest = brief(scenario)
        told = [row(title), *(plain(f"\n{text}") for text in paragraphs(scenario.story))]
        if introduced := calls(scenario):
            told += [line(("\nCalls you may need", "bold")), *(row(shown) for shown in introduced)]
        self.query_one("#told", Static).update(stack(told))
        self.query_one("#listed", Static).update(
            stack(row(shown, ascii) for shown in rest[len(paragraphs(scenario.story)) :])
        )
        self.query_one("#story").focus()
