"""From failing checks to root causes: which finding explains which checks, and the four short parts a learner reads.

What happened and why come from the engine (`policy.explain`); what it means in the shop and the one question are the
scenario's `tell`, else the library's (`advice`). Findings are those of the next star only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar, assert_never

from msgspec import structs

from coffeeshop.account.access.standing import EVERYTHING
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Key, ServiceError
from coffeeshop.lessons.grading.administering import of_lockouts, of_new_badges
from coffeeshop.lessons.grading.advice import told
from coffeeshop.lessons.grading.bystanders import of_losses
from coffeeshop.lessons.grading.canaries import canaries
from coffeeshop.lessons.grading.existing import invented
from coffeeshop.lessons.grading.fixtures import of_tampering
from coffeeshop.lessons.grading.guards import of_unguarded
from coffeeshop.lessons.grading.needed import asker
from coffeeshop.lessons.grading.reasons import answer_of, by_policy, stands_behind, step, unworn, why_of
from coffeeshop.lessons.grading.refused_calls import slips
from coffeeshop.lessons.grading.sentences import asked_for, everything, listed, made_up, may, name
from coffeeshop.lessons.model import Check, Escalation, Finding, Offence, Play, Proof
from coffeeshop.policy.evaluation.explain import label, nearest
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    Excess,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Matched,
    Standing,
    Undecided,
    Values,
)
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket, Want

T = TypeVar("T")

# What an implicit deny is called when a layer other than the identity's own is silent.
SILENT = {
    Kind.BOUNDARY: "boundary",
    Kind.SCP: "scp",
    Kind.RCP: "scp",
    Kind.SESSION: "session-policy",
    Kind.RESOURCE: "resource-policy",
}


def findings(play: Play, checks: Iterable[Check]) -> tuple[Finding, ...]:
    """Returns the root causes before the next star, as the brief orders them; then the learner's refused calls."""
    failed = [check for check in checks if check.passed is False]
    tampered = [check for check in failed if check.kind == "fixture"]
    if tampered:
        return tuple(told(play, finding) for finding in of_tampering(tampered))
    stage = min((check.star for check in failed), default=0)
    mine = [check for check in failed if check.star == stage]
    found = [
        finding
        for kind, make in MAKERS.items()
        if (of := [c for c in mine if c.kind == kind])
        for finding in make(play, of)
    ]
    order = {check.id: n for n, check in enumerate(checks)}
    found.sort(key=lambda finding: order[finding.checks[0].id])
    return tuple(
        told(play, _with_names_explained(play, finding)) for finding in (*found, *slips(play, found))
    )


def _with_names_explained(play: Play, finding: Finding) -> Finding:
    """Returns the finding; where it says a name that the grade drew, it says so, lest it be taken for a slip."""
    said = " ".join((finding.what, finding.why, *finding.path))
    drawn = [name for name in canaries(play).values() if name in said and f"“{name}”" not in said]
    return structs.replace(finding, why=f"{finding.why}{made_up(drawn)}") if drawn else finding


# ------------------------------------------------------------------ first star
def _no_user(play: Play, checks: list[Check]) -> Iterator[Finding]:
    people = tuple(check.subject for check in checks)
    tickets = [ticket for check in checks for ticket in _tickets(check)]
    there = all(t.want.who == "root" or user_named(play.account, t.want.who) for t in tickets)
    signs_in = there and all(t.want.badge in ("password", "code") for t in tickets)
    has = "has" if len(people) == 1 else "have"
    said = f"{has} not the badge to show that the shop asks for" if there else f"{has} no badge to show"
    said = "cannot sign in as the shop asks" if signs_in else said
    what = f"{listed(map(name, people))} {said}."
    why = unworn(play, people[0]) or f"{tickets[0].missing.capitalize()}."
    yield Finding(f"no-user:{tickets[0].want.id}", tuple(checks), people, what, why)


def _no_session(_: Play, checks: list[Check]) -> Iterator[Finding]:
    for (person, detail), group in _grouped(
        checks, lambda c: (c.subject.partition("/")[0], session_detail(_tickets(c)[0]))
    ):
        ticket = _tickets(group[0])[0]
        roles = listed([check.subject.partition("/")[2] for check in group])
        what = f"{name(person)} cannot wear {roles}."
        yield Finding(
            f"no-session:{ticket.want.id}:{detail}", tuple(group), (person,), what, _refusal(ticket, detail)
        )


