"""A leak says under which circumstances its request gets through: in the report, in plain grade and in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.report_document import as_json
from coffeeshop.lessons.grading.report_json import report_json
from coffeeshop.views.report import report as report_rows
from coffeeshop.views.rows import lines
from tests.lessons.folder import FILES, folder, played, policy, put, scenario
from tests.views.plays import graded
from tests.views.plays import scenario as bundled

ADDRESS = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
LATER = {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}
TAGGED = {"StringEquals": {"aws:PrincipalTag/team": "bar"}}
UNTAGGED = {"Null": {"aws:PrincipalTag/team": "true"}}
NO_CODE = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
OPEN = {"Bool": {"aws:SecureTransport": "false"}}
TAG = "aws iam tag-user --user-name casey --tags Key=team,Value=bar\n"


@pytest.mark.parametrize(
    ("condition", "world", "said"),
    [
        (ADDRESS, "", "with an access key and from the address 198.51.100."),
        (LATER, "", "at 00:00 on 1 January 2027"),
        (TAGGED, TAG, "with an access key and with the principal tag team = bar."),
        (UNTAGGED, "", "with an access key and without the principal tag team."),
        (NO_CODE, "", "with an access key and without an MFA code."),
        (OPEN, "", "with an access key and with aws:SecureTransport = false."),
    ],
    ids=["address", "time", "tag", "no tag", "no code", "transport"],
)
def test_a_leak_says_when_it_gets_through(
    condition: object, world: str, said: str, tmp_path: Path
):
    files = {**FILES, "world.sh": FILES["world.sh"] + world}
    statements = (policy("s3:GetObject"), policy("s3:DeleteObject", Condition=condition))
    script = "".join(put(text, name=f"p{at}") for at, text in enumerate(statements))
    play = played(scenario(folder(tmp_path, files)), script)
    found = grade(play)
    (leak,) = (finding for finding in found.findings if finding.kind is FindingKind.LEAK)
    assert said in leak.why.partition("AWS allowed this call ")[2]
    assert leak.why in lines(report_rows(found))
    assert leak.why in json.dumps(as_json(report_json(play, found)), ensure_ascii=False)


@pytest.mark.parametrize(
    ("name", "slug", "said"),
    [
        ("15", "one-policy-on-all", "in a session of the role Cashier."),
        ("20", "a-second-phone-for-casey", "in a console session and without an MFA code."),
        (
            "25",
            "account",
            "in a session of the role Driver and with the external ID shop-7f3a.",
        ),
    ],
)
def test_a_leak_says_with_which_credential_it_gets_through(name: str, slug: str, said: str):
    found = graded(name, bundled(name).text(f"wrong/{slug}.sh"))
    first = next(finding for finding in found.findings if finding.kind is FindingKind.LEAK)
    assert f"AWS allows this call {said}" in first.why


def test_a_call_that_fails_for_another_reason_is_not_said_to_get_through():
    for finding in graded("C2").findings:
        assert (
            "AWS allowed this call " in finding.why
            or "AWS allows this call " in finding.why
        ) == (finding.kind == "leak")


def test_a_leak_with_a_credential_that_does_not_exist_is_told_as_one_that_would_get_through():
    first = next(
        finding for finding in graded("26").findings if finding.kind is FindingKind.LEAK
    )
    said = (
        "Indra has no active access key. The grade created what is missing on a copy, "
        "and AWS allowed this call with an access key."
    )
    assert said in first.why


def test_a_leak_with_a_credential_that_exists_is_told_as_it_is():
    key = "aws iam create-access-key --user-name indra\n"
    first = next(
        finding
        for finding in graded("26", key).findings
        if finding.kind is FindingKind.LEAK
    )
    assert "AWS allows this call with an access key." in first.why


def test_a_leak_is_told_with_the_credential_that_its_person_has():
    (leak,) = (finding for finding in graded("38").findings if "ada" in finding.key)
    said = "AWS allows this call in a console session and with an MFA code."
    assert said in leak.why


def test_a_leak_with_a_password_that_does_not_exist_says_who_lacks_it():
    gone = "aws iam delete-login-profile --user-name sam\n"
    first = next(
        finding
        for finding in graded("20", gone).findings
        if finding.kind is FindingKind.LEAK
    )
    assert "AWS allows this call in a console session" not in first.why


def test_a_leak_in_a_console_session_says_that_its_person_has_no_password_or_device():
    found = graded("C1", bundled("C1").text("wrong/no-roles-for-bo.sh"))
    first = next(finding for finding in found.findings if finding.kind is FindingKind.LEAK)
    said = "AWS allowed this call in a console session and with an MFA code."
    assert "Bo has no password and no MFA device." in first.why
    assert said in first.why
