"""What `author check` asserts: a scenario that is right passes, and each way of being wrong is told by its own assertion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from coffeeshop.lessons.author import ASSERTIONS, CALL_LIMIT, check, solutions
from tests.lessons.folder import FILES, SCENARIO, folder, policy, put, scenario

WRONG = 'script = "wrong/shred-too.sh"\nstars = 0\nfindings = ["leak:shred@casey"]'
LIST = "aws iam list-users\n"
RIGHT = FILES["solution.sh"]


def faults(below: Path, files: Mapping[str, str] = FILES, **replaced: tuple[str, str]) -> list[str]:
    return [str(problem) for problem in check(scenario(folder(below, files, **replaced)))]


def test_a_scenario_that_proves_itself_has_no_faults(tmp_path: Path):
    assert faults(tmp_path) == []


def test_the_assertions_are_sentences_of_their_own():
    says = [row.say for row in ASSERTIONS]
    assert len(set(says)) == len(says)


FAULTS: dict[str, tuple[Mapping[str, str], tuple[str, str], str]] = {
    "two checks say the same": (
        FILES, ("Casey does not shred a receipt", "Casey opens any receipt"),
        "scenario.toml: two checks say “Casey opens any receipt”; each sentence is its own",
    ),
    "a sentence is long": (
        FILES, ('say = "Casey does not shred a receipt"', f'say = "Casey {"really " * 15}does not shred"'),
        "is no plain sentence; at most 90 characters",
    ),
    "a sentence is stilted": (
        FILES, ("Casey does not shred a receipt", "Casey must be able to not shred"), "is no plain sentence",
    ),
    "a sentence hides what is covered": (
        FILES, ("Casey opens any receipt", "Casey opens a receipt"),
        "“Casey opens a receipt” covers more than its call; say any, all, every or each",
    ),
    "the story is silent about a thing": (
        FILES, (", such as 2026/03/0412.json, and", " and"),
        "scenario.toml, story: the story does not speak of 2026/03/0412.json, which read@casey uses; tell it",
    ),
    "a line of a refusal cannot be read": (
        FILES, ('do = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json"', 'do = "aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json --body gone.txt"'),
        "scenario.toml: a line of shred@casey cannot be read: .*gone.txt.*write the line as the solved shop can run it",
    ),
    "nothing is wrong at the start": (
        {**FILES, "world.sh": FILES["world.sh"] + RIGHT}, ("", ""),
        r"world.sh: the untouched world earns 3 stars and [\d.]+ points; something must be wrong at the start",
    ),
    "the solution falls short": (
        {**FILES, "solution.sh": put(policy("s3:GetObject", "s3:PutObject"))}, ("", ""),
        r"solution.sh: earns 1 stars and [\d.]+ points \(excess:casey\); a solution earns 3 and 100",
    ),
    "the solution is refused something": (
        {**FILES, "solution.sh": RIGHT + "aws iam delete-user --user-name nobody\n"}, ("", ""),
        "solution.sh: a call is refused: .*cannot be found.*; a solution runs without errors",
    ),
    "the solution cannot be read": ({**FILES, "solution.sh": RIGHT + "coffee\n"}, ("", ""), "line 2, column 1, solution.sh"),
    "another solution falls short": (
        {**FILES, "alt/group.sh": put(policy("s3:GetObjec?"))}, ("", ""), "alt/group.sh: earns 2 stars",
    ),
    "there are two wrong answers": (
        FILES, (f"[[wrong]]\n{WRONG}\n\n", ""), "scenario.toml: there are 2 wrong answers; at least 3 tempting ones",
    ),
    "a wrong answer earns other findings": (
        FILES, (WRONG, WRONG.replace("leak:shred@casey", "excess:casey")),
        "wrong/shred-too.sh: earns 0 stars and leak:shred@casey, declared are 0 and excess:casey",
    ),
    "a wrong answer earns other stars": (
        FILES, (WRONG, WRONG.replace("stars = 0", "stars = 1")), "earns 0 stars and leak:shred@casey, declared are 1",
    ),
    "a wrong answer is right": (
        {**FILES, "wrong/shred-too.sh": RIGHT}, ("", ""), "wrong/shred-too.sh: earns 3 stars and no finding, declared are 0",
    ),
    "a wrong answer is long": (
        {**FILES, "wrong/shred-too.sh": FILES["wrong/shred-too.sh"] + LIST * CALL_LIMIT}, ("", ""),
        f"wrong/shred-too.sh: it makes {CALL_LIMIT + 1} calls; at most {CALL_LIMIT}",
    ),
    "a wrong answer cannot be read": (
        {**FILES, "wrong/shred-too.sh": "tea\n"}, ("", ""), "line 1, column 1, wrong/shred-too.sh",
    ),
    "a line of the solution is idle": (
        {**FILES, "solution.sh": RIGHT + LIST}, ("", ""),
        "solution.sh: line 2 changes nothing: aws iam list-users; drop it, or write `#@ optional: why` above it",
    ),
    "everything for everyone earns a star": (
        FILES, ('id = "shred"\nas = "casey"', 'id = "shred"\nas = "anyone"'),
        "scenario.toml: AdministratorAccess for everyone earns 1 stars; add the refusal it breaks",
    ),
    "a ladder is short": (
        FILES, ('"An object\'s ARN goes on after the bucket\'s.", ', ""),
        r"the ladder for job-denied:read@casey:resource has 2 rungs; write three",
    ),
    "the first rung tells too much": (
        FILES, ("What is a receipt, the drawer or a thing in it?", "Is it arn:aws:s3:::x?"),
        "rung 1 for job-denied:read@casey:resource holds policy text; ask a question",
    ),
    "a question has no answer": (
        FILES, ('[[quiz]]\nas = "casey"', '[[quiz]]\nas = "sam"'),
        "scenario.toml, quiz: .*has no decision: there is no user sam; ask something that AWS decides by policies",
    ),
    "a misconception is carried by nothing": (
        FILES, ('misconceptions = ["M03"]', 'misconceptions = ["M03", "M16"]'), "M16 is carried by no wrong answer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_told_with_its_file_and_its_mend(tmp_path: Path, case: str):
    files, change, said = FAULTS[case]
    found = faults(tmp_path, files, change=change)
    assert re.search(said, "\n".join(found)), found


def test_denying_everything_must_earn_nothing(tmp_path: Path):
    jobless = SCENARIO[: SCENARIO.index("[[job]]")] + SCENARIO[SCENARIO.index("[[refuse]]") :]
    shredding = put(policy("s3:DeleteObject"), name="shred")
    found = faults(tmp_path, {**FILES, "scenario.toml": jobless, "world.sh": FILES["world.sh"] + shredding})
    assert any(re.search(r"denying everything earns [\d.]+ points; add the job it breaks", fault) for fault in found), (
        found
    )


def test_what_is_optional_may_be_left_out(tmp_path: Path):
    assert faults(tmp_path, {**FILES, "solution.sh": f"{RIGHT}#@ optional: to look\n{LIST}"}) == []


def test_a_quiet_refusal_may_name_what_the_story_hides(tmp_path: Path):
    hidden = FILES["scenario.toml"].replace(', and shreds none. The bucket', '. The bucket').replace(
        'id = "shred"\nas = "casey"', 'id = "shred"\nquiet = true\nas = "casey"').replace(
        "delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json", "delete-object --bucket coffeeshop-receipts --key voided/0398.json")  # fmt: skip
    assert faults(tmp_path, {**FILES, "scenario.toml": hidden}) == []


def test_full_solutions_are_the_reference_and_those_below_alt(tmp_path: Path):
    found = solutions(scenario(folder(tmp_path, {**FILES, "alt/put.sh": put(policy("s3:GetObject"))})))
    assert [*found] == ["solution.sh", "alt/put.sh"]


def test_a_scenario_that_judges_nobody_is_not_asked_what_everybody_could_do(tmp_path: Path):
    assert faults(tmp_path, change=('graded = ["casey"]', "graded = []")) == []
