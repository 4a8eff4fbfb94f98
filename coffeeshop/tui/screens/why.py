"""Why: the steps of one decision on the left, the policy of the step under the cursor on the right."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from coffeeshop.account.command import format_outcome
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, row, show_on_one_line, sign
from coffeeshop.tui.widgets.bars import IdentityBar
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.json_text import json_lines
from coffeeshop.tui.widgets.prose import ProsePane, WrappedLine
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.identity import policy_carrier_text
from coffeeshop.views.made_up import made_up_notes
from coffeeshop.views.page_offer import OfferedPage
from coffeeshop.views.requests import caller_name, event_lines, record_sentence
from coffeeshop.views.rows import MARK_ROLES
from coffeeshop.views.step import Step
from coffeeshop.views.text import command_of, command_on_one_line
from coffeeshop.views.tickets import explain_ticket as told
from coffeeshop.views.tickets import kept_version_note, later_command_rows, ticket_word
from coffeeshop.views.why import Cited, evaluation_steps, request, untried_text


class WhyScreen(PlayScreen):
    """Explains a ticket (a job or refusal, run on a copy) or a real request."""

    KEYS: ClassVar[Keys] = (
        ("↑↓", "Step"),
        "draw",
        ("3", "Policies"),
        ("2", "People"),
        "console",
        "help",
        ("esc", "Back"),
    )
    HELP = (
        "AWS decides in steps: an explicit deny anywhere wins. Then a policy must allow the request. If none "
        "does, AWS refuses it (an implicit deny). The other pane shows the policy of the step under the cursor, "
        "with its statement marked."
    )

    def __init__(self, about: Ticket | Outcome, is_made_up: bool = False) -> None:
        """Make the screen that explains the result of a job or refusal, or one call.

        `is_made_up`: no one made the call.
        """
        super().__init__()
        self.about = about
        # Jobs and refusals are tried on a copy.
        self._is_real = isinstance(about, Outcome) and not is_made_up
        self._is_current_ticket = False  # whether it is a ticket of the current play
        self._cited: tuple[Cited | Outcome | None, ...] = ()

    def body(self) -> ComposeResult:
        """Yield the steps, the request and the policy."""
        with Ground(id="why"):
            with Vertical(id="left"):
                yield RowList(id="steps", classes="pane")
                yield ProsePane(id="request", focus=True)
            yield ProsePane(id="cited", focus=True)

    def begin(self) -> None:
        """Note whether the ticket is a current one, which changes with the play.

        A ticket of a past day does not.
        """
        self._is_current_ticket = any(
            ticket is self.about for ticket in self.game.sitting.tickets
        )

    def fill(self, play: Play) -> None:
        """Show the steps of every decision, and the statement of the last.

        A ticket of the current play is replaced by its newest result first.
        """
        if self._is_current_ticket and isinstance(self.about, Ticket):
            self.about = self.game.ticket(self.about.want.id) or self.about
        steps = self.query_one("#steps", RowList)
        steps.entitle(self._title())
        rows = self._rows()
        self._cited = tuple(cited for _, cited in rows)
        steps.show((str(n), content) for n, (content, _) in enumerate(rows))
        asked_rows = [
            content
            for outcome in self._outcomes()[-1:]
            for decision in outcome.main_decisions
            for content in request(decision)
        ]
        title = "The request, as AWS saw it" if self._is_real else "The request"
        self.query_one("#request", ProsePane).show(
            title, asked_rows, self.game.settings.ascii
        )
        steps.choose(str(self._last_decision_row))
        steps.call_after_refresh(steps.from_top)
        self._show_cited()
        steps.focus()

    def focus_here(self) -> Ticket | Outcome:
        """Return the explained request as what key D draws."""
        return self.about

    @property
    def _explains_question(self) -> bool:
        """Return whether the screen explains the answer to a question, in which the play's acts have no part."""
        return (
            isinstance(self.about, Ticket)
            and self.about.want.mode is Mode.MAY
            and not self._is_current_ticket
        )

    def show_bars(self, play: Play) -> None:
        """Update the bars. The request of a question is of no scenario, and has no stars."""
        super().show_bars(play)
        if self._explains_question:
            bar = self.query_one(IdentityBar)
            bar.title = "The answer to a question"
            bar.stars = ""

    def offered_page(self) -> OfferedPage | None:
        """Return the page of the lesson that the Next box offers. A question has none."""
        return None if self._explains_question else super().offered_page()

    @property
    def keys_here(self) -> Keys:
        """Return the keys. The arrows scroll the policy while it has the focus."""
        pane = self.query_one("#cited", ProsePane)
        arrows = (("↑↓", "Scroll"),) if pane.max_scroll_y else ()
        keys = OF_QUESTION if self._explains_question else self.KEYS
        if pane.has_focus:
            return (*arrows, *keys[1:])
        return keys

    def step_here(self, step: Step) -> Step:
        """Return the step that the Next box shows.

        Instead of "y says why" it names the place where the ticket can be fixed, unless y leads on to
        another job or refusal.
        """
        if self._explains_question:
            return Step(QUESTION_NOTE, Deed("esc", "goes back to it"))
        if step.deed.goal is not Goal.EXPLAIN or self._y_leads_elsewhere(step):
            return step
        if step.other_target:
            deed = Deed(*step.other_target.from_anywhere)
        elif step.deed.then:
            deed = Deed("esc", "goes back", then=step.deed.then)
        else:
            deed = Deed("esc", "goes back. 2 People and 3 Policies change it")
        return replace(step, deed=deed, want="", other_target=None)

    def _y_leads_elsewhere(self, step: Step) -> bool:
        """Return whether key y explains another job or refusal than this screen."""
        ticket = self.game.ticket(step.want)
        explained = self.about.want.id if isinstance(self.about, Ticket) else ""
        return ticket is not None and step.want != explained

    def _title(self) -> Content:
        """Return the title: the call, or the ticket with its mark."""
        if isinstance(self.about, Outcome):
            return line(
                "What AWS decided: " if self._is_real else "What AWS would decide: ",
                (
                    show_on_one_line(command_on_one_line(command_of(self.about.act.call))),
                    "bold",
                ),
            )
        want = self.about.want
        mark = self.about.mark
        # A request from a question, which the shop neither needs nor refuses.
        if want.mode is Mode.MAY:
            return line("What AWS decides: ", (show_on_one_line(want.say), "bold"))
        word = (f" {ticket_word(self.about)}: ", STYLES[MARK_ROLES[mark]])
        return line(
            sign(mark, self.game.settings.ascii), word, (show_on_one_line(want.say), "bold")
        )

    @on(RowList.Moved)
    def _show_cited(self) -> None:
        """Show the policy of the step under the cursor, or CloudTrail's record."""
        row_id = self.query_one("#steps", RowList).chosen_id
        pane = self.query_one("#cited", ProsePane)
        cited = self._cited[int(row_id)] if row_id else None
        if isinstance(cited, Outcome):
            pane.show(
                "CloudTrail's record",
                [line(show_on_one_line(text)) for text in event_lines(cited)],
            )
            return
        if cited is None and isinstance(self.about, Ticket) and self.about.missing:
            text = untried_text(self.game.sitting.play.account, self.about)
            pane.show("Why no one can send it", [line(show_on_one_line(text))])
            return
        if cited is None:
            pane.show(
                "Policy", [line(("No policy is involved in this step.", STYLES["muted"]))]
            )
            return
        decisions = (
            (outcome.account, decision)
            for outcome in self._outcomes()
            for decision in outcome.decisions
        )
        carrier_name = next(
            filter(
                None,
                (policy_carrier_text(*decision, cited.policy) for decision in decisions),
            ),
            "",
        )
        policy_name = (show_on_one_line(cited.policy.name.rpartition("/")[2]), "bold")
        pane.show(
            line(
                "Policy: ",
                policy_name,
                show_on_one_line(f" of {carrier_name}" if carrier_name else ""),
            ),
            _policy_lines(cited),
        )
        if cited.statement:
            first_line = max(0, cited.statement.place.line - 2)
        else:
            first_line = 0
        self.call_after_refresh(pane.scroll_to, y=first_line, animate=False)

    def _outcomes(self) -> tuple[Outcome, ...]:
        """Return the outcomes that are explained."""
        if isinstance(self.about, Ticket):
            return self.about.outcomes
        return (self.about,)

    def _rows(self) -> list[tuple[Content, Cited | Outcome | None]]:
        """Return the row of each step, with the policy or the real call that it is about.

        Set `_last_decision_row` to the index of the first step of the last decision.
        """
        ascii = self.game.settings.ascii
        rows = list[tuple[Content, Cited | Outcome | None]]()
        self._last_decision_row = 0
        if isinstance(self.about, Ticket):
            ticket = self.about
        else:
            ticket = None
        must_be_refused = ticket is not None and ticket.want.mode is Mode.NEVER
        if ticket and ticket.missing:
            rows.append(
                (
                    line(("Not asked: ", "bold"), show_on_one_line(ticket.missing)),
                    None,
                )
            )
        ticket_decision = ticket.decision if ticket else None
        for outcome in self._outcomes():
            command = (
                show_on_one_line(command_on_one_line(command_of(outcome.act.call))),
                STYLES["code"],
            )
            steps_by_decision = [
                evaluation_steps(decision, must_be_refused and decision is ticket_decision)
                for decision in outcome.decisions
            ]
            cited = steps_by_decision[0][0].cited if steps_by_decision else None
            rows.append(
                (
                    line(
                        (show_on_one_line(caller_name(outcome)), "bold"),
                        " ran " if self._is_real else " runs ",
                        command,
                    ),
                    cited,
                )
            )
            answer_row = (
                line(
                    ("The CLI prints: ", STYLES["muted"]),
                    show_on_one_line(format_outcome(outcome).text),
                ),
                None,
            )
            failed_although_allowed = not outcome.has_succeeded and outcome.is_authorized
            # No policy refused it, so AWS's error is the whole reason, and comes first.
            if failed_although_allowed:
                rows.append(answer_row)
            for decision, steps in zip(outcome.decisions, steps_by_decision, strict=True):
                self._last_decision_row = len(rows) - failed_although_allowed
                rows += [(row(step.row, ascii), step.cited) for step in steps]
                if note := kept_version_note(outcome, decision, must_be_refused):
                    rows.append(
                        (
                            line(("Not in force: ", "bold"), show_on_one_line(note)),
                            steps[0].cited,
                        )
                    )
            if not outcome.has_succeeded and not failed_although_allowed:
                rows.append(answer_row)
        rows += self._record_rows()
        if ticket:
            later_rows = (
                *later_command_rows(ticket),
                *made_up_notes(self.game.sitting.play, told(ticket), ticket.all_decisions),
            )
        else:
            later_rows = ()
        return rows + [(row(shown_row, ascii), None) for shown_row in later_rows]

    def _record_rows(self) -> list[tuple[Content, Outcome]]:
        """Return a row about CloudTrail's record of a real call. A request of a question has none."""
        call = self.about
        if not isinstance(call, Outcome) or not self._is_real:
            return []
        record = record_sentence(call)
        return [(line((record, STYLES["muted"])), call)] if record else []


OF_QUESTION: Keys = (("↑↓", "Step"), "help", ("esc", "Back"))
QUESTION_NOTE = "AWS decided this for the question. Your acts have no part in it."


def _policy_lines(cited: Cited) -> list[WrappedLine]:
    """Return the policy's lines. Those of the cited statement are marked and in colours."""
    text = cited.policy.text
    marked_lines = range(0)
    if cited.statement is not None:
        place = cited.statement.place
        marked_lines = range(
            place.line, place.line + text[place.start : place.end].count("\n") + 1
        )
    return [
        _number_line(n, json_line, n in marked_lines)
        for n, json_line in enumerate(json_lines(text), 1)
    ]


def _number_line(n: int, json_line: WrappedLine, is_marked: bool) -> WrappedLine:
    """Return a line with its number. A long line continues below its own beginning."""
    indent, words = json_line
    number = line(
        ("▸" if is_marked else " ", STYLES["key"]), (f"{n:>3} ", STYLES["muted"]), indent
    )
    return number, words if is_marked else line((words.plain, STYLES["muted"]))
