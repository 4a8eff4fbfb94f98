"""Open the SQLite file of a save, make it private to its user, write it, and restore it where it was deleted."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from coffeeshop.database_file import open_database
from coffeeshop.files import make_folder
from coffeeshop.lessons.play.save_connection import (
    DatabaseLostError,
    NewerError,
    SaveConnection,
    SqliteConnection,
    check_version,
    connect_memory,
)
from coffeeshop.lessons.play.save_place import DatabasePlace, SavePlace, database_problem
from coffeeshop.lessons.play.save_problems import (
    IN_MEMORY_ONLY,
    SAVE_FIX,
    restored_problem,
    unsaved_problem,
)
from coffeeshop.lessons.play.save_schema import (
    SAVE_VERSION,
    SCHEMA,
    check_rows,
    check_schema,
)
from coffeeshop.lessons.play.save_traces import Traces, clear_journals, read_traces
from coffeeshop.policy.problem import Level, Place, Problem


def open_save(path: Path) -> SqliteConnection:
    """Open a save and make it private to its user. Create it if it doesn't exist.

    Raise sqlite3.Error or OSError, and leave an existing file unchanged then.
    """
    make_folder(path.parent, 0o700)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    db = open_database(path, SqliteConnection)
    try:
        _check_save(db)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        create_tables(db)
        _make_private(path)
    except UnicodeDecodeError:
        # SQLite's message quotes the damaged schema, which isn't UTF-8.
        close_without_checkpoint(db)
        raise sqlite3.DatabaseError("its schema is malformed") from None
    except BaseException:
        close_without_checkpoint(db)
        raise
    return db


def open_place(place: SavePlace) -> SaveConnection:
    """Open the save at a place, and create it if it doesn't exist. Raise sqlite3.Error or OSError."""
    if isinstance(place, DatabasePlace):
        from coffeeshop.lessons.play.postgres_save import PostgresSave

        return PostgresSave(place.url, place.name)
    return open_save(place)


def open_memory_save() -> SqliteConnection:
    """Open a save that exists in memory only."""
    db = connect_memory()
    create_tables(db)
    return db


def _make_private(path: Path) -> None:
    """Remove other users' access to a save's files. A file whose mode can't be changed stays as it is."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            file = path.with_name(path.name + suffix)
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def write_back(path: Path, memory: sqlite3.Connection) -> SqliteConnection:
    """Write a save from memory to a path that has no file, and open it. Raise sqlite3.Error or OSError."""
    clear_journals(path)
    db = open_save(path)
    try:
        memory.backup(db)
    except sqlite3.Error:
        db.close()
        raise
    return db


def copy_to_memory(db: sqlite3.Connection) -> SqliteConnection:
    """Return a copy of a save in memory. Raise sqlite3.Error where a part of it can't be read."""
    memory = connect_memory()
    try:
        db.backup(memory)
        _check_pages(memory)
    except sqlite3.Error:
        memory.close()
        raise
    return memory


def close_without_checkpoint(db: SaveConnection) -> None:
    """Close a save without a checkpoint, so that nothing from the journal reaches its file."""
    db.interrupt()  # it also ends the checkpoint: https://www.sqlite.org/c3ref/interrupt.html
    db.close()


def check_contains_plays(path: Path, expected_revisions: Mapping[str, int]) -> None:
    """Raise sqlite3.Error or OSError unless the file is a save that has each play at its
    expected revision, or a later one.

    The file stays unchanged. A file that lacks a play would lose acts if this program wrote
    on into it.
    """
    if not path.is_file():
        raise OSError("it isn't a file any more")
    db = open_database(path, SqliteConnection)
    try:
        _check_save(db)
        if check_version(db) == SAVE_VERSION:
            revisions = _revisions(db)
        else:
            revisions = {}
    finally:
        close_without_checkpoint(db)
    if any(
        revisions.get(name, -1) < revision for name, revision in expected_revisions.items()
    ):
        raise sqlite3.DatabaseError("something else was written there")


