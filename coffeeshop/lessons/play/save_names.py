"""Name a learner's save and their folder of hand-ins. Any learner's name becomes one name in one folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from coffeeshop.harmless import is_hidden
from coffeeshop.policy.problem import Level, Place, Problem

SAVE_SUFFIX = ".sqlite3"
# Bytes of a save's name: systems allow 255, and SQLite adds a suffix for its journal.
MAX_NAME_BYTES = 255 - len("-journal")
SAFE_LEARNER_BYTES = (
    MAX_NAME_BYTES - len(SAVE_SUFFIX)
) // 3  # bytes of a learner's name in UTF-8: each becomes at most three (%XX)
UNSAFE_CHARACTERS = (
    '%/\\:*?"<>|'  # not allowed in folder names on every system. % marks a quoted byte
)


def save_path(folder: Path, learner: str) -> Path:
    """Return the path of a learner's save. Any name gives one file in that folder."""
    name = quote(learner.encode("utf-8", "surrogateescape"), safe=" @")
    return folder / f"{name or 'learner'}{SAVE_SUFFIX}"


def long_name_problem(learner: str) -> Problem | None:
    """Return the problem that a learner's name is too long for a file's name, or None if it fits."""
    if len(save_path(Path(), learner).name) <= MAX_NAME_BYTES:
        return None
    message = f"no save can have a name as long as {learner[:40]!a}…"
    return Problem(
        Level.ERROR,
        "too-long",
        Place(),
        message,
        f"{SAFE_LEARNER_BYTES} bytes of UTF-8 always fit",
    )


def folder_name(learner: str) -> str:
    """Return the name of a learner's folder of hand-ins.

    Characters that a system refuses are quoted as %XX. `unquote` returns the learner's name.
    """
    return "".join(_quoted_characters(learner))


def _quoted_characters(learner: str) -> Iterator[str]:
    """Yield the characters of a learner's name, quoted where a folder's name can't have them."""
    for index, character in enumerate(learner):
        at_an_end = index in (0, len(learner) - 1)
        if (
            character in UNSAFE_CHARACTERS
            or is_hidden(character)
            or (character == "." and at_an_end)
        ):
            yield from (
                f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape")
            )
        else:
            yield character
