"""Assert that each case of a diagnosis has a cause of its own, and that a solution solves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from coffeeshop.account.events.event_names import event_name, is_data_event
from coffeeshop.account.model import Account, Outcome, ServiceError
from coffeeshop.lessons.authoring.assertions.attempts import answers, assertion_problem
from coffeeshop.lessons.grading.diagnosis import (
    Diagnosis,
    diagnoses_of,
    retry,
    shows_record,
)
from coffeeshop.lessons.model import Cause, Scenario, Verdict
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Layer,
    Problem,
    Standing,
)
from coffeeshop.shop.mark import Mark

# The members of an account that hold the things in it.
ACCOUNT_COLLECTIONS = (
    *("users", "groups", "roles", "policies", "buckets", "tables", "queues", "functions"),
    *("instances", "trails", "analyzers", "kms_keys", "kms_aliases", "devices"),
)


def cases_have_causes(scenario: Scenario) -> Iterator[Problem]:
    """Assert that policies decide each case at the opening, that no two have the same cause, and that a wrong cause is
    judged wrong.
    """
    first_causes = dict[Cause, str]()
    for diagnosis in diagnoses_of(scenario):
        place = f"{SCENARIO_FILE}, case {diagnosis.case.id}"
        if not diagnosis.causes:
            ticket = diagnosis.ticket
            stopped = ticket.stopping_call
            refusal = str(stopped.answer) if stopped else "no policy needs to allow it"
            why = ticket.missing or refusal
            message = f"the case has no cause at the start of the play: {why}"
            mend = "ask about a request that a policy in the account decides"
            yield assertion_problem(place, message, mend)
            continue
        cause = diagnosis.causes[0]
        if cause in first_causes:
            message = f"the case has the same cause as the case {first_causes[cause]}"
            yield assertion_problem(place, message, "remove one of the two cases")
        first_causes[cause] = diagnosis.case.id
        if not _is_proven(diagnosis):
            message = "AWS decides the same without the statements that count as causes"
            yield assertion_problem(place, message, "please report this with the scenario")
        if all(diagnosis.judge(each) is Verdict.RIGHT for each in all_causes(diagnosis)):
            message = "every cause counts as right"
            yield assertion_problem(place, message, "add another policy to the account")


def all_causes(diagnosis: Diagnosis) -> Iterator[Cause]:
    """Yield every cause that can be named for a case."""
    for located in diagnosis.policies:
        yield Cause(located.kind)
        for number in range(1, len(located.policy.statements) + 1):
            yield Cause(located.kind, located.location, number)


def _is_proven(diagnosis: Diagnosis) -> bool:
    """Return whether the request is decided differently without the statements that are right causes.

    If nothing allows it, there is no statement to leave out, and the policies named must be silent.
    """
    decision = diagnosis.decision
    assert decision is not None, "a case with a cause is decided"
    if isinstance(decision, ImplicitlyDenied):
        return isinstance(authorize(decision.standing, decision.request), ImplicitlyDenied)
    changed = authorize(_without_causes(diagnosis, decision), decision.request)
    if isinstance(decision, ExplicitlyDenied):
        return not isinstance(changed, ExplicitlyDenied)
    return not isinstance(changed, Allowed)


def _without_causes(diagnosis: Diagnosis, decision: Decision) -> Standing:
    """Return the caller's standing without the statements that are right causes."""
    named = [
        located.policy.statements[cause.statement - 1]
        for cause in diagnosis.causes
        for located in diagnosis.policies_of(cause.layer)
        if located.location == cause.policy
    ]
    standing = decision.standing
    layers = tuple(
        Layer(
            layer.kind,
            tuple(
                replace(
                    policy,
                    statements=tuple(
                        each for each in policy.statements if each not in named
                    ),
                )
                for policy in layer.policies
            ),
            layer.on,
        )
        for layer in standing.layers
    )
    return replace(standing, layers=layers)


def records_are_true(scenario: Scenario) -> Iterator[Problem]:
    """Assert that what a case's record tells has happened: a management event is in the event history.

    What it deleted is gone. What it created is there, or an event tells that it was deleted.
    """
    opening = scenario.opening
    for diagnosis in filter(shows_record, diagnoses_of(scenario)):
        place = f"{SCENARIO_FILE}, case {diagnosis.case.id}"
        outcome = diagnosis.ticket.outcomes[-1]
        call = outcome.act.call
        has_event = any(
            _event_facts(event) == _event_facts(outcome)
            for event in opening.event_history.newest_first()
        )
        if not is_data_event(call) and not has_event:
            message = f"that principal didn't call {event_name(call)} in the world"
            mend = 'make the call in the world, or remove shows = "record"'
            yield assertion_problem(place, message, mend)
        if call.operation.startswith("Delete") and _changes_things(opening, outcome):
            message = (
                f"the record is about {call.operation}, but what it deletes still exists"
            )
            mend = 'name something that no longer exists, or remove shows = "record"'
            yield assertion_problem(place, message, mend)
        if _adds_things(opening, outcome) and not _has_deletion(opening, call.operation):
            message = (
                f"the record is about {call.operation}, but what it creates doesn't exist"
            )
            mend = "name something that the world has, or delete it in the world"
            yield assertion_problem(place, message, mend)


def _event_facts(outcome: Outcome) -> tuple[str, str, str, str]:
    """Return what a record tells: the event, who made the call, on what, and the error."""
    decision = outcome.main_decision
    answer = outcome.answer
    return (
        event_name(outcome.act.call),
        decision.standing.principal.arn if decision else "",
        decision.request.resource if decision else "",
        answer.code if isinstance(answer, ServiceError) else "",
    )


def _changes_things(account: Account, outcome: Outcome) -> bool:
    """Return whether a call changes what the account has."""
    return any(
        getattr(account, name) != getattr(outcome.account, name)
        for name in ACCOUNT_COLLECTIONS
    )


def _adds_things(account: Account, outcome: Outcome) -> bool:
    """Return whether a call adds something that the account doesn't have."""
    return any(
        getattr(outcome.account, name).keys() - getattr(account, name).keys()
        for name in ACCOUNT_COLLECTIONS
    )


def _has_deletion(account: Account, creation: str) -> bool:
    """Return whether the event history has a deletion of the kind of thing that an operation creates."""
    deletion = creation.replace("Create", "Delete", 1)
    return any(
        event.act.call.operation == deletion and event.has_succeeded
        for event in account.event_history.newest_first()
    )


def solutions_solve_cases(scenario: Scenario) -> Iterator[Problem]:
    """Assert that every solution solves each case: a refused request works, or an allowed one is refused."""
    diagnoses = diagnoses_of(scenario)
    for name, judged in answers(scenario).solutions.items():
        play = judged.play
        for diagnosis in diagnoses:
            if retry(diagnosis, play.account, play.now).mark is not Mark.OK:
                message = f"the solution doesn't solve the case {diagnosis.case.id}"
                mend = "solve the case, or change the case to ask about what the solution changes"
                yield assertion_problem(name, message, mend)
