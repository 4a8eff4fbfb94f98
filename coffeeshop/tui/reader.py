"""Show pages of rows: their titles on the left, the page under the cursor on the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from coffeeshop.tui.text import key, line, plain
from coffeeshop.tui.theme import THEMES
from coffeeshop.tui.widgets.prose import Prose
from coffeeshop.views.cells import shorten_text
from coffeeshop.views.rows import Row

MAX_TITLE_WIDTH = 34  # cells of a title in the list. The page shows the full title.


class Reader(App[None]):
    """An app of its own that shows pages, each a title and its rows. The titles are listed at the left."""

    TITLE = "Coffeeshop"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,ctrl+q", "quit", show=False),
        Binding("pagedown,space", "scroll(1)", show=False, priority=True),
        Binding("pageup", "scroll(-1)", show=False, priority=True),
    ]
    CSS = """
    #heading { padding: 0 1; color: $accent; text-style: bold; }
    #titles { width: 30%; min-width: 28; max-width: 40; height: 100%; border: round $border; }
    #page { width: 1fr; height: 100%; border: round $border; padding: 0 1; }
    #keys { padding: 0 1; background: $panel; }
    """

    def __init__(self, heading: str, pages: Sequence[tuple[str, Sequence[Row]]]) -> None:
        """Make an app for these pages, each a title and its rows. `heading` is shown above them."""
        super().__init__()
        self.heading = heading
        self.pages = pages

    def compose(self) -> ComposeResult:
        """Yield the heading, the titles, the page and the keys."""
        yield Static(plain(self.heading), id="heading", markup=False)
        with Horizontal():
            yield OptionList(
                *(
                    Option(plain(shorten_text(title, MAX_TITLE_WIDTH)))
                    for title, _ in self.pages
                ),
                id="titles",
                markup=False,
            )
            with VerticalScroll(id="page", can_focus=False):
                yield Prose()
        keys = (key("↑↓", "Choose"), key("PgDn", "Read on"), key("q", "Quit"))
        yield Static(line(keys[0], "  ", keys[1], "  ", keys[2]), id="keys", markup=False)

    def on_mount(self) -> None:
        """Apply the game's theme, and focus the titles."""
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark-roast"
        self.query_one(OptionList).focus()

    @on(OptionList.OptionHighlighted)
    def _show_page(self, event: OptionList.OptionHighlighted) -> None:
        """Show the page of the title under the cursor."""
        title, rows = self.pages[event.option_index]
        box = self.query_one("#page", VerticalScroll)
        box.border_title = plain(title)
        box.scroll_home(animate=False)
        self.query_one(Prose).show(rows)

    def action_scroll(self, pages: int) -> None:
        """Scroll the page by so many screenfuls. A negative number scrolls back."""
        box = self.query_one("#page", VerticalScroll)
        box.scroll_relative(y=pages * box.size.height, animate=False)


def read(heading: str, pages: Sequence[tuple[str, Sequence[Row]]]) -> None:
    """Show the pages until the reader quits."""
    Reader(heading, pages).run()
