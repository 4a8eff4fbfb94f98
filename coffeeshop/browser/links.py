"""Keep the secret of each learner's link, in a file that only the teacher can read."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from secrets import token_urlsafe

from coffeeshop.files import lock_folder, make_folder, read_file, write_whole
from coffeeshop.policy.problem import Level, Place, Problem, Problems

SECRET_PATTERN = re.compile(r"[A-Za-z0-9_-]{22,86}")
SECRET_BYTES = 24  # random ones, in a secret
MAX_FILE_BYTES = 32 * 1024 * 1024  # bytes of the file, at most


def secrets(path: Path, learners: Iterable[str]) -> dict[str, str]:
    """Return the secret of each learner. Draw and store the missing ones.

    Raise Problems if the file can't be read or written, or if others can read it. The file then stays unchanged.
    """
    try:
        make_folder(path.parent, 0o700)
        with lock_folder(path.parent):  # else two servers could overwrite each other
            known_entries = _read_links(path)
            drawn = {
                learner: known_entries.get(learner) or token_urlsafe(SECRET_BYTES)
                for learner in learners
            }
            if drawn.items() - known_entries.items():
                write_whole(
                    path, json.dumps({**known_entries, **drawn}, indent=1), private=True
                )
    except OSError as wrong:
        message = f"{path} cannot be written: {wrong.strerror or wrong}"
        mend = "free some space there, or name another folder in COFFEESHOP_DATA"
        raise _problem("unwritable", message, mend) from None
    return drawn


def _read_links(path: Path) -> dict[str, str]:
    """Return the stored secrets by learner.

    Raise Problems if others can read the file, or its content is invalid.
    """
    if not path.exists() and not path.is_symlink():
        return {}
    data = read_file(
        path,
        MAX_FILE_BYTES,
        f"move {path} away; new links are then created, and the old ones stop working",
    )
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise _problem(
            "not-private",
            f"other people can read {path}",
            f"protect it with chmod 600 {path}",
        )
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, Mapping) or not _are_valid(document):  # pyright: ignore[reportUnknownArgumentType]  # just read
        message = f"{path} doesn't contain the links of a class"
        raise _problem(
            "unreadable",
            message,
            "move the file away; new links are then created, and the old ones stop working",
        )
    return dict(document)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # sound


def _are_valid(links: Mapping[str, object]) -> bool:
    """Return whether every secret is valid and belongs to one learner only."""
    texts = [
        text
        for text in links.values()
        if isinstance(text, str) and SECRET_PATTERN.fullmatch(text)
    ]
    return len(texts) == len(links) == len({*texts})


def _problem(code: str, text: str, mend: str) -> Problems:
    return Problems(Problem(Level.ERROR, code, Place(), text, mend))
