"""The course as a list: the headings of its scenarios, the titles of its chapters, and which scenario to take next."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Protocol, TypeVar

from coffeeshop.lessons.scenario.find import course, folders, heading
from coffeeshop.lessons.scenario.schema import Heading
from coffeeshop.policy.problem import Problems

CHAPTERS = "chapters.toml"


class Headed(Protocol):
    """Names what is asked of a scenario to advise it; its heading is enough, its world need not be built."""

    @property
    def id(self) -> str: ...
    @property
    def after(self) -> Sequence[str]: ...


H = TypeVar("H", bound=Headed)


class Completed(Enum):
    """What three stars in a scenario complete: the scenario, its chapter, or the whole course."""

    STARS = "three stars"
    CHAPTER = "a chapter"
    SHELF = "the whole shelf"


def headings(extra: Path | None = None) -> dict[str, Heading]:
    """Returns the scenarios of the course, and of a teacher's folder, by id; those that cannot be read are left out."""
    found_headings = list[Heading]()
    for folder in folders(extra):
        with suppress(Problems):
            found_headings.append(heading(folder))
    return {one.id: one for one in found_headings}


def chapters() -> dict[int, str]:
    """Returns the chapters' titles by number."""
    rows = tomllib.loads((course() / CHAPTERS).read_text(encoding="utf-8"))["chapter"]
    return {row["number"]: row["title"] for row in rows}


def advised_scenario(
    forms: Iterable[H], stars: Mapping[str, int], last: str = ""
) -> H | None:
    """Return the scenario to take next: the one played last until it has three stars, else the first that lacks them
    after it, else the first before it. Where that one builds on something the learner hasn't shown, return that first.

    `stars` holds the stars reached, by scenario. None: every scenario has three.
    """
    course = {form.id: form for form in forms}
    ids = list(course)
    start = ids.index(last) if last in course else 0
    later = ids[start:]
    earlier = ids[:start]
    shown_ids = _shown_ids(course, stars)
    skipped = [
        id for id in earlier if id in shown_ids and id not in stars
    ]  # what they play already builds on it
    new = [id for id in earlier if id not in skipped]
    lacking = (id for id in (*later, *new, *skipped) if stars.get(id, 0) < 3)
    target = next(lacking, None)
    if target is None or target == last:
        return course.get(target or "")
    return course[_first_missing(course, shown_ids, target)]


def _shown_ids(course: Mapping[str, H], stars: Mapping[str, int]) -> frozenset[str]:
    """Return the scenarios that have a star, and all that these build on: a star in one shows those as well."""
    shown_ids = set[str]()
    waiting = [id for id in course if stars.get(id, 0)]
    while waiting:
        id = waiting.pop()
        if id in course and id not in shown_ids:
            shown_ids.add(id)
            waiting += course[id].after
    return frozenset(shown_ids)


def _first_missing(course: Mapping[str, H], shown_ids: frozenset[str], target: str) -> str:
    """Return the first scenario on the way to `target` that the learner hasn't shown; `target` itself, if none."""
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
    """Returns what is complete with three stars in `this` scenario; `stars` holds those that are kept, by scenario."""
    forms = tuple(forms)
    full = {form.id for form in forms if stars.get(form.id, 0) == 3}
    chapter = next((form.chapter for form in forms if form.id == this), None)
    if forms and all(form.id in full for form in forms):
        return Completed.SHELF
    own_ids = [form.id for form in forms if form.chapter == chapter]
    if own_ids and full.issuperset(own_ids):
        return Completed.CHAPTER
    return Completed.STARS
