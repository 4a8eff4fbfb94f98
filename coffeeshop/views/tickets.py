"""The jobs and refusals of a shop as rows: AWS's decision, the shop's judgement, and the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.command import format_outcome
from coffeeshop.account.errors import is_policy_refusal
from coffeeshop.account.model import Act, Outcome
from coffeeshop.lessons.grading.diagnosis import is_concealed
from coffeeshop.lessons.grading.kept_versions import version_notes
from coffeeshop.lessons.grading.reasons import absent_role_sentence, service_step_sentence
from coffeeshop.lessons.sitting.policy_text import malformed_policy_problems
from coffeeshop.policy.evaluation.explain import (
    explain_decision,
    near_denies_to_show,
    near_sentence,
    nearest_miss,
)
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ImplicitlyDenied,
    Matched,
    Statement,
)
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.concealed import reason_text
from coffeeshop.views.identity import advice_about_root, policy_carrier_text
from coffeeshop.views.rows import Row
from coffeeshop.views.text import (
    OUTFILE,
    capital,
    command_of,
    command_on_one_line,
    count_noun,
)
from coffeeshop.views.why import wall_rows

# The word is AWS's decision. The mark is the shop's judgement.
DECISION_WORDS = {
    (Mode.MUST, Mark.OK): "works",
    (Mode.MUST, Mark.MISS): "doesn't work",
    (Mode.NEVER, Mark.LEAK): "allowed, but must be refused",
    (Mode.NEVER, Mark.OK): "refused, as it must be",
    (Mode.NEVER, Mark.MISS): "fails, but no policy refuses it, so it isn't protected",
    (Mode.MAY, Mark.QUIET): "no job needs this",
    (Mode.MUST, Mark.QUIET): "not tried",
    (Mode.NEVER, Mark.QUIET): "not tried",
}


def tickets(tickets: Iterable[Ticket]) -> tuple[Row, ...]:
    """Return a row for each result of a job or refusal (ticket), in the order of the brief."""
    return tuple(
        Row(ticket.want.say, ticket.mark, ticket_word(ticket)) for ticket in tickets
    )


def ticket_word(ticket: Ticket) -> str:
    """Return AWS's decision about a ticket in a few words, or why nobody could ask for one."""
    if is_untried_refusal(ticket):
        return "not tried, because the caller doesn't exist"
    return DECISION_WORDS[ticket.want.mode, ticket.mark]


def is_untried_refusal(ticket: Ticket) -> bool:
    """Return whether a request that must be refused has nobody who could make it."""
    return ticket.want.mode is Mode.NEVER and ticket.has_no_caller


def tally_text(found_tickets: Iterable[Ticket]) -> str:
    """Return a count of working jobs and holding refusals: "0 of 4 jobs work, 2 of 2 refusals hold".

    A single job or refusal is named without a number. A kind without tickets is left out. Refusals that
    nobody could try are counted apart.
    """
    tickets = tuple(found_tickets)
    jobs = [ticket.mark is Mark.OK for ticket in tickets if ticket.want.mode is Mode.MUST]
    refusals = [ticket for ticket in tickets if ticket.want.mode is Mode.NEVER]
    tried = [
        ticket.mark is Mark.OK for ticket in refusals if not is_untried_refusal(ticket)
    ]
    counts = (
        _count_good(jobs, "job", ("works", "doesn't work yet"), "work"),
        _count_good(tried, "refusal", ("holds", "doesn't hold yet"), "hold"),
        _count_untried(len(refusals) - len(tried)),
    )
    return ", ".join(filter(None, counts))


def tally_sentence(found_tickets: Sequence[Ticket], listed: Iterable[Ticket]) -> str:
    """Return a sentence that counts all tickets, after one about those that aren't listed."""
    unlisted = unlisted_text(found_tickets, listed)
    return f"{unlisted} {capital(tally_text(found_tickets))}.".strip()


