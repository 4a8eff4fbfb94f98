"""The shop floor: the picture of the account, the jobs, the refusals, and today's requests."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from coffeeshop.account.model import Outcome
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket, station
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, show_on_one_line, sign
from coffeeshop.tui.widgets.picture import Picture
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList, note
from coffeeshop.views.cells import fit, shorten_text, width
from coffeeshop.views.picture.model import came_to
from coffeeshop.views.picture.picture import look_at_bay
from coffeeshop.views.picture.scene import floor
from coffeeshop.views.requests import Seen, earlier, today
from coffeeshop.views.rows import ROLES
from coffeeshop.views.things.items import WORST
from coffeeshop.views.tickets import explain_ticket, outcome_rows

# The widest cells for the caller, the action and the resource, so that the result is always visible.
MOST = (20, 34, 20)


class ShopScreen(PlayScreen):
    """Mode 1, the shop floor."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("n", "app.onward", show=False)]
    # People and Policies share one word, since the Next box and the brief name them.
    KEYS: ClassVar[Keys] = (
        "why", "brief", "tickets", "grade", "hint", ("2 3", "Change"), "console", "help", "access", "badge", "lesson",
    )  # fmt: skip
    HELP = (
        "The shop is a picture of the account: who stands where, what works, what leaks. Jobs must work, refusals must "
        "hold; the list below the picture says how it stands now, worst first. tab moves between the lists, y says why."
    )

    _newest = line("")

    _focus_before: Widget | None = (
        None  # the focused widget, or the one before the details got the focus
    )

    def body(self) -> ComposeResult:
        """Yield the picture, three lists and the details."""
        yield Picture(id="picture")
        yield RowList(id="jobs", classes="pane")
        yield RowList(id="refusals", classes="pane", passed=True)
        yield RowList(
            id="today",
            classes="pane",
            empty="Nobody has asked for anything yet. Your first act stands here.",
            passed=True,
        )
        yield ProsePane(id="look")

    def begin(self) -> None:
        """Put the focus on the list with the ticket that the Next box names, else on the jobs."""
        ticket = self.game.ticket(self.game.step.want)
        self.query_one(
            "#refusals" if ticket and ticket.want.mode is Mode.NEVER else "#jobs"
        ).focus()

    def awaits(self, key: str) -> bool:
        """Return whether the key to the next scenario waits for the grade, which may open it."""
        return (key == "n" and self.game.grading) or super().awaits(key)

    def bars(self, play: Play) -> None:
        """Show the bars and the picture. The picture also changes with the grade and the settings."""
        super().bars(play)
        picture = self.query_one(Picture)
        picture.still = self.game.settings.still
        picture.ascii = self.game.settings.ascii
        if self.game.settings["picture"] == "words":
            picture.variant = "words"
        else:
            picture.variant = "painted"
        picture.show(floor(play, self.game.sitting.tickets, self.game.sitting.report))
        self._give_room()

    def on_resize(self) -> None:
        """Adapt to another window size, which may need words instead of a picture."""
        self._give_room()

    def _give_room(self) -> None:
        """Mark whether the picture is words, which need fewer rows."""
        if self.still_there:
            self.query_one("#body").set_class(self.query_one(Picture).in_words, "-words")

    def fill(self, play: Play) -> None:
        """Show the tickets and today's requests."""
        for id, mode, title in (
            ("#jobs", Mode.MUST, "Must work"),
            ("#refusals", Mode.NEVER, "Must be refused"),
        ):
            own_tickets = [
                ticket for ticket in self.game.sitting.tickets if ticket.want.mode is mode
            ]
            good = sum(ticket.mark is Mark.OK for ticket in own_tickets)
            box = self.query_one(id, RowList)
            own_tickets.sort(key=lambda ticket: WORST.index(ticket.mark))
            count = (
                f"{good} of {len(own_tickets)}",
                STYLES["ok" if good == len(own_tickets) else "error"],
            )
            box.entitle(line(f"{title} ", count, *self._mark_legend(own_tickets)))
            box.show(
                ((ticket.want.id, self._ticket_row(ticket)) for ticket in own_tickets),
                from_top=True,
            )
        seen = today(play)
        last = next(iter(seen), None)
        if last:
            self._newest = self._request_line(last, last.who, last.action, last.resource)
        else:
            self._newest = line(("no requests yet", STYLES["muted"]))
        asked_items = [
            tuple(map(shorten_text, (each.who, each.action, each.resource), MOST))
            for each in seen
        ]
        widths = [max(map(width, column)) for column in zip(*asked_items, strict=True)]
        shown_items = (tuple(map(fit, texts, widths)) for texts in asked_items)
        rows = (
            (each.id, self._request_line(each, *texts))
            for each, texts in zip(seen, shown_items, strict=True)
        )
        self.query_one("#today", RowList).show((*rows, *note(earlier(play))), from_top=True)
        self._show_details()

    def _mark_legend(self, tickets: list[Ticket]) -> tuple[Content | tuple[str, str], ...]:
        """Return the meaning of the worst ticket's mark, or nothing if all are OK.

        The tickets are sorted, the worst first.
        """
        mark = tickets[0].mark if tickets else Mark.OK
        if mark is Mark.OK:
            return ()
        word = came_to(tickets[0].want.mode, mark)
        return (
            line(" "),
            sign(mark, self.game.settings.ascii),
            (f" {word}", STYLES[ROLES[mark]]),
        )

    def _ticket_row(self, ticket: Ticket) -> Content:
        """Return the row of a ticket."""
        return line(
            sign(ticket.mark, self.game.settings.ascii),
            " ",
            show_on_one_line(ticket.want.say),
        )

    def _request_line(self, seen: Seen, person: str, action: str, resource: str) -> Content:
        """Return the row of a request, with texts that are cut to the columns."""
        return line(
            (f"{seen.at}  ", STYLES["muted"]),
            (f"{show_on_one_line(person)}  ", "bold"),
            f"{show_on_one_line(action)} {show_on_one_line(resource)} ",
            sign(seen.mark, self.game.settings.ascii),
            (f" {seen.word}", STYLES[ROLES[seen.mark]]),
        )

    def decision_here(self) -> Ticket | Outcome | None:
        """Return the ticket or the request under the cursor.

        For the picture, return the worst ticket of the bay.
        """
        play = self.game.sitting.play
        focused = self._focus_before
        if isinstance(focused, RowList) and focused.id == "today":
            at = int(focused.chosen_id or len(play.outcomes))
            return next(
                iter(play.outcomes[at : at + 1]), None
            )  # None: the row belongs to an earlier state of the play
        if isinstance(focused, Picture):
            own_tickets = [
                ticket
                for ticket in self.game.sitting.tickets
                if station(ticket.want, play.scenario.shop) is focused.place
            ]
            return min(
                own_tickets, key=lambda ticket: WORST.index(ticket.mark), default=None
            )
        chosen = (
            focused.chosen_id
            if isinstance(focused, RowList)
            else self.query_one("#jobs", RowList).chosen_id
        )
        return self.game.ticket(chosen)

    @on(RowList.Moved)
    @on(Picture.BayHighlighted)
    def _follow_cursor(self) -> None:
        """Show the details of the row or bay under the cursor."""
        self._show_details()

    def on_descendant_focus(self) -> None:
        """Show the details of the focused widget.

        In a small window the bay, or today's requests, replace the jobs.
        """
        if self.focused is not self.query_one("#look"):
            self._focus_before = self.focused
        self.query_one("#body").set_class(
            isinstance(self._focus_before, Picture), "-looking"
        )
        self.query_one("#body").set_class(
            self._focus_before is self.query_one("#today"), "-recalling"
        )
        self._show_details()

    def _entitle_today(self) -> None:
        """Show the title of today's requests.

        In a small window the list is folded, so its title shows the newest request.
        """
        folded = self.has_class("-short") and self._focus_before is not self.query_one(
            "#today"
        )
        self.query_one("#today", RowList).entitle(
            line("Today ", self._newest) if folded else line("Today")
        )

    @on(Picture.BayChosen)
    @on(RowList.Chosen)
    async def _explain_chosen(self) -> None:
        """Open the explanation of the row that was chosen."""
        await self.act("why")

    def _show_details(self) -> None:
        """Show the details of the decision or the bay under the cursor."""
        self._entitle_today()
        if self.game.player.sitting:
            decision = self.decision_here()
        else:
            decision = None
        if isinstance(decision, Ticket):
            rows = explain_ticket(decision)
        elif decision is None:
            rows = ()
        else:
            rows = tuple(outcome_rows(decision))
        if isinstance(self._focus_before, Picture):
            rows = (
                look_at_bay(self._focus_before.floor.bay(self._focus_before.place)),
                *rows,
            )
        self.query_one("#look", ProsePane).show("Look", rows, self.game.settings.ascii)
