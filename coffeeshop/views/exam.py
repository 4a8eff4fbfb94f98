"""Say what an exam allows: what AWS shows, and the brief. What Coffeeshop adds waits for the hand-in."""

from __future__ import annotations

from datetime import datetime

EXAM_RULE = (
    "You have the brief, the glossary, the account and AWS's answers. "
    "Lessons, guesses, explanations, hints and results come after you hand in."
)


def exam_text(end: datetime | None) -> str:
    """Return what a learner in an exam may use, and until when."""
    until = f" until {end.astimezone():%H:%M}" if end else ""
    return f"This is an exam{until}. {EXAM_RULE}"
