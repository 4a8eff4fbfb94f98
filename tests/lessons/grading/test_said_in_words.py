"""A refusal that is to be said in words is said of whoever and whatever it is about, or it is left to silence for some."""

from __future__ import annotations

from shutil import copytree

import pytest

from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.find import find
from tests.lessons.folder import played, scenario
from tests.lessons.grading.test_hollow_stars import NUMBERS, STAYS, trails
from tests.lessons.grading.test_nobody_escapes import document

DENIED = {"Effect": "Deny", "Resource": "*", "Action": STAYS}


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The rules over all shops, to be said in words of one that joins tomorrow."""
    root = tmp_path_factory.mktemp("words") / find("24").name
    copytree(find("24"), root)
    text = (root / "scenario.toml").read_text()
    _ = (root / "scenario.toml").write_text(
        text.replace('id = "dark"\n', 'id = "dark"\nkind = "explicit"\n')
    )
    return scenario(root)


def offences(lesson: Scenario, *statements: dict[str, object]) -> list[str]:
    """What is left to silence where no shop is allowed anything of trails, and these rules hang over all of them."""
    rows = (DENIED | statement for statement in statements)
    quiet = document({"Effect": "Allow", "NotAction": STAYS[1:], "Resource": "*"})
    text = (
        lesson.solution.replace("file://policies/shop-rules.json", f"'{document(*rows)}'")
        + "aws organizations create-policy --name Quiet --description x --type SERVICE_CONTROL_POLICY "
        f"--content '{quiet}'\n"
        "aws organizations attach-policy --policy-id @policy:Quiet --target-id @unit:Shops\n"
        "aws organizations detach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops\n"
    )
    play = played(lesson, text)
    assert [outcome.answer for outcome in play.outcomes if not outcome.has_succeeded] == []
    return [offence.text for offence in RULES["explicit-no"].offences(Trial(play), {})]


@pytest.mark.parametrize("statements", [[{}], trails(NUMBERS)])
def test_what_is_said_of_every_shop_is_said_in_words(
    lesson: Scenario, statements: list[dict[str, object]]
):
    assert offences(lesson, *statements) == []


@pytest.mark.parametrize(
    "statements",
    [
        *(trails([one for one in NUMBERS if one != spared]) for spared in "17"),
        [{"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}}],
    ],
)
def test_what_is_said_of_some_shops_or_of_some_people_there_is_left_to_silence(
    lesson: Scenario, statements: list[dict[str, object]]
):
    (found,) = offences(lesson, *statements)
    assert found.startswith("“A shop that joins tomorrow does not stop its audit trail”")
