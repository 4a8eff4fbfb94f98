"""Open the SQLite file that a save is, make it its user's alone, write to it, and write it back where it was taken away."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from coffeeshop.files import make_folder
from coffeeshop.lessons.play.save_problems import (
    IN_MEMORY_ONLY,
    SPOILED,
    restored_problem,
    unsaved_problem,
)
from coffeeshop.lessons.play.save_schema import (
    SCHEMA,
    VERSION,
    check_rows,
    check_schema,
    distrust,
)
from coffeeshop.lessons.play.save_traces import Traces, clear_journals, traces
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
        distrust(db)
        _examine(db)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        create(db)
        _make_private(path)
    except (
        UnicodeDecodeError
    ):  # SQLite quotes a damaged schema in its message, and Python cannot read that
        let_go(db)
        raise sqlite3.DatabaseError("its schema is malformed") from None
    except BaseException:
        let_go(db)
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


def put_back(path: Path, memory: sqlite3.Connection) -> sqlite3.Connection:
    """Write what is in memory to a file where there is none, and open that. Raises sqlite3.Error or OSError."""
    clear_journals(path)
    db = open_save(path)
    try:
        memory.backup(db)
    except sqlite3.Error:
        db.close()
        raise
    return db


def copy_to_memory(db: sqlite3.Connection) -> sqlite3.Connection:
    """Returns what a save holds, in memory. Raises sqlite3.Error where not all of it can be read any more."""
    memory = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db.backup(memory)
        _check_pages(memory)
    except sqlite3.Error:
        memory.close()
        raise
    return memory


def let_go(db: sqlite3.Connection) -> None:
    """Close a save, and write nothing more into its file: what the journal holds would come there otherwise."""
    db.interrupt()  # it ends the checkpoint, too: https://www.sqlite.org/c3ref/interrupt.html
    db.close()


def check_holds(path: Path, due: Mapping[str, int]) -> None:
    """Raises sqlite3.Error or OSError unless what stands there is a save that holds each play of these revisions, or as
    another window moved it on. What stands there stays as it is.
    """
    if not path.is_file():
        raise OSError("it is no file any more")
    db = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        distrust(db)
        _examine(db)
        revisions = _revisions(db) if check_version(db) == VERSION else {}
    finally:
        let_go(db)
    if any(revisions.get(name, -1) < revision for name, revision in due.items()):
        raise sqlite3.DatabaseError("something else was written there")


def _revisions(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute("SELECT name, revision FROM play"))


def _examine(db: sqlite3.Connection) -> None:
    db.execute(
        "BEGIN"
    )  # one state of the file, while another window may be making or changing its tables
    version = check_version(db)
    check_schema(
        db, version
    )  # first, so that nothing in a forged schema runs while the pages and rows are looked at
    _check_pages(db)
    check_rows(db, version)
    db.execute("COMMIT")


def _check_pages(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("its pages do not fit together")


def check_version(db: sqlite3.Connection) -> int:
    """Returns the version of the file. Raises NewerError where a later program made it, perhaps while we had it open."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise NewerError(f"it is of format {version}, this program writes {VERSION}")
    return version


def create(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] < VERSION:
        db.executescript(
            f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"
        )


class SaveFile:
    """A save, open; without a path, in memory alone. `problem` says why nothing is kept on disk, if it should be."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.problem: Problem | None = None
        self._news: Problem | None = None  # what became of the file, until it is told
        self._traces: Traces | None = None  # the file's, when it was last seen to be ours
        try:
            self._db = open_save(path) if path else in_memory()
            self._traces = traces(path) if path else None
        except (sqlite3.Error, OSError) as error:
            self._db = in_memory()
            self._give_up(error)

    def forsake(self, error: Exception) -> None:
        """Go on in memory without the file, which stays as it is."""
        let_go(self._db)
        self._db = in_memory()
        self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Say that from now on nothing is kept on the disk."""
        mend = "mend or move that file, or name another place in COFFEESHOP_DATA"
        if isinstance(error, NewerError):
            mend = "update Coffeeshop"
        elif self._traces is not None:  # it was a save when it was opened
            mend = SPOILED
        message = f"the save {self.path} cannot be used ({error}); it is left as it is{IN_MEMORY_ONLY}"
        self.problem = Problem(Level.WARNING, "save-unusable", Place(), message, mend)

    @property
    def write_problem(self) -> Problem | None:
        """Returns why nothing is kept any more in a file that was kept in; None where it is, or never was."""
        return self.problem if self._traces is not None else None

    def close(self) -> None:
        """Close the file; everything acknowledged is in it already. To close it again does nothing."""
        self._hold_on()
        self._db.close()
        self._traces = None  # what becomes of the file from now on is no concern of ours

    def _hold_on(self) -> None:
        """Notice that the file was taken away, replaced or written into while it was open, since the system would let us
        write on into what nobody will ever find. Where nothing stands, all of it is written back; another file that holds
        it is gone on with; beside anything else play goes on in memory.
        """
        path = self.path
        before = self._traces
        if self.problem is not None or path is None or before is None:
            return
        current_traces = traces(path)
        if before.lead_to(current_traces):
            return
        try:
            copy = copy_to_memory(self._db)
        except sqlite3.Error as error:  # what is left of it cannot be read
            self.forsake(error)
            self._stand_aside(path, before)
            return
        try:
            self._db = self._go_on_with(path, copy, before, current_traces)
        except (sqlite3.Error, OSError) as error:
            self._db = copy
            self._give_up(error)
            self._stand_aside(path, before)
        else:
            copy.close()
            self._traces = traces(path)

    def _go_on_with(
        self,
        path: Path,
        copy: sqlite3.Connection,
        before: Traces,
        current_traces: Traces | None,
    ) -> sqlite3.Connection:
        """Returns the save, open again. Raises sqlite3.Error or OSError where something else stands there."""
        # The file is whole but for what its journal held.
        if (
            current_traces
            and current_traces.wal is None
            and before.is_untouched(current_traces)
        ):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let_go(self._db)
        if current_traces is None:
            db = put_back(path, copy)
            self._news = restored_problem(path)
            return db
        if current_traces.file != before.file:
            clear_journals(path, before)
        check_holds(path, self._due(copy))
        return open_save(path)

    def _due(self, copy: sqlite3.Connection) -> dict[str, int]:
        """Returns the revisions of the plays that whatever stands in the file's place has to hold."""
        return _revisions(copy)

    def _stand_aside(self, path: Path, before: Traces) -> None:
        """Leave what stands there to itself, and tell of it."""
        with suppress(OSError):
            clear_journals(path, before)
        self._news = self.problem

    def _take_news(self) -> Problem | None:
        """Returns what became of the file, once."""
        news = self._news
        self._news = None
        return news

    def _rows(self, query: str, *values: object) -> list[Any]:
        """Returns the rows of a query. A file that breaks while it is read is put aside: then there are none."""
        self._hold_on()
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            self.forsake(error)
            self._news = self.problem
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
        self._see_what_was_written()

    def _see_what_was_written(self) -> None:
        """Note what the file has become by what was committed, which the next look is not to take for another's."""
        current_traces = traces(self.path) if self.path is not None else None
        if (
            current_traces is not None
            and self._traces is not None
            and self._traces.are_of(current_traces)
        ):
            self._traces = current_traces

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
            return unsaved_problem(error)
        return None
