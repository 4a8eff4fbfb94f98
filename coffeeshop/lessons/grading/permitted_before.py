"""The access that a member of a principal class may keep from before the play, or get by
others' jobs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.access.public_access import is_public
from coffeeshop.account.access.resource_policies import resource_layers
from coffeeshop.account.model import Account, Outcome
from coffeeshop.lessons.grading.across_accounts import (
    toward_our_resources,
)
from coffeeshop.lessons.grading.boundaries import GRANT_CALLS, maximum_access
from coffeeshop.lessons.grading.detours import is_needed
from coffeeshop.lessons.grading.existing import policy_holder_arns
from coffeeshop.lessons.grading.fences import with_fence
from coffeeshop.lessons.grading.formerly import user_before
from coffeeshop.lessons.grading.future_tags import with_open_tags
from coffeeshop.lessons.grading.live_sessions import live_sessions
from coffeeshop.lessons.grading.member_accounts import member_standing_before
from coffeeshop.lessons.grading.needed import USER_BADGES, user_behind
from coffeeshop.lessons.grading.principal_classes import (
    BELOW_BOUNDARY,
    GIVEN_A_BADGE,
    GIVEN_A_TAG,
    HIRED_BELOW,
    IN_A_GROUP,
    PrincipalClass,
)
from coffeeshop.lessons.grading.provider_sessions import provider_of, provider_role_sessions
from coffeeshop.lessons.grading.sessions import HeldSession, free_keys, role_standing
from coffeeshop.lessons.grading.workload_claims import WORKLOAD_PREFIX
from coffeeshop.policy.language.principals import ANYBODY
from coffeeshop.policy.model import (
    PRESENT,
    Element,
    Kind,
    Layer,
    Policy,
    Standing,
    Statement,
)
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import want_name

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def permitted_before(
    trial: Trial, row: PrincipalClass, member: HeldSession
) -> Standing | None:
    """Return the access that a member may keep from before the play, or get by others' jobs.

    None means that everything that no job needs is too much. An empty standing means that they may keep
    what they had, and had nothing.
    """
    kind = untagged_kind(trial, row, member)
    may_keep = _may_keep(trial, kind, member.who)
    if may_keep:
        standing = _standing_before(trial, kind, member)
    else:
        standing = _access_jobs_may_give(trial, kind, member)
    if standing is None:
        # Nothing was allowed before: None, unless a member may keep just that.
        return Standing.of() if may_keep else None
    if row is GIVEN_A_TAG:
        standing = with_open_tags(standing, member)
    existing = _limit_to_existing(member.account, standing, kind in OUTSIDER_KINDS)
    if kind in ("service", "federated"):
        denies = tuple(_denies_of_jobs_requests(trial, kind, member.who))
        existing = with_fence(existing, denies)
    return row.open_standing(trial, replace(member, standing=existing))


def _denies_of_jobs_requests(trial: Trial, kind: str, subject: str) -> Iterator[Statement]:
    """Yield Denies of what jobs ask of a service or of a provider's tokens: of that, no more is permitted than they need.

    A service's jobs are about its actions on any resource, those of tokens about the roles that they open.
    """
    for ticket in trial.jobs:
        if kind == "service" and ticket.want.who == subject:
            for decision in ticket.all_decisions:
                yield _deny_of(decision.request.action, "*")
        if kind == "federated" and ticket.want.who.startswith(WORKLOAD_PREFIX):
            for decision in ticket.all_decisions:
                if decision.standing.principal.arn == subject.partition("/")[2]:
                    yield _deny_of(decision.request.action, decision.request.resource)


def _deny_of(action: str, resource: str) -> Statement:
    """Return a Deny of an action on a resource."""
    return Statement("Deny", Element((action,)), Element((resource,)))


def _access_jobs_may_give(trial: Trial, kind: str, member: HeldSession) -> Standing | None:
    """Return the most that jobs may let others give to a user below a permissions boundary.

    None: it is another member.
    """
    of_a_user = kind in ("user", GIVEN_A_BADGE.kind)
    if of_a_user and _may_be_given_more(trial, member.who):
        return maximum_access(trial, member)
    return None


def _may_be_given_more(trial: Trial, subject: str) -> bool:
    """Tell whether jobs may have given the user policies that they didn't have before.

    For a user judged by name, that is so only if somebody whose job it is did so in this play. Otherwise the
    learner gave them.
    """
    gifts = trial.play.outcomes_of(lambda act: act.call.operation in dict(GRANT_CALLS))
    return not trial.is_graded(subject) or any(
        _gives_by_job(trial, outcome, subject) for outcome in gifts
    )


def _gives_by_job(trial: Trial, outcome: Outcome, subject: str) -> bool:
    """Tell whether a call gave the user a policy, and a job of its caller needs that call."""
    call = outcome.act.call
    if not outcome.has_succeeded or call.operation not in dict(GRANT_CALLS):
        return False
    # AWS ignores the case of user names.
    if want_name(call.text("UserName")).lower() != subject.lower():
        return False
    giver = user_behind(outcome.account, outcome.act.caller)
    return giver is not None and is_needed(
        trial, want_name(giver.name), outcome.account, outcome
    )


def _limit_to_existing(
    account: Account, allowed_before: Standing, to_outsiders: bool
) -> Standing:
    """Return what was allowed before, on resources that still exist.

    Allows for everybody that are gone now are left out. They weren't meant for this member, so taking them
    away was right.
    """
    existing = {*policy_holder_arns(account)}
    current_layers = {layer.on: layer for layer in resource_layers(account)}
    layers: list[Layer] = []
    for layer in allowed_before.layers:
        if layer.on == "*":  # no resource's policy
            layers.append(layer)
        elif layer.on in existing:
            current_layer = current_layers.get(layer.on)
            layers.append(_without_public_grants(layer, current_layer, to_outsiders))
    return dataclasses.replace(allowed_before, layers=tuple(layers))


def _without_public_grants(
    layer: Layer, current_layer: Layer | None, to_outsiders: bool
) -> Layer:
    """Return the layer of a resource's policies as it was, without its Allows for everybody.

    Those that the resource still has (`current_layer`) stay.
    """
    current_statements = set[Statement]()
    if current_layer:
        for policy in current_layer.policies:
            current_statements.update(policy.statements)
    policies: list[Policy] = []
    for policy in layer.policies:
        statements = tuple(
            statement
            for statement in policy.statements
            if statement in current_statements
            or not _is_public(statement, to_outsiders=to_outsiders)
        )
        if statements == policy.statements:
            policies.append(policy)
        else:
            policies.append(dataclasses.replace(policy, statements=statements))
    return dataclasses.replace(layer, policies=tuple(policies))


def _is_public(statement: Statement, *, to_outsiders: bool) -> bool:
    """Tell whether a statement allows something to everybody, without a condition. For outsiders
    it's enough if S3 calls it public: its condition keeps nobody out for sure.
    """
    principals = statement.principals
    return (
        statement.effect == "Allow"
        and (not statement.conditions or to_outsiders)
        and principals is not None
        and not principals.negated
        and ANYBODY in principals.entries
        and (not statement.conditions or is_public(Policy((statement,))))
    )


OUTSIDER_KINDS = ("service", "federated", "known by an id")


# The kinds of class whose members keep what they had before the play.
KEEPING_KINDS = {
    BELOW_BOUNDARY.kind,
    IN_A_GROUP.kind,
    HIRED_BELOW.kind,
    "role of a service",
    "session of a provider",
    "service",
    "federated",
    "known by an id",
    "of a sister account",
}


def _may_keep(trial: Trial, kind: str, subject: str) -> bool:
    """Tell whether a principal may keep its access from before the play.

    Bystanders, machines, services, providers and member accounts may: the brief isn't about them.
    So may credentials that nobody has yet, unless their user is judged by name and has another one.
    """
    if kind in KEEPING_KINDS:
        return True
    if kind == GIVEN_A_BADGE.kind:
        return not (trial.is_graded(subject) and trial.sessions_of(subject))
    if kind == "function":
        return not has_job(trial, subject)
    people = trial.play.scenario.people
    keepers = trial.genuine_names((*people.bystanders, *people.machines))
    is_keeper = subject.lower() in keepers and not trial.is_graded(subject)
    return is_keeper or subject.startswith("federated-user/")


def _standing_before(trial: Trial, kind: str, member: HeldSession) -> Standing | None:
    """Return the earlier access of a member of this kind of class, or None if there was no
    such member.
    """
    scenario = trial.play.scenario
    match kind:
        case (
            "user"
            | GIVEN_A_BADGE.kind
            | BELOW_BOUNDARY.kind
            | HIRED_BELOW.kind
            | "function"
        ):
            return _user_standing_before(trial, kind, member)
        case IN_A_GROUP.kind:
            return _group_standing_before(trial, member)
        case "role of a service":
            role = scenario.opening.roles.get(member.who.partition("/")[2].lower())
            session_name = member.standing.principal.arn.rpartition("/")[2]
            if role:
                return role_standing(scenario.opening, role, scenario.now, session_name)
            return None
        case "session of a provider":
            return _provider_standing_before(trial, member)
        case "live session":
            standings = {
                session.caller: session.standing
                for _, session in live_sessions(scenario.opening, scenario.now)
            }
            allowed_before = trial.allowed_before(member.who)
            return standings.get(member.caller) or allowed_before.get(member.badge)
        case "service" | "federated" | "known by an id":
            return _with_former_resources(trial, member.standing)
        case "of a sister account":
            return member_standing_before(trial, member)
        case _:  # strangers, guests and newcomers keep nothing
            return None


def _provider_standing_before(trial: Trial, member: HeldSession) -> Standing | None:
    """Return what the same provider's identities were allowed in the role before the play."""
    scenario = trial.play.scenario
    role = scenario.opening.roles.get(member.who.partition("/")[2].lower())
    if role is None:
        return None
    provider = provider_of(member.standing)
    for session in provider_role_sessions(
        scenario.opening, role, scenario.now, trial.steps
    ):
        if provider_of(session.standing) == provider:
            return session.standing
    return None


