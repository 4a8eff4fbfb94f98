"""The files of a scenario's folder: which are read, how large they may be, and as what text."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from itertools import islice
from pathlib import Path

from coffeeshop.files import read_file, walk_folders
from coffeeshop.harmless import escape_line
from coffeeshop.policy.model import Level, Place, Problem, Problems

FILE_LIMIT = 256 * 1024  # bytes of one file; the most that `file://` reads
DETAILS_LIMIT = (
    32 * 1024 * 1024
)  # bytes of what a real account brings, as its authorization details
FOLDER_LIMIT = 2 * 1024 * 1024  # bytes of a whole scenario
FILES_LIMIT = 1000  # files of one


def files_below(folder: Path, account: Set[str]) -> dict[str, bytes]:
    """Returns every file below a folder by its path there; `account` are those that a real account brings. Raises Problems."""
    contents: dict[str, bytes] = {}
    paths = [*islice(_below(folder), FILES_LIMIT + 1)]
    if len(paths) > FILES_LIMIT:
        raise _too_large(folder.name, f"the folder holds more than {FILES_LIMIT} files")
    room = FOLDER_LIMIT
    for path in sorted(paths):
        name = path.relative_to(folder).as_posix()
        if escape_line(name) != name:
            message = "this name holds characters that cannot be shown"
            place = Place(escape_line(name))
            raise Problems(
                Problem(
                    Level.ERROR, "bad-name", place, message, "give the file another name"
                )
            )
        limit = DETAILS_LIMIT if name in account else FILE_LIMIT
        body = _read(path, name, limit)
        room -= 0 if name in account else len(body)
        if room < 0:
            raise _too_large(
                folder.name, f"the folder holds more than {FOLDER_LIMIT} bytes"
            )
        contents[name] = body
    return contents


def _read(path: Path, name: str, limit: int) -> bytes:
    """Returns the bytes of the file of that name below the folder. Raises Problems."""
    try:
        return read_file(path, limit)
    except Problems as found:
        (problem,) = found.problems
        if problem.code == "too-large":
            raise _too_large(name, f"this file is larger than {limit} bytes") from None
        raise Problems(replace(problem, place=Place(name))) from None


def _below(folder: Path) -> Iterator[Path]:
    """Yields the ordinary files below a folder, without those that are hidden; no link is followed."""
    for place, folders, files in walk_folders(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            if not name.startswith(".") and not path.is_symlink() and path.is_file():
                yield path


def _too_large(name: str, message: str) -> Problems:
    return Problems(
        Problem(Level.ERROR, "too-large", Place(name), message, "make it smaller")
    )


def text_of(data: bytes) -> str:
    """Returns a file as text, whatever of it is none."""
    return data.decode("utf-8", "replace")


def readable(data: bytes) -> str | None:
    """Returns a file as text; None where it is none, such as a picture."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
