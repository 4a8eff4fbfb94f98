"""An AWS service in a check: what it may do depends on whom it works for."""

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.script import run_play
from tests.views.plays import scenario

BLOCK = "BlockPublicPolicy=true"


@pytest.mark.parametrize(
    ("before", "after", "keys"),
    [
        ("", "", []),
        ("trail.json", "trail-folder.json", ["leak:our-folder@cloudtrail"]),
        ("trail.json", "trail-account.json", []),
        (BLOCK, "BlockPublicPolicy=false", ["leak:public@ada"]),
    ],
    ids=["right", "anyone's trail", "our account's trails", "nothing blocks a policy"],
)
def test_a_service_is_refused_for_others_and_a_setting_refuses_whoever_has_permission(
    before: str, after: str, keys: list[str]
):
    lesson = scenario("38")
    report = grade(run_play(lesson, lesson.solution.replace(before, after)))
    assert [finding.key for finding in report.findings] == keys
    assert report.stars == (0 if keys else 3)
