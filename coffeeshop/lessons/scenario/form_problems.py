"""What is wrong with a scenario's form, told at the row that says it."""

from __future__ import annotations

from coffeeshop.lessons.scenario.schema import FILE, Job, QuizForm, Refuse
from coffeeshop.policy.model import Level, Place, Problem


def wrong(code: str, place: str | Place, message: str, mend: str = "") -> Problem:
    """Returns a problem of a form at a place."""
    return Problem(
        Level.ERROR, code, Place(place) if isinstance(place, str) else place, message, mend
    )


def place_of(row: Job | Refuse | QuizForm) -> str:
    """Tells where a job, a refusal or a question stands: "scenario.toml, job list"."""
    if isinstance(row, QuizForm):
        return f"{FILE}, quiz of {row.who}"
    return f"{FILE}, {'job' if isinstance(row, Job) else 'refuse'} {row.id}"
