"""How a learner's save and their folder of hand-ins are called: whatever a name holds, it stays one name below one folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from coffeeshop.harmless import is_hidden
from coffeeshop.policy.problem import Level, Place, Problem

SUFFIX = ".sqlite3"
LONGEST = 255 - len(
    "-journal"
)  # bytes of a save's name: systems take 255, and SQLite has a file beside it
FITTING = (
    LONGEST - len(SUFFIX)
) // 3  # bytes of a learner's name in UTF-8: each is at most three of its save's
UNSAFE = '%/\\:*?"<>|'  # what the name of a folder cannot hold everywhere, and how the rest of it is told


def save_path(folder: Path, learner: str) -> Path:
    """Returns the file of a learner; whatever the name holds, it stays one file in that folder."""
    name = quote(learner.encode("utf-8", "surrogateescape"), safe=" @")
    return folder / f"{name or 'learner'}{SUFFIX}"


def too_long(learner: str) -> Problem | None:
    """Returns why no save can have the name of this learner; None where one can."""
    if len(save_path(Path(), learner).name) <= LONGEST:
        return None
    message = f"no save can have a name as long as {learner[:40]!a}…"
    return Problem(
        Level.ERROR, "too-long", Place(), message, f"{FITTING} bytes of UTF-8 always fit"
    )


def folder_name(learner: str) -> str:
    """Returns the name of a learner's folder of hand-ins: as they are called, but for what names cannot hold everywhere. That
    stands there as in an address, so that `unquote` returns the learner.
    """
    return "".join(_safely(learner))


def _safely(learner: str) -> Iterator[str]:
    for at, character in enumerate(learner):
        at_an_end = at in (0, len(learner) - 1)
        if character in UNSAFE or is_hidden(character) or (character == "." and at_an_end):
            yield from (
                f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape")
            )
        else:
            yield character
