"""List the chapters and scenarios with the learner's progress, and tell which scenario was played last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from msgspec import Struct

from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.scenario.find import find, folders, heading
from coffeeshop.lessons.scenario.schema import Heading
from coffeeshop.lessons.sitting.course_place import next_scenario
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.bookmark import LAST_SCENARIO_SETTING
from coffeeshop.plain.shell import Shell, plain_rows
from coffeeshop.policy.model import Problems
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun, headed_text
from coffeeshop.views.welcome import FIRST_SCENARIO


def shelf(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield a line for each chapter. With a chapter's number, yield a line for each of its scenarios."""
    headings = list[Heading]()
    for folder in folders(shell.player.extra):
        try:
            headings.append(heading(folder))
        except Problems as wrong:
            yield from plain_rows(*wrong.problems)
    chapter_numbers = {
        str(each_heading.chapter): each_heading.chapter
        for each_heading in sorted(headings, key=lambda each_heading: each_heading.chapter)
    }
    if rest and rest not in chapter_numbers:
        yield Row(
            f"`list` takes the number of a chapter: {', '.join(chapter_numbers)}. Without a number, it lists them all."
        )
        return
    if rest:
        yield from (
            _scenario_row(shell, each_heading)
            for each_heading in headings
            if each_heading.chapter == chapter_numbers[rest]
        )
    else:
        stars = shell.player.progress.most_stars()
        titles = chapters(shell.player.extra)
        for chapter in chapter_numbers.values():
            message = "; ".join(
                _short_title(each_heading, stars.get(each_heading.id))
                for each_heading in headings
                if each_heading.chapter == chapter
            )
            yield Row(message, word=f"{chapter} {titles.get(chapter, '')}".rstrip())
        yield Row("`list 2` shows the scenarios of chapter 2 in full.")
        yield Row(
            "`play own-shop` opens your own shop, which runs day after day and earns no stars."
        )
    yield _next_scenario_row(shell)


def _next_scenario_row(shell: Shell) -> Row:
    """Return a sentence about the learner's next scenario."""
    form = next_scenario(shell.player)
    return Row(
        f"`play {form.id}` begins the next one for you, or continues it. `play` with another number opens that one."
        if form
        else "Every scenario has three stars. `play` with a number plays one again."
    )


def _short_title(heading: Heading, stars: int | None) -> str:
    """Return a scenario's number and title, and its stars if it was graded."""
    if stars is None:
        reached = ""
    else:
        reached = f" ({count_noun(stars, 'star')})"
    return f"{heading.id.partition('-')[0]} {heading.title}{reached}"


def _scenario_row(shell: Shell, heading: Heading) -> Row:
    """Return a scenario's title, objective, stars and kept acts."""
    best = shell.player.progress.best_results().get(heading.id)
    begun = shell.player.progress.act_counts()
    if heading.id in begun:
        acts = f" {count_noun(begun[heading.id], 'act')} saved."
    else:
        acts = ""
    return Row(
        f"{headed_text(heading.title, heading.objective)}. {best.stars if best else 0} of 3 stars.{acts}",
        word=heading.id,
    )


class Last(Struct, frozen=True):
    """The scenario that was played last. A `title` of "": none was, or it can't be found."""

    id: str
    title: str = ""


def last(player: Player) -> Last:
    """Return the scenario that was opened last, in either shell.

    An older save doesn't know it. Then return the scenario that changed last. A new learner gets the first one.
    """
    begun = [*player.progress.best_results(), *player.progress.act_counts()]
    id = player.progress.settings().get(LAST_SCENARIO_SETTING, "") or (
        begun[-1] if begun else ""
    )
    with suppress(Problems):  # its folder may be gone
        if id:
            return Last(id, heading(find(id, player.extra)).title)
        return Last(FIRST_SCENARIO)
    return Last(FIRST_SCENARIO)


def went_on(player: Player) -> Row | None:
    """Return a sentence about the learner's last scenario and how to continue it, or None."""
    found_last = last(player)
    if not found_last.title:
        return None
    acts = player.progress.act_counts().get(found_last.id, 0)
    if acts:
        kept_note = f", with {count_noun(acts, 'act')} saved"
    else:
        kept_note = ""
    return Row(
        f"You were in {found_last.title} ({found_last.id}){kept_note}: `play` continues it, and `list` shows the other scenarios."
    )
