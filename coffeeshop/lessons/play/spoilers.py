"""Find the files that reveal a scenario's answer: its full solutions, and the documents that only they read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Scenario

SOLUTION_FILE = "solution.sh"
# The scenario's own files. No line of the CLI opens them.
SCENARIO_SUFFIXES = (".sh", ".toml", ".md")
FILE_REFERENCE = re.compile(r"""\bfileb?://([^\s'"]+)""")


def solutions(scenario: Scenario) -> dict[str, str]:
    """Return the full solutions by file name: the reference solution, and those under alt/."""
    alt = {name: scenario.text(name) for name in scenario.files if name.startswith("alt/")}
    return {SOLUTION_FILE: scenario.solution, **alt}


def spoiler_files(scenario: Scenario) -> frozenset[str]:
    """Return the files that reveal the answer.

    Documents that the world reads don't count, because the learner can read them in the account. Nor do
    hints, which cost nothing.
    """
    texts = {name: scenario.text(name) for name in scenario.files}
    full = frozenset(filter(None, solutions(scenario).values()))
    wrong = {wrong.script for wrong in scenario.wrongs}
    world = [
        text
        for name, text in texts.items()
        if name.endswith(".sh") and name not in wrong and text not in full
    ]
    documents = {texts[name] for name in files_read_by(full) if name in texts}
    world_documents = {texts[name] for name in files_read_by(world) if name in texts}
    hints = {hint_text for hint in scenario.hints for hint_text in hint.text}
    revealing_texts = (full | documents) - world_documents - hints
    return frozenset(name for name, text in texts.items() if text in revealing_texts)


def files_for_learner(scenario: Scenario) -> frozenset[str]:
    """Return the files of a scenario that a learner may list.

    They are those that no script reads (such as templates to fill in), those that a job
    reads, and hints. Files that give away the solution, or that belong to the world or a
    wrong answer, are left out.
    """
    texts = {name: scenario.text(name) for name in scenario.files}
    full = set(solutions(scenario).values())
    hints = {text for hint in scenario.hints for text in hint.text}
    jobs = set(files_read_by(line.text for want in scenario.wants for line in want.do))
    files_of_scripts = (
        set(
            files_read_by(
                text
                for name, text in texts.items()
                if name.endswith(".sh") and text not in full
            )
        )
        - jobs
    )
    solution_files = set(files_read_by(full)) - jobs
    free = (
        name
        for name in texts
        if name not in files_of_scripts
        and (name not in solution_files or texts[name] in hints)
    )
    return frozenset(
        name for name in free if not name.endswith(SCENARIO_SUFFIXES)
    ) - spoiler_files(scenario)


def files_read_by(scripts: Iterable[str]) -> Iterator[str]:
    """Yield the files that lines of the AWS CLI read (file:// and fileb://)."""
    return (
        str(PurePosixPath(name))
        for text in scripts
        for name in FILE_REFERENCE.findall(text)
    )
