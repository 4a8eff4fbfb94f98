"""The floor of an imported account: which principals can become which others, by which calls, and
the latest requests.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from coffeeshop.account.model import Outcome
from coffeeshop.lessons.model import Play
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, row, show_on_one_line, sign
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.row_list import RowList, note
from coffeeshop.views.ascents import account_blocks, is_small
from coffeeshop.views.requests import Seen, earlier, latest_requests, latest_title
from coffeeshop.views.rows import MARK_ROLES


class AccountScreen(PlayScreen):
    """Mode 1 of an imported account, which has no shop."""

    KEYS: ClassVar[Keys] = (
        ("↑↓", "Line"), "why", ("2", "People"), ("3", "Policies"), ("4", "Who reaches what"), "console", "help",
    )  # fmt: skip
    HELP = (
        "An imported account has no shop. This screen lists its users and roles, and the principals that each "
        "could become. The calls were tried on a copy. If a step wasn't tried, the line says so. Below are "
        "the latest requests."
    )

    def body(self) -> ComposeResult:
        """Yield the two lists."""
        with Ground(id="account"):
            yield RowList(id="ascents", classes="pane")
            yield RowList(
                id="today",
                classes="pane",
                empty="There are no requests yet. Your commands appear here.",
            )

    def begin(self) -> None:
        """Put the focus on the list of principals."""
        self.query_one("#ascents").focus()
        self.query_one("#ascents", RowList).entitle("Ways to more access")

    def show_bars(self, play: Play) -> None:
        """Show the bars, and for each principal the others that it can become.

        These are computed in a thread.
        """
        super().show_bars(play)
        if is_small(play):
            self.game.compute_assumable()
        ascii = self.game.settings.ascii
        blocks = account_blocks(play, self.game.sitting.assessment.surveyed)
        rows = (
            (str(n) if not m else "", row(each_row, ascii))
            for n, block in enumerate(blocks)
            for m, each_row in enumerate(block)
        )
        self.query_one("#ascents", RowList).show(rows, from_top=True)

    def fill(self, play: Play) -> None:
        """Show the latest requests."""
        requests = latest_requests(play)
        rows = (
            (each.id, _request_line(each, self.game.settings.ascii)) for each in requests
        )
        box = self.query_one("#today", RowList)
        box.entitle(latest_title(requests))
        box.show((*rows, *note(earlier(play))), from_top=True)

    def decision_here(self) -> Outcome | None:
        """Return the request under the cursor, or None."""
        play = self.game.sitting.play
        focused = self.focused
        if not isinstance(focused, RowList) or focused.id != "today":
            return None
        at = int(focused.chosen_id or len(play.outcomes))
        return next(iter(play.outcomes[at : at + 1]), None)


def _request_line(seen: Seen, ascii: bool):
    """Return one line about a call: time, caller, action, resource, and result."""
    return line(
        (f"{seen.at}  ", STYLES["muted"]),
        (f"{show_on_one_line(seen.who)}  ", "bold"),
        f"{show_on_one_line(seen.action)} {show_on_one_line(seen.resource)} ",
        sign(seen.mark, ascii),
        (f" {seen.word}", STYLES[MARK_ROLES[seen.mark]]),
    )
