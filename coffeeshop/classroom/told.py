"""Lay out the summary of a class as rows, for the text and the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from coffeeshop.classroom.class_gain import class_gain_rows
from coffeeshop.classroom.overview import PASSING_STARS, Mark, Obstacle, Overview, Pupil
from coffeeshop.classroom.register import MARKED_BY_HAND
from coffeeshop.shop.mark import Mark as Sign
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun, stars

MAX_NAMES = 12  # names in one row, at most: the others are counted


class Part(NamedTuple):
    """A title and the rows below it."""

    title: str
    rows: tuple[Row, ...]


def overview_parts(overview: Overview) -> tuple[Part, ...]:
    """Return the parts of an overview: the class, its obstacles, and each learner."""
    return (
        Part("The class", tuple(_class_rows(overview))),
        *_gain_parts(overview),
        Part("What holds learners back", tuple(_obstacle_rows(overview))),
        *(
            Part(pupil.name, tuple(_pupil_rows(pupil, overview)))
            for pupil in overview.pupils
        ),
        *_stranger_parts(overview),
    )


OTHER_NAMES = "Findings use the scenario's original names. In each learner's variant, people have other names."
STRANGERS_NOTE = "These hand-ins aren't from anyone in the class, so they don't count."


def _stranger_parts(overview: Overview) -> Iterator[Part]:
    """Yield the part about files that are nobody's, if there are any."""
    if overview.strangers:
        rows = (
            Row(stranger_text(stranger), word=stranger.name)
            for stranger in overview.strangers
        )
        yield Part("No one's", (Row(STRANGERS_NOTE), *rows))


def stranger_text(stranger: Pupil) -> str:
    """Return the marks of somebody who isn't in the class."""
    marks = {id: mark for id, mark in stranger.marks.items() if mark.hand_ins}
    return ", ".join(_short_mark(id, mark) for id, mark in marks.items())


def _gain_parts(overview: Overview) -> Iterator[Part]:
    """Yield the part about check-ups, if the class was given any."""
    if overview.gain is not None:
        yield Part("Check-up", tuple(class_gain_rows(overview.gain)))


def _class_rows(overview: Overview) -> Iterator[Row]:
    """Yield the rows about the whole class: each scenario, then each learner."""
    most_stars = PASSING_STARS * len(overview.scenarios)
    yield Row(size_text(overview), role="title")
    for id, title in overview.scenarios.items():
        yield Row(spread_text(overview, id), word=f"{id} {title}")
    for pupil in overview.pupils:
        yield Row(
            ", ".join(
                _short_mark(id if len(overview.scenarios) > 1 else "", mark)
                for id, mark in pupil.marks.items()
            ),
            word=f"{pupil.name} {pupil.stars} of {most_stars}",
        )


def size_text(overview: Overview) -> str:
    """Return the number of learners and scenarios, in words."""
    return f"{count_noun(len(overview.pupils), 'learner')}, {count_noun(len(overview.scenarios), 'scenario')}"


def spread_text(overview: Overview, id: str) -> str:
    """Return how many learners have each number of stars in a scenario, and the statuses of the others."""
    *by_stars, _ = overview.star_counts(id)
    counts = [
        f"{count} with {count_noun(number, 'star')}"
        for number, count in reversed([*enumerate(by_stars)])
        if count
    ]
    other_statuses = Counter(
        pupil.marks[id].status for pupil in overview.pupils if pupil.marks[id].stars is None
    )
    other_names = [f"{count} {status}" for status, count in sorted(other_statuses.items())]
    return ", ".join((*counts, *other_names))


def _short_mark(id: str, mark: Mark) -> str:
    """Return the stars or the status of a mark, after the scenario's id.

    The id is "" if there is only one scenario.
    """
    late = " late" if mark.delay_text else ""
    by_hand = (
        f" {MARKED_BY_HAND}" if mark.teacher_mark and mark.status != MARKED_BY_HAND else ""
    )
    text = mark.status if mark.stars is None else stars(mark.stars)
    return f"{id} {text}{late}{by_hand}".lstrip()


