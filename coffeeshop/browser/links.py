"""The secrets of a class: whose link is whose, kept from start to start in a file that is the teacher's alone."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from secrets import token_urlsafe

from coffeeshop.files import lock_folder, make_folder, read_file, write_whole
from coffeeshop.policy.problem import Level, Place, Problem, Problems

SECRET = re.compile(r"[A-Za-z0-9_-]{22,86}")
BYTES = 24  # random ones, in a secret
SIZE = 32 * 1024 * 1024  # bytes of the file, at most


def secrets(path: Path, learners: Iterable[str]) -> dict[str, str]:
    """Returns the secret of each of these learners; who has none yet is given one, and it is kept. Raises Problems where
    the file cannot be read, is not the owner's alone, or cannot be written: it is left as it was.
    """
    try:
        make_folder(path.parent, 0o700)
        with lock_folder(
            path.parent
        ):  # what another server draws meanwhile would be lost, or ours
            known_entries = _read_links(path)
            drawn = {
                learner: known_entries.get(learner) or token_urlsafe(BYTES)
                for learner in learners
            }
            if drawn.items() - known_entries.items():
                write_whole(
                    path, json.dumps({**known_entries, **drawn}, indent=1), private=True
                )
    except OSError as wrong:
        message = f"{path} cannot be written: {wrong.strerror or wrong}"
        mend = "make room there, or name another place in COFFEESHOP_DATA"
        raise _problem("unwritable", message, mend) from None
    return drawn


def _read_links(path: Path) -> dict[str, str]:
    if not path.exists() and not path.is_symlink():
        return {}
    data = read_file(
        path, SIZE, f"move {path} away: new links are drawn, and the old ones end"
    )
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise _problem(
            "not-private", f"{path} can be read by others than you", f"chmod 600 {path}"
        )
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, Mapping) or not _sound(document):  # pyright: ignore[reportUnknownArgumentType]  # just read
        message = f"{path} does not hold the links of a class"
        raise _problem(
            "unreadable", message, "move it away: new links are drawn, and the old ones end"
        )
    return dict(document)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # sound


def _sound(links: Mapping[str, object]) -> bool:
    """Tells whether each secret is one, and one learner's alone."""
    texts = [
        text for text in links.values() if isinstance(text, str) and SECRET.fullmatch(text)
    ]
    return len(texts) == len(links) == len({*texts})


def _problem(code: str, text: str, mend: str) -> Problems:
    return Problems(Problem(Level.ERROR, code, Place(), text, mend))
