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
from coffeeshop.views.picture.shelf import Board, Cup, CupShelf, cup_shelf
from coffeeshop.views.picture.shelf_columns import ColumnShelf, column_shelf


class Shelf(Drawing, can_focus=True):
    """The shelf of cups, one for each scenario, with a cursor on one of them.

    `show` sets the boards. The cursor stays on its cup.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(-1, 0)", "Cup to the left", show=False),
        Binding("right", "walk(1, 0)", "Cup to the right", show=False),
        Binding("up", "walk(0, -1)", "Cup above", show=False),
        Binding("down", "walk(0, 1)", "Cup below", show=False),
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
        self.boards = boards
        self.set_reactive(Shelf.cursor, _next_cup_id(boards))

    @property
    def cup(self) -> Cup | None:
        """Return the cup under the cursor, or None if there is none."""
        return next(
            (cup for board in self.boards for cup in board.cups if cup.id == self.cursor),
            None,
        )

    def show(self, boards: tuple[Board, ...]) -> None:
        """Show these boards. If the cursor's cup is not on them, move the cursor to the advised cup."""
        self.boards = boards
        if self.cup is None:
            self.begin()
        self.refresh()

    def begin(self) -> None:
        """Put the cursor on the advised cup."""
        self.cursor = _next_cup_id(self.boards)

    @property
    def sign(self) -> str:
        """Return the sign before the cup under the cursor. It is "" unless the cup is the one to play next."""
        if self.cup:
            return self.layout_for(self.size.height).sign(self.cup, self.ascii)
        return ""

    # ---------------------------------------------------------------- drawing
    def facts(self) -> object:
        """Return the layout of the boards, and the cup under the cursor."""
        return self.layout_for(self.size.height), self.cursor, self.ascii

    def draw(self, paints: Paints) -> Canvas:
        """Return the painted shelf, or its words."""
        layout = self.layout_for(self.size.height)
        return layout.draw(paints, self.cursor, self.ascii)

    def layout_for(self, height: int) -> CupShelf | ColumnShelf:
        """Return the layout of the boards in so many rows: painted if there is room for it, else words in columns."""
        room = self.size.width, height
        asks_for_words = self.variant == "words" or self.shell.no_color
        painted = None if asks_for_words else cup_shelf(self.boards, *room)
        return painted or column_shelf(self.boards, *room, self.cursor)

    # ------------------------------------------------------------------- keys
    def action_walk(self, right: int, down: int) -> None:
        """Move the cursor to the cup beside it, or to the one above or below."""
        layout = self.layout_for(self.size.height)
        self.cursor = layout.neighbour(self.cursor, right, down)

    def watch_cursor(self, old_id: str, new_id: str) -> None:
        """Post that the cursor moved to another cup."""
        if old_id != new_id:
            self.post_message(self.CupHighlighted(new_id))

    def action_choose(self) -> None:
        """Post that the learner chose the cup under the cursor."""
        if self.cursor:
            self.post_message(self.CupChosen(self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked cup, or choose the cup if the cursor is there already."""
        clicked = self.layout_for(self.size.height).cup_at(event.x, event.y)
        if not clicked:
            return
        if clicked == self.cursor:
            self.action_choose()
        self.cursor = clicked


def _next_cup_id(boards: tuple[Board, ...]) -> str:
    """Return the id of the scenario to play next, else of the first one. Return "" if there are no scenarios."""
    cups = [cup for board in boards for cup in board.cups]
    return next((cup.id for cup in cups if cup.advised), cups[0].id if cups else "")
