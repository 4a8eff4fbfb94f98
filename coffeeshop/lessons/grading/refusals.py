"""Whether a refusal that holds as it is tried always holds: at every moment, from everywhere, for
everybody of an account.

If it was tried on a drawn name, it must hold for any name. For principals who are compared with
what they need, such a request is an excess anyway. For administrators, root, and people of other
accounts on their own resources only this module finds it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.grading.chosen_names import opening_of, tickets_under_other_names
from coffeeshop.lessons.grading.fences import from_now_on, with_fence
from coffeeshop.lessons.grading.needed import BADGES_WITHOUT_MFA, caller_and_badge
from coffeeshop.lessons.grading.request_space import USER_ID, request_time, settle_context
from coffeeshop.lessons.grading.similar_requests import (
    deny_known_accounts,
    deny_known_buckets,
    is_joining_account,
    keys_left_open,
    refusal_domain,
    refused_standing,
    similar_resources,
)
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import (
    Element,
    Layer,
    Request,
    Standing,
    Statement,
    Undecided,
)
from coffeeshop.shop.decision_outcome import decision_outcome
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket, Want, with_names

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def find_other_leak(trial: Trial, ticket: Ticket) -> Ticket | None:
    """Return the refusal's ticket with another credential, moment, address, name or session name with which the
    request is allowed; None if there is none. What the search left open is noted as unproven.
    """
    others = (
        *_refusals_with_other_badges(trial, ticket),
        *tickets_under_other_names(ticket),
        *_refusals_of_members(trial, ticket),
    )
    for tried in (ticket, *others):
        if not tried.is_really_refused:
            return tried
        if leak := search_leak(trial, tried):
            return leak
    return None


def _refusals_with_other_badges(trial: Trial, ticket: Ticket) -> Iterator[Ticket]:
    """Yield runs of a refusal that is about any credential, with a key alone and with a password
    alone.

    Somebody can show either, so a leak with one of them is a leak.
    """
    if ticket.want.badge == "any":
        for badge in BADGES_WITHOUT_MFA:
            want = replace(ticket.want, badge=badge)
            tried = serve(trial.account, want, trial.play.now)
            yield replace(tried, want=ticket.want)


def _refusals_of_members(trial: Trial, ticket: Ticket) -> Iterator[Ticket]:
    """Yield runs of a refusal about an account that joins tomorrow, for each account that is in the
    same unit today.

    A rule for whoever joins has to cover them as well. Refusals name our own account themselves, so
    it is left out.
    """
    organization = trial.account.joined_organization
    joining_account = trial.names["newshop"]
    if organization is None or not is_joining_account(trial, ticket.want):
        return
    want_key = ticket.want.mode, ticket.want.id
    want_as_written = next(
        want for want in trial.play.scenario.wants if (want.mode, want.id) == want_key
    )
    unit = organization.members[joining_account].parent
    for member_id, member in organization.members.items():
        if member.parent != unit or member_id in (joining_account, trial.account.id):
            continue
        want = with_names(want_as_written, {**trial.names, "newshop": member_id})
        yield serve(trial.account, want, trial.play.now)


def search_leak(
    trial: Trial, ticket: Ticket, needed_there: Standing | None = None
) -> Ticket | None:
    """Return the refusal's ticket with a request like the refused one that is allowed; None if
    there is none.

    Such requests differ in what the refusal leaves open. What a job needs may be allowed: `needed_there`,
    if the credential isn't the subject's own. If every permission for the call is there, a setting
    refuses it, such as S3 Block Public Access, and no other request gets round that.
    """
    stopping_call = ticket.stopping_call
    if stopping_call is None or not stopping_call.decisions or stopping_call.is_authorized:
        return None
    if ticket.want.opening_credential is not None:
        needed = Standing.of()  # a thief has no job, whatever its owner needs
    elif needed_there is not None:
        needed = needed_there
    else:
        needed = trial.needed_access(*caller_and_badge(ticket, stopping_call))
    decision = stopping_call.main_decisions[0]
    opening = opening_of(ticket, stopping_call.act.caller)
    names = opening.name_limits(decision.standing) if opening else ()
    open_standing = _open_standing(trial, ticket.want, stopping_call, needed, names)
    if open_standing is None:
        return None
    domain = refusal_domain(trial, ticket.want, decision)
    for excess in trial.find_excesses(open_standing, needed, domain):
        if isinstance(excess, Undecided):
            trial.note_unproven(ticket.want.who, excess.reason)
        else:
            return _leaking_ticket(
                trial, ticket, stopping_call, open_standing, excess.witness
            )
    return None


def _leaking_ticket(
    trial: Trial,
    ticket: Ticket,
    stopped: Outcome,
    open_standing: Standing,
    witness: Request,
) -> Ticket:
    """Return the refusal's ticket with the leak that the search found.

    The refusal is run again at the moment of the example request (`witness`), if that alone lets it
    through. Otherwise the example request takes the place of its last call.
    """
    at = max(request_time(witness) or trial.play.now, trial.play.now)
    later_ticket = serve(trial.account, ticket.want, at)
    if not later_ticket.is_really_refused:
        return later_ticket
    allowed_call = decision_outcome(
        authorize(open_standing, witness), stopped.account, stopped.act.caller, at
    )
    return replace(ticket, outcomes=(*ticket.outcomes[:-1], allowed_call))


def _open_standing(
    trial: Trial,
    want: Want,
    stopped: Outcome,
    needed: Standing,
    name_limits: tuple[Layer, ...],
) -> Standing | None:
    """Return the allowed requests of the refused principal, with every key free that the
    refusal omits.

    That is the clock, where the request comes from, who of an account sends it, a drawn name, and within
    `name_limits` the name of the session. Only requests for the refused action and such resources are left
    in it. None if no policy reads any of these, or the refusal fixes them: then the one run tells all.
    """
    decision = stopped.main_decisions[0]
    allowed, holder_keys = refused_standing(trial, want, decision.standing)
    if name_limits:
        allowed = dataclasses.replace(allowed, layers=(*allowed.layers, *name_limits))
        holder_keys |= {USER_ID}
    request = decision.request
    resources = similar_resources(trial, want, request.resource)
    opened = keys_left_open(want, allowed, request, resources, holder_keys, needed)
    if not opened.names and resources == (request.resource,):
        return None
    fence = (
        Statement("Deny", Element((request.action,), True), Element(("*",))),
        Statement("Deny", Element(("*",)), Element(resources, True)),
        *deny_known_accounts(trial, want),
        *deny_known_buckets(trial, request),
    )
    open_allowed = dataclasses.replace(
        allowed, fixed=settle_context(allowed, request.context, opened)
    )
    until = _session_end(trial, want)
    later = from_now_on(open_allowed, Standing.of(), stopped.act.at, until)
    return with_fence(later, fence)


def _session_end(trial: Trial, want: Want) -> datetime | None:
    """Return when the stolen session that a refusal is about expires; None: it is about no session."""
    credential = trial.account.credential_of(want.opening_credential)
    return credential.expires if isinstance(credential, Session) else None
