"""SQLite files that something else was done to: nothing in them runs, and nothing beside them is waited for."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from coffeeshop import lti
from coffeeshop.database_file import DATABASE_SUFFIXES, open_database
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lti.platform import Platform
from coffeeshop.lti.store import LtiStore
from coffeeshop.lti.store_file import LtiFile
from tests.lessons.folder import refused

CODE = Path(lti.__path__[0]).parent
IN_MEMORY = 'sqlite3.connect(":memory:"'


def test_every_file_of_sqlite_is_opened_by_one_function():
    opening = {
        file.relative_to(CODE).as_posix()
        for file in CODE.rglob("*.py")
        if "sqlite3.connect(" in file.read_text("utf-8").replace(IN_MEMORY, "")
    }
    assert opening == {"database_file.py"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
@pytest.mark.parametrize("suffix", DATABASE_SUFFIXES)
def test_a_pipe_where_sqlite_keeps_a_file_is_not_waited_for(tmp_path: Path, suffix: str):
    if suffix:
        open_database(tmp_path / "kim.sqlite3").close()
    os.mkfifo(tmp_path / f"kim.sqlite3{suffix}")
    with pytest.raises(sqlite3.Error, match=f"(kim.sqlite3{suffix}|it) isn't a file"):
        open_database(tmp_path / "kim.sqlite3")
    progress = Progress(tmp_path / "kim.sqlite3")
    assert progress.problem is not None
    assert "isn't a file" in progress.problem.text, "play goes on in memory"
    progress.close()


def test_no_function_runs_because_a_schema_names_it(tmp_path: Path):
    with closing(open_database(tmp_path / "a.sqlite3")) as db:
        assert db.execute("PRAGMA trusted_schema").fetchone() == (0,)


# ------------------------------------------- what a class and its platforms know
PLATFORM = Platform("https://m.example", "7", ("1",), "https://a", "https://t", "https://k")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER t AFTER INSERT ON login BEGIN DELETE FROM score; END",
        "CREATE VIEW v AS SELECT * FROM access",
        "CREATE INDEX i ON score (length(comment))",
        "ALTER TABLE person ADD COLUMN g TEXT AS (upper(task))",
        "DROP TABLE choice",
        "UPDATE platform SET body = '{'",
        "UPDATE platform SET body = replace(hex(zeroblob(5000)), '0', '[')",
    ],
)
def test_a_store_of_platforms_with_anything_else_in_it_is_told_and_left(
    tmp_path: Path, sql: str
):
    path = tmp_path / "a.lti.sqlite3"
    store = LtiStore(LtiFile(path))
    store.write_platform(PLATFORM)
    assert store.platforms() == (PLATFORM,)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(sql)
    before = path.read_bytes()
    (problem,) = refused(store.platforms)
    assert str(path) in problem.text
    assert path.read_bytes() == before
