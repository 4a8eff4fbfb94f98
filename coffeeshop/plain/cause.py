"""Answer the word `cause`: show the cases of a diagnosis, and judge the cause that is named for one."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.grading.diagnosis import Diagnosis
from coffeeshop.lessons.model import Cause
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.plain.shell import Shell, plain_rows, step
from coffeeshop.views.cases import (
    UNTOLD,
    case_rows,
    choice_rows,
    parse_case,
    parse_cause,
    verdict_rows,
)
from coffeeshop.views.rows import Row

NO_CASES = (
    "This scenario has no cases, so there is no cause to name. `brief` tells what to do."
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
        yield from case_rows(diagnoses)
        yield Row("`cause 1` lists what you can name for the first case.")
        return
    if not typed:
        yield from _choices(shell, diagnosis)
        return
    cause = parse_cause(diagnosis, typed)
    if isinstance(cause, str):
        yield Row(cause)
        return
    yield from _judge(shell, diagnosis, cause)


def _choices(shell: Shell, diagnosis: Diagnosis) -> Iterator[Row]:
    """Yield a case and what can be named for it."""
    number = shell.sitting.diagnoses.index(diagnosis) + 1
    several = len(shell.sitting.diagnoses) > 1
    word = f"cause {number}" if several else "cause"
    yield from (
        case_rows([diagnosis])
        if not several
        else (Row(diagnosis.case.say, word=f"Case {number}"),)
    )
    yield Row(
        "What you can name: the kind of policy, the policy, the statement.", role="title"
    )
    yield from choice_rows(diagnosis)
    yield Row(f"`{word} KIND POLICY STATEMENT` names the statement that decides.")
    yield Row(f"`{word} KIND nothing` says that no policy of this kind allows the request.")


def _judge(shell: Shell, diagnosis: Diagnosis, cause: Cause) -> Iterator[Row]:
    """Name a cause, and yield what came of it."""
    case_id = diagnosis.case.id
    named = shell.player.name_cause(case_id, cause)
    if isinstance(named, Refused):
        yield from plain_rows(*named.problems)
        return
    if shell.sitting.in_exam:
        yield UNTOLD
        yield from plain_rows(named.problem)
        return
    results = shell.sitting.case_results
    result = next(each for each in results if each.case.id == case_id)
    yield from verdict_rows(diagnosis, cause, result, len(results))
    yield from plain_rows(named.problem)
    if result.is_right:
        yield from step(shell)
