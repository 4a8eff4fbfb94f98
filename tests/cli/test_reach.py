"""`coffeeshop reach`: who could become what, by which calls, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.account.escalation.iam_vulnerable import HIGH, IAM, details
from tests.cli.test_export import coffeeshop, told

USER = "privesc10-PutUserPolicy-user"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an imported account `iv`."""
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "details.json").write_text(json.dumps(details()))
    assert coffeeshop("import", "details.json", "--as", "iv").exit_code == 0
    return tmp_path


def test_from_one_user_the_calls_that_lead_to_everything_are_told(home: Path):
    who, ascent, call, note, *rest, headline = coffeeshop(
        "reach", "iv", "--from", USER
    ).stdout.splitlines()
    assert (who, ascent, rest) == (f"user {USER}", "  could gain full access", [])
    assert note == "“canary” is a made-up name. It stands for any name that fits."
    assert call.startswith(f"    aws iam put-user-policy --user-name {USER} ")
    assert (
        headline
        == f"User {USER} can't do everything now, but could gain full access unaided."
    )


def test_what_no_call_proves_says_on_what_it_stands(home: Path):
    lines = coffeeshop(
        "reach", "iv", "--from", "privesc-ssmStartSession-user"
    ).stdout.splitlines()
    assert lines[1:-1] == [
        f"  could gain full access, as role {HIGH}, if an EC2 instance has it",
        "    ssm:StartSession on arn:aws:ec2:us-east-1:123456789012:instance/x",
        "    ec2.amazonaws.com assumes the role for them (the policies allow it, but Coffeeshop can't try the call)",
    ]


def test_json_holds_every_call_with_its_parameters(home: Path):
    found = json.loads(
        coffeeshop("reach", "iv", "--from", f"{IAM}:user/{USER}", "--json").stdout
    )
    (start,) = found["from"]
    (ascent,) = start["could_become"]
    assert found["account"] == "123456789012"
    assert (start["who"], start["may_do_everything"], start["not_proven_further"]) == (
        f"{IAM}:user/{USER}",
        False,
        [],
    )
    assert (ascent["identity"], ascent["may_do_everything"], ascent["played"]) == (
        f"{IAM}:user/{USER}",
        True,
        True,
    )
    assert ascent["calls"][0]["parameters"]["UserName"] == USER


def test_whoever_is_not_there_is_told_with_whom_is_meant(home: Path):
    assert f"did you mean {USER}?" in told(coffeeshop("reach", "iv", "--from", USER[:-1]))
    assert "the account has no user or role" in told(
        coffeeshop("reach", "iv", "--from", "\x1b[2J")
    )
    assert "there is no scenario" in told(coffeeshop("reach", "nowhere"))
