"""A widget that shows a canvas. It draws again only when its facts, size or theme change."""

from __future__ import annotations

import warnings
from functools import cache, lru_cache
from typing import Literal, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from coffeeshop.tui.theme import picture_paints
from coffeeshop.views.picture.picture import Canvas, Run, changed_box
from coffeeshop.views.picture.pixels import Paints

Variant: TypeAlias = Literal["painted", "words"]


class Drawing(Widget):
    """A widget that shows a canvas.

    `facts` returns the values that the drawing depends on, besides its size and the theme.
    `draw` returns the canvas. An animation starts its frames, and `tick` goes to the next one.
    """

    _strip_cache: tuple[object, list[Strip]] = (None, [])
    _canvas: Canvas = ()
    _timer: Timer | None = None

    def facts(self) -> object:
        """Return a value that changes whenever the drawing must change. Subclasses replace this."""
        raise NotImplementedError

    def draw(self, paints: Paints) -> Canvas:
        """Return the rows to show, each as wide as the widget."""
        raise NotImplementedError

    @property
    def shell(self) -> App[None]:
        """Return the app, for its theme and its colour setting."""
        return self.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # its type is left open

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the rows of a part of the widget, after drawing it again if something changed."""
        self._redraw()
        return super().render_lines(crop)

    def _redraw(self) -> None:
        """Draw the canvas again if the size, the theme or the facts changed."""
        facts_now = (self.size, self.shell.theme, self.facts())
        if self._strip_cache[0] != facts_now:
            self._canvas = self._try_drawing()
            self._strip_cache = (facts_now, strips(self._canvas, self.size.width))

    def _try_drawing(self) -> Canvas:
        """Return the canvas, or () if the widget is hidden or the drawing fails.

        A picture explains nothing that words don't say, so its failure must not end the game.
        Tests turn the warning into an error.
        """
        if not self.size:
            return ()
        try:
            return self.draw(picture_paints(self.shell.theme))
        except Exception as error:
            message = f"{type(self).__name__} can't draw {self.size}: {error!r}"
            warnings.warn(message, RuntimeWarning, stacklevel=1)
            return ()

    # -------------------------------------------------------------- animation
    @property
    def is_moving(self) -> bool:
        """Return whether an animation is running."""
        return self._timer is not None

    def start_frames(self, rate: float) -> None:
        """Call `tick` for each frame, `rate` times in a second."""
        self.stop_frames()
        self._timer = self.set_interval(1 / rate, self.tick)

    def stop_frames(self) -> None:
        """Stop the animation and its timer."""
        if self._timer:
            self._timer.stop()
        self._timer = None

    def forget(self) -> None:
        """Free the drawing of a widget that is hidden. It is drawn again when it is shown."""
        self._canvas = ()
        self._strip_cache = (None, [])

    def tick(self) -> None:
        """Go to the next frame."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Draw again, and paint only the cells that changed.

        A slow terminal can then keep up with an animation.
        """
        old_canvas = self._canvas
        facts_before = self._strip_cache[0]
        self._redraw()
        has_same_size_and_theme = isinstance(facts_before, tuple) and facts_before[:2] == (
            self.size,
            self.shell.theme,
        )
        if not has_same_size_and_theme or len(old_canvas) != len(self._canvas):
            self.refresh()
        elif box := changed_box(old_canvas, self._canvas):
            self.refresh(Region(*box))

    def render_line(self, y: int) -> Strip:
        """Return one row of the drawing."""
        lines = self._strip_cache[1]
        if y < len(lines):
            return lines[y]
        return Strip.blank(self.size.width, self.rich_style)


def strips(canvas: Canvas, cells: int) -> list[Strip]:
    """Return the rows of a canvas as Textual's strips, each exactly `cells` wide."""
    segment = cache(_segment)  # equal runs share one
    return [Strip(map(segment, line)).adjust_cell_length(cells) for line in canvas]


def _segment(run: Run) -> Segment:
    """Return a run of a canvas as a segment."""
    text, fg, bg, bold = run
    return Segment(text, _style(fg, bg, bold))


@lru_cache(maxsize=1024)
def _style(fg: str, bg: str, bold: bool) -> Style:
    """Return a style, cached because thousands of cells share about a hundred styles."""
    return Style(color=fg, bgcolor=bg, bold=bold)
