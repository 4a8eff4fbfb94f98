"""A line carried out: which calls it makes, and what it prints, in each form."""

import json
from shlex import quote

import pytest

from coffeeshop.account.command import Line, understand_line
from coffeeshop.account.model import Outcome
from tests.account.command.terminal import Terminal
from tests.account.command.world import AT, FILES, WORLD, problems
from tests.tables import each_row


def done(line: str) -> tuple[tuple[Outcome, ...], str]:
    """What came of the calls of a line, and what it prints."""
    found = Terminal()
    printed = found(line)
    return found.outcomes, printed.text


def said(line: str) -> str:
    return done(line)[1]


MISSING = "Max attempts exceeded. Previously accepted state: Matched expected service error code: NoSuchEntity"
LIST = "aws iam list-users"


def test_a_query_finds_its_part_of_the_answer_and_the_call_is_the_same():
    (whole,), _ = done(LIST)
    (asked,), text = done(f"{LIST} --query 'Users[].UserName'")
    assert text == '[\n    "casey",\n    "robin",\n    "sam"\n]'
    assert asked == whole


@each_row([
        (f"{LIST} --query 'Users[].UserName' --output text", "casey\trobin\tsam"),
        (f"{LIST} --query 'Users[].[UserName,Path]' --output text", "casey\t/\nrobin\t/\nsam\t/"),
        (f"{LIST} --query 'Users[].{{Name:UserName}}' --output table",
         "-----------\n|ListUsers|\n+---------+\n|  Name   |\n+---------+\n|  casey  |\n|  robin  |\n|  sam    |\n+---------+"),
        (f"{LIST} --query 'Users[].UserName' --output yaml", "- casey\n- robin\n- sam"),
        (f"{LIST} --query 'Users[0].UserName' --output yaml", '"casey"'),
        (f"{LIST} --query Nobody", "null"),
        (f"{LIST} --query Nobody --output text", "None"),
        (f"{LIST} --query Nobody --output table", ""),
        (f"{LIST} --output off", ""),
        (f"{LIST} --query 'Users[?UserName==`casey`] | length(@)'", "1"),
        ("aws iam create-group --group-name x --query Group.Path", '"/"'),
        ("aws iam delete-user --user-name casey --output yaml", "aws: [ERROR]: An error occurred (DeleteConflict)"),
    ])  # fmt: skip
def test_an_answer_is_printed_in_the_form_that_is_asked_for(line: str, text: str):
    shown = said(line)
    assert shown == text or (
        text.startswith("aws: [ERROR]: An error") and shown.startswith(text)
    )


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("foo(@)", "Unknown function: foo()"),
        ("length(`1`)", "In function length(), invalid type for value: 1, expected one of: ['string', 'array', "
                        "'object'], received: \"number\""),
        ("[@,@][]|" * 40 + "@", "--query finds more than a terminal could show; ask for less"),
        ("[@,@]|" * 90 + "@", "--query finds more than a terminal could show; ask for less"),
        ("[@,@]|" * 60 + "length(to_string(@))", "--query finds more than a terminal could show; ask for less"),
        ("{a:" + "[@,@]|" * 60 + "@,b:" + "[@,@]|" * 60 + "@}|a==b",
         "--query finds more than a terminal could show; ask for less"),
        ("Users[].UserName|" + "[@,@][]|" * 14 + "join(join('',@),@)|length(@)",
         "--query finds more than a terminal could show; ask for less"),
        ("Users[].UserName|" + "[@,@][]|" * 14 + "join('',@)|[@]|" + "[@,@][]|" * 14 + "[?contains(@,'caseycasex')]",
         "--query finds more than a terminal could show; ask for less"),
        ("Users[::0]", "slice step cannot be zero"),
        ("ceil(`1e999`)", "cannot convert float infinity to integer"),
        ("`1`>'1'", "'>' not supported between instances of 'int' and 'str'"),
        ("contains('casey',`1`)", "'in <string>' requires string as left operand, not int"),
        ("[&UserName]", "Object of type _Expression is not JSON serializable"),
    ],
)  # fmt: skip
def test_a_query_that_only_the_answer_refutes_is_told_after_the_call(query: str, text: str):
    outcomes, shown = done(f"{LIST} --query {quote(query)}")
    assert [outcome.has_succeeded for outcome in outcomes] == [True]
    assert shown == text


@pytest.mark.parametrize("query", ["[" * 9000, "Users[" + "9" * 5000 + "]"])
def test_a_query_that_nobody_can_read_is_refused(query: str):
    found = understand_line(f"{LIST} --query '{query}'", WORLD, AT, FILES, "root")
    assert isinstance(found, tuple)
    assert found[0].code == "bad-query"


