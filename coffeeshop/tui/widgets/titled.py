"""A pane with its title on the frame, and the number of rows below the fold."""

from __future__ import annotations

from typing import cast

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from coffeeshop.tui.text import STYLES, line, show_on_one_line

LEAST_TITLE = 20  # cells of a title that stay
CORNER_WIDTH = 4  # cells of the frame left and right of its title, at most


class Titled:
    """A mixin for a widget whose title is set by `entitle`.

    An equal title does not paint the pane again. `reached` names the keys that scroll the pane
    when the focus is elsewhere.
    """

    reached = "tab ↓"
    _title = _framed = Content("")

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
        self.tell_fold()

    def tell_fold(self) -> None:
        """Show behind the title how much is below the fold, and the keys that scroll to it."""
        pane = cast("Widget", self)
        title = self._title
        if below := self.below:
            key = "↓" if pane.has_focus else self.reached
            folds = (f"{key} {below}", f"{key} {below.removesuffix(' more')}")
            spare = pane.outer_size.width - CORNER_WIDTH - title.cell_length
            # A title that keeps its beginning gives way to the whole fold.
            spare += max(title.cell_length - LEAST_TITLE, 0)
            fold = next((each for each in folds if len(each) + 2 <= spare), folds[-1])
            fold_content = line("  ", (fold, STYLES["warning"]))
            room = max(pane.outer_size.width - CORNER_WIDTH - fold_content.cell_length, 0)
            title = line(title.truncate(room, ellipsis=True), fold_content)
        if not title.is_same(self._framed):
            self._framed = pane.border_title = title

    def on_mount(self) -> None:
        """Watch the scrolling, the size and the focus, and update the title."""
        pane = cast("Widget", self)
        for seen in ("scroll_y", "virtual_size", "has_focus"):
            pane.watch(pane, seen, self.tell_fold, init=False)

    def on_resize(self) -> None:
        """Update the title for the new size."""
        self.tell_fold()

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Update the title if only the frame changed its size, for which there is no event."""
        changed = super()._size_updated(size, virtual_size, container_size, layout)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # the pane's
        if changed:
            self.tell_fold()
        return cast("bool", changed)
