"""A small scenario of our own, as a folder that a test may spoil: Casey is to open any receipt, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.policy.model import Problem, Problems

ID = "90-a-small-one"
RECEIPTS, ALL = "arn:aws:s3:::coffeeshop-receipts", "arn:aws:s3:::coffeeshop-receipts/*"

SCENARIO = """
format = 1
id = "90-a-small-one"
title = "A small one"
chapter = 2
article = "IAM policies"
objective = "One action on the things in one drawer"
misconceptions = ["M03"]
calls = ["iam put-user-policy"]

[story]
text = "Casey can open any receipt in coffeeshop-receipts, such as 2026/03/0412.json, and shreds none. The bucket coffeeshop-payroll is closed to her."
debrief = "An object is not its bucket."
fine_print = ["Nothing here differs from AWS."]

[world]
now = "2026-03-02T08:00:00Z"
fixed = ["bucket/coffeeshop-receipts", "user/casey"]

[people]
graded = ["casey"]
admins = ["ada"]

[[job]]
id = "read"
as = "casey"
do = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json out.json"
covers = "arn:aws:s3:::coffeeshop-receipts/*"
say = "Casey can open any receipt"

[[refuse]]
id = "shred"
as = "casey"
do = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json"
say = "Casey shreds a receipt"

[[practice]]
rule = "no-wildcard-action"

[[hint]]
on = ["job-denied:read@casey:*"]
text = ["What is a receipt, the drawer or a thing in it?", "An object's ARN goes on after the bucket's.", "file://policies/right.json"]

[[tell]]
on = "leak:shred@casey"
text = "Which action shreds?"

[[quiz]]
as = "casey"
do = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json out.json"
why = "Nothing allows it yet."

[[wrong]]
script = "wrong/the-drawer.sh"
misconception = "M03"
stars = 0
findings = ["job-denied:read@casey:resource"]

[[wrong]]
script = "wrong/shred-too.sh"
stars = 0
findings = ["leak:shred@casey"]

[[wrong]]
script = "wrong/tonight.sh"
stars = 0
findings = ["job-narrow:read@casey"]
"""


def policy(
    *actions: str, on: str | list[str] = ALL, effect: str = "Allow", **more: object
) -> str:
    """A policy of one statement."""
    statement = {"Effect": effect, "Action": list(actions), "Resource": on, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def put(document: str, who: str = "casey", name: str = "receipts") -> str:
    """The line that puts a document on a user."""
    return f"aws iam put-user-policy --user-name {who} --policy-name {name} --policy-document '{document}'\n"


FILES: Mapping[str, str] = {
    SCENARIO_FILE: SCENARIO,
    "world.sh": "aws iam create-user --user-name casey\n",
    "policies/right.json": policy("s3:GetObject"),
    "solution.sh": "aws iam put-user-policy --user-name casey --policy-name receipts --policy-document file://policies/right.json\n",
    "wrong/the-drawer.sh": put(policy("s3:GetObject", on=RECEIPTS)),
    "wrong/shred-too.sh": put(policy("s3:GetObject", "s3:DeleteObject")),
    "wrong/tonight.sh": put(policy("s3:GetObject", on=f"{RECEIPTS}/2026/03/0412.json")),
}
VARIED = {
    **FILES,
    SCENARIO_FILE: f'{SCENARIO}\n[variant]\nrename = {{ casey = "people" }}\n',
}


def folder(
    below: Path,
    files: Mapping[str, str] = FILES,
    *,
    id: str = ID,
    **replaced: tuple[str, str],
) -> Path:
    """The folder, with (old, new) replaced in scenario.toml by each of the further arguments."""
    root = below / id
    for name, text in files.items():
        if name == "scenario.toml":
            for old, new in replaced.values():
                assert text.count(old) >= 1, old
                text = text.replace(old, new)
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            dedent(text).lstrip("\n") if name == "scenario.toml" else text, encoding="utf-8"
        )
    return root


def spoiled(below: Path, old: str, new: str, files: Mapping[str, str] = FILES) -> Path:
    """The folder with one text of scenario.toml replaced."""
    return folder(below, files, change=(old, new))


def scenario(root: Path) -> Scenario:
    return load(root)


def refused(call: Callable[..., object], *given: object) -> tuple[Problem, ...]:
    """The problems that a call with these arguments raises."""
    with pytest.raises(Problems) as found:
        call(*given)
    return found.value.problems


def problems(root: Path) -> list[str]:
    """The problems of a folder that does not load."""
    return [str(problem) for problem in refused(load, root)]


def played(lesson: Scenario, text: str = "") -> Play:
    return run_play(lesson, text, "script.sh")


def graded(lesson: Scenario, text: str = "") -> Report:
    return grade(played(lesson, text))


def keys(report: Report) -> list[str]:
    return [finding.key for finding in report.findings]
