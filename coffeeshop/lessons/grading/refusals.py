"""Whether a refusal that holds as it is tried always holds: at every moment, from everywhere, for
everybody of an account.

If it was tried on a drawn name, it must hold for any name. For principals who are compared with
what they need, such a request is an excess anyway. For administrators, root, and people of other
accounts on their own resources only this module finds it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.grading.chosen_names import opening_of, tickets_under_other_names
from coffeeshop.lessons.grading.fences import (
    clocks_read,
    deny_when,
    from_now_on,
    with_fence,
    without_needed,
)
from coffeeshop.lessons.grading.needed import (
    BADGES_WITHOUT_MFA,
    caller_and_badge,
    generalize_name,
)
from coffeeshop.lessons.grading.request_space import (
    CLOCK_KEYS,
    ISSUED_KEY,
    USER_ID,
    OpenKeys,
    is_resource_tag_key,
    is_way_of_sending,
    keys_read,
    open_keys,
    request_time,
    settle_context,
)
from coffeeshop.lessons.grading.sentences import describe_request
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.policy.comparison.representatives import ACCOUNT_PATTERNS, ANY_ACCOUNT
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import (
    PreparedRequest,
    compiled_policy,
    shared_policy,
)
from coffeeshop.policy.language.principals import naming_test
from coffeeshop.policy.model import (
    Condition,
    Decision,
    Element,
    Excess,
    Kind,
    Layer,
    Request,
    Standing,
    Statement,
    Undecided,
    Values,
)
from coffeeshop.shop.job_needs import KEYS_WITH_MEANING_IF_ABSENT, allow_statement
from coffeeshop.shop.serve import decision_outcome, outside_principal, serve
from coffeeshop.shop.want import Ticket, Want, with_names

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial
    from coffeeshop.policy.comparison.domain import Domain

RESOURCE_ACCOUNT_KEY = "aws:resourceaccount"
REGION_KEY = "aws:requestedregion"
ARN_REGION_PATTERN = re.compile(r"^(arn:[^:]*:[^:]*:)[^:]+")


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
    if organization is None or not _is_joining_account(trial, ticket.want):
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
    domain = _refusal_domain(trial, ticket.want, decision)
    for excess in trial.find_excesses(open_standing, needed, domain):
        if isinstance(excess, Undecided):
            trial.note_unproven(ticket.want.who, excess.reason)
        else:
            return _leaking_ticket(
                trial, ticket, stopping_call, open_standing, excess.witness
            )
    return None


def _refusal_domain(trial: Trial, want: Want, decision: Decision) -> Domain:
    """Return the requests to search for a leak: those on resources of the accounts that the refused
    request is about.
    """
    owner = decision.request.account  # the ARN of a bucket does not say whose it is
    if _is_joining_account(trial, want):
        accounts = (ANY_ACCOUNT,)
    else:
        caller_account = decision.standing.principal.account
        accounts = tuple(dict.fromkeys((trial.account.id, caller_account, owner)))
    return dataclasses.replace(trial.domain, accounts=accounts, owner=owner)


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
    allowed, holder_keys = _refused_standing(trial, want, decision.standing)
    if name_limits:
        allowed = dataclasses.replace(allowed, layers=(*allowed.layers, *name_limits))
        holder_keys |= {USER_ID}
    request = decision.request
    resources = _similar_resources(trial, want, request.resource)
    opened = _open_keys(want, allowed, request, resources, holder_keys, needed)
    if not opened.names and resources == (request.resource,):
        return None
    fence = (
        Statement("Deny", Element((request.action,), True), Element(("*",))),
        Statement("Deny", Element(("*",)), Element(resources, True)),
        *_deny_known_accounts(trial, want),
        *_deny_known_buckets(trial, request),
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


def _similar_resources(trial: Trial, want: Want, resource: str) -> Values:
    """Return patterns for the resources that a refusal is about: its own, with any name in place of
    a drawn one.

    With a drawn name the Region may be any, too. In place of the account that joins tomorrow stands
    any account number.
    """
    pattern = generalize_name(resource, want.who, trial.names)
    joins = trial.names["newshop"]
    if pattern != resource:
        pattern = ARN_REGION_PATTERN.sub(r"\1*", pattern)
    if joins in pattern:
        return tuple(pattern.replace(joins, number) for number in ACCOUNT_PATTERNS)
    return (pattern,)


def _open_keys(
    want: Want,
    allowed: Standing,
    request: Request,
    resources: Values,
    holder_keys: frozenset[str],
    needed: Standing,
) -> OpenKeys:
    """Return the context keys that policies read and the refusal leaves open.

    They are those that a job's request would leave open, the clock, how the request is sent, tags
    that the resource could be given, and `holder_keys`. If it is about other `resources` too, the Region is
    open. The time at which a stolen session began is past, so it isn't open. Neither is a key under
    which the action is `needed`: a refusal that doesn't mention it means a request without it.
    """
    keys = frozenset(keys_read(allowed))
    said = want.request.context if want.request else ()
    said_keys = {key.lower() for key in (*KEYS_WITH_MEANING_IF_ABSENT, *said)}
    said_keys.update(_keys_of_needs(needed, request))
    sent_keys = {key.lower() for key in request.context}
    opened = open_keys(keys, (request.action,), sent_keys, ())
    clocks = set[str]()
    if want.at is None and clocks_read(allowed):
        clocks.update(map(str.lower, CLOCK_KEYS))
    if want.opening_credential is not None:
        clocks.discard(ISSUED_KEY.lower())
    if resources != (request.resource,):
        clocks |= keys & {REGION_KEY}
    tags = frozenset(filter(is_resource_tag_key, keys)) - sent_keys
    free = holder_keys | opened.free | tags | set(filter(is_way_of_sending, keys))
    return OpenKeys((free & keys) - said_keys, opened.any_value | clocks)


def _keys_of_needs(needed: Standing, request: Request) -> Iterator[str]:
    """Yield in lower case the keys of the conditions under which the action of a request is needed on
    its resource.

    How a request is sent is left out: whoever means harm chooses it.
    """
    prepared = PreparedRequest(needed, request)
    for policy in (policy for layer in needed.layers for policy in layer.policies):
        _, allows = compiled_policy(policy).clauses_about(request.action.lower())
        for clause in allows:
            if clause.resource is None or clause.resource(prepared):
                keys = (condition.key.lower() for condition in clause.statement.conditions)
                yield from (key for key in keys if not is_way_of_sending(key))


def _refused_standing(
    trial: Trial, want: Want, allowed: Standing
) -> tuple[Standing, frozenset[str]]:
    """Return the allowed requests of the refused principal, and the context keys of its
    choice.

    For an account that is anybody in it; for one that joins tomorrow, any account. All-powerful
    principals can choose a resource's tags, since they can tag it first.
    """
    kind, _, rest = want.who.partition("/")
    admins = trial.genuine_names(trial.play.scenario.people.admins)
    if want.who.lower() in {"root", *admins}:
        return allowed, frozenset(filter(is_resource_tag_key, keys_read(allowed)))
    if kind != "account" or "/" in rest:
        return allowed, frozenset()
    # Few refusals are about accounts.
    from coffeeshop.lessons.grading.principal_classes import OTHER_ACCOUNT

    anybody = OTHER_ACCOUNT.open_standing(
        trial, HeldSession(want.who, "key", trial.account, outside_principal(rest), allowed)
    )
    holder_keys = frozenset(filter(OTHER_ACCOUNT.leaves_open, keys_read(anybody)))
    if _is_joining_account(trial, want):
        holder_keys |= {RESOURCE_ACCOUNT_KEY}
    return anybody, holder_keys


def _is_joining_account(trial: Trial, want: Want) -> bool:
    """Tell whether the refusal is about an account that joins tomorrow."""
    return want.who == f"account/{trial.names['newshop']}"


def _deny_known_accounts(trial: Trial, want: Want) -> Iterator[Statement]:
    """Yield a Deny of the accounts that exist, if the refusal is about one that joins
    tomorrow, since the search is about new ones only.
    """
    if _is_joining_account(trial, want):
        organization = trial.play.account.joined_organization
        members = organization.members if organization else ()
        existing = (trial.account.id, *members)
        yield deny_when(Condition("StringEquals", RESOURCE_ACCOUNT_KEY, existing))


def _deny_known_buckets(trial: Trial, request: Request) -> Iterator[Statement]:
    """Yield a Deny of all existing buckets if the request is about a bucket of tomorrow, so that the
    search is about new ones only.
    """
    if trial.names["tomorrow"] in request.resource:
        bucket_names = (
            name
            for account in (trial.account, *trial.account.others.values())
            for name in account.buckets
        )
        arns = tuple(
            f"arn:aws:s3:::{name}{suffix}" for name in bucket_names for suffix in ("", "/*")
        )
        yield Statement("Deny", Element(("*",)), Element(arns))


# ------------------------------------------------------------------------ in words
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
    allowed, holder_keys = _refused_standing(trial, want, session.standing)
    resources = _similar_resources(trial, want, request.resource)
    needed = trial.needed_with_any_badge(want.who)
    opened = _open_keys(want, allowed, request, resources, holder_keys, needed)
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
    refused = with_fence(refused, tuple(_deny_known_buckets(trial, request)))
    to_be_denied = from_now_on(
        without_needed(refused, needed),
        allowed,
        stopping_call.act.at,
    )
    denied_in_words = dataclasses.replace(
        _denies_as_allows(with_fence(allowed, _deny_known_accounts(trial, want))),
        fixed=fixed,
    )
    excesses = trial.find_excesses(
        to_be_denied, denied_in_words, _refusal_domain(trial, want, decision), most=1
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
