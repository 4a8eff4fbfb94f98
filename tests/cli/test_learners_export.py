"""What a learner hands in: the variant that they played, what the file is, and the exam that it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from coffeeshop.lessons.play.handin import read_handin
from coffeeshop.plain.shell import current_wall_time
from tests.cli.class_steps import ROSTER, SOLVED, code_of, coffeeshop, kept, ok
from tests.tables import check_rows

NOTHING = "aws iam list-users\n"


@pytest.fixture(autouse=True)
def iam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TZ", "UTC")
    Path("class.csv").write_text(ROSTER)
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    ok("class", "assign", SOLVED)
    return tmp_path


def play(who: str, *words: str) -> None:
    ok("play", SOLVED, "--plain", *words, learner=who, stdin=NOTHING)


def test_export_takes_the_variant_that_play_continues_or_the_one_played_last_and_says_so():
    own = kept().find_member("ana").first_variant

    def check(
        name: str, plays: tuple[tuple[str, ...], ...], joins: bool, variant: int, told: str
    ) -> None:
        if joins:
            ok("join", code_of("ana"), learner=name)
        for words in plays:
            play(name, *words)
        for out in (f"{name}.jsonl", "-"):
            done = coffeeshop("export", SOLVED, "--out", out, learner=name)
            assert done.exit_code == 0, done.output
            said = done.stderr if out == "-" else done.stdout
            assert (told in said) if told else ("played last" not in said), said
            if out != "-":
                assert f"(variant {variant})" in said
        assert read_handin(Path(f"{name}.jsonl").read_bytes()).header.variant == variant
        refused = coffeeshop("export", SOLVED, "--variant", "9", learner=name)
        assert (refused.exit_code, "in variant 9" in refused.stderr) == (2, True)

    foreign = ("--variant", "7000")
    rows = [
        ("a", ((),), True, own, ""),
        (
            "b",
            (foreign,),
            True,
            7000,
            f"You haven't played your own variant, {own}, yet. Ask your teacher",
        ),
        ("c", (foreign, ()), True, own, ""),
        ("d", ((), foreign), True, own, ""),
        ("e", (foreign,), False, 7000, ""),
        ("f", (("--variant", "3"),), False, 3, ""),
    ]
    check_rows(check, rows)


def test_what_was_played_before_joining_is_handed_in_with_its_variant():
    play("gia")
    ok("join", code_of("ana"), learner="gia")
    said = ok("export", SOLVED, "--out", "05.jsonl", learner="gia")
    assert "This is variant 0, which you played last." in said
    ok("class", "assign", SOLVED, "--for", "ana", "--variant", "0")
    assert "Ana Ames: ☆☆☆ 0" in ok("class", "grade", "--jobs", "1", "05.jsonl")


def test_export_says_what_it_wrote():
    play("solo")
    play("ana")
    ok("join", code_of("ana"), learner="member")
    play("member")
    rows = [
        (
            "solo",
            "handin",
            "a hand-in, to be graded elsewhere. The receipts drawer.\n",
        ),
        (
            "solo",
            "script",
            "a script for bash with the AWS CLI, for a real account. The receipts drawer",
        ),
        ("solo", "details", "the account, as get-account-authorization-details has it."),
        ("member", "handin", "handed in "),
        ("member", "handin", "Give this file to your teacher.\n"),
    ]

    def check(name: str, form: str, told: str) -> None:
        said = ok("export", SOLVED, "--format", form, "--out", "file", learner=name)
        assert said.startswith("file: ")
        assert told in said

    check_rows(check, rows)
    assert "Your exam" not in ok("export", SOLVED, "--out", "file", learner="member")


def test_an_exam_that_is_open_is_what_a_learner_is_told_to_play_and_the_hand_in_ends_it():
    def at(hours: float) -> str:
        return (current_wall_time() + timedelta(hours=hours)).strftime(
            "%Y-%m-%dT%H:%M+00:00"
        )

    ok("class", "exam", "02", "--from", at(1), "--to", at(2))
    assert "To play: coffeeshop play 05\n" in ok("join", code_of("ana"), learner="ana")
    ok("class", "exam", "02", "--from", at(-1))
    assert "To play: coffeeshop play 02\n" in ok("join", code_of("ana"), learner="ana")
    assert "play 02" in coffeeshop("play", "05", "--plain", learner="ana").stderr
    closed = coffeeshop("check-up", "--chapter", "2", learner="ana")
    assert (closed.exit_code, "you are taking an exam" in closed.stderr) == (2, True)
    ok("play", "02", "--plain", learner="ana", stdin=NOTHING)
    words = ("export", "02", "--out", "02.jsonl")
    for answer in ("", "n\n", "\n"):
        kept_open = coffeeshop(*words, learner="ana", stdin=answer)
        assert (kept_open.exit_code, Path("02.jsonl").exists()) == (1, False)
        assert "This ends your exam" in kept_open.stderr
        assert "02.jsonl" not in kept_open.stdout
    ok("export", "02", "--format", "script", learner="ana")
    said = ok(*words, learner="ana", stdin="y\n")
    assert "Your exam is over, and this hand-in counts." in said
    opened = ok("play", "02", "--plain", learner="ana", stdin="grade\n")
    assert "Not during the exam" not in opened


@pytest.mark.parametrize("joined_as", ["ana", ""])
def test_another_name_shows_nothing_while_a_learner_takes_an_exam_on_the_machine(
    joined_as: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LOGNAME", "ana")
    as_ana = ("--learner", joined_as) if joined_as else ()
    current_time = current_wall_time()
    later = (current_time + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M+00:00")
    before = (current_time - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M+00:00")
    ok("class", "exam", "02", "--from", before, "--to", later)
    as_bob = ("--learner", "bob")
    ok("play", "05", "--plain", *as_bob, learner="ana", stdin=NOTHING)
    ok("join", code_of("ana"), *as_ana, learner="ana")
    for line in (
        ("play", "02", "--plain", *as_bob),
        ("play", "05", "--plain", *as_bob),
        ("play", "--plain", "--learner", "new"),
        ("scenarios", *as_bob),
        ("export", "05", *as_bob),
        ("check-up", "--chapter", "2", *as_bob),
        ("reach", "05", *as_bob),
        ("grade", "nothing.jsonl"),
    ):
        refused = coffeeshop(*line, learner="ana")
        assert (refused.exit_code, refused.stdout) == (2, ""), line
        if line[0] != "grade":
            assert "ana is taking an exam on this machine until" in refused.stderr
            assert "play 02 --learner ana" in refused.stderr
    assert not Path("machine-of-ana/new.sqlite3").exists()
    mixed = coffeeshop("join", code_of("1"), *as_ana, learner="ana")
    assert "another learner" in mixed.stderr
    assert "join CODE --learner NAME" in mixed.stderr
    ok("join", code_of("1"), *as_bob, learner="ana")
    line = ("play", "05", "--plain", *as_bob)
    assert "play 02" in coffeeshop(*line, learner="ana").stderr
    for who in (as_bob, as_ana):
        ok("play", "02", "--plain", *who, learner="ana", stdin=NOTHING)
        out = f"{who}.jsonl"
        ok("export", "02", "--yes", *who, "--out", out, learner="ana")
    ok("play", "05", "--plain", *as_bob, learner="ana", stdin="grade\n")
    ok("class", "collect", "--", "('--learner', 'bob').jsonl")
    assert "Kim Lee (1): " in ok("class", "grade")
