"""Detours: chains of calls by which somebody reaches more than their jobs need, or gets round a
refusal.

A user can attach a policy to their user, for example, or assume a role that allows more.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.credentials import Session
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.attacker import Unfinished
from coffeeshop.account.escalation.reach import Path
from coffeeshop.account.escalation.run_as_role import passable_roles
from coffeeshop.account.escalation.searches import reachable_paths
from coffeeshop.account.model import Account, Act, Call, Caller, Outcome, Service
from coffeeshop.lessons.grading.fences import from_now_on
from coffeeshop.lessons.grading.needed import badge_of
from coffeeshop.lessons.grading.refusals import search_leak
from coffeeshop.lessons.grading.role_needs import needed_statements, needs_of_role
from coffeeshop.policy.comparison.budgets import CALL_COST, BudgetError
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import compiled_policy, shared_policy
from coffeeshop.policy.model import Allowed, Request, Standing
from coffeeshop.shop.decision_outcome import decision_outcome
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import (
    assumed_session_key,
    decide_request,
    outside_principal,
    serve,
    usable_credentials,
)
from coffeeshop.shop.want import Ticket, Want

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


# The fields of an account that no refused request depends on: IAM's entities, and records of what was done.
UNRELATED_FIELDS = (
    *("users", "groups", "roles", "policies", "instance_profiles", "credentials"),
    *("calls", "names", "births", "usage", "jobs", "event_history"),
)
# Those on which only requests to their service depend.
FIELDS_BY_SERVICE: Mapping[str, tuple[str, ...]] = {
    "dynamodb": ("tables",),
    "lambda": ("functions",),
    "s3": ("buckets",),
    "sqs": ("queues", "deleted_queues"),
}


class Way(NamedTuple):
    """A path to more access and its outcomes. `is_needed`: it consists only of calls that jobs need."""

    path: Path
    outcomes: tuple[Outcome, ...]
    is_needed: bool


def find_detour(trial: Trial, refusal: Ticket) -> Ticket | None:
    """Return a refusal's ticket with the calls by which its subject gets round it; None if they
    can't.

    Only refusals with `reach` are about detours.
    """
    if refusal.want.reach:
        return next(_detours_of_refusal(trial, refusal), None)
    return None


def _detours_of_refusal(trial: Trial, refusal: Ticket) -> Iterator[Ticket]:
    """Yield the refusal's ticket for each way after which the refused request is allowed, with the
    calls of that way first.

    A job may need the way. It is a detour anyway, unless a job also needs the refused request there.
    A role that a job of the subject assumes is no detour: refusals in it are said with `via`. A
    longer way into that role is none either, unless it opens there what no job needs.
    """
    direct_ends = set[tuple[Caller, str]]()
    asked_questions = set[tuple[bool, Hashable]]()
    for way in trial.ways_to_more(refusal.want):
        end = way.outcomes[0].act.caller, _end_badge(way)
        if way.is_needed and _ends_in_own_role(trial, refusal.want, way):
            direct_ends.add(end)
            continue
        may_end_there = way.is_needed or end in direct_ends
        question = _refused_question(refusal, way)
        if question and (may_end_there, question) in asked_questions:
            continue
        asked_questions.add((may_end_there, question))
        try:
            trial.steps.take(CALL_COST)
        except BudgetError as error:
            trial.note_unproven(refusal.want.who, str(error))
            return
        leak = serve(way.path.account, refusal.want, way.path.acts[-1].at, way.path.caller)
        if may_end_there:
            needed = _needed_at_end(trial, refusal.want, way)
        else:
            needed = Standing.of()
        if leak.is_really_refused:
            found = search_leak(trial, leak, needed)
        elif may_end_there and _is_needed_there(leak, needed):
            found = None
        else:
            found = leak
        if found:
            outcomes = (*way.outcomes, *found.outcomes)
            yield replace(found, outcomes=outcomes, needs_detour=way.is_needed)


def calls_needed_first(trial: Trial, ticket: Ticket, call: Outcome) -> tuple[Outcome, ...]:
    """Return the calls of a ticket before one of its calls, if AWS allows that only after them.

    The call that opened the caller's session isn't returned if it can be made now: whoever is
    named as the caller has that session.
    """
    earlier = ticket.outcomes[: ticket.outcomes.index(call)]
    decision = call.main_decision
    if not earlier or not isinstance(decision, Allowed):
        return ()
    credentials = [*_credentials_now(trial, ticket.want, earlier, call.act.caller)]
    for account, caller in credentials:
        now = decide_request(account, caller, decision.request, call.act.at)
        if any(isinstance(each, Allowed) for each in now.main_decisions):
            return ()
    opening = _opening_call(earlier, call.act.caller) if credentials else None
    return tuple(outcome for outcome in earlier if outcome is not opening)


def _credentials_now(
    trial: Trial, want: Want, earlier: tuple[Outcome, ...], caller: Caller
) -> Iterator[tuple[Account, Caller]]:
    """Yield what a caller of a ticket can use without its `earlier` calls, each with its account.

    A session that one of them opened is opened again, as far as that can be done now.
    """
    opening = _opening_call(earlier, caller)
    if opening is None:
        yield from usable_credentials(trial.account, want, trial.play.now)
        return
    before = earlier[: earlier.index(opening)]
    for account, opener in _credentials_now(trial, want, before, opening.act.caller):
        opened = handle(account, replace(opening.act, caller=opener))
        if key := assumed_session_key(opened):
            yield opened.account, key


def _opening_call(earlier: tuple[Outcome, ...], caller: Caller) -> Outcome | None:
    """Return the call that opened the caller's session. None: they had their credential before."""
    if not earlier or earlier[0].act.caller == caller:
        return None
    having = (outcome for outcome in earlier if outcome.account.credential_of(caller))
    opening = next(having, None)
    is_session = opening and isinstance(opening.account.credential_of(caller), Session)
    return opening if is_session else None