def test_a_list_is_asked_for_page_after_page_and_told_as_one():
    outcomes, text = done(f"{LIST} --page-size 1 --query 'Users[].UserName' --output text")
    assert [outcome.act.call.parameters.get("MaxItems") for outcome in outcomes] == [
        1,
        1,
        1,
    ]
    assert {outcome.act.at for outcome in outcomes} == {AT}
    assert text == "casey\nrobin\nsam"  # text is printed by pages
    assert said(f"{LIST} --page-size 1 --output json") == said(LIST)


def test_a_part_of_a_list_says_where_it_goes_on():
    outcomes, text = done(
        f"{LIST} --max-items 1 --page-size 9 --query 'Users[].UserName' --output text"
    )
    assert [outcome.act.call.parameters for outcome in outcomes] == [{"MaxItems": 9}]
    # The token's own page, which the query finds nothing on, as with the real CLI.
    assert text == "casey\nNone"
    assert (
        said(f"{LIST} --max-items 1 --output text")
        .splitlines()[1]
        .startswith("NEXTTOKEN\t")
    )


def test_a_list_goes_on_by_the_token_of_the_part_before():
    def parts(options: str) -> list[str]:
        found, token = list[str](), ""
        while len(found) < 9:
            names, token = json.loads(
                said(f"{LIST} --query '[Users[].UserName,NextToken]' {options} {token}")
            )
            found.append(",".join(names))
            if token is None:
                return found
            token = f"--starting-token {token}"
        return found

    assert parts("--max-items 1") == ["casey", "robin", "sam"]
    assert parts("--max-items 2") == ["casey,robin", "sam"]
    assert parts("--max-items 2 --page-size 1") == ["casey,robin", "sam"]
    assert parts("--max-items 1 --page-size 2") == ["casey", "robin", "sam"]
    assert parts("--max-items 3") == ["casey,robin,sam"]


def test_a_warning_is_told_where_nothing_of_a_list_is_wanted():
    found = understand_line(f"{LIST} --max-items 0", WORLD, AT, FILES, "root")
    assert isinstance(found, Line)
    assert found.notes == (
        "Non-positive values for --max-items may result in undefined behavior.",
    )
    assert json.loads(said(f"{LIST} --max-items 0"))["Users"] == []


def test_pages_that_nobody_merges_are_shown_as_they_came():
    assert '"IsTruncated": false' in said(f"{LIST} --no-paginate")
    assert '"IsTruncated"' not in said(LIST)


def test_of_an_option_that_is_given_twice_the_last_counts():
    (outcome,), _ = done("aws iam get-user --user-name robin --user-name casey")
    assert outcome.act.call.parameters == {"UserName": "casey"}
    (outcome,), _ = done(
        "aws iam update-account-password-policy --require-symbols --no-require-symbols"
    )
    assert outcome.act.call.parameters == {"RequireSymbols": False}


def test_an_option_may_be_cut_short_as_long_as_it_is_the_only_one():
    (outcome,), text = done("aws iam get-user --user casey --quer User.UserName --out text")
    assert outcome.act.call.parameters == {"UserName": "casey"}
    assert text == "casey"


@pytest.mark.parametrize(
    "option",
    ["--debug", "--no-verify-ssl", "--endpoint-url http://127.0.0.1:4566", "--ca-bundle x"],
)
def test_what_does_nothing_here_is_taken_and_told(option: str):
    found = understand_line(f"{LIST} {option}", WORLD, AT, FILES, "root")
    assert isinstance(found, Line)
    (note,) = found.notes
    assert note.startswith(f"{option.partition(' ')[0]} does nothing here: ")


# ----------------------------------------------------------- the CLI's own words
@each_row(
    [
        ("aws help", "    iam\n"),
        ("aws iam help", "    create-user\n"),
        (
            "aws iam create-user help",
            "        --user-name <value>\n        [--path <value>]\n",
        ),
        (
            "aws iam create-user --help",
            "    --user-name (string): required, 1 to 64 characters\n",
        ),
        ("aws s3 help", "    sync\n"),
        ("aws iam wait help", "    user-exists"),
        ("aws iam wait user-exists help", "        [--user-name <value>]\n"),
        ("aws s3 cp help", "        [--recursive]\n"),
        ("console sign-in help", "        --password <value>\n"),
    ]
)
def test_help_is_shown_at_every_level(line: str, shown: str):
    outcomes, text = done(line)
    assert outcomes == ()
    assert text.startswith(
        f"NAME\n    {line.removesuffix('help').removesuffix('--').strip()}\n"
    )
    assert shown in text


def test_a_skeleton_holds_every_parameter_and_asks_for_none():
    (outcomes, text) = done("aws iam update-access-key --generate-cli-skeleton")
    assert json.loads(text) == {"UserName": "", "AccessKeyId": "", "Status": "Active"}
    assert outcomes == ()
    assert (
        said("aws iam update-access-key --user-name casey --generate-cli-skeleton input")
        == text
    )
    deep = json.loads(said("aws dynamodb put-item --generate-cli-skeleton"))["Item"]
    assert deep["KeyName"]["L"] == [{}]  # a value within a value
    # The CLI wants its own arguments first.
    (found, *_) = problems("aws lambda invoke --generate-cli-skeleton")
    assert found.code == "missing-option"


