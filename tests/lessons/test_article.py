"""The whole article, lived from a script in the shop of the first administrator, as `coffeeshop run` plays it."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.account.model import ServiceError
from coffeeshop.lessons.find import find
from coffeeshop.lessons.load import load
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.script import run_script

SCRIPT = Path(__file__).with_name("article.sh")


def test_every_line_of_the_article_is_allowed_or_refused_as_it_says():
    folder = find("02-the-first-administrator")
    assert isinstance(folder, Path)
    scenario = load(folder)
    assert isinstance(scenario, Scenario)
    text = SCRIPT.read_text(encoding="utf-8")
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
