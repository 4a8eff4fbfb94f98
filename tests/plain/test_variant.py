"""Other names in plain mode: begun by number, offered once the solution was shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.plain.nothing import NO_ACTS
from tests.lessons.folder import FILES, ID, RECEIPTS, VARIED, folder, policy
from tests.plain.session import session


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder(tmp_path / "mine", VARIED)
    return tmp_path / "mine"


def test_again_begins_a_variant_by_its_number(mine: Path, tmp_path: Path):
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        said = say("again 3")
        assert said[0].startswith("A small one (variant 3): ")
        assert said[-1] == "The scenario begins again: the shop is as it was at the start."
        assert say(f"play {ID}") == said[:-1]
        say("aws iam create-user --user-name sam")
        assert (
            say("again")[0]
            == "The scenario begins again: the shop is as it was at the start."
        )
        assert say("trail") == [NO_ACTS]
        assert say(f"play {ID}")[0].startswith("A small one (variant 3): ")
        assert say("again 0")[0].startswith("A small one: ")


@pytest.mark.parametrize("number", ["x", "-1", "1000000000", "3 4"])
def test_again_with_anything_else_begins_nothing(mine: Path, tmp_path: Path, number: str):
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        say("aws iam create-user --user-name sam")
        assert say(f"again {number}") == [
            "`again` begins this scenario again. `again 4` begins it with the names of variant 4."
        ]
        assert len(say("trail")) == 1


def test_again_in_a_variant_that_there_is_not_begins_nothing(tmp_path: Path):
    folder(tmp_path / "mine")
    with session(tmp_path / "save", tmp_path / "mine") as say:
        say(f"play {ID}")
        say("aws iam create-user --user-name sam")
        assert "There is no variant 3" in say("again 3")[0]
        assert len(say("trail")) == 1


def test_after_the_solution_was_shown_stars_are_not_kept_and_again_begins_the_next_variant(
    mine: Path, tmp_path: Path
):
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        assert say("show solution.sh anyway")[-1] == TOLD
        say(FILES["solution.sh"].strip())
        graded = say("grade")
        assert graded[0].startswith("3 of 3 stars")
        assert graded[-1] == (
            "You saw the solution of this variant, so its stars don't count. To earn stars, begin again in another variant."
        )
        assert say.progress.best_results() == {}
        assert say("again")[0].startswith("A small one (variant 1): ")
        who = say.shell.sitting.scenario.people.graded[0]
        say(FILES["solution.sh"].strip().replace("casey", who))
        say("grade")
        assert say.progress.best_results()[ID].stars == 3


def test_what_the_solution_costs_is_told_before_it_is_printed_and_not_again(
    mine: Path, tmp_path: Path
):
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        (said,) = say("show solution.sh")
        assert said.startswith(
            "solution.sh contains the answer. After that, you can't earn stars in this variant"
        )
        assert not say.progress.was_solution_shown(say.shell.sitting.scenario)
        printed = say("show solution.sh anyway")[0]
        assert say("show solution.sh") == [printed]


TOLD = "This shows the answer, so you can now earn stars only in another variant. You can begin again in another variant at any time."
LIKE = "aws iam put-user-policy --user-name casey --policy-name receipts --policy-document file://{}"
OTHERS = {
    "solution.sh": LIKE.format("policies/answer.json")
    + "\n"
    + LIKE.format("policies/world.json"),
    "policies/answer.json": policy("s3:GetObject", Sid="Receipts"),
    "alt/group.sh": LIKE.format("policies/group.json"),
    "policies/group.json": policy("s3:GetObject", Sid="Group"),
    "policies/world.json": policy("s3:ListBucket", on=RECEIPTS),
    "world.sh": FILES["world.sh"] + LIKE.format("policies/world.json"),
}


@pytest.mark.parametrize("typed", [
    "show solution.sh anyway", "show alt/group.sh anyway", "show policies/answer.json anyway",
    "show file://policies/group.json anyway",
    LIKE.format("policies/answer.json"), LIKE.format("./policies/group.json"),
    "aws s3api put-object --bucket coffeeshop-receipts --key answer --body policies/answer.json",
    "aws s3 cp policies/answer.json s3://coffeeshop-receipts/answer",
])  # fmt: skip
def test_what_tells_the_answer_counts_as_the_solution_printed_or_used(
    mine: Path, tmp_path: Path, typed: str
):
    folder(mine, {**VARIED, **OTHERS})
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        assert TOLD in say(typed)
        assert TOLD not in say(typed)
        say(LIKE.format("policies/right.json"))
        assert "You saw the solution of this variant" in say("grade")[-1]


@pytest.mark.parametrize("typed", [
    "show world.sh", "show policies/world.json", "show policies/right.json", "show wrong/tonight.sh",
    LIKE.format("policies/world.json"), LIKE.format("policies/right.json"), "show nothing.json",
])  # fmt: skip
def test_the_world_the_rungs_of_hints_and_wrong_answers_may_be_looked_at(
    mine: Path, tmp_path: Path, typed: str
):
    folder(mine, {**VARIED, **OTHERS})
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        assert TOLD not in say(typed)
        assert not say.progress.was_solution_shown(say.shell.sitting.scenario)


def test_what_a_learner_wrote_is_theirs_even_if_it_is_the_answer_to_the_letter(
    mine: Path, tmp_path: Path
):
    folder(
        mine,
        {
            **VARIED,
            **OTHERS,
            "answer.json": OTHERS["policies/answer.json"],
            "alt/2.sh": LIKE.format("answer.json"),
        },
    )
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        say("write answer.json", OTHERS["policies/answer.json"], ".")
        assert TOLD not in say("show answer.json")
        assert TOLD not in say(LIKE.format("answer.json"))


def test_where_there_is_no_other_variant_the_solution_is_shown_and_no_more(tmp_path: Path):
    folder(tmp_path / "mine")
    with session(tmp_path / "save", tmp_path / "mine") as say:
        say(f"play {ID}")
        assert say("show solution.sh") == [FILES["solution.sh"].strip()]


@pytest.mark.parametrize(
    ("id", "listed"),
    [
        ("05", "policies/receipts-blank.json"),
        ("26", "function.zip, policies/developers-blank.json"),
        ("C2", ""),
    ],
)
def test_what_a_story_gives_is_listed_and_what_its_world_is_made_of_is_not(
    tmp_path: Path, id: str, listed: str
):
    with session(tmp_path / "save") as say:
        say(f"play {id}")
        said = f"The files here are {listed}." if listed else "There are no files yet."
        assert said in say("show")[0]


@pytest.mark.parametrize("typed", [
    "aws s3 cp solution.sh s3://coffeeshop-receipts/x", "aws s3 cp . s3://coffeeshop-receipts/ --recursive",
    LIKE.format("receipts.json"), LIKE.format("world.sh"), "aws iam create-user --user-name file://solution.sh",
    "aws s3api put-object --bucket coffeeshop-receipts --key x --body alt/group.sh", "show", "show receipts.json",
])  # fmt: skip
def test_no_line_lists_what_the_learner_was_not_given_nor_opens_a_script(
    mine: Path, tmp_path: Path, typed: str
):
    wrong = {
        "wrong/tonight.sh": LIKE.format("policies/wrong.json"),
        "policies/wrong.json": policy("s3:Get*"),
    }
    folder(mine, {**VARIED, **OTHERS, **wrong, "policies/till-blank.json": "{}"})
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        said = "\n".join(row for row in say(typed) if not row.startswith("$")).replace(
            typed, ""
        )
        assert "policies/till-blank.json" in said or "does not exist" in said
        hidden = (
            "policies/answer",
            "policies/group",
            "policies/world",
            "policies/wrong",
            "wrong/",
            "alt/group.sh,",
        )
        assert not [name for name in hidden if name in said]
        assert not say.progress.was_solution_shown(say.shell.sitting.scenario)
