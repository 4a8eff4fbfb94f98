"""The findings about jobs that don't work: no credential, no session in a role, or a
refused call.
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.model import ServiceError
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.canaries import SEARCHED_NAME, made_up_sentences
from coffeeshop.lessons.grading.changed_settings import changed_setting
from coffeeshop.lessons.grading.circumstances import key_phrase
from coffeeshop.lessons.grading.made_up_names import invented_names
from coffeeshop.lessons.grading.needed import caller_and_badge
from coffeeshop.lessons.grading.reasons import (
    OTHER_REASON,
    SAME_REASON,
    deciding_match,
    decision_sentence,
    error_sentence,
    group_by_cause,
    is_policy_refusal,
    lacks_partners_side,
    lambda_refusal_sentence,
    missing_piece_sentence,
    others_phrase,
    sides_sentence,
)
from coffeeshop.lessons.grading.request_space import (
    CLOCK_KEYS,
    MFA_AGE_KEY,
    TOOL_VALUES,
    is_free,
)
from coffeeshop.lessons.grading.sentences import display_name, join_words
from coffeeshop.lessons.grading.workforce import WORKFORCE_PREFIX
from coffeeshop.lessons.model import Check, Finding, Play, Proof
from coffeeshop.policy.evaluation.explain import nearest_miss
from coffeeshop.policy.model import (
    Allowed,
    Excess,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Request,
    Standing,
    Undecided,
    Values,
)
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Lack, Ticket

# What an implicit deny is called when a layer other than the identity's own is silent.
SILENT_LAYER_DETAILS = {
    Kind.BOUNDARY: "boundary",
    Kind.SCP: "scp",
    Kind.RCP: "scp",
    Kind.SESSION: "session-policy",
    Kind.RESOURCE: "resource-policy",
}


SIGN_IN = {"password": "with a password", "code": "with an MFA code"}
CREDENTIAL_USES = {
    "key": "uses an access key",
    **{badge: f"signs in {how}" for badge, how in SIGN_IN.items()},
}


def missing_credential_findings(play: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield one finding for all who lack the credential that their job asks for: a user, a key, a password or
    an MFA device.
    """
    people = tuple(check.subject for check in checks)
    tickets = [ticket for check in checks for ticket in check.pieces(Ticket)]
    wants = [ticket.want for ticket in tickets]
    users_exist = all(
        want.who == "root" or user_named(play.account, want.who) for want in wants
    )
    signs_in = users_exist and all(want.badge in ("password", "code") for want in wants)
    verb = "has" if len(people) == 1 else "have"
    if any(ticket.lack is Lack.OLD_PASSWORD for ticket in tickets):
        predicate = f"{verb} a different password from the one that the job changes"
    elif all(ticket.lost for ticket in tickets):
        predicate = f"no longer {verb} {tickets[0].lost}"
    elif signs_in:
        predicate = f"can't sign in {SIGN_IN[wants[0].badge]} yet"
    elif users_exist and all(ticket.lack is Lack.ANYTHING for ticket in tickets):
        predicate = f"{verb} no credential yet"
    elif users_exist:
        predicate = f"{verb} no credential of the kind that the job needs"
    elif all(want.who.startswith(WORKFORCE_PREFIX) for want in wants):
        predicate = "can't sign in to the account yet"
    elif _are_missing_users(play, people):
        predicate = "is not a user yet" if len(people) == 1 else "are not users yet"
    else:
        predicate = f"{verb} no credential yet"
    headline = f"{join_words(map(display_name, people))} {predicate}."
    missing = tickets[0].missing
    if tickets[0].lost and tickets[0].lack is not Lack.OLD_PASSWORD:
        missing = f"the job {CREDENTIAL_USES[wants[0].badge]}"
    explanation = (
        lambda_refusal_sentence(play, people[0]) or f"{missing[:1].upper()}{missing[1:]}."
    )
    yield Finding(
        FindingKind.NO_USER.key_of(tickets[0].want.id),
        tuple(checks),
        people,
        headline,
        explanation,
    )


