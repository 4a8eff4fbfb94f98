"""What must be kept: what people, functions, roles, groups and accounts could do before the
play, and no job is about.

Everybody here may keep what they had, so nothing of it may be lost. A scenario's `fixed`
roles and groups keep what they give. Newcomers below a permissions boundary get what the
people below it need. If none of these lost anything, the administrators are compared as
well: what is closed to them is closed to everybody.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.iam_resources import Group, Role
from coffeeshop.account.model import Account, Nobody, Outcome, Service
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.administering import (
    with_ordinary_request,
)
from coffeeshop.lessons.grading.administrator_losses import (
    deny_services_with_refusals,
    losses_of_administrators,
)
from coffeeshop.lessons.grading.boundaries import (
    cite_boundary,
    maximum_access,
    users_below_boundary,
    with_identity_layer,
)
from coffeeshop.lessons.grading.fences import (
    clocks_read,
    deny_when,
    from_now_on,
    statements_about,
    with_fence,
)
from coffeeshop.lessons.grading.lost_requests import (
    can_have_badge,
    losses_by_badge,
    proven_losses,
    same_user,
    session_losses,
)
from coffeeshop.lessons.grading.moments import at_every_moment, deny_other_tools
from coffeeshop.lessons.grading.needed import USER_BADGES
from coffeeshop.lessons.grading.permitted import with_renamed_resources
from coffeeshop.lessons.grading.permitted_before import has_job
from coffeeshop.lessons.grading.principal_classes import (
    HIRED_BELOW,
    OTHER_ACCOUNT,
    SERVICE_CLASS,
)
from coffeeshop.lessons.grading.request_space import (
    PLACE_PINS,
    REGION_PIN,
    keys_read,
    without_pins,
)
from coffeeshop.lessons.grading.resource_fences import region_fence
from coffeeshop.lessons.grading.sentences import (
    describe_request,
    display_name,
    statement_subject,
)
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    role_standing,
    trusted_principals,
)
from coffeeshop.lessons.grading.taking import could_assume
from coffeeshop.lessons.model import Check, Finding, Play, Proof, Slack
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import (
    Condition,
    Element,
    Excess,
    Kind,
    Layer,
    Standing,
    Statement,
    Undecided,
)
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import (
    assume_function_role,
    outside_principal,
    user_named,
    want_name,
)

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def find_losses(trial: Trial) -> Iterator[Proof]:
    """Yield for each bystander a proof of the first thing that they could do before the play and
    can't any more.

    If no principal lost anything alone, the administrators are compared, which finds a
    common loss.
    """
    member_losses = chain(
        _losses_of_accounts(trial),
        _losses_of_people(trial),
        _losses_of_functions(trial),
        _losses_of_roles(trial),
    )
    newcomer_losses = islice(_losses_of_newcomers(trial), 1)
    losses = tuple(chain(member_losses, _losses_of_groups(trial), newcomer_losses))
    yield from losses or islice(losses_of_administrators(trial), 1)


def _losses_of_people(trial: Trial) -> Iterator[Proof]:
    """Yield the losses of bystanders, and of machines that aren't judged by name. A renamed user is
    still the same.

    A session with a credential that they can't have, such as an MFA code without a device, shows no
    loss.
    """
    opening = trial.play.scenario.opening
    account = trial.play.account
    people = trial.play.scenario.people
    machines = [machine for machine in people.machines if not trial.is_graded(machine)]
    for subject in (*people.bystanders, *machines):
        former_user = user_named(opening, subject)
        if former_user is None:
            continue
        user = same_user(trial, subject, former_user)
        showable: tuple[HeldSession, ...] = ()
        if user:
            showable = tuple(
                session
                for session in trial.sessions_of(want_name(user.name))
                if can_have_badge(account, user.id, session.badge)
            )
        before = {
            badge: allowed_before
            for badge, allowed_before in trial.allowed_before(subject).items()
            if can_have_badge(opening, former_user.id, badge)
        }
        yield from islice(losses_by_badge(trial, subject, before, showable), 1)


def _losses_of_functions(trial: Trial) -> Iterator[Proof]:
    """Yield the losses of each function, in the role that it has now.

    If a job is about the function, its own check tells what the job lost. Then only the slack is
    compared: calls that it may make without a job. What the brief refuses to it may be lost.
    """
    for function_name in trial.play.scenario.opening.functions:
        subject = f"function/{function_name}"
        if function_name not in trial.account.functions:
            continue
        before = trial.allowed_before(subject)
        sessions = trial.sessions_of(subject)
        if has_job(trial, subject):
            losses = _losses_of_slack(trial, subject, before, sessions)
        else:
            refused = tuple(_deny_refused_actions(trial, subject))
            kept = {
                badge: with_fence(allowed, refused) for badge, allowed in before.items()
            }
            losses = chain(
                losses_by_badge(trial, subject, kept, sessions),
                _losses_of_lambda(trial, subject, function_name),
            )
        yield from islice(losses, 1)


def _deny_refused_actions(trial: Trial, subject: str) -> Iterator[Statement]:
    """Yield a Deny of each action that the brief refuses to the subject: losing what is refused is no loss."""
    for want in trial.wants:
        if want.mode is Mode.NEVER and want.who == subject:
            decision = trial.ticket_for(want).decision
            if decision:
                actions = Element((decision.request.action,))
                yield Statement("Deny", actions, Element(("*",)))


def _losses_of_slack(
    trial: Trial,
    subject: str,
    before: Mapping[str, Standing],
    sessions: Collection[HeldSession],
) -> Iterator[Proof]:
    """Yield what a function with a job lost of its slack: calls that the brief lets it make
    and no job needs.
    """
    for slack in trial.play.scenario.slack:
        if subject in slack.who:
            fence = _deny_outside_slack(slack)
            slack_before = {
                badge: with_fence(allowed_before, fence)
                for badge, allowed_before in before.items()
                if badge in USER_BADGES
            }
            yield from losses_by_badge(trial, subject, slack_before, sessions)


def _deny_outside_slack(slack: Slack) -> tuple[Statement, ...]:
    """Return Denies that leave only these slack calls of a standing, to compare just those."""
    return (
        Statement("Deny", Element(slack.actions, negated=True), Element(("*",))),
        Statement("Deny", Element(("*",)), Element(slack.resources, negated=True)),
    )


def _losses_of_lambda(trial: Trial, subject: str, function_name: str) -> Iterator[Proof]:
    """Yield a loss if Lambda can't assume a function's role at some later moment, and always could before the
    play.

    A trust policy can have an end date.
    """
    play = trial.play
    assumed = assume_function_role(play.account, function_name, play.now)
    losses = tuple(proven_losses(trial, subject, _later_refusals(trial, assumed)))
    if not losses:
        return
    assumed_before = assume_function_role(
        play.scenario.opening, function_name, play.scenario.now
    )
    if not any(_later_refusals(trial, assumed_before)):
        yield Proof(subject, "key", losses)


def _later_refusals(trial: Trial, assumed: Outcome | None) -> Iterator[Excess | Undecided]:
    """Yield when, and by what, assuming a role will be refused, if one of its policies reads the
    clock.
    """
    for decision in assumed.decisions if assumed else ():
        if assumed and clocks_read(decision.standing):
            required, allowed = at_every_moment(
                decision.standing, (decision.request,), assumed.act.at
            )
            yield from trial.find_excesses(required, allowed, most=1)


def _losses_of_roles(trial: Trial) -> Iterator[Proof]:
    """Yield the losses of the scenario's `fixed` service roles, and the services that can't
    assume them now.

    Roles in which a job is done are left out: the job's check tells it.
    """
    opening = trial.play.scenario.opening
    account = trial.account
    play = trial.play
    job_roles = set(_roles_of_jobs(trial))
    for subject in play.scenario.fixed:
        if not subject.startswith("role/") or subject in job_roles:
            continue
        role_name = subject.removeprefix("role/").lower()
        former_role = opening.roles[role_name]
        role = account.roles.get(role_name)
        services = sorted(trusted_principals(former_role).get("Service", ()))
        if not role or not services:
            continue
        allowed_before = role_standing(opening, former_role, play.scenario.now)
        allowed_now = role_standing(account, role, play.now)
        session = HeldSession(subject, subject, account, Nobody(), allowed_now)
        if lost := tuple(session_losses(trial, allowed_before, session)):
            yield Proof(subject, subject, lost)
        for service in services:
            yield from _losses_of_service(trial, service, role)


def _roles_of_jobs(trial: Trial) -> Iterator[str]:
    """Yield the roles in which jobs are done, and those of functions with a job, before the play and now."""
    yield from (need.badge for need in trial.needs if need.badge.startswith("role/"))
    for functions in (trial.play.scenario.opening.functions, trial.account.functions):
        judged_functions = (
            function
            for function_name, function in functions.items()
            if has_job(trial, f"function/{function_name}")
        )
        yield from (
            f"role/{function.role.rpartition('/')[2]}" for function in judged_functions
        )


def _losses_of_service(trial: Trial, service: str, role: Role) -> Iterator[Proof]:
    """Yield a loss if a service could assume a role before the play, and can't by any request now.

    For the proof, its former standing is limited to this one role.
    """
    opening = trial.play.scenario.opening
    account = trial.account
    subject = f"service/{service}"
    allowed_before = _service_standing(trial, opening, service)
    allowed_now = _service_standing(trial, account, service)
    if could_assume(allowed_now, account, role, trial.steps):
        return
    other_roles = Statement(
        "Deny", Element(("*",)), Element((account.arn(role),), negated=True)
    )
    excesses = trial.find_excesses(
        with_fence(allowed_before, (other_roles,)), allowed_now, most=1
    )
    if lost := tuple(proven_losses(trial, subject, excesses)):
        yield Proof(subject, "key", lost)


def _service_standing(trial: Trial, account: Account, service: str) -> Standing:
    """Return what a service is allowed in an account by resource and trust policies, whatever it
    acts for.
    """
    allowed = build_standing(account, Service(service), trial.play.now)
    assert isinstance(allowed, Standing), "a service shows no credential"
    return SERVICE_CLASS.open_standing(
        trial, HeldSession(f"service/{service}", "key", account, Service(service), allowed)
    )


def _losses_of_groups(trial: Trial) -> Iterator[Proof]:
    """Yield what `fixed` groups no longer give to a new member.

    Groups in which somebody with a job is, or was, are left to the job checks.
    """
    opening = trial.play.scenario.opening
    account = trial.account
    newcomer = account.users.get(trial.names["newcomer"])
    for subject in trial.play.scenario.fixed:
        if not subject.startswith("group/"):
            continue
        group_name = subject.removeprefix("group/").lower()
        former_group = opening.groups[group_name]
        group = account.groups.get(group_name)
        has_workers = _has_workers(trial, opening, former_group) or (
            group and _has_workers(trial, account, group)
        )
        if group and newcomer and not has_workers:
            joined = account.put(replace(newcomer, groups=(group.id,)))
            sessions = tuple(
                replace(session, who=subject) for session in trial.newcomer_sessions(joined)
            )
            before = trial.newcomer_allowed_before((former_group.id,))
            yield from islice(losses_by_badge(trial, subject, before, sessions), 1)


def _has_workers(trial: Trial, account: Account, group: Group) -> bool:
    """Tell whether somebody with a job is in the group."""
    workers = (
        user_named(account, want.who) for want in trial.wants if want.mode is Mode.MUST
    )
    return any(group.id in user.groups for user in workers if user)


def _losses_of_newcomers(trial: Trial) -> Iterator[Proof]:
    """Yield what a boundary refuses to somebody hired below it, though jobs need it of users below it.

    The newcomer is compared as if every policy were attached, so only the boundary can refuse. Only what
    the boundary allowed before the play can be lost.
    """
    for member in HIRED_BELOW.members(trial):
        maximum = maximum_access(trial, member)
        if not maximum:
            continue
        needs = shared_policy(tuple(_needs_below_boundary(trial, member)), "asked")
        most_before = _open_newcomer(trial, member, maximum)
        allowed_now = _open_newcomer(trial, member, member.standing)
        required = with_identity_layer(most_before, Layer(Kind.IDENTITY, (needs,)))
        fence = (*HIRED_BELOW.fence(trial, member), *deny_other_tools(allowed_now))
        required = with_fence(required, fence)
        from_now = from_now_on(required, allowed_now, trial.play.now)
        excesses = trial.find_excesses(from_now, allowed_now, most=1)
        lost = tuple(
            cite_boundary(excess, required, maximum)
            for excess in proven_losses(trial, member.who, excesses)
        )
        if lost:
            yield Proof(member.who, member.badge, lost)


def _open_newcomer(trial: Trial, member: HeldSession, allowed: Standing) -> Standing:
    """Return a standing for an ordinary request by any newcomer: their name and id are left
    open, since nobody knows them yet.
    """
    ordinary = with_ordinary_request(trial.account, allowed)
    return HIRED_BELOW.open_standing(trial, replace(member, standing=ordinary))


def _needs_below_boundary(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield what jobs need of users who have the newcomer's boundary.

    A resource that is named after such a user, such as a folder, counts as the caller's.
    """
    newcomer = member.account.users[trial.names["newcomer"]]
    for user in users_below_boundary(trial):
        if (user.path, user.boundary) == (newcomer.path, newcomer.boundary):
            for statement in trial.job_policy(
                want_name(user.name), member.badge
            ).statements:
                yield with_renamed_resources(statement, user.name, "${aws:username}")


