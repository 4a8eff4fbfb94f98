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
    found = list[Heading]()
    for folder in folders(extra):
        with suppress(Problems):
            found.append(heading(folder))
    return {one.id: one for one in found}


def chapters() -> dict[int, str]:
    """Returns the chapters' titles by number."""
    rows = tomllib.loads((course() / CHAPTERS).read_text(encoding="utf-8"))["chapter"]
    return {row["number"]: row["title"] for row in rows}


def advised(forms: Iterable[H], stars: Mapping[str, int], last: str = "") -> H | None:
    """Returns the one played last, while it has not three stars; else the first, from it on and then from the beginning,
    that has not, and whose forerunners have a star each; None where there is none. `stars` holds those reached, by
    scenario.
    """
    forms = tuple(forms)
    at = next((nth for nth, form in enumerate(forms) if form.id == last), 0)
    lacking = (form for form in (*forms[at:], *forms[:at]) if stars.get(form.id, 0) < 3)
    ready = (form for form in lacking if form.id == last or all(map(stars.get, form.after)))
    return next(ready, None)


def onward(extra: Path | None, stars: Mapping[str, int], this: str) -> Heading | None:
    """Returns the scenario to take after `this` one, which has its three stars now."""
    return advised(headings(extra).values(), {**stars, this: 3}, this)


def completed(forms: Iterable[Heading], stars: Mapping[str, int], this: str) -> Completed:
    """Returns what is complete with three stars in `this` scenario; `stars` holds those that are kept, by scenario."""
    forms = tuple(forms)
    full = {form.id for form in forms if stars.get(form.id, 0) == 3}
    chapter = next((form.chapter for form in forms if form.id == this), None)
    if forms and all(form.id in full for form in forms):
        return Completed.SHELF
    mine = [form.id for form in forms if form.chapter == chapter]
    return Completed.CHAPTER if mine and full.issuperset(mine) else Completed.STARS
