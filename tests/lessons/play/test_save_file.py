"""A save whose file is meddled with while it is open: said with the next act, or nothing is lost; never both not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coffeeshop.account.model import Call
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.play.save_schema import (
    SAVE_VERSION,
    TABLE_DEFINITIONS,
    TABLES_BY_VERSION,
    NoSaveError,
    check_rows,
    check_schema,
)
from coffeeshop.lessons.sitting.answers import Done, MovedOn, Refused, Typed
from coffeeshop.lessons.sitting.player import Player
from tests.lessons.folder import folder
from tests.tables import each_row

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="an open file is its owner's alone there"
)
LATER = datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(folder(tmp_path))


@pytest.fixture
def save(tmp_path: Path) -> Path:
    return save_path(tmp_path / "data", "ana")


@contextmanager
def window(save: Path, place: str) -> Generator[Player]:
    with closing(Progress(save)) as progress:
        player = Player(progress)
        player.open(place)
        yield player


def hire(player: Player, *names: str) -> list[str]:
    """Hires; returns the codes of what was told with it."""
    told: list[str] = []
    for name in names:
        answer = player.type(f"aws iam create-user --user-name {name}")
        assert isinstance(answer, Typed), answer
        told += [answer.problem.code] if answer.problem else []
    return told


def hired(player: Player) -> list[str]:
    return [str(act.call.parameters["UserName"]) for act in player.playing.play.acts]


def kept(save: Path, place: str) -> list[str]:
    """Who is hired in the save, as whoever opens it next reads it."""
    with window(save, place) as player:
        assert player.progress.problem is None
        return hired(player)


def beside(save: Path, suffix: str) -> Path:
    return save.with_name(save.name + suffix)


# ------------------------------------------------------------------ what is done to it
def emptied(save: Path, before: bytes) -> None:
    os.truncate(save, 0)


def cut(save: Path, before: bytes) -> None:
    os.truncate(save, 5000)


def blanked(save: Path, before: bytes) -> None:
    save.write_bytes(bytes(save.stat().st_size))


def scribbled(save: Path, before: bytes) -> None:
    save.write_bytes(b"rubbish " * 4096)


def turned_back(save: Path, before: bytes) -> None:
    """As `cp backup.sqlite3 ana.sqlite3` does, by whoever also removes what lies beside it."""
    save.write_bytes(before)
    for suffix in ("-wal", "-shm"):
        beside(save, suffix).unlink()


def replaced(save: Path, before: bytes) -> None:
    (save.parent / "other").write_bytes(before)
    (save.parent / "other").replace(save)


def made_a_folder(save: Path, before: bytes) -> None:
    save.unlink()
    save.mkdir()


def made_a_pipe(save: Path, before: bytes) -> None:
    save.unlink()
    os.mkfifo(save)


def made_a_link_to_nothing(save: Path, before: bytes) -> None:
    save.unlink()
    save.symlink_to("/dev/null")


SPOILED = [
    emptied,
    cut,
    blanked,
    scribbled,
    turned_back,
    replaced,
    made_a_folder,
    made_a_pipe,
    made_a_link_to_nothing,
]


def journal_gone(save: Path) -> None:
    beside(save, "-wal").unlink()


def journals_gone(save: Path) -> None:
    journal_gone(save)
    beside(save, "-shm").unlink()


def index_gone(save: Path) -> None:
    beside(save, "-shm").unlink()


def moved_behind_a_link(save: Path) -> None:
    save.rename(save.parent / "elsewhere")
    save.symlink_to("elsewhere")


def taken_away(save: Path) -> None:
    save.unlink()


def vacuumed(save: Path) -> None:
    """As anybody does who looks after it by another program, through SQLite."""
    with closing(sqlite3.connect(save)) as other:
        other.execute("VACUUM")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


HARMED = [
    journal_gone,
    journals_gone,
    index_gone,
    moved_behind_a_link,
    taken_away,
    vacuumed,
]


def content(save: Path) -> bytes | str:
    return (
        save.read_bytes()
        if save.is_file()
        else f"{save.lstat().st_mode:o} {save.lstat().st_ino}"
    )


@pytest.mark.parametrize("written", [False, True], ids=["in the journal", "in the file"])
@pytest.mark.parametrize("spoil", SPOILED)
def test_a_save_that_is_spoiled_is_told_at_once_and_left_as_it_is(
    save: Path, place: str, spoil: Callable[[Path, bytes], None], written: bool
):
    with window(save, place) as player:
        hire(player, "old")
    before = save.read_bytes()
    with window(save, place) as player:
        hire(player, "one")
        if written:
            player.progress._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        spoil(save, before)
        found = content(save)
        assert hire(player, "two", "three") == ["save-unusable"]
        assert hired(player) == ["old", "one", "two", "three"]
        problem = player.progress.problem
        assert problem is not None
        assert problem.mend.startswith(
            "before you leave, export the play or copy its trail"
        )
        assert [*hire(player, "four"), *hired(player)] == [
            "old",
            "one",
            "two",
            "three",
            "four",
        ]
    assert content(save) == found
    # No journal that would be taken for its own.
    assert [path.name for path in save.parent.iterdir()] == [save.name]


@pytest.mark.parametrize("spoil", SPOILED)
def test_whoever_only_looks_or_comes_back_finds_the_play_as_it_was_left(
    save: Path, place: str, spoil: Callable[[Path, bytes], None]
):
    with window(save, place) as player:
        hire(player, "old")
    before = save.read_bytes()
    with window(save, place) as player:
        hire(player, "one", "two")
        player.progress._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        spoil(save, before)
        player.progress._db.execute(
            "PRAGMA shrink_memory"
        )  # as where a save is larger than what SQLite remembers of it
        assert player.adopt_other_window() is None
        assert hired(player) == ["old", "one", "two"]
        player.open(place)
        assert hired(player) == ["old", "one", "two"]
        assert hire(player, "three", "four") == ["save-unusable"]


@pytest.mark.parametrize("written", [False, True], ids=["in the journal", "in the file"])
@pytest.mark.parametrize("harm", HARMED)
def test_a_save_that_is_harmed_and_holds_all_of_it_is_gone_on_with(
    save: Path, place: str, tmp_path: Path, harm: Callable[[Path], None], written: bool
):
    with window(save, place) as player:
        hire(player, "one")
        if written:
            player.progress._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        harm(save)
        assert hire(player, "two", "three") == (
            ["save-restored"] if harm is taken_away else []
        )
        killed = tmp_path / "killed"  # what a kill leaves
        shutil.copytree(save.parent, killed, symlinks=True)
    assert kept(save, place) == ["one", "two", "three"]
    assert kept(killed / save.name, place) == ["one", "two", "three"]


def test_where_one_window_wrote_a_save_back_the_other_goes_on_with_it(
    save: Path, place: str
):
    with window(save, place) as one, window(save, place) as other:
        hire(one, "ana")
        other.adopt_other_window()
        hire(other, "bo")
        one.adopt_other_window()
        shutil.rmtree(save.parent)
        assert hire(one, "cy") == ["save-restored"]
        assert isinstance(other.type("aws iam create-user --user-name dee"), MovedOn)
        assert hire(other, "dee") == []
    assert kept(save, place) == ["ana", "bo", "cy", "dee"]


def test_what_another_window_writes_through_sqlite_is_taken_for_nothing_else(
    save: Path, place: str
):
    with window(save, place) as one:
        hire(one, "ana")
        with window(save, place) as other:
            hire(other, "bo")
            other.progress._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        one.adopt_other_window()
        assert hire(one, "cy") == []
        assert one.progress.problem is None


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_real_client_is_refused_what_would_not_be_kept_from_the_first_call_on(
    save: Path, place: str, spoil: Callable[[Path, bytes], None]
):
    with window(save, place) as player:
        hire(player, "old")
    before = save.read_bytes()
    with window(save, place) as player:
        call = Call("iam", "CreateUser", {"UserName": "new"})
        caller = player.playing.caller_for(call, player.playing.profile)
        assert isinstance(player.perform(caller, call, LATER), Done)
        spoil(save, before)
        for _ in range(3):
            answer = player.perform(caller, call, LATER)
            assert isinstance(answer, Refused)
            assert answer.problems[0].text.startswith("nothing was done: the save")
        assert hired(player) == ["old", "new"]


def test_a_save_in_which_fewer_acts_are_than_count_is_no_save(save: Path, place: str):
    with window(save, place) as player:
        hire(player, "one", "two")
    with closing(sqlite3.connect(save)) as db:
        db.execute("DELETE FROM act WHERE n = 1")
        db.commit()
    with closing(Progress(save)) as progress:
        assert progress.problem is not None
        assert "an act is missing" in progress.problem.text


# ------------------------------------------------------------------ forged definitions
FORGED = {
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON act BEGIN DELETE FROM act; END",
    "a view": "CREATE VIEW more AS SELECT * FROM act",
    "an index": "CREATE INDEX slow ON act (upper(body))",
    "a table": "CREATE TABLE more (x)",
    "a virtual table": "CREATE VIRTUAL TABLE more USING fts5(x)",
    "another virtual table": "CREATE VIRTUAL TABLE more USING rtree(id, low, high)",
    "a unique index on a part": "CREATE UNIQUE INDEX more ON line (body) WHERE id > 1",
    "a trigger with the name of a table": "CREATE TRIGGER act BEFORE INSERT ON act BEGIN SELECT 1; END",
    "a generated column": "ALTER TABLE line ADD COLUMN more TEXT AS (upper(body))",
    "a column": "ALTER TABLE line ADD COLUMN more TEXT",
}


@pytest.mark.parametrize("statement", FORGED.values(), ids=FORGED)
def test_a_save_with_more_in_its_schema_than_we_write_is_told_and_left_as_it_is(
    save: Path, place: str, statement: str
):
    with window(save, place) as player:
        hire(player, "bo")
    with closing(sqlite3.connect(save)) as db:
        db.execute(statement)
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = save.read_bytes()
    with window(save, place) as player:
        assert player.progress.problem is not None
        assert "something other than a save" in str(player.progress.problem)
        assert hired(player) == []
    assert save.read_bytes() == before


def test_a_trigger_that_has_the_name_of_a_table_is_no_table_of_a_save():
    trigger = "CREATE TRIGGER play AFTER INSERT ON act BEGIN DELETE FROM act; END"
    with closing(sqlite3.connect(":memory:")) as db:
        # SQLite takes a trigger of that name only before the table.
        db.execute(TABLE_DEFINITIONS["act"])
        db.execute(trigger)
        for table in TABLES_BY_VERSION[SAVE_VERSION] - {"act"}:
            db.execute(TABLE_DEFINITIONS[table])
        with pytest.raises(NoSaveError):
            check_schema(db, SAVE_VERSION)


@each_row((version,) for version in range(SAVE_VERSION + 1))
def test_the_save_of_each_earlier_version_is_opened(version: int):
    with closing(sqlite3.connect(":memory:")) as db:
        for table in TABLES_BY_VERSION[version]:
            db.execute(TABLE_DEFINITIONS[table])
        check_schema(db, version)
        check_rows(db, version)
