"""Reading AWS CLI lines: what they mean, and every problem in the real CLI's words."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
from pyotp.totp import TOTP

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.command import read_act
from coffeeshop.account.command.shell_words import MAX_LINE_LENGTH
from coffeeshop.account.command.validation import BUCKET_ARN, BUCKET_PATTERN
from coffeeshop.account.model import Act, Call, Key, Nobody
from coffeeshop.account.values import Json
from tests.account.command.world import (
    AT,
    FILES,
    JOB,
    SEED,
    WITH_JOB,
    WORLD,
    act,
    call,
    problems,
    said,
)
from tests.tables import each_row

STEP = timedelta(seconds=30)
TRUST = "--assume-role-policy-document '{}'"


def parameters(line: str) -> Mapping[str, Json]:
    return call(line).parameters


# -------------------------------------------------------------------- values
def test_a_line_is_an_act_of_the_profile_at_the_time():
    found = act("aws iam create-user --user-name casey2", profile="casey")
    assert found == Act(AT, found.caller, Call("iam", "CreateUser", {"UserName": "casey2"}))
    assert isinstance(found.caller, Key)
    assert WORLD.credentials[found.caller.id].profile == "casey"


@each_row(
    [
        ("--user-name=casey", {"UserName": "casey"}),
        ("--user-name casey --path /staff/", {"UserName": "casey", "Path": "/staff/"}),
        ("--path /a/ --user-name casey", {"UserName": "casey", "Path": "/a/"}),
        (
            "--user-name casey --tags Key=a,Value=b",
            {"UserName": "casey", "Tags": ({"Key": "a", "Value": "b"},)},
        ),
        (
            "--user-name casey --tags Key=a,Value=b Key=c,Value=",
            {
                "UserName": "casey",
                "Tags": ({"Key": "a", "Value": "b"}, {"Key": "c", "Value": ""}),
            },
        ),
        (
            """--user-name casey --tags '[{"Key": "a", "Value": "b"}]'""",
            {"UserName": "casey", "Tags": ({"Key": "a", "Value": "b"},)},
        ),
        (
            """--user-name casey --tags '{"Key": "a", "Value": "b"}' '{"Key": "c", "Value": "d"}'""",
            {
                "UserName": "casey",
                "Tags": ({"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}),
            },
        ),
        (
            r"""--user-name casey --tags 'Key="a,b",Value='"'"'c d'"'"'' 'Key=e\,f,Value= g = h '""",
            {
                "UserName": "casey",
                "Tags": ({"Key": "a,b", "Value": "c d"}, {"Key": "e,f", "Value": "g = h"}),
            },
        ),
        ("--user-name casey --tags", {"UserName": "casey", "Tags": ()}),
        ("--user-name casey --tags '[]'", {"UserName": "casey", "Tags": ()}),
        ("""--cli-input-json '{"UserName": "casey"}'""", {"UserName": "casey"}),
        (
            """--cli-input-json '{"UserName": "casey", "Path": "/a/"}' --path /b/""",
            {"UserName": "casey", "Path": "/b/"},
        ),
        ("--cli-input-json file://user.json", {"UserName": "casey"}),
        ("--cli-input-json fileb://user.json", {"UserName": "casey"}),
        (
            "--user-name casey --output json --no-cli-pager --no-paginate --color off",
            {"UserName": "casey"},
        ),
    ]
)
def test_options_become_parameters(options: str, expected: dict[str, Json]):
    files = {**FILES, "user.json": b'{"UserName": "casey"}'}
    assert act(f"aws iam create-user {options}", files=files).call.parameters == expected


def test_global_options_may_stand_before_the_service():
    assert (
        act("aws --profile casey iam list-users").caller
        == act("aws iam list-users --profile casey").caller
    )


def test_lists_of_plain_values_are_words():
    assert parameters("aws iam untag-user --user-name casey --tag-keys a b") == {
        "UserName": "casey",
        "TagKeys": ("a", "b"),
    }
    assert parameters('aws iam untag-user --tag-keys \'["a", "b"]\' --user-name x')[
        "TagKeys"
    ] == ("a", "b")


def test_booleans_are_flags():
    found = parameters(
        "aws iam update-account-password-policy --require-symbols --no-require-numbers"
    )
    assert found == {"RequireSymbols": True, "RequireNumbers": False}


def test_numbers_are_numbers():
    assert (
        parameters(
            f"aws iam create-role --role-name till {TRUST} --max-session-duration 7200"
        )["MaxSessionDuration"]
        == 7200
    )
    assert parameters("aws dynamodb scan --table-name menu --limit 5")["Limit"] == 5


def test_maps_are_json_or_shorthand():
    expected = {"TableName": "menu", "Key": {"id": {"S": "espresso"}}}
    assert (
        parameters(
            """aws dynamodb get-item --table-name menu --key '{"id": {"S": "espresso"}}'"""
        )
        == expected
    )
    assert (
        parameters("aws dynamodb get-item --table-name menu --key 'id={S=espresso}'")
        == expected
    )
    item = parameters(
        "aws dynamodb put-item --table-name menu --item 'id={S=1},hot={BOOL=true},tags={SS=[a,b]},n={NULL=no}'".replace(
            ",n={NULL=no}", ""
        )
    )
    assert item["Item"] == {
        "id": {"S": "1"},
        "hot": {"BOOL": True},
        "tags": {"SS": ("a", "b")},
    }
    assert parameters(
        "aws sqs create-queue --queue-name orders --attributes DelaySeconds=5,VisibilityTimeout=9"
    ) == {
        "QueueName": "orders",
        "Attributes": {"DelaySeconds": "5", "VisibilityTimeout": "9"},
    }


def test_shorthand_lists_need_no_brackets_and_one_value_makes_a_list():
    line = "aws iam simulate-custom-policy --policy-input-list '{}' --action-names s3:GetObject --context-entries "
    keys = {"ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip"}
    for values, expected in (
        ("a", ("a",)),
        ("a,b", ("a", "b")),
        ('"a",b', ("a", "b")),
        ("[a, b]", ("a", "b")),
    ):
        found = parameters(
            f"{line} 'ContextKeyName=aws:SourceIp,ContextKeyValues={values},ContextKeyType=ip'"
        )
        assert found["ContextEntries"] == ({**keys, "ContextKeyValues": expected},)


def test_numbers_in_shorthand_are_numbers():
    found = parameters(
        "aws dynamodb create-table --table-name menu --attribute-definitions AttributeName=id,AttributeType=S "
        "--key-schema AttributeName=id,KeyType=HASH --provisioned-throughput ReadCapacityUnits=1,WriteCapacityUnits=2"
    )
    assert found["ProvisionedThroughput"] == {
        "ReadCapacityUnits": 1,
        "WriteCapacityUnits": 2,
    }


# --------------------------------------------------------------------- files
def test_a_file_gives_its_text_with_unix_line_ends():
    found = parameters(
        "aws iam create-policy --policy-name till --policy-document file://policies/till.json"
    )
    assert found["PolicyDocument"] == '{\n  "Version": "2012-10-17"\n}'
    assert parameters(
        "aws iam create-policy --policy-name t --policy-document file://./policies/till.json"
    ) == {
        **found,
        "PolicyName": "t",
    }


def test_a_body_is_a_path_with_or_without_file():
    for body in ("receipt.json", "file://receipt.json", "fileb://receipt.json"):
        found = parameters(f"aws s3api put-object --bucket b --key k --body {body}")
        assert found == {"Bucket": "b", "Key": "k", "Body": FILES["receipt.json"]}
    assert "Body" not in parameters("aws s3api put-object --bucket b --key k")


def test_blobs_are_files_base64_or_raw_where_that_is_asked_for():
    line = "aws lambda invoke --function-name espresso-api"
    assert (
        parameters(f"{line} --payload fileb://picture.png out")["Payload"]
        == FILES["picture.png"]
    )
    assert parameters(f"{line} --payload e30= out")["Payload"] == b"{}"
    assert (
        parameters(f"{line} --payload '{{}}' --cli-binary-format raw-in-base64-out out")[
            "Payload"
        ]
        == b"{}"
    )
    # No sign of it is one of base64: passed over.
    assert parameters(f"{line} --payload '{{}}' out")["Payload"] == b""
    assert [problem.code for problem in problems(f"{line} --payload '{{a: 1}}' out")] == [
        "bad-value"
    ]


def test_the_zip_file_of_a_new_function_lies_in_its_code():
    line = "aws lambda create-function --function-name espresso-api --role arn:aws:iam::111122223333:role/till"
    expected = {"ZipFile": FILES["picture.png"]}
    assert parameters(f"{line} --zip-file fileb://picture.png")["Code"] == expected
    whole = """--cli-input-json '{"Code": {"ZipFile": "AA=="}}'"""
    assert parameters(f"{line} {whole}")["Code"] == {"ZipFile": b"\0"}
    ((_, _, text),) = said(f"{line} --code ZipFile=AA==")
    assert text.startswith("ZipFile cannot be provided as part of the --code argument.")
    ((_, _, text),) = said(f"{line} --zip-file AA==")
    assert text.startswith("--zip-file must be a zip file with the fileb:// prefix.")


def test_a_file_for_a_list_must_hold_a_list():
    line = "aws iam simulate-custom-policy --action-names s3:GetObject --policy-input-list"
    ((_, _, text),) = said(f"{line} file://policies/till.json")
    assert (
        "the CLI would take each character of file://policies/till.json for an element"
        in text
    )
    files = {"list.json": b'["{}"]', "policy.json": b"{}"}
    assert act(f"{line} file://list.json", files=files).call.parameters[
        "PolicyInputList"
    ] == ("{}",)


def test_bytes_are_no_text_and_a_file_within_shorthand_is_read():
    files = {"x.txt": "é".encode()}
    line = "aws iam create-policy --policy-name x --policy-document fileb://x.txt"
    (found,) = problems(line, files=files)
    assert (found.text, found.mend) == (
        "Error parsing parameter '--policy-document': fileb://x.txt is bytes, but text is needed",
        "write file:// rather than fileb://",
    )
    line = "aws iam tag-user --user-name casey --tags Key=a,Value@=file://x.txt"
    assert act(line, files=files).call.parameters["Tags"] == ({"Key": "a", "Value": "é"},)


def test_files_come_from_a_mapping_or_a_function():
    line = "aws iam create-policy --policy-name till --policy-document file://policies/till.json"
    found = read_act(line, WORLD, AT, lambda name: FILES[name])
    assert isinstance(found, Act)

    def closed(name: str) -> bytes:
        raise PermissionError(13, "Permission denied")

    denied = read_act(line, WORLD, AT, closed)
    assert isinstance(denied, tuple)
    assert denied[0].text.endswith("[Errno 13] Permission denied: 'policies/till.json'")


@each_row(
    [
        ("nope.json", "[Errno 2] No such file or directory: 'nope.json'"),
        ("../till.json", "only files below the scenario's folder are read"),
        ("policies/../../till.json", "only files below the scenario's folder are read"),
        ("/etc/passwd", "only files below the scenario's folder are read"),
        ("", "only files below the scenario's folder are read"),
        ("~x", "only files below the scenario's folder are read"),
        ("picture.png", "text contents could not be decoded."),
        ("big", f"it has {MAX_LINE_LENGTH + 1} bytes; at most {MAX_LINE_LENGTH} are read"),
    ]
)
def test_a_file_that_cannot_be_read_is_a_problem(path: str, text: str):
    line = f"aws iam create-policy --policy-name till --policy-document file://{path}"
    found = problems(line, files={**FILES, "big": b" " * (MAX_LINE_LENGTH + 1)})
    assert [(problem.code, problem.place.path) for problem in found] == [
        ("bad-file", "--policy-document")
    ]
    assert found[0].text.startswith(
        "Error parsing parameter '--policy-document': Unable to load paramfile"
    )
    assert found[0].text.endswith(text)


def test_a_backslash_in_a_path_is_no_way_out():
    assert (
        said(r"aws s3api put-object --bucket b --key k --body '..\x'")[0][0] == "bad-file"
    )


def test_a_variable_before_the_command_is_the_option_that_says_the_same_unless_that_is_given():
    found = act("AWS_PROFILE=casey AWS_REGION=eu-west-1 AWS_PAGER= aws s3api list-buckets")
    assert found == act("aws s3api list-buckets --profile casey --region eu-west-1")
    assert act("AWS_PROFILE=casey aws iam list-users --profile robin") == act(
        "aws iam list-users --profile robin"
    )


# ---------------------------------------------------- problems with the command
@each_row([
        ("", "empty", 1, "there is no command in this line", ""),
        ("# nothing", "empty", 1, "there is no command in this line", ""),
        ("ls -l", "unknown-command", 1, "ls: command not found", "AWS commands begin with `aws`, sign-ins with `console`"),
        ("iam list-users", "unknown-command", 1, "iam: command not found", "write `aws iam …`"),
        ("s3 ls", "unknown-command", 1, "s3: command not found", "write `aws s3 …`"),
        ("awss iam", "unknown-command", 1, "awss: command not found", "maybe you meant: aws"),
        ("$ aws iam list-users", "unknown-command", 1, "$: command not found", "leave the prompt out"),
        ("AWS_PROFILE=casey", "shell-syntax", 1, "`AWS_PROFILE=casey` alone sets nothing here",
         "write the command behind it, or `export` before it"),
        ("FOO=1 aws iam list-users", "shell-syntax", 1, "`FOO` sets nothing here",
         "what does: AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_REGION, AWS_DEFAULT_REGION, AWS_DEFAULT_OUTPUT, AWS_PAGER"),
        ("AWS_DEFAULT_OUTPUT=xml aws iam list-users", "bad-option", 20,
         "argument --output: invalid choice: 'xml' (choose from json, text, table, yaml, yaml-stream, off)", ""),
        ("aws iam list-users --cli-read-timeout x", "bad-option", 39,
         "argument --cli-read-timeout: invalid int value: 'x'", "give a whole number"),
        ("aws configure", "missing-word", 14, "the following arguments are required: operation",
         "profiles are there as soon as their credentials are: --profile"),
        ("aws login", "unknown-service", 5, "argument command: Invalid choice: 'login'",
         "here you sign in with `console sign-in`"),
        ("aws sns list-topics", "not-simulated", 5, "sns is a service of AWS that is not simulated here",
         "simulated here: iam, sts, s3api, dynamodb, sqs, lambda, ec2, organizations, cloudtrail, accessanalyzer, kms, sso-admin, identitystore, s3, configure"),
        ("aws dynamodb wizard new-table", "not-simulated", 14, "`aws dynamodb wizard` is not simulated", ""),
        ("aws cloudtrail validate-logs", "not-simulated", 16, "`aws cloudtrail validate-logs` is not simulated", ""),
        ("aws list-users", "unknown-service", 5, "argument command: Invalid choice: 'list-users'",
         "write `aws iam list-users`"),
        ("aws iam get-caller-identity", "unknown-operation", 9,
         "argument operation: Invalid choice: 'get-caller-identity'", "write `aws sts get-caller-identity`"),
        ("aws sign-in", "unknown-service", 5, "argument command: Invalid choice: 'sign-in'", "write `console sign-in`"),
        ("aws iam get-user -h", "unknown-option", 18, "Unknown options: -h", "write `help`, alone at the end"),
        ("aws", "missing-word", 4, "the following arguments are required: command", ""),
        ("aws iam", "missing-word", 8, "the following arguments are required: operation", ""),
        ("aws iamm x", "unknown-service", 5, "argument command: Invalid choice: 'iamm'", "maybe you meant: iam"),
        ("aws console sign-in", "unknown-service", 5, "argument command: Invalid choice: 'console'",
         "simulated here: iam, sts, s3api, dynamodb, sqs, lambda, ec2, organizations, cloudtrail, accessanalyzer, kms, sso-admin, identitystore, s3, configure"),
        ("aws iam creat-user", "unknown-operation", 9, "argument operation: Invalid choice: 'creat-user'",
         "maybe you meant: create-user, get-user"),
        ("aws iam CreateUser", "unknown-operation", 9, "argument operation: Invalid choice: 'CreateUser'",
         "maybe you meant: create-user, update-user"),
        ("aws iam upload-ssh-public-key --name x", "not-simulated", 9,
         "UploadSSHPublicKey is an operation of AWS that is not simulated here", ""),
        ("aws iam --bogus", "unknown-option", 9, "Unknown options: --bogus", "write an operation's options after it"),
        ("aws iam get-user --generate-cli-skeleton output", "bad-option", 42,
         "argument --generate-cli-skeleton: invalid choice: 'output' (choose from input)", ""),
        ("aws s3api list-objects-v2 --bucket s3://coffeeshop-receipts/2026", "bad-parameter", 36,
         f'Parameter validation failed: Invalid bucket name "s3://coffeeshop-receipts/2026": Bucket name must match the '
         f'regex "{BUCKET_PATTERN}" or be an ARN matching the regex "{BUCKET_ARN}"',
         "write the bucket's name alone: coffeeshop-receipts"),
        ("aws s3api put-object --bucket arn:aws:s3:::nobodys --key k", "bad-parameter", 31,
         f'Parameter validation failed: Invalid bucket name "arn:aws:s3:::nobodys": Bucket name must match the regex '
         f'"{BUCKET_PATTERN}" or be an ARN matching the regex "{BUCKET_ARN}"', ""),
        ("aws iam create-user --user-name", "missing-value", 21, "argument --user-name: expected one argument", ""),
        ("aws iam create-user", "missing-option", 20, "the following arguments are required: --user-name", ""),
        ("aws iam get-user --usr-name x", "unknown-option", 18, "Unknown options: --usr-name, x",
         "maybe you meant: --user-name"),
        ("aws iam put-user-policy --policy x --user-name x --policy-name p --policy-document {}", "ambiguous-option", 25,
         "ambiguous option: --policy could match --policy-name, --policy-document", "write one of them out"),
        ("aws iam create-user --user-name x --bogus 1", "unknown-option", 35, "Unknown options: --bogus, 1", ""),
        ("aws iam create-user --user-name x --bogus=1", "unknown-option", 35, "Unknown options: --bogus=1", ""),
        ("aws iam create-user --user-name x two words", "unknown-option", 35, "Unknown options: two, words",
         "options begin with --; put quotes around a text with spaces"),
        ("aws iam list-users --no-paginate --page-size 2", "bad-option", 47,
         "Cannot specify --no-paginate along with pagination arguments: --page-size", "delete one of them"),
        ("aws iam list-users --output tex", "bad-option", 29, "argument --output: invalid choice: 'tex' (choose from json, "
         "text, table, yaml, yaml-stream, off)", ""),
        ("aws iam list-users --query 'Users['", "bad-query", 28, "Bad value for --query Users[: Invalid jmespath expression: "
         "Incomplete expression:\n\"Users[\"\n       ^", "`Users[].UserName` is one; its names are those of the answer"),
        ("aws iam list-users --query ''", "bad-query", 28,
         "Bad value for --query : Invalid JMESPath expression: cannot be empty.",
         "`Users[].UserName` is one; its names are those of the answer"),
        ("aws iam create-login-profile --user-name x --password-reset-required=yes", "bad-option", 44,
         "argument --password-reset-required: ignored explicit argument 'yes'", "write --password-reset-required alone"),
        ("aws iam list-users --profile nobody", "unknown-profile", 30, "The config profile (nobody) could not be found",
         "profiles here: casey, robin, root"),
        ("aws iam list-users --profile caesy", "unknown-profile", 30, "The config profile (caesy) could not be found",
         "maybe you meant: casey"),
        ("aws iam list-users --region 'us east'", "bad-region", 29,
         "Provided region_name 'us east' doesn't match a supported format.", "name a Region, such as us-east-1"),
        ("aws iam list-users --region 12", "bad-region", 29,
         "Provided region_name '12' doesn't match a supported format.", "name a Region, such as us-east-1"),
        ("aws s3api get-object --bucket b --key k", "missing-option", 40,
         "the following arguments are required: outfile", "name a file"),
        ("aws s3api put-object --bucket b --key k --acl public-read", "not-simulated", 41,
         "--acl of put-object is not simulated", "leave it out: it would change nothing"),
        ("aws iam create-virtual-mfa-device --virtual-mfa-device-name x", "missing-option", 62,
         "the following arguments are required: --outfile, --bootstrap-method", ""),
        ("console sign-in --password x --pasword y", "unknown-option", 30, "Unknown options: --pasword, y",
         "maybe you meant: --password"),
        ("aws iam create-role --role-name x --assume-role-policy-document '{}' --max-session-duration long", "bad-value",
         93, "Error parsing parameter '--max-session-duration': invalid literal for int() with base 10: 'long'",
         "give a number"),
        ("aws iam create-role --role-name x --assume-role-policy-document '{}' --max-session-duration 60", "bad-parameter",
         93, "Parameter validation failed: Invalid value for parameter MaxSessionDuration, value: 60, valid min value: 3600",
         ""),
        ("aws iam get-user --user-name ''", "bad-parameter", 30,
         "Parameter validation failed: Invalid length for parameter UserName, value: 0, valid min length: 1", ""),
        ("aws iam create-user --user-name x --tags '[{'", "bad-json", 42,
         "Error parsing parameter '--tags': Invalid JSON: Expecting property name enclosed in double quotes: "
         "line 1 column 3 (char 2)\nJSON received: [{", "check quotes, commas and brackets"),
        ("aws dynamodb scan --table-name menu --exclusive-start-key '{\"a\": {\"N\": NaN}}'", "bad-json", 59,
         "Error parsing parameter '--exclusive-start-key': Invalid JSON: NaN is no JSON\n"
         'JSON received: {"a": {"N": NaN}}', "check quotes, commas and brackets"),
        ("""aws dynamodb put-item --table-name m --cli-binary-format raw-in-base64-out --item '{"a": {"B": "\\ud800"}}'""",
         "bad-value", 83, "Error parsing parameter '--item': half a character, \\ud800 to \\udfff, is no text",
         "write the character, or both its halves"),
        ("""aws lambda tag-resource --resource x --tags '{"": ""}'""", "bad-parameter", 45,
         "Parameter validation failed: Invalid length for parameter Tags (key: ), value: 0, valid min length: 1", ""),
        ("aws iam create-user --cli-input-json '[]'", "bad-json", 38,
         "Error parsing parameter '--cli-input-json': Invalid JSON: an object with the parameters is wanted", ""),
        ("aws iam create-user --user-name x --tags Key", "bad-shorthand", 42,
         "Error parsing parameter '--tags': Expected: '=', received: the end for input:\nKey\n   ^",
         "write Key=…,Value=…, or JSON in single quotes"),
        ("aws iam create-user --user-name x --tags Key=a,Key=b", "bad-shorthand", 42,
         "Error parsing parameter '--tags': Expected: another key than 'Key', which stands there already, "
         "received: 'K' for input:\nKey=a,Key=b\n      ^", "write Key=…,Value=…, or JSON in single quotes"),
        ("aws iam create-user --user-name x --tags \"Key='a\"", "bad-shorthand", 42,
         "Error parsing parameter '--tags': Expected: a closing ', received: the end for input:\nKey='a\n      ^",
         "write Key=…,Value=…, or JSON in single quotes"),
        ("aws dynamodb scan --table-name menu --exclusive-start-key a", "bad-shorthand", 59,
         "Error parsing parameter '--exclusive-start-key': Expected: '=', received: the end for input:\na\n ^",
         "write key=value,…, or JSON in single quotes"),
        ("aws dynamodb get-item --table-name m --key 'id={N=}' --limit", "unknown-option", 54,
         "Unknown options: --limit", ""),
    ])  # fmt: skip
def test_a_problem_says_the_place_the_fault_and_the_mend(
    line: str, code: str, column: int, text: str, mend: str
):
    found = problems(line)
    assert [(p.code, p.place.column, p.text, p.mend) for p in found] == [
        (code, column, text, mend)
    ]


def test_all_problems_of_a_line_are_told_at_once():
    line = (
        "aws iam create-role --rol-name x --max-session-duration 60 --tags Key=a,Vlue=b "
        "--assume-role-policy-document file://nope.json --profile nobody surplus"
    )
    assert [(p.code, p.place.path) for p in problems(line)] == [
        ("unknown-option", ""),
        ("bad-file", "--assume-role-policy-document"),
        ("unknown-option", ""),
        ("missing-option", ""),
        ("unknown-profile", "--profile"),
        ("bad-parameter", "--max-session-duration"),
        ("bad-parameter", "--tags"),
        ("bad-parameter", "--tags"),
    ]


def test_the_problem_of_a_continued_line_stands_where_it_is():
    found = problems("aws iam create-user \\\n    --user-name x \\\n  --bogus")[0].place
    assert (found.line, found.column) == (3, 3)


def test_the_cli_validates_members_and_types_as_botocore_does():
    line = "aws iam create-user --user-name x --tags "
    assert [text for _, _, text in said(f"{line}'Key=a,Vlue=b'")] == [
        'Parameter validation failed: Missing required parameter in Tags[0]: "Value"',
        'Parameter validation failed: Unknown parameter in Tags[0]: "Vlue", must be one of: Key, Value',
    ]
    assert [text for _, _, text in said(f"{line}'Key=a,b,Value=c'")] == [
        "Parameter validation failed: Invalid type for parameter Tags[0].Key, value: ['a', 'b'], "
        "type: <class 'list'>, valid types: <class 'str'>"
    ]
    assert (
        "Invalid type for parameter Tags, value: None"
        in said(
            """aws iam create-user --cli-input-json '{"UserName": "x", "Tags": null}'"""
        )[0][2]
    )
    assert (
        "Invalid type for parameter MaxItems, value: True"
        in said("""aws iam list-users --cli-input-json '{"MaxItems": true}'""")[0][2]
    )
    assert (
        said("aws dynamodb get-item --table-name m --key 'id={S=a,B=?}'".replace("?", "x"))[
            0
        ][0]
        == "bad-value"
    )
    assert said("""aws dynamodb get-item --table-name mmm --key '{"id": {"S": 1}}'""")[0][
        2
    ] == (
        "Parameter validation failed: Invalid type for parameter Key.id.S, value: 1, "
        "type: <class 'int'>, valid types: <class 'str'>"
    )
    assert said("""aws iam create-user --cli-input-json '{"Username": "x"}'""")[1][2] == (
        'Parameter validation failed: Unknown parameter in input: "Username", '
        "must be one of: Path, UserName, PermissionsBoundary, Tags"
    )
    assert said(
        """aws iam create-user --cli-input-json '{"UserName": "x", "Odd": {"a": [1]}}'"""
    )[0][2] == (
        'Parameter validation failed: Unknown parameter in input: "Odd", '
        "must be one of: Path, UserName, PermissionsBoundary, Tags"
    )
    assert said("aws iam create-user --cli-input-json '{}'")[0][2] == (
        'Parameter validation failed: Missing required parameter in input: "UserName"'
    )


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100,
        "{" * 40 + "}" * 40,
        "a=" + "[" * 100,
        '"' + "9" * 5000,
        "9" * 5000,
    ],
)
def test_what_is_nested_too_deeply_or_too_long_is_a_problem_and_no_crash(text: str):
    found = problems(f"aws dynamodb put-item --table-name menu --item '{text}'")
    assert found[0].code in {"bad-json", "bad-shorthand"}
    assert (
        problems(f"aws dynamodb scan --table-name menu --limit {'9' * 5000}")[0].code
        == "bad-value"
    )


def test_a_long_nesting_that_json_takes_is_refused_too():
    deep = json.dumps({"L": []})
    for _ in range(70):
        deep = '{"L": [%s]}' % deep  # noqa: UP031  # braces
    assert (
        problems(f"aws dynamodb put-item --table-name menu --item '{{\"id\": {deep}}}'")[
            0
        ].code
        == "bad-json"
    )


def test_a_line_of_many_faults_tells_the_first_ones():
    assert (
        20
        <= len(problems("aws iam create-user --user-name x " + "--bogus " * 30_000))
        <= 22
    )


@pytest.mark.parametrize(
    "name", ["[/]", "[bold]x[/bold]", "x" * 200, "' OR 1=1", "{0}", "%s", "\t"]
)
def test_hostile_names_are_plain_values(name: str):
    quoted = name.replace("'", "'\"'\"'")
    assert parameters(f"aws iam create-user --user-name '{quoted}'") == {"UserName": name}


def test_a_negative_number_and_a_text_with_blanks_are_values():
    assert (
        parameters("aws sqs send-message --queue-url u --message-body '-x y'")[
            "MessageBody"
        ]
        == "-x y"
    )
    assert (
        parameters("aws sqs send-message --queue-url u --message-body -5")["MessageBody"]
        == "-5"
    )
    assert (
        parameters("aws sqs send-message --queue-url u --message-body=-x")["MessageBody"]
        == "-x"
    )
    assert (
        parameters("aws sqs send-message --queue-url u --message-body -")["MessageBody"]
        == "-"
    )


# ------------------------------------------------------------ who, where, when
def test_signing_in_needs_no_credential():
    found = act("console sign-in --user-name casey --password x --profile whoever")
    assert (found.caller, found.call.service, found.call.operation) == (
        Nobody(),
        "console",
        "SignIn",
    )


def test_no_sign_request_is_nobody():
    assert (
        act("aws s3api get-object --bucket b --key k out --no-sign-request").caller
        == Nobody()
    )


def test_a_credential_is_named_by_its_id_too():
    key = next(iter(WORLD.credentials))
    assert act(f"aws iam list-users --profile {key}").caller == Key(key)


def test_a_caller_may_be_given_in_place_of_a_profile():
    line, key = "aws iam list-users", Key("AKIAEXAMPLE")
    assert read_act(line, WORLD, AT, FILES, key) == Act(AT, key, Call("iam", "ListUsers"))
    named = f"{line} --profile casey"
    assert read_act(named, WORLD, AT, FILES, key) == act(named)


def test_the_region_is_where_the_call_goes():
    assert call("aws iam list-users --region eu-central-1").origin.region == "eu-central-1"


def test_the_size_of_a_page_is_aws_and_how_much_of_a_list_is_wanted_the_clis():
    assert parameters("aws iam list-users --page-size 5 --max-items 9") == {"MaxItems": 5}
    assert parameters("aws s3api list-objects-v2 --bucket b --max-items 5") == {
        "Bucket": "b"
    }
    assert parameters("aws s3api list-objects-v2 --bucket b --max-keys 5") == {
        "Bucket": "b",
        "MaxKeys": 5,
    }
    assert parameters("aws iam list-users --max-items 5 --no-paginate") == {"MaxItems": 5}
    assert parameters("aws iam list-users --max-items 5 --marker abc") == {
        "MaxItems": 5,
        "Marker": "abc",
    }
    assert parameters(
        """aws iam list-users --cli-input-json '{"MaxItems": 2}' --no-paginate"""
    ) == {"MaxItems": 2}


@each_row(
    [
        ("eyJNYXJrZXIiOiAiYWJjIn0=", "abc"),
        ("eyJNYXJrZXIiOiAiYWJjIiwgImJvdG9fdHJ1bmNhdGVfYW1vdW50IjogMn0=", "abc"),
        ("eyJNYXJrZXIiOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAyfQ==", None),
        ("abc", "abc"),
        ("abc___2", "abc"),
        ("abc___x", "abc___x"),
        ("None___2", None),
        ("None", None),
        ("W10=", "W10="),
    ]
)
def test_a_list_goes_on_at_the_clis_token_or_at_aws_own(token: str, marker: str | None):
    found = parameters(f"aws iam list-users --starting-token {token}")
    assert found == ({} if marker is None else {"Marker": marker})


def test_every_list_can_have_a_page_size_where_aws_gives_it_a_limit():
    unsized = {key for key, row in OPERATIONS.items() if row.pages and not row.pages.limit}
    assert unsized == {
        ("cloudtrail", "ListTags"),
        ("cloudtrail", "ListTrails"),
        ("dynamodb", "ListTagsOfResource"),  # AWS gives these no limit
        ("organizations", "ListTagsForResource"),
        ("sso-admin", "ListTagsForResource"),
    }
    assert parameters("aws lambda list-functions --page-size 1") == {"MaxItems": 1}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--max-items x", "argument --max-items: invalid int value: 'x'"),
        ("--page-size 1.5", "argument --page-size: invalid int value: '1.5'"),
        ("--page-size 2 --no-paginate", "Cannot specify --no-paginate along with pagination arguments: --page-size"),
        ("--marker a --starting-token b", "Cannot specify --no-paginate along with pagination arguments: --starting-token"),
        ("--starting-token a___b___1", "Bad starting token: a___b___1"),
        ("--starting-token eyJib3RvX3RydW5jYXRlX2Ftb3VudCI6ICJhIn0=", "Bad starting token: eyJib3RvX3RydW5jYXRlX2Ftb3VudCI6ICJhIn0="),
        ("--starting-token eyJYIjogIjEifQ==", 'Unknown parameter in input: "X"'),
    ],
)  # fmt: skip
def test_a_place_or_a_part_that_is_none_is_refused_as_the_cli_refuses_it(
    line: str, said: str
):
    found = read_act(f"aws iam list-users {line}", WORLD, AT, FILES)
    assert isinstance(found, tuple)
    assert any(said in str(problem) for problem in found), found


# ----------------------------------------------------------------- references
PHONE = "arn:aws:iam::111122223333:mfa/casey"


def test_phone_is_the_code_of_the_device_at_this_step():
    codes = TOTP(SEED)
    line = f"aws iam enable-mfa-device --user-name casey --serial-number {PHONE}"
    found = parameters(
        f"{line} --authentication-code1 @phone --authentication-code2 @phone+1"
    )
    assert (found["AuthenticationCode1"], found["AuthenticationCode2"]) == (
        codes.at(AT),
        codes.at(AT + STEP),
    )
    assert parameters("console sign-in --user-name casey --password x --mfa-code @phone-1")[
        "MfaCode"
    ] == codes.at(AT - STEP)
    assert parameters(
        f"aws sts get-session-token --serial-number {PHONE} --token-code @phone"
    )["TokenCode"] == codes.at(AT)


def test_phone_of_root_is_roots():
    found = parameters(
        "console sign-in --root-email owner@shop.example --password x --mfa-code @phone"
    )
    assert found["MfaCode"] == TOTP(SEED).at(AT)


def test_key_is_the_users_only_key_or_the_first_or_second():
    casey = WORLD.keys_of(WORLD.users["casey"].id)
    robin = WORLD.keys_of(WORLD.users["robin"].id)
    line = "aws iam delete-access-key --access-key-id"
    assert parameters(f"{line} @key --user-name robin")["AccessKeyId"] == robin[0].id
    assert parameters(f"{line} @key:2 --user-name casey")["AccessKeyId"] == casey[1].id
    assert parameters(f"{line} @key --profile robin")["AccessKeyId"] == robin[0].id


def test_job_is_the_newest_job():
    assert (
        call(
            "aws iam get-service-last-accessed-details --job-id @job", WITH_JOB
        ).parameters["JobId"]
        == JOB
    )


@each_row(
    [
        (
            "console sign-in --user-name robin --password x --mfa-code @phone",
            "there are 2: arn:aws:iam::111122223333:mfa/robin",
        ),
        (
            "console sign-in --user-name nobody --password x --mfa-code @phone",
            "there is no user nobody",
        ),
        (
            "console sign-in --user-name sam --password x --mfa-code @phone",
            "is a security key: it shows no codes",
        ),
        (
            "console sign-in --user-name casey --password x --mfa-code @fone",
            "'@fone' is no reference of MfaCode",
        ),
        (
            "aws sts get-session-token --serial-number arn:none --token-code @phone",
            "there is no MFA device arn:none",
        ),
        (
            "aws iam delete-access-key --access-key-id @key --user-name casey",
            "@key: the user has 2 access keys",
        ),
        (
            "aws iam delete-access-key --access-key-id @key:3 --user-name casey",
            "@key:3: the user has 2 access keys",
        ),
        (
            "aws iam delete-access-key --access-key-id @key:2 --user-name robin",
            "@key:2: the user has one access key",
        ),
        (
            "aws iam delete-access-key --access-key-id @key --user-name sam",
            "@key: the user has 0 access keys",
        ),
        (
            "aws iam get-service-last-accessed-details --job-id @job",
            "@job: there is no job yet",
        ),
        (
            "aws iam delete-access-key --access-key-id @key --profile nobody",
            "@key: the user has 0 access keys",
        ),
    ]
)
def test_a_reference_to_nothing_is_a_problem(line: str, text: str):
    assert any(
        p.code == "bad-reference" and text in p.text and p.mend for p in problems(line)
    ) or ("security key" in text and any(text in p.text for p in problems(line)))


def test_a_reference_stands_only_where_such_a_value_stands():
    assert parameters("aws iam get-user --user-name @phone") == {"UserName": "@phone"}
    plain = """aws sts get-session-token --cli-input-json '{"TokenCode": "@phone"}'"""
    assert parameters(plain) == {"TokenCode": "@phone"}


def test_a_parameter_that_is_left_out_is_refused_by_name_however_it_is_given():
    def told(line: str) -> list[str]:
        return [text.partition("not simulated: ")[2] for _, _, text in said(line)]

    assert told(
        """aws s3api create-bucket --cli-input-json '{"Bucket": "menus", "ACL": "private"}'"""
    ) == ['"ACL"']
    role = "arn:aws:iam::111122223333:role/x"
    line = f"aws lambda create-function --function-name x --role {role} --code S3Bucket=menus,S3Key=x"
    assert told(line) == ['"S3Bucket"', '"S3Key"']


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("aws s3 ls", "`aws s3 ls`"),
    ],
)
def test_what_the_real_cli_does_beyond_calls_is_refused_by_name(line: str, name: str):
    ((code, _, text),) = said(line)
    assert code == "not-simulated"
    assert name in text


def test_an_output_that_no_cli_knows_is_no_choice():
    ((code, _, text),) = said("aws iam list-users --output xml")
    assert (code, "invalid choice: 'xml'" in text) == ("bad-option", True)
