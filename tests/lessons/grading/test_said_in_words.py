"""A refusal that is to be said in words is said of whoever and whatever it is about, or it is left to silence for some."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from shutil import copytree

import pytest

from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.grading.sentences import describe_request
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.scenario.find import find
from coffeeshop.policy.model import Request
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
    assert found.startswith("“A shop that joins tomorrow stops its audit trail”")


# ------------------------------------------------------------------ with every credential
NO_SHREDDING = {
    "Effect": "Deny",
    "Action": "s3:DeleteObject",
    "NotResource": "arn:aws:s3:::coffeeshop-receipts/voided/*",
}
WITHOUT_CODE = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
WITH_CODE = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
TILL = (
    "aws iam create-role --role-name Till --assume-role-policy-document '"
    + document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"},
            "Action": "sts:AssumeRole",
        }
    )
    + "'\n"
)


def shredding(*statements: dict[str, object], more: str = "") -> list[str]:
    """Return the offences of the auditor's no in 13, written as these statements."""
    lesson = scenario(find("13"))
    text = lesson.solution.replace(
        "file://policies/no-shredding.json", f"'{document(*statements)}'"
    )
    play = played(lesson, text + more)
    assert [outcome.answer for outcome in play.outcomes if not outcome.has_succeeded] == []
    return [offence.text for offence in RULES["explicit-no"].offences(Trial(play), {})]


@pytest.mark.parametrize(
    ("condition", "circumstance"),
    [
        (WITHOUT_CODE, "in a console session and with an MFA code"),
        (WITH_CODE, "only because nothing allows it"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, ""),
        ({"Null": {"aws:MultiFactorAuthPresent": "true"}}, "in a console session"),
        ({"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}, ""),
        ({"Null": {"aws:TokenIssueTime": "true"}}, "in a session that began at"),
        ({"StringNotEqualsIfExists": {"s3:authType": "REST-QUERY-STRING"}}, ""),
        ({"StringNotLikeIfExists": {"aws:CalledViaLast": "x*"}}, ""),
    ],
)
def test_a_no_that_speaks_to_one_credential_leaves_the_others_to_silence(
    condition: dict[str, object], circumstance: str
):
    offences = shredding({**NO_SHREDDING, "Condition": condition})
    assert offences
    assert any(circumstance in text for text in offences), offences


def test_two_noes_that_together_speak_to_every_credential_are_said_in_words():
    assert (
        shredding(
            {**NO_SHREDDING, "Condition": WITHOUT_CODE},
            {**NO_SHREDDING, "Condition": WITH_CODE},
        )
        == []
    )


def test_a_no_holds_for_every_role_that_somebody_can_assume():
    (offence,) = shredding(NO_SHREDDING, more=TILL)
    assert "“Casey shreds a receipt outside voided/”" in offence
    assert "in a session of the role Till" in offence
    said = document(NO_SHREDDING)
    put_on = f"aws iam put-role-policy --role-name Till --policy-name no --policy-document '{said}'\n"
    assert shredding(NO_SHREDDING, more=TILL + put_on) == []


def test_a_no_must_be_said_to_somebody_who_has_no_credential_yet(tmp_path: Path):
    root = tmp_path / find("13").name
    copytree(find("13"), root)
    text = (root / "scenario.toml").read_text()
    _ = (root / "scenario.toml").write_text(
        text.replace("[people]\n", '[people]\nbadges = "real"\n')
    )
    lesson = scenario(root)
    right = played(lesson, lesson.solution)
    silent = played(lesson, (root / "wrong/the-no-taken-away.sh").read_text())
    assert texts_about(right, "casey") == []
    assert texts_about(silent, "casey") == [
        "“Casey shreds a receipt outside voided/” is refused only because nothing allows it"
    ]


def texts_about(play: Play, subject: str) -> list[str]:
    offences = RULES["explicit-no"].offences(Trial(play), {})
    return [offence.text for offence in offences if offence.who == subject]


def test_a_no_that_another_credential_needs_is_no_idle_deny():
    lesson = scenario(find("13"))
    rules = document(
        {**NO_SHREDDING, "Condition": WITHOUT_CODE},
        {**NO_SHREDDING, "Condition": WITH_CODE},
    )
    text = lesson.solution.replace("file://policies/no-shredding.json", f"'{rules}'")
    trial = Trial(played(lesson, text))
    assert [*RULES["no-blanket-deny"].offences(trial, {})] == []


def test_the_time_of_a_session_is_told_as_a_clock_shows_it() -> None:
    request = Request(
        "s3:GetObject",
        "arn:aws:s3:::receipts/0412.json",
        {"aws:TokenIssueTime": ("2026-03-07T06:05:00Z",)},
    )
    said = describe_request(request)
    assert said.endswith(", in a session that began at 06:05 on 7 March 2026")
    for value in ("maybe", "9" * 30):
        other = dataclasses.replace(request, context={"aws:TokenIssueTime": (value,)})
        assert f"aws:TokenIssueTime is {value}" in describe_request(other)
