"""A container of panes one above the other, each as high as its content if there is room."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Vertical
from textual.geometry import Size
from textual.layout import Layout, WidgetPlacement
from textual.layouts.vertical import VerticalLayout
from textual.widget import Widget

MIN_PANE_ROWS = 4  # rows that each pane has in any case, if it has so many


def share_room(
    wanted_heights: Sequence[int], room: int, urgent_panes: Sequence[int]
) -> list[int]:
    """Return the height of each pane, from the rows that it wants.

    Each has up to `MIN_PANE_ROWS` rows. The rest of the room goes to the panes in the order of `urgent_panes`,
    until each has its wanted height. The lowest pane gets the rows that are left.
    """
    heights = [min(wanted, MIN_PANE_ROWS) for wanted in wanted_heights]
    for pane in urgent_panes:
        heights[pane] += max(
            0, min(wanted_heights[pane] - heights[pane], room - sum(heights))
        )
    heights[-1] += max(0, room - sum(heights))
    return heights


class FittedLayout(VerticalLayout):
    """A vertical layout that cuts its children if together they are too high."""

    def __init__(self, first: Sequence[int]) -> None:
        """Make a layout. `first` are the indexes of the children that get free rows first."""
        self.first = first

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> list[WidgetPlacement]:
        """Return the placement of each child, with the heights of `share_room`."""
        placed = super().arrange(parent, children, size, greedy)
        fitted = list[WidgetPlacement]()
        y = 0
        for widget_placement, height in zip(
            placed,
            share_room([p.region.height for p in placed], size.height, self.first),
            strict=True,
        ):
            region = widget_placement.region
            fitted.append(
                widget_placement._replace(
                    region=type(region)(region.x, y, region.width, height)
                )
            )
            y += height
        return fitted


class Fitted(Vertical):
    """The container.

    `first` are the numbers of the panes, the most urgent first.
    """

    def __init__(
        self, *children: Widget, first: Sequence[int], id: str | None = None
    ) -> None:
        """Make a container. `first` are the indexes of the children that get free rows first."""
        super().__init__(*children, id=id)
        self._layout = FittedLayout(first)

    @property
    def layout(self) -> Layout:
        """Return the layout. Textual's styles accept only layouts that have a name."""
        return self._layout
