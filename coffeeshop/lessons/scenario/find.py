"""Find scenarios: those of the course, those of a teacher's folder, and one by its id, number or path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import coffeeshop
from coffeeshop.files import read_file
from coffeeshop.invocation import command_line
from coffeeshop.lessons.scenario.schema import (
    SCENARIO_FILE,
    Heading,
    ScenarioForm,
    Story,
    read_form,
    read_heading,
    read_story,
)
from coffeeshop.policy.language.spelling import nearest_by_beginning, nearest_name
from coffeeshop.policy.problem import Level, Place, Problem, Problems

# Bytes of scenario.toml. That of an imported account lists all users.
FORM_LIMIT = 32 * 1024 * 1024


# Folders of the scenarios without a task, which no list shows.
FREE_FOLDER = "free"
OWN_SHOP = "own-shop"


def lists_command() -> str:
    """Return the command that lists the scenarios. Plain mode has another one."""
    return f"`{command_line('scenarios')}`"


def course() -> Path:
    """Return the folder of the course's scenarios: inside the installed package, or next to it in a checkout."""
    package = Path(coffeeshop.__file__).parent
    installed = package / "_scenarios"
    if installed.is_dir():
        return installed
    return package.parent / "scenarios"


def folders(extra: Path | None = None) -> tuple[Path, ...]:
    """Return every scenario folder of the course and of a teacher's folder, by name. Links are left out.

    Where both have a name, the teacher's counts, so that a pack replaces its original.
    """
    roots = [course(), *([extra] if extra else [])]
    paths = (file.parent for root in roots for file in root.glob(f"*/{SCENARIO_FILE}"))
    by_name = {folder.name: folder for folder in paths if not folder.is_symlink()}
    return tuple(by_name[name] for name in sorted(by_name))


def number(id: str) -> str:
    """Return a scenario's number in its short form: 5 for 05-receipts-drawer, C1 for C1-opening-week. "" has none."""
    written = id.partition("-")[0]
    return written.lstrip("0") or written[:1]


def shelf_number(id: str, extra: Path | None = None) -> str:
    """Return a scenario's number as the shelf writes it, or its id if this machine doesn't have it."""
    try:
        return find(id, extra).name.partition("-")[0]
    except Problems:
        return id


def is_named(name: str, id: str) -> bool:
    """Return whether a name is a scenario's id or number, in any letter case."""
    name = name.lower()
    id = id.lower()
    return name == id or (number(name) == number(id) and "-" not in name)


def find(name: str, extra: Path | None = None) -> Path:
    """Return the folder of a scenario by its path, or by its id or number in any letter case. Raise Problems."""
    known_paths = folders(extra)
    for folder in (*known_paths, course() / FREE_FOLDER / OWN_SHOP):
        if is_named(name, folder.name):
            return folder
    if _is_scenario(Path(name)):
        return Path(name)
    ids = [folder.name for folder in known_paths]
    if name.isdigit():
        near = None
    else:
        near = nearest_name(name, ids) or nearest_by_beginning(name, ids)
    if near:
        mend = f"did you mean {near}?"
    else:
        mend = f"choose one from {ids[0]} to {ids[-1]}, which {lists_command()} lists"
    import json

    text = f"there is no scenario {json.dumps(name, ensure_ascii=True)}"
    raise Problems(Problem(Level.ERROR, "unknown-scenario", Place(), text, mend))


def _is_scenario(folder: Path) -> bool:
    """Return whether a folder has a scenario.toml."""
    try:
        return (folder / SCENARIO_FILE).is_file()
    except OSError:  # the path is too long, or access is denied
        return False


def heading(folder: Path) -> Heading:
    """Return the heading of a scenario without reading the rest of its scenario.toml. Raise Problems."""
    return read_heading(_text(folder))


def story(folder: Path) -> Story:
    """Return the story of a scenario as it is written, without reading the rest of its scenario.toml. Raise Problems."""
    return read_story(_text(folder))


def scenario_form(folder: Path) -> ScenarioForm:
    """Return the whole scenario.toml of a folder without replaying its world. Raise Problems."""
    return read_form(_text(folder))


def _text(folder: Path) -> str:
    """Return the text of a folder's scenario.toml. Raise Problems where it can't be read."""
    mend = "save it as a text file in UTF-8"
    try:
        return read_file(folder / SCENARIO_FILE, FORM_LIMIT, mend).decode("utf-8")
    except Problems as found:
        raise Problems(
            *(replace(problem, place=Place(SCENARIO_FILE)) for problem in found.problems)
        ) from None
    except UnicodeDecodeError as error:
        raise Problems(
            Problem(Level.ERROR, "unreadable", Place(SCENARIO_FILE), str(error), mend)
        ) from None
