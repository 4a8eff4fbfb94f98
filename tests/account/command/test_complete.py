"""Completion and help: readers of the rows and of the account."""

import pytest

from coffeeshop.account.command.complete import Help, complete_line, help_rows
from tests.account.command.terminal import Terminal
from tests.account.command.world import WORLD
from tests.tables import each_row


@each_row([
        ("", ("aws", "console")),
        ("a", ("aws",)),
        ("aws ", ("accessanalyzer", "cloudtrail", "configure", "dynamodb", "ec2", "help", "iam", "identitystore", "kms", "lambda", "organizations", "s3", "s3api", "sqs", "sso-admin", "sts")),
        ("aws s", ("s3", "s3api", "sqs", "sso-admin", "sts")),
        ("aws s3 m", ("mb", "mv")),
        ("aws s3 cp --rec", ("--recursive",)),
        ("aws s3 ls s3://coff", ("s3://coffeeshop-receipts",)),
        ("aws configure l", ("list", "list-profiles")),
        ("aws iam create-u", ("create-user",)),
        ("aws iam create-user", ("create-user",)),
        ("aws iam upload-ssh", ()),
        ("aws iam create-user --us", ("--user-name",)),
        ("aws iam create-user --user-name x --us", ()),
        ("aws iam create-user --user-name=x --us", ()),
        ("aws iam create-user --user-name ", ()),
        ("aws iam delete-user --user-name ", ("casey", "robin", "sam")),
        ("aws iam delete-user --user-name r", ("robin",)),
        ("aws iam update-access-key --status ", ("Active", "Expired", "Inactive")),
        ("aws iam enable-mfa-device --authentication-code1 ", ("@phone",)),
        ("aws iam get-service-last-accessed-details --job-id @", ("@job",)),
        ("aws s3api list-objects-v2 --bucket coffee", ("coffeeshop-receipts",)),
        ("aws iam list-users --profile r", ("robin", "root")),
        ("aws iam list-users --output ", ("json", "off", "table", "text", "yaml", "yaml-stream")),
        ("aws iam get-account-authorization-details --filter User R", ("Role",)),
        ("aws iam attach-user-policy --policy-arn arn:aws:iam::aws:policy/AdministratorA",
         ("arn:aws:iam::aws:policy/AdministratorAccess",)),
        ("aws iam create-user --permissions-boundary arn:aws:iam::aws:policy/AdministratorA",
         ("arn:aws:iam::aws:policy/AdministratorAccess",)),
        ("aws iam simulate-principal-policy --policy-source-arn arn:aws:iam::111122223333:user/c",
         ("arn:aws:iam::111122223333:user/casey",)),
        ("console sign-", ("sign-in", "sign-out")),
        ("console sign-in --mfa-code ", ("@phone",)),
        ("aws glacier ", ()),
        ("aws iam nope --", ()),
        ("aws iam upload-ssh-public-key --", ()),
        ("ls ", ()),
        ("aws iam list-users --pro'", ("--profile",)),
    ])  # fmt: skip
def test_a_line_goes_on_with(line: str, found: tuple[str, ...]):
    assert complete_line(line, WORLD) == found


def test_after_a_list_value_options_may_follow():
    found = complete_line("aws iam get-account-authorization-details --filter User ", WORLD)
    assert {"Role", "--max-items", "--profile"} <= set(found)


def test_keys_that_are_not_deleted_and_devices_are_named():
    keys = complete_line("aws iam delete-access-key --access-key-id ", WORLD)
    assert len([key for key in keys if key.startswith("AKIA")]) == 4
    assert "@key" in keys
    assert len(complete_line("aws iam deactivate-mfa-device --serial-number ", WORLD)) == 6


@pytest.mark.parametrize("option", ["--group-name", "--role-name"])
def test_what_does_not_exist_is_not_named(option: str):
    operation = "delete-group" if option == "--group-name" else "delete-role"
    assert complete_line(f"aws iam {operation} {option} ", WORLD) == ()


@pytest.mark.parametrize(
    "line",
    [
        "aws sts assume-role --role-arn ",
        "aws lambda create-function --role ",
        "aws dynamodb scan --table-name ",
        "aws lambda invoke --function-name ",
        "aws ec2 start-instances --instance-ids ",
    ],
)
def test_names_of_the_data_plane_are_read_off_the_account(line: str):
    assert not [word for word in complete_line(line, WORLD) if not word.startswith("--")]


def test_help_lists_services_operations_and_options():
    assert [row.word for row in help_rows()][:3] == ["iam", "sts", "s3api"]
    assert Help("create-user") in help_rows("iam")
    assert Help("upload-ssh-public-key") not in help_rows("iam")
    rows = help_rows("iam", "create-role")
    assert rows[0] == Help("--role-name", "string", True, "1 to 64 characters")
    assert Help("--max-session-duration", "integer", False, "3600 to 43200") in rows
    assert Help("--description", "string", False, "at most 1000 characters") in rows
    assert Help("--tags", "Key=string,Value=string …", False) in rows


def test_help_says_what_an_option_takes():
    assert Help("--password-reset-required | --no-password-reset-required") in help_rows(
        "iam", "create-login-profile"
    )
    assert Help("--status", "Active | Inactive | Expired", True) in help_rows(
        "iam", "update-access-key"
    )
    assert Help("--key", "key=value,… or JSON", True) in help_rows("dynamodb", "get-item")
    assert Help("--limit", "integer", False, "at least 1") in help_rows("dynamodb", "scan")
    assert Help("--bootstrap-method", "QRCodePNG | Base32StringSeed", True) in help_rows(
        "iam", "create-virtual-mfa-device"
    )
    assert Help("--cli-input-json", "text") in help_rows("iam", "get-user")


@pytest.mark.parametrize(
    ("service", "operation"),
    [("glacier", ""), ("iam", "nope"), ("iam", "upload-ssh-public-key")],
)
def test_there_is_no_help_for_what_there_is_not(service: str, operation: str):
    assert help_rows(service, operation) == ()


def test_the_inline_policies_of_whoever_the_line_names_are_proposed():
    terminal = Terminal()
    document = """'{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'"""
    terminal(
        f"aws iam put-user-policy --user-name casey --policy-name Till --policy-document {document}"
    )
    line = "aws iam get-user-policy --user-name {} --policy-name "
    assert complete_line(line.format("casey"), terminal.account) == ("Till",)
    assert complete_line(line.format("robin"), terminal.account) == ()
