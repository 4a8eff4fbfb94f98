"""Points: the score of a report, from 0 to 100, on the scale of a course."""

from __future__ import annotations

WHOLE = 100.0


def scale_score(score: float, points: float) -> float:
    """Returns a score on a scale of so many points, to two places."""
    return round(score * points / WHOLE, 2)
