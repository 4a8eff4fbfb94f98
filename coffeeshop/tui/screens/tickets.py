"""Open the shop: every job and refusal runs on a copy of the account, and is played one after the other."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from coffeeshop.lessons.model import Play
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import line, row
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.opening import Opening
from coffeeshop.tui.widgets.picture import MIN_SIZE
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList, note
from coffeeshop.views.made_up import with_made_up_names
from coffeeshop.views.picture.beats import Beat, beat_row, beats
from coffeeshop.views.tickets import explain_ticket, tally_text, tickets, unlisted_text


class TicketsScreen(PlayScreen):
    """Tries every job and refusal on a copy, shows the runs as an animation, and then lists their results (tickets)."""

    LISTS_TICKETS: ClassVar[bool] = True
    KEYS: ClassVar[Keys] = (
        ("↑↓", "Job"),
        "why",
        ("r", "Once more"),
        "grade",
        "hint",
        "console",
        "help",
        ("esc", "Back"),
    )
    PLAYING: ClassVar[Keys] = (("any key", "Next one"), ("esc", "To the list"))
    HELP = (
        "The shop is opened on a copy of the account, so nothing here changes the account, and no day passes. 5 "
        "runs the shop for a day. Each line is a job that must work or a refusal that must hold. The results come "
        "one at a time. Any key shows the next one, and esc shows the list."
    )

    def body(self) -> ComposeResult:
        """Yield the stage, the list and the details."""
        yield Opening(id="opening")
        with Ground(id="tickets"):
            yield RowList(id="served", classes="pane")
            yield ProsePane(id="happened")

    def begin(self) -> None:
        """Play the animation.

        Show the list at once if animations, pictures or colours are off, or the window is too
        small.
        """
        settings = self.game.settings
        size = self.game.size
        is_still = settings.still or settings["picture"] == "words" or self.game.no_color
        scenes = self._scenes
        if is_still or size.width < MIN_SIZE[0] or not scenes:
            self._show_list()
            return
        self.add_class("-playing")
        self.show_keys()
        opening = self.query_one(Opening)
        opening.ascii = settings.ascii
        opening.play(scenes)
        opening.focus()

    @property
    def keys_here(self) -> Keys:
        """Return the keys of the list, or of the animation while it plays."""
        return self.PLAYING if self.has_class("-playing") else self.KEYS

    @property
    def _scenes(self) -> tuple[Beat, ...]:
        """Return the scenes of the animation."""
        return beats(self.game.sitting.play, self.game.sitting.listed_tickets)

    @on(Opening.Over)
    def _show_list(self) -> None:
        """Show the list after the animation."""
        self.remove_class("-playing")
        self.show_keys()
        self.query_one("#served").focus()

    def fill(self, play: Play) -> None:
        """List the tickets: each job and refusal of the shop, with what AWS answers now."""
        listed_tickets = self.game.sitting.listed_tickets
        ascii = self.game.settings.ascii
        ticket_list = self.query_one("#served", RowList)
        all_tickets = self.game.sitting.tickets
        ticket_list.entitle(line("Every request, tried now: ", tally_text(all_tickets)))
        rows = (
            (ticket.want.id, row(shown_row, ascii))
            for ticket, shown_row in zip(
                listed_tickets, tickets(listed_tickets), strict=True
            )
        )
        ticket_list.show((*rows, *note(unlisted_text(all_tickets, listed_tickets))))
        self._show_details()

    def decision_here(self) -> Ticket | None:
        """Return the ticket under the cursor."""
        chosen = self.query_one("#served", RowList).chosen_id
        return self.game.ticket(chosen)

    @on(RowList.Moved)
    def _show_details(self) -> None:
        """Show what happened in the ticket under the cursor."""
        ticket = self.decision_here()
        story = (
            beat_row(beat)
            for beat in self._scenes
            if ticket and beat.ticket.want == ticket.want
        )
        if ticket is not None:
            sitting = self.game.sitting
            reasons = explain_ticket(ticket, sitting.unnamed_statements)
            rows = (
                *story,
                *with_made_up_names(sitting.play, reasons, ticket.all_decisions),
            )
        else:
            rows = ()
        self.query_one("#happened", ProsePane).show(
            "What happened", rows, self.game.settings.ascii
        )

    @on(RowList.Chosen)
    async def _explain_here(self) -> None:
        """Open the explanation of the result under the cursor."""
        await self.run_app_action("why")
