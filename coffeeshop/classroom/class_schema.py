"""Define the tables of a class's file, and check that a file has exactly these, with valid rows."""

from __future__ import annotations

import re
import sqlite3

from coffeeshop.database_file import read_schema, spell_definitions
from coffeeshop.lessons.play.membership import MAX_ASSIGNMENTS, SECRET_BITS
from coffeeshop.lessons.play.variants import LAST_VARIANT

APPLICATION_ID = 0x434F4643  # "COFC": marks the file as a class
CLASS_VERSION = 3
SCHEMA = """
CREATE TABLE class (name TEXT PRIMARY KEY, headings TEXT NOT NULL, scenarios TEXT NOT NULL);
CREATE TABLE roster_row (n INTEGER PRIMARY KEY, cells TEXT NOT NULL);
CREATE TABLE learner (first INTEGER PRIMARY KEY, n INTEGER NOT NULL, secret INTEGER NOT NULL, link TEXT NOT NULL);
CREATE TABLE assignment
    (id TEXT PRIMARY KEY, n INTEGER NOT NULL, due TEXT NOT NULL, late TEXT NOT NULL, opens TEXT NOT NULL, points REAL NOT NULL);
CREATE TABLE allowance
    (first INTEGER NOT NULL, id TEXT NOT NULL, due TEXT NOT NULL, opens TEXT NOT NULL, PRIMARY KEY (first, id));
CREATE TABLE handin (n INTEGER PRIMARY KEY, digest TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
    collected TEXT NOT NULL DEFAULT '');
CREATE TABLE server (url TEXT NOT NULL);
CREATE TABLE accepted_variant
    (first INTEGER NOT NULL, id TEXT NOT NULL, variant INTEGER NOT NULL, PRIMARY KEY (first, id, variant));
CREATE TABLE given_mark
    (first INTEGER NOT NULL, id TEXT NOT NULL, score REAL NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (first, id));
"""
TABLE_DEFINITIONS = spell_definitions(SCHEMA)
# Version 2 had one accepted variant in each allowance (-1: none), and no marks that the teacher gave.
FORMER_ALLOWANCE = "opens TEXT NOT NULL,variant INTEGER NOT NULL,"
DEFINITIONS_OF_2 = [
    sql.replace("opens TEXT NOT NULL,", FORMER_ALLOWANCE)
    if sql.startswith("CREATE TABLE allowance")
    else sql
    for sql in TABLE_DEFINITIONS[:-2]
]
# Version 1 didn't know the server's address, and when a hand-in was collected.
COLLECTED_COLUMN = "collected TEXT NOT NULL DEFAULT ''"
DEFINITIONS_OF_1 = [
    sql.replace(f",{COLLECTED_COLUMN}", "") for sql in DEFINITIONS_OF_2[:-1]
]
INSTANT_CONDITION = "({0} = '' OR strftime('%Y-%m-%dT%H:%M:%S+00:00', {0}) IS {0})"
ROW_CONDITIONS = {
    "class": "typeof(name) = 'text' AND json_type(headings) IS 'array' AND typeof(scenarios) = 'text'",
    "roster_row": "typeof(n) = 'integer' AND json_type(cells) IS 'array'",
    "learner": f"first BETWEEN 0 AND {LAST_VARIANT} AND typeof(secret) = 'integer' "
    f"AND secret BETWEEN 0 AND {(1 << SECRET_BITS) - 1} AND typeof(link) = 'text' AND n IN (SELECT n FROM roster_row)",
    "assignment": "typeof(id) = 'text' AND typeof(n) = 'integer' AND typeof(late) = 'text' "
    f"AND {INSTANT_CONDITION.format('due')} AND {INSTANT_CONDITION.format('opens')} AND typeof(points) = 'real' AND points > 0",
    "allowance": f"first IN (SELECT first FROM learner) AND {INSTANT_CONDITION.format('due')} AND {INSTANT_CONDITION.format('opens')}",
    "accepted_variant": "first IN (SELECT first FROM learner) AND typeof(id) = 'text' "
    f"AND typeof(variant) = 'integer' AND variant BETWEEN 0 AND {LAST_VARIANT}",
    "given_mark": "first IN (SELECT first FROM learner) AND typeof(id) = 'text' "
    "AND typeof(score) = 'real' AND score BETWEEN 0 AND 100 AND typeof(reason) = 'text'",
    "server": "typeof(url) = 'text'",
    "handin": "typeof(digest) = 'text' AND typeof(name) = 'text' AND typeof(body) = 'blob' "
    f"AND {INSTANT_CONDITION.format('collected')}",
}
COUNT_CONDITIONS = (
    "SELECT (SELECT count(*) FROM class) = 1 AND (SELECT count(*) FROM server) <= 1 "
    f"AND (SELECT count(*) FROM assignment) <= {MAX_ASSIGNMENTS}"
)


class NoClassError(sqlite3.DatabaseError):
    """The file isn't a class, or it is damaged."""


def check_class_file(db: sqlite3.Connection) -> None:
    """Raise NoClassError unless the file is a whole class of this version. Raise sqlite3.Error.

    The schema is checked first, so that nothing in a forged one runs when the rows are read.
    """
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise NoClassError("the file isn't a class")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > CLASS_VERSION:
        raise NoClassError(
            f"the file has format {version}, which needs a newer version of Coffeeshop"
        )
    if version != CLASS_VERSION or read_schema(db) != sorted(TABLE_DEFINITIONS):
        raise NoClassError("the file contains something other than a class")
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise NoClassError("the file is damaged")
    for table, condition in ROW_CONDITIONS.items():
        # A condition that is NULL isn't met either.
        query = f"SELECT 1 FROM {table} WHERE NOT ifnull({condition}, 0) LIMIT 1"
        if db.execute(query).fetchone():
            raise NoClassError(f"the file has a row in the table {table} that isn't valid")
    if not db.execute(COUNT_CONDITIONS).fetchone()[0]:
        raise NoClassError("the file doesn't contain exactly one class")


def upgrade_class_file(db: sqlite3.Connection) -> None:
    """Bring a class of an earlier version to this one, in the open transaction. Leave other files as they are."""
    mark = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    schema = read_schema(db)
    if (mark, version) == (APPLICATION_ID, 1) and schema == sorted(DEFINITIONS_OF_1):
        db.execute(DEFINITIONS_OF_2[-1])
        db.execute(f"ALTER TABLE handin ADD COLUMN {COLLECTED_COLUMN}")
    elif (mark, version) != (APPLICATION_ID, 2) or schema != sorted(DEFINITIONS_OF_2):
        return
    for definition in TABLE_DEFINITIONS[-2:]:
        db.execute(definition)
    db.execute(
        "INSERT INTO accepted_variant SELECT first, id, variant FROM allowance WHERE variant <> -1"
    )
    db.execute("ALTER TABLE allowance DROP COLUMN variant")
    db.execute(f"PRAGMA user_version = {CLASS_VERSION}")


def create_class_tables(db: sqlite3.Connection) -> None:
    """Create the tables, in the open transaction."""
    for sql in re.split(r";\s*", SCHEMA.strip().rstrip(";")):
        db.execute(sql)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {CLASS_VERSION}")