def unlisted_text(found_tickets: Iterable[Ticket], listed: Iterable[Ticket]) -> str:
    """Return a sentence that counts the tickets that a diagnosis doesn't list. Return "" if it lists all.

    They were as they should be at the opening, and still are.
    """
    listed_ids = {ticket.want.id for ticket in listed}
    omitted = [ticket for ticket in found_tickets if ticket.want.id not in listed_ids]
    jobs = sum(ticket.want.mode is Mode.MUST for ticket in omitted)
    refusals = sum(ticket.want.mode is Mode.NEVER for ticket in omitted)
    parts = list[str]()
    if jobs:
        verbs = "worked at the start and still works" if jobs == 1 else STILL_WORK
        parts.append(f"{count_noun(jobs, 'job')} {verbs}")
    if refusals:
        verbs = "held at the start and still holds" if refusals == 1 else STILL_HOLD
        parts.append(f"{count_noun(refusals, 'refusal')} {verbs}")
    return f"{'; '.join(parts)}." if parts else ""


STILL_WORK = "worked at the start and still work"
STILL_HOLD = "held at the start and still hold"


def _count_good(
    good: Sequence[bool], noun: str, of_one: tuple[str, str], of_many: str
) -> str:
    """Return a phrase that counts the True values. Return "" if there are no values."""
    if not good:
        return ""
    if len(good) == 1:
        return f"the {noun} {of_one[0] if good[0] else of_one[1]}"
    verb = of_one[0] if sum(good) == 1 else of_many
    return f"{sum(good)} of {len(good)} {noun}s {verb}"


def _count_untried(count: int) -> str:
    """Return a phrase that counts refusals that nobody could try. Return "" if there are none."""
    if not count:
        return ""
    verb = "wasn't" if count == 1 else "weren't"
    return f"{count_noun(count, 'refusal')} {verb} tried"


def explain_ticket(ticket: Ticket, unnamed: Collection[Statement] = ()) -> tuple[Row, ...]:
    """Return a ticket's calls, each with the decisions behind AWS's answer.

    `unnamed` are the statements that aren't told, since the learner names them.
    """
    return tuple(_ticket_rows(ticket, unnamed))


def _ticket_rows(ticket: Ticket, unnamed: Collection[Statement]) -> Iterator[Row]:
    """Yield the rows of `explain_ticket`."""
    yield from tickets([ticket])
    if ticket.missing:
        yield Row(f"{capital(ticket.missing)}.", indent=1)
    for outcome in ticket.outcomes:
        never = ticket.want.mode is Mode.NEVER
        yield from outcome_rows(outcome, never=never, unnamed=unnamed)
    yield from later_command_rows(ticket)


def later_command_rows(ticket: Ticket) -> Iterator[Row]:
    """Yield the commands that a job would still have run after the one that stopped it, with the requests of each."""
    want = ticket.want
    stopped = ticket.stopping_call
    if stopped is None:
        return
    if want.request is not None and not ticket.in_session:
        yield Row(
            f"{want.request.action} on {want.request.resource}",
            None,
            "Not reached: it would request",
            "code",
        )
    for line in want.do[len(ticket.outcomes) - bool(want.via) :]:
        yield Row(f"$ {line.text}", None, "Not reached", "code")
        act = line.act(stopped.account, stopped.act.at, stopped.act.caller)
        if isinstance(act, Act):
            asked_requests = requests_of_call(stopped.account, act.call, act.caller)
        else:
            asked_requests = ()
        yield from (
            Row(f"it requests {request.action} on {request.resource}", indent=1)
            for request in asked_requests
        )


def kept_version_note(outcome: Outcome, decision: Decision, never: bool = False) -> str:
    """Return a note about a policy version that isn't the default and would decide otherwise, or "".

    `never`: the request must be refused. No note is needed if AWS decides as it should.
    """
    if isinstance(decision, Allowed) and not never:
        return ""
    decided = _deciding_statement(decision)
    return version_notes(outcome.account, decision, decided.policy if decided else None)


