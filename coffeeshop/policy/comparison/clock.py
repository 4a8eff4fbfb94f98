"""Combine the context keys that express time into one dimension, because they depend on one clock.

`aws:CurrentTime` and `aws:EpochTime` are the same moment. A session begins before it is used, so `aws:TokenIssueTime` is never
later. If an MFA code opened it, `aws:MultiFactorAuthAge` is the time since then. So the classes of the dimension are
combinations of these values.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final, NamedTuple

from coffeeshop.policy.comparison.budgets import MAX_VALUE_CLASSES, BudgetError, Steps
from coffeeshop.policy.comparison.moment_texts import (
    EPOCH_FORMAT,
    ISO_FORMAT,
    moment_texts,
)
from coffeeshop.policy.comparison.theories import (
    propose_values,
    write_decimal,
    write_instant,
)
from coffeeshop.policy.comparison.value_classes import (
    Dimension,
    Key,
    Value,
    ValueTest,
    rank_classes,
    value_cost,
)
from coffeeshop.policy.language.conditions import read_instant
from coffeeshop.policy.language.literal_predicates import Point, Shape, Text
from coffeeshop.policy.model import Values

NOW_KEY: Final = "aws:currenttime"
EPOCH_KEY: Final = "aws:epochtime"
ISSUED_KEY: Final = "aws:tokenissuetime"
AGE_KEY: Final = "aws:multifactorauthage"
# The context keys that show each key of time.
TIME_KEYS: Final[Mapping[str, Values]] = {
    NOW_KEY: (NOW_KEY, EPOCH_KEY),
    ISSUED_KEY: (ISSUED_KEY,),
    AGE_KEY: (AGE_KEY,),
}
STEPS_PER_MOMENT: Final = 10  # steps that it takes to write out a moment
TIME_KEY_SPELLINGS: Final = {
    NOW_KEY: "aws:CurrentTime",
    EPOCH_KEY: "aws:EpochTime",
    ISSUED_KEY: "aws:TokenIssueTime",
    AGE_KEY: "aws:MultiFactorAuthAge",
}


class ClockReading(NamedTuple):
    """The values of the keys of time at one moment: the time of the request, of the session's start, and its age."""

    now: Value
    issued: Value
    age: Value

    @property
    def cost(self) -> int:
        """Return the cost of all values together."""
        return sum(map(value_cost, self))

    def key_values(self) -> Iterator[tuple[str, Value]]:
        """Yield each context key, as a policy writes it, with its value."""
        values = {
            NOW_KEY: self.now,
            EPOCH_KEY: self.now,
            ISSUED_KEY: self.issued,
            AGE_KEY: self.age,
        }
        yield from (
            (TIME_KEY_SPELLINGS[key], write_moment(key, value))
            for key, value in values.items()
        )


@dataclass(frozen=True, slots=True)
class Clock(Dimension):
    """The dimension of time. `readings` has the times of each class, and `values` the first of them that is known."""

    readings: tuple[ClockReading, ...] = ()


class TimeKey(NamedTuple):
    """One key of time: its possible values, the conditions on it (by their number), and what they compare it with.

    `fixed_value` is its value if a session fixes it, or None. `epoch_shapes` are those of its `shapes` with
    which aws:EpochTime is compared.
    """

    key: Key = Key()
    fixed_value: Value = None
    tests: Mapping[int, ValueTest] = {}
    shapes: tuple[Shape, ...] = ()
    epoch_shapes: tuple[Shape, ...] = ()

    @property
    def is_relevant(self) -> bool:
        """Return whether any condition or session uses this key of time."""
        return bool(self.tests or self.fixed_value)

    @property
    def change_points(self) -> set[Fraction]:
        """Return the values at which a condition on the key can change from true to false:
        seconds since 1970, or an age in seconds.

        Between two of them no condition changes, so one value there is enough.
        """
        named = {shape.value for shape in self.shapes if isinstance(shape, Point)}
        moments = map(read_instant, self.fixed_value or ())
        return named | {Fraction(moment) for moment in moments if moment is not None}

    @property
    def texts(self) -> tuple[Text, ...]:
        """Return the patterns and texts with which conditions compare the key."""
        return tuple(shape for shape in self.shapes if isinstance(shape, Text))

    @property
    def text_format(self) -> str:
        """Return the format of the key that conditions compare as text; "" if they compare both, or none."""
        texts_of_epoch = [shape for shape in self.epoch_shapes if isinstance(shape, Text)]
        match len(texts_of_epoch), len(self.texts):
            case 0, 0:
                return ""
            case 0, _:
                return ISO_FORMAT
            case some, all_texts if some == all_texts:
                return EPOCH_FORMAT
            case _:
                return ""

    def test_bits(self, value: Value) -> int:
        """Return which of its tests are true of a value, as bits."""
        return sum(1 << number for number, test in self.tests.items() if test(value))


