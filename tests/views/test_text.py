"""Words of the views."""

import pytest

from coffeeshop.account.model import Call
from coffeeshop.views.text import capital, command_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing allows that", "Nothing allows that"),
        ("s3:ListBucket is allowed", "s3:ListBucket is allowed"),
        ("arn:aws:s3:::b is a bucket", "arn:aws:s3:::b is a bucket"),
        ("ada: no policy", "Ada: no policy"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_large_letter_and_an_action_as_aws_spells_it(
    text: str, said: str
):
    assert capital(text) == said


@pytest.mark.parametrize(
    "call",
    [
        Call(
            "console",
            "SignIn",
            {
                "UserName": "ada",
                "Password": "Latte-art-at-7",
                "NewPassword": "Latte-art-at-7",
            },
        ),
        Call(
            "iam",
            "ChangePassword",
            {"OldPassword": "Latte-art-at-7", "NewPassword": "Latte-art-at-7"},
        ),
        Call(
            "iam", "CreateLoginProfile", {"UserName": "ada", "Password": "Latte-art-at-7"}
        ),
    ],
)
def test_a_call_is_told_without_its_password(call: Call):
    assert "Latte" not in command_of(call)
    assert " PASSWORD" in command_of(call)


def test_a_functions_code_is_shown_as_a_file_and_not_as_bytes() -> None:
    code = {"ZipFile": b"PK\x05\x06".ljust(22, b"\0")}
    call = Call("lambda", "CreateFunction", {"FunctionName": "report-x", "Code": code})
    shown = command_of(call)
    assert "--zip-file fileb://" in shown
    assert "ZipFile" not in shown
