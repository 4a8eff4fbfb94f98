"""What every all-powerful principal was allowed before the play, and all are refused now.

What even an administrator is refused is refused to everybody. So this finds what a careless Deny
takes away from the whole account, though no job is about it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.administering import (
    leads_to_everything,
)
from coffeeshop.lessons.grading.existing import deny_absent_tags, thing_arns
from coffeeshop.lessons.grading.fences import with_fence, without_needed
from coffeeshop.lessons.grading.lost_requests import losses_by_badge, same_user
from coffeeshop.lessons.grading.needed import USER_BADGES, satisfies_badge
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
)
from coffeeshop.lessons.grading.work import READ_PREFIXES
from coffeeshop.lessons.model import Proof
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import (
    Element,
    Kind,
    Layer,
    Standing,
    Statement,
)
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import usable_credentials, user_named, want_name

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def losses_of_administrators(trial: Trial) -> Iterator[Proof]:
    """Yield a request that an administrator could make before the play, and no
    administrator can now.

    An administrator lost a request only if no remaining administrator may make it. If there
    was no administrator, the root user of before is compared.
    """
    opening = trial.play.scenario.opening
    began = trial.play.scenario.now
    grading_time = trial.play.now
    former_admins = tuple(
        admin for admin in trial.play.scenario.people.admins if user_named(opening, admin)
    )
    strongest = tuple(
        _strongest_session(trial, trial.account, subject, grading_time)
        for subject in former_admins or trial.administrators_and_root
    )
    powerful = tuple(
        session
        for session in strongest
        if session and leads_to_everything(session.standing, grading_time)
    )
    for admin in former_admins or ("root",):
        session_before = _strongest_session(trial, opening, admin, began)
        comparable = tuple(
            session
            for session in powerful
            if session_before and satisfies_badge(session.badge, session_before.badge)
        )
        if session_before and comparable:
            standings = (session_before.standing, *(each.standing for each in comparable))
            fence = tuple(deny_absent_tags(trial.play, standings))
            use_before = _limit_to_existing_use(trial, session_before.standing)
            before = {session_before.badge: with_fence(use_before, fence)}
            yield from losses_by_badge(trial, admin, before, comparable)


def _limit_to_existing_use(trial: Trial, allowed_before: Standing) -> Standing:
    """Return an administrator's earlier access, limited to requests that would count as a
    loss.

    That is using things that existed. A rule against changing or deleting a thing protects
    it, so those actions don't count. The job checks cover the needs of jobs, and the
    brief's refusals to administrators must be lost.
    """
    former_things = Element(tuple(thing_arns(trial.play.scenario.opening)))
    use_statement = Statement("Allow", USE_ACTIONS, former_things)
    existing_only = Layer(Kind.RCP, (shared_policy((use_statement,), "what is there"),))
    unneeded = with_fence(
        without_needed(allowed_before, trial.needed_by_anybody),
        tuple(_deny_refused_to_administrators(trial)),
    )
    return dataclasses.replace(unneeded, layers=(*unneeded.layers, existing_only))


USE_VERBS = (*READ_PREFIXES, "List", "Query", "Receive", "Scan", "Send", "Start")
USE_ACTIONS = Element(tuple(f"*:{verb}*" for verb in USE_VERBS))


def _strongest_session(
    trial: Trial, account: Account, subject: str, at: datetime
) -> HeldSession | None:
    """Return a subject's session with the strongest kind of credential that they have, or None.

    The strongest is compared because nobody loses anything if a policy only asks for an MFA code that they can
    give. A renamed user is still the same subject.
    """
    former_user = user_named(trial.play.scenario.opening, subject)
    user = former_user
    if former_user and account is not trial.play.scenario.opening:
        user = same_user(trial, subject, former_user)
    name = want_name(user.name) if user else subject
    for badge in reversed(USER_BADGES):
        want = trial.credential_want(name, badge)
        for account_copy, caller in usable_credentials(account, want, at):
            allowed = build_standing(account_copy, caller, at)
            if isinstance(allowed, Standing):
                return HeldSession(want.who, badge, account_copy, caller, allowed)
    return None


def _deny_refused_to_administrators(trial: Trial) -> Iterator[Statement]:
    """Yield Denies of the actions that the brief refuses to administrators or root.

    The caller takes them out of what was allowed before: what the brief refuses has to be lost. In
    an organization a rule above may refuse more in the same services.
    """
    refusals = (
        want
        for want in trial.wants
        if want.mode is Mode.NEVER and want.opening_credential is None
    )
    decisions = (
        trial.ticket_for(want).decision
        for want in refusals
        if want.who in trial.administrators_and_root
    )
    for action in sorted({decision.request.action for decision in decisions if decision}):
        yield Statement("Deny", Element((action,)), Element(("*",)))
    if trial.play.account.joined_organization:
        yield from deny_services_with_refusals(trial)


def deny_services_with_refusals(trial: Trial) -> Iterator[Statement]:
    """Yield a Deny of every service in which a refusal forbids something to an
    administrator.

    Such a refusal asks for a rule over the whole account, which can hardly deny one action
    and leave the rest of the service alone. So the caller adds these Denies to the
    permissions from before the play: then an administrator who loses anything in these
    services isn't reported.
    """
    refused = (want for want in trial.wants if want.mode is Mode.NEVER)
    decisions = (
        trial.ticket_for(want).decision
        for want in refused
        if want.who in trial.administrators_and_root or want.who.startswith("account/")
    )
    services = {
        decision.request.action.partition(":")[0] for decision in decisions if decision
    }
    yield from (
        Statement("Deny", Element((f"{service}:*",)), Element(("*",)))
        for service in sorted(services)
    )
