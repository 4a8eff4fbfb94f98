"""The findings about refusals that don't hold: which statement or detour lets whom in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from coffeeshop.account.access.standing import ALLOW_EVERYTHING
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.changed_settings import changed_setting
from coffeeshop.lessons.grading.circumstances import (
    missing_credential_sentence,
    success_sentence,
)
from coffeeshop.lessons.grading.near_denies import nearest_deny_to_fix
from coffeeshop.lessons.grading.reasons import (
    deciding_match,
    decision_sentence,
    describe_step,
    error_sentence,
    group_by_cause,
)
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Check, Finding, Play
from coffeeshop.policy.evaluation.explain import near_sentence
from coffeeshop.policy.model import Allowed, Decision, Policy, Statement, Values
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket, Want


def leak_findings(play: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield the findings about refused requests that are allowed.

    Those that the same Deny misses, and that share a policy which allows them, are one finding.
    """
    jobs = Trial(play).jobs
    for _, group in group_by_cause(
        checks, lambda check: _leak_cause(play, jobs, check), _is_same_cause
    ):
        ticket = group[0].pieces(Ticket)[0]
        people = tuple(
            dict.fromkeys(
                _person_let_in(play, check.pieces(Ticket)[0].want) for check in group
            )
        )
        headline = f"“{ticket.want.say}” is still allowed{_others_phrase(group)}."
        yield _leak_finding(play, jobs, ticket, group, people, headline)


class _Cause(NamedTuple):
    """Why a leak gets through: the Deny that misses it, if one does, the policies that allow it, and what was changed.

    `change` says which boundary, tag or resource's policy was changed or taken away, if that let the leak through.
    """

    deny: Statement | None
    policies: frozenset[Policy]
    change: str


def _is_same_cause(cause: _Cause, other_cause: _Cause) -> bool:
    """Tell whether two leaks are one finding: the same Deny misses both, or none does, one policy
    allows both, and the same change let both through, or none did.
    """
    is_alike = (cause.deny, cause.change) == (other_cause.deny, other_cause.change)
    return is_alike and not cause.policies.isdisjoint(other_cause.policies)


def _person_let_in(play: Play, want: Want) -> str:
    """Return whose permissions a leak shows. For a stolen credential that is its owner, not the
    thief.
    """
    credential = play.account.credential_of(want.opening_credential)
    if credential is None:
        return want.who
    if isinstance(credential, Session) and credential.taker:
        owner = credential.taker
    else:
        owner = credential.owner
    person = play.account.entity_by_id(owner)
    if owner == play.account.id:
        return "root"
    if person:
        return person.name
    return want.who


def _leak_cause(play: Play, jobs: Sequence[Ticket], check: Check) -> _Cause:
    """Return why a request that must be refused is allowed: the Deny that misses it, the policies
    that allow it, and what was changed.
    """
    ticket = check.pieces(Ticket)[0]
    near = nearest_deny_to_fix(jobs, _letting_decision(ticket))
    change = changed_setting(play, ticket)
    return _Cause(
        near.matched.statement if near else None,
        _letting_policies(check),
        change.says if change else "",
    )


def _letting_decision(ticket: Ticket) -> Decision | None:
    """Return the decision that let a leak through. None: no policy decided it.

    That is the decision on its last call. For a detour that no job needs it is the one on the first
    call, since without that call the rest fails.
    """
    return _first_call(ticket).main_decision


def _first_call(ticket: Ticket) -> Outcome:
    """Return the call that let a leak in: the last one, or the first of a detour that no job needs."""
    if ticket.unneeded_detour:
        return ticket.unneeded_detour[0]
    return ticket.outcomes[-1]


def _call_with_own_credential(play: Play, ticket: Ticket, leak: Outcome) -> Outcome:
    """Return the call of a leak as the person makes it with a credential that they have.

    If the call fails so, or they have all that the leak shows, it is the leak itself.
    """
    want = ticket.want
    if not want.minted or not missing_credential_sentence(leak, play.account):
        return leak
    own_outcomes = serve(play.account, replace(want, minted=False), play.now).outcomes
    succeeds = bool(own_outcomes) and own_outcomes[-1].has_succeeded
    if succeeds and own_outcomes[-1].act.call == leak.act.call:
        return own_outcomes[-1]
    return leak


