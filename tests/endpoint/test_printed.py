"""The console prints what the real CLI prints: byte for byte, of the same lines in the same account."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from queue import Queue
from threading import Thread
from time import sleep
from typing import cast

import pytest
import uvicorn
from botocore.exceptions import WaiterError

from coffeeshop.account.api.operations import OPERATIONS, simulated_operations
from coffeeshop.account.command import Line, carry_out, understand_line
from coffeeshop.account.command.answer import ERROR_PREFIX
from coffeeshop.account.command.read import NONE_WANTED
from coffeeshop.account.command.terminal_text import to_plain_json
from coffeeshop.account.command.waiters import WAITERS
from coffeeshop.account.door import handle
from coffeeshop.account.model import Act, Answer, Call, Reply, ServiceError
from coffeeshop.endpoint.app import App
from coffeeshop.endpoint.clock import shift_instants
from coffeeshop.endpoint.http import Http
from coffeeshop.endpoint.protocols.codec import Body
from coffeeshop.lessons.sitting.player import Typed
from tests.endpoint.shop import Shop, opened
from tests.real_cli import NOBODY, VERSIONS, WHOLE, Kept, kept

pytestmark = [pytest.mark.peers, pytest.mark.slow]
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
TRUST = ALLOW.replace(
    '"Action":"s3:*","Resource":"*"',
    '"Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}',
)
OWN = "arn:aws:iam::111122223333:policy/Own"
WEARERS = (("user", "barista0"), ("group", "Shift0"), ("role", "Till0"))
TAGGED = (
    ("role", "--role-name Till0"),
    ("policy", f"--policy-arn {OWN}0"),
    ("instance-profile", "--instance-profile-name Board0"),
    ("mfa-device", "--serial-number arn:aws:iam::111122223333:mfa/m0"),
)
FORMS = {1: ("json", "text", "table"), 2: ("json", "text", "table", "yaml", "yaml-stream")}
ASKED = {  # lines, and queries over their answers
    "iam list-users": ("Users[].UserName", "Users[].[UserName,Path]", "Users[0]", "Users[?Path=='/']|[0]"),
    "iam list-users --page-size 2": ("Users[].UserName", "length(Users)"),
    "iam list-users --max-items 2": ("Users[].Arn",),
    "iam get-user --user-name casey": ("User.Arn", "[User.UserName,User.Path]", "User.{Name:UserName}", "keys(User)"),
    "iam get-user --user-name nobody": ("User.Arn",),
    "iam list-groups": ("Groups[].GroupName",),
    "iam list-access-keys --user-name casey": ("AccessKeyMetadata[].AccessKeyId", "AccessKeyMetadata[0]"),
    "iam get-account-summary": ("SummaryMap.Users", "SummaryMap"),
    "iam get-account-authorization-details": ("UserDetailList[].[UserName,UserId]", "RoleDetailList", "Policies[0]"),
    "iam list-policies --scope AWS": ("Policies[].[PolicyName,Arn]", "IsTruncated", "NextToken"),
    "iam list-policies --scope Local --page-size 1": ("Policies[].PolicyName",),
    "iam get-policy-version --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --version-id v1": ("PolicyVersion.Document",),
    "iam list-user-tags --user-name casey": ("Tags",),
    "sts get-caller-identity": ("Account", "Nobody", "keys(@)", "to_string(@)"),
    "s3api list-buckets": ("Buckets[].Name", "Buckets[].{N:Name,D:CreationDate}"),
    "s3api list-objects-v2 --bucket coffeeshop-receipts": ("Contents[].Key", "KeyCount", "RequestCharged"),
    "s3api get-bucket-location --bucket coffeeshop-receipts": (),
    "s3api get-public-access-block --bucket coffeeshop-receipts": ("PublicAccessBlockConfiguration",),
    "s3api head-bucket --bucket coffeeshop-none": (),
    "lambda get-function --function-name nothing": (),
    "organizations describe-policy --policy-id p-nothing": (),
    "organizations list-children --parent-id here --child-type ACCOUNT": (),
    "lambda list-functions": ("Functions[].FunctionName", "Functions[0].Timeout"),
    "lambda invoke --function-name espresso-api outfile": ("StatusCode",),
    "dynamodb list-tables": ("TableNames", "TableNames[0]"),
    "dynamodb describe-table --table-name Inventory": ("Table.KeySchema",),
    "dynamodb scan --table-name Inventory": ("Items", "Count"),
    "sqs list-queues": ("QueueUrls",),
    "ec2 describe-instances": ("Reservations[].Instances[].State.Name",),
    "organizations describe-organization": (),
    "s3 ls": (),
    "s3 ls s3://coffeeshop-receipts --recursive": (),
}  # fmt: skip


MANY = (  # what is made, so that there are lists of more than one page
    *(f"iam create-user --user-name barista{n} --tags Key=a,Value=1 Key=b,Value=2 Key=c,Value=3" for n in range(3)),
    *(f"iam add-user-to-group --group-name Admins --user-name barista{n}" for n in range(3)),
    *(f"iam create-group --group-name Shift{n}" for n in range(3)),
    *(f"iam add-user-to-group --group-name Shift{n} --user-name barista0" for n in range(3)),
    *(f"iam create-role --role-name Till{n} --assume-role-policy-document '{TRUST}'" for n in range(3)),
    *(f"iam create-policy --policy-name Own{n} --policy-document '{ALLOW}'" for n in range(3)),
    *(f"iam attach-{kind}-policy --{kind}-name {name} --policy-arn {OWN}{n}" for n in range(3) for kind, name in WEARERS),
    *(f"iam put-{kind}-policy --{kind}-name {name} --policy-name p{n} --policy-document '{ALLOW}'" for n in range(3) for kind, name in WEARERS),
    *(f"iam attach-user-policy --user-name barista{n} --policy-arn {OWN}0" for n in (1, 2)),
    *(f"iam create-policy-version --policy-arn {OWN}0 --policy-document '{ALLOW}'" for _ in range(2)),
    *(f"iam create-instance-profile --instance-profile-name Board{n}" for n in range(3)),
    *("iam create-access-key --user-name barista0" for _ in range(2)),
    *(f"iam create-virtual-mfa-device --virtual-mfa-device-name m{n} --outfile o --bootstrap-method QRCodePNG" for n in range(3)),
    *(f"iam tag-{kind} {name} --tags Key=a,Value=1 Key=b,Value=2 Key=c,Value=3" for kind, name in TAGGED),
    *(f"""dynamodb put-item --table-name Inventory --item '{{"item": {{"S": "tea{n}"}}}}'""" for n in range(3)),
    *(f"s3api put-object --bucket coffeeshop-receipts --key {key}" for key in ("a/1", "b/1", "c", "'é d'")),
    *(f"sqs create-queue --queue-name queue{n}" for n in range(3)),
    "organizations create-organization",
    *(f"organizations create-organizational-unit --parent-id @root --name Unit{n}" for n in range(3)),
    *(f"organizations create-policy --type SERVICE_CONTROL_POLICY --name Rule{n} --description d --content '{ALLOW}'" for n in range(3)),
)  # fmt: skip
LISTS = (  # of every operation that is read in pages
    "iam list-users", "iam list-groups", "iam list-roles", "iam list-policies --scope Local", "iam list-account-aliases",
    "iam list-virtual-mfa-devices", "iam list-instance-profiles", "iam list-server-certificates",
    "iam get-account-authorization-details", "iam get-account-authorization-details --filter Role LocalManagedPolicy",
    "iam get-group --group-name Admins", f"iam list-policy-versions --policy-arn {OWN}0", f"iam list-entities-for-policy --policy-arn {OWN}0",
    *(f"iam list-{what} --user-name barista0" for what in (
        "user-tags", "groups-for-user", "attached-user-policies", "user-policies", "access-keys", "mfa-devices",
        "ssh-public-keys", "signing-certificates",
    )),
    *(f"iam list-{what} --group-name Shift0" for what in ("attached-group-policies", "group-policies")),
    *(f"iam list-{what} --role-name Till0" for what in ("role-tags", "attached-role-policies", "role-policies", "instance-profiles-for-role")),
    f"iam list-policy-tags --policy-arn {OWN}0", "iam list-instance-profile-tags --instance-profile-name Board0",
    "iam list-mfa-device-tags --serial-number arn:aws:iam::111122223333:mfa/m0",
    f"iam simulate-custom-policy --policy-input-list '{ALLOW}' --action-names s3:GetObject s3:PutObject sqs:SendMessage",
    "iam simulate-principal-policy --policy-source-arn arn:aws:iam::111122223333:user/barista0 --action-names s3:GetObject s3:PutObject sqs:SendMessage",
    "s3api list-buckets", "s3api list-objects --bucket coffeeshop-receipts", "s3api list-objects-v2 --bucket coffeeshop-receipts",
    "s3api list-objects --bucket coffeeshop-receipts --delimiter /", "s3api list-objects-v2 --bucket coffeeshop-receipts --delimiter /",
    "dynamodb list-tables", "dynamodb scan --table-name Inventory",
    "dynamodb list-tags-of-resource --resource-arn arn:aws:dynamodb:us-east-1:111122223333:table/Inventory",
    """dynamodb query --table-name Inventory --key-condition-expression 'item = :i' --expression-attribute-values '{":i": {"S": "tea0"}}'""",
    "sqs list-queues", "lambda list-functions", "lambda list-versions-by-function --function-name espresso-api",
    "ec2 describe-instances", "organizations list-accounts", "organizations list-roots",
    "organizations list-organizational-units-for-parent --parent-id ROOT", "organizations list-accounts-for-parent --parent-id ROOT",
    "organizations list-children --parent-id ROOT --child-type ORGANIZATIONAL_UNIT", "organizations list-parents --child-id 111122223333",
    "organizations list-policies --filter SERVICE_CONTROL_POLICY", "organizations list-targets-for-policy --policy-id p-FullAWSAccess",
    "organizations list-policies-for-target --target-id ROOT --filter SERVICE_CONTROL_POLICY",
    "organizations list-tags-for-resource --resource-id ROOT",
)  # fmt: skip
PARTS = (  # how much of a list is wanted, in pages of which size
    "--max-items 1", "--max-items 2", "--max-items 0", "--max-items -1", "--max-items 2 --page-size 1", "--max-items 3 --page-size 2",
    "--page-size 2", "--max-items 1 --starting-token None___1", "--starting-token None",
)  # fmt: skip
WARNED = f"warning: {NONE_WANTED}\n"  # what the console tells beside the answer
# Lists without pages of a size, or none that is simulated.
UNSIZED = (
    "sqs ",
    "lambda ",
    "ec2 ",
    "dynamodb list-tags",
    "organizations list-tags",
)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Shop, str]]:
    """A shop, and the address at which it is served."""
    began: Queue[tuple[Shop, uvicorn.Server]] = Queue()

    def serve() -> None:
        shop = opened()  # SQLite wants to be used where it was opened
        for line in MANY:
            made = shop.player.type(f"aws {line} --profile ada@console")
            assert isinstance(made, Typed), line
            assert not made.printed.failed, (line, made.printed)
        app = App(shop.endpoint)
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, http=Http, lifespan="off", log_level="critical")
        )
        began.put((shop, server))
        server.run()
        shop.player.progress.close()

    running = Thread(target=serve)
    running.start()
    shop, server = began.get()
    while not server.started:
        sleep(0.01)
    yield shop, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    running.join()


@pytest.fixture(scope="module", params=VERSIONS)
def cli(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    with kept(request.param, tmp_path_factory.mktemp("cli")) as running:
        yield running


def ours(line: str, shop: Shop) -> str:
    """What the console prints of a line; its instants are told by the wall's clock, as clients are told them."""
    sitting = shop.player.playing
    found = understand_line(line, sitting.play.account, sitting.now, {}, sitting.profile)
    assert isinstance(found, Line), (line, [str(problem) for problem in found])

    def ask(call: Call) -> Answer:
        answer = handle(sitting.play.account, Act(sitting.now, found.caller, call)).answer
        if isinstance(answer, ServiceError):
            return answer
        body = shift_instants(
            OPERATIONS[call.service, call.operation].output,
            answer.body,
            shop.endpoint.clock.ahead,
        )
        return Reply(cast(Body, body))

    said = carry_out(found, ask)
    return f"{said.text}\n" if said.text else ""


