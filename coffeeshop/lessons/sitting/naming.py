"""Accept the cause that a learner names for a case, or say why it can't be named."""

from __future__ import annotations

from coffeeshop.lessons.model import Cause, NamedCause
from coffeeshop.lessons.sitting.answers import Named, Refused, refusal_for
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.policy.language.spelling import suggest_name


def accept_cause(sitting: Sitting, case: str, cause: Cause) -> Named | Refused:
    """Return the judged cause. Refused: there is no such case or statement, or it was named before, which costs nothing.

    An exam doesn't say which cause was right.
    """
    diagnoses = {diagnosis.case.id: diagnosis for diagnosis in sitting.diagnoses}
    diagnosis = diagnoses.get(case)
    if diagnosis is None:
        if not diagnoses:
            message = "this scenario has no cases, so no cause is asked for"
            return refusal_for("no-case", message, "")
        mend = suggest_name(case, diagnoses, f"there are: {', '.join(diagnoses)}")
        return refusal_for("no-case", f"there is no case {case[:64]!a}", mend)
    if not diagnosis.has(cause):
        message = "this account has no such statement"
        return refusal_for("no-statement", message, "name one that it has")
    results = {result.case.id: result for result in sitting.case_results}
    if results[case].is_right and not sitting.in_exam:
        number = list(diagnoses).index(case) + 1
        message = f"you named the cause of case {number} already"
        return refusal_for("named-before", message, "it is right")
    named_cause = NamedCause(case, cause)
    if named_cause in sitting.named_causes:
        return refusal_for("named-before", "you named this before", "name another one")
    return Named(diagnosis, named_cause)
