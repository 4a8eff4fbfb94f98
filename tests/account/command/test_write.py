"""Writing calls as lines, and answers as the CLI prints them."""

from collections.abc import Mapping

from coffeeshop.account.command import format_outcome, write_line
from coffeeshop.account.model import Act, Call, Nobody, Origin, Outcome, Reply, ServiceError
from coffeeshop.account.values import Json
from tests.account.command.world import AT, WORLD, act, call
from tests.tables import each_row

A = "111122223333"


@each_row(
    (line,)
    for line in [
        "aws iam create-user --user-name casey",
        "aws iam create-user --path /staff/ --user-name casey --tags Key=team,Value=till Key=shift,Value=early",
        """aws iam create-user --user-name casey --tags '[{"Key": "team", "Value": "a b"}]'""",
        "aws iam untag-user --user-name casey --tag-keys team shift",
        "aws iam untag-user --user-name casey --tag-keys '[]'",
        "aws iam update-account-password-policy --minimum-password-length 12 --require-symbols --no-require-numbers",
        'aws iam create-policy --policy-name till --policy-document \'{\n  "Version": "2012-10-17"\n}\'',
        "aws iam create-role --role-name till --assume-role-policy-document '{}' --description '' --max-session-duration 7200",
        "aws iam list-users --marker abc --max-items 5",
        "aws iam list-users --max-items 5 --no-paginate",
        "aws s3api list-objects-v2 --bucket b --max-keys 5",
        "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/till --role-session-name casey",
        "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json 0412.json",
        "aws s3api get-object --bucket coffeeshop-receipts --key '2026/a b' outfile",
        """aws s3api put-object --bucket b --key k --cli-input-json '{"Body": "e30="}'""",
        "aws lambda invoke --function-name espresso-api --payload e30= outfile",
        """aws lambda create-function --function-name f --role arn:aws:iam::111122223333:role/till --cli-input-json '{"Code": {"ZipFile": "e30="}}'""",
        "aws lambda create-function --function-name f --role arn:aws:iam::111122223333:role/till --timeout 9 "
        """--cli-input-json '{"Code": {"ZipFile": "e30="}}'""",
        """aws lambda update-function-code --function-name f --cli-input-json '{"ZipFile": "e30="}'""",
        """aws dynamodb get-item --table-name menu --key '{"id": {"S": "espresso"}}'""",
        "aws sqs create-queue --queue-name orders --attributes DelaySeconds=5",
        "aws sqs send-message --queue-url u --message-body=-5",
        "aws sqs send-message --queue-url u '--message-body=-x y'",
        """aws sqs send-message --queue-url u --cli-input-json '{"MessageBody": "file://x"}'""",
        r"""aws sqs send-message --queue-url u --cli-input-json '{"MessageBody": "a\u001b[31mb\u009b"}'""",
        """aws sts get-session-token --cli-input-json '{"TokenCode": "@phone"}'""",
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name casey --outfile seed.txt "
        "--bootstrap-method Base32StringSeed",
        "aws iam list-users --region eu-central-1",
        "aws dynamodb create-table --attribute-definitions AttributeName=id,AttributeType=S --table-name menu "
        "--key-schema AttributeName=id,KeyType=HASH --provisioned-throughput ReadCapacityUnits=1,WriteCapacityUnits=2",
        "aws iam get-user",
        "console sign-in --user-name casey --password 'It'\"'\"'s a secret' --mfa-code 123456",
        "console switch-back",
    ]
)
def test_a_line_in_the_usual_form_is_written_as_it_was_read(line: str):
    assert write_line(call(line)) == line


def test_the_profile_stands_at_the_end():
    assert (
        write_line(Call("iam", "ListUsers"), "casey")
        == "aws iam list-users --profile casey"
    )
    assert (
        write_line(Call("iam", "ListUsers"), "a b") == "aws iam list-users --profile 'a b'"
    )


def test_what_no_row_knows_is_written_all_the_same():
    assert (
        write_line(Call("iam", "CreateUsers", {"N": ()}))
        == """aws iam create-users --cli-input-json '{"N": []}'"""
    )
    assert (
        write_line(Call("glacier", "ListVaults"))
        == "aws glacier list-vaults --cli-input-json '{}'"
    )
    assert (
        write_line(Call("iam", "GetUser", {"Username": None}))
        == """aws iam get-user --cli-input-json '{"Username": null}'"""
    )
    assert (
        write_line(Call("iam", "GetUser", {"UserName": None}))
        == """aws iam get-user --cli-input-json '{"UserName": null}'"""
    )


def test_values_of_another_type_are_written_all_the_same():
    odd: Mapping[str, Json] = {
        "UserName": "x",
        "Tags": ({"Key": "a", "Value": ("b",)}, "c", {"Key": 5, "Size": 1.5}),
    }
    assert write_line(Call("iam", "CreateUser", odd)) == (
        """aws iam create-user --user-name x --tags '[{"Key": "a", "Value": ["b"]}, "c", {"Key": 5, "Size": 1.5}]'"""
    )


# ------------------------------------------------------------------- answers
def said(operation: str, body: Mapping[str, Json], service: str = "iam") -> str:
    return format_outcome(
        Outcome(Act(AT, Nobody(), Call(service, operation)), WORLD, Reply(body))
    ).text


def refused(operation: str, error: ServiceError, service: str = "iam") -> str:
    return format_outcome(
        Outcome(Act(AT, Nobody(), Call(service, operation)), WORLD, error)
    ).text


