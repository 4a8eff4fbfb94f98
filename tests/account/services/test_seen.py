"""What AWS was seen to answer, where it differs from what one would think: texts and codes, each with its source.

LocalStack's snapshots (tests/aws/services) and moto's tests marked aws_verified are recorded from AWS.
"""

import sys
from shlex import quote

import pytest

from coffeeshop.account.command.answer import format_outcome
from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from tests.account.shop import (
    ID,
    QUEUE,
    READ_ONLY,
    Shop,
    allow,
    answered,
    deny,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.tables import each_row

FUNCTION = "lambda {} --function-name espresso-api"
TAGGING = trust(user("casey")).replace(
    '"sts:AssumeRole"', '["sts:AssumeRole", "sts:TagSession"]'
)
ASSUME = f"sts assume-role --role-arn {role('Till')} --role-session-name shift"
SIMULATE = "simulate-principal-policy --action-names s3:GetObject --policy-source-arn"
LAST_USED = "generate-service-last-accessed-details --arn"
NO_ARNS = (  # test_sts_invalid_parameters of LocalStack
    "nothing-valid-in-here",
    "arn:a:::something/test-role",
    "arn::b:::something/test-role",
    "arn:a::::something/test-role",
    "arn:a:a::aaaaaaaaaa:",
)


def staffed() -> Shop:
    shop = Shop()
    shop.hire("casey", allow("sts:*"))
    shop.role("Till", TAGGING)
    shop.role("Inner", TAGGING.replace(user("casey"), role("Till")), allow("sts:*"))
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    shop("sqs create-queue --queue-name online-orders")
    shop.role("Machine", trust(service="lambda.amazonaws.com"))
    code: dict[str, Json] = {
        "Runtime": "python3.13",
        "Handler": "m.h",
        "Code": {"ZipFile": b"zip"},
    }
    shop.call(
        "lambda",
        "CreateFunction",
        FunctionName="espresso-api",
        Role=role("Machine"),
        **code,
    )
    return shop


@pytest.mark.parametrize("arn", NO_ARNS)
def test_to_assume_what_is_no_arn_is_a_slip_and_no_lack_of_permission(arn: str):
    answer = (
        staffed()
        .call("sts", "AssumeRole", "casey", RoleArn=arn, RoleSessionName="shift")
        .answer
    )
    assert answer == ServiceError("ValidationError", f"{arn} is invalid", 400)


@each_row([
        # LocalStack, test_assume_role_tag_validation
        (f"{ASSUME} --tags Key=a,Value=1 Key=A,Value=2", "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
        (f"{ASSUME} --tags Key=a,Value=1 --transitive-tag-keys b", "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."),
        # LocalStack, test_attach_detach_role_policy and its like
        *((f"iam attach-{kind}-policy --{kind}-name {name} --policy-arn longpolicynamebutnoarn", "ValidationError", "Invalid ARN:  Could not be parsed!") for kind, name in (("user", "casey"), ("role", "Till"))),
        # texts that people met at the AWS CLI
        ("iam get-credential-report", "ReportNotPresent", "Unknown"),
        *((f"iam {line} {role('Nobody')}", "NoSuchEntity", "The role with name Nobody cannot be found.") for line in (SIMULATE, LAST_USED)),
        (f"iam {SIMULATE} arn:aws:sts::{ID}:assumed-role/Till/shift", "InvalidInput", f"Invalid Entity Arn: arn:aws:sts::{ID}:assumed-role/Till/shift does not clearly define entity type and name."),
        ("iam get-policy --policy-arn longpolicynamebutnoarn", "ValidationError", "ARN longpolicynamebutnoarn is not valid."),
        # AWS's example of Remove-IAMAccountPasswordPolicy
        ("iam delete-account-password-policy", "NoSuchEntity", "The account policy with name PasswordPolicy cannot be found."),
        # LocalStack, tests/aws/services/lambda_/test_lambda_api.py
        ("lambda get-policy --function-name none", "ResourceNotFoundException", "The resource you requested does not exist."),
        (f"{FUNCTION.format('get-policy')}", "ResourceNotFoundException", "The resource you requested does not exist."),
        (f"{FUNCTION.format('remove-permission')} --statement-id s3", "ResourceNotFoundException", "No policy is associated with the given resource."),
        ("lambda remove-permission --function-name none --statement-id s3", "ResourceNotFoundException", f"No policy found for: arn:aws:lambda:us-east-1:{ID}:function:none"),
        # LocalStack, tests/aws/services/s3/test_s3.py
        ("s3api put-object --bucket coffeeshop-receipts --key k --tagging 'k=v&k=w'", "InvalidArgument", "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."),
        ("s3api put-object --bucket coffeeshop-receipts --key k --tagging k=v,k=v", "InvalidArgument", "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."),
        # LocalStack, tests/aws/services/sqs/test_sqs.py
        (f"sqs delete-message --queue-url {QUEUE} --receipt-handle garbage", "ReceiptHandleIsInvalid", 'The input receipt handle "garbage" is not a valid receipt handle.'),
        (f"sqs receive-message --queue-url {QUEUE} --wait-time-seconds 21", "InvalidParameterValue", "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."),
    ])  # fmt: skip
def test_lines_are_refused_as_aws_was_seen_to_refuse_them(line: str, code: str, text: str):
    assert staffed().refused(line, "casey" if line.startswith("sts") else "root") == (
        code,
        text,
    )


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "text"),
    [
        ("s3", "ListObjectsV2", {"Bucket": "coffeeshop-receipts", "ContinuationToken": ""}, "InvalidArgument", "The continuation token provided is incorrect"),
        ("sqs", "SendMessage", {"QueueUrl": QUEUE, "MessageBody": ""}, "MissingParameter", "The request must contain the parameter MessageBody."),
        ("sqs", "SendMessage", {"QueueUrl": QUEUE, "MessageBody": "a\x00b"}, "InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"),
    ],
)  # fmt: skip
def test_calls_that_no_line_makes_are_refused_as_seen(
    service: str, operation: str, parameters: dict[str, Json], code: str, text: str
):
    assert staffed().call(service, operation, **parameters).answer == ServiceError(
        code, text, 400
    )