def _refused_at_home(play: Play, want: Want) -> str:
    """Return a sentence that only a policy of the caller's own account refuses the request; "" if none
    does, or the caller is of our account.

    The owner of that account can change its policies at any time, so a refusal mustn't rely on them.
    """
    home, _, principal = want.who.removeprefix("account/").partition("/")
    if not want.who.startswith("account/") or not principal:
        return ""
    tried = serve(play.account, replace(want, mode=Mode.MAY), play.now)
    if tried.missing or not tried.was_refused:
        return ""
    return f"A policy in account {home} refuses it now. That account can change it at any time."


def _leak_finding(
    play: Play,
    jobs: Sequence[Ticket],
    ticket: Ticket,
    group: list[Check],
    people: Values,
    headline: str,
) -> Finding:
    """Return the finding about a leak: who gets through, which Deny misses the request, and which
    statement allows it.
    """
    detour = ticket.detour
    first = _first_call(ticket)
    decision = _letting_decision(ticket)
    if decision and first.has_succeeded:
        shown_call = _call_with_own_credential(play, ticket, first)
        success = _refused_at_home(play, ticket.want) or success_sentence(
            shown_call, play.account, ticket.want.minted
        )
        allowed = f"{decision_sentence(decision)} {success}"
    else:
        allowed = ""
    explanation = allowed or f"{error_sentence(first)} {NO_PROTECTION}".strip()
    if detour:
        place = "last" if ticket.needs_detour else "first"
        explanation = (
            f"It takes {len(ticket.outcomes)} steps. "
            f"The {place} is {first.act.call.operation}. {explanation}"
        )
        path = tuple(map(describe_step, ticket.outcomes))
    else:
        path = ()
    near_deny = nearest_deny_to_fix(jobs, decision)
    if near_deny is not None:
        near_miss = near_sentence(near_deny)
        explanation = f"{near_miss[:1].upper()}{near_miss[1:]}. {explanation}"
    change = changed_setting(play, ticket)
    if change:
        explanation = f"{change.says} {explanation}"
    by = near_deny.matched if near_deny else deciding_match(decision)
    explanation = f"{explanation}{_others_sentence(group)}"
    return Finding(
        FindingKind.LEAK.key_of(ticket.want.id),
        tuple(group),
        people,
        headline,
        explanation,
        by=by,
        path=path,
    )


def _others_phrase(group: list[Check]) -> str:
    """Return how many other refusals the same policy breaks, and one of them; "" if there are none.

    They aren't said to have the same reason: other statements of the policy may let them through.
    """
    count = len(group) - 1
    if not count:
        return ""
    say = group[1].pieces(Ticket)[0].want.say
    if count == 1:
        return f", and the same policy allows “{say}”"
    return f", and the same policy allows {count} more requests, such as “{say}”"


def _others_sentence(group: list[Check]) -> str:
    """Return a sentence with the other refusals that the same policy breaks; "" if there are none,
    or only one, which the headline names.
    """
    others = [f"“{check.pieces(Ticket)[0].want.say}”" for check in group[1:]]
    if len(others) == 1:
        return ""
    extra = len(others) - MAX_REFUSALS_NAMED
    if extra > 0:
        others = [*others[:MAX_REFUSALS_NAMED], f"{extra} more"]
    return f" The same policy allows {join_words(others)}." if others else ""


MAX_REFUSALS_NAMED = 3  # refusals of one finding that are named beside the first
NO_PROTECTION = (
    "That is no protection: no policy denies the call. It fails for another reason."
)


def _letting_policies(check: Check) -> frozenset[Policy]:
    """Return the policies that allow a leak's last call, or any step of its detour.

    A call before it, such as assuming a role, may be allowed for the jobs, and then its policy isn't the one to fix.
    The made-up policy ALLOW_EVERYTHING is left out: no principal of the account can fix it.
    """
    ticket = check.pieces(Ticket)[0]
    outcomes = ticket.outcomes if ticket.unneeded_detour else ticket.outcomes[-1:]
    decisions = (decision for outcome in outcomes for decision in outcome.decisions)
    allowed = (decision for decision in decisions if isinstance(decision, Allowed))
    allowing = (match for decision in allowed for match in decision.by)
    return frozenset(
        match.policy for match in allowing if match.policy is not ALLOW_EVERYTHING
    )