def _revisions(db: sqlite3.Connection) -> dict[str, int]:
    """Return the revision of each play in a save, by play name."""
    return dict(db.execute("SELECT name, revision FROM play"))


def _check_save(db: sqlite3.Connection) -> None:
    """Raise sqlite3.Error unless the file is a sound save of a known version."""
    # Read one state of the file: another window can be creating its tables.
    db.execute("BEGIN")
    version = check_version(db)
    # First, so that nothing in a forged schema runs when the pages and rows are read.
    check_schema(db, version)
    _check_pages(db)
    check_rows(db, version)
    db.execute("COMMIT")


def _check_pages(db: sqlite3.Connection) -> None:
    """Raise DatabaseError unless the file's pages pass SQLite's quick check."""
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("its pages do not fit together")


def create_tables(db: sqlite3.Connection) -> None:
    """Create the tables of the current version where the save has an older one."""
    if db.execute("PRAGMA user_version").fetchone()[0] < SAVE_VERSION:
        db.executescript(
            f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SAVE_VERSION}; COMMIT;"
        )


class SaveFile:
    """A save, open: in a file, or in a school's database. Without a place it exists in memory only.

    `problem` says why nothing reaches the disk.
    """

    def __init__(self, place: SavePlace | None) -> None:
        """Open the save at a place. If a file can't be opened, go on in memory and set `problem`.

        Raise Problems if a school's database doesn't answer: what a learner did in memory would be lost with
        their session.
        """
        self.place = place
        self.path = place if isinstance(place, Path) else None
        self.problem: Problem | None = None
        # A change of the file that no answer has reported yet.
        self._unreported_problem: Problem | None = None
        # The traces of the file when this program last wrote or read it.
        self._traces: Traces | None = None
        self._db: SaveConnection
        try:
            self._db = open_place(place) if place else open_memory_save()
            self._traces = read_traces(self.path) if self.path else None
        except DatabaseLostError as error:
            raise database_problem(error) from None
        except (sqlite3.Error, OSError) as error:
            self._db = open_memory_save()
            self._continue_in_memory(error)

    def abandon_file(self, error: Exception) -> None:
        """Go on in memory without the file, which stays as it is."""
        close_without_checkpoint(self._db)
        self._db = open_memory_save()
        self._continue_in_memory(error)

    def _continue_in_memory(self, error: Exception) -> None:
        """Set `problem`: from now on nothing reaches the disk."""
        mend = "repair or move that file, or name another place in COFFEESHOP_DATA"
        if isinstance(error, NewerError):
            mend = "update Coffeeshop"
        elif self._traces is not None:  # it was a sound save when it was opened
            mend = SAVE_FIX
        message = f"the save {self.place} cannot be used ({error}), so it stays as it is{IN_MEMORY_ONLY}"
        self.problem = Problem(Level.WARNING, "save-unusable", Place(), message, mend)

    @property
    def write_problem(self) -> Problem | None:
        """Return why a file that was written before can't be written now.

        Return None if it can, or where it never was.
        """
        if self._traces is not None:
            return self.problem
        return None

    def close(self) -> None:
        """Close the file. All acknowledged changes are in it. A second call does nothing."""
        self._check_file()
        self._db.close()
        self._traces = None  # later changes of the file don't matter

    def _check_file(self) -> None:
        """Notice that the open file was deleted, replaced or changed by another program.

        The operating system would let this program write on into a deleted file. So the
        files' identity, size and time are compared with those of the last look. If SQLite
        alone can't have made the difference, a deleted file is written again from memory,
        another file with the same plays is opened, and for anything else play goes on in
        memory.
        """
        path = self.path
        before = self._traces
        db = self._db
        if (
            self.problem is not None
            or path is None
            or before is None
            or not isinstance(db, SqliteConnection)
        ):
            return
        current_traces = read_traces(path)
        if before.is_consistent_with(current_traces):
            return
        try:
            copy = copy_to_memory(db)
        except sqlite3.Error as error:  # its remains can't be read
            self.abandon_file(error)
            self._leave_file_alone(path, before)
            return
        try:
            self._db = self._reopen(path, copy, before, current_traces)
        except (sqlite3.Error, OSError) as error:
            self._db = copy
            self._continue_in_memory(error)
            self._leave_file_alone(path, before)
        else:
            copy.close()
            self._traces = read_traces(path)

    def _reopen(
        self,
        path: Path,
        copy: sqlite3.Connection,
        before: Traces,
        current_traces: Traces | None,
    ) -> SqliteConnection:
        """Return the save, opened again after its file was deleted, replaced or left without its journal.

        `before` are its traces when it was last used, `current_traces` those of what is
        there now (None: nothing). A deleted file is written from `copy`, the save in
        memory. Raise sqlite3.Error or OSError if something else is in its place.
        """
        # The file lacks only the content of its deleted journal.
        if (
            current_traces
            and current_traces.wal is None
            and before.is_untouched(current_traces)
        ):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        close_without_checkpoint(self._db)
        if current_traces is None:
            db = write_back(path, copy)
            self._unreported_problem = restored_problem(path)
            return db
        if current_traces.file != before.file:
            clear_journals(path, before)
        check_contains_plays(path, self._expected_revisions(copy))
        return open_save(path)

    def _expected_revisions(self, copy: sqlite3.Connection) -> dict[str, int]:
        """Return the revision that each play must have in a file that took this save's place."""
        return _revisions(copy)

    def _leave_file_alone(self, path: Path, before: Traces) -> None:
        """Delete the old file's journals, leave the new file as it is, and report the problem with the next answer."""
        with suppress(OSError):
            clear_journals(path, before)
        self._unreported_problem = self.problem

    def _take_file_problem(self) -> Problem | None:
        """Return the problem with the file that no answer has reported yet, and forget it."""
        news = self._unreported_problem
        self._unreported_problem = None
        return news

    def _rows(self, query: str, *values: object) -> list[Any]:
        """Return the rows of a query. Where the file can't be read, return none and go on in memory.

        Raise Problems if a school's database doesn't answer.
        """
        self._check_file()
        try:
            return self._db.execute(query, values).fetchall()
        except DatabaseLostError as error:
            raise database_problem(error) from None
        except sqlite3.Error as error:
            self.abandon_file(error)
            self._unreported_problem = self.problem
            return []

    @contextmanager
    def _transaction(self) -> Generator[None]:
        """Run the body in one transaction. Roll back if it raises."""
        self._check_file()
        try:
            self._db.begin_change()
            yield
            self._db.commit_change()
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.undo_change()
            raise
        self._update_traces()

    def _update_traces(self) -> None:
        """Store the identity, size and time of the files after a commit.

        Otherwise the next check would take this program's change for another's. If the path
        leads to other files by now, the old traces stay, so that the next check notices it.
        """
        if self.path is not None:
            current_traces = read_traces(self.path)
        else:
            current_traces = None
        if (
            current_traces is not None
            and self._traces is not None
            and self._traces.are_same_files(current_traces)
        ):
            self._traces = current_traces

    def _execute(self, statement: str, *values: object) -> Problem | None:
        """Write with one statement in a transaction. Return a Problem if it couldn't be written."""
        return self._write_rows(statement, [values])

    def _write_rows(
        self, statement: str, rows: Sequence[Sequence[object]]
    ) -> Problem | None:
        """Write these rows in one transaction.

        Return a Problem if they couldn't be written.

        A change by another program isn't reported here, only by `keep` and `write`: the
        learner sees what those two return.
        """
        if not rows:
            return None
        try:
            with self._transaction():
                self._db.executemany(statement, rows)
        except sqlite3.Error as error:
            return unsaved_problem(error)
        return None
