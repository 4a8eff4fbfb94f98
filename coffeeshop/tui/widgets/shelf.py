"""A widget that shows the home screen's shelf of cups, with a cursor on one cup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from coffeeshop.tui.widgets.drawing import Drawing, Variant
from coffeeshop.views.picture.picture import Canvas
from coffeeshop.views.picture.pixels import Paints
from coffeeshop.views.picture.shelf import (
    Board,
    Cup,
    Plan,
    arranged_boards,
    at,
    draw_shelf,
    shelf_layout,
    sign,
)


class Shelf(Drawing, can_focus=True):
    """The shelf of cups, one for each scenario, with a cursor on one of them.

    `show` sets the boards. The cursor stays on its cup.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(-1)", "Cup to the left", show=False),
        Binding("right", "walk(1)", "Cup to the right", show=False),
        Binding("up", "climb(-1)", "Board above", show=False),
        Binding("down", "climb(1)", "Board below", show=False),
        Binding("enter", "choose", "Take it", show=False),
    ]

    @dataclass
    class CupHighlighted(Message):
        """The cursor moved to this scenario."""

        id: str

    @dataclass
    class CupChosen(Message):
        """Enter was pressed on this scenario, or it was clicked under the cursor."""

        id: str

    cursor: reactive[str] = reactive("")
    variant: reactive[Variant] = reactive[Variant]("painted")
    ascii: reactive[bool] = reactive(False)

    def __init__(self, boards: tuple[Board, ...] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._whole = boards
        self.set_reactive(Shelf.cursor, _next_cup_id(boards))

    @property
    def boards(self) -> tuple[Board, ...]:
        """Return the boards as they fit the widget: painted, or in lines of text."""
        return self._arranged[0]

    @property
    def _arranged(self) -> tuple[tuple[Board, ...], bool]:
        """Return the boards, and whether they are lines of text."""
        words = self.variant == "words" or self.shell.no_color
        return arranged_boards(self._whole, *self.size, words)

    @property
    def cup(self) -> Cup | None:
        """Return the cup under the cursor, or None if there is none."""
        return next(
            (cup for board in self.boards for cup in board.cups if cup.id == self.cursor),
            None,
        )

    def show(self, boards: tuple[Board, ...]) -> None:
        """Show these boards. If the cursor's cup is not on them, move the cursor to the advised cup."""
        self._whole = boards
        if self.cup is None:
            self.begin()
        self.refresh()

    def begin(self) -> None:
        """Put the cursor on the advised cup."""
        self.cursor = _next_cup_id(self.boards)

    @property
    def sign(self) -> str:
        """Return the sign before the cup under the cursor if it is the advised one, else ""."""
        if self.cup:
            return sign(self.cup, self._plan, self.ascii)
        return ""

    # ---------------------------------------------------------------- drawing
    def facts(self) -> object:
        """Return the boards, their look, and the cup under the cursor."""
        return self.boards, self._plan, self.cursor, self.ascii

    def draw(self, paints: Paints) -> Canvas:
        """Return the painted shelf, or its words."""
        return draw_shelf(
            self.boards, *self.size, self._plan, paints, self.cursor, self.ascii
        )

    @property
    def _plan(self) -> Plan:
        """Return the layout of the shelf at its present size."""
        boards, are_lines = self._arranged
        return shelf_layout(boards, *self.size, self.cursor, are_lines)

    # ------------------------------------------------------------------- keys
    def _at(self) -> tuple[int, int]:
        """Return where the cup (scenario) under the cursor is: the index of its board (chapter), and that on the board."""
        places = (
            (y, x)
            for y, board in enumerate(self.boards)
            for x, cup in enumerate(board.cups)
            if cup.id == self.cursor
        )
        return next(places, (0, 0))

    def action_walk(self, step: int) -> None:
        """Move the cursor by one cup. After the last cup of a board comes the first of the next."""
        cups = [cup.id for board in self.boards for cup in board.cups]
        if cups:
            self.cursor = cups[min(max(cups.index(self.cursor) + step, 0), len(cups) - 1)]

    def action_climb(self, step: int) -> None:
        """Move the cursor to the nearest cup on the board above or below."""
        y, x = self._at()
        if 0 <= y + step < len(self.boards):
            cups = self.boards[y + step].cups
            self.cursor = cups[min(x, len(cups) - 1)].id

    def watch_cursor(self, old_text: str, current_text: str) -> None:
        """Post that the cursor moved to another cup."""
        if old_text != current_text:
            self.post_message(self.CupHighlighted(current_text))

    def action_choose(self) -> None:
        """Post that the learner chose the cup under the cursor."""
        if self.cursor:
            self.post_message(self.CupChosen(self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked cup, or choose the cup if the cursor is there already."""
        y = self._plan.first + event.y // self._plan.rows
        if y >= len(self.boards):
            return
        if clicked := at(self.boards[y], self._plan, self.size.width, event.x):
            if clicked == self.cursor:
                self.action_choose()
            self.cursor = clicked


def _next_cup_id(boards: tuple[Board, ...]) -> str:
    """Return the id of the scenario to play next, else of the first one. "": there are no scenarios."""
    cups = [cup for board in boards for cup in board.cups]
    return next((cup.id for cup in cups if cup.advised), cups[0].id if cups else "")
