"""Why: the reason of one decision, its steps left, the statement that decided or came nearest right."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content

from coffeeshop.account.command import answer
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.model import Play
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, one_line, row
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.tickets import later
from coffeeshop.views.trail import caller_name
from coffeeshop.views.why import Why, request, why


class WhyScreen(PlayScreen):
    """Opened on a ticket (a job or refusal, run on a copy) or on something that was really asked."""

    KEYS: ClassVar[Keys] = (("↑↓", "Step"), ("3", "Policies"), ("2", "People"), "console", "help", ("esc", "Back"))
    HELP = (
        "AWS decides in steps: an explicit deny anywhere wins; then something must allow; what nothing allows is refused "
        "(an implicit deny). The statement on the right decided, or came nearest; the line below shows where it differs."
    )

    def __init__(self, about: Ticket | Outcome) -> None:
        super().__init__()
        self.about = about
        self._reasons: list[Why] = []

    def body(self) -> ComposeResult:
        """Steps and statement."""
        with Container(id="why"):
            with Vertical(id="left"):
                yield RowList(id="steps", classes="pane")
                yield ProsePane(id="request", focus=True)
            yield ProsePane(id="cited", focus=True)

    def fill(self, play: Play) -> None:
        """The steps of every decision on the way; the last one's statement."""
        steps = self.query_one("#steps", RowList)
        steps.border_title = line(
            "Why ",
            (
                one_line(
                    self.about.want.say if isinstance(self.about, Ticket) else self.shop.spell(self.about.act.call)
                ),
                "bold",
            ),
        )
        self._reasons = [why(decision) for outcome in self._outcomes() for decision in outcome.decisions]
        rows = self._rows()
        steps.show((f"{n}-{nth}", shown) for n, (nth, shown) in enumerate(rows))
        asked = [
            shown
            for outcome in self._outcomes()[-1:]
            for decision in outcome.decisions[-1:]
            for shown in request(decision)
        ]
        self.query_one("#request", ProsePane).show("What AWS knew of the request", asked, self.shop.settings.ascii)
        last = next((n for n, (nth, _) in enumerate(rows) if nth == len(self._reasons) - 1), 0)
        steps.choose(f"{last}-{len(self._reasons) - 1}")
        self._cite()
        steps.focus()

    @on(RowList.Moved)
    def _cite(self) -> None:
        """The statement that decided, or came nearest, at the step under the cursor."""
        _, _, nth = self.query_one("#steps", RowList).chosen.partition("-")
        reason = self._reasons[int(nth)] if nth and self._reasons else None
        pane, cited = self.query_one("#cited", ProsePane), reason.cited if reason else None
        if reason is None or cited is None:
            pane.show("Policy", [line(("No statement speaks of this request.", STYLES["muted"]))])
            return
        pane.show(line("Policy ", (one_line(cited.policy.name.rpartition("/")[2]), "bold")), _policy(reason))
        self.call_after_refresh(pane.scroll_to, y=max(0, cited.statement.place.line - 2), animate=False)

    def _outcomes(self) -> tuple[Outcome, ...]:
        return self.about.outcomes if isinstance(self.about, Ticket) else (self.about,)

    def _rows(self) -> list[tuple[int, Content]]:
        """Each step, with the number of the decision that it belongs to."""
        ascii, rows, nth = self.shop.settings.ascii, list[tuple[int, Content]](), 0
        ticket = self.about if isinstance(self.about, Ticket) else None
        if ticket and ticket.missing:
            rows.append((0, line(("Nobody could ask: ", "bold"), one_line(ticket.missing))))
        for outcome in self._outcomes():
            asked = (one_line(self.shop.spell(outcome.act.call)), STYLES["code"])
            rows.append((nth, line((one_line(caller_name(outcome)), "bold"), " asked ", asked)))
            for decision in outcome.decisions:
                rows += [(nth, row(shown, ascii)) for shown in why(decision).rows]
                nth += 1
            if not outcome.allowed:
                rows.append(
                    (max(nth - 1, 0), line(("AWS answers: ", STYLES["muted"]), one_line(answer(outcome).strip())))
                )
        return rows + [(max(nth - 1, 0), row(shown, ascii)) for shown in (later(ticket) if ticket else ())]


def _policy(reason: Why) -> list[Content]:
    """The policy's text, the deciding statement's lines marked."""
    if reason.cited is None:
        return []
    text, place = reason.cited.policy.text, reason.cited.statement.place
    last = place.line + text[place.start : place.end].count("\n")
    return [_numbered(n, shown, place.line <= n <= last) for n, shown in enumerate(text.split("\n"), 1)]


def _numbered(n: int, text: str, lit: bool) -> Content:
    return line(
        ("▸" if lit else " ", STYLES["key"]),
        (f"{n:>3} ", STYLES["muted"]),
        (one_line(text), "" if lit else STYLES["muted"]),
    )