def lines(version: int) -> Iterator[str]:
    """Every line in every form that a version knows, whole and with each query; `aws s3` has a form of its own."""
    for line, queries in ASKED.items():
        for form in FORMS[version][: 1 if line.startswith("s3 ") else None]:
            yield f"{line} --output {form}"
            yield from (
                f"{line} --output {form} --query {shlex.quote(query)}" for query in queries
            )


def differences(
    cli: Kept, served: tuple[Shop, str], tmp_path: Path, asked: list[str]
) -> list[tuple[str, str, str]]:
    """Of which lines the real CLI prints other than the console: the line, what the console prints, what the CLI does."""
    shop, url = served
    # As version 2 has it anyway.
    (tmp_path / "config").write_text("[default]\ncli_timestamp_format = iso8601\n")
    keys = {name.upper(): value for name, value in shop.keys("ada@console").items()}
    env = {**NOBODY, **keys, "AWS_CONFIG_FILE": str(tmp_path / "config")}
    other: list[tuple[str, str, str]] = []
    for line in asked:
        said = cli([*shlex.split(line), "--endpoint-url", url], tmp_path, env, send=True)
        theirs = (
            said.err.replace(ERROR_PREFIX, "").replace(WARNED, "").lstrip()
            if said.code
            else said.out
        )
        mine = ours(f"aws {line}", shop).replace(
            ERROR_PREFIX, ""
        )  # older versions write none
        if cli.version == 1 and said.code:  # tells no details of an error
            mine = re.sub(
                r"\n\nAdditional error details:\n.*\Z", "\n", mine, flags=re.DOTALL
            )
        if mine != theirs:
            other.append((line, mine, theirs))
    return other


