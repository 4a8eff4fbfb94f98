"""Say why a call was allowed or refused, find the cause of a refusal, and group checks by cause."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator
from operator import eq
from typing import TypeVar, assert_never

from coffeeshop.account.access.standing import ALLOW_EVERYTHING
from coffeeshop.account.command import with_code_file, write_line
from coffeeshop.account.model import Account, Act, Outcome, Service, ServiceError
from coffeeshop.lessons.grading.sentences import describe_request, display_name
from coffeeshop.lessons.model import Check, Play
from coffeeshop.policy.evaluation.authorize import applicable_layers, authorize, match_layer
from coffeeshop.policy.evaluation.explain import (
    explain_decision,
    nearest_miss,
    root_reason,
    statement_to_cite,
)
from coffeeshop.policy.evaluation.match import PreparedRequest
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Matched,
)
from coffeeshop.shop.serve import assume_function_role
from coffeeshop.shop.want import REFUSAL_PREFIX, Ticket

T = TypeVar("T")
RESOURCE_KINDS = frozenset({Kind.RESOURCE, Kind.TRUST})


def group_by_cause(
    checks: Iterable[Check],
    cause: Callable[[Check], T],
    is_same: Callable[[T, T], bool] = eq,
) -> Iterator[tuple[T, list[Check]]]:
    """Yield the checks in groups that share a cause, each with the cause of its first check.

    A group becomes one finding, so that one mistake isn't told several times. `is_same` compares
    two causes.
    """
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


SAME_REASON = "for the same reason"
PARTLY_THIS_REASON = "partly for this reason"  # some can still fail when this one is mended
OTHER_REASON = "too"


def others_phrase(group: list[Check], reason: str = SAME_REASON) -> str:
    """Return how many other checks of a group fail too, with one of them, to follow a sentence; or "".

    `reason` says whether they fail for the reason of the first: one of the phrases above.
    """
    if len(group) == 1:
        return ""
    other_count = len(group) - 1
    name = group[1].say.removeprefix(REFUSAL_PREFIX)
    if other_count == 1:
        return f", and 1 more check fails {reason}: “{name}”"
    return f", and {other_count} more checks fail {reason}, such as “{name}”"


def deciding_match(decision: Decision | None) -> Matched | None:
    """Return the statement that a decision rests on: the Allow or Deny to cite, else the one that
    came nearest to allowing it.
    """
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
    """Return the request and the deciding policy as a sentence. The request's context isn't
    told."""
    request = dataclasses.replace(decision.request, context={})
    is_root = decision.standing.principal.kind == "root"
    if is_root and isinstance(decision, Allowed) and not decision.by:
        asked = describe_request(request)
        reason = root_reason(decision)
        return f"Root calls {asked}. {reason[0].upper()}{reason[1:]}."
    explanation = explain_decision(decision, names_action=False)
    text = f"{describe_request(request)}: {explanation}"
    if text.endswith((".", "?")):
        return text
    return f"{text}."


def sides_sentence(decision: Decision | None) -> str:
    """Return a sentence that says which of two accounts doesn't allow a request; "" if one
    account decides alone, or if we can't see the caller's own.
    """
    if not isinstance(decision, ImplicitlyDenied) or not _is_across_accounts(decision):
        return ""
    principal = decision.standing.principal
    owner = decision.request.account
    name = principal.principal_arn.rpartition("/")[2]
    if not lacks_partners_side(decision):
        return f" The account {principal.account} allows it; {owner} must also allow it."
    missing = f"in the account {principal.account}, no policy of {name} there allows it"
    if _grants(decision, RESOURCE_KINDS):
        return f" Two accounts have to allow this. {owner} does; {missing}."
    return f" Two accounts have to allow this. {owner} doesn't, and {missing}."


def lacks_partners_side(decision: Decision) -> bool:
    """Tell whether a request to another account is refused because the caller's own account doesn't
    allow it.

    Across accounts both have to allow it.
    """
    return (
        isinstance(decision, ImplicitlyDenied)
        and _is_across_accounts(decision)
        and not _grants(decision, frozenset({Kind.IDENTITY}))
    )


def _is_across_accounts(decision: Decision) -> bool:
    """Tell whether a request is for a thing of another account than the caller's, whose policies we
    can see.
    """
    caller_account = decision.standing.principal.account
    owner = decision.request.account
    policies = (policy for layer in decision.standing.layers for policy in layer.policies)
    is_visible = ALLOW_EVERYTHING not in policies
    return is_visible and bool(caller_account and owner) and caller_account != owner


def _grants(decision: Decision, kinds: Collection[Kind]) -> bool:
    """Tell whether a policy of one of these kinds allows the request of a decision."""
    prepared = PreparedRequest(decision.standing, decision.request)
    return any(
        match_layer(layer, prepared).allows
        for layer in applicable_layers(prepared)
        if layer.kind in kinds
    )


def is_policy_refusal(outcome: Outcome) -> bool:
    """Tell whether policies refused a call, rather than AWS for another reason."""
    return bool(outcome.decisions) and not isinstance(outcome.main_decisions[0], Allowed)


def error_sentence(outcome: Outcome) -> str:
    """Return the error that AWS answered with, as a sentence; "" if it was none."""
    answer = outcome.answer
    if isinstance(answer, ServiceError):
        return f"AWS answered {answer.code}: {answer.message}"
    return ""


def lambda_refusal_sentence(play: Play, subject: str) -> str:
    """Return why Lambda can't assume a function's role; "" if that isn't the reason."""
    kind, _, function = subject.partition("/")
    if kind != "function":
        return ""
    outcome = assume_function_role(play.account, function, play.now)
    if outcome and is_policy_refusal(outcome):
        return decision_sentence(outcome.main_decisions[0])
    return ""


