"""List the course: its scenarios' headings, its chapters' titles, and the scenario to play next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec import Struct

from coffeeshop.files import read_file
from coffeeshop.lessons.scenario.find import course, folders, heading
from coffeeshop.lessons.scenario.schema import Heading, Text
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.problem import Problems

CHAPTERS_FILE = "chapters.toml"
CHAPTERS_LIMIT = 1024 * 1024  # bytes


class Headed(Protocol):
    """The part of a scenario that advice needs. A heading has it, so no world is built."""

    @property
    def id(self) -> str: ...
    @property
    def after(self) -> Sequence[str]: ...


H = TypeVar("H", bound=Headed)


class Completed(Enum):
    """The part that three stars in a scenario complete: the scenario, its chapter, or the whole course."""

    STARS = "three stars"
    CHAPTER = "a chapter"
    SHELF = "the whole shelf"


def headings(extra: Path | None = None) -> dict[str, Heading]:
    """Return the headings of the course and of a teacher's folder, by id. Unreadable ones are left out."""
    found_headings = list[Heading]()
    for folder in folders(extra):
        with suppress(Problems):
            found_headings.append(heading(folder))
    return {one.id: one for one in found_headings}


class _Chapter(Struct, frozen=True):
    """A chapter of a chapters.toml. The course's have more keys."""

    number: int
    title: Text


class _Chapters(Struct, frozen=True):
    chapter: tuple[_Chapter, ...]


def chapters(extra: Path | None = None) -> dict[int, str]:
    """Return the chapters' titles by number: the course's, and those that a scenario brings in a chapters.toml of its own.

    The course's titles count first. A scenario's file that can't be read is left out: `author check` says why.
    """
    titles = read_chapters((course() / CHAPTERS_FILE).read_text(encoding="utf-8"))
    for folder in folders(extra):
        if (folder / CHAPTERS_FILE).is_file():
            with suppress(Problems, UnicodeDecodeError):
                data = read_file(folder / CHAPTERS_FILE, CHAPTERS_LIMIT)
                titles = {**read_chapters(data.decode("utf-8")), **titles}
    return titles


def read_chapters(text: str) -> dict[int, str]:
    """Return the titles by number in the text of a chapters.toml. Raise Problems."""
    rows = read_toml(text, _Chapters, CHAPTERS_FILE).chapter
    return {row.number: row.title for row in rows}


def advised_scenario(
    forms: Iterable[H],
    stars: Mapping[str, int],
    last: str = "",
    known_ids: Collection[str] = (),
) -> H | None:
    """Return the scenario to play next.

    None means that every scenario has three stars. `stars` are those reached, by id.

    It is the last one played until that has three stars. Then it is the first later one without them, then an
    earlier one. Where it builds on a scenario that the learner hasn't mastered, it is that one. The scenarios in
    `known_ids`, which a check-up has shown, come after all others.
    """
    course = {form.id: form for form in forms}
    ids = list(course)
    start = ids.index(last) if last in course else 0
    later = ids[start:]
    earlier = ids[:start]
    shown_ids = _shown_ids(course, stars) | frozenset(known_ids)
    # Later scenarios with stars build on it.
    skipped = [
        id for id in earlier if id in shown_ids and id not in stars and id not in known_ids
    ]
    new = [id for id in earlier if id not in skipped]
    lacking = [id for id in (*later, *new, *skipped) if stars.get(id, 0) < 3]
    unknown = (id for id in lacking if id not in known_ids)
    target = next(unknown, next(iter(lacking), None))
    if target is None or target == last:
        return course.get(target or "")
    return course[_first_missing(course, shown_ids, target)]


def _shown_ids(course: Mapping[str, H], stars: Mapping[str, int]) -> frozenset[str]:
    """Return the scenarios with a star, and all scenarios that they build on."""
    shown_ids = set[str]()
    waiting = [id for id in course if stars.get(id, 0)]
    while waiting:
        id = waiting.pop()
        if id in course and id not in shown_ids:
            shown_ids.add(id)
            waiting += course[id].after
    return frozenset(shown_ids)


def _first_missing(course: Mapping[str, H], shown_ids: frozenset[str], target: str) -> str:
    """Return the first scenario on the way to `target` that the learner hasn't mastered, or `target` itself."""
    passed = {target}
    while missing := [
        id for id in course[target].after if id in course and id not in shown_ids | passed
    ]:
        target = missing[0]
        passed.add(target)
    return target


def completed_parts(
    forms: Iterable[Heading], stars: Mapping[str, int], this: str
) -> Completed:
    """Return the part that three stars in the scenario `this` complete. `stars` are those in the save, by id."""
    forms = tuple(forms)
    full = {form.id for form in forms if stars.get(form.id, 0) == 3}
    chapter = next((form.chapter for form in forms if form.id == this), None)
    if forms and all(form.id in full for form in forms):
        return Completed.SHELF
    own_ids = [form.id for form in forms if form.chapter == chapter]
    if own_ids and full.issuperset(own_ids):
        return Completed.CHAPTER
    return Completed.STARS
