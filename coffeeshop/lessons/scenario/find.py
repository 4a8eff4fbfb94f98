"""Where scenarios are: those of the course, those of a teacher's own folder, one by its id, number or path."""

from __future__ import annotations

import json
from pathlib import Path

import coffeeshop
from coffeeshop.lessons.scenario.schema import FILE, ScenarioForm, read_form
from coffeeshop.policy.language.spelling import nearest
from coffeeshop.policy.model import Level, Place, Problem


def course() -> Path:
    """Where the scenarios that come with the game are: inside the installed package, or beside it in a checkout."""
    package = Path(coffeeshop.__file__).parent
    installed = package / "_scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


def folders(extra: Path | None = None) -> tuple[Path, ...]:
    """Every scenario folder of the course and of a teacher's own directory, in order of name."""
    roots = [course(), *([extra] if extra else [])]
    return tuple(sorted((f.parent for root in roots for f in root.glob(f"*/{FILE}")), key=lambda f: f.name))


def find(name: str, extra: Path | None = None) -> Path | Problem:
    """The folder of a scenario by its id, the number it begins with, or its path."""
    known = folders(extra)
    for folder in known:
        if name in (folder.name, folder.name.partition("-")[0]):
            return folder
    if _is_scenario(Path(name)):
        return Path(name)
    ids = [folder.name for folder in known]
    near = nearest(name, ids) or _beginning_like(name, ids)
    mend = f"did you mean {near}?" if near else f"there are: {', '.join(ids)}"
    return Problem(
        Level.ERROR, "unknown-scenario", Place(), f"there is no scenario {json.dumps(name, ensure_ascii=True)}", mend
    )


def _beginning_like(name: str, ids: list[str]) -> str:
    """The first scenario whose name begins nearly so: people leave off the end of a long one."""
    beginnings = {known[: len(name)]: known for known in reversed(ids)}
    return beginnings.get(nearest(name, beginnings), "")


def _is_scenario(folder: Path) -> bool:
    try:
        return (folder / FILE).is_file()
    except OSError:  # longer than a path may be, or behind a closed door
        return False


def heading(folder: Path) -> ScenarioForm | tuple[Problem, ...]:
    """scenario.toml alone, without replaying its world: what a list of scenarios shows."""
    try:
        return read_form((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return (Problem(Level.ERROR, "unreadable", Place(FILE), str(error), "it is a text file in UTF-8"),)