def _user_standing_before(trial: Trial, kind: str, member: HeldSession) -> Standing | None:
    """Return what a user or function was allowed before the play with this kind of credential.

    Return None if they didn't have one. In the class of those who are given a credential (GIVEN_A_BADGE),
    it is minted. A session with an MFA code counts as at least what they had without one. Below a
    boundary, the answer is the most that jobs let others give them.
    """
    minted = kind == GIVEN_A_BADGE.kind
    raised = kind in (BELOW_BOUNDARY.kind, HIRED_BELOW.kind) or (
        minted and _may_be_given_more(trial, member.who)
    )
    if raised and (maximum := maximum_access(trial, member)):
        return maximum
    allowed_before = trial.allowed_before(member.who, minted=minted)
    if member.badge == "code":
        badges = reversed(USER_BADGES)  # the strongest that they had
    else:
        badges = (member.badge,)
    return next(
        (allowed_before[badge] for badge in badges if badge in allowed_before), None
    )


def _group_standing_before(trial: Trial, member: HeldSession) -> Standing | None:
    """Return the access that a newcomer's groups gave before the play, or None if they may
    not keep it.

    It may be kept if somebody who was in these groups and is now isn't judged by name, or has no
    credential. Otherwise the members may have only what they need, so a newcomer may have no more
    either.
    """
    newcomer = member.account.users[trial.names["newcomer"]]
    opening = trial.play.scenario.opening
    groups = newcomer.groups
    account = trial.play.account
    has_excuse = False
    for user in account.users.values():
        if set(user.groups) != set(groups):
            continue
        former_user = user_before(account, opening, user)
        if former_user is None or set(groups).isdisjoint(former_user.groups):
            continue
        if not trial.is_graded(user.name) or not trial.sessions_of(want_name(user.name)):
            has_excuse = True
            break
    if not has_excuse:
        return None
    allowed_before = trial.newcomer_allowed_before(groups).get(member.badge)
    if allowed_before is None:
        return None
    present = {
        key.lower() for key, value in member.standing.fixed.items() if value is PRESENT
    }
    return free_keys(allowed_before, present)


