"""Write the summary of a class as one HTML page.

It loads nothing else, prints well, and works with screen readers.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median_low
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined

from coffeeshop import __version__
from coffeeshop.classroom.class_gain import class_gain_rows
from coffeeshop.classroom.overview import PASSING_STARS, Overview
from coffeeshop.classroom.told import (
    OTHER_NAMES,
    STRANGERS_NOTE,
    duration_words,
    mark_summary,
    no_obstacle_text,
    size_text,
    spread_text,
    stranger_text,
)
from coffeeshop.harmless import escape_line
from coffeeshop.views.text import count_noun

TEMPLATE_FILE = Path(__file__).with_name("page.html.jinja")
MAX_BAR_PIXELS = 480  # pixels of the longest bar


class Bar(NamedTuple):
    """A bar of a plot, with its label, its number and its width in pixels."""

    label: str
    number: int
    width: int
    opacity: float


def class_page_html(overview: Overview, title: str, note: str = "") -> str:
    """Return the page, with a note below its title. Learners' texts are escaped, so they are never markup."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_harmless, trim_blocks=True
    )
    return environment.from_string(TEMPLATE_FILE.read_text("utf-8")).render(
        title=title,
        note=note,
        version=__version__,
        overview=overview,
        size=size_text(overview),
        gain_rows=[*class_gain_rows(overview.gain)] if overview.gain else [],
        summary=mark_summary,
        other_names=OTHER_NAMES,
        stranger_sentence=STRANGERS_NOTE,
        stranger_text=stranger_text,
        no_obstacle_text=no_obstacle_text,
        bars={id: _star_bars(overview, id) for id in overview.scenarios},
        spreads={id: spread_text(overview, id) for id in overview.scenarios},
        times={id: _median_times(overview, id) for id in overview.scenarios},
    )


def _harmless(value: object) -> object:
    """Return a text with invisible characters escaped. Other values stay."""
    if type(value) is str:
        return escape_line(value)
    return value


def _star_bars(overview: Overview, id: str) -> tuple[Bar, ...]:
    """Return the bars of a scenario, most stars first."""
    *by_stars, none_count = overview.star_counts(id)
    rows = [
        (count_noun(number, "star"), count, 0.4 + 0.2 * number)
        for number, count in enumerate(by_stars)
    ][::-1]
    rows += [("no mark", none_count, 0.2)] if none_count else []
    most = max(1, *(count for _, count, _ in rows))
    return tuple(
        Bar(label, count, round(MAX_BAR_PIXELS * count / most), round(shade, 1))
        for label, count, shade in rows
    )


def _median_times(overview: Overview, id: str) -> str:
    """Return the median time and number of gradings in a scenario, in words.

    Return "" if no learner's record has them.
    """
    marks = [pupil.marks[id] for pupil in overview.pupils]
    took = [mark.time_taken for mark in marks if mark.time_taken is not None]
    tries = [mark.tries for mark in marks if mark.tries is not None]
    passed = [
        mark.tries
        for mark in marks
        if mark.tries is not None and mark.stars == PASSING_STARS
    ]
    if took:
        messages = [
            f"{duration_words(median_low(took))} from the first grade to the hand-in"
        ]
    else:
        messages = []
    messages += [count_noun(median_low(tries), "grade")] if tries else []
    messages += (
        [f"{count_noun(median_low(passed), 'grade')} among those with three stars"]
        if passed
        else []
    )
    if messages:
        return f"Median: {'; '.join(messages)}."
    return ""