@pytest.mark.parametrize("arn", [user("casey"), role("Till")])
def test_what_may_not_be_simulated_is_named_by_its_arn(arn: str):
    """Transcripts of people who had no such permission, of users and of roles alike."""
    told = f"User: {user('casey')} is not authorized to perform: iam:SimulatePrincipalPolicy on resource: {arn} because"
    code, text = staffed().refused(f"iam {SIMULATE} {arn}", "casey")
    assert code == "AccessDenied"
    assert text.startswith(told)


def test_a_tag_that_goes_on_cannot_be_set_again_whatever_its_case():
    """LocalStack, test_iam_role_chaining_override_transitive_tags."""
    shop = staffed()
    first = shop.wear("Till", "casey", more="--tags Key=a,Value=1 --transitive-tag-keys a")
    text = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
    for key in ("a", "A"):
        line = f"sts assume-role --role-arn {role('Inner')} --role-session-name on --tags Key={key},Value=2"
        assert shop.refused(line, first) == ("InvalidParameterValue", text)


def test_a_runtime_that_lambda_does_not_know_is_told_in_lambdas_words():
    """LocalStack, test_invalid_invoke and its like: the runtimes themselves change from year to year."""
    for operation in ("create-function", "update-function-configuration"):
        more = (
            f"--role {role('Machine')} --handler m.h --zip-file fileb://receipt.json"
            if operation.startswith("create")
            else ""
        )
        code, text = staffed().refused(
            f"lambda {operation} --function-name espresso-api --runtime haskell {more}"
        )
        assert code == "InvalidParameterValueException"
        start = "Value haskell at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["
        assert text.startswith(start)
        assert text.endswith("] or be a valid ARN")


def test_a_permission_under_a_name_that_is_taken_is_told_what_to_do():
    shop = staffed()
    line = f"{FUNCTION.format('add-permission')} --statement-id s1 --action lambda:InvokeFunction --principal {ID}"
    shop(line)
    text = "The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement."
    assert shop.refused(line) == ("ResourceConflictException", text)


def test_a_queue_of_the_same_name_is_made_a_minute_after_the_deletion():
    """LocalStack, test_create_queue_recently_deleted."""
    shop = staffed()
    shop(f"sqs delete-queue --queue-url {QUEUE}")
    text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    again = "sqs create-queue --queue-name online-orders"
    shop.later(seconds=59)
    assert shop.refused(again) == ("AWS.SimpleQueueService.QueueDeletedRecently", text)
    shop.later(seconds=1)(again)


def test_the_size_of_session_policies_is_told_of_every_federated_session():
    """LocalStack, test_get_federation_token and test_assume_role: of a role only where there is something to pack."""
    shop = staffed()
    assert shop("sts get-federation-token --name guest", "casey")["PackedPolicySize"] == 0
    assert "PackedPolicySize" not in shop(ASSUME, "casey")
    packed = shop(f"{ASSUME} --policy {quote(allow('s3:*'))}", "casey")["PackedPolicySize"]
    assert 0 < packed < 100
    assert (
        shop(
            f"{ASSUME} --policy {quote(allow('s3:*'))} --policy-arns arn={READ_ONLY}",
            "casey",
        )["PackedPolicySize"]
        > packed
    )