def _losses_of_accounts(trial: Trial) -> Iterator[Proof]:
    """Yield what the organization's policies refuse now, and didn't before, to the administrators
    of a member account.

    An account in our unit may lose more, in the services in which the brief refuses something to
    administrators or accounts.
    """
    opening = trial.play.scenario.opening
    account = trial.play.account
    organization_before = opening.joined_organization
    organization = account.joined_organization
    if organization_before is None or organization is None:
        return
    our_unit = organization_before.members[opening.id].parent
    for id, member in organization_before.members.items():
        if id not in organization.members:
            continue
        allowed_before = _account_limits(opening.seen_from(id), trial.play.now)
        allowed_now = _account_limits(account.seen_from(id), trial.play.now)
        if allowed_before == allowed_now:
            continue
        if id == opening.id:  # its people are compared one by one
            allowed_before = without_pins(allowed_before, (REGION_PIN,))
            allowed_now = without_pins(allowed_now, (REGION_PIN,))
        else:
            allowed_before, allowed_now = _open_to_anybody(
                trial, account.seen_from(id), allowed_before, allowed_now
            )
        if member.parent == our_unit:
            fence = (*deny_services_with_refusals(trial), *_deny_roots(allowed_now))
            allowed_before = with_fence(allowed_before, fence)
        required = with_fence(allowed_before, deny_other_tools(allowed_now))
        required = from_now_on(required, allowed_now, trial.play.now)
        excesses = trial.find_excesses(required, allowed_now, trial.domain_of(id), most=1)
        if lost := tuple(proven_losses(trial, f"account/{id}", excesses)):
            yield Proof(f"account/{id}", "key", lost)