def _with_former_resources(trial: Trial, allowed: Standing) -> Standing:
    """Return what the same principal was allowed by the resource policies of before the play."""
    own_layers = tuple(
        layer
        for layer in allowed.layers
        if layer.kind not in (Kind.RESOURCE, Kind.TRUST, Kind.IDENTITY)
    )
    former = dataclasses.replace(
        allowed, layers=(*own_layers, *resource_layers(trial.play.scenario.opening))
    )
    if allowed.principal.account:
        return toward_our_resources(former, trial.account)
    return former


def untagged_kind(trial: Trial, row: PrincipalClass, member: HeldSession) -> str:
    """Return the kind of a member's class.

    A member "given a tag" has the kind that they have without the tag: they are permitted
    the same with and without it. So a user without that credential is one who is given it.
    """
    if row is not GIVEN_A_TAG:
        return row.kind
    match member.who.partition("/"):
        case "function", _, _:
            return "function"
        case "role", _, _:
            return "role of a service"
        case "account", _, _:
            return "guest"
        case _ if member.badge in trial.badges_to_be_given(member.who):
            return GIVEN_A_BADGE.kind
        case _:
            return "user"


def has_job(trial: Trial, subject: str) -> bool:
    """Tell whether the subject has a job. A refusal alone makes nobody judged by name."""
    return any(want.who == subject and want.mode is Mode.MUST for want in trial.wants)
