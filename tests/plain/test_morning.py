"""Morning questions and what one can do by now, by words."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.play.save_names import save_path
from tests.plain.session import printed, session
from tests.views.plays import graded, scenario

LONG_AGO = datetime(2026, 3, 2, 8, tzinfo=UTC)


def missed(tmp_path: Path, *subjects: str) -> None:
    with closing(Progress(save_path(tmp_path, "ana"))) as progress:
        progress.record_result(scenario("05"), graded("05", "solution"), LONG_AGO)
        progress.record_meetings(
            *(Met(LONG_AGO, subject, right=False) for subject in subjects)
        )


def test_a_question_that_waits_is_told_at_the_door_asked_and_answered(tmp_path: Path):
    missed(tmp_path, "M28")
    assert (
        "1 morning question waits: `morning` asks. Your answers are never scored."
        in printed(tmp_path)
    )
    with session(save_path(tmp_path, "ana")) as plain:
        asked = plain("morning")
        assert asked[0] == "In “The receipts drawer”, with other names, someone typed:"
        assert (
            asked[-1]
            == "Type `a` to guess a, and see AWS's decision. Later, type `morning a`. It is never scored."
        )
        told = plain("morning a")
        assert told[0] == "✗ You said: allowed"
        assert told[1].startswith("✓ AWS decides: implicit deny")
        assert (
            told[-2].strip().startswith("In fact: s3:ListBucket needs the bucket's own ARN")
        )
        assert told[-1] == "That is all for today."
        assert plain("morning c")[0].startswith("There are no questions now.")


def test_a_letter_that_is_none_asks_once_more(tmp_path: Path):
    missed(tmp_path, "M28")
    with session(save_path(tmp_path, "ana")) as plain:
        assert plain("morning x") == plain("morning")


def test_what_one_can_do_is_told_with_what_comes_next(tmp_path: Path):
    missed(tmp_path)
    with session(save_path(tmp_path, "ana")) as plain:
        told = plain("progress")
        assert told[0].startswith("Next: ")
        assert any(row.startswith("2 Receipts and policies  ○") for row in told)
        assert "  ○ Create a customer managed policy" in told
