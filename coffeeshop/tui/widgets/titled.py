"""A pane that says on its frame what it shows, and how much of it is below the fold."""

from __future__ import annotations

from typing import cast

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from coffeeshop.tui.text import STYLES, line

CORNERS = 4  # cells of a frame beside its title, at most


class Titled:
    """For a widget whose title is set by `entitle`: one that is the same again costs no paint of the whole pane. `reached`
    names the keys that scroll it from elsewhere.
    """

    reached = "tab ↓"
    _title = _framed = Content("")

    @property
    def below(self) -> str:
        """Tells how much is below the fold: "4 more"; "": nothing."""
        return ""

    def entitle(self, title: Content | str) -> None:
        """Show a title."""
        if isinstance(title, str):
            self._title = Content(title)
        else:
            self._title = title
        self.tell_fold()

    def tell_fold(self) -> None:
        """Tell behind the title what is below the fold, and by which keys it comes into sight."""
        pane = cast("Widget", self)
        shown_content = self._title
        if below := self.below:
            key = "↓" if pane.has_focus else self.reached
            folds = (f"{key} {below}", f"{key} {below.removesuffix(' more')}")
            spare = pane.outer_size.width - CORNERS - shown_content.cell_length
            fold = next((each for each in folds if len(each) + 2 <= spare), folds[-1])
            more_content = line("  ", (fold, STYLES["warning"]))
            room = max(pane.outer_size.width - CORNERS - more_content.cell_length, 0)
            shown_content = line(shown_content.truncate(room, ellipsis=True), more_content)
        if not shown_content.is_same(self._framed):
            self._framed = pane.border_title = shown_content

    def on_mount(self) -> None:
        """From now on, follow what is seen."""
        pane = cast("Widget", self)
        for seen in ("scroll_y", "virtual_size", "has_focus"):
            pane.watch(pane, seen, self.tell_fold, init=False)

    def on_resize(self) -> None:
        """More of it is seen, or less."""
        self.tell_fold()

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Tell it, too, where the frame alone takes more room than before: no event says so."""
        changed = super()._size_updated(size, virtual_size, container_size, layout)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # the pane's
        if changed:
            self.tell_fold()
        return cast("bool", changed)