def dimension_key(key: str) -> str:
    """Return the key whose dimension holds the values of this one: all keys of time share one.

    Keys are in lower case.
    """
    return NOW_KEY if key in TIME_KEY_SPELLINGS else key


def write_moment(key: str, value: Value) -> Value:
    """Return a moment in the format of a lower-case key. EpochTime counts seconds since 1970."""
    if key != EPOCH_KEY or value is None:
        return value
    seconds = read_instant(value[0])
    if seconds is None:
        return value
    return (write_decimal(Fraction(seconds)),)


def clock_dimension(time_keys: Mapping[str, TimeKey], tests: int, steps: Steps) -> Clock:
    """Return the classes of combinations of times that conditions tell apart. `tests` is the number of conditions.

    If there are too many classes, the dimension has a doubt.
    """
    combinations = TimeCombinations(
        time_keys.get(NOW_KEY, TimeKey()),
        time_keys.get(ISSUED_KEY, TimeKey()),
        time_keys.get(AGE_KEY, TimeKey()),
        steps,
    )
    best: dict[int, ClockReading] = {}
    try:
        for reading in combinations.possible_readings():
            best.setdefault(combinations.test_bits(reading), reading)
            if len(best) >= MAX_VALUE_CLASSES:
                raise BudgetError("classes: there are too many kinds of moments")
    except BudgetError as error:
        combinations.doubts.append(f"{error} in {TIME_KEY_SPELLINGS[NOW_KEY]}")
    readings, costs, masks = rank_classes(
        best or {0: ClockReading(None, None, None)}, tests, lambda reading: reading.cost
    )
    values = tuple(next(filter(None, reading), None) for reading in readings)
    return Clock(values, costs, masks, "; ".join(combinations.doubts), readings)


