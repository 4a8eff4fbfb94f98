"""The whole article, lived from a script in the shop of the first administrator, as `coffeeshop run` plays it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from coffeeshop.account.model import ServiceError
from coffeeshop.cli import group
from coffeeshop.lessons.find import find
from coffeeshop.lessons.load import load
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.script import run_script

SCRIPT = Path(__file__).parent.parent / "account" / "article.sh"
THERE = ("--virtual-mfa-device-name owner", "enroll-root-mfa", "dynamodb create-table")  # what the shop has already


def told_in_the_shop() -> str:
    """The script of a fresh account as the owner of the shop tells it, who signs in with a code from the first day."""
    lines = [
        line for line in SCRIPT.read_text(encoding="utf-8").splitlines() if not any(word in line for word in THERE)
    ]
    text = "\n".join(line for line in lines if not line.endswith("--password Espresso-Doppio-7"))
    text = text.replace("owner@shop.example", "owner@coffeeshop.example").replace("Espresso-Doppio-7", "House-blend-1")
    return text.replace("OWNER", "@phone")


def test_every_line_of_the_article_is_allowed_or_refused_as_it_says():
    folder = find("02-the-first-administrator")
    assert isinstance(folder, Path)
    scenario = load(folder)
    assert isinstance(scenario, Scenario)
    text = told_in_the_shop()
    wanted = {n: line.partition("   # ")[2] for n, line in enumerate(text.splitlines(), 1)}
    steps = tuple(run_script(scenario.opening, text, scenario.now, scenario.files, scenario.desk[0]))
    assert [step.problems for step in steps if step.problems] == []
    answers = {step.number: step.outcome.answer for step in steps if step.outcome}
    refused = {n: answer.code if isinstance(answer, ServiceError) else "" for n, answer in answers.items()}
    assert refused == {n: wanted[n] for n in refused}
    assert len(refused) > 50
    assert {code for code in refused.values() if code} == {
        "AccessDenied", "AccessDeniedException", "ExpiredToken", "UnauthorizedOperation",
    }  # fmt: skip


def test_the_command_plays_it(tmp_path: Path):
    script = tmp_path / "article.sh"
    script.write_text(told_in_the_shop(), encoding="utf-8")
    said = CliRunner().invoke(group, ["run", "02", str(script), "--format", "json"])
    assert said.exit_code == 1  # Robin is not hired in the article
    assert [finding["key"] for finding in json.loads(said.stdout)["findings"]] == ["job-denied:badge-robin@ada:none"]
