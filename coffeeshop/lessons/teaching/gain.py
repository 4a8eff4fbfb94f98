"""Say what was gained from before to after, and how uncertain that is.

The intervals hold in 95 of 100 cases. Fewer than twelve pairs or answers show nothing, since chance would decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, mean, stdev

from msgspec import Struct

MIN_SAMPLE = 12  # learners, or answers of one learner
CONFIDENCE_PERCENT = 95  # percent
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE_PERCENT / 200)


class Gain(Struct, frozen=True):
    """A mean before and after, and the limits between which the true difference probably is. `count` is of pairs."""

    count: int
    before: float
    after: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """Return the difference of the means."""
        return self.after - self.before

    @property
    def is_certain(self) -> bool:
        """Return whether both limits are on one side of zero."""
        return self.low > 0 or self.high < 0


def gain_of_pairs(pairs: Sequence[tuple[float, float]], most: float = 1) -> Gain | None:
    """Return the gain of learners, each with a value before and after. Return None if there are fewer than twelve.

    `most` is the largest value. A change by one in both directions is added to the spread, so that equal
    changes of a few learners don't look certain.
    """
    if len(pairs) < MIN_SAMPLE:
        return None
    before = mean(pair[0] for pair in pairs)
    after = mean(pair[1] for pair in pairs)
    spread = stdev([*(pair[1] - pair[0] for pair in pairs), 1, -1])
    margin = _quantile(len(pairs) - 1) * spread / sqrt(len(pairs))
    return _gain(len(pairs), before, after, margin, most)


def gain_of_answers(before: Sequence[bool], after: Sequence[bool]) -> Gain | None:
    """Return the gain in the share of right answers of one learner.

    Return None if there are fewer than twelve answers. The margin is that of Agresti and Caffo: a right and
    a wrong answer are added to both sides.
    """
    if len(before) + len(after) < MIN_SAMPLE or not before or not after:
        return None
    shares = [(sum(answers) + 1) / (len(answers) + 2) for answers in (before, after)]
    counts = [len(before) + 2, len(after) + 2]
    variances = (
        share * (1 - share) / count for share, count in zip(shares, counts, strict=True)
    )
    margin = Z * sqrt(sum(variances))
    return _gain(len(before), mean(before), mean(after), margin, 1)


def _gain(count: int, before: float, after: float, margin: float, most: float) -> Gain:
    """Return a gain. Its limits are no larger than a difference can be."""
    difference = after - before
    low = max(-most, difference - margin)
    return Gain(count, before, after, low, min(most, difference + margin))


def _quantile(degrees: int) -> float:
    """Return the quantile of Student's t for the confidence, by the expansion of Cornish and Fisher."""
    first = (Z**3 + Z) / (4 * degrees)
    second = (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * degrees**2)
    return Z + first + second
