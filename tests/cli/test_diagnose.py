"""`coffeeshop diagnose`: an error explained, from an argument, a file or standard input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coffeeshop.cli.diagnose import MAX_REFUSALS, MAX_TEXT_BYTES
from tests.cli.test_export import coffeeshop, home

__all__ = ["home"]

ADA = "arn:aws:iam::111122223333:user/ada"
TILL = "arn:aws:sts::111122223333:assumed-role/Till/bo"


def sentence(who: str, action: str, resource: str, reason: str = "") -> str:
    return f"User: {who} is not authorized to perform: {action} on resource: {resource} {reason}"


SILENT = sentence(
    ADA,
    "s3:GetObject",
    '"arn:aws:s3:::receipts/a"',
    "because no identity-based policy allows the s3:GetObject action",
)
BARE = (
    "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"
)


def test_an_argument_a_file_and_standard_input_get_the_same_answer(home: Path):
    Path("error.log").write_text(SILENT)
    answers = {
        coffeeshop("diagnose", SILENT).stdout,
        coffeeshop("diagnose", *SILENT.split(" ")).stdout,
        coffeeshop("diagnose", "error.log").stdout,
        coffeeshop("diagnose", "-", stdin=SILENT).stdout,
        coffeeshop("diagnose", stdin=SILENT).stdout,
    }
    [answer] = answers
    assert "Who: The IAM user ada in account 111122223333." in answer
    assert "No identity-based policy allows s3:GetObject (implicit deny)." in answer
    assert "Ask the IAM administrators in account 111122223333 for an Allow" in answer


@pytest.mark.parametrize(
    ("reason", "asked"),
    [
        ("with an explicit deny in a service control policy", "the organization's administrators"),
        ("because no service control policy allows the s3:GetObject action", "the organization's administrators"),
        ("with an explicit deny in a resource control policy", "the organization that owns the resource"),
        ("because no resource-based policy allows the s3:GetObject action", "in the bucket policy"),
        ("because no permissions boundary allows the s3:GetObject action", "who set the permissions boundary"),
        ("because no session policy allows the s3:GetObject action", "a wider session policy"),
        ("because no VPC endpoint policy allows the s3:GetObject action", "the owner of the VPC endpoint"),
    ],
)  # fmt: skip
def test_each_kind_of_policy_has_somebody_to_ask(home: Path, reason: str, asked: str):
    done = coffeeshop("diagnose", sentence(ADA, "s3:GetObject", "arn:aws:s3:::r/a", reason))
    assert done.exit_code == 0
    [ask] = [line for line in done.stdout.splitlines() if line.startswith("Ask: ")]
    assert asked in ask


def test_a_bare_refusal_says_what_is_unknown_and_how_to_find_out(home: Path):
    answer = coffeeshop("diagnose", BARE).stdout
    assert "Who: AWS's text doesn't say." in answer
    assert "Probably s3:PutObject, because PutObject needs it." in answer
    assert "aws sts get-caller-identity" in answer
    assert "CloudTrail" in answer


def test_a_bare_refusal_names_the_request_to_search_for(home: Path):
    answer = coffeeshop(
        "diagnose",
        "<Error><Code>AccessDenied</Code><Message>Access Denied</Message>"
        "<RequestId>7BMJM8PWV1J1FNEH</RequestId></Error>",
    ).stdout
    assert "Search CloudTrail for the request ID 7BMJM8PWV1J1FNEH." in answer


def test_an_authorization_id_comes_with_the_command_that_looks_it_up(home: Path):
    answer = coffeeshop(
        "diagnose", f"{SILENT}, authorization id: 0a1b2c3d4e5f6g7h8i9j"
    ).stdout
    assert "aws iam-toolbox get-request-authorization-details" in answer
    assert "--authorization-id 0a1b2c3d4e5f6g7h8i9j" in answer


def test_an_encoded_message_comes_with_the_command_that_decodes_it(home: Path):
    answer = coffeeshop(
        "diagnose",
        "You are not authorized to perform this operation. Encoded authorization failure message: "
        "sPwGqJ6vBHg1vPHLcn4g_CP-o5jOulH90vMrTsCODalS3LpFUD",
    ).stdout
    assert (
        "aws sts decode-authorization-message --encoded-message sPwGqJ6vBHg1vPHLcn4g…"
        in answer
    )


def test_json_has_the_facts_and_the_sentences(home: Path):
    [denial] = json.loads(coffeeshop("diagnose", "--json", SILENT).stdout)["denials"]
    assert denial["principal"] == {
        "kind": "IAM user",
        "account": "111122223333",
        "name": "ada",
        "session": "",
        "arn": ADA,
    }
    assert (denial["policy_kind"], denial["deny"]) == ("identity-based policy", "implicit")
    assert denial["says"]["ask"].startswith("Ask the IAM administrators")


def test_a_text_without_a_refusal_ends_with_1_and_says_what_to_paste(home: Path):
    done = coffeeshop("diagnose", "all is well")
    assert done.exit_code == 1
    assert "finds no AWS error" in done.stdout
    done = coffeeshop("diagnose", "--json", "all is well")
    assert (done.exit_code, json.loads(done.stdout)) == (1, {"denials": [], "left_off": 0})


def test_of_many_refusals_twenty_are_explained_and_the_rest_is_counted(home: Path):
    lines = [
        sentence(ADA, "s3:GetObject", f"arn:aws:s3:::r/{number}") for number in range(25)
    ]
    answer = coffeeshop("diagnose", stdin="\n".join(lines)).stdout
    assert answer.count("Who: ") == MAX_REFUSALS
    assert "Refusal 1 of 25" in answer
    assert "The text contains 5 more refusals" in answer


@pytest.mark.parametrize("words", [("missing.log",), ("./missing",), (".",)])
def test_a_file_that_cannot_be_read_is_reported(home: Path, words: tuple[str, ...]):
    done = coffeeshop("diagnose", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "cannot be read" in done.stderr


def test_a_text_that_is_too_large_is_refused(home: Path):
    Path("error.log").write_text("x" * (MAX_TEXT_BYTES + 1))
    for done in (
        coffeeshop("diagnose", "error.log"),
        coffeeshop("diagnose", "x " * MAX_TEXT_BYTES),
        coffeeshop("diagnose", stdin="x" * (MAX_TEXT_BYTES + 1)),
    ):
        assert (done.exit_code, done.stdout) == (2, "")
        assert "larger than" in done.stderr


HOSTILE = [
    BARE,
    SILENT,
    "\x1b[2J",
    "\u202e",
    "\x07",
    "\ud800",
    "{}",
    "\n",
    "User: ",
    "arn:",
]


@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE))).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_gives_a_traceback_or_obeyed_characters(home: Path, text: str):
    for words in ((), ("--json",)):
        done = coffeeshop(
            "diagnose", *words, "-", stdin=text.encode(errors="replace").decode()
        )
        assert done.exit_code in (0, 1)
        assert not {
            character for character in done.stdout if not character.isprintable()
        } - {"\n"}


# ------------------------------------------------------------------- --account
def policy_document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


READ = {
    "Sid": "Read",
    "Effect": "Allow",
    "Action": "s3:Get*",
    "Resource": "arn:aws:s3:::receipts/*",
}
NO_PAYROLL = {
    "Sid": "NoPayroll",
    "Effect": "Deny",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::payroll/*",
}
TRUST = {"Effect": "Allow", "Principal": {"AWS": ADA}, "Action": "sts:AssumeRole"}
CREATED = "2026-01-01T00:00:00Z"
DETAILS = {
    "UserDetailList": [
        {
            "UserName": "ada",
            "UserId": "AIDAEXAMPLEADA000001",
            "Arn": ADA,
            "Path": "/",
            "CreateDate": CREATED,
            "UserPolicyList": [
                {"PolicyName": "Desk", "PolicyDocument": policy_document(READ, NO_PAYROLL)}
            ],
        }
    ],
    "RoleDetailList": [
        {
            "RoleName": "Till",
            "RoleId": "AROAEXAMPLETILL00001",
            "Arn": "arn:aws:iam::111122223333:role/Till",
            "Path": "/",
            "CreateDate": CREATED,
            "AssumeRolePolicyDocument": policy_document(TRUST),
            "RolePolicyList": [
                {"PolicyName": "Sell", "PolicyDocument": policy_document(READ)}
            ],
        }
    ],
    "GroupDetailList": [],
    "Policies": [],
}


def by_file(text: str) -> tuple[str, str]:
    """Return the engine's decision and its sentence for a refusal, by the details."""
    Path("details.json").write_text(json.dumps(DETAILS))
    done = coffeeshop("diagnose", "--account", "details.json", "--json", text)
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)["denials"][0]["by_your_file"]
    return answer["decision"], answer["because"]


