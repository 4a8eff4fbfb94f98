"""The console prints what the real CLI prints: byte for byte, of the same lines in the same account."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread
from time import sleep
from typing import cast

import pytest
import uvicorn

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.command import Line, carried_out, understood
from coffeeshop.account.door import handle
from coffeeshop.account.model import Act, Answer, Call, Reply, ServiceError
from coffeeshop.endpoint.app import App
from coffeeshop.endpoint.clock import shifted
from coffeeshop.endpoint.http import Http
from coffeeshop.endpoint.protocols.codec import Body
from tests.endpoint.shop import Shop, opened
from tests.real_cli import NOBODY, VERSIONS, WHOLE, Kept, kept

pytestmark = [pytest.mark.peers, pytest.mark.slow]
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
    "lambda list-functions": ("Functions[].FunctionName", "Functions[0].Timeout"),
    "dynamodb list-tables": ("TableNames", "TableNames[0]"),
    "dynamodb describe-table --table-name Inventory": ("Table.KeySchema",),
    "dynamodb scan --table-name Inventory": ("Items", "Count"),
    "sqs list-queues": ("QueueUrls",),
    "ec2 describe-instances": ("Reservations[].Instances[].State.Name",),
    "organizations describe-organization": (),
    "s3 ls": (),
    "s3 ls s3://coffeeshop-receipts --recursive": (),
}  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Shop, str]]:
    """A shop, and the address at which it is served."""
    began: Queue[tuple[Shop, uvicorn.Server]] = Queue()

    def serve() -> None:
        shop = opened()  # SQLite wants to be used where it was opened
        app = App(shop.endpoint)
        server = uvicorn.Server(uvicorn.Config(app, port=0, http=Http, lifespan="off", log_level="critical"))
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
def cli(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with kept(request.param, tmp_path_factory.mktemp("cli")) as running:
        yield running


def ours(line: str, shop: Shop) -> str:
    """What the console prints of a line; its instants are told by the wall's clock, as clients are told them."""
    sitting = shop.player.playing
    found = understood(line, sitting.play.account, sitting.now, {}, sitting.profile)
    assert isinstance(found, Line), (line, [str(problem) for problem in found])

    def ask(call: Call) -> Answer:
        answer = handle(sitting.play.account, Act(sitting.now, found.caller, call)).answer
        if isinstance(answer, ServiceError):
            return answer
        body = shifted(OPERATIONS[call.service, call.operation].output, answer.body, shop.endpoint.clock.ahead)
        return Reply(cast(Body, body))

    said = carried_out(found, ask)
    return f"{said.text}\n" if said.text else ""


def lines(version: int) -> Iterator[str]:
    """Every line in every form that a version knows, whole and with each query; `aws s3` has a form of its own.

    What --max-items leaves is asked for by a token of the CLI's own making; here it is AWS's.
    """
    for line, queries in ASKED.items():
        for form in FORMS[version][: 1 if line.startswith("s3 ") else None]:
            yield f"{line} --output {form}"
            yield from (f"{line} --output {form} --query {shlex.quote(query)}" for query in queries)


@pytest.mark.timeout(600)
def test_the_console_prints_what_the_real_cli_prints(cli: Kept, served: tuple[Shop, str], tmp_path: Path):
    shop, url = served
    (tmp_path / "config").write_text("[default]\ncli_timestamp_format = iso8601\n")  # as version 2 has it anyway
    keys = {name.upper(): value for name, value in shop.keys("ada@console").items()}
    env = {**NOBODY, **keys, "AWS_CONFIG_FILE": str(tmp_path / "config")}
    asked = list(lines(cli.version))[:: 1 if WHOLE else 7]
    assert len(asked) > (200 if WHOLE else 25)
    other: list[tuple[str, str, str]] = []
    for line in asked:
        said = cli([*shlex.split(line), "--endpoint-url", url], tmp_path, env, send=True)
        theirs = said.err.replace("aws: [ERROR]: ", "").lstrip() if said.code else said.out
        if (mine := ours(f"aws {line}", shop)) != theirs:
            other.append((line, mine, theirs))
    assert other == []
