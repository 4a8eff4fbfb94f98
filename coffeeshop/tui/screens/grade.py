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
    KEYS_WITH_THREE_STARS: ClassVar[
        Keys
    ] = (  # without the hint and the brief, which are no longer needed
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

    shows_hint_first = False  # whether to show the next hint once the report is there

    def __init__(self) -> None:
        """Make the screen. `shows_points` says whether the computation of the score is shown."""
        super().__init__()
        self.shows_points = False

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

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key must wait for the report, because it moves in it or depends on it."""
        return (self.game.is_grading and key in REPORT_KEYS) or super().key_must_wait(key)

    def show(self) -> None:
        """Show the current report, or that it is being computed."""
        sitting = self.game.player.sitting
        if sitting is None or not (self.is_current and self.widgets_exist):
            return
        self.game.grade(is_asked=True)
        self.show_bars(sitting.play)
        self.show_report(sitting.play)
        self.show_next_step()

    def show_report(self, play: Play) -> None:
        """Show the receipt, the findings, and the hints read so far."""
        findings_pane = self.query_one("#findings", ProsePane)
        report = self.game.sitting.report
        self.query_one("#receipt").display = report is not None
        if report is None:
            findings_pane.show("Findings", [line(("Grading …", STYLES["muted"]))])
            return
        grade = self.query_one("#grade")
        first_finding = next(iter(findings_ahead(report)), None)
        grade.update_classes(
            {
                "-free": not report.gives_stars,
                "-debrief": report.gives_stars and report.stars == 3,
                "-hinted": first_finding is not None
                and self._hints_read(first_finding) > 0,
            }
        )
        self.game.keep_result(self.game.sitting.assessment)
        strip = self.query_one(ReceiptStrip)
        strip.ascii = self.game.settings.ascii
        strip.show(receipt(play, report))
        if self.shows_hint_first:
            self.shows_hint_first = False
            self.action_hint()
        self._celebrate(report)
        findings_pane.show(
            _title(report), self._lines(play, report), self.game.settings.ascii
        )
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
            key
            for key in self.KEYS_WITH_THREE_STARS
            if key[0] != "n" or self.game.next_heading
        )

    def _question_keys(self) -> Keys:
        """Return the key that asks the questions after three stars, or asks them again. Return () if there are no questions."""
        if self._unanswered_questions():
            return (("⏎", "A question"),)
        return (("⏎", "Question again"),) if self._questions() else ()

    def step_here(self, step: Step) -> Step:
        """Return the step after the receipt: a hint, the shop, or the next scenario and a day at the shop."""
        report = self.game.sitting.report
        if report is None:
            return Step("Grading …")
        if report.stars == 3 and report.gives_stars:
            day_step = day_deed(self.game.sitting)
            heading = self.game.next_heading
            if heading is None:
                return Step(
                    "Three stars. Now every scenario has them.", day_step or OPEN_DAY
                )
            message = f"Three stars. The next scenario is {heading.title}:"
            return Step(message, Deed("n", "opens it", then=day_step))
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
        has_won = report.stars == 3 and report.gives_stars
        if has_won and not self.query_one("#grade").has_class("-won"):
            strip.begin(self._completed_course_parts(), self.game.settings.still)
        self.query_one("#grade").set_class(has_won and not self.game.no_color, "-won")

    def _completed_course_parts(self) -> Completed:
        """Return whether three stars here complete the chapter or the whole course, which gets a larger celebration."""
        scenario_id = self.game.sitting.play.scenario.id
        best_results = self.game.player.progress.best_results()
        return completed_parts(
            headings(self.game.player.extra).values(),
            {id: result.stars for id, result in best_results.items()},
            scenario_id,
        )

    def _lines(self, play: Play, report: Report) -> list[Row | Content]:
        """Return the lines of the findings: points, praise, findings with hints, and the debrief
        after three stars.
        """
        lines: list[Row | Content] = []
        if self.shows_points:
            lines += [*score_rows(report), BLANK_LINE]
        if report.gives_stars:
            lines += praise_rows(report)
        else:
            lines += unearned_rows(report)
        if causes := tuple(result_rows(report, self.game.sitting.diagnoses)):
            lines += [BLANK_LINE, *causes, BLANK_LINE]
        if report.stars == 3:
            return [*lines, *self._won_lines(play, report)]
        return [*lines, *self._finding_lines(report)]

    def _won_lines(self, play: Play, report: Report) -> Iterator[Row | Content]:
        """Yield the celebration of three stars, if they were earned, and the debrief."""
        if report.gives_stars:
            yield from celebration_rows(self._completed_course_parts())
        has_questions = bool(self._unanswered_questions())
        yield from _debrief(play, has_questions, day_deed(self.game.sitting))

    def _finding_lines(self, report: Report) -> Iterator[Row | Content]:
        """Yield the findings before the next star, the first with its hints, then what comes after them."""
        if report.stars:
            yield BLANK_LINE
        findings = findings_ahead(report)
        for index, finding in enumerate(findings[:MAX_FINDINGS]):
            yield from finding_rows(finding)
            if index == 0:
                yield from self._hints(finding)
            yield BLANK_LINE
        if len(findings) > MAX_FINDINGS:
            yield Row(f"and {len(findings) - MAX_FINDINGS} more", role="muted")
        if later := later_findings_rows(report):
            yield from later
            yield BLANK_LINE
        yield from failed_call_rows(report)

    def _hints_read(self, finding: Finding) -> int:
        """Return how many hints about a finding were read."""
        return self.game.sitting.hints_read.get(finding.ladder, 0)

    def _hints(self, finding: Finding) -> Iterator[Row | Content]:
        """Yield the hints read so far, and the key of the next one."""
        read_count = self._hints_read(finding)
        for number, text in enumerate(finding.hints[:read_count], 1):
            yield Row(f"Hint {number}", role="key", indent=1)
            yield from (
                Row(text_line, indent=1, role=row.role)
                for row in hint_rows(text)
                for text_line in row.text.split("\n")
            )
        if read_count < len(finding.hints):
            yield line(
                "  ",
                ("c", STYLES["key"]),
                (f" gives hint {read_count + 1} of {len(finding.hints)}", STYLES["muted"]),
            )

    def action_hint(self) -> None:
        """Show the next hint about the first finding."""
        report = self.game.sitting.report
        is_every_hint_read = report is not None and is_used_up(self.game.sitting, report)
        if report is None:
            self.game.say("grading …")
        elif (hint := self.game.player.hint(skills_of_step(self.game.step))) is None:
            reason = "three stars" if report.gives_stars else "nothing is lacking"
            self.game.say(f"no hint is needed: {reason}")
        else:
            self.show_report(self.game.sitting.play)
            self.show_next_step()
            prose_pane = self.query_one("#findings", ProsePane)
            self.call_after_refresh(prose_pane.keep_in_sight, f"  Hint {hint.number}")
            if is_every_hint_read:
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
        self.shows_points = not self.shows_points
        self.show()


class HintScreen(GradeScreen):
    """The grade with the next hint shown at once."""

    shows_hint_first = True

    def key_must_wait(self, key: str) -> bool:
        """Hold every key but ctrl+q until the hint is shown.

        So a fast key has the same effect as a slow one.
        """
        waits = self.shows_hint_first and self.game.is_grading and key != "ctrl+q"
        return waits or super().key_must_wait(key)


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
    if not report.gives_stars:
        return line("Findings")
    if report.stars == 3:
        return line(("Three stars", STYLES["ok"]))
    return line((f"Before star {report.stars + 1}", STYLES["warning"]))
