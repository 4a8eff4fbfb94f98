"""The grade: a receipt on the left, the findings before the next star on the right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from coffeeshop.lessons.model import Finding, Play, Quiz, Report
from coffeeshop.lessons.scenario.course import Completed, completed_parts, headings
from coffeeshop.tui.screens.base import (
    LIST_KEYS,
    PANE_KEYS,
    Keys,
    PlayScreen,
    as_app_worker,
)
from coffeeshop.tui.text import STYLES, key, line, plain
from coffeeshop.tui.widgets.feast import FeastStrip
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.receipt import ReceiptStrip
from coffeeshop.views.cases import result_rows
from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.fade import hint_deed, skills_of_step
from coffeeshop.views.next import day_deed, is_used_up
from coffeeshop.views.picture.feast import celebration_rows
from coffeeshop.views.picture.receipt import Receipt, receipt
from coffeeshop.views.report import (
    MAX_FINDINGS,
    check_rows,
    failed_call_rows,
    finding_rows,
    findings_ahead,
    hint_rows,
    later_findings_rows,
    praise_rows,
    score_rows,
    unearned_rows,
)
from coffeeshop.views.rows import Row
from coffeeshop.views.step import OPEN_DAY, Level, Step
from coffeeshop.views.text import paragraphs

BLANK_LINE = plain("")
REPORT_KEYS = LIST_KEYS | PANE_KEYS | {"c", "n"}
LOCAL_KEYS = {  # keys of the Next box on other screens, and the better key here
    "g": Deed("c", "gives a hint", goal=Goal.HINT),
    "y": Deed("1", "the shop: there y says why"),
}


class GradeScreen(PlayScreen):
    """Grades the play, saves the result, and follows the play."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "points", show=False),
        Binding("c", "hint", show=False),
        Binding("enter", "predict", show=False),
        Binding("n", "app.onward", show=False),
    ]
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
    WON: ClassVar[Keys] = (  # without the hint and the brief, which are no longer needed
        KEYS[0],
        ("n", "Next scenario"),
        *KEYS[2:4],
        ("x", "Write a file"),
        *KEYS[6:],
    )
    HELP = (
        "Star 1: every job works, and every refusal holds. Star 2: apart from administrators, no one can do more than needed. "
        "Star 3: the account follows good practice. The list begins with the reasons for the next missing star, "
        "root causes first."
    )

    hint = False

    def __init__(self) -> None:
        """Make the screen. `points`: the computation of the score is shown."""
        super().__init__()
        self.points = False

    def body(self) -> ComposeResult:
        """Yield the receipt, the celebration (#feast), the findings, and the checks that hold (#held)."""
        with Ground(id="grade"):
            with VerticalScroll(id="paper", can_focus=False):
                yield ReceiptStrip(Receipt("", "", (), 0.0, 0), id="receipt")
            with Vertical(id="said"):
                yield FeastStrip(id="feast")
                yield ProsePane(id="findings", focus=True)
                yield ProsePane(id="held", focus=True)

    def begin(self) -> None:
        """Put the focus on the findings."""
        self.query_one("#findings").focus()

    def awaits(self, key: str) -> bool:
        """Return whether a key is about the report while that is still computed."""
        return (self.game.grading and key in REPORT_KEYS) or super().awaits(key)

    def show(self) -> None:
        """Show the current report, or that it is being computed."""
        sitting = self.game.player.sitting
        if sitting is None or not (self.is_current and self.still_there):
            return
        self.game.grade(is_asked=True)
        self.bars(sitting.play)
        self.show_report(sitting.play)
        self.guide()

    def show_report(self, play: Play) -> None:
        """Show the receipt, the findings, and the hints read so far."""
        prose_pane, report = (
            self.query_one("#findings", ProsePane),
            self.game.sitting.report,
        )
        self.query_one("#receipt").display = report is not None
        if report is None:
            prose_pane.show("Findings", [line(("Grading …", STYLES["muted"]))])
            return
        grade = self.query_one("#grade")
        first = next(iter(findings_ahead(report)), None)
        grade.update_classes(
            {
                "-free": not report.asks,
                "-debrief": report.asks and report.stars == 3,
                "-hinted": first is not None and self._hints_read(first) > 0,
            }
        )
        self.game.keep_result(self.game.sitting.judged)
        strip = self.query_one(ReceiptStrip)
        strip.ascii = self.game.settings.ascii
        strip.show(receipt(play, report))
        if self.hint:
            self.hint = False
            self.action_hint()
        self._celebrate(report)
        prose_pane.show(_title(report), self._lines(play, report), self.game.settings.ascii)
        self.query_one("#held", ProsePane).show(
            "Everything that is checked", check_rows(report), self.game.settings.ascii
        )

    @property
    def keys_here(self) -> Keys:
        """Return the keys that work here.

        The key of the next scenario needs three stars and a next scenario.
        """
        report = self.game.sitting.report
        if report is None or report.stars < 3:
            return self.KEYS
        return *self._question_keys(), *(
            key for key in self.WON if key[0] != "n" or self.game.next_heading
        )

    def _question_keys(self) -> Keys:
        """Return the key that asks the questions after three stars, or asks them again. Return () if there are no questions."""
        if self._unanswered_questions():
            return (("⏎", "A question"),)
        return (("⏎", "Question again"),) if self._questions() else ()

    def next(self, step: Step) -> Step:
        """Return the step after the receipt: a hint, the shop, or the next scenario and a day at the shop."""
        report = self.game.sitting.report
        if report is None:
            return Step("Grading …")
        if report.stars == 3 and report.asks:
            day = day_deed(self.game.sitting)
            form = self.game.next_heading
            if form is None:
                return Step("Three stars. Now every scenario has them.", day or OPEN_DAY)
            message = f"Three stars. The next scenario is {form.title}:"
            return Step(message, Deed("n", "opens it", then=day))
        if step.key == "g" and is_used_up(self.game.sitting, report):
            deed = Deed("1", "the shop: you have read every hint for this")
        elif step.level is Level.FAILURE:
            deed = hint_deed(step)
        else:
            deed = LOCAL_KEYS.get(step.key, step.deed)
        return replace(step, deed=deed, want="", target=None, other_target=None)

    def _celebrate(self, report: Report) -> None:
        """Celebrate three stars once. A complete chapter or course gets a larger celebration."""
        strip = self.query_one(FeastStrip)
        won = report.stars == 3 and report.asks
        if won and not self.query_one("#grade").has_class("-won"):
            strip.begin(self._completed_course_parts(), self.game.settings.still)
        self.query_one("#grade").set_class(won and not self.game.no_color, "-won")

    def _completed_course_parts(self) -> Completed:
        """Return whether three stars here complete the chapter or the whole course, which gets a larger celebration."""
        this = self.game.sitting.play.scenario.id
        best = self.game.player.progress.best_results()
        return completed_parts(
            headings(self.game.player.extra).values(),
            {id: done_best.stars for id, done_best in best.items()},
            this,
        )

    def _lines(self, play: Play, report: Report) -> list[Row | Content]:
        """Return the lines of the findings: points, praise, findings with hints, and the debrief
        after three stars.
        """
        lines: list[Row | Content] = (
            [*score_rows(report), BLANK_LINE] if self.points else []
        )
        lines += praise_rows(report) if report.asks else unearned_rows(report)
        if causes := tuple(result_rows(report, self.game.sitting.diagnoses)):
            lines += [BLANK_LINE, *causes, BLANK_LINE]
        if report.stars == 3:
            lines += celebration_rows(self._completed_course_parts()) if report.asks else ()
            return [
                *lines,
                *_debrief(
                    play, bool(self._unanswered_questions()), day_deed(self.game.sitting)
                ),
            ]
        lines += [BLANK_LINE] if report.stars else ()
        for n, finding in enumerate(findings_ahead(report)[:MAX_FINDINGS]):
            lines += finding_rows(finding)
            lines += self._hints(finding) if n == 0 else ()
            lines.append(BLANK_LINE)
        if (extra := len(findings_ahead(report)) - MAX_FINDINGS) > 0:
            lines.append(Row(f"and {extra} more", role="muted"))
        lines += [*later, BLANK_LINE] if (later := later_findings_rows(report)) else ()
        return [*lines, *failed_call_rows(report)]

    def _hints_read(self, finding: Finding) -> int:
        """Return how many hints about a finding were read."""
        return self.game.sitting.hints_read.get(finding.ladder, 0)

    def _hints(self, finding: Finding) -> Iterator[Row | Content]:
        """Yield the hints read so far, and the key of the next one."""
        read = self._hints_read(finding)
        for number, text in enumerate(finding.hints[:read], 1):
            yield Row(f"Hint {number}", role="key", indent=1)
            yield from (
                Row(each, indent=1, role=row.role)
                for row in hint_rows(text)
                for each in row.text.split("\n")
            )
        if read < len(finding.hints):
            yield line(
                "  ",
                ("c", STYLES["key"]),
                (f" gives hint {read + 1} of {len(finding.hints)}", STYLES["muted"]),
            )

    def action_hint(self) -> None:
        """Show the next hint about the first finding."""
        report = self.game.sitting.report
        read = report is not None and is_used_up(self.game.sitting, report)
        if report is None:
            self.game.say("grading …")
        elif (hinted := self.game.player.hint(skills_of_step(self.game.step))) is None:
            reason = "three stars" if report.asks else "nothing is lacking"
            self.game.say(f"no hint is needed: {reason}")
        else:
            self.show_report(self.game.sitting.play)
            self.guide()
            prose_pane = self.query_one("#findings", ProsePane)
            self.call_after_refresh(prose_pane.bring, f"  Hint {hinted.number}")
            if read:
                self.game.say("there's no further hint for this finding")

    @as_app_worker
    async def action_predict(self) -> None:
        """Ask the questions that come after three stars."""
        questions = self._questions()
        if not questions:
            self.game.say(
                "n opens the next scenario"
                if self.game.has_won and self.game.next_heading
                else "⏎ does nothing here"
            )
        elif not self.game.has_won:
            self.game.say("⏎ asks one more question after three stars")
        else:
            from coffeeshop.tui.screens.quiz import ask

            await ask(self.game, self._unanswered_questions() or questions, "⏎ asks again")

    def _questions(self) -> list[tuple[int, Quiz]]:
        """Return the questions that come after three stars, with their numbers."""
        return [
            (n, quiz)
            for n, quiz in self.game.sitting.questions.items()
            if quiz.when == "after"
        ]

    def _unanswered_questions(self) -> list[tuple[int, Quiz]]:
        """Return the questions after three stars that the learner hasn't answered."""
        answered = self.game.sitting.predicted
        return [(n, quiz) for n, quiz in self._questions() if n not in answered]

    def action_points(self) -> None:
        """Show or hide how the score was computed."""
        self.points = not self.points
        self.show()


