"""Grading that was stopped goes on where it was, and what was graded in another way is graded again."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from coffeeshop.classroom.journal import Journal, resumed, state_of
from coffeeshop.classroom.judge import Graded, Task, judge
from coffeeshop.classroom.pool import Failed
from coffeeshop.policy.problem import Problems

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


def went(path: Path, teacher: Teacher, tasks: Iterable[Task] = TASKS, state: str = "") -> list[object]:
    with closing(Journal(path, state)) as journal:
        return [result for _, result in resumed(journal, tasks, teacher)]


def test_what_was_graded_is_not_graded_again_and_comes_out_the_same(tmp_path: Path):
    first, second = Teacher(patience=2), Teacher()
    begun = went(tmp_path / "j", first)
    whole = went(tmp_path / "j", second)
    assert (first.graded, second.graded) == (["a.sh", "b.sh"], ["c.sh", "d.sh"])
    assert whole[:2] == begun
    assert whole == went(tmp_path / "other", Teacher())


@pytest.mark.parametrize(
    "change", [{"need": 1}, {"handed": b"aws"}, {"accept_digest": True}, {"variant": 3}, {"name": "z"}]
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
    before = state_of([tmp_path])
    assert before == state_of([tmp_path])
    (tmp_path / "wrong.sh").write_text("two")
    added = state_of([tmp_path])
    (tmp_path / "world.sh").write_text("three")
    assert len({before, added, state_of([tmp_path])}) == 3


def test_what_failed_for_our_own_sake_is_tried_again(tmp_path: Path):
    def broken(tasks: Iterable[Task]) -> Generator[tuple[Task, Graded | Failed]]:
        yield from ((task, Failed("ended the process that worked on it", ours=True)) for task in tasks)

    with closing(Journal(tmp_path / "j", "")) as journal:
        assert len([*resumed(journal, TASKS, broken)]) == len(TASKS)
    again = Teacher()
    went(tmp_path / "j", again)
    assert len(again.graded) == len(TASKS)


@pytest.mark.parametrize("held", [b"a report, not a journal", b"SQLite format 3\0 and then nothing"])
def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path, held: bytes):
    (tmp_path / "j").write_bytes(held)
    with pytest.raises(Problems, match="name a new file with --resume"):
        Journal(tmp_path / "j", "")
    assert (tmp_path / "j").read_bytes() == held


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(Problems):
        Journal(tmp_path / "nowhere" / "j", "")
