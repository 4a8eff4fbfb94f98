"""A day at the shop in words, hour by hour. Failed jobs and the incident have rows of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from msgspec.structs import replace

from coffeeshop.account.command import format_outcome
from coffeeshop.account.model import Outcome, ServiceError
from coffeeshop.lessons.grading.diagnosis import is_concealed
from coffeeshop.policy.evaluation.explain import (
    near_denies_to_show,
    near_sentence,
    statement_label,
)
from coffeeshop.policy.model import Allowed, Decision, Statement
from coffeeshop.shop.day import Day, Happening, Kind
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.concealed import REASON_WITHHELD, reason_text
from coffeeshop.views.requests import caller_name, result_words
from coffeeshop.views.rows import MARK_ROLES, Role, Row
from coffeeshop.views.text import capital, command_of, command_on_one_line, count_noun

EVENT_WORDS = {  # by kind of event and the shop's judgement
    (Kind.TASK, Mark.OK): "done",
    (Kind.TASK, Mark.MISS): "not done",
    (Kind.INSPECTION, Mark.OK): "refused, as it should be",
    (Kind.INSPECTION, Mark.LEAK): "allowed, but it shouldn't be",
    (Kind.INSPECTION, Mark.MISS): "fails, but no policy refuses it, so it isn't protected",
    (Kind.ATTACK, Mark.OK): "refused",
    (Kind.ATTACK, Mark.EXTRA): "allowed, but no job needs it",
    (Kind.ATTACK, Mark.QUIET): "allowed, as the jobs need it",
}
MAX_SEPARATE_CALLS = 2  # more consecutive calls of a thief with the same result share a row
EVENT_STYLES: Mapping[Kind, Role] = {
    Kind.THEFT: "error",
    Kind.NOTICED: "warning",
    Kind.CONTAINED: "ok",
    Kind.REOPENED: "error",
}
EVENT_HEADS = {
    Kind.NEWS: "",
    Kind.THEFT: "Incident",
    Kind.NOTICED: "Noticed",
    Kind.CONTAINED: "Contained",
    Kind.REOPENED: "Open again",
}


def happening_rows(
    day: Day,
    since: datetime | None = None,
    until: datetime | None = None,
    unnamed: Collection[Statement] = (),
) -> tuple[Row, ...]:
    """Return the events after `since` and up to `until`, hour by hour. None means no limit.

    `unnamed` are the statements that aren't told, since the learner names them.
    """
    before = [happening for happening in day.happenings if since and happening.at <= since]
    later = [happening for happening in day.happenings if not since or happening.at > since]
    shown_happenings = [
        happening for happening in later if not until or happening.at <= until
    ]
    seen = {
        happening.ticket.want.id
        for happening in before
        if happening.ticket and _is_failed_job(happening)
    }
    hours = ([*each] for _, each in groupby(shown_happenings, _hour_of))
    return tuple(
        row
        for happenings in hours
        for row in (
            _trade_row(happenings, since, until),
            *_rows_of_events(happenings, seen, unnamed),
        )
    )


def _hour_of(happening: Happening) -> datetime:
    """Return the full hour in which an event happened."""
    return happening.at.replace(minute=0, second=0)


def _trade_row(
    happenings: Sequence[Happening], since: datetime | None, until: datetime | None
) -> Row:
    """Return the count of jobs of an hour, or of the part of it between `since` and `until`."""
    jobs_done = sum(
        happening.kind is Kind.TASK and happening.mark is Mark.OK
        for happening in happenings
    )
    jobs_failed = sum(_is_failed_job(happening) for happening in happenings)
    failures = f", {jobs_failed} failed" if jobs_failed else ""
    hour = _hour_of(happenings[0])
    next_hour = hour + timedelta(hours=1)
    begins = max(hour, since) if since else hour
    ends = min(next_hour, until) if until else next_hour
    clock_times = dict.fromkeys((f"{begins:%H:%M}", f"{ends:%H:%M}"))
    span = " to ".join(clock_times)
    return Row(f"{count_noun(jobs_done, 'job')} done{failures}", word=span, role="name")


def _rows_of_events(
    happenings: Sequence[Happening], seen: set[str], unnamed: Collection[Statement]
) -> Iterator[Row]:
    """Yield each event of an hour that isn't a job done.

    `seen` holds the ids of the wants whose failure was explained before. It grows.
    """
    separate_happenings = (
        happening
        for happening in happenings
        if happening.kind is not Kind.TASK or _is_failed_job(happening)
    )
    for call_group, group in groupby(separate_happenings, _call_group):
        calls = [*group]
        if call_group and len(calls) > MAX_SEPARATE_CALLS:
            yield from _call_group_rows(calls, unnamed)
        else:
            yield from (
                row
                for happening in calls
                for row in _happening_rows(happening, seen, unnamed)
            )


def _call_group(happening: Happening) -> tuple[Mark, str, str] | None:
    """Return the key by which a thief's calls are grouped: mark, result and statement. None: no thief's call."""
    if happening.kind is Kind.ATTACK:
        return (happening.mark, _result_word(happening), _allowing_statement(happening))
    return None


def _allowing_statement(happening: Happening) -> str:
    """Return the statement that allowed a thief's call. "": AWS refused it, or no statement was needed."""
    if happening.outcome and happening.mark is not Mark.OK:
        last = happening.outcome.main_decisions
    else:
        last = ()
    allowed = (
        decision for decision in last if isinstance(decision, Allowed) and decision.by
    )
    return next((statement_label(decision.by[0]) for decision in allowed), "")