def test_a_star_in_brackets_is_passed_on_as_bash_does():
    assert (
        said(f"{LIST} --query Users[*].[UserName,Path] --output text")
        == "casey\t/\nrobin\t/\nsam\t/"
    )
    assert problems("aws s3 ls *")[0].code == "shell-syntax"


def test_an_object_is_told_with_its_encryption_and_its_metadata():
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html; botocore's parser for Metadata."""
    there = Terminal()
    for line, members in (
        ("put-object --key k", {"ETag", "ServerSideEncryption"}),
        ("head-object --key k", {"ServerSideEncryption", "Metadata"}),
        (
            "copy-object --key l --copy-source coffeeshop-receipts/k",
            {"ServerSideEncryption", "CopyObjectResult"},
        ),
    ):
        told = json.loads(there(f"aws s3api {line} --bucket coffeeshop-receipts").text)
        assert told["ServerSideEncryption"] == "AES256"
        assert told.keys() >= members
    assert list(told) == [
        "ServerSideEncryption",
        "CopyObjectResult",
    ]  # what came in a header stands first


def test_how_long_a_presigned_address_lasts_is_a_number():
    found = understand_line(
        "aws s3 presign s3://coffeeshop-receipts/k --expires-in soon",
        WORLD,
        AT,
        FILES,
        "root",
    )
    assert isinstance(found, tuple)
    assert found[0].text == "argument --expires-in: invalid int value: 'soon'"


def test_help_of_nothing_is_told():
    found = understand_line("aws iam nothing help", WORLD, AT, FILES, "root")
    assert isinstance(found, tuple)
    assert found[0].code == "unknown-operation"


def test_configure_tells_the_profiles_and_whose_badge_is_in_hand():
    assert said("aws configure list-profiles") == "casey\nrobin\nroot"
    assert said("aws configure get region") == "us-east-1"
    key = said(
        "aws iam list-access-keys --user-name robin --query AccessKeyMetadata[0].AccessKeyId --output text"
    )
    assert said("aws configure get aws_access_key_id --profile robin") == key
    listed = said("aws configure list --profile robin").splitlines()
    assert listed[1] == f"{'profile':<10} : {'robin':<24} : {'manual':<16} : --profile"
    assert listed[2].startswith(f"access_key : ****************{key[-4:]} ")
    assert Terminal()("aws configure get nothing").failed


def test_export_takes_a_badge_in_hand():
    found = understand_line("export AWS_PROFILE=casey", WORLD, AT, FILES, "root")
    assert isinstance(found, Line)
    assert found.profile == "casey"
    refused = understand_line("export PATH=/x", WORLD, AT, FILES, "root")
    assert isinstance(refused, tuple)
    assert refused[0].code == "shell-syntax"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("aws iam wait user-exists --user-name casey", ""),
        ("aws iam wait user-exists --user-name nobody", f"aws: [ERROR]: Waiter UserExists failed: {MISSING}"),
        ("aws iam wait role-exists --role-name x", f"aws: [ERROR]: Waiter RoleExists failed: {MISSING}"),
        ("aws s3api wait bucket-exists --bucket coffeeshop-receipts", ""),
        ("aws s3api wait bucket-not-exists --bucket nothing", ""),
        ("aws s3api wait bucket-not-exists --bucket coffeeshop-receipts",
         "aws: [ERROR]: Waiter BucketNotExists failed: Max attempts exceeded"),
        ("aws ec2 wait instance-running --instance-ids i-1234567890abcdef0", "aws: [ERROR]: Waiter InstanceRunning failed: "),
    ],
)  # fmt: skip
def test_what_is_waited_for_is_there_or_never_will_be(line: str, text: str):
    terminal = Terminal()
    printed = terminal(line)
    assert len(terminal.outcomes) == 1
    assert printed.failed is bool(text)
    assert printed.text == text or (text.endswith(": ") and printed.text.startswith(text))


def test_a_pattern_that_no_file_fits_is_passed_on_as_bash_does():
    line = "aws iam simulate-custom-policy --policy-input-list '{}' --action-names s3:* --resource-arns arn:aws:s3:::b/*"
    (outcome,), _ = done(line)
    assert outcome.act.call.parameters["ActionNames"] == ("s3:*",)
    assert outcome.act.call.parameters["ResourceArns"] == ("arn:aws:s3:::b/*",)
    found = understand_line(f"{LIST} *", WORLD, AT, FILES, "root")
    assert isinstance(found, tuple)
    assert found[0].code == "shell-syntax"
