"""The save: every acknowledged act is in the file, and a file that cannot be used is named and left as it is."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coffeeshop.account.access import standing
from coffeeshop.account.command import read_act
from coffeeshop.account.model import Act
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.progress import MAX_HISTORY, Best, Progress
from coffeeshop.lessons.play.recall import Met, repetitions
from coffeeshop.lessons.play.save_connection import SqliteConnection
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.play.save_schema import SAVE_VERSION, TABLE_COLUMNS
from tests.lessons.folder import folder, graded, scenario
from tests.lessons.saves import turn_back

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def lesson(tmp_path: Path) -> Scenario:
    return scenario(folder(tmp_path))


@pytest.fixture
def save(tmp_path: Path) -> Path:
    return save_path(tmp_path / "data", "ana")


@pytest.fixture
def progress(save: Path) -> Iterator[Progress]:
    with closing(Progress(save)) as found:
        yield found


def act(play: Play, line: str) -> Act:
    found = read_act(
        f"aws iam {line}",
        play.account,
        play.now,
        play.scenario.files,
        play.scenario.desk[0],
    )
    assert isinstance(found, Act), found
    return found


def hired(play: Play, *names: str) -> Play:
    for name in names:
        play = play.do(act(play, f"create-user --user-name {name}"))
    return play


def made(save: Path, lesson: Scenario, *names: str) -> Play:
    """A save with one act for each name, closed again."""
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), *names)
        assert progress.keep(play) is None
    return play


def resumed(save: Path, lesson: Scenario) -> Play:
    with closing(Progress(save)) as progress:
        return progress.resume(lesson)


def full(progress: Progress) -> None:
    """The disk takes not one more page."""
    progress._db.execute("PRAGMA max_page_count = 1")
    progress._db.execute(
        f"PRAGMA max_page_count = {progress._db.execute('PRAGMA page_count').fetchone()[0]}"
    )


def roomy(progress: Progress) -> None:
    progress._db.execute("PRAGMA max_page_count = 100000")


def _file_of(progress: Progress) -> SqliteConnection:
    assert isinstance(progress._db, SqliteConnection)
    return progress._db


LONG = "x" * 60_000  # more than a page that is there can still take


# ------------------------------------------------------------------------ names
@pytest.mark.parametrize(
    "learner",
    ["ana", "../../etc/passwd", "a/b", "[/]", "\x1b[31m", "", "æøå", "\udcff", ".", "a\0b"],
)
def test_a_save_is_one_file_in_its_folder_whatever_the_learner_is_called(
    tmp_path: Path, learner: str
):
    path = save_path(tmp_path, learner)
    assert path.parent == tmp_path
    with closing(Progress(path)) as progress:
        assert progress.problem is None
    assert path.is_file()


def test_two_learners_have_two_saves(tmp_path: Path):
    names = ["ana", "bo", "a/b", "a%2Fb", "learner.", ""]
    assert len({save_path(tmp_path, name) for name in names}) == len(names)


# ------------------------------------------------------------------------ plays
def test_a_play_that_was_never_begun_is_fresh(progress: Progress, lesson: Scenario):
    assert progress.resume(lesson) == Play(lesson)
    assert progress.act_counts() == {}


def test_what_was_kept_is_resumed_with_every_act_and_the_same_account(
    save: Path, lesson: Scenario
):
    play = made(save, lesson, "sam", "mina")
    again = resumed(save, lesson)
    assert again.acts == play.acts
    assert again.account == play.account
    assert again.now == play.now


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_collected_after_a_play_is_resumed_as_it_was_before(
    save: Path, lesson: Scenario, collects: bool
):
    made(save, lesson, "sam")
    try:
        (gc.enable if collects else gc.disable)()
        resumed(save, lesson)
        assert gc.isenabled() is collects
    finally:
        gc.enable()


@pytest.mark.slow
def test_a_play_that_is_closed_is_given_back_without_the_collector(lesson: Scenario):
    def maps() -> int:
        return sum(isinstance(found, SortedMap) for found in gc.get_objects())

    play = hired(Play(lesson), "sam")  # whatever is remembered of such calls is there now
    standing._build_caller.cache_clear()  # which remembers a number of callers, and their accounts
    gc.collect()
    gc.disable()
    try:
        before = maps()
        longer = hired(play, *(f"sam{n}" for n in range(20)), "sam")  # the last is refused
        assert longer.last is not None
        assert not longer.last.has_succeeded
        assert maps() > before + 20
        del longer
        standing._build_caller.cache_clear()
        assert maps() == before
    finally:
        gc.enable()


def test_every_act_is_on_the_disk_before_it_is_answered(progress: Progress):
    """What no kill of a process shows: the log is written through, so that a power cut loses nothing either."""
    assert progress._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert progress._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_undone_acts_are_kept_as_undone(save: Path, lesson: Scenario):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "sam", "mina", "bo").undo().undo()
        progress.keep(play)
    again = resumed(save, lesson)
    assert (again.acts, again.undone) == (play.acts, play.undone)
    assert again.redo().redo().account == hired(Play(lesson), "sam", "mina", "bo").account


def test_a_new_act_takes_the_place_of_the_undone_ones(save: Path, lesson: Scenario):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "sam", "mina")
        progress.keep(play)
        progress.keep(play.undo())
        play = hired(play.undo(), "bo")
        progress.keep(play)
    assert resumed(save, lesson).acts == play.acts


def test_keeping_the_same_play_again_writes_nothing(progress: Progress, lesson: Scenario):
    play = hired(progress.resume(lesson), "sam")
    progress.keep(play)
    changes = _file_of(progress).total_changes
    assert progress.keep(play) is None
    assert _file_of(progress).total_changes == changes


def test_a_scenario_that_was_changed_begins_afresh_and_the_old_play_stays(
    save: Path, lesson: Scenario, tmp_path: Path
):
    play = made(save, lesson, "sam")
    (tmp_path / lesson.id / "world.sh").write_text(
        "aws iam create-user --user-name casey\n# another shop\n"
    )
    changed = scenario(tmp_path / lesson.id)
    assert resumed(save, changed) == Play(changed)
    assert resumed(save, lesson).acts == play.acts


def test_beginning_again_drops_acts_and_drafts_and_leaves_the_results(
    save: Path, lesson: Scenario
):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "sam")
        progress.keep(play)
        progress.write_draft(lesson, "a.json", "{}")
        progress.record_result(lesson, grade(play), AT)
        fresh = progress.restart(lesson)
        assert fresh == Play(lesson)
        assert (progress.drafts(lesson), progress.act_counts()) == ({}, {})
        assert progress.best_results()[lesson.id].tries == 1
        progress.keep(hired(fresh, "bo"))
    assert [a.call.parameters["UserName"] for a in resumed(save, lesson).acts] == ["bo"]


def test_begun_counts_the_acts_that_stand(progress: Progress, lesson: Scenario):
    play = hired(progress.resume(lesson), "sam", "mina").undo()
    progress.keep(play)
    assert progress.act_counts() == {lesson.id: 1}


# ---------------------------------------------------------------- other windows
def test_another_window_that_moved_the_play_on_is_told_and_nothing_of_it_is_lost(
    save: Path, lesson: Scenario
):
    with closing(Progress(save)) as first, closing(Progress(save)) as second:
        mine, theirs = first.resume(lesson), second.resume(lesson)
        assert first.keep(hired(mine, "sam")) is None
        problem = second.keep(hired(theirs, "bo"))
        assert problem is not None
        assert problem.code == "moved-on"
        play = second.resume(lesson)
        assert [a.call.parameters["UserName"] for a in play.acts] == ["sam"]
        assert second.keep(hired(play, "bo")) is None
    assert [a.call.parameters["UserName"] for a in resumed(save, lesson).acts] == [
        "sam",
        "bo",
    ]


def test_a_play_that_another_window_began_again_is_not_mistaken_for_ones_own(
    save: Path, lesson: Scenario
):
    with closing(Progress(save)) as first, closing(Progress(save)) as second:
        mine = hired(first.resume(lesson), "sam", "mina")
        first.keep(mine)
        theirs = second.resume(lesson)
        fresh = first.restart(lesson)
        problem = second.keep(hired(theirs, "bo"))
        assert problem is not None
        assert problem.code == "moved-on"
        first.keep(hired(fresh, "robin"))
        problem = second.keep(hired(theirs, "bo"))
        assert problem is not None
    assert [a.call.parameters["UserName"] for a in resumed(save, lesson).acts] == ["robin"]


# -------------------------------------------------------------- a file of no use
DAMAGED = (
    "not a database|malformed|pages do not fit together"  # SQLite's words differ by version
)


def garbage(save: Path) -> None:
    save.write_bytes(b"this is no database, it only lies here\n" * 200)


def half_a_header(save: Path) -> None:
    save.write_bytes(save.read_bytes()[:60])


def half_its_pages(save: Path) -> None:
    save.write_bytes(save.read_bytes()[: save.stat().st_size // 8192 * 4096])


def half_a_page(save: Path) -> None:
    save.write_bytes(save.read_bytes()[: save.stat().st_size - 2048])


def overwritten(save: Path) -> None:
    raw = bytearray(save.read_bytes())
    raw[4096 : len(raw)] = b"\xff" * (len(raw) - 4096)
    save.write_bytes(raw)


def a_schema_that_is_no_text(save: Path) -> None:
    raw = save.read_bytes()
    save.write_bytes(raw.replace(b"CREATE TABLE line", b"CREATE TABLE\xff\x98\x8c(\xfe"))


def newer(save: Path) -> None:
    with closing(sqlite3.connect(save)) as db:
        db.execute(f"PRAGMA user_version = {SAVE_VERSION + 1}")


def another_programs(save: Path) -> None:
    save.unlink()
    with closing(sqlite3.connect(save)) as db:
        db.execute("CREATE TABLE moz_places (id INTEGER PRIMARY KEY)")


def another_schema(save: Path) -> None:
    with closing(sqlite3.connect(save)) as db:
        db.execute("DROP TABLE line")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (garbage, DAMAGED),
        (half_a_header, DAMAGED),
        (half_its_pages, DAMAGED),
        (half_a_page, DAMAGED),
        (overwritten, DAMAGED),
        (a_schema_that_is_no_text, DAMAGED),
        (
            newer,
            f"it has format {SAVE_VERSION + 1}, but this program writes format {SAVE_VERSION}",
        ),
        (another_programs, "it contains something other than a save"),
        (another_schema, "it contains something other than a save"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_save_that_cannot_be_used_is_named_and_left_as_it_is(
    save: Path, lesson: Scenario, damage: Callable[[Path], None], said: str
):
    made(save, lesson, *(f"user{n}" for n in range(40)))
    damage(save)
    before = save.read_bytes()
    with closing(Progress(save)) as progress:
        assert progress.problem is not None
        assert progress.problem.code == "save-unusable"
        assert str(save) in progress.problem.text
        assert re.search(said, progress.problem.text)
        assert progress.problem.mend
        play = hired(progress.resume(lesson), "sam")
        assert progress.keep(play) is None
        assert progress.resume(lesson).acts == play.acts
        assert progress.write_draft(lesson, "a.json", "{}") is None
        assert progress.drafts(lesson) == {"a.json": b"{}"}
    assert save.read_bytes() == before


def test_a_newer_save_asks_for_a_newer_program(save: Path, lesson: Scenario):
    made(save, lesson, "sam")
    newer(save)
    with closing(Progress(save)) as progress:
        assert progress.problem is not None
        assert progress.problem.mend == "update Coffeeshop"


def test_a_link_that_leads_in_a_circle_is_named_and_play_goes_on_in_memory(
    save: Path, lesson: Scenario
):
    save.parent.mkdir()
    save.symlink_to(save.name)
    with closing(Progress(save)) as progress:
        assert progress.problem is not None
        assert progress.problem.code == "save-unusable"
        assert progress.resume(lesson).acts == ()
        assert not progress.has_changed_elsewhere(lesson)
        progress.keep(hired(Play(lesson), "sam"))
        assert len(progress.resume(lesson).acts) == 1
    assert save.is_symlink()


def test_an_empty_file_is_a_save_that_begins(save: Path, lesson: Scenario):
    save.parent.mkdir()
    save.touch()
    assert made(save, lesson, "sam").acts == resumed(save, lesson).acts


@pytest.mark.parametrize(
    "body", ["no JSON", "[]", "{}", '{"at": 1, "as": null, "call": "iam:CreateUser"}']
)
def test_an_act_that_cannot_be_read_is_told_and_the_play_goes_on_before_it(
    save: Path, lesson: Scenario, body: str
):
    play = made(save, lesson, "sam", "mina", "bo")
    with closing(sqlite3.connect(save)) as db, db:
        db.execute("UPDATE act SET body = ? WHERE n = 1", (body,))
    before = save.read_bytes()
    with closing(Progress(save)) as progress:
        again = progress.resume(lesson)
        assert again.acts == play.acts[:1]
        assert progress.problem is not None
        assert f"act 2 of {lesson.id} is no act" in progress.problem.text
        assert progress.keep(hired(again, "robin")) is None
        assert len(progress.resume(lesson).acts) == 2
    with closing(sqlite3.connect(save)) as db:
        assert db.execute("SELECT count(*) FROM act").fetchone() == (3,)
    assert save.read_bytes() == before


def test_a_file_that_breaks_while_it_is_read_is_put_aside(
    progress: Progress, lesson: Scenario
):
    play = hired(progress.resume(lesson), "sam")
    progress.keep(play)
    progress._db.execute("DROP TABLE result")
    assert progress.best_results() == {}
    assert progress.problem is not None
    assert "no such table: result" in progress.problem.text
    assert progress.resume(lesson) == play  # as it was last seen
    assert progress.keep(hired(play, "bo")) is progress.problem  # said with the next act


ODD: list[Any] = [b"\xed\xa0\x80", "x", "", "9" * 500, -1, 2**62, 2**63 - 1, float("inf")]
WHEN = [
    "now",
    "2451545",
    "2026-02-31T00:00:00+00:00",
    "0000-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59+00:00",
    "2026-01-01",
    "2026-01-01T00:00:00",
]


@pytest.mark.parametrize(
    "column",
    ["name", "acts", "revision", "body", "stars", "score", "at", "correct", "rung", "key"],
)
def test_a_save_with_a_value_that_no_save_can_hold_is_left_as_it_is_or_read_as_any_other(
    save: Path, lesson: Scenario, column: str
):
    made(save, lesson, "sam", "bo")
    at = datetime(2026, 5, 1, tzinfo=UTC)
    with closing(Progress(save)) as progress:
        progress.record_result(lesson, grade(progress.resume(lesson)), at)
        progress.record_meetings(Met(at, "a question", right=False))
        progress.record_hint(lesson, "job-denied:list", 1)
    whole = save.read_bytes()
    for table in (
        table for table, columns in TABLE_COLUMNS.items() if column in dict(columns)
    ):
        for value in (*ODD, *WHEN):
            save.write_bytes(whole)
            with closing(sqlite3.connect(save)) as db, db:
                db.execute(
                    f"UPDATE {table} SET {column} = ? {'WHERE n = 1' if table == 'act' else ''}",
                    (value,),
                )
            before = save.read_bytes()
            with closing(Progress(save)) as progress:
                for told in (
                    progress.best_results,
                    progress.act_counts,
                    progress.meetings,
                    progress.history,
                    progress.settings,
                ):
                    told()
                repetitions(progress.meetings())
                progress.handin_record(lesson, at)
                assert progress.keep(hired(progress.resume(lesson), "robin")) is None
            assert progress.problem is None or save.read_bytes() == before


def test_a_save_in_which_an_act_is_missing_is_left_as_it_is(save: Path, lesson: Scenario):
    made(save, lesson, "sam", "bo", "mina")
    with closing(sqlite3.connect(save)) as db, db:
        db.execute("DELETE FROM act WHERE n = 1")
    with closing(Progress(save)) as progress:
        assert progress.problem is not None
        assert "an act is missing" in progress.problem.text


# ------------------------------------------------- homes and disks that take nothing
def test_a_save_that_another_window_brings_up_to_date_meanwhile_is_opened(
    save: Path, lesson: Scenario, monkeypatch: pytest.MonkeyPatch
):
    play, others = made(save, lesson, "sam"), [save]
    with closing(sqlite3.connect(save)) as db:
        turn_back(db, 1)

    class Late(SqliteConnection):
        """Between its first look at the file and the second, another window opens the file."""

        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            found = super().execute(statement, *values)
            if "user_version" in statement and others:
                Progress(others.pop()).close()
            return found

    connect = sqlite3.connect

    def connect_late(place: str, **given: Any) -> sqlite3.Connection:
        given["factory"] = Late
        return connect(place, **given)

    monkeypatch.setattr(sqlite3, "connect", connect_late)
    with closing(Progress(save)) as progress:
        assert progress.problem is None
        assert progress.resume(lesson).acts == play.acts


def test_a_home_that_cannot_be_written_leaves_play_in_memory(
    tmp_path: Path, lesson: Scenario
):
    (tmp_path / "home").write_text("a file, where a folder should be")
    with closing(Progress(save_path(tmp_path / "home" / "data", "ana"))) as progress:
        assert progress.problem is not None
        assert "COFFEESHOP_DATA" in progress.problem.mend
        play = hired(progress.resume(lesson), "sam")
        assert progress.keep(play) is None
        assert progress.resume(lesson).acts == play.acts
    assert (tmp_path / "home").read_text() == "a file, where a folder should be"


def test_a_home_that_the_system_protects_leaves_play_in_memory(
    save: Path, lesson: Scenario, monkeypatch: pytest.MonkeyPatch
):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(save.parent))

    monkeypatch.setattr(Path, "mkdir", refused)
    with closing(Progress(save)) as progress:
        assert progress.problem is not None
        assert "Permission denied" in progress.problem.text


def test_a_name_too_long_for_the_disk_leaves_play_in_memory(tmp_path: Path):
    with closing(Progress(save_path(tmp_path, "a" * 300))) as progress:
        assert progress.problem is not None


@pytest.mark.skipif(
    sys.platform == "win32", reason="a read-only database is another thing there"
)
def test_a_file_that_may_only_be_read_is_read_and_what_is_done_is_told_to_be_unsaved(
    save: Path, lesson: Scenario
):
    play = made(save, lesson, "sam")
    with closing(Progress(save)) as progress:
        progress._db.execute("PRAGMA query_only = 1")
        again = progress.resume(lesson)
        assert again.acts == play.acts
        problem = progress.keep(hired(again, "bo"))
        assert problem is not None
        assert problem.code == "not-saved"
        assert "let this user write there" in problem.mend


def test_a_save_that_something_wrote_into_is_told_and_nobody_is_sent_to_make_room(
    save: Path, lesson: Scenario
):
    made(save, lesson, "sam")
    with closing(Progress(save)) as progress:
        play = progress.resume(lesson)
        save.write_bytes(b"rubbish " * 4096)
        problem = progress.keep(hired(play, "bo"))
        assert problem is not None
        assert problem.code == "save-unusable"
        assert problem.mend.startswith(
            "before you leave, export the play or copy its trail"
        )


def test_a_full_disk_is_told_and_the_next_act_saves_all_of_it(save: Path, lesson: Scenario):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "sam")
        assert progress.keep(play) is None
        full(progress)
        play = hired(play, *(f"hire{n}" for n in range(60)))
        problem = progress.keep(play)
        assert problem is not None
        assert (problem.code, problem.mend) == (
            "not-saved",
            "make room on the disk, or let this user write there. The next act saves all of it",
        )
        assert "full" in problem.text
        roomy(progress)
        play = hired(play, "mina")
        assert progress.keep(play) is None
    assert resumed(save, lesson).acts == play.acts


def test_what_a_full_disk_refused_leaves_what_was_kept(save: Path, lesson: Scenario):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "sam")
        progress.keep(play)
        full(progress)
        assert progress.keep(hired(play, *(f"hire{n}" for n in range(60)))) is not None
    assert resumed(save, lesson).acts == play.acts


def test_a_disk_that_is_full_from_the_start_leaves_play_in_memory(
    save: Path, lesson: Scenario, monkeypatch: pytest.MonkeyPatch
):
    connect = sqlite3.connect

    def tiny(place: object, **given: object) -> sqlite3.Connection:
        db = connect(place, **given)  # type: ignore[call-overload]
        if place != ":memory:":
            db.execute("PRAGMA max_page_count = 1")
        return db

    monkeypatch.setattr(sqlite3, "connect", tiny)
    with closing(Progress(save)) as progress:
        assert progress.problem is not None
        assert "full" in progress.problem.text
        assert progress.keep(hired(progress.resume(lesson), "sam")) is None


def test_beginning_again_on_a_full_disk_catches_up_with_the_next_act(
    save: Path, lesson: Scenario
):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "sam")
        progress.keep(play)
        progress._db.execute("PRAGMA query_only = 1")
        fresh = progress.restart(lesson)
        assert fresh == Play(lesson)
        progress._db.execute("PRAGMA query_only = 0")
        play = hired(fresh, "bo")
        assert progress.keep(play) is None
    assert resumed(save, lesson).acts == play.acts


def test_beginning_again_that_cannot_be_committed_catches_up_too(
    save: Path, lesson: Scenario, monkeypatch: pytest.MonkeyPatch
):
    def fail_at_the_last_moment(_: SqliteConnection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "sam")
        progress.keep(play)
        with monkeypatch.context() as failing:
            failing.setattr(SqliteConnection, "commit_change", fail_at_the_last_moment)
            fresh = progress.restart(lesson)
        play = hired(fresh, "bo")
        assert progress.keep(play) is None
    assert resumed(save, lesson).acts == play.acts


# --------------------------------------------------------- drafts, results, the rest
def test_drafts_are_kept_by_scenario_and_name(save: Path, lesson: Scenario):
    with closing(Progress(save)) as progress:
        assert progress.write_draft(lesson, "a.json", "{}") is None
        assert progress.write_draft(lesson, "a.json", '{"more": "æ"}') is None
        assert progress.write_draft(lesson, "b.json", "[]") is None
    with closing(Progress(save)) as progress:
        assert progress.drafts(lesson) == {
            "a.json": '{"more": "æ"}'.encode(),
            "b.json": b"[]",
        }


def test_a_draft_that_a_full_disk_refuses_is_not_lost(save: Path, lesson: Scenario):
    with closing(Progress(save)) as progress:
        full(progress)
        problem = progress.write_draft(lesson, "a.json", LONG)
        assert problem is not None
        assert problem.code == "not-saved"
        assert progress.drafts(lesson) == {"a.json": LONG.encode()}
        roomy(progress)
        assert progress.write_draft(lesson, "b.json", "[]") is None
    with closing(Progress(save)) as progress:
        assert progress.drafts(lesson) == {"a.json": LONG.encode(), "b.json": b"[]"}


def test_the_best_of_all_gradings_counts(save: Path, lesson: Scenario):
    with closing(Progress(save)) as progress:
        assert progress.record_result(lesson, graded(lesson, lesson.solution), AT) is None
        assert progress.record_result(lesson, graded(lesson), AT) is None
        assert progress.best_results() == {lesson.id: Best(stars=3, score=100.0, tries=2)}
    with closing(sqlite3.connect(save)) as db:
        assert (
            db.execute("SELECT at FROM result").fetchall()
            == [("2026-03-02T09:00:00+00:00",)] * 2
        )


def test_the_console_remembers_its_last_lines(progress: Progress):
    for n in range(MAX_HISTORY + 3):
        assert progress.append_history(f"aws iam list-users --max-items {n}") is None
    lines = progress.history()
    assert len(lines) == MAX_HISTORY
    assert (lines[0][-2:], lines[-1][-3:]) == (" 3", "502")


def test_settings_are_kept(save: Path):
    with closing(Progress(save)) as progress:
        assert progress.settings() == {}
        progress.set_setting("theme", "night")
        progress.set_setting("theme", "day")
    with closing(Progress(save)) as progress:
        assert progress.settings() == {"theme": "day"}


def test_a_setting_that_a_full_disk_refuses_is_told(progress: Progress):
    full(progress)
    problem = progress.set_setting("theme", LONG)
    assert problem is not None
    assert "full" in problem.text
    assert progress.settings() == {}


# ----------------------------------------------------- the file, while it is open
def taken_away(save: Path) -> None:
    save.unlink()


def taken_away_whole(save: Path) -> None:
    for path in save.parent.iterdir():
        path.unlink()


def folder_taken_away(save: Path) -> None:
    shutil.rmtree(save.parent)


@pytest.mark.skipif(
    sys.platform == "win32", reason="an open file cannot be taken away there"
)
@pytest.mark.parametrize("take", [taken_away, taken_away_whole, folder_taken_away])
def test_a_save_that_is_taken_away_is_told_at_once_and_written_back(
    save: Path, lesson: Scenario, take: Callable[[Path], None]
):
    with closing(Progress(save)) as progress:
        progress.write_draft(lesson, "mine.json", "{}")
        play = hired(progress.resume(lesson), "one", "two")
        assert progress.keep(play) is None
        take(save)
        play = hired(play, "three")
        told = progress.keep(play)
        assert told is not None
        assert (told.code, progress.problem) == ("save-restored", None)
        assert str(save) in told.text
        play = hired(play, "four")
        assert progress.keep(play) is None
    with closing(Progress(save)) as progress:
        assert progress.resume(lesson) == play
        assert progress.drafts(lesson) == {"mine.json": b"{}"}


@pytest.mark.skipif(
    sys.platform == "win32", reason="an open file cannot be taken away there"
)
def test_what_is_noted_by_the_way_leaves_it_to_the_next_act_to_tell_what_became_of_the_file(
    save: Path, lesson: Scenario
):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "one")
        progress.keep(play)
        save.unlink()
        assert progress.append_history("aws iam list-users") is None
        assert progress.set_setting("theme", "latte") is None
        told = progress.keep(hired(play, "two"))
        assert told is not None
        assert told.code == "save-restored"


@pytest.mark.skipif(sys.platform != "linux", reason="a name is Unicode there")
def test_a_save_is_written_back_into_a_folder_whose_name_is_no_text(
    tmp_path: Path, lesson: Scenario
):
    save = tmp_path / os.fsdecode(b"caf\xe9") / "kim.sqlite3"
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "one")
        progress.keep(play)
        save.unlink()
        play = hired(play, "two")
        told = progress.keep(play)
        assert told is not None
        assert (told.code, progress.problem) == ("save-restored", None)
    assert resumed(save, lesson) == play


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_a_save_that_is_written_back_was_never_another_users_to_read(
    save: Path, lesson: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "coffeeshop.lessons.play.save_file._make_private", lambda path: None
    )
    with closing(Progress(save)) as progress:
        progress.keep(hired(progress.resume(lesson), "one"))
        save.unlink()
        progress.keep(hired(progress.resume(lesson), "two"))
        assert oct(save.stat().st_mode & 0o777) == oct(0o600)


@pytest.mark.skipif(
    sys.platform == "win32", reason="an open file cannot be taken away there"
)
def test_a_save_that_is_taken_away_after_the_last_act_is_written_back_at_the_end(
    save: Path, lesson: Scenario
):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "one")
        progress.keep(play)
        save.unlink()
    assert resumed(save, lesson) == play


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be replaced there")
@pytest.mark.parametrize("other", [b"rubbish", b""])
def test_a_file_that_takes_the_place_of_the_save_is_left_and_play_goes_on_in_memory(
    save: Path, lesson: Scenario, tmp_path: Path, other: bytes
):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "one", "two")
        progress.keep(play)
        (tmp_path / "other").write_bytes(other)
        (tmp_path / "other").replace(save)
        play = hired(play, "three")
        told = progress.keep(play)
        assert told is not None
        assert told.code == "save-unusable"
        assert told is progress.problem
        assert progress.keep(hired(play, "four")) is None
        assert progress.resume(lesson).acts[:3] == play.acts
    assert save.read_bytes() == other


@pytest.mark.skipif(
    sys.platform == "win32", reason="an open file cannot be taken away there"
)
def test_a_save_that_cannot_be_written_back_stays_in_memory(save: Path, lesson: Scenario):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "one")
        progress.keep(play)
        shutil.rmtree(save.parent)
        save.parent.write_text("a file, where the folder was")
        told = progress.keep(hired(play, "two"))
        assert told is not None
        assert told.code == "save-unusable"
        assert len(progress.resume(lesson).acts) == 2


def test_a_save_that_a_later_program_takes_over_meanwhile_is_not_written(
    save: Path, lesson: Scenario
):
    with closing(Progress(save)) as progress:
        play = hired(progress.resume(lesson), "one")
        progress.keep(play)
        with closing(sqlite3.connect(save)) as later:
            later.execute(f"PRAGMA user_version = {SAVE_VERSION + 1}")
        told = progress.keep(hired(play, "two"))
        assert told is not None
        assert told.code == "not-saved"
        assert "format" in told.text


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_a_save_and_its_folder_are_their_users_alone(save: Path, lesson: Scenario):
    with closing(Progress(save)) as progress:
        progress.keep(hired(progress.resume(lesson), "one"))
        files = [*save.parent.iterdir()]
        assert [oct(path.stat().st_mode & 0o777) for path in files] == [oct(0o600)] * len(
            files
        )
    assert oct(save.parent.stat().st_mode & 0o777) == oct(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_a_save_that_others_could_read_is_closed_to_them(save: Path, lesson: Scenario):
    made(save, lesson, "one")
    save.chmod(0o644)
    resumed(save, lesson)
    assert oct(save.stat().st_mode & 0o777) == oct(0o600)
