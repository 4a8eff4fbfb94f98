"""Detours: chains of calls by which somebody reaches more than their jobs need, or gets round a
refusal.

A user can attach a policy to their user, for example, or assume a role that allows more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.attacker import Unfinished
from coffeeshop.account.escalation.reach import Path
from coffeeshop.account.escalation.run_as_role import passable_roles
from coffeeshop.account.escalation.searches import reachable_paths
from coffeeshop.account.model import Account, Act, Call, Caller, Outcome, Service
from coffeeshop.lessons.grading.fences import from_now_on
from coffeeshop.lessons.grading.needed import badge_of
from coffeeshop.policy.comparison.budgets import PLAYED, BudgetError
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Request, Standing
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

Way: TypeAlias = tuple[Path, tuple[Outcome, ...]]


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
    """
    for path, outcomes in trial.unneeded_paths(refusal.want):
        try:
            trial.steps.take(PLAYED)
        except BudgetError as error:
            trial.note_unproven(refusal.want.who, str(error))
            return
        leak = serve(path.account, refusal.want, path.acts[-1].at, path.caller)
        if not leak.is_really_refused:
            yield replace(leak, outcomes=(*outcomes, *leak.outcomes))


def unneeded_ways(trial: Trial, want: Want) -> Iterator[Way]:
    """Yield each way by which a want's subject could gain more access, and which their jobs
    don't need, with its calls.

    A way that consists only of calls that jobs need is permitted, wherever it leads.
    """
    for account, caller in usable_credentials(trial.account, want, trial.play.now):
        for walked in reachable_paths(account, caller, trial.play.now, steps=trial.steps):
            if isinstance(walked, Unfinished):
                trial.note_unproven(want.who, walked.reason)
                continue
            path, outcomes = walked
            calls = _calls_with_accounts(account, outcomes)
            if not all(is_needed(trial, want.who, *call) for call in calls):
                yield path, outcomes
        yield from _ways_by_service(trial, want, account, caller)


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
        if _allows_all(trial.needed_access(want.who, badge), requests):
            continue
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
            yield path, (*requested, assumed)


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
