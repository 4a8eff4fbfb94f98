"""Open SQLite files that others could have changed, without running or waiting for what they put there."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import TypeVar

Connection = TypeVar("Connection", bound=sqlite3.Connection)
# The file, and those that SQLite keeps beside it: https://www.sqlite.org/tempfiles.html
DATABASE_SUFFIXES = ("", "-journal", "-wal", "-shm")


def open_database(
    path: Path, factory: type[Connection] = sqlite3.Connection, timeout: float = 5
) -> Connection:
    """Open a SQLite file, and make it if there is none. Each statement is a transaction of its own.

    Functions in its schema are forbidden (https://www.sqlite.org/pragma.html#pragma_trusted_schema). Raise sqlite3.Error,
    also if it or a file beside it is a pipe or a device: SQLite would wait for it.
    """
    for suffix in DATABASE_SUFFIXES:
        file = path.with_name(path.name + suffix)
        if file.exists() and not file.is_file():
            what = f"{file.name} isn't a file" if suffix else "it isn't a file"
            raise sqlite3.DatabaseError(what)
    db = sqlite3.connect(path, isolation_level=None, timeout=timeout, factory=factory)
    db.execute("PRAGMA trusted_schema=OFF")
    return db


def read_schema(db: sqlite3.Connection) -> list[str]:
    """Return the SQL of every table, index, view and trigger of a database in one spelling, sorted.

    A trigger can have the name of a table, so names don't tell them apart. The indexes that SQLite makes for
    keys have no SQL and are left out.
    """
    rows = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    return sorted(spell_definition(str(sql)) for (sql,) in rows)


def spell_definitions(script: str) -> list[str]:
    """Return the definitions of a script in the spelling of `read_schema`, in order."""
    return [spell_definition(sql) for sql in map(str.strip, script.split(";")) if sql]


def spell_definition(sql: str) -> str:
    """Return a table's SQL in one spelling: without IF NOT EXISTS and without line breaks."""
    return re.sub(
        r"\s*([(),])\s*", r"\1", " ".join(sql.replace("IF NOT EXISTS ", "").split())
    )
