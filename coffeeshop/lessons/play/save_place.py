"""Say where saves are: files in a folder, or, for a school with several servers, a PostgreSQL database."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

from msgspec import Struct

from coffeeshop.lessons.play.save_names import SAVE_SUFFIX, save_path
from coffeeshop.policy.problem import Level, Place, Problem, Problems

DATABASE_VARIABLE = "COFFEESHOP_DATABASE"  # names the school's database
DATABASE_SCHEMES = ("postgresql://", "postgres://")


class DatabasePlace(Struct, frozen=True):
    """A save in a database: the database's URL, which can hold a password, and the save's name."""

    url: str
    name: str

    def __str__(self) -> str:
        """Return words for messages, without the URL."""
        return f"{unquote(self.name)} in the database"


SavePlace: TypeAlias = Path | DatabasePlace


def database_url() -> str:
    """Return the URL of the school's database, or "" if saves are files. Raise Problems if it can't be one, or without psycopg."""
    url = os.environ.get(DATABASE_VARIABLE, "")
    if not url:
        return ""
    if not url.startswith(DATABASE_SCHEMES):
        message = f"{DATABASE_VARIABLE} doesn't name a PostgreSQL database"
        raise _problem(message, f"write {DATABASE_SCHEMES[0]}USER@HOST/NAME, or unset it")
    try:
        import psycopg as psycopg
    except ImportError:
        message = f"{DATABASE_VARIABLE} names a database, and psycopg isn't installed"
        raise _problem(message, 'pip install "coffeeshop-iam[school]"') from None
    return url


def save_place(folder: Path, learner: str) -> SavePlace:
    """Return the place of a learner's save: in the school's database if there is one, else in this folder. Raise Problems."""
    path = save_path(folder, learner)
    url = database_url()
    return DatabasePlace(url, path.name.removesuffix(SAVE_SUFFIX)) if url else path


def saved_learners(folder: Path) -> list[str]:
    """Return the names of all learners with a save, sorted. Raise Problems if the database doesn't answer."""
    url = database_url()
    if url:
        from coffeeshop.lessons.play.postgres_save import saved_names

        try:
            names = saved_names(url)
        except sqlite3.Error as error:
            raise database_problem(error) from None
    else:
        names = [
            path.name.removesuffix(SAVE_SUFFIX) for path in folder.glob(f"*{SAVE_SUFFIX}")
        ]
    return sorted(unquote(name, errors="surrogateescape") for name in names)


def exists(place: SavePlace) -> bool:
    """Return whether there is a save, or something else that can't be looked at. Raise Problems if the database doesn't answer."""
    if isinstance(place, DatabasePlace):
        return _changed_in_database(place) is not None
    try:
        place.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True  # opening it reports why it can't be read
    return True


def last_change(place: SavePlace) -> datetime:
    """Return the second of a save's last change, by its file and by the log that SQLite writes first. Raise Problems."""
    if isinstance(place, DatabasePlace):
        changed = _changed_in_database(place) or datetime.fromtimestamp(0, UTC)
        return changed.astimezone(UTC).replace(microsecond=0)
    files = (place, place.with_name(f"{place.name}-wal"))
    seconds = max(file.stat().st_mtime for file in files if file.exists())
    return datetime.fromtimestamp(int(seconds), UTC)


def _changed_in_database(place: DatabasePlace) -> datetime | None:
    """Return when a save in a database was last changed, or None if it isn't there. Raise Problems."""
    from coffeeshop.lessons.play import postgres_save

    try:
        return postgres_save.last_change(place.url, place.name)
    except sqlite3.Error as error:
        raise database_problem(error) from None


def database_problem(error: Exception) -> Problems:
    """Return the problem that the school's database doesn't answer."""
    message = f"the database that {DATABASE_VARIABLE} names can't be used: {error}"
    return _problem(message, "start the database, or correct its URL")


def _problem(message: str, mend: str) -> Problems:
    return Problems(Problem(Level.ERROR, "database", Place(), message, mend))
