"""Where scenarios are: those of the course, those of a teacher's own folder, one by its id, number or path."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import coffeeshop
from coffeeshop.files import read_file
from coffeeshop.invocation import command_line
from coffeeshop.lessons.scenario.schema import (
    FILE,
    Heading,
    ScenarioForm,
    read_form,
    read_heading,
)
from coffeeshop.policy.language.spelling import nearest_by_beginning, nearest_name
from coffeeshop.policy.problem import Level, Place, Problem, Problems

FORM_LIMIT = (
    32 * 1024 * 1024
)  # bytes of scenario.toml: that of an imported account lists its users


FREE, OWN_SHOP = (
    "free",
    "own-shop",
)  # beside the course: play without a task, which no shelf shows


def lists_command() -> str:
    """Return the command that lists the scenarios; plain mode has a word of its own for it."""
    return f"`{command_line('scenarios')}`"


def course() -> Path:
    """Tells where the scenarios that come with the game are: inside the installed package, or beside it in a checkout."""
    package = Path(coffeeshop.__file__).parent
    installed = package / "_scenarios"
    if installed.is_dir():
        return installed
    return package.parent / "scenarios"


def folders(extra: Path | None = None) -> tuple[Path, ...]:
    """Returns every scenario folder of the course and of a teacher's own directory, in order of name; links are none. Of two
    with one name the teacher's own counts: a pack for students stands for its original.
    """
    roots = [course(), *([extra] if extra else [])]
    paths = (file.parent for root in roots for file in root.glob(f"*/{FILE}"))
    by_name = {folder.name: folder for folder in paths if not folder.is_symlink()}
    return tuple(by_name[name] for name in sorted(by_name))


def number(id: str) -> str:
    """Returns a scenario's number as people say it: 05-receipts-drawer is 5, C1-opening-week is C1; "" has none."""
    written = id.partition("-")[0]
    return written.lstrip("0") or written[:1]


def find(name: str, extra: Path | None = None) -> Path:
    """Returns the folder of a scenario by its id, the number it begins with, both in either case, or its path. Raises
    Problems.
    """
    known_paths = folders(extra)
    wanted_id = name.lower()
    for folder in (*known_paths, course() / FREE / OWN_SHOP):
        id = folder.name.lower()
        if wanted_id == id or (number(wanted_id) == number(id) and "-" not in wanted_id):
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
        mend = f"there are {ids[0]} to {ids[-1]}: {lists_command()} lists them"
    text = f"there is no scenario {json.dumps(name, ensure_ascii=True)}"
    raise Problems(Problem(Level.ERROR, "unknown-scenario", Place(), text, mend))


def _is_scenario(folder: Path) -> bool:
    try:
        return (folder / FILE).is_file()
    except OSError:  # longer than a path may be, or behind a closed door
        return False


def heading(folder: Path) -> Heading:
    """Returns what a list of scenarios shows of one, without a look at the rest of its scenario.toml. Raises Problems."""
    return read_heading(_text(folder))


def scenario_form(folder: Path) -> ScenarioForm:
    """Returns the scenario.toml of a folder, whole, without replaying its world. Raises Problems."""
    return read_form(_text(folder))


def _text(folder: Path) -> str:
    mend = "it is a text file in UTF-8"
    try:
        return read_file(folder / FILE, FORM_LIMIT, mend).decode("utf-8")
    except Problems as found:
        raise Problems(
            *(replace(problem, place=Place(FILE)) for problem in found.problems)
        ) from None
    except UnicodeDecodeError as error:
        raise Problems(
            Problem(Level.ERROR, "unreadable", Place(FILE), str(error), mend)
        ) from None
