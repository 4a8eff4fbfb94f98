"""The learner's progress as rows: skills shown so far, the next scenario, and the questions due today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

from coffeeshop.lessons.play.progress import Best, Progress
from coffeeshop.lessons.play.recall import PAUSES_IN_DAYS, QUESTION, Belief, Met, beliefs
from coffeeshop.lessons.scenario.course import advised_scenario
from coffeeshop.lessons.scenario.find import number
from coffeeshop.lessons.scenario.schema import Heading
from coffeeshop.lessons.teaching.misconceptions import misconceptions
from coffeeshop.lessons.teaching.morning import waiting
from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital, count_noun

REACHED = {  # by stars
    0: (Mark.MISS, "not yet", "it was tried, and something does not work or stands open"),
    1: (Mark.EXTRA, "partly", "everybody can work; more than the work is still possible"),
    2: (
        Mark.EXTRA,
        "nearly",
        "nothing but the work is possible; it is not done so that it lasts",
    ),
    3: (Mark.OK, "shown", ""),
}


def invitation(progress: Progress, at: datetime, extra: Path | None = None) -> str:
    """Return a phrase that counts the questions of this morning. "": there are none."""
    many = len(waiting(progress, at.date(), extra))
    if many:
        return count_noun(many, "morning question waits", "morning questions wait")
    return ""


def progress(
    forms: Iterable[Heading],
    chapters: Mapping[int, str],
    best: Mapping[str, Best],
    meetings: Iterable[Met],
    today: date,
    last: str = "",
) -> Iterator[Row]:
    """Yield the next scenario, the learner's skills by chapter, and the beliefs that come again.

    Nothing is locked and no learner is ranked.
    """
    forms = tuple(forms)
    won = {id: each_best.stars for id, each_best in best.items()}
    yield from _next_rows(advised_scenario(forms, won, last), won, last)
    for chapter, scenarios in groupby(
        sorted(forms, key=lambda form: form.chapter), lambda form: form.chapter
    ):
        yield Row(f"{chapter} {chapters.get(chapter, 'More')}", role="title")
        yield from (_skill_row(form, best.get(form.id)) for form in scenarios)
    yield from _belief_rows(beliefs(meetings), {form.id: form for form in forms}, today)


def _next_rows(form: Heading | None, won: Mapping[str, int], last: str) -> Iterator[Row]:
    """Yield a row for the advised scenario with the reason. `last` is the id of the last scenario played."""
    if form is None:
        yield Row("Every scenario has three stars. Morning questions keep it fresh.")
        return
    if form.after:
        basis_text = "you know what it builds on"
    else:
        basis_text = "it builds on nothing"
    if form.id == last:
        ready = "you played it last"
    else:
        ready = basis_text
    if form.id in won:
        reason = f"it has {won[form.id]} of 3 stars"
    else:
        reason = ready
    yield Row(f"{_scenario_title(form)}; {reason}.", word="Next")


def _scenario_title(form: Heading) -> str:
    """Return a scenario's number and title. The number opens it."""
    return f"{number(form.id)} {form.title}".lstrip()


def _skill_row(form: Heading, best: Best | None) -> Row:
    """Return a row for the skill of a scenario, marked by its stars (None: never played)."""
    if best is None:
        return Row(
            f"{capital(form.objective)} ({_scenario_title(form)})",
            Mark.QUIET,
            "not yet",
            indent=1,
        )
    mark, word, reason = REACHED[best.stars]
    return Row(
        f"{capital(form.objective)} ({_scenario_title(form)}){f': {reason}' if reason else ''}",
        mark,
        word,
        indent=1,
    )


def _belief_rows(
    beliefs_by_subject: Mapping[str, Belief], forms: Mapping[str, Heading], today: date
) -> Iterator[Row]:
    """Yield a row for each belief that the learner got wrong once, the open ones first."""
    if not beliefs_by_subject:
        return
    yield Row("What once came out otherwise than you took it", role="title")
    for each_belief in sorted(
        beliefs_by_subject.values(),
        key=lambda belief: (belief.is_settled, belief.due, belief.subject),
    ):
        yield Row(
            _subject(each_belief.subject, forms),
            Mark.OK if each_belief.is_settled else Mark.QUIET,
            _state(each_belief, today),
            indent=1,
        )


def _state(belief: Belief, today: date) -> str:
    """Return the state of a belief: settled, or its right answers and the next date."""
    if belief.is_settled:
        return "settled"
    if belief.due <= today:
        moment = "now"
    else:
        moment = f"on {belief.due:%d %b}".replace(" 0", " ")
    return f"{belief.days_right} of {len(PAUSES_IN_DAYS)} right, asked again {moment}"


def _subject(subject: str, forms: Mapping[str, Heading]) -> str:
    """Return the correct form of a belief, or the number of a scenario's question."""
    belief = misconceptions().get(subject)
    if belief:
        return belief.holds
    id, _, nth = subject.partition(QUESTION)
    title = forms[id].title if id in forms else id
    return f"Question {nth} of “{title}”"
