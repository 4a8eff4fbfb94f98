"""Read the state of a save's files from the system, without opening them. Closing a file ends SQLite's locks on it

(https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

Identity: TypeAlias = tuple[int, int]
WAL_SUFFIX = "-wal"
SHM_SUFFIX = "-shm"


class Traces(Struct, frozen=True):
    """The state of a save's files at one time.

    `place` is the real path, `link` the identity of the path's own entry, `file` the identity of the file that
    a link points to. `size` and `written` describe the file. `wal` and `shm` are the identities of its journal and the
    journal's index, None where they don't exist. `length` is the journal's size in bytes.
    """

    place: Path
    link: Identity
    file: Identity
    size: int
    written: int  # nanoseconds. SQLite writes into the file itself only at a checkpoint
    wal: Identity | None
    shm: Identity | None
    length: int

    def is_consistent_with(self, later: Traces | None) -> bool:
        """Return whether SQLite alone, in any window, can have changed the files into the
        later state.

        If it can't, something else deleted, replaced or changed them. SQLite never deletes
        a file that is open, and never shortens a journal.
        """
        return (
            later is not None
            and self.are_same_files(later)
            and self.is_untouched(later)
            and later.length >= self.length
        )

    def are_same_files(self, later: Traces) -> bool:
        """Return whether the later state is of the same files, whatever their content."""
        return (later.link, later.file, later.wal, later.shm) == (
            self.link,
            self.file,
            self.wal,
            self.shm,
        )

    def is_untouched(self, later: Traces) -> bool:
        """Return whether the database file itself was not written."""
        return (later.file, later.written, later.size) == (
            self.file,
            self.written,
            self.size,
        )


def read_traces(path: Path) -> Traces | None:
    """Return the traces of a save. Return None if the path has no file."""
    link = _status_of(path)
    if link is None:
        return None
    at = path
    file = link
    if stat.S_ISLNK(link.st_mode):
        at = Path(os.path.realpath(path))  # realpath doesn't raise for links in a circle
        file = _status_of(at) or link
    wal = _status_of(f"{at}{WAL_SUFFIX}")
    shm = _status_of(f"{at}{SHM_SUFFIX}")
    return Traces(
        at,
        _file_identity(link),
        _file_identity(file),
        file.st_size,
        file.st_mtime_ns,
        wal and _file_identity(wal),
        shm and _file_identity(shm),
        wal.st_size if wal else 0,
    )


def clear_journals(path: Path, known_traces: Traces | None = None) -> None:
    """Delete the journals of a file that was deleted or replaced, so that they aren't applied to a new file.

    Raise OSError.

    With `known_traces`, delete only those very journals.
    """
    at = known_traces.place if known_traces else path
    for suffix, owner in (
        (WAL_SUFFIX, known_traces and known_traces.wal),
        (SHM_SUFFIX, known_traces and known_traces.shm),
    ):
        file_status = _status_of(f"{at}{suffix}")
        if file_status is not None and (
            known_traces is None or _file_identity(file_status) == owner
        ):
            at.with_name(at.name + suffix).unlink(missing_ok=True)


def _status_of(name: str | Path) -> os.stat_result | None:
    """Return the status of a path. Return None if it can't be read."""
    try:
        return os.lstat(name)
    except OSError:
        return None


def _file_identity(file_status: os.stat_result) -> Identity:
    """Return the device and inode of a file: equal for the same file, whatever its name."""
    return file_status.st_dev, file_status.st_ino
