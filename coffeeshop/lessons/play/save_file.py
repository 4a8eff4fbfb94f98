"""Open the SQLite file that a save is, make it its user's alone, write to it, and write it back where it was taken away."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from coffeeshop.files import make_folder
from coffeeshop.lessons.play.save_problems import restored, unsaved
from coffeeshop.lessons.play.save_schema import SCHEMA, VERSION, check
from coffeeshop.policy.problem import Level, Place, Problem


class NewerError(sqlite3.DatabaseError):
    """A file that a later program wrote."""


def open_save(path: Path) -> sqlite3.Connection:
    """Open the file, which is its user's alone, and make it if it is not there. Raises sqlite3.Error or OSError, and has
    changed nothing then.
    """
    make_folder(path.parent, 0o700)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    db = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        _examine(db)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        create(db)
        _make_private(path)
    except UnicodeDecodeError:  # SQLite quotes a damaged schema in its message, and Python cannot read that
        db.close()
        raise sqlite3.DatabaseError("its schema is malformed") from None
    except BaseException:
        db.close()
        raise
    return db


def in_memory() -> sqlite3.Connection:
    """Open a save that is no file."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    create(db)
    return db


def _make_private(path: Path) -> None:
    """Let nobody else read a save that was made before it was one's own; where that cannot be, it stays."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            file = path.with_name(path.name + suffix)
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def identity(path: Path) -> tuple[int, int] | None:
    """Tells which file lies there; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def put_back(path: Path, memory: sqlite3.Connection) -> sqlite3.Connection:
    """Write what is in memory to a file where there is none, and open that. Raises sqlite3.Error or OSError."""
    if path.exists():
        raise FileExistsError("another file took its place")
    for suffix in ("-wal", "-shm"):  # of the file that was there: they would be taken for the new one's
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    db = open_save(path)
    memory.backup(db)
    memory.close()
    return db


def _examine(db: sqlite3.Connection) -> None:
    db.execute("BEGIN")  # one state of the file, while another window may be making or changing its tables
    version = check_version(db)
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("its pages do not fit together")
    check(db, version)
    db.execute("COMMIT")


def check_version(db: sqlite3.Connection) -> int:
    """Returns the version of the file. Raises NewerError where a later program made it, perhaps while we had it open."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise NewerError(f"it is of format {version}, this program writes {VERSION}")
    return version


def create(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] < VERSION:
        db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")


class SaveFile:
    """A save, open; without a path, in memory alone. `problem` says why nothing is kept on disk, if it should be."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.problem: Problem | None = None
        self._news: Problem | None = None  # what became of the file, until it is told
        self._file: tuple[int, int] | None = None  # which one it is
        try:
            self._db = open_save(path) if path else in_memory()
            self._file = identity(path) if path else None
        except (sqlite3.Error, OSError) as error:
            self._db = in_memory()
            self._give_up(error)

    def forsake(self, error: Exception) -> None:
        """Go on in memory without the file, which stays as it is."""
        self._db.close()
        self._db = in_memory()
        self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Say that from now on nothing is kept on the disk."""
        newer = isinstance(error, NewerError)
        mend = (
            "update Coffeeshop"
            if newer
            else "mend or move that file, or name another place in COFFEESHOP_DATA"
        )
        said = f"the save {self.path} cannot be used ({error}); it is left as it is, and this play is kept in memory only"
        self.problem = Problem(Level.WARNING, "save-unusable", Place(), said, mend)

    def close(self) -> None:
        """Close the file; everything acknowledged is in it already."""
        self._hold_on()
        self._db.close()

    def _hold_on(self) -> None:
        """Notice that the file was taken away or replaced while it was open, since the system would let us write on into
        what nobody will ever find. What it held is written back where it lay; beside another file play goes on in memory.
        """
        if self.problem is not None or self.path is None or identity(self.path) == self._file:
            return
        memory = sqlite3.connect(":memory:", isolation_level=None)
        try:
            self._db.backup(memory)
            self._db.close()
        except sqlite3.Error as error:  # what is left of it cannot be read
            self.forsake(error)
            self._news = self.problem
            return
        self._db = memory
        try:
            self._db = put_back(self.path, memory)
            self._file = identity(self.path)
            self._news = restored(self.path)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            self._news = self.problem

    def _told(self) -> Problem | None:
        """Returns what became of the file, once."""
        news, self._news = self._news, None
        return news

    def _rows(self, query: str, *values: object) -> list[Any]:
        """Returns the rows of a query. A file that breaks while it is read is put aside: then there are none."""
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            self.forsake(error)
            return []

    @contextmanager
    def _writing(self) -> Generator[None]:
        self._hold_on()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            check_version(self._db)
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    def _put(self, statement: str, *values: object) -> Problem | None:
        return self._put_all(statement, [values])

    def _put_all(self, statement: str, rows: Sequence[Sequence[object]]) -> Problem | None:
        """Write these rows in one transaction; a Problem says why they could not be. What became of the file waits for
        `keep` or `write`, whose answer is shown: a line of history that is noted meanwhile tells nobody.
        """
        if not rows:
            return None
        try:
            with self._writing():
                self._db.executemany(statement, rows)
        except sqlite3.Error as error:
            return unsaved(error)
        return None