class TimeCombinations:
    """Enumerates enough combinations of the keys of time to meet every set of conditions."""

    def __init__(
        self, current_time: TimeKey, issued: TimeKey, age: TimeKey, steps: Steps
    ) -> None:
        """Store the keys. If request time and issue time both matter, the age follows from them."""
        self._now = current_time
        self._issued = issued
        self._age = age
        self._steps = steps
        self._age_follows = current_time.is_relevant and issued.is_relevant
        self._spans = {Fraction(0), *age.change_points}
        self._bits_by_value: dict[tuple[int, Value], int] = {}
        self._texts_by_question: dict[
            tuple[tuple[Text, ...], frozenset[Fraction]], Values
        ] = {}
        self.doubts: list[str] = []

    def test_bits(self, reading: ClockReading) -> int:
        """Return which tests are true of a reading, as bits."""
        passed_bits = 0
        time_keys = (self._now, self._issued, self._age)
        for index, (time_key, value) in enumerate(zip(time_keys, reading, strict=True)):
            if (index, value) not in self._bits_by_value:
                self._steps.take(len(time_key.tests))
                self._bits_by_value[index, value] = time_key.test_bits(value)
            passed_bits |= self._bits_by_value[index, value]
        return passed_bits

    def possible_readings(self) -> Iterator[ClockReading]:
        """Yield the combinations of values that the keys of time can have in one request.

        The times depend on each other: the request's time is the session's time of issue
        plus its age. So the time of the request is also tried at each time of issue plus
        each duration at which a condition could change. If both times matter, the age is
        the time between them, which can't be negative.
        """
        if self._age_follows:
            issue_times = self._issued.change_points
            if self._issued.text_format:
                texts = self._possible_values(ISSUED_KEY, self._issued)
                issue_times = {*issue_times, *_read_moments(texts)}
            change_points = {
                issue_time + span for issue_time in issue_times for span in self._spans
            }
        else:
            change_points = ()
        ages = self._possible_values(AGE_KEY, self._age)
        for request_time in self._possible_values(NOW_KEY, self._now, change_points):
            for issue_time in self._issue_times(request_time):
                self._steps.take(len(ages))
                if self._age_follows:
                    seconds = _seconds_between(issue_time, request_time)
                else:
                    seconds = None
                if seconds is None:
                    yield from (ClockReading(request_time, issue_time, age) for age in ages)
                elif seconds >= 0:
                    yield from (
                        ClockReading(
                            request_time, issue_time, age and (write_decimal(seconds),)
                        )
                        for age in (ages[0], ages[-1])
                    )

    def _issue_times(self, request_time: Value) -> list[Value]:
        """Return the times of issue to try for one time of the request."""
        moment = next(_read_moments((request_time,)), None)
        if moment is None or not self._age_follows:
            return self._possible_values(ISSUED_KEY, self._issued)
        change_points = (moment - span for span in self._spans)
        return self._possible_values(ISSUED_KEY, self._issued, change_points)

    def _possible_values(
        self, name: str, time_key: TimeKey, change_points: Iterable[Fraction] = ()
    ) -> list[Value]:
        """Return the values of a key of time to try: each change point and literal, one
        between any two, and absence first.
        """
        if time_key.fixed_value or not time_key.tests:
            return [time_key.fixed_value]
        points_in_format = tuple(
            Point(change_point, instant=True) for change_point in change_points
        )
        self._steps.take(STEPS_PER_MOMENT * (len(points_in_format) + len(time_key.shapes)))
        if time_key.key.type == "Date":
            points = {*time_key.change_points, *change_points}
            texts, doubt = self._moment_texts(name, time_key, points)
        else:
            if name == NOW_KEY:
                own_shapes = _as_instants(time_key.shapes)
            else:
                own_shapes = time_key.shapes
            texts, doubt = propose_values(
                TIME_KEY_SPELLINGS[name],
                (*own_shapes, *points_in_format),
                time_key.key.type,
                self._steps,
            )
        if doubt and doubt not in self.doubts:
            self.doubts.append(doubt)
        values: list[Value] = [(text,) for text in texts]
        if time_key.key.can_be_absent:
            return [None, *values]
        return values

    def _moment_texts(
        self, name: str, time_key: TimeKey, points: Collection[Fraction]
    ) -> tuple[Values, str]:
        """Return moments in ISO 8601 to try for a key that always is one, and a doubt or "".

        Literals that no moment matches, such as addresses, tell no moments apart.
        """
        instants = tuple(Point(point, instant=True) for point in points)
        texts, doubt = propose_values(
            TIME_KEY_SPELLINGS[name], instants, "Date", self._steps
        )
        if time_key.text_format:
            # The first moment of a class is before any request that can be after one of it. So only
            # ages need sessions of other moments.
            if name == NOW_KEY or len(self._spans) > 1:
                bounds = frozenset(points)
            else:
                bounds = frozenset(time_key.change_points)
            texts = (*texts, *self._walked_texts(time_key, bounds))
        elif time_key.texts:
            doubt = f"{TIME_KEY_SPELLINGS[NOW_KEY]} and {TIME_KEY_SPELLINGS[EPOCH_KEY]} are compared as String"
        return texts, doubt

    def _walked_texts(self, time_key: TimeKey, bounds: frozenset[Fraction]) -> Values:
        """Return moments in ISO 8601, one for each set of the key's patterns that a moment can match, before,
        at and after each of the bounds.

        They are kept, because every time of a request asks for the times of issue.
        """
        format = time_key.text_format
        question = time_key.texts, bounds
        if question not in self._texts_by_question:
            moments = [text for bound in bounds if (text := _format_moment(bound, format))]
            spelled = moment_texts(time_key.texts, moments, format, self._steps)
            self._texts_by_question[question] = tuple(map(_as_iso, spelled))
        return self._texts_by_question[question]


def _format_moment(moment: Fraction, format: str) -> str:
    """Return the first whole second from a moment on in this format. Return "" if it doesn't fit in."""
    text = write_instant(Fraction(ceil(moment)))
    if format == EPOCH_FORMAT:
        text = str(ceil(moment)).rjust(len(format), "0")
    return text if len(text) == len(format) else ""


def _as_iso(text: str) -> str:
    """Return a moment in ISO 8601."""
    return write_instant(Fraction(text)) if text.isdecimal() else text


def _as_instants(shapes: Iterable[Shape]) -> Iterator[Shape]:
    """Yield the literals as moments: EpochTime is compared as a number of seconds."""
    for shape in shapes:
        yield Point(shape.value, instant=True) if isinstance(shape, Point) else shape


def _read_moments(values: Iterable[Value]) -> Iterator[Fraction]:
    """Yield the values that are moments, as seconds since 1970."""
    moments = (read_instant(value[0]) for value in values if value)
    yield from (Fraction(seconds) for seconds in moments if seconds is not None)


def _seconds_between(start: Value, end: Value) -> Fraction | None:
    """Return the seconds between two moments, or None if one is unknown."""
    first, last = (next(_read_moments((value,)), None) for value in (start, end))
    if first is None or last is None:
        return None
    return last - first