@pytest.mark.timeout(600)
def test_the_console_prints_what_the_real_cli_prints(
    cli: Kept, served: tuple[Shop, str], tmp_path: Path
):
    asked = list(lines(cli.version))[:: 1 if WHOLE else 7]
    assert len(asked) > (200 if WHOLE else 25)
    assert differences(cli, served, tmp_path, asked) == []


def parts(version: int, shop: Shop) -> Iterator[str]:
    """Every list in every part, in the forms that a version knows by turns."""
    root = ours(
        "aws organizations list-roots --query Roots[0].Id --output text", shop
    ).strip()
    pairs = (
        (line, part)
        for line in LISTS
        for part in PARTS
        if not ("page-size" in part and line.startswith(UNSIZED))
    )
    for (line, part), form in zip(pairs, cycle(FORMS[version]), strict=False):
        yield f"{line} {part} --output {form}".replace("ROOT", root)


@pytest.mark.timeout(600)
def test_parts_of_lists_and_their_tokens_are_the_real_clis(
    cli: Kept, served: tuple[Shop, str], tmp_path: Path
):
    asked = list(parts(cli.version, served[0]))[:: 1 if WHOLE else 11]
    assert len(asked) > (300 if WHOLE else 25)
    assert differences(cli, served, tmp_path, asked) == []


