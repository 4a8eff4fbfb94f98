"""A day as a JSON document, for a class or a script."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from coffeeshop.account.command.write import with_code_file, write_line
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.grading.reasons import service_step_sentence
from coffeeshop.policy.model import Statement
from coffeeshop.shop.day import Happening, IncidentCourse
from coffeeshop.shop.evening import Evening
from coffeeshop.shop.radius import BlastRadius
from coffeeshop.views.access.words import thing_name
from coffeeshop.views.concealed import reason_text
from coffeeshop.views.day.evening import hides_advice
from coffeeshop.views.day.hours import turned_away_reason
from coffeeshop.views.requests import caller_name


def day_document(
    evening: Evening, whole: bool = True, unnamed: Collection[Statement] = ()
) -> dict[str, Any]:
    """Return an evening as a JSON object. `whole` includes everything that happened in the day.

    `unnamed` are the statements that aren't told, since the learner names them.
    """
    day = evening.day
    changes = () if hides_advice(evening.course, unnamed) else evening.changes
    return {
        "date": day.date.isoformat(),
        "seed": day.seed,
        "served": evening.jobs_done,
        "turned_away": evening.failed_count,
        "lost": [
            {
                "want": lost.ticket.want.id,
                "say": lost.ticket.want.say,
                "times": lost.times,
                "refused": lost.was_refused,
                "because": turned_away_reason(lost.ticket, unnamed),
            }
            for lost in evening.failed_jobs
        ],
        "incident": evening.course
        and _incident_document(evening.course, evening.radius_before, unnamed),
        "would_have_helped": [
            {
                "line": write_line(change.call),
                "leaves": change.things_left,
                "of": change.things_before,
            }
            for change in changes
        ],
        **({"happenings": list(map(_happening_document, day.happenings))} if whole else {}),
    }


def _incident_document(
    course: IncidentCourse, before: BlastRadius | None, unnamed: Collection[Statement]
) -> dict[str, Any]:
    """Return the incident of a day as a JSON object."""
    return {
        "id": course.theft.incident.id,
        "takes": course.credential_kind,
        "who": course.theft.victim,
        "at": course.theft.at.isoformat(),
        "say": course.theft_sentence,
        "nothing": course.stolen.why_none,
        "calls": len(course.outcomes),
        "allowed": sum(outcome.has_succeeded for outcome in course.outcomes),
        "noticed": course.noticed_at and course.noticed_at.isoformat(),
        "alarm": course.alarm and course.alarm.sign,
        "contained": course.contained_at and course.contained_at.isoformat(),
        "minutes": course.minutes_to_contain,
        "blast_radius": _radius_document(course.radius, course, unnamed),
        "under_yesterdays_policies": before and _radius_document(before, course, unnamed),
    }


def _radius_document(
    radius: BlastRadius, course: IncidentCourse, unnamed: Collection[Statement]
) -> dict[str, Any]:
    """Return a blast radius as a JSON object."""
    return {
        "things": radius.thing_count,
        "everything": radius.full_access_path is not None,
        "reached": [
            {
                "thing": thing_name(reached.thing),
                "kind": reached.thing.kind,
                "level": reached.level.value,
                "needed": course.theft.incident.insider and reached.is_needed,
                "action": reached.decision.request.action,
                "resource": reached.decision.request.resource,
                "because": reason_text(reached.decision, unnamed),
                "after": [
                    service_step_sentence(act) or write_line(with_code_file(act.call))
                    for act in reached.path.acts
                ],
            }
            for reached in radius.reached
        ],
        "not_looked_at_further": list(radius.unfinished),
    }


def _happening_document(happening: Happening) -> dict[str, Any]:
    """Return an event as a JSON object, with its last call and the reason of a failure."""
    outcome = happening.outcome or (
        happening.ticket.outcomes[-1]
        if happening.ticket and happening.ticket.outcomes
        else None
    )
    return {
        "at": happening.at.isoformat(),
        "kind": happening.kind.value,
        "say": happening.say,
        "place": happening.place and happening.place.value,
        "mark": happening.mark.name.lower(),
        **(_call_document(outcome) if outcome else {}),
        **(
            {"because": turned_away_reason(happening.ticket)}
            if happening.ticket and not happening.ticket.has_succeeded
            else {}
        ),
    }


def _call_document(outcome: Outcome) -> dict[str, Any]:
    """Return the caller, operation and last request of a call."""
    if outcome.decisions:
        request = outcome.main_decisions[0].request
    else:
        request = None
    return {
        "who": caller_name(outcome),
        "operation": f"{outcome.act.call.service}:{outcome.act.call.operation}",
        "action": request and request.action,
        "resource": request and request.resource,
        "allowed": outcome.has_succeeded,
    }