def _deciding_statement(decision: Decision) -> Matched | None:
    """Return the statement that decided or came nearest. Return None if no statement did."""
    if missed := nearest_miss(decision):
        return missed.matched
    if isinstance(decision, ImplicitlyDenied):
        return None
    return next(iter(decision.by), None)


def _carrier_text(outcome: Outcome, decision: Decision) -> str:
    """Return the entity to which the deciding policy is attached, or ""."""
    decided = _deciding_statement(decision)
    if decided:
        return policy_carrier_text(outcome.account, decision, decided.policy)
    return ""


def _near_rows(outcome: Outcome, decision: Decision, never: bool) -> Iterator[Row]:
    """Yield the Denies that almost match an allowed request, and the entities of their policies."""
    for near in near_denies_to_show(decision, never):
        yield Row(f"{capital(near_sentence(near))}.", indent=2)
        if on := policy_carrier_text(outcome.account, decision, near.matched.policy):
            yield Row(f"That policy is attached to {on}.", indent=2)


def outcome_rows(
    outcome: Outcome,
    never: bool = False,
    outfile: str = OUTFILE,
    unnamed: Collection[Statement] = (),
) -> Iterator[Row]:
    """Yield the rows of one call: its line, each decision, and AWS's error. With `never` the shop wants a refusal.

    `outfile` is the file that its line named for the answer. `unnamed` are the statements that
    aren't told, since the learner names them.
    """
    yield Row(_call_line(outcome.act, outfile), role="code", indent=1)
    for decision in outcome.decisions:
        allowed = isinstance(decision, Allowed)
        ask = f"{decision.request.action} on {decision.request.resource}"
        yield Row(f"{ask}: {'allowed' if allowed else 'denied'}", indent=2)
        if is_concealed(decision, unnamed):
            yield Row(reason_text(decision, unnamed, names_action=False), indent=2)
        else:
            yield from _reason_rows(outcome, decision, never)
    if not outcome.has_succeeded:
        if outcome.decisions and outcome.is_authorized:
            by_service = is_policy_refusal(outcome.answer)
            yield Row(BY_SERVICE if by_service else NOT_BY_POLICY, indent=2)
        yield Row(format_outcome(outcome).text, role="muted", indent=2)
        yield from (
            Row(str(fault), word=str(fault.level), indent=2)
            for fault in malformed_policy_problems(outcome)
        )
        yield from (
            Row(message, indent=2) for message in [advice_about_root(outcome)] if message
        )


def _reason_rows(outcome: Outcome, decision: Decision, never: bool) -> Iterator[Row]:
    """Yield why AWS decided so, and where the policy is that decided."""
    yield from _near_rows(outcome, decision, never)
    yield Row(explain_decision(decision, names_action=False), indent=2)
    if not isinstance(decision, Allowed):
        yield from (replace(row, indent=3) for row in wall_rows(decision))
    if isinstance(decision, ImplicitlyDenied):
        absent = absent_role_sentence(outcome.account, decision).strip()
        yield from (Row(text, indent=2) for text in [absent] if text)
    if on := _carrier_text(outcome, decision):
        yield Row(f"That policy is attached to {on}.", indent=2)
    if note := kept_version_note(outcome, decision, never):
        yield Row(note, indent=2)


def _call_line(act: Act, outfile: str) -> str:
    """Return the line of a call: a command behind "$", a sentence about a service, or a bare request."""
    bare = act.call.service == "request"
    command = command_of(act.call, outfile=outfile)
    return (
        service_step_sentence(act)
        or f"{'' if bare else '$ '}{command_on_one_line(command)}"
    )


NOT_BY_POLICY = "No policy stopped it. AWS allowed it, and then it failed with this error:"
BY_SERVICE = "No policy stopped it. The service itself refused it, with this error:"
