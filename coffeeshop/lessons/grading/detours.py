"""The detours of a person: by which ways they come to more than their jobs need, and which refusals are got round by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.attacker import Unfinished
from coffeeshop.account.escalation.reach import Path
from coffeeshop.account.escalation.run_as_role import handed
from coffeeshop.account.escalation.searches import reached
from coffeeshop.account.model import Account, Act, Call, Caller, Outcome, Service
from coffeeshop.lessons.grading.moments import from_now_on
from coffeeshop.lessons.grading.needed import badge_of
from coffeeshop.policy.comparison.budgets import PLAYED, BudgetError
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Request, Standing
from coffeeshop.shop.serve import decided, outsider, present, serve, worn_key
from coffeeshop.shop.want import Ticket, Want

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

Way: TypeAlias = tuple[Path, tuple[Outcome, ...]]


def find_detour(trial: Trial, refusal: Ticket) -> Ticket | None:
    """Returns a refusal that holds as it is got round by a detour, the calls of the detour first; None if by none, or if the
    brief asks for no detours.
    """
    if refusal.want.reach:
        return next(_detours_of_refusal(trial, refusal), None)
    return None


def _detours_of_refusal(trial: Trial, refusal: Ticket) -> Iterator[Ticket]:
    for path, outcomes in trial.unneeded_paths(refusal.want):
        try:
            trial.steps.take(PLAYED)
        except BudgetError as error:
            trial.note_unproven(refusal.want.who, str(error))
            return
        there = serve(path.account, refusal.want, path.acts[-1].at, path.caller)
        if not there.holds:
            yield replace(there, outcomes=(*outcomes, *there.outcomes))


def unneeded_ways(trial: Trial, want: Want) -> Iterator[Way]:
    """Yields what the person of a want can come to by ways that no job of theirs needs, and the calls that lead there."""
    for account, caller in present(trial.account, want, trial.play.now):
        for walked in reached(account, caller, trial.play.now, steps=trial.steps):
            if isinstance(walked, Unfinished):
                trial.note_unproven(want.who, walked.reason)
                continue
            path, outcomes = walked
            if not all(
                is_needed(trial, want.who, *made)
                for made in _calls_with_accounts(account, outcomes)
            ):
                yield path, outcomes
        yield from _ways_by_service(trial, want, account, caller)


def _ways_by_service(
    trial: Trial, want: Want, account: Account, caller: Caller
) -> Iterator[Way]:
    """The roles that they could have a service wear for code of theirs, each with the decisions that let them."""
    now = trial.play.now
    who = build_standing(account, caller, now)
    if not isinstance(who, Standing):
        return
    badge = badge_of(account, caller) or "key"
    for found in handed(account, from_now_on(who, Standing.of(), now), trial.steps):
        if isinstance(found, Unfinished):
            trial.note_unproven(want.who, found.reason)
            continue
        service, role, requests = found
        if _allows_all(trial.needed_access(want.who, badge), requests):
            continue
        said = {"RoleArn": account.arn(role), "RoleSessionName": "canary"}
        taken = handle(account, Act(now, Service(service), Call("sts", "AssumeRole", said)))
        if worn := worn_key(taken):
            asked = (decided(account, caller, request, now) for request in requests)
            path = Path((taken.act,), taken.account, worn, ("pass",), (caller, worn))
            yield path, (*asked, taken)


def is_needed(trial: Trial, who: str, account: Account, outcome: Outcome) -> bool:
    """Tells whether a call of a way is one that the jobs of its person need: everything that it asks for is."""
    caller = outcome.act.caller
    badge = badge_of(account, caller)
    if badge is None and caller != _outside_caller(
        who
    ):  # a service putting on what was passed to it
        return True
    return _allows_all(
        trial.needed_access(who, badge or "key"),
        requests_of_call(account, outcome.act.call, caller),
    )


def _allows_all(fine: Standing, requests: Iterable[Request]) -> bool:
    return all(isinstance(authorize(fine, request), Allowed) for request in requests)


def _outside_caller(who: str) -> Caller | None:
    if who.startswith("account/"):
        return outsider(who.partition("/")[2])
    return None


def _calls_with_accounts(
    account: Account, outcomes: tuple[Outcome, ...]
) -> Iterator[tuple[Account, Outcome]]:
    """Each call of a way, with the account in which it is made."""
    for outcome in outcomes:
        yield account, outcome
        account = outcome.account
