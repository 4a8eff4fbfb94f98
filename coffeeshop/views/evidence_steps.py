"""The Next box's step for a refusal whose caller the learner has to find out: look at the evidence first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.ids import arn
from coffeeshop.account.model import Account
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import Ticket
from coffeeshop.views.step import Step, console

# By operation that finds it out, if the scenario lists it: what its answer tells.
EVIDENCE_TEXTS: Mapping[tuple[str, str], str] = {
    ("cloudtrail", "LookupEvents"): "CloudTrail's event history shows who it was.",
    (
        "access-analyzer",
        "ListFindingsV2",
    ): "Access Analyzer's findings show who gets in from outside.",
}


def _known_values(account: Account, operation: tuple[str, str]) -> Mapping[str, str]:
    """Return the known parameters of an operation: the analyzer, if the account has one only."""
    if operation[0] == "access-analyzer" and len(account.analyzers) == 1:
        (name,) = account.analyzers
        return {"analyzerArn": arn(account, "analyzer", name)}
    return {}


def evidence_first(step: Step, play: Play, tickets: Sequence[Ticket]) -> Step:
    """Return a step that doesn't name whom the learner has to find out, until they have looked at the evidence."""
    failing = step.fails.id if step.fails else ""
    is_hidden = any(
        ticket.want.quiet and ticket.mark is Mark.LEAK and ticket.want.id == failing
        for ticket in tickets
    )
    if not is_hidden:
        return step
    done = {(each.act.call.service, each.act.call.operation) for each in play.outcomes}
    for operation, cause in EVIDENCE_TEXTS.items():
        command = f"{operation[0]} {OPERATIONS[operation].cli}"
        if command in play.scenario.calls and operation not in done:
            deed = console(operation, _known_values(play.account, operation))
            return Step(cause, deed, step.fails, want=step.want)
    return step
