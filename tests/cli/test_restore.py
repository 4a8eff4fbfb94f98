"""A play is taken up again from its hand-in, by the learner whose it is, and nothing of theirs is overwritten."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from coffeeshop.lessons.play.handin import read_handin
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from tests.cli.class_steps import (
    ROSTER,
    SOLVED,
    code_of,
    coffeeshop,
    hand_in,
    kept,
    ok,
    solving_lines,
)

NEW = "new machine"


@pytest.fixture(autouse=True)
def handed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return Ana's hand-in, for which she read a hint."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TZ", "UTC")
    Path("class.csv").write_text(ROSTER)
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    ok("class", "assign", SOLVED)
    typed = solving_lines(kept().find_member("ana").first_variant)
    return hand_in("ana", "ana.handin.jsonl", f"hint\n{typed}")


def refusal(*line: str, learner: str = NEW) -> str:
    """Return why a restore is refused."""
    refused = coffeeshop("restore", *line, learner=learner)
    assert (refused.exit_code, refused.stdout) == (2, ""), refused.output
    return refused.stderr


def test_a_learner_goes_on_from_their_hand_in_on_a_new_machine(handed_in: Path):
    ok("join", code_of("ana"), learner=NEW)
    said = ok("restore", str(handed_in), learner=NEW)
    acts = read_handin(handed_in.read_bytes()).acts
    assert f"{len(acts)} commands restored. To continue: coffeeshop play 05\n" in said
    ok("export", SOLVED, "--yes", "--out", "again.jsonl", learner=NEW)
    before = read_handin(handed_in.read_bytes())
    after = read_handin(Path("again.jsonl").read_bytes())
    assert after.acts == before.acts
    assert before.header.record
    assert after.header.record
    assert after.header.record.hints == before.header.record.hints != {}
    assert after.header.record.handed_in == before.header.record.handed_in
    ok("class", "collect", "again.jsonl")
    assert "Ana Ames: ★★★ 100" in ok("class", "grade")
    played = ok("play", SOLVED, "--plain", learner=NEW, stdin="grade\n")
    assert "★★★" in played


def test_a_solution_that_was_seen_stays_seen():
    variant = kept().find_member("ana").first_variant
    ok("join", code_of("ana"), learner="seen")
    ok("play", SOLVED, "--plain", learner="seen", stdin=solving_lines(variant))
    (place,) = Path("machine-of-seen").glob("*.sqlite3")
    with closing(Progress(place)) as save:
        save.mark_solution_shown(load(find(SOLVED), variant))
    ok("export", SOLVED, "--yes", "--out", "seen.jsonl", learner="seen")
    record = read_handin(Path("seen.jsonl").read_bytes()).header.record
    assert record
    assert record.shown
    ok("join", code_of("ana"), learner=NEW)
    ok("restore", "seen.jsonl", learner=NEW)
    ok("export", SOLVED, "--yes", "--out", "again.jsonl", learner=NEW)
    again = read_handin(Path("again.jsonl").read_bytes()).header.record
    assert again
    assert again.shown


def test_nothing_is_overwritten_and_nobody_else_s_play_is_taken_up(handed_in: Path):
    assert "join with your code first" in refusal(str(handed_in))
    ok("join", code_of("1"), learner="kim")
    assert "another learner signed it" in refusal(str(handed_in), learner="kim")
    ok("join", code_of("ana"), learner=NEW)
    ok("play", SOLVED, "--plain", learner=NEW, stdin="aws iam list-users\n")
    said = refusal(str(handed_in))
    assert "with 1 of your commands here" in said
    assert "begin it again first" in said
    ok("play", SOLVED, "--plain", learner=NEW, stdin="again\nyes\n")
    ok("restore", str(handed_in), learner=NEW)


def test_a_file_that_is_damaged_forged_or_something_else_is_refused_with_its_reason(
    handed_in: Path,
):
    ok("join", code_of("ana"), learner=NEW)
    lines = handed_in.read_text().splitlines()
    Path("cut.jsonl").write_text("\n".join(lines[:-1]))
    header = json.loads(lines[0])
    header["record"]["proof"] = "0" * 16
    Path("no.jsonl").write_text("not a hand-in")
    assert "it was cut" in refusal("cut.jsonl")
    assert "isn't the header of a hand-in" in refusal("no.jsonl")
    assert "missing.jsonl cannot be read" in refusal("missing.jsonl")
    Path("forged.jsonl").write_text("\n".join((json.dumps(header), *lines[1:])))
    assert "it was edited" in refusal("forged.jsonl")
    ok("play", SOLVED, "--plain", learner=NEW, stdin="aws iam list-users\n")


def test_a_play_without_a_class_is_taken_up_in_its_variant():
    words = (SOLVED, "--variant", "7")
    ok("play", *words, "--plain", learner="x", stdin="aws iam list-users\n")
    ok("export", *words, "--out", "7.jsonl", learner="x")
    said = ok("restore", "7.jsonl", learner="y")
    assert "1 command restored" in said
    ok("export", *words, "--out", "again.jsonl", learner="y")
    assert (
        read_handin(Path("again.jsonl").read_bytes()).acts
        == read_handin(Path("7.jsonl").read_bytes()).acts
    )
