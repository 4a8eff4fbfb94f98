"""Pack a scenario for students. A pack plays, hands in and grades as the original, but has no answers.

It lacks solutions, wrong answers, the last hint of each finding, and documents that only those read. Its
hand-ins have the original's digest, so that a teacher can grade them with the original.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tomli_w

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.handin import handin_text
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.course import CHAPTERS_FILE
from coffeeshop.lessons.scenario.drawn import (
    BREAK_SCRIPT,
    FAULT_FILE,
    FAULTS_FOLDER,
    MEND_SCRIPT,
)
from coffeeshop.lessons.scenario.load import build_scenario
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, ScenarioForm, read_form
from coffeeshop.lessons.scenario.shop import SHOP_FILE, shop_digest
from coffeeshop.lessons.scenario.variant import WORD_PATTERN, Pools
from coffeeshop.lessons.teaching.glossary import GLOSSARY_FILE as GLOSSARY
from coffeeshop.policy.model import Level, Place, Problem, Problems

PROSE_FILE_PATTERN = re.compile(r"[^/]*\.md$")
BLANK_PATTERN = re.compile(r"_{3,}")


def pack_files(scenario: Scenario) -> dict[str, bytes]:
    """Return the files of a scenario's pack in variant 0. A scenario with drawn faults keeps its whole library."""
    files = scenario.source or scenario.files
    texts = {name: body.decode("utf-8", "replace") for name, body in files.items()}
    form = read_form(texts[SCENARIO_FILE])
    table = _without_answers(tomllib.loads(texts[SCENARIO_FILE]))
    kept_files = {
        name: files[name]
        for name in sorted(_files_to_keep(texts, form, tomli_w.dumps(table)))
    }
    words = sorted(_names(texts, form, scenario.shop.pools))
    table["pack"] = {"digest": scenario.digest, "shop": shop_digest(), "words": words}
    return {**kept_files, **_faults(files), SCENARIO_FILE: tomli_w.dumps(table).encode()}


def _faults(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of the library of faults without their fixes."""
    kept_files = dict[str, bytes]()
    for path in (path for path in files if path.startswith(FAULTS_FOLDER)):
        folder, _, name = path.rpartition("/")
        if name == FAULT_FILE:
            kept_files[path] = tomli_w.dumps(
                _without_answers(tomllib.loads(files[path].decode()))
            ).encode()
        elif name == MEND_SCRIPT:
            kept_files[path] = b""
        elif name == BREAK_SCRIPT or path.encode() in files.get(
            f"{folder}/{BREAK_SCRIPT}", b""
        ):
            kept_files[path] = files[path]
    return kept_files


def _without_answers(table: dict[str, Any]) -> dict[str, Any]:
    """Return a scenario's table without its solution, its wrong answers and the last of each finding's hints."""
    public_table = {
        key: value
        for key, value in table.items()
        if key not in ("solution", "wrong", "hint")
    }
    ladders = (hint for hint in table.get("hint", ()) if len(hint["text"]) > 1)
    hints = [{**hint, "text": hint["text"][:-1]} for hint in ladders]
    if hints:
        return {**public_table, "hint": hints}
    return public_table


WITH_BLANKS = ("completion", "diagnosis")  # forms whose learners get policies to fill in


def _files_to_keep(
    files: Mapping[str, str], form: ScenarioForm, shown_text: str
) -> Iterator[str]:
    """Yield the names of the files to keep: those that the game reads, those that they name, and tasks with blanks."""
    answers = {form.solution.script, *(wrong.script for wrong in form.wrong)}
    answers |= {name for name in files if name.startswith(("alt/", FAULTS_FOLDER))}
    needed = {
        SHOP_FILE,
        CHAPTERS_FILE,
        GLOSSARY,
        form.world.script,
        form.world.details,
        form.world.report,
    }
    prose = {name for name in files if PROSE_FILE_PATTERN.fullmatch(name)}
    breaks = (
        text
        for name, text in files.items()
        if name.startswith(FAULTS_FOLDER) and name.endswith(BREAK_SCRIPT)
    )
    texts = [
        shown_text,
        *(files[name] for name in sorted((needed | prose) & files.keys())),
        *breaks,
    ]
    for name in files:
        if name in answers or name == SCENARIO_FILE:
            continue
        blank = form.form in WITH_BLANKS and BLANK_PATTERN.search(files[name])
        if name in needed or name in prose or blank or _is_named(name, texts):
            yield name


def _is_named(name: str, texts: Iterable[str]) -> bool:
    return any(name in text for text in texts)


def _names(files: Mapping[str, str], form: ScenarioForm, pools: Pools) -> Iterator[str]:
    """Yield the words that a pack must contain so that its variants equal the original's.

    Those are the renamed words, and the words of the name pools that the original uses. No
    new name may be one of its words.
    """
    used = {
        word.lower()
        for name, text in files.items()
        if name != SHOP_FILE
        for word in WORD_PATTERN.findall(text)
    }
    yield from form.variant.rename
    for pool in {*form.variant.rename.values()}:
        yield from (name for name in pools.get(pool, ()) if name.lower() in used)


# ----------------------------------------------------------------------- proof
def differences(
    original: Iterable[Scenario], files: Mapping[str, bytes]
) -> Iterator[Problem]:
    """Yield a problem where a pack differs from the original, given in some variants.

    It compares the world, the hand-in of the solution and the grade.
    """
    form = read_form(files[SCENARIO_FILE].decode())
    for scenario in original:
        try:
            student = build_scenario(form, scenario.id, files, scenario.variant)
        except Problems as found:
            yield from found.problems
            return
        right = run_play(scenario, scenario.solution)
        played = Play(student).do(*right.acts)
        if (
            student.opening != scenario.opening
            or handin_text(played) != handin_text(right)
            or grade(played).stars != 3
        ):
            message = f"in variant {scenario.variant}, the pack gives a different result from the original"
            yield Problem(
                Level.ERROR,
                "pack-differs",
                Place(SCENARIO_FILE),
                message,
                "please report this with the scenario",
            )