def _account_limits(account: Account, at: datetime) -> Standing:
    """Return what an account's administrator can do there: all that the organization's policies
    above it let through.
    """
    allowed = build_standing(account, outside_principal(account.id), at)
    assert isinstance(allowed, Standing), "who shows no credential shows no bad one"
    above = (
        layer for layer in allowed.layers if layer.kind not in (Kind.RESOURCE, Kind.TRUST)
    )
    return with_ordinary_request(account, dataclasses.replace(allowed, layers=tuple(above)))


def _deny_roots(allowed: Standing) -> Iterator[Statement]:
    """Yield Denies of the root user, as far as policies tell it apart, which keep root out
    of a comparison.

    Nobody works as root, so a rule of the organization may deny root anything.
    """
    read = set(keys_read(allowed))
    roots = ("arn:aws:iam::*:root",)
    for condition in (
        Condition("StringEquals", "aws:PrincipalType", ("Account",)),
        Condition("StringLike", "aws:PrincipalArn", roots),
    ):
        if condition.key.lower() in read:
            yield deny_when(condition)


def _open_to_anybody(
    trial: Trial, account: Account, *limits: Standing
) -> tuple[Standing, ...]:
    """Return the access that these limits leave to principals of another account: from
    anywhere, to any Region, under any name.

    We don't know who works in that account, or from where.
    """
    read = {key for limit in limits for key in keys_read(limit)}
    caller = outside_principal(account.id)
    sessions = [
        HeldSession(
            f"account/{account.id}",
            "key",
            account,
            caller,
            without_pins(limit, (*PLACE_PINS, REGION_PIN)),
        )
        for limit in limits
    ]
    fences = (OTHER_ACCOUNT.fence(trial, session) for session in sessions)
    region_fences = (region_fence(limit, read) for limit in limits)
    # On both sides, so that what nobody can send isn't lost.
    fence = tuple(statements_about(chain(*fences, *region_fences), read))
    return tuple(
        with_fence(OTHER_ACCOUNT.open_standing(trial, session, read), fence)
        for session in sessions
    )


# -------------------------------------------------------------------- in words
def loss_findings(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield the finding for each bystander who lost something."""
    for check in checks:
        subject = check.subject
        lost = next(
            (excess for proof in check.pieces(Proof) for excess in proof.excesses), None
        )
        if lost:
            refused = f"can no longer call {describe_request(lost.witness)}"
        else:
            refused = "no longer has their credentials"
        if lost:
            allowed = f"{statement_subject(lost.by)} allowed it."
        else:
            allowed = ""
        if lost and subject == "root":
            allowed = "The root user needs no policy for it."
        explanation = f"{allowed} No job asks you to take it away.".strip()
        yield Finding(
            FindingKind.LOST.key_of(subject),
            (check,),
            (subject,),
            f"{display_name(subject)} {refused}.",
            explanation,
        )
