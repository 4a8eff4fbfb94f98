"""Answer the word `cause`: show the cases of a diagnosis, and judge the cause that is named for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from coffeeshop.lessons.causes import CaseResult
from coffeeshop.lessons.grading.diagnosis import Diagnosis
from coffeeshop.lessons.model import Cause
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.plain.next_step import next_step_rows
from coffeeshop.plain.shell import Shell, plain_rows
from coffeeshop.views.cases import (
    ANSWER_KEPT,
    case_rows,
    choice_rows,
    parse_case,
    parse_cause,
    verdict_rows,
)
from coffeeshop.views.rows import Row

NO_CASES = (
    "This scenario has no cases, so there is no cause to name. `brief` says what to do."
)


WRONG_CAUSE_COST = (
    "A wrong cause costs points: the second try earns half of a case's points, the third a "
    "third of them."
)


def name_cause(shell: Shell, rest: str) -> Iterator[Row]:
    """Show the cases. With a case, show what can be named; with a cause as well, judge it."""
    diagnoses = shell.sitting.diagnoses
    if not diagnoses:
        yield Row(NO_CASES)
        return
    diagnosis, typed = parse_case(diagnoses, rest)
    if diagnosis is None:
        if typed:
            numbers = " to ".join(("1", str(len(diagnoses))))
            yield Row(f"Name the case first, {numbers}: cause 1 identity nothing")
            return
        yield from _list_cases(shell)
        return
    if not typed:
        yield from _choices(shell, diagnosis)
        return
    cause = parse_cause(diagnosis, typed)
    if isinstance(cause, str):
        yield Row(cause)
        return
    yield from _judge(shell, diagnosis, cause)


def _list_cases(shell: Shell) -> Iterator[Row]:
    """Yield the cases, whose causes are named, and what a wrong cause costs."""
    sitting = shell.sitting
    results = _shown_results(shell)
    yield from case_rows(sitting.diagnoses, results)
    named = [result.is_right for result in results]
    if named and all(named):
        yield Row("You have named every cause.")
        return
    number = named.index(False) + 1 if named else 1
    yield Row(f"`cause {number}` lists the possible causes of case {number}.")
    yield Row(WRONG_CAUSE_COST)


def _shown_results(shell: Shell) -> Sequence[CaseResult]:
    """Return what came of each case. Empty in an exam, which tells it after the hand-in."""
    sitting = shell.sitting
    return () if sitting.in_exam else sitting.case_results


def _choices(shell: Shell, diagnosis: Diagnosis) -> Iterator[Row]:
    """Yield a case and what can be named for it, until its cause is named."""
    number = shell.sitting.diagnoses.index(diagnosis) + 1
    case_row, *evidence_rows = case_rows([diagnosis], _shown_results(shell))
    yield replace(case_row, word=f"Case {number}")
    several = len(shell.sitting.diagnoses) > 1
    word = f"cause {number}" if several else "cause"
    if not several or _is_named(shell, diagnosis):
        yield from evidence_rows
    if _is_named(shell, diagnosis):
        return
    yield Row(
        "You can name the kind of policy, the policy and the statement.", role="title"
    )
    yield from choice_rows(diagnosis)
    yield Row(
        f"`{word} KIND POLICY STATEMENT` names the statement that decides, or that should allow it."
    )
    yield Row(f"`{word} KIND nothing` says that no policy of this kind allows the request.")
    yield Row(WRONG_CAUSE_COST)


def _is_named(shell: Shell, diagnosis: Diagnosis) -> bool:
    """Return whether the learner has named the cause of a case. False in an exam, which tells it later."""
    results = _shown_results(shell)
    return any(each.is_right for each in results if each.case.id == diagnosis.case.id)


def _judge(shell: Shell, diagnosis: Diagnosis, cause: Cause) -> Iterator[Row]:
    """Name a cause, and yield what came of it."""
    case_id = diagnosis.case.id
    named = shell.player.name_cause(case_id, cause)
    if isinstance(named, Refused):
        yield from plain_rows(*named.problems)
        return
    if shell.sitting.in_exam:
        yield ANSWER_KEPT
        yield from plain_rows(named.problem)
        return
    results = shell.sitting.case_results
    result = next(each for each in results if each.case.id == case_id)
    yield from verdict_rows(diagnosis, cause, result, len(results))
    yield from plain_rows(named.problem)
    if result.is_right:
        yield from next_step_rows(shell)
