"""Find the statements of an edited policy that miss a job by one element."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import NearestMiss, nearest_miss
from coffeeshop.policy.language.parse import element_places
from coffeeshop.policy.model import Allowed, Decision, Kind, Layer, Policy, Statement
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import Ticket
from coffeeshop.views.rows import Row

MAX_STATEMENTS = 3  # statements in one answer


def near_allow_rows(
    text: str, policy: Policy, jobs: Sequence[Ticket], lacking: Sequence[Ticket], mark: Mark
) -> Iterator[Row]:
    """Yield a row for each statement that misses a job by one element.

    Only statements that allow none of the `jobs` count. `lacking` are the jobs that AWS still
    refuses. Each row has this mark, the line of the element, its value and the value that the
    job needs.
    """
    idle = [
        statement for statement in policy.statements if not _allows_any_job(statement, jobs)
    ]
    rows_by_number: dict[int, Row] = {}
    for job in lacking:
        miss = _only_miss(job.decision, dataclasses.replace(policy, statements=tuple(idle)))
        if miss is not None:
            number = _number(policy, miss.matched.statement)
            rows_by_number.setdefault(
                number,
                Row(_miss_text(miss, job), mark, f"line {_line(text, number, miss)}"),
            )
    yield from list(rows_by_number.values())[:MAX_STATEMENTS]


def _allows_any_job(statement: Statement, jobs: Sequence[Ticket]) -> bool:
    """Return whether a statement allows a request of one of the jobs, so it isn't a near miss.

    Return True for a Deny as well, because it can't be a statement that nearly allows something.
    """
    if statement.effect == "Deny":
        return True
    decisions = (
        decision
        for job in jobs
        for outcome in job.outcomes
        for decision in outcome.decisions
    )
    return any(
        isinstance(_decision_by(decision, Policy((statement,))), Allowed)
        for decision in decisions
    )


def _only_miss(decision: Decision | None, policy: Policy) -> NearestMiss | None:
    """Return the only element by which the policy's nearest statement misses a request, or None."""
    if decision and policy.statements:
        missed = nearest_miss(_decision_by(decision, policy))
    else:
        missed = None
    if missed and missed.failed == 1 and missed.element != "unclear":
        return missed
    return None


def _decision_by(decision: Decision, policy: Policy) -> Decision:
    """Return how AWS would decide the same request if the principal had only this policy."""
    alone = dataclasses.replace(
        decision.standing, layers=(Layer(Kind.IDENTITY, (policy,)),)
    )
    return authorize(alone, decision.request)


def _number(policy: Policy, statement: Statement) -> int:
    """Return the index of a statement in its policy."""
    return next(
        number
        for number, each_statement in enumerate(policy.statements)
        if each_statement is statement
    )


def _miss_text(miss: NearestMiss, job: Ticket) -> str:
    """Return a sentence with the value in the statement and the value that the job needs."""
    if miss.is_exclusion:
        written = f"all but {miss.wrote}"
    else:
        written = miss.wrote
    needed = f"“{job.want.say}” needs {miss.asked}"
    match miss.element:
        case "resource":
            return f"This statement is about {written}, but {needed}."
        case "condition":
            in_request = f"has no {miss.key}" if miss.lacks_key else f"has {miss.asked}"
            return f"This statement requires {written}, but the request of “{job.want.say}” {in_request}."
        case _:
            return f"This statement allows {written}, but {needed}."


def _line(text: str, number: int, miss: NearestMiss) -> int:
    """Return the line of the element that misses.

    Of several values, it is the line of the one that the sentence names.
    """
    places_by_name = element_places(text)
    statement = f"Statement[{number}]"
    element = ELEMENT_NAMES[miss.element]
    places = [
        place
        for path, place in places_by_name.items()
        if path.startswith(f"{statement}.")
        and element in path
        and miss.key.lower() in path.lower()
    ]
    value = [
        place for place in places if text[place.start : place.end].strip('"') == miss.wrote
    ]
    return next(iter((*value, *reversed(places), places_by_name[statement]))).line


ELEMENT_NAMES = {
    "action": "Action",
    "unknown-action": "Action",
    "resource": "Resource",
    "principal": "Principal",
    "condition": "Condition",
}
