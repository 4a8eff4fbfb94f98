"""A credential report is read as sentences, each credential with its age."""

from __future__ import annotations

from coffeeshop.views.credential_report import credential_reports
from coffeeshop.views.rows import lines
from tests.views.plays import played

REPORT = "aws iam generate-credential-report\naws iam get-credential-report\n"


def said(script: str) -> list[str]:
    return lines(credential_reports(played("29", script).outcomes)).splitlines()


def test_a_report_tells_of_each_user_what_they_can_show_and_since_when():
    heading, root, *users = said(REPORT)
    assert (
        heading == "The decoded report (outside this game, `base64 --decode` decodes it):"
    )
    assert root.startswith("  <root_account>: a password, last used ")
    assert "; an MFA device; access key 1, made " in root
    assert "  jo-intern: a password, last used 200 days ago" in users
    assert "  sam: access key 1, made 272 days ago, last used 80 days ago" in users
    assert len(users) == 10


def test_what_was_never_used_is_off_or_is_not_there_is_said():
    script = """aws iam create-user --user-name kim
aws iam create-user --user-name lou
aws iam create-access-key --user-name kim
aws iam update-access-key --user-name kim --access-key-id @key --status Inactive
aws iam create-login-profile --user-name kim --password Flat-white-2
"""
    users = said(script + REPORT)
    assert (
        "  kim: a password, never used; access key 1, made 0 days ago, never used, deactivated"
        in users
    )
    assert "  lou: no credentials" in users


def test_a_report_that_aws_refuses_and_other_calls_say_nothing():
    assert said("aws iam get-credential-report\naws iam list-users\n") == []
