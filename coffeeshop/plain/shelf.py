"""The shelf in words: the chapters with their scenarios, how far the learner is, and which was played last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from msgspec import Struct

from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.scenario.find import find, folders, heading
from coffeeshop.lessons.scenario.schema import Heading
from coffeeshop.lessons.sitting.course_place import next_scenario
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.bookmark import LAST
from coffeeshop.plain.shell import Shell, plain_rows
from coffeeshop.policy.model import Problems
from coffeeshop.views.rows import Row
from coffeeshop.views.text import counted
from coffeeshop.views.welcome import FIRST


def shelf(shell: Shell, rest: str) -> Iterator[Row]:
    """Tells a line of each chapter; with its number, a line of each of its scenarios."""
    found = list[Heading]()
    for folder in folders(shell.player.extra):
        try:
            found.append(heading(folder))
        except Problems as wrong:
            yield from plain_rows(*wrong.problems)
    there = {
        str(one.chapter): one.chapter for one in sorted(found, key=lambda one: one.chapter)
    }
    if rest and rest not in there:
        yield Row(
            f"`list` takes the number of a chapter: {', '.join(there)}. Alone, it tells them all."
        )
        return
    if rest:
        yield from (_scenario(shell, one) for one in found if one.chapter == there[rest])
    else:
        stars = shell.player.progress.stars()
        titles = chapters()
        for chapter in there.values():
            told = "; ".join(
                _briefly(one, stars.get(one.id)) for one in found if one.chapter == chapter
            )
            yield Row(told, word=f"{chapter} {titles.get(chapter, '')}".rstrip())
        yield Row("`list 2` tells more of those of chapter 2.")
        yield Row(
            "`play own-shop` is a shop of your own, day after day, and nothing is graded there."
        )
    yield _comes_next(shell)


def _comes_next(shell: Shell) -> Row:
    form = next_scenario(shell.player)
    return Row(
        f"`play {form.id}` begins the next one for you, or continues it. `play` with another number opens that one."
        if form
        else "Every scenario has three stars. `play` with a number plays one again."
    )


def _briefly(one: Heading, stars: int | None) -> str:
    reached = "" if stars is None else f" ({counted(stars, 'star')})"
    return f"{one.id.partition('-')[0]} {one.title}{reached}"


def _scenario(shell: Shell, one: Heading) -> Row:
    best = shell.player.progress.best().get(one.id)
    begun = shell.player.progress.begun()
    if one.id in begun:
        acts = f" {counted(begun[one.id], 'act')} kept."
    else:
        acts = ""
    return Row(
        f"{one.title}: {one.objective}. {best.stars if best else 0} of 3 stars.{acts}",
        word=one.id,
    )


class Last(Struct, frozen=True):
    """The story that was played last, by its id; `title` is "" where none was, or none that is on the shelf."""

    id: str
    title: str = ""


def last(player: Player) -> Last:
    """Returns the story that was opened last, in either shell; of an older save the one that was moved on last; of
    somebody new the first.
    """
    begun = [*player.progress.best(), *player.progress.begun()]
    id = player.progress.settings().get(LAST, "") or (begun[-1] if begun else "")
    with suppress(Problems):  # it may be gone from the shelf
        if id:
            return Last(id, heading(find(id, player.extra)).title)
        return Last(FIRST)
    return Last(FIRST)


def went_on(player: Player) -> Row | None:
    """Tells in which story somebody was, and how they go on with it; None of somebody new."""
    found = last(player)
    if not found.title:
        return None
    acts = player.progress.begun().get(found.id, 0)
    kept = f", with {counted(acts, 'act')} kept" if acts else ""
    return Row(
        f"You were in {found.title} ({found.id}){kept}: `play` goes on with it, `list` tells the other stories."
    )
