"""An exam, line by line: no shelf, no results and no help before the hand-in."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from coffeeshop.lessons.play.membership import Assignment, Membership
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.plain.loop import CLOSED_IN_EXAM
from coffeeshop.plain.words import WORDS
from tests.plain.session import Session, printed, session

TEN = datetime(2026, 12, 18, 10, tzinfo=UTC)
EXAM = Assignment("10", TEN + timedelta(hours=2), "", TEN)
ANA = Membership("IAM-101", 412000, 412000, 99, (EXAM,))


def join(plain: Session, at: datetime) -> None:
    """Put the learner into the class, at a time of the wall clock."""
    plain.progress.join_class(ANA)
    plain.shell.player.clock = lambda: at


@pytest.mark.parametrize("word", sorted(CLOSED_IN_EXAM))
def test_a_word_that_shows_results_or_help_waits_for_the_hand_in(tmp_path: Path, word: str):
    assert word in WORDS
    with session(tmp_path / "ana.sqlite3") as plain:
        join(plain, TEN)
        plain("play 10")
        assert plain(word) == [
            f"Not during the exam: `{word}`. Results and help come after you hand in."
        ]


def test_a_call_tells_aws_s_answer_and_nothing_of_the_jobs(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as plain:
        join(plain, TEN)
        opening = "\n".join(plain("play 10"))
        said = "\n".join(plain("aws iam list-users --query Users[0].UserName"))
        assert '"ada"' in said
        for text in (opening, said):
            assert "✓" not in text
            assert "✗" not in text
            assert "`hint`" not in text
        assert "Next:" not in f"{opening}{said}"
        assert "Star 1" in "\n".join(plain("brief"))


def test_an_exam_says_what_it_allows_and_how_to_hand_in(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as plain:
        join(plain, TEN)
        opening = "\n".join(plain("play 10"))
        until = EXAM.due.astimezone() if EXAM.due else TEN
        assert f"This is an exam until {until:%H:%M}. You have the brief" in opening
        assert "Lessons, guesses, explanations, hints and results come after" in opening
        assert "run: coffeeshop export 10 --out 10.handin.jsonl" in opening
        for word in ("predict", "lesson"):
            assert f"`{word}`" not in opening
        for open_word in (
            "words policy",
            "actions list users",
            "trail",
            "who",
            "undo",
            "brief",
        ):
            assert "Not during" not in "\n".join(plain(open_word))
        for closed in (
            "actions",
            "show solution.sh",
            "show solution.sh anyway",
            "why 1",
            "lesson 1 a",
        ):
            assert "Not during the exam" in plain(closed)[0]
        assert not plain.progress.was_solution_shown(plain.shell.sitting.scenario)


def test_a_play_that_is_open_when_the_exam_begins_is_left(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as plain:
        join(plain, TEN - timedelta(minutes=1))
        plain("play 05")
        join(plain, TEN)
        assert plain("aws iam list-users") == [
            "An exam has begun. `play 10` opens it. Your work is saved."
        ]
        assert "The Cashiers" in plain("play 10")[0]


def test_the_welcome_lists_what_the_class_has_to_play(tmp_path: Path):
    lesson = Assignment("5", TEN, "10%/day")
    with closing(Progress(save_path(tmp_path, "ana"))) as save:
        save.join_class(Membership("IAM-101", 412000, 412000, 99, (lesson,)))
    said = "\n".join(printed(tmp_path))
    assert "IAM-101: 05 The receipts drawer: due" in said
    assert "each day late costs 10%" in said


def test_what_the_teacher_changes_is_said_at_the_next_line_and_counts(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 05")
        join(plain, TEN)
        news, refusal = plain("grade")
        assert news.startswith("New from IAM-101: 10 The Cashiers: exam")
        assert "An exam has begun" in refusal
        plain("play 10")
        plain.progress.join_class(msgspec.structs.replace(ANA, assignments=()))
        over, *_ = plain("aws iam list-users")
        assert over == "New from IAM-101: 10 The Cashiers: no longer assigned"
        assert "Not during the exam" not in "\n".join(plain("grade"))