def test_a_reply_is_json_of_four_spaces_in_the_order_of_the_row():
    body: Mapping[str, Json] = {
        "User": {
            "Tags": ({"Value": "é", "Key": "a"},),
            "UserName": "casey",
            "Path": "/",
            "More": 1,
        }
    }
    assert said("CreateUser", body) == (
        '{\n    "User": {\n        "Path": "/",\n        "UserName": "casey",\n        "Tags": [\n            {\n'
        '                "Key": "a",\n                "Value": "é"\n            }\n        ],\n        "More": 1\n    }\n}'
    )


def test_an_empty_reply_prints_nothing():
    assert said("DeleteUser", {}) == ""


def test_documents_are_objects_and_blobs_base64():
    assert said(
        "GetUserPolicy", {"PolicyDocument": {"Version": "2012-10-17"}, "UserName": "x"}
    ) == (
        '{\n    "UserName": "x",\n    "PolicyDocument": {\n        "Version": "2012-10-17"\n    }\n}'
    )
    assert (
        said("GetCredentialReport", {"Content": b"user,arn"})
        == '{\n    "Content": "dXNlcixhcm4="\n}'
    )


def test_pages_are_merged_and_what_is_left_is_named_by_a_token():
    assert said("ListUsers", {"Users": (), "IsTruncated": False}) == '{\n    "Users": []\n}'
    assert said("ListUsers", {"IsTruncated": True, "Marker": "m", "Users": ()}) == (
        '{\n    "Users": [],\n    "NextToken": "eyJNYXJrZXIiOiAibSJ9"\n}'
    )


def test_what_goes_to_a_file_is_not_printed():
    assert (
        said("GetObject", {"Body": b"receipt", "ContentLength": 7}, "s3")
        == '{\n    "ContentLength": 7,\n    "Metadata": {}\n}'
    )
    assert (
        said("Invoke", {"Payload": b"null", "StatusCode": 200}, "lambda")
        == '{\n    "StatusCode": 200\n}'
    )
    seed: Mapping[str, Json] = {
        "VirtualMFADevice": {
            "SerialNumber": "arn",
            "Base32StringSeed": b"x",
            "QRCodePNG": b"y",
        }
    }
    assert said("CreateVirtualMFADevice", seed) == (
        '{\n    "VirtualMFADevice": {\n        "SerialNumber": "arn"\n    }\n}'
    )
    assert said("CreateVirtualMFADevice", {"Odd": 1}) == '{\n    "Odd": 1\n}'


def test_maps_keep_their_keys_in_order():
    body: Mapping[str, Json] = {"Item": {"size": {"N": "2"}, "id": {"S": "a"}}}
    assert said("GetItem", body, "dynamodb") == (
        '{\n    "Item": {\n        "size": {\n            "N": "2"\n        },\n        "id": {\n            "S": "a"\n'
        "        }\n    }\n}"
    )


def test_a_refusal_is_the_clis_sentence():
    error = ServiceError("NoSuchEntity", "The user with name casey cannot be found.", 404)
    assert refused("GetUser", error) == (
        "aws: [ERROR]: An error occurred (NoSuchEntity) when calling the GetUser operation: The user with name casey cannot be found."
    )


def test_what_more_an_error_tells_stands_below_as_version_2_prints_it():
    missing = ServiceError("ResourceNotFoundException", "Function not found: f", 404)
    over = ServiceError(
        "ConstraintViolationException", "Too many.", reason="OU_NUMBER_LIMIT_EXCEEDED"
    )
    for service, operation, error, more in (
        ("lambda", "GetFunction", missing, "Type: User"),
        (
            "organizations",
            "CreateOrganizationalUnit",
            over,
            "Reason: OU_NUMBER_LIMIT_EXCEEDED",
        ),
    ):
        assert refused(operation, error, service).endswith(
            f"{error.message}\n\nAdditional error details:\n{more}"
        )


def test_the_console_says_its_own_sentence():
    error = ServiceError(
        "SignInFailed", "Your authentication information is incorrect. Please try again."
    )
    assert (
        refused("SignIn", error, "console")
        == "Your authentication information is incorrect. Please try again."
    )


def test_an_operation_that_no_row_knows_is_answered_too():
    assert said("CreateUsers", {"A": 1}) == '{\n    "A": 1\n}'


def test_no_control_character_reaches_the_terminal():
    nasty = "a\x1b[31m\x00\x9b\u202e\ud800\r\n\tb"
    shown = said("CreateUser", {"User": {"UserName": nasty}})
    assert r"a\u001b[31m\u0000\u009b\u202e\ud800\r\n\tb" in shown
    shown = refused("GetUser", ServiceError("X", nasty))
    assert shown.endswith("a\\x1b[31m\\x00\\x9b\\u202e\\ud800\\r\n\tb")


def test_answers_of_acts_print_whole():
    assert (
        format_outcome(Outcome(act("aws iam list-users"), WORLD, Reply({"Users": ()}))).text
        == '{\n    "Users": []\n}'
    )
    assert write_line(Call("iam", "ListUsers", {}, Origin())) == "aws iam list-users"


def test_a_pages_place_that_no_option_says_takes_with_it_how_much_is_wanted():
    line = write_line(Call("iam", "ListUsers", {"Marker": "\b", "MaxItems": 1}))
    assert (
        line == """aws iam list-users --cli-input-json '{"Marker": "\\b", "MaxItems": 1}'"""
    )
