"""What widgets stand on, which shows nothing of its own."""

from __future__ import annotations

from textual.containers import Container
from textual.geometry import Region
from textual.strip import Strip


class Blank:
    """A screen or container without content, border or padding: one of its lines is like the other, and painted once.
    Textual's own BLANK does the same, but in colour where there is to be none.
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        """Returns its first line, as often as that part has lines."""
        first = Region(crop.x, 0, crop.width, 1)
        return super().render_lines(first) * crop.height  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # the widget's


class Ground(Blank, Container):
    """Lays out what stands on it."""
