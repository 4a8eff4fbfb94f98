"""Find the lesson pages that teach each skill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from coffeeshop.files import read_file
from coffeeshop.lessons.scenario.find import folders, heading
from coffeeshop.lessons.scenario.folder_files import FILE_LIMIT
from coffeeshop.lessons.teaching.markdown import CHAPTER_FILE, LESSON_FILE, heading_title
from coffeeshop.policy.problem import Problems


class TeachingPage(Struct, frozen=True):
    """A page of a lesson: its title, its scenario's id and chapter, and the skills that it teaches."""

    title: str
    scenario: str
    chapter: int
    teaches: tuple[str, ...]


@cache
def pages_by_skill() -> Mapping[str, tuple[TeachingPage, ...]]:
    """Return the course's pages by the id of the skill that they teach, in the order of the course."""
    pages = dict[str, tuple[TeachingPage, ...]]()
    for folder in folders():
        for page in _teaching_pages(folder):
            for id in page.teaches:
                pages[id] = (*pages.get(id, ()), page)
    return pages


def skills_by_chapter() -> Mapping[int, tuple[str, ...]]:
    """Return the ids of the skills by the chapter that first teaches them."""
    ids = dict[int, tuple[str, ...]]()
    for id, pages in pages_by_skill().items():
        ids[pages[0].chapter] = (*ids.get(pages[0].chapter, ()), id)
    return ids


def _teaching_pages(folder: Path) -> Iterator[TeachingPage]:
    """Yield the pages of a scenario that teach a skill. A scenario that can't be read has none."""
    try:
        form = heading(folder)
        files = [
            folder / name
            for name in (CHAPTER_FILE, LESSON_FILE)
            if (folder / name).is_file()
        ]
        texts = [read_file(file, FILE_LIMIT).decode("utf-8", "replace") for file in files]
    except Problems:  # the scenario's own check reports it
        return
    for text in texts:
        for line in text.splitlines():
            title, marks = heading_title(line)
            if marks.teaches:
                yield TeachingPage(
                    title.removeprefix("# "), form.id, form.chapter, marks.teaches
                )
