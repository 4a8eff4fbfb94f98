"""Make the AWS call of a typed line, and show its answer."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.errors import is_refusal
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.sitting.answers import MovedOn, Refused, Typed
from coffeeshop.lessons.sitting.lock_out import locked_out_by
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.plain.next_step import following_step_rows
from coffeeshop.plain.shell import (
    CONFIRM_HINT,
    Shell,
    changed_identity_rows,
    current_wall_time,
    has_agreed,
    identity_rows,
    note_rows,
    plain_rows,
    problem_rows,
)
from coffeeshop.views.credential_report import credential_reports
from coffeeshop.views.identity import (
    advice,
)
from coffeeshop.views.reactions import jobs_changed_since, reaction_line
from coffeeshop.views.rows import Row
from coffeeshop.views.things.taking_away import (
    TYPED_UNDO_HINT,
    has_taken_away,
    lock_out_text,
)

WHY_HINT = "`why` says what decided."
NO_CREDENTIAL = (
    "No policy decided this: AWS doesn't accept the credential. `as NAME` uses another one."
)
NO_REFUSAL = (
    "This is an error, not a refusal: no policy stopped the call. `why` shows more."
)


def call_rows(shell: Shell, typed: str) -> Iterator[Row]:
    """Make the call of a typed line, and yield its answer and what comes next.

    A call that would lock the learner out is announced. At a terminal it needs a confirmation.
    """
    if locks := locked_out_by(shell.sitting, typed):
        confirm_hint = CONFIRM_HINT if shell.is_interactive else ""
        yield Row(f"{lock_out_text(locks)}{confirm_hint}", word="Careful")
        if shell.is_interactive and not has_agreed(shell):
            yield Row("Not done: everything is as it was.")
            return
    before = shell.sitting
    answer = shell.player.type(typed)
    yield from plain_rows(answer.spoiler)
    if isinstance(answer, Refused):
        yield from problem_rows(answer.problems)
        return
    yield from note_rows(answer)
    if isinstance(answer, MovedOn):
        yield from changed_identity_rows(shell, before.profile)
        return
    if answer.outcomes and answer.printed.outfile:
        shell.last_outfile = answer.outcome.act, answer.printed.outfile
    yield from (Row(note) for note in answer.notes)
    yield from (Row(text, role="code") for text in answer.printed.text.splitlines())
    yield from credential_reports(answer.outcomes)
    if answer.outcomes:
        yield from _outcome_rows(shell, answer, before)
    else:
        yield from changed_identity_rows(shell, before.profile)


def _remark_rows(shell: Shell, done_typed: Typed) -> Iterator[Row]:
    """Yield the remarks on the policies that were put, except those shown when their file was written."""
    remarks = done_typed.remarks
    new = [remark for remark in remarks if remark not in shell.shown_problems]
    if new:
        yield Row("AWS accepts the policy as it is. The check found this:")
        yield from problem_rows(new)
    elif remarks:
        yield Row("AWS accepts the policy as it is, although the check found something.")


def reaction_rows(shell: Shell, before: Sitting) -> Iterator[Row]:
    """Yield how the shop reacts to acts since `before`: who is served now, and who is turned away."""
    if reaction := reaction_line(jobs_changed_since(before, shell.sitting)):
        yield Row(reaction)


def _failure_text(outcome: Outcome) -> str:
    """Return where the learner reads more about a call that failed."""
    if not is_refusal(outcome.answer):
        return NO_REFUSAL
    return WHY_HINT if outcome.decisions else NO_CREDENTIAL


def _outcome_rows(shell: Shell, done_typed: Typed, before: Sitting) -> Iterator[Row]:
    """Yield what follows an answer: success or advice, remarks on policies, the shop's reaction, the credential in
    use, the next step.
    """
    if not all(outcome.has_succeeded for outcome in done_typed.outcomes):
        last = done_typed.outcomes[-1]
        yield Row(advice(done_typed.outcomes) or _failure_text(last))
        if last.act.call.operation == "SignIn":
            yield from identity_rows(shell, "")
        return
    if not done_typed.printed.failed:
        yield Row("done", role="ok")
    if has_taken_away(shell.sitting.play, done_typed.outcomes):
        yield Row(TYPED_UNDO_HINT)
    yield from _remark_rows(shell, done_typed)
    yield from reaction_rows(shell, before)
    if done_typed.outcomes[-1].act.call.service == "console":
        yield from identity_rows(shell, "")
    else:
        yield from changed_identity_rows(shell, before.profile)
    yield from following_step_rows(shell)
    # If stars can't be kept, `grade` says why.
    shell.player.keep_stars(current_wall_time(), 3)
