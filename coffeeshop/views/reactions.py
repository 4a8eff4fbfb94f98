"""Tell how the shop reacts to an act: who is served now, and who is turned away."""

from __future__ import annotations

from collections.abc import Sequence

from coffeeshop.account.model import ServiceError
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.policy.evaluation.explain import (
    LAYER_NAMES,
    denied_sessions_phrase,
    nearest_miss,
    statement_label,
)
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.model import (
    BLOCK_PUBLIC_ACCESS,
    Allowed,
    Decision,
    ExplicitlyDenied,
    Kind,
    Request,
)
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.text import capital, count_noun


def changed_jobs(before: Sequence[Ticket], after: Sequence[Ticket]) -> tuple[Ticket, ...]:
    """Return the tickets of the jobs that have started or stopped working."""
    worked = {ticket.want.id: ticket.mark is Mark.OK for ticket in before}
    return tuple(
        ticket
        for ticket in after
        if ticket.want.mode is Mode.MUST
        and (ticket.mark is Mark.OK)
        is not worked.get(ticket.want.id, ticket.mark is Mark.OK)
    )


def jobs_changed_since(before: Sitting, sitting: Sitting) -> tuple[Ticket, ...]:
    """Return the jobs that have started or stopped working by the acts since `before`.

    Jobs that work otherwise at another time are left out, since the clock changed them. An exam shows no job's result, so
    no job changes when it begins or ends.
    """
    if before.in_exam or sitting.in_exam:
        return ()
    changed = changed_jobs(before.tickets, sitting.tickets)
    if not changed:
        return ()
    return changed_jobs(before.assessment.tickets_at(sitting.now), changed)


def reaction_line(changed: Sequence[Ticket]) -> str:
    """Return one line about jobs that have changed. Those that have stopped come first. "": none has changed."""
    stopped = [ticket for ticket in changed if ticket.mark is not Mark.OK]
    started = [ticket for ticket in changed if ticket.mark is Mark.OK]
    return " ".join(
        _listed_reactions(lead, tickets, verb)
        for tickets, lead, verb in (
            (stopped, "", "stopped"),
            (started, "This works now: ", "started"),
        )
        if tickets
    )


def _listed_reactions(lead: str, tickets: Sequence[Ticket], verb: str) -> str:
    """Return a sentence about the first job, and one about the other jobs.

    Two jobs have a sentence each. More are counted: "3 more jobs stop working", where `verb` is "stop". If
    the same sentence is true of all jobs, it is said once, with their names.
    """
    sentence = f"{lead}{reaction_text(tickets[0])}"
    further = len(tickets) - 1
    if not further:
        return sentence
    if len({lead + reaction_text(ticket) for ticket in tickets}) == 1:
        jobs = join_words([f"“{ticket.want.say}”" for ticket in tickets])
        return f"{sentence} This stops {count_noun(len(tickets), 'job')}: {jobs}."
    if further == 1:
        return f"{sentence} Also: {reaction_text(tickets[1])}"
    return f"{sentence} {count_noun(further, 'more job')} {verb} working."


def reaction_text(ticket: Ticket) -> str:
    """Return what happens at the counter: "Casey lists the receipts." or "Casey is turned away: …"."""
    if ticket.has_succeeded:
        return f"{ticket.want.say}."
    kind, _, name = ticket.want.who.partition("/")
    person = capital(name.rpartition("/")[2] or kind or "someone")
    return f"{person} is turned away: {_reason(ticket)}."


def _reason(ticket: Ticket) -> str:
    """Return why a job doesn't work."""
    if ticket.missing:
        return ticket.missing
    if ticket.was_refused and ticket.decision and not isinstance(ticket.decision, Allowed):
        return _denial(ticket.decision)
    stopped = ticket.stopping_call
    if stopped and isinstance(stopped.answer, ServiceError):
        return f"AWS answers {stopped.answer.code}"
    return "only a part of the job works"


def _denial(decision: Decision) -> str:
    """Return which kind of policy denies a request."""
    action = decision.request.action
    if isinstance(decision, ExplicitlyDenied):
        if decision.by[0].policy.name == BLOCK_PUBLIC_ACCESS:
            return f"{statement_label(decision.by[0])} denies {action}"
        return f"a policy denies {action}{denied_sessions_phrase(decision)}"
    if isinstance(decision, Allowed) or decision.silent is Kind.IDENTITY:
        layer_name = "policy"
    else:
        layer_name = LAYER_NAMES[decision.silent]
    missed = nearest_miss(decision)
    if missed is None or missed.failed > 1:
        return f"no {layer_name} allows {action}"
    match missed.element:
        case "condition":
            return f"a {layer_name} allows {action} under a condition that is not met"
        case "principal":
            return f"a {layer_name} allows {action} only to others"
        case "resource":
            return f"no {layer_name} allows {action}{_place(decision.request)}"
        case _:
            return f"no {layer_name} allows {action}"


def _place(request: Request) -> str:
    """Return the resource of a request, to follow an action: " on coffeeshop-receipts/x"."""
    arn = Arn.read(request.resource)
    if arn is None:
        return ""
    return f" on {arn.resource.partition(':')[2] or arn.resource}"