def session_detail(ticket: Ticket) -> str:
    """Why the role of `via` could not be taken: role, permission, trust, condition, limit, device or expired."""
    outcome = ticket.outcomes[0]
    name = ticket.want.via.rpartition("/")[2].lower()
    if name not in outcome.account.roles:
        return "role"
    if isinstance(outcome.answer, ServiceError) and outcome.answer.code in SESSION_CODES:
        return SESSION_CODES[outcome.answer.code]
    decision = outcome.decisions[-1] if outcome.decisions else None
    missed = nearest(decision) if isinstance(decision, ImplicitlyDenied) else None
    if missed and missed.element == "condition" and missed.failed == 1:
        return "condition"
    return (
        "trust" if isinstance(decision, ImplicitlyDenied) and decision.silent is Kind.TRUST else "permission"
    )


SESSION_CODES = {"ValidationError": "limit", "ExpiredToken": "expired", "InvalidClientTokenId": "device"}


def _refusal(ticket: Ticket, detail: str) -> str:
    if detail == "role":
        return f"There is no role {ticket.want.via}."
    decision = ticket.outcomes[0].decisions[-1] if ticket.outcomes[0].decisions else None
    return why_of(decision) if decision and by_policy(ticket.outcomes[0]) else answer_of(ticket.outcomes[0])


def _denied(play: Play, checks: list[Check]) -> Iterator[Finding]:
    narrow = [check for check in checks if _proofs(check)]
    today = [check for check in checks if len(_tickets(check)) > 1]  # the later try, then the one that works
    yield from (_narrow(play, check) for check in narrow)
    yield from (_only_today(check) for check in today)
    refused = [check for check in checks if check not in narrow and check not in today]
    for _, group in _grouped(refused, lambda check: _cause(_tickets(check)[0])):
        ticket = _tickets(group[0])[0]
        stopped = ticket.stopped or ticket.outcomes[-1]
        people = tuple(dict.fromkeys(_refused(_tickets(check)[0]) for check in group))
        what = f"“{group[0].say}” does not work yet{_more(group)}."
        why = (
            why_of(ticket.decision)
            if by_policy(stopped) and ticket.decision
            else answer_of(stopped) or ticket.missing
        )
        key = f"job-denied:{ticket.want.id}:{denial(ticket)}"
        yield Finding(
            key,
            tuple(group),
            people,
            what,
            f"{why}{stands_behind(play, ticket, denial(ticket))}",
            by=_decider(ticket.decision),
        )


def _refused(ticket: Ticket) -> str:
    """Whose call was refused: of several lines with other badges, who made the last one."""
    return asker(ticket, ticket.outcomes[-1])[0] if ticket.outcomes else ticket.want.who


def _narrow(play: Play, check: Check) -> Finding:
    ticket, witness = _tickets(check)[0], _proofs(check)[0].found[0]
    if isinstance(witness, Excess) and ticket.decision:
        refused = f"{why_of(ticket.decision)}{made_up(invented(play.account, witness))}"
        other = "with a code it does not" if _takes_a_code(ticket) else "its siblings do not"
        why = f"The call in the brief works, {other}. {refused}"
    else:
        reason = witness.reason if isinstance(witness, Undecided) else ticket.missing
        why = f"The call in the brief works; nobody could prove that its siblings do: {reason}."
    what, by = f"“{check.say}” works only in part.", _decider(ticket.decision)
    return Finding(f"job-narrow:{ticket.want.id}", (check,), (ticket.want.who,), what, why, by=by)


def _takes_a_code(ticket: Ticket) -> bool:
    """Whether the last call, which is refused, shows a code, and the one before it, which is the brief's, does not."""
    *_, brief, refused = _standings(ticket)
    return _shows_a_code(refused) and not _shows_a_code(brief)


def _shows_a_code(held: Standing) -> bool:
    fixed = {key.lower(): value for key, value in held.fixed.items()}
    return fixed.get(CODE) == ("true",)


def _standings(ticket: Ticket) -> Iterator[Standing]:
    """What is held by whoever makes each call of a ticket that asks for anything."""
    return (outcome.decisions[-1].standing for outcome in ticket.outcomes if outcome.decisions)


CODE = "aws:multifactorauthpresent"  # in lower case


