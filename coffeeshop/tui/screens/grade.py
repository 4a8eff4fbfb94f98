"""The grade: a till receipt on the left, what stands before the next star on the right."""

from __future__ import annotations

from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from coffeeshop.lessons.model import Play, Report
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, one_line, plain, row, stack
from coffeeshop.tui.widgets.receipt import ReceiptStrip
from coffeeshop.views.brief import paragraphs
from coffeeshop.views.receipt import Receipt, receipt
from coffeeshop.views.report import SHOWN, derivation, finding_rows


class GradeScreen(PlayScreen):
    """Grades what stands now, keeps the result, and follows the play."""

    BINDINGS = [Binding("p", "points", show=False)]
    KEYS: ClassVar[Keys] = (
        ("↑↓", "Scroll"),
        "hint",
        "undo",
        ("p", "Points"),
        "brief",
        "console",
        "help",
        ("esc", "Back"),
    )
    HELP = "Star 1: every job works and every refusal holds. Star 2: nothing more is possible. Star 3: it is done in a way that lasts. Only what stands before the next star is shown, root cause first."

    def __init__(self, hint: bool = False) -> None:
        super().__init__()
        self.hint, self.points = hint, False
        self._kept: Report | None = None

    def body(self) -> ComposeResult:
        """Receipt and findings."""
        with Container(id="grade"):
            with VerticalScroll(id="paper", can_focus=False):
                yield ReceiptStrip(Receipt("", "", (), 0.0, 0), id="receipt")
            with VerticalScroll(id="findings", classes="pane"):
                yield Static(id="found", markup=False)

    def on_mount(self) -> None:
        """Ask for a report where there is none yet."""
        super().on_mount()
        self.query_one("#findings").focus()

    def show(self) -> None:
        """The report of now; while it is being made, say so."""
        play = self.shop.play
        if play is None:
            return
        if self.shop.report is None:
            self.shop.judge(play)
        self.bars(play)
        self.report(play)

    def report(self, play: Play) -> None:
        """Receipt, findings, hints read so far."""
        found, report = self.query_one("#found", Static), self.shop.report
        self.query_one("#receipt").display = report is not None
        if report is None:
            found.update(line(("Grading …", STYLES["muted"])))
            return
        if report is not self._kept:
            self._kept = report
            self.shop.keep_result(report)
        strip = self.query_one(ReceiptStrip)
        strip.ascii = self.shop.settings.ascii
        strip.show(receipt(play, report))
        self.query_one("#findings").border_title = _title(report)
        if self.hint:
            self.hint = False
            self.action_hint()
        found.update(stack(self._lines(play, report)))

    def _lines(self, play: Play, report: Report) -> list[Content]:
        ascii, lines = self.shop.settings.ascii, list[Content]()
        if self.points:
            lines += [*(row(shown, ascii) for shown in derivation(report)), plain("")]
        if report.stars == 3:
            lines += [
                line(("Everyone can work, and nothing else is possible.", "bold")),
                *(plain(f"\n{text}") for text in paragraphs(play.scenario.debrief)),
            ]
            lines += [line(("\n" + text, STYLES["muted"])) for text in play.scenario.fine_print]
            return [*lines, line("\n", ("esc", STYLES["key"]), " goes back to the shop, and once more to the shelf.")]
        for n, finding in enumerate(report.findings[:SHOWN]):
            lines += [row(shown, ascii) for shown in finding_rows(finding)]
            read = self.shop.hints.get(finding.key, 0) if n == 0 else 0
            lines += [
                line((f"Hint {rung} ", STYLES["key"]), one_line(text) if "\n" not in text else f"\n{text}")
                for rung, text in enumerate(finding.hints[:read], 1)
            ]
            if n == 0 and read < len(finding.hints):
                lines.append(
                    line(("c", STYLES["key"]), (f" gives hint {read + 1} of {len(finding.hints)}", STYLES["muted"]))
                )
            lines.append(plain(""))
        if len(report.findings) > SHOWN:
            lines.append(line((f"and {len(report.findings) - SHOWN} more", STYLES["muted"])))
        return lines

    def action_hint(self) -> None:
        """One rung more of the first finding's ladder."""
        report = self.shop.report
        if report is None or not report.findings:
            self.shop.say("no hint is needed: three stars" if report else "grading …")
            return
        first, hints = report.findings[0], self.shop.hints
        hints[first.key] = min(hints.get(first.key, 0) + 1, len(first.hints))
        self.report(cast("Play", self.shop.play))

    def action_points(self) -> None:
        """Where the score comes from, or not."""
        self.points = not self.points
        self.show()


def _title(report: Report) -> Content:
    if report.stars == 3:
        return line(("Three stars", STYLES["ok"]))
    n = len(report.findings)
    return line((f"{n} before star {report.stars + 1}", STYLES["warning"]))
