"""A pane that says on its frame what it shows."""

from __future__ import annotations

from typing import cast

from textual.content import Content
from textual.widget import Widget


class Titled:
    """For a widget whose title is set by `entitle`: one that is the same again costs no paint of the whole pane."""

    _title = Content("")

    def entitle(self, title: Content | str) -> None:
        """Show a title."""
        shown = Content(title) if isinstance(title, str) else title
        if not shown.is_same(self._title):
            self._title = cast("Widget", self).border_title = shown
