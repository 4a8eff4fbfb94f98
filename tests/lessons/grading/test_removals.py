"""A hint's command names what the learner made, where they put it."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.script import run_play
from tests.views.plays import scenario


def document(*actions: str, effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": "*"}
    return f"'{json.dumps({'Version': '2012-10-17', 'Statement': statement})}'"


JOINS = "aws iam add-user-to-group --group-name Cashiers --user-name casey\n"
WIDE = document("s3:*")
READ = "arn:aws:iam::aws:policy/AmazonS3FullAccess"


@pytest.mark.parametrize(
    ("line", "removal"),
    [
        (
            f"aws iam put-user-policy --user-name casey --policy-name mine --policy-document {WIDE}",
            "aws iam delete-user-policy --user-name casey --policy-name mine",
        ),
        (
            "aws iam add-user-to-group --group-name Admins --user-name casey",
            "aws iam remove-user-from-group --group-name Admins --user-name casey",
        ),
        (
            f"aws iam put-group-policy --group-name Cashiers --policy-name wide --policy-document {WIDE}",
            "aws iam delete-group-policy --group-name Cashiers --policy-name wide",
        ),
    ],
)
def test_the_command_of_a_hint_takes_away_what_the_learner_made(
    line: str, removal: str
) -> None:
    play = run_play(scenario("04"), JOINS + line)
    finding = grade(play).findings[0]
    assert finding.kind in ("leak", "excess", "practice"), finding.key
    assert finding.hints[-1].endswith(removal), finding.hints


def test_a_policy_of_one_person_is_named_as_it_is_called() -> None:
    allows = scenario("10").text("policies/receipts.json")
    line = f"aws iam put-user-policy --user-name sam --policy-name mine --policy-document '{allows}'"
    play = run_play(scenario("10"), f"{scenario('10').solution}\n{line}")
    (finding,) = grade(play).findings
    assert finding.key == "practice:no-direct-user-policies"
    assert (
        "aws iam delete-user-policy --user-name sam --policy-name mine" in finding.hints[-1]
    )


def test_no_hint_shows_its_blank() -> None:
    play = run_play(scenario("04"), "")
    hints = [hint for finding in grade(play).findings for hint in finding.hints]
    assert hints
    assert not any("{removal}" in hint for hint in hints)


def hints_of(name: str, key: str, script: str) -> tuple[str, ...]:
    """Return the hints of a finding after a script, or after a wrong answer of the scenario."""
    text = scenario(name).text(script) if script.endswith(".sh") else script
    findings = grade(run_play(scenario(name), text)).findings
    return next(finding.hints for finding in findings if finding.key == key)


SHARED = "put-group-policy --group-name Baristas --policy-name mine --policy-document"
OF_REGISTER = f"aws iam {SHARED} {document('dynamodb:PutItem')}\n"
TILL_GONE = "aws iam delete-access-key --user-name till-2024 --access-key-id @key\n"


@pytest.mark.parametrize(
    ("name", "key", "script", "command"),
    [
        (
            "15",
            "leak:bare-till@bo",
            OF_REGISTER,
            "aws iam delete-group-policy --group-name Baristas --policy-name mine",
        ),
        (
            "29",
            "leak:stale@till-2024",
            "",
            "aws iam delete-access-key --user-name till-2024 --access-key-id AKIA",
        ),
        (
            "29",
            "leak:stale@jo-intern",
            TILL_GONE,
            "aws iam delete-login-profile --user-name jo-intern",
        ),
        (
            "29",
            "leak:stale-key",
            f"{TILL_GONE}aws iam delete-login-profile --user-name jo-intern\n",
            "aws iam delete-access-key --user-name robin --access-key-id AKIA",
        ),
        ("29", "leak:root-key", "", "aws iam delete-access-key --access-key-id AKIA"),
        ("01", "leak:laptop-key", "", "aws iam delete-access-key --access-key-id AKIA"),
        (
            "01",
            "practice:root-no-keys",
            "wrong/off-is-not-gone.sh",
            "aws iam delete-access-key --access-key-id AKIA",
        ),
        (
            "03",
            "practice:one-active-key",
            "wrong/a-spare-key.sh",
            "aws iam delete-access-key --user-name ",
        ),
    ],
)
def test_a_hint_names_the_thing_that_the_account_has(
    name: str, key: str, script: str, command: str
) -> None:
    hints = hints_of(name, key, script)
    assert command in hints[-1]
    assert not any(word in hints[-1] for word in ("NAME", " ID", "{"))


def test_every_blank_of_a_bundled_hint_is_filled() -> None:
    for name in ("14", "15", "16", "17", "29"):
        for wrong in scenario(name).wrongs:
            report = grade(run_play(scenario(name), scenario(name).text(wrong.script)))
            for hint in (hint for finding in report.findings for hint in finding.hints):
                if not hint.lstrip().startswith("{"):
                    assert "{" not in hint
                    assert "NAME" not in hint
