"""Name the cause of a case: choose the case, the kind of policy, the policy and the statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from coffeeshop.account.access.located_policies import LocatedPolicy
from coffeeshop.lessons.grading.diagnosis import Diagnosis
from coffeeshop.lessons.model import Cause
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.policy.model import Kind
from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import line, show_on_one_line
from coffeeshop.tui.widgets.prose import Prose
from coffeeshop.views.cases import (
    ANSWER_KEPT,
    LAYER_ORDER,
    evidence,
    layer_row,
    nothing_text,
    policy_text,
    statement_name,
    statement_text,
    verdict_rows,
)
from coffeeshop.views.rows import Row
from coffeeshop.views.text import bare

NOTHING_ROW = "nothing"  # the id of the row that no policy allows the request


class CauseDialog(PickDialog):
    """One question about a cause, below the case that it is about. It answers with the id of a row."""

    KEYS = (("⏎", "Choose"), ("↑↓", "Move"), ("esc", "Back"))

    def __init__(
        self,
        diagnosis: Diagnosis,
        title: str,
        rows: Sequence[tuple[str, Content]],
        describe: Callable[[str], str] | None = None,
    ) -> None:
        """Make the dialog of a case, with the rows to choose from. `describe` returns a row's description."""
        super().__init__(title, rows, describe=describe)
        self.diagnosis = diagnosis

    def body(self) -> ComposeResult:
        """Yield the case, then the rows."""
        yield Prose(id="case")
        yield from super().body()

    def begin(self) -> None:
        """Show the case and the rows."""
        self.query_one("#case", Prose).show(
            [
                Row(self.diagnosis.case.say, role="name"),
                *(Row(text, role="muted") for text in evidence(self.diagnosis)),
            ],
            self.game.settings.ascii,
        )
        super().begin()


class VerdictDialog(Dialog[bool]):
    """The verdict on a named cause: why it is right, or where to look."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "leave", show=False)]
    KEYS: ClassVar[Keys] = (("⏎", "Go on"), ("N", "then names another"))

    def __init__(self, rows: Sequence[Row], is_right: bool) -> None:
        """Make the dialog of a verdict."""
        super().__init__()
        self.rows = rows
        self.is_right = is_right

    @property
    def keys(self) -> Keys:
        """Return the keys. A right cause needs no other."""
        return self.KEYS[:1] if self.is_right else self.KEYS

    def body(self) -> ComposeResult:
        """Yield the verdict."""
        yield Prose(id="case")

    def begin(self) -> None:
        """Show the verdict."""
        self.query_one(".box").border_title = line("What you named")
        self.query_one("#case", Prose).show(self.rows, self.game.settings.ascii)


async def ask_for_cause(game: Stage) -> None:
    """Ask for the cause of a case, and show whether it is right."""
    if game.player.sitting is None or not game.sitting.diagnoses:
        game.say("this scenario has no cases, so there is no cause to name")
        return
    diagnosis = await _ask_for_case(game)
    if diagnosis is None:
        return
    cause = await _ask_for_parts(game, diagnosis)
    if cause is None:
        game.say("nothing was named")
        return
    answer = game.player.name_cause(diagnosis.case.id, cause)
    if isinstance(answer, Refused):
        game.say(bare("; ".join(map(str, answer.problems))))
        return
    game.changed.publish(None)
    game.show_problem("Not saved", answer.problem)
    if game.sitting.in_exam:
        await game.ask(VerdictDialog([ANSWER_KEPT], is_right=True))
        return
    results = game.sitting.case_results
    result = next(each for each in results if each.case.id == diagnosis.case.id)
    rows = verdict_rows(diagnosis, cause, result, len(results))
    await game.ask(VerdictDialog(rows, result.is_right))


async def _ask_for_case(game: Stage) -> Diagnosis | None:
    """Ask which case's cause to name. None: every cause is named, or the learner pressed esc.

    If only one case still lacks its cause, return it without asking.
    """
    sitting = game.sitting
    unsolved_cases = [
        diagnosis
        for diagnosis, result in zip(sitting.diagnoses, sitting.case_results, strict=True)
        if not result.is_right
    ]
    if not unsolved_cases:
        game.say("you have named the cause of every case")
    if len(unsolved_cases) <= 1:
        return next(iter(unsolved_cases), None)
    rows = [
        (diagnosis.case.id, line(f"{number} ", show_on_one_line(diagnosis.case.say)))
        for number, diagnosis in enumerate(unsolved_cases, 1)
    ]
    chosen = await game.ask(PickDialog("Which case?", rows))
    return next((each for each in unsolved_cases if each.case.id == chosen), None)


async def _ask_for_parts(game: Stage, diagnosis: Diagnosis) -> Cause | None:
    """Ask for the kind of policy, the policy and the statement. esc goes back by one question.

    Return None if esc was pressed at the first question.
    """
    kinds = [
        (kind.value, line(f"{number} ", layer_row(diagnosis, kind).text))
        for number, kind in enumerate(LAYER_ORDER, 1)
    ]
    title = "What decides it? The kind of policy"
    while chosen := await game.ask(CauseDialog(diagnosis, title, kinds)):
        kind = Kind(chosen)
        cause = await _ask_for_statement(game, diagnosis, kind)
        if cause is not None:
            return cause
    return None


async def _ask_for_statement(game: Stage, diagnosis: Diagnosis, kind: Kind) -> Cause | None:
    """Ask for a policy of a kind, and then for its statement. Return None if esc went back to the kinds.

    A cause without a policy means that no policy of this kind allows the request.
    """
    policies = {located.location: located for located in diagnosis.policies_of(kind)}
    rows = [
        (NOTHING_ROW, line(f"0 {nothing_text(kind)}")),
        *(
            (location, line(f"{number} ", show_on_one_line(policy_text(located))))
            for number, (location, located) in enumerate(policies.items(), 1)
        ),
    ]
    title = "What decides it? The policy"
    while chosen := await game.ask(CauseDialog(diagnosis, title, rows)):
        if chosen == NOTHING_ROW:
            return Cause(kind)
        located = policies[chosen]
        picked = await game.ask(_statement_dialog(diagnosis, located))
        if picked:
            return Cause(kind, located.location, int(picked))
    return None


def _statement_dialog(diagnosis: Diagnosis, located: LocatedPolicy) -> CauseDialog:
    """Return the dialog that asks for the statement of a policy. It shows the text of each."""
    statements = {
        str(number): statement
        for number, statement in enumerate(located.policy.statements, 1)
    }
    rows = [
        (
            number,
            line(
                f"{number} ",
                (show_on_one_line(statement_name(statement, int(number))), "bold"),
                f" {show_on_one_line(statement_text(statement))}",
            ),
        )
        for number, statement in statements.items()
    ]
    title = f"What decides it? The statement of {located.location}"
    return CauseDialog(diagnosis, show_on_one_line(title), rows)
