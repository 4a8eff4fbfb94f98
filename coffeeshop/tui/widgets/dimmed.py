"""The screen below a dialog, in dimmed colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.strip import Strip
from textual.visual import Visual

if TYPE_CHECKING:
    from textual.css.styles import RulesMap
    from textual.style import Style as TextualStyle
    from textual.visual import RenderOptions


class Dimmed(Visual):
    """The screen below a dialog, dimmed.

    Textual's renderable passes each segment through rich, and mixes its colours anew. Thousands of
    segments share few styles, so each style is dimmed once, and rows stay rows.
    """

    def __init__(self, screen: Screen[Any], color: Color) -> None:
        """Dim a screen by a colour, which has an alpha."""
        self.screen = screen
        self.color = color

    def render_strips(
        self, width: int, height: int | None, style: TextualStyle, options: RenderOptions
    ) -> list[Strip]:
        """Return the rows of the screen in dimmed colours."""
        base_style = style.rich_style
        dimmed_styles: dict[Style | None, Style] = {}
        rows = list[Strip]()
        for strip in self.screen._compositor.render_strips():  # pyright: ignore[reportPrivateUsage]  # painting has no public interface
            segments = list[Segment]()
            for text, segment_style, _ in strip:
                if segment_style not in dimmed_styles:
                    dimmed = dimmed_style(segment_style, self.color)
                    dimmed_styles[segment_style] = base_style + dimmed
                segments.append(Segment(text, dimmed_styles[segment_style]))
            rows.append(Strip(segments, strip.cell_length))
        return rows[:height]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return the width of the screen."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return the height of the screen."""
        return self.screen.size.height


def dimmed_style(style: Style | None, color: Color) -> Style | None:
    """Return a style as Textual dims it below a dialog, without links and handlers."""
    (segment,) = BackgroundScreen.process_segments((Segment("", style),), color)
    return segment.style
