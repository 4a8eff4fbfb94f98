"""What the system tells of a save's files, without opening one: to close a file ends the locks that SQLite holds on it
(https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

Identity: TypeAlias = tuple[int, int]
WAL = "-wal"
SHM = "-shm"


class Traces(Struct, frozen=True):
    """A save at an instant: what lies where it is called, the file that this leads to, its bytes and when they were last
    written; and of its journal and that one's index, which lie beside it, who they are, and the journal's bytes.
    """

    place: Path
    link: Identity
    file: Identity
    size: int
    written: int  # nanoseconds; SQLite writes into the file itself only at a checkpoint, from time to time
    wal: Identity | None
    shm: Identity | None
    length: int

    def lead_to(self, later: Traces | None) -> bool:
        """Tells whether only SQLite, in whichever window, can have made these of what they were: it takes a file that is
        open away from nobody, and never shortens a journal.
        """
        return (
            later is not None
            and self.are_of(later)
            and self.is_untouched(later)
            and later.length >= self.length
        )

    def are_of(self, later: Traces) -> bool:
        """Tells whether it is the same files still, whatever is in them."""
        return (later.link, later.file, later.wal, later.shm) == (
            self.link,
            self.file,
            self.wal,
            self.shm,
        )

    def is_untouched(self, later: Traces) -> bool:
        """Tells whether nothing was written into the file itself."""
        return (later.file, later.written, later.size) == (
            self.file,
            self.written,
            self.size,
        )


def traces(path: Path) -> Traces | None:
    """Returns the traces of a save; None where nothing lies there."""
    link = _status_of(path)
    if link is None:
        return None
    at = path
    file = link
    if stat.S_ISLNK(link.st_mode):
        at = Path(
            os.path.realpath(path)
        )  # which says nothing of links that lead in a circle
        file = _status_of(at) or link
    wal = _status_of(f"{at}{WAL}")
    shm = _status_of(f"{at}{SHM}")
    return Traces(
        at,
        _identity(link),
        _identity(file),
        file.st_size,
        file.st_mtime_ns,
        wal and _identity(wal),
        shm and _identity(shm),
        wal.st_size if wal else 0,
    )


def clear_journals(path: Path, known_traces: Traces | None = None) -> None:
    """Take the journals away of a file that is no longer there, or no longer itself: they would be taken for those of
    whatever stands there. With `known`, none but those. Raises OSError.
    """
    at = known_traces.place if known_traces else path
    for suffix, owner in (
        (WAL, known_traces and known_traces.wal),
        (SHM, known_traces and known_traces.shm),
    ):
        file_status = _status_of(f"{at}{suffix}")
        if file_status is not None and (
            known_traces is None or _identity(file_status) == owner
        ):
            at.with_name(at.name + suffix).unlink(missing_ok=True)


def _status_of(name: str | Path) -> os.stat_result | None:
    try:
        return os.lstat(name)
    except OSError:
        return None


def _identity(file_status: os.stat_result) -> Identity:
    return file_status.st_dev, file_status.st_ino
