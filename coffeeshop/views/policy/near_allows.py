"""Which statement of an edited policy misses a job by one element: its line, what stands there, and what the job asks for."""

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

MOST = 3  # statements that are told


def near_allow_rows(
    text: str, policy: Policy, jobs: Sequence[Ticket], lacking: Sequence[Ticket], mark: Mark
) -> Iterator[Row]:
    """Yield a row with this mark for each statement of an identity policy's `text` that serves none of the `jobs` and misses one
    that is `lacking` by one element.
    """
    idle = [statement for statement in policy.statements if not _serves(statement, jobs)]
    rows_by_name: dict[int, Row] = {}
    for job in lacking:
        miss = _only_miss(job.decision, dataclasses.replace(policy, statements=tuple(idle)))
        if miss is not None:
            number = _number(policy, miss.matched.statement)
            rows_by_name.setdefault(
                number,
                Row(_miss_text(miss, job), mark, f"line {_line(text, number, miss)}"),
            )
    yield from list(rows_by_name.values())[:MOST]


def _serves(statement: Statement, jobs: Sequence[Ticket]) -> bool:
    """Tell whether a statement alone allows anything that one of the jobs asks for; a Deny serves nobody by itself."""
    asked_decisions = (
        decision
        for job in jobs
        for outcome in job.outcomes
        for decision in outcome.decisions
    )
    return statement.effect == "Deny" or any(
        isinstance(_by(decision, Policy((statement,))), Allowed)
        for decision in asked_decisions
    )


def _only_miss(decision: Decision | None, policy: Policy) -> NearestMiss | None:
    """Return the element by which the nearest statement of a policy misses a request, if it is the only one."""
    if decision and policy.statements:
        missed = nearest_miss(_by(decision, policy))
    else:
        missed = None
    if missed and missed.failed == 1 and missed.element != "unclear":
        return missed
    return None


def _by(decision: Decision, policy: Policy) -> Decision:
    """Return what a policy alone decides of a request."""
    alone = dataclasses.replace(
        decision.standing, layers=(Layer(Kind.IDENTITY, (policy,)),)
    )
    return authorize(alone, decision.request)


def _number(policy: Policy, statement: Statement) -> int:
    return next(
        number
        for number, each_statement in enumerate(policy.statements)
        if each_statement is statement
    )


def _miss_text(miss: NearestMiss, job: Ticket) -> str:
    """Return what a statement says in the element that misses, and what the job asks for there."""
    if miss.is_exclusion:
        wrote = f"all but {miss.wrote}"
    else:
        wrote = miss.wrote
    wanted_text = f"“{job.want.say}” asks for {miss.asked}"
    match miss.element:
        case "resource":
            return f"This statement is about {wrote}; {wanted_text}."
        case "condition":
            new_text = f"has no {miss.key}" if miss.lacks_key else f"has {miss.asked}"
            return f"This statement asks for {wrote}; the request of “{job.want.say}” {new_text}."
        case _:
            return f"This statement allows {wrote}; {wanted_text}."


def _line(text: str, number: int, miss: NearestMiss) -> int:
    """Return the line on which the element stands that misses; of several values that of the one that is told."""
    places_by_name = element_places(text)
    statement = f"Statement[{number}]"
    element = ELEMENTS[miss.element]
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


ELEMENTS = {
    "action": "Action",
    "unknown-action": "Action",
    "resource": "Resource",
    "principal": "Principal",
    "condition": "Condition",
}
