"""Keep the bookmarks: the last scenario, the page at which each lesson was left, and the guesses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from coffeeshop.lessons.play.progress import Progress

# The setting with the id of the scenario that was opened last. No table has that time.
LAST_SCENARIO_SETTING: Final = "last cup"
# With a scenario's id, the setting with a page's number. A number past the last page: it was read.
BOOKMARK_SETTING = "bookmark"
# With a scenario's id and a page's number, the setting with the letter of a guess, or PASSED_GUESS.
GUESS_SETTING: Final = "guess"
PASSED_GUESS: Final = "passed"  # the question was skipped
PAGE_READ = "page read"  # with a skill's id, the setting that tells that its page was read
YES_VALUE = "yes"
BRIEF_PAGE = 0  # the page number of all questions between the lesson and the play


def page_of(progress: Progress, id: str) -> int:
    """Return the page, from 1, at which a scenario's lesson was left.

    One more than the number of pages: it was read to its end. 0: it was never opened.
    """
    page = progress.settings().get(f"{BOOKMARK_SETTING} {id}", "")
    # A setting that is no small number counts as unread.
    if page.isascii() and page.isdigit() and len(page) < 4:
        return int(page)
    return 0


def left_at(progress: Progress, id: str, pages: int) -> int:
    """Return the page at which a lesson goes on. A lesson that was read to its end begins at page 1."""
    page = page_of(progress, id)
    return page if 1 <= page <= pages else 1


def leave_at(progress: Progress, id: str, page: int) -> None:
    """Keep the page at which a lesson was left."""
    progress.set_setting(f"{BOOKMARK_SETTING} {id}", str(page))


def guessed_letters(progress: Progress, id: str) -> dict[int, str]:
    """Return the letters that were guessed in a scenario's lesson, by page number from 1."""
    settings = progress.settings()
    prefix = f"{GUESS_SETTING} {id} "
    pages = {
        name.removeprefix(prefix): letter
        for name, letter in settings.items()
        if name.startswith(prefix)
    }
    return {
        int(page): letter
        for page, letter in pages.items()
        if page.isascii() and page.isdigit() and len(page) < 4
    }


def all_guesses(progress: Progress) -> dict[str, dict[int, str]]:
    """Return the letters that were guessed in lessons, by scenario and page number from 1."""
    guesses: dict[str, dict[int, str]] = {}
    for name, letter in progress.settings().items():
        words = name.split(" ")
        if (
            len(words) == 3
            and words[0] == GUESS_SETTING
            and words[2].isascii()
            and words[2].isdigit()
        ):
            guesses.setdefault(words[1], {})[int(words[2][:4])] = letter
    return guesses


def guess_at(progress: Progress, id: str, page: int, letter: str) -> None:
    """Keep a guess, to show it again. Guesses are never scored."""
    progress.set_setting(f"{GUESS_SETTING} {id} {page}", letter)


def passed_over(progress: Progress, id: str) -> bool:
    """Return whether the learner skipped the questions before the play. They come again only if the learner asks for them."""
    return guessed_letters(progress, id).get(BRIEF_PAGE) == PASSED_GUESS


def pass_over(progress: Progress, id: str) -> None:
    """Skip the questions before the play."""
    guess_at(progress, id, BRIEF_PAGE, PASSED_GUESS)


def note_page_read(progress: Progress, teaches: Iterable[str]) -> None:
    """Keep that a page was read, by the skills that it teaches. It isn't offered again, in any scenario."""
    known_skills = skills_read(progress.settings())
    for skill in teaches:
        if skill not in known_skills:
            progress.set_setting(f"{PAGE_READ} {skill}", YES_VALUE)


def skills_read(settings: Mapping[str, str]) -> frozenset[str]:
    """Return the ids of the skills whose page was read."""
    before = f"{PAGE_READ} "
    return frozenset(
        name.removeprefix(before) for name in settings if name.startswith(before)
    )
