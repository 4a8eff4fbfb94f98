"""Read the files of a scenario's folder, within limits of size and number."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from itertools import islice
from pathlib import Path

from coffeeshop.files import read_file, walk_folders
from coffeeshop.harmless import escape_line
from coffeeshop.policy.model import Level, Place, Problem, Problems

FILE_LIMIT = 256 * 1024  # bytes of one file, which is also the limit of `file://`
DETAILS_LIMIT = 32 * 1024 * 1024  # bytes of a real account's authorization details
FOLDER_LIMIT = 2 * 1024 * 1024  # bytes of a whole scenario
FILES_LIMIT = 1000  # files of one scenario


def files_below(folder: Path, account: Set[str]) -> dict[str, bytes]:
    """Return every file below a folder by its relative path. Raise Problems.

    `account` names the files of an imported account, which have a larger limit.
    """
    contents: dict[str, bytes] = {}
    paths = [*islice(_below(folder), FILES_LIMIT + 1)]
    if len(paths) > FILES_LIMIT:
        raise _too_large(folder.name, f"the folder has more than {FILES_LIMIT} files")
    room = FOLDER_LIMIT
    for path in sorted(paths):
        name = path.relative_to(folder).as_posix()
        if escape_line(name) != name:
            message = "this name has characters that can't be shown"
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
                folder.name, f"the files in the folder have more than {FOLDER_LIMIT} bytes"
            )
        contents[name] = body
    return contents


def _read(path: Path, name: str, limit: int) -> bytes:
    """Return the bytes of a file, with `name` as the place of its problems. Raise Problems."""
    try:
        return read_file(path, limit)
    except Problems as found:
        (problem,) = found.problems
        if problem.code == "too-large":
            raise _too_large(name, f"this file is larger than {limit} bytes") from None
        raise Problems(replace(problem, place=Place(name))) from None


def _below(folder: Path) -> Iterator[Path]:
    """Yield the regular files below a folder. Hidden files and links are left out."""
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
    """Return a file as text, with a replacement character for each byte that isn't UTF-8."""
    return data.decode("utf-8", "replace")


def readable(data: bytes) -> str | None:
    """Return a file as text. Return None if it isn't UTF-8, such as a picture."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
