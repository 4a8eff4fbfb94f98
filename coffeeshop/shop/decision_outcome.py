"""Give a decision that no API call asked for the form of a call's outcome."""

from __future__ import annotations

from datetime import datetime

from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Caller,
    Outcome,
    Reply,
    ServiceError,
)
from coffeeshop.policy.evaluation.explain import message
from coffeeshop.policy.model import Allowed, Decision, Request


def decision_outcome(
    decision: Decision, account: Account, caller: Caller, at: datetime
) -> Outcome:
    """Return a policy decision as the outcome of a call: an empty reply, or AccessDenied."""
    if isinstance(decision, Allowed):
        answer = Reply()
    else:
        answer = ServiceError("AccessDenied", message(decision), 403)
    return Outcome(
        act_without_api_call(caller, decision.request, at), account, answer, (decision,)
    )


def act_without_api_call(caller: Caller, request: Request, at: datetime) -> Act:
    """Return an act for a request that no API call makes, so that it can have an outcome
    like any other.
    """
    return Act(at, caller, Call("request", request.action, {"Resource": request.resource}))
