"""A second opinion: the real aws CLI reads every line that we read, to the same parameters."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coffeeshop.account.api.operations import Operation, services
from coffeeshop.account.command import read_act, script_lines, write_line
from coffeeshop.account.command.grammar import (
    GLOBAL_OPTIONS,
    REFUSED_OPTIONS,
    cli_operations,
)
from coffeeshop.account.model import Act, Call
from coffeeshop.account.values import Json
from tests.account.command.test_laws import ROWS, structures
from tests.account.command.world import AT, FILES, WORLD, call
from tests.real_cli import VERSIONS, Kept, kept

pytestmark = pytest.mark.peers


def installed_cli() -> Path:
    """The folder of the package awscli."""
    found = find_spec("awscli")
    assert found is not None, "the aws CLI is not installed (extra: peers)"
    return Path(cast("list[str]", found.submodule_search_locations)[0])


@dataclass(frozen=True, slots=True)
class Theirs:
    """A line -> the parameters that the real CLI of a version would send; None where it refuses the line."""

    cli: Kept
    folder: Path

    def __call__(self, line: str) -> Any:
        return self.cli(shlex.split(line.replace("\\\n", " "))[1:], self.folder).taken


@pytest.fixture(scope="module", params=VERSIONS)
def theirs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Theirs]:
    """The real CLI in a folder that holds the files of the tests' world."""
    folder = tmp_path_factory.mktemp("home")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    with kept(request.param, tmp_path_factory.mktemp("cli")) as cli:
        yield Theirs(cli, folder)


def plain(value: Json) -> Any:
    """Our parameters as the worker writes theirs."""
    match value:
        case bytes():
            return value.decode("latin-1")
        case tuple():
            return [plain(part) for part in value]
        case Mapping():
            return {key: plain(part) for key, part in value.items()}
        case _:
            return value


CORPUS = """\
aws iam create-user --user-name casey --path /staff/ --tags Key=team,Value=till 'Key=a,Value="b, c"'
aws iam create-user --user-name casey --tags '[{"Key": "team", "Value": "till"}]'
aws iam create-user --user-name=casey --no-paginate --color off
aws iam create-user --cli-input-json '{"UserName": "casey"}'
aws iam create-policy --policy-name till --policy-document file://policies/till.json
aws iam create-login-profile --user-name casey --password 'a b' --password-reset-required
aws iam update-account-password-policy --no-require-symbols --require-numbers --minimum-password-length 9
aws iam untag-user --user-name casey --tag-keys a b
aws iam create-role --role-name till --assume-role-policy-document '{}' --max-session-duration 7200 --description ''
aws iam create-virtual-mfa-device --virtual-mfa-device-name casey --outfile out.txt --bootstrap-method Base32StringSeed
aws iam enable-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey \\
  --authentication-code1 123456 --authentication-code2 654321
aws iam simulate-custom-policy --policy-input-list '{"Version": "2012-10-17"}' --action-names s3:GetObject s3:ListBucket \\
  --context-entries ContextKeyName=aws:SourceIp,ContextKeyValues=a,b,ContextKeyType=ip
aws iam get-account-authorization-details --filter User LocalManagedPolicy
aws sts assume-role --role-arn arn:aws:iam::111122223333:role/till --role-session-name casey --duration-seconds 900
aws s3api put-object --bucket coffeeshop-receipts --key 2026/a.json --body receipt.json
aws s3api get-object --bucket coffeeshop-receipts --key 2026/a.json a.json
aws s3api list-objects-v2 --bucket coffeeshop-receipts --prefix 2026/
aws s3api put-object-tagging --bucket b --key k --tagging 'TagSet=[{Key=a,Value=b},{Key=c,Value=d}]'
aws dynamodb put-item --table-name menu --item 'id={S=1},hot={BOOL=true},tags={SS=[a,b]}'
aws dynamodb get-item --table-name menu --key '{"id": {"S": "espresso"}}' --consistent-read
aws dynamodb create-table --table-name menu --attribute-definitions AttributeName=id,AttributeType=S \\
  --key-schema AttributeName=id,KeyType=HASH --billing-mode PAY_PER_REQUEST
aws dynamodb create-table --table-name menu --attribute-definitions AttributeName=id,AttributeType=S \\
  --key-schema AttributeName=id,KeyType=HASH --provisioned-throughput ReadCapacityUnits=1,WriteCapacityUnits=2
aws sqs create-queue --queue-name orders --attributes DelaySeconds=5,VisibilityTimeout=9
aws sqs send-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/orders --message-body '-x y'
aws sqs send-message --queue-url u --message-body=-x
aws sqs receive-message --queue-url u --max-number-of-messages 5
aws lambda invoke --function-name espresso-api --payload fileb://receipt.json out.txt
aws lambda add-permission --function-name f --statement-id s --action lambda:InvokeFunction --principal s3.amazonaws.com
aws ec2 start-instances --instance-ids i-1234567890abcdef0
"""