def missing_piece_sentence(play: Play, ticket: Ticket, denial: str) -> str:
    """Return a sentence that a job asked for a role that doesn't exist, or which group would allow
    it; "" if neither.

    `denial` is the job's detail from `_denial_detail`: groups are looked at if no statement comes
    near ("none").
    """
    refused = ticket.decision
    if not isinstance(refused, ImplicitlyDenied):
        return ""
    absent = absent_role_sentence(play.account, refused)
    if not absent and denial == "none":
        return _helpful_group_sentence(play, ticket.want.who, refused)
    return absent


def absent_role_sentence(account: Account, refused: ImplicitlyDenied) -> str:
    """Return a sentence that no role has the requested ARN; with the right ARN, if a role has that
    name at another path.
    """
    arn = Arn.read(refused.request.resource)
    roles = {account.arn(role): role for role in account.roles.values()}
    if (
        refused.request.action not in TAKES_ROLE
        or arn is None
        or arn.account != account.id
        or str(arn) in roles
    ):
        return ""
    role_name = arn.resource.rpartition("/")[2]
    real_arn = next(
        (existing_arn for existing_arn, role in roles.items() if role.name == role_name), ""
    )
    if real_arn:
        return f" No role has that ARN. The ARN of {role_name} is {real_arn}."
    return f" There is no role {role_name} in this account."


TAKES_ROLE = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")


def _helpful_group_sentence(play: Play, subject: str, refused: ImplicitlyDenied) -> str:
    """Return a sentence that names the first group which would allow the request; "" if there is
    none.

    The administrators' groups would allow everything, so they are left out. A session of a role
    has none of its user's groups.
    """
    standing = refused.standing
    if standing.principal.kind != "user":
        return ""
    # Few refusals ask for it.
    from coffeeshop.lessons.grading.practice.in_force import own_policies

    admins = {
        id
        for admin in play.scenario.people.admins
        if (user := play.account.users.get(admin.lower()))
        for id in user.groups
    }
    for group in play.account.groups.values():
        if group.id in admins:
            continue
        group_policies = own_policies(play.account, group)
        layers = (
            dataclasses.replace(layer, policies=(*layer.policies, *group_policies))
            if layer.kind is Kind.IDENTITY
            else layer
            for layer in standing.layers
        )
        in_group = dataclasses.replace(standing, layers=tuple(layers))
        if isinstance(authorize(in_group, refused.request), Allowed):
            return f" The group {group.name} would, but {display_name(subject)} is not a member."
    return ""


def service_step_sentence(act: Act) -> str:
    """Return in words how a service takes a role that was passed to it. Other calls give
    "", also those that a service makes as itself."""
    if not isinstance(act.caller, Service) or not act.call.text("RoleArn"):
        return ""
    return (
        f"{act.caller.name} assumes {act.call.text('RoleArn')}, and runs their code with it"
    )


def describe_step(outcome: Outcome) -> str:
    """Return one step of a way: the line of the call, or a sentence about a service's act
    or an unsimulated part.
    """
    act = outcome.act
    if taken := service_step_sentence(act):
        return taken
    if act.call.service == "request":
        return describe_request(
            dataclasses.replace(outcome.main_decisions[0].request, context={})
        )
    return write_line(with_code_file(act.call))
