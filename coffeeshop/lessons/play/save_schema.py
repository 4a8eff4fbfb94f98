"""Define the tables of a save by version, and check that a file has them with valid rows."""

from __future__ import annotations

import re
import sqlite3

from coffeeshop.database_file import read_schema, spell_definitions

# 1 had no `shown`, 2 no `badge`, 3 no `hint` and no `met`, 4 no `day`, 5 no `asked`, 6 no `cause`
SAVE_VERSION = 7
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
CREATE TABLE IF NOT EXISTS met
    (id INTEGER PRIMARY KEY, at TEXT NOT NULL, subject TEXT NOT NULL, correct INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS hint
    (play TEXT NOT NULL, key TEXT NOT NULL, rung INTEGER NOT NULL, PRIMARY KEY (play, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day (play TEXT PRIMARY KEY, opening TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked
    (play TEXT NOT NULL, skill TEXT NOT NULL, help INTEGER NOT NULL, PRIMARY KEY (play, skill)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cause
    (play TEXT NOT NULL, n INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (play, n)) WITHOUT ROWID;
"""
# By table: its columns and their types.
TABLE_COLUMNS = {
    table: re.findall(r"(\w+) (TEXT|INTEGER|REAL)", columns)
    for table, columns in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)\s+\((.+)\)", SCHEMA)
}
TABLE_NAMES = frozenset(TABLE_COLUMNS)
# By version: the tables of a save.
TABLES_BY_VERSION = {
    0: frozenset[str](),
    1: TABLE_NAMES - {"shown", "badge", "hint", "met", "day", "asked", "cause"},
    2: TABLE_NAMES - {"badge", "hint", "met", "day", "asked", "cause"},
    3: TABLE_NAMES - {"hint", "met", "day", "asked", "cause"},
    4: TABLE_NAMES - {"day", "asked", "cause"},
    5: TABLE_NAMES - {"asked", "cause"},
    6: TABLE_NAMES - {"cause"},
    SAVE_VERSION: TABLE_NAMES,
}
# By column: the condition on its values.
COLUMN_CONDITIONS = {
    "acts": "acts >= 0",
    "revision": "revision BETWEEN 0 AND 1 << 60",
    "stars": "stars BETWEEN 0 AND 3",
    "score": "score BETWEEN 0 AND 100",
    "correct": "correct IN (0, 1)",
    "rung": "rung BETWEEN 0 AND 99",
    "help": "help BETWEEN 1 AND 3",
    "at": "at >= '0001' AND at < '2999' AND strftime('%Y-%m-%dT%H:%M:%S+00:00', at) IS at",
}
GAP_QUERY = "SELECT play FROM act GROUP BY play HAVING min(n) <> 0 OR max(n) <> count(*) - 1 LIMIT 1"
MISSING_ACTS_QUERY = "SELECT name FROM play WHERE acts > (SELECT count(*) FROM act WHERE play = name) LIMIT 1"


class NoSaveError(sqlite3.DatabaseError):
    """A database that is not a save."""


def check_schema(db: sqlite3.Connection, version: int) -> None:
    """Raise NoSaveError unless the file has exactly the tables of its version, as defined here. Raise sqlite3.Error.

    A foreign trigger, view, expression index or generated column would run at the next write.
    """
    tables = TABLES_BY_VERSION.get(version, frozenset[str]())
    if read_schema(db) != sorted(TABLE_DEFINITIONS[table] for table in tables):
        raise NoSaveError("it contains something other than a save")


def check_rows(db: sqlite3.Connection, version: int) -> None:
    """Raise NoSaveError unless every row is valid. Raise sqlite3.Error.

    SQLite itself allows any value in any column (https://www.sqlite.org/datatype3.html).
    """
    tables = TABLES_BY_VERSION[version]
    for table in sorted(tables):
        if db.execute(
            f"SELECT 1 FROM {table} WHERE NOT ({_row_condition(table)}) LIMIT 1"
        ).fetchone():
            raise NoSaveError(f"it has a row in the table {table} that isn't valid")
    if "act" in tables and (
        db.execute(GAP_QUERY).fetchone() or db.execute(MISSING_ACTS_QUERY).fetchone()
    ):
        raise NoSaveError("an act is missing in it")


# By table: its definition.
TABLE_DEFINITIONS = {re.split(r"[\s(]", sql)[2]: sql for sql in spell_definitions(SCHEMA)}


def _row_condition(table: str) -> str:
    """Return the SQL condition that every valid row of a table meets: each value's type and range."""
    types = (
        f"typeof({column}) = '{type.lower()}'" for column, type in TABLE_COLUMNS[table]
    )
    ranges = (
        COLUMN_CONDITIONS[column]
        for column, _ in TABLE_COLUMNS[table]
        if column in COLUMN_CONDITIONS
    )
    return " AND ".join((*types, *ranges))
