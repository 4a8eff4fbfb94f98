"""A pane with its title on the frame, and the number of rows below the fold."""

from __future__ import annotations

from typing import cast

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from coffeeshop.tui.text import STYLES, line, show_on_one_line

MIN_TITLE_WIDTH = 20  # cells of a title that stay
CORNER_WIDTH = 4  # cells of the frame left and right of its title, at most


class Titled:
    """A mixin for a widget whose title is set by `entitle`.

    An equal title does not paint the pane again. `reached` names the keys that scroll the pane
    when the focus is elsewhere.
    """

    reached = "tab ↓"
    _title = _frame_title = Content("")

    @property
    def below(self) -> str:
        """Return how much is below the fold, such as "4 more", or ""."""
        return ""

    def entitle(self, title: Content | str) -> None:
        """Set the title."""
        if isinstance(title, str):
            self._title = line(show_on_one_line(title))
        else:
            self._title = title
        self.show_fold()

    def show_fold(self) -> None:
        """Show behind the title how much is below the fold, and the keys that scroll to it."""
        pane = cast("Widget", self)
        title = self._title
        if below := self.below:
            key = "↓" if pane.has_focus else self.reached
            fold_texts = (f"{key} {below}", f"{key} {below.removesuffix(' more')}")
            free_cells = pane.outer_size.width - CORNER_WIDTH - title.cell_length
            # The title can be cut to MIN_TITLE_WIDTH to make room for the whole text.
            free_cells += max(title.cell_length - MIN_TITLE_WIDTH, 0)
            fold_text = next(
                (each for each in fold_texts if len(each) + 2 <= free_cells), fold_texts[-1]
            )
            fold_content = line("  ", (fold_text, STYLES["warning"]))
            room = max(pane.outer_size.width - CORNER_WIDTH - fold_content.cell_length, 0)
            title = line(title.truncate(room, ellipsis=True), fold_content)
        if not title.is_same(self._frame_title):
            self._frame_title = pane.border_title = title

    def on_mount(self) -> None:
        """Watch the scrolling, the size and the focus, and update the title."""
        pane = cast("Widget", self)
        for seen in ("scroll_y", "virtual_size", "has_focus"):
            pane.watch(pane, seen, self.show_fold, init=False)

    def on_resize(self) -> None:
        """Update the title for the new size."""
        self.show_fold()

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Update the title if only the frame changed its size, for which there is no event."""
        changed = super()._size_updated(size, virtual_size, container_size, layout)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # the pane's
        if changed:
            self.show_fold()
        return cast("bool", changed)