WAITED = (  # where it is as waited for, and where it never will be
    *(f"iam wait {kind}-exists --{kind}-name {name}" for kind, name in (("user", "casey"), ("user", "nobody"), ("role", "nobody"))),
    "iam wait instance-profile-exists --instance-profile-name nobody", f"iam wait policy-exists --policy-arn {OWN}9",
    *(f"s3api wait bucket-{what} --bucket {name}" for what in ("exists", "not-exists") for name in ("coffeeshop-receipts", "coffeeshop-none")),
    *(f"s3api wait object-{what} --bucket coffeeshop-receipts --key {key}" for what in ("exists", "not-exists") for key in ("2026/03/0411.json", "no")),
    *(f"dynamodb wait table-{what} --table-name {name}" for what in ("exists", "not-exists") for name in ("Inventory", "None")),
    *(f"lambda wait {what} --function-name {name}" for what in WAITERS["lambda"] for name in ("espresso-api", "nothing")),
    *(f"ec2 wait {what} --instance-ids {id}" for what in WAITERS["ec2"] for id in ("i-0c0ffee5b0a2d0001", "i-0c0ffee5b0a2d0002")),
)  # fmt: skip


@pytest.mark.parametrize("line", WAITED)
def test_what_is_waited_for_is_told_as_botocore_tells_it(line: str):
    shop = opened()
    command, _, waiter, *_ = line.split()
    client = shop.client(command.removesuffix("api"), "ada@console")
    names = {name.replace("_", "-"): name for name in client.waiter_names}
    found = understand_line(
        f"aws {line}",
        shop.player.playing.play.account,
        shop.player.playing.now,
        {},
        "ada@console",
    )
    assert isinstance(found, Line)
    asked = next(found.talk()).parameters
    try:
        client.get_waiter(names[waiter]).wait(
            **cast("dict[str, str]", to_plain_json(asked)),
            WaiterConfig={"Delay": 0, "MaxAttempts": 2},
        )
        theirs = ""
    except WaiterError as error:
        theirs = f"{ERROR_PREFIX}{error}\n"
    assert ours(f"aws {line} --profile ada@console", shop) == theirs


def test_everything_that_botocore_waits_for_is_waited_for():
    shop = opened()
    for service, waiters in WAITERS.items():
        client = shop.client(service, "ada@console")
        asked = {
            name.replace("_", "-"): client.get_waiter(name).config.operation
            for name in client.waiter_names
        }
        assert waiters.keys() == {
            name
            for name, operation in asked.items()
            if operation in simulated_operations(service)
        }
