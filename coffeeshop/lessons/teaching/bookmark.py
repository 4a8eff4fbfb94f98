"""The bookmark: at which page a lesson was left. There is one, in the lesson that was read last."""

from __future__ import annotations

from coffeeshop.lessons.play.progress import Progress

BOOKMARK = "bookmark"  # the setting that holds the scenario's id and the page's number


def left_at(progress: Progress, id: str, pages: int) -> int:
    """Returns the page, from 1, at which the lesson of a scenario was left: the first of one that was read to its end."""
    lesson, _, page = progress.settings().get(BOOKMARK, "").partition(" ")
    there = lesson == id and page.isascii() and page.isdigit() and len(page) < 4
    return int(page) if there and 1 <= int(page) <= pages else 1


def leave_at(progress: Progress, id: str, page: int) -> None:
    """Put the bookmark there."""
    progress.set_setting(BOOKMARK, f"{id} {page}")
