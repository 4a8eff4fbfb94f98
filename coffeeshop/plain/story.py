"""Begin, continue and restart a scenario, with the brief and the learner's state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coffeeshop.lessons.scenario.find import lists_command
from coffeeshop.lessons.scenario.variant import seed_of
from coffeeshop.lessons.sitting.answers import MovedOn, Refused
from coffeeshop.lessons.teaching.bookmark import LAST, page_of
from coffeeshop.lessons.teaching.lesson import Lesson
from coffeeshop.plain.lesson import lesson, page_left_at
from coffeeshop.plain.predict import asks_first
from coffeeshop.plain.shelf import last
from coffeeshop.plain.shell import (
    CONFIRM,
    Shell,
    has_agreed,
    notes,
    plain_rows,
    say_who,
    step,
    wall,
)
from coffeeshop.views.brief import brief
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun, kept_acts


def begin(shell: Shell, id: str, variant: int | None = None) -> Iterator[Row]:
    """Begin or continue a scenario by its id. "": the last one."""
    yield from plain_rows(shell.player.keep_stars(wall()))
    opened = shell.player.open(id or last(shell.player).id, variant)
    if isinstance(opened, Refused):
        yield from (
            Row(str(problem).replace(lists_command(), "`list`"))
            for problem in opened.problems
        )
        return
    yield from plain_rows(opened.problem)
    yield from opening(shell)


def opening(shell: Shell) -> Iterator[Row]:
    """Yield the opening of a scenario.

    A scenario in play shows its state. A new one shows its lesson, or its brief once the lesson was read.
    """
    scenario = shell.sitting.scenario
    progress = shell.player.progress
    progress.set_setting(LAST, scenario.id)
    reading = shell.player.lesson()
    title = Row(f"{scenario.full_title}: {scenario.objective}", role="title")
    if _has_begun(shell) or shell.briefed == (scenario.id, scenario.variant):
        yield title
        yield from _state_rows(shell)
        yield Row(
            "`brief` tells the story and what is asked"
            + ("; `lesson` teaches it." if reading else ".")
        )
    elif isinstance(reading, Lesson) and page_of(progress, scenario.id) <= len(
        reading.pages
    ):
        yield title
        yield from (
            [left_row] if (left_row := page_left_at(shell, reading)) else lesson(shell, "")
        )
        yield Row(
            "`brief` passes it over and tells what is asked; `lesson` comes back to it at any time."
        )
    else:
        yield from _brief_rows(shell)


def _has_begun(shell: Shell) -> bool:
    """Return whether the learner made a call or opened a day."""
    return bool(shell.sitting.play.outcomes or shell.sitting.day)


def _brief_rows(shell: Shell) -> Iterator[Row]:
    """Yield the brief and the state of the play."""
    yield from _tell_brief(shell)
    yield from _state_rows(shell)


def _tell_brief(shell: Shell) -> tuple[Row, ...]:
    """Return the brief, and note that it was shown. `play` doesn't show it again."""
    scenario = shell.sitting.scenario
    shell.briefed = scenario.id, scenario.variant
    return brief(scenario)


def _state_rows(shell: Shell) -> Iterator[Row]:
    """Yield the state of the play: its acts, its open day, the credential in use and the next step."""
    play = shell.sitting.play
    if play.outcomes:
        yield Row(
            f"You go on where you stopped: {kept_acts(len(play.outcomes))}. `trail` tells them."
        )
    if day := shell.sitting.day:
        yield Row(
            f"{day.date:%A %d %B} is open, and its clock stands at {shell.sitting.now:%H:%M}: `day` lets it go on."
        )
    yield from say_who(shell, "")
    if asks_first(shell):  # Next would give the answer away
        yield Row(
            "Before you change anything: what will AWS decide? `predict` asks you; `next` passes it over."
        )
    else:
        yield from step(shell)


def tell_brief(shell: Shell, _: str) -> Iterable[Row]:
    """Return the brief. If the lesson came before it, add the state of the play."""
    taught_first = not _has_begun(shell) and isinstance(shell.player.lesson(), Lesson)
    if taught_first:
        return _brief_rows(shell)
    return _tell_brief(shell)


def begin_again(shell: Shell, rest: str) -> Iterator[Row]:
    """Begin the scenario again. With a number, use the names of that variant."""
    before = shell.sitting
    seed = seed_of(rest)
    if rest and seed is None:
        yield Row(
            "`again` begins this scenario again; `again 4` in other names, those of variant 4."
        )
        return
    if shell.asks and (acts := len(before.play.acts)):
        yield Row(f"This play's {count_noun(acts, 'act')} can't be brought back.{CONFIRM}")
        if not has_agreed(shell):
            yield Row("Not done: everything is as it was.")
            return
    begun = shell.player.begin_again(seed)
    if isinstance(begun, Refused):
        yield from plain_rows(*begun.problems)
        return
    yield from notes(begun)
    if isinstance(begun, MovedOn):
        return
    if shell.sitting.scenario.variant != before.scenario.variant:
        yield from _tell_brief(shell)
    yield Row("Begun again: the shop is as it was.")
