"""Points: the score of a report, from 0 to 100, on the scale of a course."""

from __future__ import annotations

FULL_SCORE = 100.0


def scale_score(score: float, points: float) -> float:
    """Return a score out of 100 on a scale of `points`, to two places."""
    return round(score * points / FULL_SCORE, 2)
