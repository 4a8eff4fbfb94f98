"""Other names in plain mode: begun by number, offered once the solution was shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.form import FILE
from tests.lessons.folder import FILES, ID, SCENARIO, folder
from tests.plain.session import session

VARIED = {**FILES, FILE: f'{SCENARIO}\n[variant]\nrename = {{ casey = "people" }}\n'}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder(tmp_path / "mine", VARIED)
    return tmp_path / "mine"


def test_again_begins_a_variant_by_its_number(mine: Path, tmp_path: Path):
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        said = say("again 3")
        assert said[0].startswith("A small one (variant 3): ")
        assert said[-1] == "Begun again: the shop is as it was."
        assert say("brief") == said[:-1]
        say("aws iam create-user --user-name sam")
        assert say("again") == ["Begun again: the shop is as it was."]
        assert say("trail") == []
        assert say(f"play {ID}")[0].startswith("A small one (variant 3): ")
        assert say("again 0")[0].startswith("A small one: ")


@pytest.mark.parametrize("number", ["x", "-1", "1000000000", "3 4"])
def test_again_with_anything_else_begins_nothing(mine: Path, tmp_path: Path, number: str):
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        say("aws iam create-user --user-name sam")
        assert say(f"again {number}") == [
            "`again` begins this scenario again; `again 4` in other names, those of variant 4."
        ]
        assert len(say("trail")) == 1


def test_again_in_a_variant_that_there_is_not_begins_nothing(tmp_path: Path):
    folder(tmp_path / "mine")
    with session(tmp_path / "save", tmp_path / "mine") as say:
        say(f"play {ID}")
        say("aws iam create-user --user-name sam")
        assert "there is no variant 3" in say("again 3")[0]
        assert len(say("trail")) == 1


def test_after_the_solution_was_shown_stars_are_not_kept_and_again_begins_the_next_variant(mine: Path, tmp_path: Path):
    with session(tmp_path / "save", mine) as say:
        say(f"play {ID}")
        assert say("show solution.sh")[-1] == (
            "This is the solution: stars now come from another variant. `again` begins one."
        )
        say(FILES["solution.sh"].strip())
        graded = say("grade")
        assert graded[0].startswith("3 of 3 stars")
        assert graded[-1] == (
            "the solution was shown here, so these stars are not kept; begin again: another variant has other names"
        )
        assert say.progress.best() == {}
        assert say("again")[0].startswith("A small one (variant 1): ")
        who = say.shell.play.scenario.people.graded[0] if say.shell.play else ""
        say(FILES["solution.sh"].strip().replace("casey", who))
        say("grade")
        assert say.progress.best()[ID].stars == 3


def test_where_there_is_no_other_variant_the_solution_is_shown_and_no_more(tmp_path: Path):
    folder(tmp_path / "mine")
    with session(tmp_path / "save", tmp_path / "mine") as say:
        say(f"play {ID}")
        assert say("show solution.sh") == [FILES["solution.sh"].strip()]
