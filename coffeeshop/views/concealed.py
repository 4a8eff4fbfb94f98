"""Leave out the reason of a decision where the learner has yet to name it as the cause of a case."""

from __future__ import annotations

from collections.abc import Collection

from coffeeshop.lessons.grading.diagnosis import is_concealed
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.policy.model import Decision, ImplicitlyDenied, Statement

REASON_WITHHELD = (
    "The reason would reveal the cause of a case, which you name yourself. "
    "You can ask why, but that counts as help."
)


def reason_text(
    decision: Decision, unnamed: Collection[Statement] = (), names_action: bool = True
) -> str:
    """Return the reason of a decision. `unnamed` are the statements that aren't told.

    Without `names_action`, the request is "it", for a text that names it just before. That nothing
    allows a request tells no cause. Only the nearest statement might.
    """
    if not is_concealed(decision, unnamed):
        return explain_decision(decision, names_action=names_action)
    if isinstance(decision, ImplicitlyDenied):
        return explain_decision(decision, nearest=False, names_action=names_action)
    return REASON_WITHHELD
