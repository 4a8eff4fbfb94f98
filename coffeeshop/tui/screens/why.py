"""Why: the reason of one decision, its steps left, the statement that decided or came nearest right."""

from __future__ import annotations

from typing import ClassVar

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
        found = [(outcome, why(decision)) for outcome in self._outcomes() for decision in outcome.decisions]
        steps.show((str(n), shown) for n, shown in enumerate(self._rows()))
        cited = next((reason for _, reason in reversed(found) if reason.cited is not None), None)
        title = (
            line("Policy ", (one_line(cited.cited.policy.name.rpartition("/")[2]), "bold"))
            if cited and cited.cited
            else "Policy"
        )
        shown = _policy(cited) if cited else [line(("No statement speaks of this request.", STYLES["muted"]))]
        asked = [
            shown
            for outcome in self._outcomes()[-1:]
            for decision in outcome.decisions[-1:]
            for shown in request(decision)
        ]
        self.query_one("#request", ProsePane).show("What AWS knew of the request", asked, self.shop.settings.ascii)
        pane = self.query_one("#cited", ProsePane)
        pane.show(title, shown)
        if cited and cited.cited:
            self.call_after_refresh(pane.scroll_to, y=max(0, cited.cited.statement.place.line - 2), animate=False)
        steps.focus()

    def _outcomes(self) -> tuple[Outcome, ...]:
        return self.about.outcomes if isinstance(self.about, Ticket) else (self.about,)

    def _rows(self) -> list[Content]:
        ascii, rows = self.shop.settings.ascii, list[Content]()
        if isinstance(self.about, Ticket) and self.about.missing:
            rows.append(line(("Nobody could ask: ", "bold"), one_line(self.about.missing)))
        for outcome in self._outcomes():
            rows.append(
                line(
                    (one_line(caller_name(outcome)), "bold"),
                    " asked ",
                    (one_line(self.shop.spell(outcome.act.call)), STYLES["code"]),
                )
            )
            for decision in outcome.decisions:
                rows += [row(shown, ascii) for shown in why(decision).rows]
            if not outcome.allowed:
                rows.append(line(("AWS answers: ", STYLES["muted"]), one_line(answer(outcome).strip())))
        return rows


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
