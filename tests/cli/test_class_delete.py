"""`class delete` lists its consequences and asks before it deletes a class."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.class_steps import FILE, ROSTER, coffeeshop, hand_in, ok
from tests.tables import check_rows


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    Path("class.csv").write_text(ROSTER)
    return tmp_path


def make_class() -> None:
    """Make a class with a platform, a hand-in and grades of it."""
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    ok("class", "assign", "05")
    ids = ("--client", "7", "--deployment", "1")
    ok("class", "lti", "add", "--moodle", "https://moodle.example", *ids)
    ok("class", "collect", str(hand_in("3", "ana.jsonl", "aws iam list-users\n")))
    ok("class", "grade")
    ok("class", "page", "--now")


def test_deleting_says_what_goes_and_what_stays_and_asks():
    make_class()

    def check(words: tuple[str, ...], typed: str, code: int, remains: bool) -> None:
        done = coffeeshop("class", "delete", *words, stdin=typed)
        assert (done.exit_code, FILE.exists()) == (code, remains), done.output
        assert "3 learners with their codes and links" in done.stdout
        assert "1 assignment, 1 collected hand-in" in done.stdout
        assert "The learners' plays are kept" in done.stdout
        if not remains:
            assert [*FILE.parent.iterdir()] == [*Path("data/lti").iterdir()] == []
            make_class()

    rows = [
        (("IAM-101",), "", 1, True),
        (("IAM-101",), "n\n", 1, True),
        (("IAM-101",), "\n", 1, True),
        (("IAM-101",), "y\n", 0, False),
        (("iam-101", "--yes"), "", 0, False),
    ]
    check_rows(check, rows)


def test_a_class_that_isn_t_there_is_not_deleted_and_a_damaged_one_is():
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    refused = coffeeshop("class", "delete", "IAM-102", "--yes")
    assert (refused.exit_code, "choose one of IAM-101" in refused.stderr) == (2, True)
    FILE.write_bytes(b"nonsense")
    assert "damaged" in ok("class", "delete", "IAM-101", "--yes")
    assert not FILE.exists()
    ok("class", "new", "IAM-101", "--roster", "class.csv")


def test_a_full_screen_without_a_terminal_ends_at_once_with_one_sentence():
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    ok("class", "assign", "05")
    for words in (
        ("page", "--screen"),
        ("page", "--now", "--screen"),
        ("--screen", "x.jsonl"),
    ):
        refused = coffeeshop("class", *words)
        assert refused.exit_code == 2
        assert refused.stdout == ""
        assert refused.stderr.count("\n") == 1
        assert "needs a terminal" in refused.stderr