def _obstacle_rows(overview: Overview) -> Iterator[Row]:
    """Yield the rows about misconceptions and findings."""
    for title, rows, text_of in (
        ("Misconceptions behind it", overview.misconceptions, belief_text),
        ("Findings", overview.findings, obstacle_text),
    ):
        if rows:
            yield Row(title, role="title")
            yield from (
                Row(
                    text_of(each_obstacle),
                    word=f"{len(each_obstacle.learner_names)} of {len(overview.pupils)}",
                )
                for each_obstacle in rows
            )
    if overview.has_other_names:
        yield Row(OTHER_NAMES)
    if not overview.findings:
        yield Row(no_obstacle_text(overview))


def no_obstacle_text(overview: Overview) -> str:
    """Return why nothing stands in the way of a class: every hand-in has its stars, or there is no graded one yet."""
    marks = (mark for pupil in overview.pupils for mark in pupil.marks.values())
    if all(mark.stars is None for mark in marks):
        return "No hand-in has been graded yet."
    return "Nothing holds them back: every hand-in that could be graded has three stars."


def belief_text(obstacle: Obstacle) -> str:
    """Return a misconception in words, with its scenarios. It doesn't say whose it is."""
    return f"{obstacle.text} ({', '.join(obstacle.scenarios)})"


def obstacle_text(obstacle: Obstacle) -> str:
    """Return an obstacle in words, with its scenarios and learners."""
    extra = len(obstacle.learner_names) - MAX_NAMES
    names = ", ".join(
        (*obstacle.learner_names[:MAX_NAMES], *([f"{extra} more"] if extra > 0 else []))
    )
    return f"{obstacle.text} ({', '.join(obstacle.scenarios)}: {names})"


def _pupil_rows(pupil: Pupil, overview: Overview) -> Iterator[Row]:
    """Yield the rows about one learner: each scenario, its mark and its findings."""
    for id, mark in pupil.marks.items():
        yield Row(f"{id} {overview.scenarios[id]}", role="title")
        yield Row(
            mark_summary(mark),
            _mark_sign(mark),
            "stars" if mark.stars is not None else "no mark",
            indent=1,
        )
        yield from (
            Row(f"{finding.text.what} {finding.text.why}", indent=1)
            for finding in mark.findings
        )


def _mark_sign(mark: Mark) -> Sign:
    """Return the sign before a mark: all stars, some missing, or nothing graded."""
    if mark.stars == PASSING_STARS:
        return Sign.OK
    if mark.stars is None:
        return Sign.QUIET
    return Sign.MISS


def mark_summary(mark: Mark) -> str:
    """Return a mark in one line: its stars and points, then counts of gradings, calls and hints, time, and delay.

    It begins with the mark that the teacher gave by hand.
    """
    return "; ".join(filter(None, (mark.teacher_mark, _hand_in_summary(mark))))


def _hand_in_summary(mark: Mark) -> str:
    """Return what a mark says of the best hand-in, or "" if it was given without one."""
    if mark.stars is None:
        if mark.ungraded_reason:
            return f"{mark.status}: {mark.ungraded_reason}"
        return "" if mark.teacher_mark else mark.status
    parts = [f"{stars(mark.stars)} {mark.score:g} of 100"]
    parts += [] if mark.tries is None else [count_noun(mark.tries, "grading")]
    parts += [] if mark.calls is None else [count_noun(mark.calls, "call")]
    parts += [count_noun(mark.hints, "hint")] if mark.hints else []
    parts += (
        []
        if mark.time_taken is None
        else [f"{duration_words(mark.time_taken)} since the first grade"]
    )
    parts += [mark.delay_text] if mark.delay_text else []
    parts += [f"the best of {mark.hand_ins} hand-ins"] if mark.hand_ins > 1 else []
    parts += ["the solution was shown"] if mark.status == "shown" else []
    return ", ".join(parts)


def duration_words(span: timedelta) -> str:
    """Return a duration in words: less than a minute, 40 minutes, 3 hours, 2 days."""
    whole_minutes = span.total_seconds() // 60
    if whole_minutes < 1:
        return "less than a minute"
    if whole_minutes < 120:
        return count_noun(int(whole_minutes), "minute")
    if whole_minutes < 48 * 60:
        return count_noun(int(whole_minutes // 60), "hour")
    return count_noun(int(whole_minutes // 1440), "day")