def _are_missing_users(play: Play, people: Values) -> bool:
    """Tell whether these are all people without a user. The grade tries their job with a credential of its own."""
    return all(
        "/" not in name and user_named(play.account, name) is None for name in people
    )


def missing_session_findings(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield a finding for each person and reason for which they can't assume the role of their job."""
    for (person, detail), group in group_by_cause(checks, _person_and_detail):
        ticket = group[0].pieces(Ticket)[0]
        roles = join_words([check.subject.partition("/")[2] for check in group])
        key = FindingKind.NO_SESSION.key_of(f"{ticket.want.id}:{detail}")
        headline = f"{display_name(person)} can't assume {roles}."
        yield Finding(
            key, tuple(group), (person,), headline, _refusal_sentence(ticket, detail)
        )


def _person_and_detail(check: Check) -> tuple[str, str]:
    """Return by what these checks are grouped: who can't assume the role, and why."""
    return check.subject.partition("/")[0], _session_detail(check.pieces(Ticket)[0])


def _session_detail(ticket: Ticket) -> str:
    """Return in a word why a job's role (`via`) can't be assumed, which chooses the finding's
    question and hints.

    It is role (there is none), limit, expired, device, condition, permission (the person's own
    policies) or trust.
    """
    outcome = ticket.outcomes[0]
    name = ticket.want.via.rpartition("/")[2].lower()
    if name not in outcome.account.roles:
        return "role"
    if isinstance(outcome.answer, ServiceError) and outcome.answer.code in SESSION_CODES:
        return SESSION_CODES[outcome.answer.code]
    if outcome.decisions:
        decision = outcome.main_decisions[0]
    else:
        decision = None
    if isinstance(decision, ImplicitlyDenied):
        missed = nearest_miss(decision)
    else:
        missed = None
    if missed and missed.element == "condition" and missed.failed == 1:
        return "condition"
    trusted = (
        not isinstance(decision, ImplicitlyDenied) or decision.silent is not Kind.TRUST
    )
    return "permission" if trusted else "trust"


SESSION_CODES = {
    "ValidationError": "limit",
    "ExpiredToken": "expired",
    "InvalidClientTokenId": "device",
}


def _refusal_sentence(ticket: Ticket, detail: str) -> str:
    """Return a sentence that says why the role can't be assumed."""
    if detail == "role":
        return f"There is no role {ticket.want.via}."
    if ticket.outcomes[0].decisions:
        decision = ticket.outcomes[0].main_decisions[0]
    else:
        decision = None
    if decision and is_policy_refusal(ticket.outcomes[0]):
        return f"{decision_sentence(decision)}{sides_sentence(decision)}"
    return error_sentence(ticket.outcomes[0])


def failed_job_findings(play: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield the findings for jobs that don't work: in part, only for a while, or not at all.

    Jobs that fail for the same cause are one finding.
    """
    partial = [check for check in checks if check.pieces(Proof)]
    # A job that fails on a later day has two tickets: the later run and the one now.
    short_lived = [check for check in checks if len(check.pieces(Ticket)) > 1]
    yield from (_partial_job_finding(play, check) for check in partial)
    yield from (_short_lived_job_finding(check) for check in short_lived)
    refused = [
        check for check in checks if check not in partial and check not in short_lived
    ]
    for _, group in group_by_cause(refused, _failure_cause):
        ticket = group[0].pieces(Ticket)[0]
        stopping_call = ticket.stopping_call or ticket.outcomes[-1]
        people = tuple(
            dict.fromkeys(_refused_person(check.pieces(Ticket)[0]) for check in group)
        )
        reasons = {_exact_reason(check) for check in group}
        reason = SAME_REASON if len(reasons) == 1 else OTHER_REASON
        headline = f"“{group[0].say}” doesn't work yet{others_phrase(group, reason)}."
        by = deciding_match(ticket.decision)
        if is_policy_refusal(stopping_call) and ticket.decision:
            explanation = decision_sentence(ticket.decision)
        else:
            explanation = error_sentence(stopping_call)
        change = changed_setting(play, ticket)
        if change:
            explanation = f"{change.says} {explanation}"
        detail = _denial_detail(ticket)
        missing_piece = missing_piece_sentence(play, ticket, detail)
        sides = sides_sentence(ticket.decision)
        explanation = f"{explanation or ticket.missing}{missing_piece}{sides}"
        key = FindingKind.JOB_DENIED.key_of(f"{ticket.want.id}:{detail}")
        yield Finding(key, tuple(group), people, headline, explanation, by=by)


def _refused_person(ticket: Ticket) -> str:
    """Return whose call was refused. In a job of several calls that is whoever made the last one."""
    if ticket.outcomes:
        return caller_and_badge(ticket, ticket.outcomes[-1])[0]
    return ticket.want.who


def _partial_job_finding(play: Play, check: Check) -> Finding:
    """Return the finding for a job whose call in the brief works, and that also covers requests
    which don't.

    It says the same if the search couldn't prove that those work.
    """
    ticket = check.pieces(Ticket)[0]
    witness = check.pieces(Proof)[0].found[0]
    if isinstance(witness, Excess) and ticket.decision:
        failure = _partial_failure_phrase(ticket, witness.witness)
        sides = sides_sentence(ticket.decision)
        refused = f"{decision_sentence(ticket.decision)}{sides}"
        invented = dict.fromkeys(invented_names(play.account, witness), SEARCHED_NAME)
        made_up = made_up_sentences(invented)
        explanation = f"The job's example call works, but the job also needs {failure}. {refused}{made_up}"
    else:
        if isinstance(witness, Undecided):
            reason = witness.reason
        else:
            reason = ticket.missing
        explanation = f"The job's example call works. The check of its other calls stopped early: {reason}."
    headline = f"“{check.say}” works only in part."
    by = deciding_match(ticket.decision)
    return Finding(
        FindingKind.JOB_NARROW.key_of(ticket.want.id),
        (check,),
        (ticket.want.who,),
        headline,
        explanation,
        by=by,
    )


def _partial_failure_phrase(ticket: Ticket, request: Request) -> str:
    """Return how the refused request differs from the job's call that works: "a similar call with MFA"."""
    *before, _ = ticket.outcomes
    tried = {
        decision.request.resource for outcome in before for decision in outcome.decisions
    }
    if request.resource in tried and (age := request.context.get(MFA_AGE_KEY)):
        return f"a similar call {', '.join(age)} seconds after the MFA code"
    if _fails_with_code(ticket):
        return "a similar call with MFA"
    if phrases := tuple(_unsaid_phrases(ticket, request)):
        return f"a similar call {join_words(phrases)}"
    return "other calls like it"


def _unsaid_phrases(ticket: Ticket, request: Request) -> Iterator[str]:
    """Yield a phrase for each context value in which a refused request differs from the
    brief's call, and which the brief leaves open.

    The job must work with any such value. So these are what the policy narrows too much.
    """
    *before, _ = ticket.outcomes
    sent = {
        key.lower(): values
        for outcome in before
        for decision in outcome.decisions
        for key, values in decision.request.context.items()
    }
    service = request.action.partition(":")[0]
    for key, values in request.context.items():
        is_open = is_free(key, (service,)) or key in (*TOOL_VALUES, *ticket.want.examples)
        if is_open and key not in CLOCK_KEYS and sent.get(key.lower()) != values:
            yield key_phrase(key, values)


def _fails_with_code(ticket: Ticket) -> bool:
    """Tell whether the job works without an MFA code and is refused with one: its last two calls."""
    *_, brief, refused = _call_standings(ticket)
    return _has_mfa_code(refused) and not _has_mfa_code(brief)


def _has_mfa_code(allowed: Standing) -> bool:
    """Tell whether a session shows an MFA code."""
    fixed = {key.lower(): value for key, value in allowed.fixed.items()}
    return fixed.get(MFA_PRESENT_KEY) == ("true",)


def _call_standings(ticket: Ticket) -> Iterator[Standing]:
    """Yield the standing of the caller for each call of a ticket that reached the policies."""
    return (
        outcome.main_decisions[0].standing
        for outcome in ticket.outcomes
        if outcome.decisions
    )


MFA_PRESENT_KEY = "aws:multifactorauthpresent"  # in lower case


def _short_lived_job_finding(check: Check) -> Finding:
    """Return the finding for a job that works now and not on a later day."""
    later = check.pieces(Ticket)[0]
    if later.outcomes:
        moment = later.outcomes[-1].act.at
        at = f"{moment:%d %B %Y}"
        today = check.pieces(Ticket)[1].outcomes[-1].act.at
        if moment.date() == today.date():
            at = f"{at} at {moment:%H:%M}"
    else:
        at = "a later day"
    if later.decision:
        reason = f"{decision_sentence(later.decision)}{sides_sentence(later.decision)}"
    else:
        reason = later.missing
    explanation = f"It works now, but not on {at}: {reason}"
    headline = f"“{check.say}” works only for a while."
    by = deciding_match(later.decision)
    return Finding(
        FindingKind.JOB_NARROW.key_of(later.want.id),
        (check,),
        (later.want.who,),
        headline,
        explanation,
        by=by,
    )


def _denial_detail(ticket: Ticket) -> str:
    """Return in a word why a job was refused, which chooses the finding's question and hints.

    It is the layer that refused (such as boundary), or the element that didn't match (such as
    resource). It is "absent" if policies allowed everything, and "none" or "resource-policy" if no
    statement comes near.
    """
    stopped = ticket.stopping_call
    if stopped and not ticket.was_refused and isinstance(ticket.decision, Allowed):
        return "absent"
    match ticket.decision:
        case ExplicitlyDenied():
            return "explicit"
        case ImplicitlyDenied(silent=kind) if (
            kind in SILENT_LAYER_DETAILS and kind is not Kind.RESOURCE
        ):
            return SILENT_LAYER_DETAILS[kind]
        case ImplicitlyDenied() as denied:
            missed = nearest_miss(denied)
            if missed and missed.failed == 1:
                return missed.element
            if lacks_partners_side(denied):
                return "partner"
            is_outsider = ticket.want.who.startswith(("anyone", "account/", "workload/"))
            return "resource-policy" if is_outsider else "none"
        case _:
            return "none"


def _failure_cause(check: Check) -> object:
    """Return what the failed jobs of one finding share.

    That is the Deny, or the statement that nearly allowed it; else the same identity-based
    policies, or the same error.
    """
    ticket = check.pieces(Ticket)[0]
    decision = ticket.decision
    if isinstance(decision, ExplicitlyDenied):
        return decision.by[0].statement, decision.by[0].policy.name
    if isinstance(decision, ImplicitlyDenied):
        missed = nearest_miss(decision)
        if missed and missed.failed == 1:
            return missed.matched.statement, missed.matched.policy.name
        return tuple(
            layer for layer in decision.standing.layers if layer.kind is Kind.IDENTITY
        )
    if ticket.outcomes:
        return error_sentence(ticket.outcomes[-1])
    return ticket.missing


def _exact_reason(check: Check) -> object:
    """Return the reason of a failed job as its finding explains it, equal for jobs of which one explanation is true.

    Jobs of one cause can differ in it: no policy allows their different actions, or they miss one statement by
    different elements.
    """
    decision = check.pieces(Ticket)[0].decision
    if not isinstance(decision, ImplicitlyDenied):
        return None
    missed = nearest_miss(decision)
    if missed and missed.failed == 1:
        return missed.element
    return decision.request.action.lower()
