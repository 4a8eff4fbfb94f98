"""Make the problems of a scenario's form."""

from __future__ import annotations

from coffeeshop.lessons.scenario.schema import FILE, Job, QuizForm, Refuse
from coffeeshop.policy.model import Level, Place, Problem


def form_problem(code: str, place: str | Place, message: str, mend: str = "") -> Problem:
    """Return a problem of a form at a place."""
    return Problem(
        Level.ERROR, code, Place(place) if isinstance(place, str) else place, message, mend
    )


def place_of(row: Job | Refuse | QuizForm) -> str:
    """Return the place of a job, a refusal or a question: "scenario.toml, job list"."""
    if isinstance(row, QuizForm):
        return f"{FILE}, quiz of {row.who}"
    return f"{FILE}, {'job' if isinstance(row, Job) else 'refuse'} {row.id}"
