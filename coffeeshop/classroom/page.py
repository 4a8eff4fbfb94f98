"""Write a class at one look as one page of HTML that fetches nothing, prints, and is read by a screen reader."""

from __future__ import annotations

from pathlib import Path
from statistics import median_low
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined

from coffeeshop import __version__
from coffeeshop.classroom.overview import PASSED, Overview
from coffeeshop.classroom.told import minutes, size, spread, summary
from coffeeshop.harmless import escape_line
from coffeeshop.views.text import count_noun

TEMPLATE = Path(__file__).with_name("page.html.jinja")
ROOM = 480  # pixels of the longest bar


class Bar(NamedTuple):
    """One bar of a plot: what it stands for, how many, and how long it is drawn."""

    label: str
    number: int
    width: int
    opacity: float


def page(overview: Overview, title: str) -> str:
    """Returns the page. What learners wrote is text on it, never markup; characters that cannot be shown are escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_harmless, trim_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text("utf-8")).render(
        title=title,
        version=__version__,
        overview=overview,
        size=size(overview),
        summary=summary,
        bars={id: _bars(overview, id) for id in overview.scenarios},
        spreads={id: spread(overview, id) for id in overview.scenarios},
        times={id: _times(overview, id) for id in overview.scenarios},
    )


def _harmless(value: object) -> object:
    if type(value) is str:
        return escape_line(value)
    return value


def _bars(overview: Overview, id: str) -> tuple[Bar, ...]:
    *by_stars, none_count = overview.spread(id)
    rows = [
        (count_noun(number, "star"), count, 0.4 + 0.2 * number)
        for number, count in enumerate(by_stars)
    ][::-1]
    rows += [("no mark", none_count, 0.2)] if none_count else []
    most = max(1, *(count for _, count, _ in rows))
    return tuple(
        Bar(label, count, round(ROOM * count / most), round(shade, 1))
        for label, count, shade in rows
    )


def _times(overview: Overview, id: str) -> str:
    """Returns how long it took and how often it was graded, by the middle of those who tell."""
    marks = [pupil.marks[id] for pupil in overview.pupils]
    took = [mark.took for mark in marks if mark.took is not None]
    tries = [mark.tries for mark in marks if mark.tries is not None]
    passed = [
        mark.tries for mark in marks if mark.tries is not None and mark.stars == PASSED
    ]
    if took:
        messages = [f"{minutes(median_low(took))} from the first grading to the hand-in"]
    else:
        messages = []
    messages += [count_noun(median_low(tries), "grading")] if tries else []
    messages += (
        [f"{count_noun(median_low(passed), 'grading')} of those with three stars"]
        if passed
        else []
    )
    if messages:
        return f"In the middle: {'; '.join(messages)}."
    return ""
