"""Make the problems of a scenario's form."""

from __future__ import annotations

from coffeeshop.lessons.scenario.schema import (
    SCENARIO_FILE,
    CaseForm,
    Job,
    QuizForm,
    Refuse,
)
from coffeeshop.policy.model import Level, Place, Problem


def form_problem(code: str, place: str | Place, message: str, mend: str = "") -> Problem:
    """Return a problem of a form at a place."""
    return Problem(
        Level.ERROR, code, Place(place) if isinstance(place, str) else place, message, mend
    )


def place_of(row: Job | Refuse | QuizForm | CaseForm) -> str:
    """Return the place of a job, a refusal, a question or a case: "scenario.toml, job list"."""
    if isinstance(row, QuizForm):
        return f"{SCENARIO_FILE}, quiz of {row.who}"
    match row:
        case Job():
            table = "job"
        case Refuse():
            table = "refuse"
        case CaseForm():
            table = "case"
    return f"{SCENARIO_FILE}, {table} {row.id}"
