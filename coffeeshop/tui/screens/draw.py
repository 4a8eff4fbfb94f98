"""The drawn grant: boxes from a person through groups, roles and policies to a thing, and what holds it back."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from coffeeshop.account.model import Outcome
from coffeeshop.lessons.model import Play
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.background import in_background
from coffeeshop.tui.screens.base import LIST_KEYS, Keys, PlayScreen
from coffeeshop.tui.text import in_roles, line, show_on_one_line
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.views.grant.drawing import draw_lines
from coffeeshop.views.grant.focus import Focus
from coffeeshop.views.grant.here import focus_of_result, related_focuses
from coffeeshop.views.grant.model import Drawing
from coffeeshop.views.grant.pictures import draw_grant
from coffeeshop.views.rows import Row

WORKING_ROW = Row("Drawing who gets what …", role="muted")
RIGHT_MARGIN = 2  # cells of the pane's padding, which Prose leaves free at its right end


class DrawScreen(PlayScreen):
    """Draws who gets access, through which policies, and which policies deny it. It is
    drawn again after every act."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("↑↓", "Scroll"),
        ("2", "People"),
        ("3", "Policies"),
        ("4", "Access"),
        "console",
        "help",
        ("esc", "Back"),
    )
    HELP = (
        "A line goes from a person through a group or a role and a policy to a thing, with AWS's access levels on it. What a "
        "boundary, a deny or an organization's policy takes away is marked as held back, below its line. Things that "
        "your last act created are marked new. ← and → go from a request to everything of its person, and to everyone at its thing."
    )

    def __init__(self, about: Ticket | Outcome | Focus) -> None:
        """Make the screen. `about` is the result or the thing under the cursor of the screen before."""
        super().__init__()
        self._about = about
        self._focus_index = 0
        self._focuses: tuple[Focus, ...] = ()
        self._drawing: Drawing | None = None
        self._is_drawing = False

    def body(self) -> ComposeResult:
        """Yield the pane of the drawing."""
        yield ProsePane(id="drawn", focus=True)

    def begin(self) -> None:
        """Put the focus on the drawing."""
        self.query_one("#drawn").focus()

    @property
    def keys_here(self) -> Keys:
        """Return the keys. The arrows turn to another drawing only if there is one."""
        arrow_keys = (("←→", self._next_drawing_label()),) if len(self._focuses) > 1 else ()
        can_scroll = self.query_one("#drawn", ProsePane).max_scroll_y > 0
        return (*arrow_keys, *(self.KEYS if can_scroll else self.KEYS[1:]))

    def _next_drawing_label(self) -> str:
        """Return the label of the arrows: what the right one draws next."""
        next_focus = self._focuses[(self._focus_index + 1) % len(self._focuses)]
        if next_focus.decision:
            return "Request"
        if next_focus.subject and next_focus.thing:
            return "Both"
        return "Person" if next_focus.subject else "Thing"

    def fill(self, play: Play) -> None:
        """Draw for the current play. Of a job or refusal, draw its newest result."""
        if isinstance(self._about, Ticket):
            self._about = self.game.ticket(self._about.want.id) or self._about
        focus = self._about
        if not isinstance(focus, Focus):
            focus = focus_of_result(focus) or Focus()
        self._focuses = related_focuses(play, focus)
        self._draw(play)

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key must wait for the drawing, because it scrolls it."""
        return (self._is_drawing and key in LIST_KEYS) or super().key_must_wait(key)

    def _draw(self, play: Play) -> None:
        """Begin to draw, in a thread: a wide permission takes a moment."""
        self._is_drawing = True
        self._focus_index %= len(self._focuses)
        if self._drawing is None:
            self.query_one("#drawn", ProsePane).show("", (WORKING_ROW,))
        self._draw_later(play, self._focuses[self._focus_index])

    @work(group="draw", exclusive=True, exit_on_error=False)
    async def _draw_later(self, play: Play, focus: Focus) -> None:
        """Draw in a thread, and then show the drawing. A later call of this worker cancels it."""
        sitting = self.game.sitting
        facts = sitting.tickets, sitting.unnamed_statements
        try:
            drawing = await in_background(partial(draw_grant, play, focus, *facts))
        finally:
            if self._focuses[self._focus_index] is focus:
                self._is_drawing = False
        if self.is_attached:
            self._drawing = drawing
            self._show_drawing()

    def _show_drawing(self) -> None:
        """Show the drawing in the cells that the pane has."""
        pane = self.query_one("#drawn", ProsePane)
        if self._drawing is None or not pane.size.width:
            return
        spans = draw_lines(
            self._drawing,
            max(pane.scrollable_content_region.width - RIGHT_MARGIN, 20),
            pane.scrollable_content_region.height,
            self.game.settings.ascii,
        )
        title = line((show_on_one_line(self._drawing.title), "bold"))
        pane.show(title, map(in_roles, spans))
        self.show_keys()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.call_after_refresh(self._show_drawing)

    def action_turn(self, step: int) -> None:
        """Draw the person, the thing or the request instead."""
        self._focus_index += step
        self._draw(self.game.sitting.play)
