"""Describe the assignments of a class: what is due when, and which exam is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from coffeeshop.lessons.exercises.choice import parse_choice
from coffeeshop.lessons.play.late_rule import late_rule_text
from coffeeshop.lessons.play.membership import Assignment
from coffeeshop.lessons.scenario.find import find, heading, shelf_number
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.course_check_up import assigned_moment
from coffeeshop.policy.problem import Problems


def instant_text(instant: datetime) -> str:
    """Return a time in this machine's time zone: Fri 4 Dec 2026 23:59 CET."""
    local = instant.astimezone()
    return f"{local:%a} {local.day} {local:%b %Y %H:%M %Z}".rstrip()


def assignment_name(id: str, extra: Path | None = None) -> str:
    """Return what an assignment is called: a check-up, a practice, or the title of its scenario.

    If this machine doesn't have the scenario, return its id.
    """
    if moment := assigned_moment(id):
        return f"check-up {moment} the course"
    # An assigned practice has no seed: each learner draws their own.
    if choice := parse_choice(f"{id}-0"):
        return f"practice on {choice.topic}, level {choice.level}"
    with suppress(Problems):
        return heading(find(id, extra)).title
    return id


def assignment_title(id: str, extra: Path | None = None) -> str:
    """Return an assignment's number and title, or its id if this machine doesn't have its scenario."""
    name = assignment_name(id, extra)
    if name == id or parse_choice(f"{id}-0") or assigned_moment(id):
        return name
    return f"{shelf_number(id, extra)} {name}"


def assignment_text(assignment: Assignment, extra: Path | None = None) -> str:
    """Return an assignment in words: its title, its dates, and what a delay costs."""
    title = assignment_title(assignment.id, extra)
    if assignment.opens and assignment.due:
        times = f"{instant_text(assignment.opens)} to {instant_text(assignment.due)}"
        return f"{title}: exam, {times}"
    parts = ["no due date"]
    if assignment.due:
        parts = [f"due {instant_text(assignment.due)}"]
    parts += filter(None, [late_rule_text(assignment.late)])
    return f"{title}: {'; '.join(parts)}"


def assignment_lines(
    assignments: tuple[Assignment, ...], extra: Path | None = None
) -> Iterator[str]:
    """Yield a line for each assignment, or one that says that there is none yet."""
    if not assignments:
        yield "no assignment yet"
    yield from (assignment_text(assignment, extra) for assignment in assignments)


def class_news(player: Player) -> tuple[str, ...] | None:
    """Take over what the teacher changed in the class. Return a line for each changed assignment.

    None: nothing of the class changed, or the learner has none.
    """
    before = player.membership
    if not player.follow_class() or player.membership is None:
        return None
    former = before.assignments if before else ()
    current = player.membership.assignments
    return tuple(_changed_assignment_lines(former, current, player.extra))


def _changed_assignment_lines(
    before: tuple[Assignment, ...],
    after: tuple[Assignment, ...],
    extra: Path | None = None,
) -> Iterator[str]:
    """Yield a line for each assignment that is new, changed or removed."""
    known = {assignment.id: assignment for assignment in before}
    for assignment in after:
        if known.pop(assignment.id, None) != assignment:
            yield assignment_text(assignment, extra)
    for id in known:
        yield f"{assignment_title(id, extra)}: no longer assigned"