def _only_today(check: Check) -> Finding:
    """A job that works at this moment and not on a later day."""
    later = _tickets(check)[0]
    at = f"{later.outcomes[-1].act.at:%d %B %Y}" if later.outcomes else "a later day"
    why = f"It works now, and not on {at}: {why_of(later.decision) if later.decision else later.missing}"
    what = f"“{check.say}” works for a while only."
    return Finding(
        f"job-narrow:{later.want.id}", (check,), (later.want.who,), what, why, by=_decider(later.decision)
    )


def denial(ticket: Ticket) -> str:
    """What a failing job's finding ends in: which layer refused, or on which element the nearest statement missed; absent,
    where nothing refused it.
    """
    stopped = ticket.stopped
    if stopped and not ticket.refused and isinstance(ticket.decision, Allowed):
        return "absent"
    match ticket.decision:
        case ExplicitlyDenied():
            return "explicit"
        case ImplicitlyDenied(silent=kind) if kind in SILENT and kind is not Kind.RESOURCE:
            return SILENT[kind]
        case ImplicitlyDenied() as denied:
            missed = nearest(denied)
            if missed and missed.failed == 1:
                return missed.element
            outside = ticket.want.who.startswith(("anyone", "account/"))
            return "resource-policy" if outside else "none"
        case _:
            return "none"


def _cause(ticket: Ticket) -> object:
    """What the tickets of one finding share: the deciding statement, the nearest one, or holding the same policies."""
    decision = ticket.decision
    if isinstance(decision, ExplicitlyDenied):
        return decision.by[0].statement, decision.by[0].policy.name
    if isinstance(decision, ImplicitlyDenied):
        missed = nearest(decision)
        if missed and missed.failed == 1:
            return missed.matched.statement, missed.matched.policy.name
        return tuple(layer for layer in decision.standing.layers if layer.kind is Kind.IDENTITY)
    return answer_of(ticket.outcomes[-1]) if ticket.outcomes else ticket.missing


def _leaks(play: Play, checks: list[Check]) -> Iterator[Finding]:
    groups: list[list[Check]] = []
    for check in checks:
        mine = _letting(check)
        joined = next((group for group in groups if mine & _letting(group[0])), None)
        if joined:
            joined.append(check)
        else:
            groups.append([check])
    for group in groups:
        ticket = _tickets(group[0])[0]
        people = tuple(dict.fromkeys(_let_in(play, _tickets(check)[0].want) for check in group))
        what = f"“{group[0].say}” does not hold{_more(group)}."
        yield _leak(ticket, group, people, what)


def _let_in(play: Play, want: Want) -> str:
    """Whom a leak lets in; by a credential that somebody else still holds, the one whose it is."""
    held = play.account.credentials.get(want.held.id) if isinstance(want.held, Key) else None
    if held is None:
        return want.who
    owner = held.taker if isinstance(held, Session) and held.taker else held.owner
    person = play.account.of_id(owner)
    return "root" if owner == play.account.id else person.name if person else want.who


def _leak(ticket: Ticket, group: list[Check], people: Values, what: str) -> Finding:
    """Who was let in, by which statement; by a detour, the statement that opened its first step."""
    detour = ticket.detour
    first = detour[0] if detour else ticket.outcomes[-1]
    decision = first.decisions[-1] if first.decisions else None
    why = why_of(decision) if decision and first.allowed else f"{answer_of(first)} {NO_PROTECTION}".strip()
    why = f"By a detour of {len(ticket.outcomes)} calls. Its first step: {why}" if detour else why
    path = tuple(map(step, ticket.outcomes)) if detour else ()
    return Finding(
        f"leak:{ticket.want.id}", tuple(group), people, what, why, by=_decider(decision), path=path
    )


NO_PROTECTION = "That is no protection: nothing forbids the call, it fails for another reason."


def _letting(check: Check) -> set[object]:
    """The policies that let a leak through; its first step counts too."""
    decisions = [d for outcome in _tickets(check)[0].outcomes for d in outcome.decisions]
    return {m.policy for d in decisions if isinstance(d, Allowed) for m in d.by if m.policy is not EVERYTHING}


# ----------------------------------------------------------------- second star
SHOWN = 4  # requests of one excess at most, the first of them in a sentence of its own


