"""A job is done with whatever badge its person really has: what a key opens, a code opens too."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.grading.grade import grade
from tests.examples import pairs
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import (
    FILES,
    SCENARIO,
    folder,
    keys,
    played,
    policy,
    put,
    scenario,
)
from tests.lessons.grading.test_grade import job

RIGHT = put(policy("s3:GetObject"))
PASSWORD = "aws iam create-login-profile --user-name casey --password Ristretto-6\n"
PHONE = """aws iam create-virtual-mfa-device --virtual-mfa-device-name casey --outfile c.png --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey \
--authentication-code1 @phone --authentication-code2 @phone+1
"""
CODE, NO_CODE = (
    {"Bool": {"aws:MultiFactorAuthPresent": said}} for said in ("true", "false")
)
SIGNED_IN = {"Null": {"aws:TokenIssueTime": "false"}}
OLD_CODE = {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}


def earned(below: Path, text: str, *, has: str, more: str = "") -> tuple[int, list[str]]:
    """What an answer earns where Casey has such badges."""
    files = {**FILES, "world.sh": FILES["world.sh"] + has, "scenario.toml": SCENARIO + more}
    report = grade(played(scenario(folder(below, files)), text))
    return report.stars, keys(report)


def denied(
    condition: dict[str, dict[str, str]], action: str = "s3:GetObject", on: str = "*"
) -> str:
    return RIGHT + put(
        policy(action, on=on, effect="Deny", Condition=condition), name="deny"
    )


@pytest.mark.parametrize(
    ("has", "condition"), pairs([PASSWORD, PHONE, PASSWORD + PHONE], [CODE, SIGNED_IN])
)
def test_a_job_of_a_key_is_to_work_with_a_code_for_whoever_can_sign_in(
    has: str, condition: dict[str, dict[str, str]], tmp_path: Path
):
    assert earned(tmp_path, denied(condition), has=has) == (0, ["job-narrow:read@casey"])


def test_it_is_to_work_with_a_code_for_all_that_the_job_covers(tmp_path: Path):
    elsewhere = denied(CODE, on="arn:aws:s3:::coffeeshop-receipts/2027/*")
    assert earned(tmp_path, elsewhere, has=PHONE) == (0, ["job-narrow:read@casey"])


def test_a_role_is_to_be_worn_with_a_code_as_without_one(tmp_path: Path):
    trust = '{"Version": "2012-10-17", "Statement": [%s]}'
    casey = '"Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"}, "Action": "sts:AssumeRole"'
    allow, deny = (f'{{"Effect": "{effect}", {casey}%s}}' for effect in ("Allow", "Deny"))
    coded = deny % ', "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}'
    made = "aws iam create-role --role-name Reader --assume-role-policy-document '%s'\n"
    held = f"aws iam put-role-policy --role-name Reader --policy-name r --policy-document '{policy('s3:ListBucket', on='arn:aws:s3:::coffeeshop-receipts')}'\n"
    more = job(
        "list", "aws s3api list-objects-v2 --bucket coffeeshop-receipts", via="Reader"
    )
    for said, result in (
        (allow % "", (3, [])),
        (f"{allow % ''}, {coded}", (0, ["job-narrow:list@casey"])),
    ):
        answer = RIGHT + made % (trust % said) + held
        assert earned(tmp_path / str(result[0]), answer, has=PHONE, more=more) == result


@pytest.mark.parametrize(
    ("condition", "has"),
    [
        (NO_CODE, PASSWORD + PHONE),  # a rule that asks whoever signs in for a code
        (OLD_CODE, PASSWORD + PHONE),  # and for a new one: a code can be given anew
        (CODE, ""),  # that nobody can show
        (SIGNED_IN, ""),
        # Of sessions of yesterday.
        (
            {"DateLessThan": {"aws:TokenIssueTime": "2026-03-01T00:00:00Z"}},
            PASSWORD + PHONE,
        ),
    ],
)
def test_a_rule_that_a_code_passes_or_that_nobody_meets_loses_nothing(
    condition: dict[str, dict[str, str]], has: str, tmp_path: Path
):
    assert earned(tmp_path, denied(condition), has=has) == (3, [])


def test_a_job_that_says_itself_that_no_code_is_shown_asks_for_none(tmp_path: Path):
    text = 'within = { resource = "arn:aws:s3:::coffeeshop-receipts/*", condition = { Null = { "aws:MultiFactorAuthPresent" = "true" } } }\ncovers'
    files = {
        **FILES,
        "world.sh": FILES["world.sh"] + PHONE,
        "scenario.toml": SCENARIO.replace("covers", text),
    }
    answer = put(
        policy("s3:GetObject", Condition={"Null": {"aws:MultiFactorAuthPresent": "true"}})
    )
    assert grade(played(scenario(folder(tmp_path, files)), answer)).stars == 3


def test_what_a_code_shuts_is_told_as_such(tmp_path: Path):
    files = {**FILES, "world.sh": FILES["world.sh"] + PHONE}
    (finding,) = grade(played(scenario(folder(tmp_path, files)), denied(CODE))).findings
    assert finding.why.startswith(
        "The job's example call works, but the job also needs a similar call with MFA. s3:GetObject on "
    )
    assert "statement 1 of policy “deny” denies it" in finding.why


# ------------------------------------------------------------------ what is taken away
NO_PASSWORD = "aws iam delete-login-profile --user-name mina\n"


@pytest.mark.parametrize(
    ("more", "result"),
    [
        (NO_PASSWORD, (0, ["no-user:console@mina"])),
        (
            NO_PASSWORD
            + "aws iam create-login-profile --user-name mina --password Ristretto-7\n",
            (3, []),
        ),
        ("aws iam update-login-profile --user-name mina --password Ristretto-7\n", (3, [])),
    ],
)
def test_whoever_signed_in_before_the_play_is_to_have_a_password_still(
    more: str, result: tuple[int, list[str]]
):
    there = course("21-two-keys-to-shred")
    report = grade(played(there, there.solution + more))
    assert (report.stars, keys(report)) == result
    for finding in report.findings:
        assert finding.what == "Mina no longer has a password to sign in with."