def _result_word(happening: Happening) -> str:
    """Return the result of an event. A thief's call that AWS allowed and that failed has its error."""
    if happening.outcome and happening.kind is Kind.ATTACK and happening.mark is Mark.OK:
        return result_words(happening.outcome)
    return EVENT_WORDS.get((happening.kind, happening.mark), "")


def _call_group_rows(
    calls: Sequence[Happening], unnamed: Collection[Statement]
) -> Iterator[Row]:
    """Yield one row for several calls of a thief with the same result, and what allowed them."""
    happening = calls[0]
    first = happening_headline(calls[0])
    span = f"{happening.at:%H:%M} to {calls[-1].at:%H:%M} {_result_word(happening)}"
    yield replace(first, text=f"{len(calls)} calls, the first by {first.text}", word=span)
    if happening.mark is Mark.OK:  # AWS refused each of them, perhaps for different reasons
        return
    decisions = happening.outcome.main_decisions if happening.outcome else ()
    if any(is_concealed(decision, unnamed) for decision in decisions):
        yield Row(REASON_WITHHELD, indent=2)
    elif statement := _allowing_statement(happening):
        yield Row(f"{capital(statement)} allows each of them.", indent=2)


def _is_failed_job(happening: Happening) -> bool:
    """Return whether an event is a job that didn't work."""
    return happening.kind is Kind.TASK and happening.mark is not Mark.OK


def _happening_rows(
    happening: Happening, seen: set[str], unnamed: Collection[Statement]
) -> Iterator[Row]:
    """Yield the rows of one event. A failed job is explained the first time only."""
    yield happening_headline(happening)
    if (
        happening.ticket
        and happening.ticket.want.id not in seen
        and happening.mark is not Mark.OK
    ):
        seen.add(happening.ticket.want.id)
        yield Row(turned_away_reason(happening.ticket, unnamed), indent=2)
    elif (
        happening.outcome
        and happening.kind is Kind.ATTACK
        and happening.mark is not Mark.OK
    ):
        yield from (
            Row(event_reason(decision, unnamed), indent=2)
            for decision in happening.outcome.main_decisions
        )


def happening_headline(happening: Happening) -> Row:
    """Return one event as a row: its time, its mark, and its text."""
    clock = f"{happening.at:%H:%M}"
    if happening.outcome and happening.kind is Kind.EDIT:
        return Row(
            command_on_one_line(command_of(happening.outcome.act.call)),
            None,
            f"{clock} You{_failure_text(happening.outcome)}",
            "text",
            1,
        )
    if happening.outcome:
        message = f"{caller_name(happening.outcome)}: {command_on_one_line(command_of(happening.outcome.act.call))}"
        return Row(
            message,
            happening.mark,
            f"{clock} {_result_word(happening)}",
            MARK_ROLES[happening.mark],
            1,
        )
    if happening.ticket:
        return Row(
            happening.say,
            happening.mark,
            f"{clock} {EVENT_WORDS[happening.kind, happening.mark]}",
            MARK_ROLES[happening.mark],
            1,
        )
    return Row(
        happening.say,
        None,
        f"{clock} {EVENT_HEADS[happening.kind]}".strip(),
        EVENT_STYLES.get(happening.kind, "text"),
        1,
    )


def _failure_text(outcome: Outcome) -> str:
    """Return the error of a call by the learner that changed nothing. "": it succeeded."""
    if isinstance(outcome.answer, ServiceError):
        return f" (nothing done: {outcome.answer.code})"
    return ""


def turned_away_reason(ticket: Ticket, unnamed: Collection[Statement] = ()) -> str:
    """Return why a job failed: the deciding statement, otherwise AWS's error."""
    if ticket.missing:
        return f"{capital(ticket.missing)}."
    decision = ticket.decision
    refused = ticket.was_refused and not isinstance(decision, Allowed)
    is_unwanted = ticket.want.mode is Mode.NEVER
    if decision and (refused or is_unwanted):
        return event_reason(decision, unnamed, is_unwanted)
    if ticket.outcomes:
        return format_outcome(ticket.outcomes[-1]).text.strip()
    return ""


def event_reason(
    decision: Decision, unnamed: Collection[Statement] = (), is_unwanted: bool = False
) -> str:
    """Return the explanation of a decision, after the nearest Deny that doesn't match the request.

    Without that Deny, the text would blame an Allow that can be right. `is_unwanted`: the shop wants the request refused.
    """
    sentence = decision_sentence(decision, unnamed)
    if is_concealed(decision, unnamed):
        return sentence
    near = next(iter(near_denies_to_show(decision, is_unwanted)), None)
    if near is None or near.matched.statement in unnamed:
        return sentence
    return f"{capital(near_sentence(near))}. {sentence}"


def decision_sentence(decision: Decision, unnamed: Collection[Statement] = ()) -> str:
    """Return the explanation of a decision as a sentence. `unnamed` are the statements that aren't told."""
    return f"{capital(reason_text(decision, unnamed)).rstrip('.')}."