def beyond(play: Play, checks: list[Check]) -> Iterator[Finding]:
    """What each of these people can do beyond the jobs."""
    for check in checks:
        who = check.subject
        ways = [e for e in check.evidence if isinstance(e, Escalation)]
        if ways:
            yield _reach(play, check, ways[0])
            continue
        if any(isinstance(e, Offence) for e in check.evidence):
            yield of_new_badges(check)
            continue
        found = [(proof, excess) for proof in _proofs(check) for excess in proof.found]
        proven = [(proof, excess) for proof, excess in found if isinstance(excess, Excess)]
        if not proven:
            reasons = (str(undecided.reason) for _, undecided in found if isinstance(undecided, Undecided))
            reason = "; ".join(dict.fromkeys(reasons))
            what = f"“{check.say}” is not proven."
            yield Finding(
                f"not-proven:{who}", (check,), (who,), what, f"{reason}. A plainer policy can be proven."
            )
            continue
        proof, first = proven[0]
        worn = proof.badge.partition("role/")[2]
        wearing = f", as {worn}," if worn and who != proof.badge else ""
        shown = dict(islice({asked_for(e.witness): e for _, e in proven}.items(), SHOWN))
        more = f" Also: {'; '.join([*shown][1:])}." if len(shown) > 1 else ""
        names = made_up(name for excess in shown.values() for name in invented(play.account, excess))
        what = everything(play.account, who, first.by) or f"{name(who)}{wearing} {may(first.witness)}."
        why = f"{label(first.by)} allows it, and no job asks for it.{more}{names}"
        yield Finding(f"excess:{who}", (check,), (who,), what, why, by=first.by)


def _reach(play: Play, check: Check, found: Escalation) -> Finding:
    path = tuple(map(step, found.outcomes))
    decision = next((d for outcome in found.outcomes for d in outcome.decisions), None)
    steps = "one step" if len(path) == 1 else f"{len(path)} steps"
    what = f"{name(found.who)} can come to hold more by a way that no job needs, in {steps}."
    if found.way == "assume" and len(path) == 1 and decision:
        what = (
            f"{name(found.who)} {may(dataclasses.replace(decision.request, context={}))}, which no job needs."
        )
    why, key = why_of(decision) if decision else "", f"reach:{found.who}:{found.way}"
    if wide := everything(play.account, found.who, _decider(decision)):
        key, what, path = f"excess:{found.who}", wide, ()  # no way leads to what one holds
    return Finding(key, (check,), (found.who,), what, why, by=_decider(decision), path=path)


# ------------------------------------------------------------------ third star
def _practice(_: Play, checks: list[Check]) -> Iterator[Finding]:
    for check in checks:
        offences = [e for e in check.evidence if isinstance(e, Offence)]
        people = tuple(dict.fromkeys(offence.who for offence in offences))
        why = f"{listed([offence.text for offence in offences[:3]])}."
        yield Finding(
            f"practice:{check.subject}", (check,), people, f"{check.say}: not yet.", why, by=offences[0].by
        )


MAKERS: dict[str, Callable[[Play, list[Check]], Iterator[Finding]]] = {
    "person": _no_user,
    "session": _no_session,
    "job": _denied,
    "administrator": of_lockouts,
    "bystander": of_losses,
    "refuse": _leaks,
    "only": beyond,
    "guard": of_unguarded,
    "practice": _practice,
}


# --------------------------------------------------------------------- pieces
def _tickets(check: Check) -> list[Ticket]:
    return [e for e in check.evidence if isinstance(e, Ticket)]


def _proofs(check: Check) -> list[Proof]:
    return [e for e in check.evidence if isinstance(e, Proof)]


def _grouped(checks: list[Check], key: Callable[[Check], T]) -> Iterator[tuple[T, list[Check]]]:
    groups: list[tuple[T, list[Check]]] = []
    for check in checks:
        mine = key(check)
        for other, group in groups:
            if other == mine:
                group.append(check)
                break
        else:
            groups.append((mine, [check]))
    yield from groups


def _decider(decision: Decision | None) -> Matched | None:
    match decision:
        case Allowed(by=by) | ExplicitlyDenied(by=by):
            return by[0] if by else None
        case ImplicitlyDenied():
            missed = nearest(decision)
            return missed.matched if missed else None
        case None:
            return None
        case _:
            assert_never(decision)


def _more(group: list[Check]) -> str:
    return "" if len(group) == 1 else f", and {len(group) - 1} more for the same reason"
