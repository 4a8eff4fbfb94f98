"""Panes one above the other, each as high as what it says, as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Vertical
from textual.geometry import Size
from textual.layout import Layout, WidgetPlacement
from textual.layouts.vertical import VerticalLayout
from textual.widget import Widget

LEAST = 4  # rows that each pane has of its own, where it has so much to say


def share_room(wants: Sequence[int], room: int, first: Sequence[int]) -> list[int]:
    """Returns the room of each pane: at least a little, then what it wants in the order of `first`; the lowest has what
    is left.
    """
    given_numbers = [min(want, LEAST) for want in wants]
    for at in first:
        given_numbers[at] += max(
            0, min(wants[at] - given_numbers[at], room - sum(given_numbers))
        )
    given_numbers[-1] += max(0, room - sum(given_numbers))
    return given_numbers


class FittedLayout(VerticalLayout):
    """Children of `height: auto`, cut where together they are too high."""

    def __init__(self, first: Sequence[int]) -> None:
        self.first = first

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> list[WidgetPlacement]:
        """Returns the heights that they want, and those that they get."""
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
    """The panes; `first` are their numbers, the most urgent first."""

    def __init__(
        self, *children: Widget, first: Sequence[int], id: str | None = None
    ) -> None:
        super().__init__(*children, id=id)
        self._layout = FittedLayout(first)

    @property
    def layout(self) -> Layout:
        """Returns the layout: styles take those only that have a name."""
        return self._layout
