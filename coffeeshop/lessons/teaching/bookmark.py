"""The bookmarks: which story was opened last, at which page each lesson was left, and what was guessed on its pages
and behind it, or passed over.
"""

from __future__ import annotations

from typing import Final

from coffeeshop.lessons.play.progress import Progress

LAST: Final = (
    "last cup"  # the setting that holds the scenario's id; no table knows its time
)
BOOKMARK = "bookmark"  # with a scenario's id, the setting that holds the page's number; past the last one, it was read
GUESS: Final = "guess"  # with a scenario's id and a page's number, the setting that holds its letter, or
PASSED: Final = "passed"  # that it was passed over
BRIEF = 0  # in place of a page, all questions between the lesson and the play


def page_of(progress: Progress, id: str) -> int:
    """Returns the page, from 1, at which the lesson of a scenario was left; one more than it has, it was read to its end;
    0, it was never opened.
    """
    page = progress.settings().get(f"{BOOKMARK} {id}", "")
    if page.isascii() and page.isdigit() and len(page) < 4:
        return int(page)
    return 0


def left_at(progress: Progress, id: str, pages: int) -> int:
    """Returns the page at which a lesson goes on: the first of one that was read to its end."""
    page = page_of(progress, id)
    return page if 1 <= page <= pages else 1


def leave_at(progress: Progress, id: str, page: int) -> None:
    """Put the bookmark there."""
    progress.set_setting(f"{BOOKMARK} {id}", str(page))


def guessed_letters(progress: Progress, id: str) -> dict[int, str]:
    """Returns the letters that were guessed in the lesson of a scenario, by the page, from 1."""
    settings = progress.settings()
    before = f"{GUESS} {id} "
    pages = {
        name.removeprefix(before): letter
        for name, letter in settings.items()
        if name.startswith(before)
    }
    return {
        int(page): letter
        for page, letter in pages.items()
        if page.isascii() and page.isdigit() and len(page) < 4
    }


def guess_at(progress: Progress, id: str, page: int, letter: str) -> None:
    """Keep a guess beside the bookmark: to be shown again, never to be counted."""
    progress.set_setting(f"{GUESS} {id} {page}", letter)


def passed_over(progress: Progress, id: str) -> bool:
    """Tells whether the questions before the play were passed over: they come again only where they are asked for."""
    return guessed_letters(progress, id).get(BRIEF) == PASSED


def pass_over(progress: Progress, id: str) -> None:
    """Put the questions before the play no more unasked."""
    guess_at(progress, id, BRIEF, PASSED)
