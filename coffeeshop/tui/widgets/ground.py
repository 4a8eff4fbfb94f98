"""Containers that have no content of their own and are cheap to paint."""

from __future__ import annotations

from textual.containers import Container
from textual.geometry import Region
from textual.strip import Strip


class Blank:
    """A mixin for a screen or container without content, border or padding.

    All its lines are equal, so one line is painted and repeated. Textual's BLANK does the same,
    but sets a colour.
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the first line, as many times as the part has lines."""
        first = Region(crop.x, 0, crop.width, 1)
        return super().render_lines(first) * crop.height  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # the widget's


class Ground(Blank, Container):
    """A container that only lays out its children."""
