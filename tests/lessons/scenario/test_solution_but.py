"""Answers that are the solution, but for a line or two."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load, read_answer
from coffeeshop.lessons.scenario.solution_but import MAX_CHANGES, with_solution
from coffeeshop.policy.model import Problems
from tests.examples import some
from tests.lessons.folder import FILES, VARIED, folder

READ = some(folders(), 12, lambda lesson: lesson.name)
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
    assert said("#@ solution\n#@ but right.json -> wide.json\n") == SOLUTION.replace(
        "right", "wide"
    )
    assert said("#@ solution\n#@ but  --user-name kim ->\n") == SOLUTION.replace(
        "--user-name kim", ""
    )


def test_changes_are_made_one_after_the_other():
    assert "kim" not in said("#@ solution\n#@ but kim -> robin\n#@ but robin -> noa\n")


@pytest.mark.parametrize(
    "but", ["not robin", "robin -> kim", "kim -> kim", "kim", "not", "-> kim", "not ->"]
)
def test_a_change_that_changes_nothing_is_told_with_its_place(but: str):
    with pytest.raises(
        Problems,
        match=r"^line 3, wrong/one\.sh: the solution has no such line, so this directive changes nothing",
    ):
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
    changes = "".join(f"#@ but {n}x -> {n + 1}x\n" for n in range(MAX_CHANGES + 1))
    assert (
        said(f"#@ solution\n{changes}", "0x\n")
        == f"{MAX_CHANGES}x\n#@ but {MAX_CHANGES}x -> {MAX_CHANGES + 1}x\n"
    )


def test_a_scenario_reads_its_wrong_answers_so(tmp_path: Path):
    but = {"wrong/tonight.sh": "#@ solution\n#@ but not aws\n"}
    scenario = load(folder(tmp_path, {**FILES, **but}))
    assert "aws" in scenario.solution
    assert "aws" not in scenario.text("wrong/tonight.sh")


# ---------------------------------------------------------------- a script from elsewhere
def test_a_script_from_elsewhere_is_read_as_one_of_the_folder(tmp_path: Path):
    lesson = folder(tmp_path)
    answer = read_answer(
        lesson, 0, "#@ solution\n#@ but receipts -> drawer\naws iam list-users\n", "mine.sh"
    )
    assert (
        answer
        == f"{FILES['solution.sh'].replace('receipts', 'drawer')}aws iam list-users\n"
    )


def test_a_script_that_asks_for_nothing_stays_as_it_is(tmp_path: Path):
    script = "aws iam delete-user --user-name casey\n"
    assert read_answer(folder(tmp_path, VARIED), 3, script, "mine.sh") == script


@pytest.mark.parametrize("variant", range(5))
def test_an_answer_is_in_the_names_of_the_variant_whatever_it_is_called_by(
    tmp_path: Path, variant: int
):
    lesson = folder(tmp_path, VARIED)
    solution = load(lesson, variant).solution
    name = solution.split()[4]
    for who in ("casey", name):
        delete = "aws iam delete-user --user-name"
        assert read_answer(
            lesson, variant, f"#@ solution\n{delete} {who}\n", "mine.sh"
        ) == (f"{solution}{delete} {name}\n")


def test_what_is_wrong_with_an_answer_is_told_with_its_file(tmp_path: Path):
    with pytest.raises(
        Problems,
        match=r"line 2, mine\.sh: the solution has no such line, so this directive changes nothing",
    ):
        read_answer(folder(tmp_path), 0, "#@ solution\n#@ but not robin\n", "mine.sh")


@pytest.mark.slow
@pytest.mark.parametrize("lesson", READ, ids=lambda lesson: lesson.name)
def test_every_answer_of_a_scenario_reads_alike_in_its_folder_and_from_elsewhere(
    lesson: Path,
):
    written, renamed = load(lesson), load(lesson, 3) if load(lesson).varies else None
    scripts = ["solution.sh", *(wrong.script for wrong in written.wrongs)]
    for number, path in enumerate(scripts):
        script = (lesson / path).read_text("utf-8")
        assert read_answer(lesson, 0, script, "mine.sh") == written.text(path)
        if renamed and script.startswith("#@"):
            same = ["solution.sh", *(wrong.script for wrong in renamed.wrongs)][number]
            assert read_answer(lesson, 3, script, "mine.sh") == renamed.text(same)
