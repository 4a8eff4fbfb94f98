"""Whether a refusal that has to be explicit is so for every request like the tried one: a Deny matches each of them.

A practice rule asks for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.lessons.grading.fences import from_now_on, with_fence, without_needed
from coffeeshop.lessons.grading.needed import BADGES_WITHOUT_MFA, caller_and_badge
from coffeeshop.lessons.grading.request_space import is_resource_tag_key, settle_context
from coffeeshop.lessons.grading.sentences import describe_request
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.similar_requests import (
    deny_known_accounts,
    deny_known_buckets,
    keys_left_open,
    refusal_domain,
    refused_standing,
    similar_resources,
)
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.language.principals import naming_test
from coffeeshop.policy.model import (
    Decision,
    Element,
    Excess,
    Kind,
    Layer,
    Standing,
    Undecided,
)
from coffeeshop.shop.decision_outcome import decision_outcome
from coffeeshop.shop.job_needs import allow_statement
from coffeeshop.shop.want import Ticket, Want

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def unrefused_scope(trial: Trial, ticket: Ticket) -> str:
    """Return a phrase that says which requests an explicit Deny misses, to follow "denied
    explicitly". "": none.

    The Deny must match the request with every credential that its principal has or can get,
    and for new members of the same groups. What a job needs is excepted.
    """
    tried = _tried_session(trial, ticket)
    if tried is None:
        return " only for some requests"
    for session in _refused_sessions(trial, ticket, tried):
        if unrefused := _silent_request(trial, ticket, session):
            return f" only for some requests{unrefused}"
    newcomers = _newcomers_beside(trial, ticket.want)
    if any(_silent_request(trial, ticket, session) for session in newcomers):
        return ", but not for new members of the same groups"
    return ""


def explicit_decisions(trial: Trial, ticket: Ticket) -> Iterator[Decision]:
    """Yield the decisions on a refusal that has to be explicit: as it is tried, and with each
    credential that its person can get.
    """
    tried = _tried_session(trial, ticket)
    if tried and ticket.decision:
        yield ticket.decision
        for session in _refused_sessions(trial, ticket, tried):
            yield authorize(session.standing, ticket.decision.request)


def _tried_session(trial: Trial, ticket: Ticket) -> HeldSession | None:
    """Return the session in which a refusal is tried; None if it wasn't refused there."""
    stopping_call = ticket.stopping_call
    if stopping_call is None or ticket.decision is None:
        return None
    subject, badge = caller_and_badge(ticket, stopping_call)
    standing = ticket.decision.standing
    return HeldSession(
        subject, badge, stopping_call.account, stopping_call.act.caller, standing
    )


def _refused_sessions(
    trial: Trial, ticket: Ticket, tried: HeldSession
) -> Iterator[HeldSession]:
    """Yield the sessions that an explicit refusal is about: the one that is tried, and all
    others that its person can come to have.
    """
    # With a practice rule of few scenarios.
    from coffeeshop.lessons.grading.principal_classes import PRINCIPAL_CLASSES

    yield tried
    if ticket.want.opening_credential is not None:
        return
    for session in trial.all_possible_sessions(ticket.want.who):
        if _is_meant(ticket.want, session.badge):
            standing = PRINCIPAL_CLASSES[0].open_standing(trial, session)
            yield replace(session, standing=standing)


def _is_meant(want: Want, badge: str) -> bool:
    """Tell whether a refusal is about sessions with that credential.

    A refusal in a role is about the sessions of that role. One with just a password is
    about sessions without an MFA code. Every other refusal is about all sessions.
    """
    if want.via:
        return badge.lower() == f"role/{want.via}".lower()
    return want.badge != "password" or badge in BADGES_WITHOUT_MFA


def _newcomers_beside(trial: Trial, want: Want) -> Iterator[HeldSession]:
    """Yield the sessions of somebody new in the same groups as the refusal's person: a Deny on the
    group must match them too.
    """
    # With a practice rule of few scenarios.
    from coffeeshop.lessons.grading.newcomers import newcomers_beside
    from coffeeshop.lessons.grading.principal_classes import IN_A_GROUP

    for session in newcomers_beside(trial, (want.who,)):
        if _is_meant(want, session.badge):
            yield replace(session, standing=IN_A_GROUP.open_standing(trial, session))


def _silent_request(trial: Trial, ticket: Ticket, session: HeldSession) -> str:
    """Return in words a request like the refused one that no Deny matches in this session, or "".

    A refusal that has to be explicit must have a Deny for every such request. So the requests that must
    be denied are compared with a standing that allows exactly what the Denies match.
    """
    decision = ticket.decision
    stopping_call = ticket.stopping_call
    assert decision is not None, "a refusal that is judged was decided"
    assert stopping_call is not None, "a refusal that is judged was refused"
    request = decision.request
    want = ticket.want
    allowed, holder_keys = refused_standing(trial, want, session.standing)
    resources = similar_resources(trial, want, request.resource)
    needed = trial.needed_with_any_badge(want.who)
    opened = keys_left_open(want, allowed, request, resources, holder_keys, needed)
    said_keys = {key.lower() for key in (*allowed.fixed, *request.context)}
    fixed = {
        key: value
        for key, value in settle_context(allowed, request.context, opened).items()
        if key in said_keys or is_resource_tag_key(key)
    }
    action_policy = shared_policy((allow_statement((request.action,), resources),))
    refused = dataclasses.replace(
        Standing.of(action_policy), principal=allowed.principal, fixed=fixed
    )
    refused = with_fence(refused, tuple(deny_known_buckets(trial, request)))
    to_be_denied = from_now_on(
        without_needed(refused, needed),
        allowed,
        stopping_call.act.at,
    )
    denied_in_words = dataclasses.replace(
        _denies_as_allows(with_fence(allowed, deny_known_accounts(trial, want))),
        fixed=fixed,
    )
    excesses = trial.find_excesses(
        to_be_denied, denied_in_words, refusal_domain(trial, want, decision), most=1
    )
    return next(
        (
            _silence_phrase(excess, allowed, session, stopping_call.act.at)
            for excess in excesses
        ),
        "",
    )


def _silence_phrase(
    excess: Excess | Undecided, allowed: Standing, session: HeldSession, at: datetime
) -> str:
    """Return a phrase for a request that no Deny matches and its circumstances, or for why that
    couldn't be proven.
    """
    if isinstance(excess, Undecided):
        return f", as far as could be proven ({excess.reason})"
    witness = excess.witness
    outcome = decision_outcome(
        authorize(allowed, witness), session.account, session.caller, at
    )
    asked = describe_request(dataclasses.replace(witness, context={}))
    # Imported late, since most plays have no request to describe.
    from coffeeshop.lessons.grading.circumstances import describe_circumstances

    circumstances = describe_circumstances(outcome, witness.context.keys())
    return f": no Deny covers {asked} {circumstances}"


def _denies_as_allows(allowed: Standing) -> Standing:
    """Return a standing that allows just what this one's Denies match.

    A comparison finds requests that are allowed. So turned round, it finds requests that no
    Deny is about.
    """
    denies = (
        dataclasses.replace(
            s,
            effect="Allow",
            principals=None,
            resources=s.resources or Element((layer.on,)),
        )
        for layer in allowed.layers
        for policy in layer.policies
        for s in policy.statements
        if s.effect == "Deny"
        and (s.principals is None or naming_test(s.principals, "Deny")(allowed))
    )
    return dataclasses.replace(
        allowed,
        layers=(Layer(Kind.IDENTITY, (shared_policy(tuple(denies), "said in words"),)),),
    )
