"""The word `lesson` of plain mode: a page of the lesson, and what was guessed of the request that it asks about."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.teaching.bookmark import leave_at, left_at, page_of
from coffeeshop.lessons.teaching.lesson import Lesson
from coffeeshop.plain.shell import Shell, problem_rows
from coffeeshop.views.lesson import GUESSES, SAID, answered_rows, page_rows
from coffeeshop.views.rows import Row

TELL = "tell"  # in place of a guess
NONE = Row("This scenario has no lesson. `brief` tells what is asked.")


def lesson(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the page at which it was left, that of a number, or what AWS says to the guess after it: `lesson 2 a`, without
    a guess: `lesson 2 tell`.
    """
    found = shell.player.lesson()
    if isinstance(found, Refused):
        yield from problem_rows(found.problems)
        return
    if found is None:
        yield NONE
        return
    kept = shell.player.progress
    id = shell.sitting.scenario.id
    typed = [*rest.lower().split(), "", ""]
    asked, letter = typed[:2]
    pages = {str(nth): (nth, page) for nth, page in enumerate(found.pages, 1)}
    number, page = pages.get(asked or str(left_at(kept, id, len(pages))), (0, None))
    if page is None:
        yield Row(f"`lesson` takes the number of a page, from 1 to {len(pages)}.")
        return
    told = letter in GUESSES or letter == TELL
    if not told and page_of(kept, id) <= len(pages):  # one that was read stays read
        leave_at(kept, id, number if number < len(pages) else number + 1)
    if page.prediction and told:
        yield from answered_rows(page, GUESSES.get(letter))
    else:
        yield Row(f"Page {number} of {len(pages)}", role="muted")
        yield from page_rows(page)
    if page.prediction and not told:
        shell.asked = f"lesson {number}"
    yield from _onward(found, number, shell.asked)


def where(shell: Shell, found: Lesson) -> Row | None:
    """Tells at which page a lesson was left; None of one that was not begun, or read to its end."""
    page = page_of(shell.player.progress, shell.sitting.scenario.id)
    pages = len(found.pages)
    if not 1 <= page <= pages:
        return None
    if page < pages:
        onward = f"`lesson {page + 1}` reads on"
    else:
        onward = "`brief` tells what is asked"
    return Row(
        f"You were on page {page} of {pages} of the lesson: `lesson` reads it again, {onward}."
    )


def _onward(found: Lesson, number: int, asked: str) -> Iterator[Row]:
    """What can be typed next."""
    if asked:
        yield Row(
            f"The page goes on after your guess. `{asked} {TELL}` reads on without one."
        )
        guesses = ", ".join(
            f"`{letter}` says {SAID[guess]}" for letter, guess in GUESSES.items()
        )
        yield Row(f"{guesses}; later `{asked} a`.")
    if number < len(found.pages):
        yield Row(f"`lesson {number + 1}` reads on.")
    else:
        end = "The lesson ends there" if asked else "That is the lesson"
        yield Row(f"{end}. `brief` tells the story, and what is asked.")