def test_details_tell_which_statement_denied(home: Path):
    reason = "with an explicit deny in an identity-based policy"
    decision, because = by_file(
        sentence(ADA, "s3:GetObject", "arn:aws:s3:::payroll/a", reason)
    )
    assert decision == "explicitDeny"
    assert (
        "Statement “NoPayroll” of policy “Desk” denies this s3:GetObject request" in because
    )
    assert "AWS's text says the same." in because


def test_details_tell_which_allow_came_closest(home: Path):
    decision, because = by_file(sentence(TILL, "s3:PutObject", "arn:aws:s3:::receipts/a"))
    assert decision == "implicitDeny"
    assert "Closest Allow: statement “Read” of policy “Sell” allows s3:Get*" in because


def test_details_that_allow_the_call_point_to_what_they_leave_out(home: Path):
    reason = "with an explicit deny in a service control policy"
    decision, because = by_file(
        sentence(TILL, "s3:GetObject", "arn:aws:s3:::receipts/a", reason)
    )
    assert decision == "allowed"
    assert "Statement “Read” of policy “Sell” allows it" in because
    assert "doesn't contain any service control policy" in because
    decision, because = by_file(sentence(TILL, "s3:GetObject", "arn:aws:s3:::receipts/a"))
    assert "a session policy, an SCP, an RCP or a VPC endpoint policy" in because


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (sentence(ADA.replace("ada", "eve"), "s3:GetObject", "*"), "isn't in the file"),
        (
            sentence(ADA.replace("1111", "9999"), "s3:GetObject", "*"),
            "from a different account",
        ),
        (BARE, "names no user or role"),
        ("Access Denied", "names no action"),
    ],
)
def test_details_of_somebody_else_decide_nothing(home: Path, text: str, because: str):
    decision, sentence_of_ours = by_file(text)
    assert decision == "undecided"
    assert because in sentence_of_ours


def test_details_that_are_no_details_are_refused(home: Path):
    Path("details.json").write_text("{}")
    done = coffeeshop("diagnose", "--account", "details.json", SILENT)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "holds none of" in done.stderr
