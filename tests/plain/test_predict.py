"""What will AWS decide? The same questions as in the app, asked by a word."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.lessons.play.save_names import save_path
from tests.lessons.folder import FILES, ID, folder
from tests.plain.session import printed, session


def test_who_begins_is_offered_the_question_and_who_goes_on_is_not(tmp_path: Path):
    offered = "`predict` asks for a guess"
    assert any(offered in said for said in printed(tmp_path, id="05"))
    printed(tmp_path, "aws iam create-user --user-name lee", id="05")
    assert not any(offered in said for said in printed(tmp_path, id="05"))
    assert "Casey runs:" in printed(tmp_path, "predict", id="05")


def test_a_question_shows_its_choices_and_how_to_answer(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 05")
        assert plain("predict") == [
            "Casey runs:",
            "  $ aws s3api get-object --bucket AWSDOC-EXAMPLE-BUCKET --key 2026/03/0412.json 0412.json",
            "What will AWS decide in the shop, as it is now?",
            "  a: allowed",
            "  b: explicit deny: a statement says no",
            "  c: implicit deny: nothing says yes",
            "Type `a` to guess a, and see AWS's decision. Later, type `predict 1 a`. It is never scored.",
        ]
        assert (
            plain("c")[0] == "✓ You are right. AWS decides: implicit deny: nothing says yes"
        )
        assert plain("c")[0].startswith("`c` isn't a command")
        assert (
            plain("predict 1 c")[0]
            == "✓ You are right. AWS decides: implicit deny: nothing says yes"
        )
        assert plain("predict 1  C") == plain("predict 1 c")
        assert plain("predict 1 x") == plain("predict 1")
        assert plain("predict") == [
            "You have answered every question here. `predict 1` asks it again."
        ]
        assert plain("predict 9 c") == [
            "`predict` takes the number 1 here: there is one question."
        ]


def test_questions_come_one_after_the_other_and_what_is_next_comes_behind_the_last(
    tmp_path: Path,
):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 10")
        assert plain("predict")[0] == "Question 1 of 2"
        assert plain("a")[-1] == "`predict` asks the next question."
        assert plain("predict")[0] == "Question 2 of 2"
        assert plain("predict 1")[0] == "Question 1 of 2"
        plain("predict")
        assert plain("b")[-1].startswith("Next: ")
        assert plain("predict") == [
            "You have answered every question here. `predict 1` asks the first again."
        ]


def test_what_comes_after_is_asked_of_whoever_has_three_stars(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 17")
        assert "35 minutes" not in "".join(plain("predict"))
        lesson = plain.shell.sitting.scenario
        stations = " ".join(lesson.files["policies/stations.json"].decode().split())
        for line in lesson.solution.replace(
            "file://policies/stations.json", f"'{stations}'"
        ).splitlines():
            plain(line)
        assert "`predict` asks one more question: what will AWS decide?" in plain("grade")
        assert "Bo, in the role Cashier for 35 minutes, runs:" in plain("predict")
        assert plain("predict 2 a")[0] == "✓ You are right. AWS decides: allowed"


QUIZ = """[[quiz]]
as = "casey"
do = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json out.json"
why = "Nothing allows it yet."
"""


def test_a_scenario_without_questions_says_so(tmp_path: Path):
    folder(tmp_path / "mine", FILES, without=(QUIZ, ""))
    with session(save_path(tmp_path, "ana"), tmp_path / "mine") as plain:
        assert not any("predict" in said for said in plain(f"play {ID}"))
        assert plain("predict") == ["There is nothing to predict here."]
