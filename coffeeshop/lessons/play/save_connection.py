"""Define the interface of the database that holds a save: a SQLite file, or a PostgreSQL server."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from coffeeshop.lessons.play.save_schema import SAVE_VERSION

R = TypeVar("R")


class NewerError(sqlite3.DatabaseError):
    """A save that a later version of the program wrote."""


class DatabaseLostError(sqlite3.OperationalError):
    """A database server that doesn't answer, or refuses."""


class BrokenConnectionError(DatabaseLostError):
    """A connection that was lost in a transaction, so that nothing of it was done."""


def try_twice(work: Callable[[], R]) -> R:
    """Do some work in a transaction. Do it again if its connection broke, since then nothing of it was done."""
    try:
        return work()
    except BrokenConnectionError:
        return work()


class Rows(Protocol):
    """The rows that a query found."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""
        ...


class SaveConnection(Protocol):
    """An open save. Each method raises sqlite3.Error if the database can't do it."""

    def execute(self, query: str, values: Sequence[object] = (), /) -> Rows:
        """Run a query in SQLite's spelling, with ? for values."""
        ...

    def executemany(self, query: str, rows: Iterable[Sequence[object]], /) -> object:
        """Run a query for each row of values."""
        ...

    def begin_change(self) -> None:
        """Begin a transaction that alone may write this save. Raise NewerError if a later program made the save."""
        ...

    def commit_change(self) -> None:
        """Commit the transaction. After this, no crash loses it."""
        ...

    def undo_change(self) -> None:
        """End the transaction without its changes."""
        ...

    def interrupt(self) -> None:
        """End what the database is doing."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class SqliteConnection(sqlite3.Connection):
    """A save in a SQLite file, or in memory."""

    def begin_change(self) -> None:
        """Begin a transaction that alone may write. Raise NewerError, sqlite3.Error."""
        self.execute("BEGIN IMMEDIATE")
        check_version(self)

    def commit_change(self) -> None:
        """Commit the transaction."""
        self.execute("COMMIT")

    def undo_change(self) -> None:
        """End the transaction without its changes."""
        self.execute("ROLLBACK")


def connect_memory() -> SqliteConnection:
    """Connect to a new database in memory. Each statement is a transaction of its own, outside of changes."""
    return sqlite3.connect(":memory:", isolation_level=None, factory=SqliteConnection)


def check_version(db: sqlite3.Connection) -> int:
    """Return the version of the file. Raise NewerError if a later program made it, even while it was open here."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    check_known(version)
    return version


def check_known(version: int) -> None:
    """Raise NewerError if a later program made a save of this version."""
    if version > SAVE_VERSION:
        raise NewerError(
            f"it has format {version}, but this program writes format {SAVE_VERSION}"
        )
