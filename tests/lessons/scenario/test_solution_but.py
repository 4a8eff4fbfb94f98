"""Answers that are the solution, but for a line or two."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.scenario.solution_but import MOST, with_solution
from coffeeshop.policy.model import Problems
from tests.lessons.folder import FILES, folder

SOLUTION = """\
# First the badge
aws iam create-user --user-name kim
aws iam put-user-policy --user-name kim --policy-name work \\
  --policy-document file://policies/right.json
aws iam create-access-key --user-name kim
"""


def said(script: str, solution: str = SOLUTION) -> str:
    """What a wrong answer comes to."""
    files = {"solution.sh": solution.encode(), "wrong/one.sh": script.encode()}
    return with_solution(files, "solution.sh")["wrong/one.sh"].decode()


def test_the_lines_of_the_solution_stand_where_an_answer_asks_for_them():
    assert said("aws iam list-users\n#@ solution\naws iam list-roles\n") == (
        f"aws iam list-users\n{SOLUTION}aws iam list-roles\n"
    )


def test_a_line_is_left_out_by_what_it_says_whole_with_the_lines_in_which_it_goes_on():
    first, second, *_, last = SOLUTION.splitlines(keepends=True)
    assert (
        said("#@ solution\n#@ but not put-user-policy\n")
        == said("#@ solution\n#@ but not right.json")
        == (first + second + last)
    )


def test_a_text_is_put_in_the_place_of_another_or_goes():
    assert said("#@ solution\n#@ but right.json -> wide.json\n") == SOLUTION.replace("right", "wide")
    assert said("#@ solution\n#@ but  --user-name kim ->\n") == SOLUTION.replace("--user-name kim", "")


def test_changes_are_made_one_after_the_other():
    assert "kim" not in said("#@ solution\n#@ but kim -> robin\n#@ but robin -> noa\n")


@pytest.mark.parametrize("but", ["not robin", "robin -> kim", "kim -> kim", "kim", "not", "-> kim", "not ->"])
def test_a_change_that_changes_nothing_is_told_with_its_place(but: str):
    with pytest.raises(Problems, match=r"^line 3, wrong/one\.sh: this changes no line of the solution"):
        said(f"# as it is\n#@ solution\n#@ but {but}\n")


def test_every_change_that_changes_nothing_is_told_at_once():
    with pytest.raises(Problems) as told:
        said("#@ solution\n#@ but not robin\n#@ but not kim\n#@ but not noa\n")
    assert [problem.place.line for problem in told.value.problems] == [2, 4]


def test_no_script_grows_beyond_a_bound_however_a_text_multiplies():
    with pytest.raises(Problems, match="the scripts have more than 2097152 bytes"):
        said(f"#@ solution\n#@ but a -> {'b' * 10_000}\n", "a" * 10_000)
    files = {f"wrong/{n}.sh": b"#@ solution\n" for n in range(30)}
    with pytest.raises(Problems, match="the scripts have more than 2097152 bytes"):
        with_solution({"solution.sh": b"a" * 100_000, **files}, "solution.sh")


def test_an_answer_has_no_more_changes_than_calls():
    changes = "".join(f"#@ but {n}x -> {n + 1}x\n" for n in range(MOST + 1))
    assert said(f"#@ solution\n{changes}", "0x\n") == f"{MOST}x\n#@ but {MOST}x -> {MOST + 1}x\n"


def test_a_scenario_reads_its_wrong_answers_so(tmp_path: Path):
    but = {"wrong/tonight.sh": "#@ solution\n#@ but not aws\n"}
    scenario = load(folder(tmp_path, {**FILES, **but}))
    assert "aws" in scenario.solution
    assert "aws" not in scenario.text("wrong/tonight.sh")