def _ends_in_own_role(trial: Trial, want: Want, way: Way) -> bool:
    """Tell whether a way ends in a session of a role that jobs of the want's subject assume."""
    roles = {
        f"role/{job.via}".lower()
        for job in trial.wants
        if job.mode is Mode.MUST and job.via and job.who.lower() == want.who.lower()
    }
    return _end_badge(way).lower() in roles


def _end_badge(way: Way) -> str:
    """Return the kind of credential to which a way leads ("": none of the account)."""
    return badge_of(way.path.account, way.path.caller) or ""


def _refused_question(refusal: Ticket, way: Way) -> Hashable:
    """Return a key of all that decides the refused request at the end of a way: equal keys have equal answers.

    It has the principal, the statements about the action, and the service's resources. None:
    the refusal has several calls, or is about IAM, so that it depends on more.
    """
    account = way.path.account
    caller = way.path.caller
    allowed = build_standing(account, caller, way.path.acts[-1].at)
    actions = {
        each.request.action.lower() for call in refusal.outcomes for each in call.decisions
    }
    services = {action.partition(":")[0] for action in actions}
    if (
        len(refusal.outcomes) != 1
        or services & {"iam", "sts"}
        or not isinstance(allowed, Standing)
    ):
        return None
    statements = (
        (layer.kind, layer.on, clause.statement)
        for layer in allowed.layers
        for policy in layer.policies
        for action in actions
        for clause in chain(*compiled_policy(policy).clauses_about(action))
    )
    resources = (id(getattr(account, field)) for field in _fields_for_services(services))
    return (
        allowed.principal,
        _end_badge(way),
        frozenset(allowed.fixed.items()),
        frozenset(statements),
        tuple(resources),
    )


def _fields_for_services(services: Collection[str]) -> Iterator[str]:
    """Yield the fields of an account on which requests to these services can depend, but for IAM's entities."""
    unrelated_services = FIELDS_BY_SERVICE.keys() - services
    unrelated = {
        field for service in unrelated_services for field in FIELDS_BY_SERVICE[service]
    }
    for field in Account.__struct_fields__:
        if field not in UNRELATED_FIELDS and field not in unrelated:
            yield field


def _needed_at_end(trial: Trial, want: Want, way: Way) -> Standing:
    """Return what jobs need with the credential that a way leads to: those of its subject, and those of
    functions in the role that was passed.
    """
    badge = badge_of(way.path.account, way.path.caller) or "key"
    role = badge.partition("role/")[2]
    statements = [*needed_statements(trial, want.who, badge)]
    if role and "pass" in way.path.ways:
        statements.extend(needs_of_role(trial, role))
    return Standing.of(shared_policy(tuple(statements), "needed"))


def _is_needed_there(leak: Ticket, needed: Standing) -> bool:
    """Tell whether jobs need all that a refusal's calls ask for."""
    decisions = (decision for call in leak.outcomes for decision in call.decisions)
    return _allows_all(needed, (decision.request for decision in decisions))