class HintScreen(GradeScreen):
    """The grade with the next hint shown at once."""

    hint = True

    def awaits(self, key: str) -> bool:
        """Hold every key but ctrl+q until the hint is shown.

        So a fast key has the same effect as a slow one.
        """
        waits = self.hint and self.game.grading and key != "ctrl+q"
        return waits or super().awaits(key)


def _debrief(play: Play, has_more: bool, day: Deed | None) -> Iterator[Row | Content]:
    """Yield the debrief of a play with three stars.

    `has_more` adds the key of the unanswered questions, and `day` that of a day at the shop.
    """
    if has_more:  # before the long text, which few learners read to the end
        yield key("⏎", "one more question: what will happen?")
    for text in (*paragraphs(play.scenario.debrief), *play.scenario.fine_print):
        yield BLANK_LINE
        yield Row(text, role="text" if text not in play.scenario.fine_print else "muted")
    yield BLANK_LINE
    if day is not None:
        yield key(day.key, f"{day.text}: customers, an incident, and how far it reaches")
    yield key("esc", "goes back")


def _title(report: Report) -> Content:
    """Return the title of the findings."""
    if not report.asks:
        return line("Findings")
    if report.stars == 3:
        return line(("Three stars", STYLES["ok"]))
    return line((f"Before star {report.stars + 1}", STYLES["warning"]))
