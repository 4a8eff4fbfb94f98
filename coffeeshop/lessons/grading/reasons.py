"""Why a call was let in or refused, in the words of a finding, and what stands behind a refusal that its sentence does not
say; and which checks have one reason.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from operator import eq
from typing import TypeVar, assert_never

from coffeeshop.account.command import write
from coffeeshop.account.model import Account, Act, Outcome, Service, ServiceError
from coffeeshop.lessons.grading.sentences import describe_request, display_name
from coffeeshop.lessons.model import Check, Play
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import (
    explain_decision,
    nearest_miss,
    statement_to_cite,
)
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Layer,
    Matched,
    Standing,
)
from coffeeshop.shop.serve import wearing
from coffeeshop.shop.want import Ticket

T = TypeVar("T")


def group_by_cause(
    checks: Iterable[Check],
    cause: Callable[[Check], T],
    is_same: Callable[[T, T], bool] = eq,
) -> Iterator[tuple[T, list[Check]]]:
    """Yields the checks that one finding explains, in groups: those whose cause is that of the first of them."""
    groups = list[tuple[T, list[Check]]]()
    for check in checks:
        check_cause = cause(check)
        joined = next(
            (group for group_cause, group in groups if is_same(group_cause, check_cause)),
            None,
        )
        if joined:
            joined.append(check)
        else:
            groups.append((check_cause, [check]))
    yield from groups


def others_phrase(group: list[Check]) -> str:
    """Tells, as a sentence goes on, how many checks beside the first one of such a group there are."""
    if len(group) == 1:
        return ""
    return f", and {len(group) - 1} more for the same reason"


def deciding_match(decision: Decision | None) -> Matched | None:
    """Returns the statement that decided: the first that allowed or denied, or the nearest one that did not."""
    match decision:
        case Allowed(by=by) | ExplicitlyDenied(by=by):
            return statement_to_cite(by) if by else None
        case ImplicitlyDenied():
            missed = nearest_miss(decision)
            return missed.matched if missed else None
        case None:
            return None
        case _:
            assert_never(decision)


def decision_sentence(decision: Decision) -> str:
    """Tells what was asked and what decided it, in a sentence that is ended."""
    text = f"Asked for {describe_request(dataclasses.replace(decision.request, context={}))}: {explain_decision(decision)}"
    return text if text.endswith((".", "?")) else f"{text}."


def is_policy_refusal(outcome: Outcome) -> bool:
    """Tells whether policies refused a call, and not AWS for another reason."""
    return bool(outcome.decisions) and not isinstance(outcome.decisions[-1], Allowed)


def error_sentence(outcome: Outcome) -> str:
    """Returns the error that AWS answered with, as a sentence; nothing, if it was none."""
    answer = outcome.answer
    if isinstance(answer, ServiceError):
        return f"AWS answered {answer.code}: {answer.message}"
    return ""


def lambda_refusal_sentence(play: Play, subject: str) -> str:
    """Tells why Lambda may not put on what a function wears; nothing, if that is not the reason."""
    kind, _, function = subject.partition("/")
    if kind == "function":
        outcome = wearing(play.account, function, play.now)
    else:
        outcome = None
    if outcome and is_policy_refusal(outcome):
        return decision_sentence(outcome.decisions[-1])
    return ""


def missing_piece_sentence(play: Play, ticket: Ticket, denial: str) -> str:
    """Tells, as a sentence that follows the refusal, that the role is not there, or the first group (the administrators'
    aside) whose policies would let the request through; nothing, if it is neither.
    """
    refused = ticket.decision
    if not isinstance(refused, ImplicitlyDenied):
        return ""
    absent = _absent_role_sentence(play.account, refused)
    return absent or (
        _helpful_group_sentence(play, ticket.want.who, refused) if denial == "none" else ""
    )


def _absent_role_sentence(account: Account, refused: ImplicitlyDenied) -> str:
    arn = Arn.read(refused.request.resource)
    roles = {account.arn(role): role for role in account.roles.values()}
    if (
        refused.request.action != "sts:AssumeRole"
        or arn is None
        or arn.account != account.id
        or str(arn) in roles
    ):
        return ""
    role_name = arn.resource.rpartition("/")[2]
    real_arn = next(
        (existing_arn for existing_arn, role in roles.items() if role.name == role_name), ""
    )
    return f" There is no role of that ARN{f': that of {role_name} is {real_arn}' if real_arn else ''}."


def _helpful_group_sentence(play: Play, subject: str, refused: ImplicitlyDenied) -> str:
    from coffeeshop.lessons.grading.practice.in_force import (
        own_policies,  # few refusals ask for it
    )

    admins = {
        id
        for admin in play.scenario.people.admins
        if (user := play.account.users.get(admin.lower()))
        for id in user.groups
    }
    for group in play.account.groups.values():
        layer = Layer(Kind.IDENTITY, own_policies(play.account, group))
        would = Standing(refused.standing.principal, (layer,), refused.standing.fixed)
        if group.id not in admins and isinstance(
            authorize(would, refused.request), Allowed
        ):
            return f" The group {group.name} would, but {display_name(subject)} is not a member."
    return ""


def service_step_sentence(act: Act) -> str:
    """Return in words how a service takes the role that somebody handed it; "" for all other calls."""
    if not isinstance(act.caller, Service):
        return ""
    return (
        f"{act.caller.name} assumes {act.call.text('RoleArn')}, and runs their code with it"
    )


def describe_step(outcome: Outcome) -> str:
    """Returns one step of a way as one would take it: the line of the call; what a service does for whoever handed it a role,
    and what is not simulated, in words.
    """
    act = outcome.act
    if taken := service_step_sentence(act):
        return taken
    if act.call.service == "request":
        return describe_request(
            dataclasses.replace(outcome.decisions[-1].request, context={})
        )
    return write(act.call)