@pytest.mark.parametrize("line", [line for _, line in script_lines(CORPUS)])
def test_the_real_cli_reads_the_line_alike(theirs: Theirs, line: str):
    assert theirs(line) == plain(call(line).parameters)


@pytest.mark.parametrize(
    "line",
    [
        "aws iam create-user",
        "aws iam create-user --user-name",
        "aws iam create-user --user-name x --bogus 1",
        "aws iam create-user --user-name x two words",
        "aws iam creat-user --user-name x",
        "aws iam create-user --user-name x --tags '[{'",
        "aws iam create-user --user-name x --tags Key",
        "aws iam create-user --user-name x --tags Key=a,Key=b",
        "aws iam create-policy --policy-name x --policy-document file://nope.json",
        "aws iam list-users --max-items x",
        "aws s3api get-object --bucket b --key k",
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name x",
        "aws iam create-role --role-name x --assume-role-policy-document '{}' --max-session-duration long",
    ],
)
def test_the_real_cli_refuses_what_we_refuse(theirs: Theirs, line: str):
    assert theirs(line) is None
    assert not isinstance(read_act(line, WORLD, AT, FILES), Act)


def examples() -> Iterator[str]:
    """The examples of the real CLI's own documentation, of the operations that are simulated here."""
    for service in services().values():
        for name in cli_operations(service.name):
            page = installed_cli() / "examples" / service.command / f"{name}.rst"
            if page.exists():
                text = page.read_text("utf-8")
                command = f"aws {service.command} {name}"
                yield from (line for line in _indented(text) if line.startswith(command))


def _indented(text: str) -> Iterator[str]:
    for found in re.finditer(r"(?m)^[ \t]+(?:\$ )?((?:[^\n]*\\\n)*[^\n]*)", text):
        yield found[1]


def test_the_clis_own_examples_are_read_or_refused_for_what_is_not_simulated():
    allowed = {
        "not-simulated",
        "unheeded-option",
        "shell-syntax",
        "bad-option",
        "bad-file",
        "unbalanced-quote",
    }
    shown = list(examples())
    refused = {
        line: found
        for line in shown
        if isinstance(found := read_act(line, WORLD, AT, lambda _: b"{}"), tuple)
    }
    odd = [
        line
        for line, found in refused.items()
        if not {problem.code for problem in found} & allowed
        # We don't have what is in their files, and a caret belongs to another shell.
        and "file" not in line
        and not line.rstrip().endswith("^")
    ]
    assert len(shown) > 150
    assert len(refused) < len(shown) / 3
    # An id of eleven characters, options on a line that nothing continues.
    assert len(odd) <= 5, odd


UNIONS = ("MemberId", "AlternateIdentifier", "configuration")  # each has exactly one member
NEWER = {"RegionScope", "Revision"}  # members that version 1 of the CLI doesn't know yet


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.service != "console"],
    ids=lambda r: f"{r.service}-{r.name}",
)
@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_the_real_cli_reads_what_is_written(
    row: Operation, data: st.DataObject, theirs: Theirs
):
    parameters = cast("dict[str, Json]", data.draw(structures(row.input, 2)))
    if "Bucket" in parameters:
        parameters["Bucket"] = "coffeeshop-receipts"  # the CLI takes no other kind of name
    if not _sendable(parameters):
        return  # half a character: the line is read alike, and then no client can send it
    if not str(parameters.get("Metadata", "")).isascii():
        return  # botocore refuses it by itself: S3's metadata are headers
    if theirs.cli.version == 1 and _blob(parameters):
        return  # CLI 1 takes raw bytes where CLI 2, which we follow, takes base64
    if parameters.keys() & {"StartTime", "EndTime"} and row.service == "cloudtrail":
        return  # botocore reads dates by itself
    unions = [value for name in UNIONS if isinstance(value := parameters.get(name), dict)]
    if any(len(union) != 1 for union in unions):
        return  # botocore refuses it by itself
    if theirs.cli.version == 1 and parameters.keys() & NEWER:
        return
    line = write_line(Call(row.service, row.name, parameters))
    if "--cli-input-json" in line and row.name in {
        "CreateVirtualMFADevice",
        "GetObject",
        "Invoke",
    }:
        return  # where the CLI has words of its own, it wants the required options beside the JSON
    assert theirs(line) == plain(parameters), line


def _sendable(value: Json) -> bool:
    try:
        json.dumps(plain(value), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _blob(value: Json) -> bool:
    if isinstance(value, dict):
        return any(map(_blob, value.values()))
    return isinstance(value, bytes) or (isinstance(value, tuple) and any(map(_blob, value)))


def test_every_global_option_of_the_real_cli_is_read_or_refused_with_the_reason():
    data = installed_cli() / "data" / "cli.json"
    theirs = {f"--{name}" for name in json.loads(data.read_text("utf-8"))["options"]}
    assert theirs - GLOBAL_OPTIONS.keys() - REFUSED_OPTIONS.keys() == {
        "--v2-debug"
    }  # a switch of its version 1
