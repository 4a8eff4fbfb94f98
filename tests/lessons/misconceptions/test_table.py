"""The table of misconceptions names all that rules, findings and scenarios speak of."""

from __future__ import annotations

import re
from pathlib import Path

from coffeeshop.lessons.grading.hints import FINDING_MISCONCEPTIONS
from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.scenario.find import folders, scenario_form

GUIDE = Path(__file__).parents[3] / "docs" / "misconceptions.md"


def test_every_misconception_that_is_named_is_in_the_table():
    named = {
        *FINDING_MISCONCEPTIONS.values(),
        *(rule.misconception for rule in RULES.values()),
    }
    for form in map(scenario_form, folders()):
        named |= {*form.misconceptions, *(wrong.misconception for wrong in form.wrong)}
    assert named - {""} <= misconceptions().keys()


def test_the_guide_lists_the_same():
    text = GUIDE.read_text()
    assert set(re.findall(r"\bM\d\d\b", text)) == set(misconceptions())
    for row in misconceptions().values():
        assert f"| {row.id} | {row.believed} | [{row.holds}]({row.page}) |" in text


def test_each_says_what_is_believed_what_holds_and_where_aws_says_so():
    for one in misconceptions().values():
        assert one.believed.endswith(".")
        assert one.holds.endswith(".")
        assert one.page.startswith("https://docs.aws.amazon.com/")
        assert max(len(one.believed), len(one.holds)) <= 130


def test_at_least_45_have_a_public_page_where_people_believed_it():
    seen = [row for row in misconceptions().values() if row.seen]
    assert len(seen) >= 45
    assert all(row.seen.startswith("http") for row in seen)
