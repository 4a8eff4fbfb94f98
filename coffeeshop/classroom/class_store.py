"""Say where classes are: one SQLite file each, or, for a school with several servers, rows of its database.

A row holds the same file. A change locks the row, so that two servers don't overwrite each other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from coffeeshop.database_file import open_database
from coffeeshop.lessons.play.save_place import database_problem, database_url

CLASS_SUFFIX = ".class.sqlite3"


@contextmanager
def stored_class(path: Path, is_change: bool = False) -> Generator[sqlite3.Connection]:
    """Provide the SQLite database of a class.

    If a school's database keeps the class, it is a copy in memory. What the body changes there is
    written back only with `is_change`.

    Raise sqlite3.Error if there is none, Problems if the school's database isn't one.
    """
    if url := database_url():
        with _row_of_class(url, path, is_change) as db:
            yield db
        return
    if not path.is_file():
        raise sqlite3.DatabaseError("it isn't a file")
    with closing(open_database(path)) as db:
        yield db


@contextmanager
def _row_of_class(url: str, path: Path, is_change: bool) -> Generator[sqlite3.Connection]:
    """Provide the file in a class's row of the school's database, in memory.

    With `is_change`, lock the row, and write the file back unless the body raises.
    """
    from coffeeshop.lessons.play.postgres import PostgresConnection

    name = _class_name(path)
    lock = " FOR UPDATE" if is_change else ""
    query = f"SELECT body FROM coffeeshop.class WHERE name = ?{lock}"
    with closing(PostgresConnection(url)) as server, server.transaction():
        row = server.execute(query, (name,)).fetchone()
        if row is None:
            raise sqlite3.DatabaseError("the class isn't in the database")
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
            db.execute("PRAGMA trusted_schema=OFF")
            db.deserialize(row[0])
            yield db
            if is_change:
                change = "UPDATE coffeeshop.class SET body = ? WHERE name = ?"
                server.execute(change, (db.serialize(), name))


def add_class(draft: Path, path: Path) -> None:
    """Keep a new class, whose file was made at `draft`. Raise sqlite3.Error, OSError, or FileExistsError if its name is taken."""
    url = database_url()
    if not url:
        draft.replace(path)
        return
    from coffeeshop.lessons.play.postgres import PostgresConnection

    insert = (
        "INSERT INTO coffeeshop.class VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING name"
    )
    with closing(PostgresConnection(url)) as server, server.transaction():
        values = (_class_name(path), draft.read_bytes())
        if server.execute(insert, values).fetchone() is None:
            raise FileExistsError
    draft.unlink()


def remove_class(path: Path) -> None:
    """Remove a class. Raise OSError, or Problems if the school's database doesn't answer."""
    url = database_url()
    if not url:
        path.unlink()
        return
    from coffeeshop.lessons.play.postgres import PostgresConnection

    query = "DELETE FROM coffeeshop.class WHERE name = ?"
    try:
        with closing(PostgresConnection(url)) as server:
            server.execute(query, (_class_name(path),))
    except sqlite3.Error as error:
        raise database_problem(error) from None


def has_class(path: Path) -> bool:
    """Return whether there is a class. Raise Problems if the school's database doesn't answer."""
    if database_url():
        return _class_name(path) in class_names(path.parent)
    return path.exists() or path.is_symlink()


def class_names(folder: Path) -> list[str]:
    """Return the names of the classes, sorted. Raise Problems if the school's database doesn't answer."""
    url = database_url()
    if not url:
        return sorted(_class_name(path) for path in folder.glob(f"*{CLASS_SUFFIX}"))
    from coffeeshop.lessons.play.postgres import PostgresConnection

    try:
        with closing(PostgresConnection(url)) as server:
            rows = server.execute(
                "SELECT name FROM coffeeshop.class ORDER BY name"
            ).fetchall()
    except sqlite3.Error as error:
        raise database_problem(error) from None
    return [name for (name,) in rows]


def _class_name(path: Path) -> str:
    """Return the name of the class in a file."""
    return path.name.removesuffix(CLASS_SUFFIX)
