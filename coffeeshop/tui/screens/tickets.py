"""Open the shop: every job and refusal run on a copy of the account, one ticket each."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from coffeeshop.lessons.model import Play
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import line, row
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.tickets import tally, tickets, why


class TicketsScreen(PlayScreen):
    """A list of tickets, and what happened at the one under the cursor."""

    KEYS: ClassVar[Keys] = (("↑↓", "Ticket"), "why", "grade", "hint", "console", "help", ("esc", "Back"))
    HELP = (
        "The shop opens on a copy of the account: nothing here changes anything. Each line is a job that must work or a "
        "refusal that must hold."
    )

    def body(self) -> ComposeResult:
        """List and detail."""
        with Container(id="tickets"):
            yield RowList(id="served", classes="pane")
            yield ProsePane(id="happened")

    def fill(self, play: Play) -> None:
        """Run them."""
        found, ascii = self.game.sitting.tickets, self.game.settings.ascii
        served = self.query_one("#served", RowList)
        served.entitle(line("Every request, tried now: ", tally(found)))
        served.show((ticket.want.id, row(shown, ascii)) for ticket, shown in zip(found, tickets(found), strict=True))
        served.focus()
        self._detail()

    def decided(self) -> Ticket | None:
        """The ticket under the cursor."""
        chosen = self.query_one("#served", RowList).chosen
        return self.game.ticket(chosen)

    @on(RowList.Moved)
    def _detail(self) -> None:
        rows = why(ticket) if (ticket := self.decided()) is not None else ()
        self.query_one("#happened", ProsePane).show("What happened", rows, self.game.settings.ascii)

    @on(RowList.Chosen)
    async def _why(self) -> None:
        await self.act("why")
