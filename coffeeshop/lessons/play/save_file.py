"""Open the SQLite file that a save is, make it its user's alone, and write it back where it was taken away."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import suppress
from pathlib import Path

VERSION = 4  # 1 had no table `shown`, 2 had no table `badge`, 3 had no table `hint`
SCHEMA = """
CREATE TABLE IF NOT EXISTS play (name TEXT PRIMARY KEY, acts INTEGER NOT NULL, revision INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS act
    (play TEXT NOT NULL, n INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (play, n)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS draft
    (play TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (play, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS result
    (id INTEGER PRIMARY KEY, scenario TEXT NOT NULL, at TEXT NOT NULL, stars INTEGER NOT NULL, score REAL NOT NULL);
CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shown (play TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS badge (play TEXT PRIMARY KEY, profile TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hint
    (play TEXT NOT NULL, key TEXT NOT NULL, rung INTEGER NOT NULL, PRIMARY KEY (play, key)) WITHOUT ROWID;
"""
TABLES = frozenset(re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", SCHEMA))
HELD = {
    0: frozenset[str](),
    1: TABLES - {"shown", "badge", "hint"},
    2: TABLES - {"badge", "hint"},
    3: TABLES - {"hint"},
    VERSION: TABLES,
}  # by version: the tables of a save


class NewerError(sqlite3.DatabaseError):
    """A file that a later program wrote."""


def open_save(path: Path) -> sqlite3.Connection:
    """Open the file, which is its user's alone, and make it if it is not there. Raises sqlite3.Error or OSError, and has
    changed nothing then.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    db = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        _examine(db)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        create(db)
        _make_private(path)
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
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    memory.execute("VACUUM INTO ?", (str(path),))
    db = open_save(path)
    memory.close()
    return db


def _examine(db: sqlite3.Connection) -> None:
    db.execute("BEGIN")  # one state of the file, while another window may be making or changing its tables
    version = check_version(db)
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("its pages do not fit together")
    tables = frozenset(str(name) for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
    if tables != HELD.get(version):
        raise sqlite3.DatabaseError("it holds something else than a save")
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
