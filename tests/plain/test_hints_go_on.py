"""`hint` is the next hint, also if the same line then fails for another reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.grading.hints import FINDING_QUESTIONS, HINT_LADDERS
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.sitting.answers import Hinted
from tests.plain.session import session

ALIAS = "arn:aws:kms:us-east-1:111122223333:alias/recipes"


def test_a_wrong_policy_for_the_same_line_does_not_begin_the_hints_again(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 31")
        hints = ["\n".join(plain("hint")), "\n".join(plain("hint"))]
        document = json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": ALIAS,
                },
            }
        )
        plain(
            "aws iam put-group-policy --group-name Bakers --policy-name unlock "
            f"--policy-document '{document}'"
        )
        hints.append("\n".join(plain("hint")))
    places = [text.partition("hint ")[2][:6] for text in hints]
    assert places == ["1 of 3", "2 of 3", "3 of 3"]


def test_another_line_has_hints_of_its_own(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 00")
        first = "\n".join(plain("hint"))
        plain("play 31")
        assert "hint 1 of" in first
        assert "hint 1 of" in "\n".join(plain("hint"))


def test_no_hint_about_access_speaks_of_a_statement_that_only_grade_names() -> None:
    texts = {
        **FINDING_QUESTIONS,
        **{kind: " ".join(hints) for kind, hints in HINT_LADDERS.items()},
    }
    about_access = [kind for kind in texts if kind.startswith(("leak", "excess", "job"))]
    assert len(about_access) > 10
    assert not [kind for kind in about_access if "named above" in texts[kind]]


@pytest.mark.parametrize("hint", ["The reason above names it.", "Which action is it?"])
def test_what_a_hint_calls_above_is_printed_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hint: str
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 28")
        player = plain.shell.player
        finding = replace(player.playing.assessment.grade().findings[0], hints=(hint,))
        monkeypatch.setattr(player, "hint", lambda *_: Hinted(finding, 1))
        assert (finding.why in "".join(plain("hint"))) is ("above" in hint)