def ways_to_more(trial: Trial, want: Want) -> Iterator[Way]:
    """Yield each way by which a want's subject could gain more access, with its calls."""
    for account, caller in usable_credentials(trial.account, want, trial.play.now):
        # Before the search for paths, which may use up the steps.
        ways_by_service = tuple(_ways_by_service(trial, want, account, caller))
        for walked in reachable_paths(account, caller, trial.play.now, steps=trial.steps):
            if isinstance(walked, Unfinished):
                trial.note_unproven(want.who, walked.reason)
                continue
            path, outcomes = walked
            if outcomes:
                calls = _calls_with_accounts(account, outcomes)
                way_is_needed = all(is_needed(trial, want.who, *call) for call in calls)
                yield Way(path, outcomes, way_is_needed)
        yield from ways_by_service


def _ways_by_service(
    trial: Trial, want: Want, account: Account, caller: Caller
) -> Iterator[Way]:
    """Yield a way for each role that the caller could pass to a service (iam:PassRole).

    The caller can run their own code in that service, which assumes the role. So they can
    do whatever the role can.
    """
    began = trial.play.now
    allowed = build_standing(account, caller, began)
    if not isinstance(allowed, Standing):
        return
    badge = badge_of(account, caller) or "key"
    from_now = from_now_on(allowed, Standing.of(), began)
    for way in passable_roles(account, from_now, trial.steps):
        if isinstance(way, Unfinished):
            trial.note_unproven(want.who, way.reason)
            continue
        service, role, requests = way
        way_is_needed = _allows_all(trial.needed_access(want.who, badge), requests)
        parameters = {"RoleArn": account.arn(role), "RoleSessionName": "canary"}
        assumed = handle(
            account, Act(began, Service(service), Call("sts", "AssumeRole", parameters))
        )
        if role_key := assumed_session_key(assumed):
            requested = (
                decide_request(account, caller, request, began) for request in requests
            )
            path = Path(
                (assumed.act,), assumed.account, role_key, ("pass",), (caller, role_key)
            )
            yield Way(path, (*requested, assumed), way_is_needed)


def is_needed(trial: Trial, subject: str, account: Account, outcome: Outcome) -> bool:
    """Tell whether the subject's jobs need everything that a call asks for.

    A service's call to assume a role that it was handed counts as needed: the call that
    handed the role over is judged instead.
    """
    caller = outcome.act.caller
    badge = badge_of(account, caller)
    if badge is None and caller != _outside_caller(subject):
        return True
    return _allows_all(
        trial.needed_access(subject, badge or "key"),
        requests_of_call(account, outcome.act.call, caller),
    )


def unneeded_request(trial: Trial, subject: str, way: Way) -> Outcome | None:
    """Return the first request of a way that no job of the subject needs, as the outcome of a call."""
    for outcome in way.outcomes:
        act = outcome.act
        badge = badge_of(outcome.account, act.caller)
        if badge is None and act.caller != _outside_caller(subject):
            continue
        needed = trial.needed_access(subject, badge or "key")
        for decision in outcome.decisions:
            if not _allows_all(needed, (decision.request,)):
                return decision_outcome(decision, outcome.account, act.caller, act.at)
    return None


def differs_in_name(trial: Trial, subject: str, way: Way) -> bool:
    """Tell whether a way runs code in a role as jobs of the subject do, in a function of another name.

    It ends in the access of those jobs. The calls that no job needs are an excess by themselves.
    """
    if set(way.path.ways) != {"pass"}:
        return False
    job_policy = trial.job_policy(subject, "key")
    job_actions = {
        action.lower()
        for statement in job_policy.statements
        for action in statement.actions.values
    }
    requests = [
        decision.request
        for outcome in way.outcomes
        for decision in outcome.decisions
        if decision.request.action != "sts:AssumeRole"  # the service's own
    ]
    passed = [request for request in requests if request.action == "iam:PassRole"]
    return (
        bool(passed)
        and _allows_all(Standing.of(job_policy), passed)
        and all(request.action.lower() in job_actions for request in requests)
    )


def _allows_all(needed: Standing, requests: Iterable[Request]) -> bool:
    """Tell whether the needed access allows every request."""
    return all(isinstance(authorize(needed, request), Allowed) for request in requests)


def _outside_caller(subject: str) -> Caller | None:
    """Return the caller for a subject of another account, or None for a subject of ours."""
    if subject.startswith("account/"):
        return outside_principal(subject.partition("/")[2])
    return None


def _calls_with_accounts(
    account: Account, outcomes: tuple[Outcome, ...]
) -> Iterator[tuple[Account, Outcome]]:
    """Yield each call of a way with the account in which it is made: one call changes the account
    for the next.
    """
    for outcome in outcomes:
        yield account, outcome
        account = outcome.account
