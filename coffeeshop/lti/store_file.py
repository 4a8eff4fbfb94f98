"""Keep what a class and its learning platforms know of each other in a SQLite file, which only its owner can read."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from msgspec import MsgspecError

from coffeeshop.database_file import open_database, read_schema, spell_definitions
from coffeeshop.files import lock_folder, make_folder
from coffeeshop.lti.store import SCHEMA
from coffeeshop.policy.problem import Level, Place, Problem, Problems

STORE_SUFFIX = ".lti.sqlite3"
APPLICATION_ID = 0x434F464C  # "COFL": marks the file
STORE_VERSION = 1
TABLE_DEFINITIONS = sorted(spell_definitions(SCHEMA))


class LtiFile:
    """The file of one class."""

    def __init__(self, path: Path) -> None:
        """Name the file. It is made when something is written."""
        self._path = path

    def exists(self) -> bool:
        """Return whether there is a file."""
        return self._path.exists()

    def sending_lock(self) -> AbstractContextManager[None]:
        """Hold the lock of the program that sends scores. Raise OSError."""
        return lock_folder(self._path.parent)

    def delete(self) -> None:
        """Delete the file. Raise OSError."""
        self._path.unlink(missing_ok=True)

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Provide the file in one transaction, and make it if needed. Raise Problems if it can't be used."""
        try:
            self._make_file()
            with closing(open_database(self._path, timeout=10)) as db:
                _check_file(db)
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError, MsgspecError, RecursionError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = f"{self._path} can't be used: {reason}"
            mend = (
                "restore it from a backup, or move it away and register your platform again"
            )
            raise Problems(
                Problem(Level.ERROR, "lti-store", Place(), message, mend)
            ) from None

    def _make_file(self) -> None:
        """Make the file, its owner's alone, if there is none. It gets its name when it is whole."""
        if self._path.exists():
            return
        make_folder(self._path.parent, 0o700)
        with lock_folder(self._path.parent):
            if self._path.exists():
                return
            draft = self._path.with_name(f".{self._path.name}.new")
            draft.unlink(missing_ok=True)
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with closing(open_database(draft)) as db:
                db.executescript(
                    f"{SCHEMA} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {STORE_VERSION};"
                )
            draft.replace(self._path)


def _check_file(db: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError unless the file is one of these, of this version.

    A foreign trigger would run at the next write.
    """
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise sqlite3.DatabaseError("it contains something else")
    if db.execute("PRAGMA user_version").fetchone()[0] != STORE_VERSION:
        raise sqlite3.DatabaseError("it was written by another version of Coffeeshop")
    if read_schema(db) != TABLE_DEFINITIONS:
        raise sqlite3.DatabaseError("it contains something else")
