"""Grading that was stopped goes on where it was, and what was graded in another way is graded again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from coffeeshop.classroom.journal import Journal, folder_state, resume_grading
from coffeeshop.classroom.judge import Graded, Task, judge
from coffeeshop.classroom.pool import Failed
from coffeeshop.policy.problem import Problem, Problems

TASKS = tuple(Task(f"{name}.sh", name.encode()) for name in "abcd")


class Teacher:
    """Grades, and remembers what; stops after so many."""

    def __init__(self, patience: int = 99) -> None:
        self.patience, self.graded = patience, list[str]()

    def __call__(self, tasks: Iterable[Task]) -> Generator[tuple[Task, Graded | Failed]]:
        for task in tasks:
            if len(self.graded) == self.patience:
                return
            self.graded.append(task.name)
            yield task, judge(task, lambda: None)


def went(
    path: Path, teacher: Teacher, tasks: Iterable[Task] = TASKS, state: str = ""
) -> list[object]:
    with closing(Journal(path, state)) as journal:
        return [result for _, result in resume_grading(journal, tasks, teacher)]


def test_what_was_graded_is_not_graded_again_and_comes_out_the_same(tmp_path: Path):
    first, second = Teacher(patience=2), Teacher()
    begun = went(tmp_path / "j", first)
    whole = went(tmp_path / "j", second)
    assert (first.graded, second.graded) == (["a.sh", "b.sh"], ["c.sh", "d.sh"])
    assert whole[:2] == begun
    assert whole == went(tmp_path / "other", Teacher())


@pytest.mark.parametrize(
    "change",
    [
        {"needed_stars": 1},
        {"content": b"aws"},
        {"accept_digest": True},
        {"variant": 3},
        {"name": "z"},
    ],
)
def test_what_is_asked_otherwise_is_graded_again(tmp_path: Path, change: dict[str, object]):
    went(tmp_path / "j", Teacher())
    again = Teacher()
    went(tmp_path / "j", again, (TASKS[0], replace(TASKS[1], **change), *TASKS[2:]))  # pyright: ignore[reportArgumentType]
    assert len(again.graded) == 3


def test_once_a_scenario_was_changed_all_is_graded_again(tmp_path: Path):
    went(tmp_path / "j", Teacher())
    again = Teacher()
    went(tmp_path / "j", again, state="another")
    assert len(again.graded) == len(TASKS)


def test_the_state_of_scenarios_is_another_once_a_file_is(tmp_path: Path):
    (tmp_path / "world.sh").write_text("one")
    before = folder_state([tmp_path])
    assert before == folder_state([tmp_path])
    (tmp_path / "wrong.sh").write_text("two")
    added = folder_state([tmp_path])
    (tmp_path / "world.sh").write_text("three")
    assert len({before, added, folder_state([tmp_path])}) == 3


def test_what_failed_for_our_own_sake_is_tried_again(tmp_path: Path):
    def broken(tasks: Iterable[Task]) -> Generator[tuple[Task, Graded | Failed]]:
        yield from (
            (task, Failed("stopped the process that graded it", is_our_fault=True))
            for task in tasks
        )

    with closing(Journal(tmp_path / "j", "")) as journal:
        assert len([*resume_grading(journal, TASKS, broken)]) == len(TASKS)
    again = Teacher()
    went(tmp_path / "j", again)
    assert len(again.graded) == len(TASKS)


def test_a_hand_in_whose_name_is_no_utf_8_is_remembered_like_any_other(tmp_path: Path):
    tasks = (Task("kim\udcff.sh", b"aws iam list-users"), Task("bo\ud800.sh", b"x\xff"))
    whole = went(tmp_path / "j", Teacher(), tasks)
    again = Teacher()
    assert went(tmp_path / "j", again, tasks) == whole
    assert again.graded == []


@pytest.mark.parametrize(
    "report",
    [
        b"[" * 100_000,
        b"x'",
        b"[]",
        b'["a", {"status": []}, "", 0, [], true]',
        b'["a", {"status": "error"}, "", 1e999, [], true]',
        b"\xff",
        "text",
        7,
    ],
)
def test_a_report_that_cannot_be_read_is_made_again(tmp_path: Path, report: object):
    whole = went(tmp_path / "j", Teacher())
    with closing(sqlite3.connect(tmp_path / "j")) as db:
        db.execute("UPDATE graded SET report = ?", (report,))
        db.commit()
    again = Teacher()
    assert went(tmp_path / "j", again) == whole
    assert len(again.graded) == len(TASKS)


@pytest.mark.parametrize(
    "held", [b"a report, not a journal", b"SQLite format 3\0 and then nothing"]
)
def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path, held: bytes):
    (tmp_path / "j").write_bytes(held)
    with pytest.raises(Problems, match="choose a new file with --resume"):
        Journal(tmp_path / "j", "")
    assert (tmp_path / "j").read_bytes() == held


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(Problems):
        Journal(tmp_path / "nowhere" / "j", "")


# -------------------------------------------------------------------- damaged ones
def journal_of(path: Path) -> None:
    went(path, Teacher())
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode=DELETE")


def damage_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)


def damage_schema(path: Path) -> None:
    data = path.read_bytes()
    at = data.index(b"CREATE TABLE")
    path.write_bytes(data[:at] + b"\xff\xfeEAT" + data[at + 5 :])


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def cut_to_one_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


def cut_to_its_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def add_trigger(path: Path) -> None:
    execute(path, "CREATE TRIGGER t AFTER INSERT ON graded BEGIN DELETE FROM graded; END")


def add_view(path: Path) -> None:
    execute(
        path,
        "DROP TABLE graded",
        "CREATE VIEW graded AS SELECT 'a' AS task, x'00' AS report",
    )


def add_table(path: Path) -> None:
    execute(path, "CREATE TABLE other (x)")


@pytest.mark.parametrize(
    "damage",
    [
        damage_pages,
        damage_schema,
        cut_short,
        cut_to_one_page,
        cut_to_its_header,
        add_trigger,
        add_view,
        add_table,
    ],
)
def test_a_damaged_journal_is_set_aside_and_all_is_graded_again(
    tmp_path: Path, damage: Callable[[Path], None]
):
    path, teacher, told = tmp_path / "j", Teacher(), list[Problem]()
    journal_of(path)
    damage(path)
    damaged = path.read_bytes()
    with closing(Journal(path, "", told.append)) as journal:
        assert len([*resume_grading(journal, TASKS, teacher)]) == len(TASKS)
    assert [problem.code for problem in told] == ["journal-damaged"]
    assert (tmp_path / "j.damaged").read_bytes() == damaged
    again = Teacher()
    assert len(went(path, again)) == len(TASKS)
    assert again.graded == [], "the new journal holds everything"


def test_a_journal_that_is_damaged_while_it_is_open_is_set_aside(tmp_path: Path):
    path, told = tmp_path / "j", list[Problem]()
    journal_of(path)
    with closing(Journal(path, "", told.append)) as journal:
        damaged = journal._db
        execute(path, "DROP TABLE graded")
        assert len([*resume_grading(journal, TASKS, Teacher())]) == len(TASKS)
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            damaged.execute("SELECT 1")
    assert [problem.code for problem in told] == ["journal-damaged"]


@pytest.mark.parametrize("report", ["'text'", "7", "NULL", "x'c1'", "x'81a16101'"])
def test_a_report_that_is_none_is_worked_out_again(tmp_path: Path, report: str):
    path, teacher = tmp_path / "j", Teacher()
    journal_of(path)
    execute(
        path,
        "PRAGMA ignore_check_constraints=ON",
        f"UPDATE graded SET report = coalesce({report}, x'')",
    )
    assert len(went(path, teacher)) == len(TASKS)
    assert len(teacher.graded) == len(TASKS)


def test_where_the_disk_takes_no_report_grading_goes_on_and_says_so_once(tmp_path: Path):
    told = list[Problem]()
    with closing(Journal(tmp_path / "j", "", told.append)) as journal:
        journal._db.execute("PRAGMA query_only=ON")  # as a full disk: each write fails
        assert len([*resume_grading(journal, TASKS, Teacher())]) == len(TASKS)
    assert [problem.code for problem in told] == ["journal-full"]