def test_a_new_devices_picture_is_drawn_for_whoever_asks_for_it(
    monkeypatch: pytest.MonkeyPatch,
):
    """Neither the terminal nor the record shows it, and to draw it takes longer than all else of the call."""
    monkeypatch.setitem(sys.modules, "segno", None)
    made = Shop().outcome("iam create-virtual-mfa-device --virtual-mfa-device-name p --outfile p.png --bootstrap-method QRCodePNG")  # fmt: skip
    assert "SerialNumber" in str(format_outcome(made))
    assert "serialNumber" in str(cloudtrail_event(made))


def test_a_new_devices_picture_holds_its_seed():
    made = answered(Shop().outcome("iam create-virtual-mfa-device --virtual-mfa-device-name p --outfile p.png --bootstrap-method QRCodePNG"))  # fmt: skip
    assert made["VirtualMFADevice"]["QRCodePNG"].startswith(b"\x89PNG\r\n")
    assert set(made["VirtualMFADevice"]) == {
        "SerialNumber",
        "Base32StringSeed",
        "QRCodePNG",
    }


# ---------------------------------------------------------------- permissions
@pytest.mark.parametrize(
    ("line", "action", "printed"),
    [
        ("iam create-user --user-name new", "iam:TagUser", user("new")),
        (f"iam create-role --role-name new --assume-role-policy-document {quote(TAGGING)}", "iam:TagRole", role("new")),
        (f"iam create-policy --policy-name new --policy-document {quote(allow('s3:*'))}", "iam:TagPolicy", "policy new"),
        ("iam create-virtual-mfa-device --virtual-mfa-device-name new --outfile p --bootstrap-method QRCodePNG", "iam:TagMFADevice", f"arn:aws:iam::{ID}:mfa/new"),
    ],
)  # fmt: skip
def test_who_makes_something_with_tags_must_be_allowed_to_tag_it(
    line: str, action: str, printed: str
):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html; the resource as AWS was seen to print it."""
    shop = staffed()
    shop.hire("robin", policy(statement("iam:Create*")))
    tags = "--tags Key=branch,Value=north"
    because = f"because no identity-based policy allows the {action} action"
    assert shop.refused(f"{line} {tags}", "robin") == (
        "AccessDenied",
        f"User: {user('robin')} is not authorized to perform: {action} on resource: {printed} {because}",
    )
    north = {"StringEquals": {"aws:RequestTag/branch": "north"}}
    shop(
        f"iam put-user-policy --user-name robin --policy-name t --policy-document {quote(allow(action, '*', Condition=north))}"
    )
    assert action in shop.refused(f"{line} --tags Key=branch,Value=south", "robin")[1]
    shop(f"{line} {tags}", "robin")


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("list-account-aliases", "*"),
        ("create-account-alias --account-alias espresso", "*"),
        ("get-account-summary", "*"),
        ("list-instance-profiles", f"arn:aws:iam::{ID}:instance-profile/"),
        (
            "list-instance-profiles --path-prefix /kiosks/",
            f"arn:aws:iam::{ID}:instance-profile/kiosks/",
        ),
        ("list-users", f"arn:aws:iam::{ID}:user/"),
    ],
)
def test_iam_prints_what_it_was_asked_for_where_that_is_no_one_thing(
    line: str, printed: str
):
    """CloudTrail events and error texts that people published."""
    shop = Shop()
    shop.hire("robin")
    action = "iam:" + "".join(word.title() for word in line.split()[0].split("-"))
    because = f"because no identity-based policy allows the {action} action"
    told = f"User: {user('robin')} is not authorized to perform: {action} on resource: {printed} {because}"
    assert shop.refused(f"iam {line}", "robin")[1] == told


def test_a_deny_is_named_where_a_role_is_refused():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    shop = staffed()
    told = f"User: {user('casey')} is not authorized to perform: sts:AssumeRole on resource: {role('Till')}"
    shop(
        f"iam put-user-policy --user-name casey --policy-name no --policy-document {quote(deny('sts:AssumeRole'))}"
    )
    assert (
        shop.refused(ASSUME, "casey")[1]
        == f"{told} with an explicit deny in an identity-based policy"
    )
    shop("iam delete-user-policy --user-name casey --policy-name no")
    barred = deny("sts:AssumeRole", Principal={"AWS": user("casey")}).replace(
        '"Resource": "*", ', ""
    )
    shop(
        f"iam update-assume-role-policy --role-name Till --policy-document {quote(barred)}"
    )
    assert (
        shop.refused(ASSUME, "casey")[1]
        == f"{told} with an explicit deny in the role trust policy"
    )
    shop(
        f"iam update-assume-role-policy --role-name Till --policy-document {quote(trust(role('Machine')))}"
    )
    assert shop.refused(ASSUME, "casey")[1] == told
