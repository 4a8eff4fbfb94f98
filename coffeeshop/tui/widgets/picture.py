"""A widget that shows the shop as a picture of bays. It moves only for a moment after an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from coffeeshop.shop.model import Station
from coffeeshop.tui.widgets.drawing import Drawing, Variant
from coffeeshop.views.picture.model import EMPTY_FLOOR, Floor
from coffeeshop.views.picture.picture import Canvas, Motion, paint_floor, words
from coffeeshop.views.picture.pixels import FADE_STEPS, Paints

MIN_SIZE = (
    80,
    12,
)  # columns and rows that the painted picture needs. Smaller ones are words


class Picture(Drawing, can_focus=True):
    """The picture of the shop, with a cursor on one of its bays (workstations).

    `show` sets the shop's next state. The learner's settings are `variant`, `ascii` and `still`,
    which stops the animations.
    """

    DEFAULT_CSS = "Picture { height: 12; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(-1, 0)", "Bay to the left", show=False),
        Binding("right", "walk(1, 0)", "Bay to the right", show=False),
        Binding("up", "walk(0, -1)", "Upstairs", show=False),
        Binding("down", "walk(0, 1)", "Downstairs", show=False),
        Binding("enter", "choose", "Look", show=False),
    ]

    @dataclass
    class BayHighlighted(Message):
        """The cursor moved to this bay."""

        place: Station

    @dataclass
    class BayChosen(Message):
        """Enter was pressed on this bay, or it was clicked under the cursor."""

        place: Station

    cursor: reactive[int] = reactive(4)
    variant: reactive[Variant] = reactive[Variant]("painted")
    ascii: reactive[bool] = reactive(False)

    def __init__(self, floor: Floor = EMPTY_FLOOR, *, id: str | None = None) -> None:
        """Make the picture of a shop. `still`: changes aren't animated."""
        super().__init__(id=id)
        self.floor = floor
        self.still = False
        self._motion: Motion | None = None

    @property
    def place(self) -> Station:
        """Return the station of the bay under the cursor."""
        return self.floor.bays[self.cursor].place

    @property
    def bays_in_row(self) -> int:
        """Return the number of bays in a row."""
        return 4 if self._is_painted else 2

    @property
    def in_words(self) -> bool:
        """Return whether the picture is words at any height.

        It is if the learner chose words, or if the window lacks columns or colour.
        """
        return (
            self.variant != "painted"
            or self.shell.size.width < MIN_SIZE[0]
            or self.shell.no_color
        )

    @property
    def _is_painted(self) -> bool:
        """Return whether the bays are painted now, because there is room and colour."""
        enough = self.size.width >= MIN_SIZE[0] and self.size.height >= MIN_SIZE[1]
        return self.variant == "painted" and enough and not self.shell.no_color

    def show(self, floor: Floor) -> None:
        """Show the shop's next state. The change is animated for a second, unless it is the first state or `still` is set."""
        old_floor = self.floor
        self.floor = floor
        if old_floor == floor:
            return
        self._rest()
        if old_floor is not EMPTY_FLOOR and not self.still and self._is_painted:
            self._motion = Motion(old_floor, 0)
            self.start_frames(8)
        self.refresh()

    def tick(self) -> None:
        """Go to the next frame. After the last one, stop the animation and its timer."""
        if self._motion is None or self._motion.step >= FADE_STEPS:
            self._rest()
        else:
            self._motion = self._motion._replace(step=self._motion.step + 1)
        self.refresh()

    def _rest(self) -> None:
        """Stop the animation, and show the current floor."""
        self.stop_frames()
        self._motion = None

    # ---------------------------------------------------------------- drawing
    def facts(self) -> object:
        """Return the floor, its look, and the bay under the cursor."""
        return self.floor, self._is_painted, self._marked_bay, self.ascii, self._motion

    def draw(self, paints: Paints) -> Canvas:
        """Return the painted shop, or its words."""
        if self._is_painted:
            return paint_floor(
                self.floor, *self.size, paints, self._marked_bay, self._motion, self.ascii
            )
        return words(self.floor, *self.size, paints, self._marked_bay, self.ascii)

    @property
    def _marked_bay(self) -> int | None:
        """Return the number of the bay under the cursor, or None without the focus."""
        return self.cursor if self.has_focus else None

    # ------------------------------------------------------------------- keys
    def action_walk(self, right: int, down: int) -> None:
        """Move the cursor by one bay. It stays at the edge."""
        row, column = divmod(self.cursor, self.bays_in_row)
        column = min(max(column + right, 0), self.bays_in_row - 1)
        row = min(max(row + down, 0), 8 // self.bays_in_row - 1)
        self.cursor = row * self.bays_in_row + column

    def watch_cursor(self, old_cursor: int, new_cursor: int) -> None:
        """Post that the cursor moved to another bay.

        Textual calls this when `cursor` changes.
        """
        if old_cursor != new_cursor:
            self.post_message(self.BayHighlighted(self.place))

    def action_choose(self) -> None:
        """Post that the learner chose the bay under the cursor."""
        self.post_message(self.BayChosen(self.place))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked bay, or choose the bay if the cursor is there already."""
        bay_height = max(self.size.height // (8 // self.bays_in_row), 1)
        column = min(
            event.x * self.bays_in_row // max(self.size.width, 1), self.bays_in_row - 1
        )
        clicked_bay = (
            min(event.y // bay_height, 8 // self.bays_in_row - 1) * self.bays_in_row
            + column
        )
        if clicked_bay == self.cursor:
            self.action_choose()
        self.cursor = clicked_bay
