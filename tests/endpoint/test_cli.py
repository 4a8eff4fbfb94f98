"""The real aws CLI: version 1 by its own driver, version 2 where it is installed, and the commands of docs/clients.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.player import Player
from tests.endpoint.server import Server, serving
from tests.real_cli import version_2

pytestmark = [pytest.mark.peers, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
DRIVER = """
import json, shlex, sys
from awscli.clidriver import create_clidriver
driver = create_clidriver()
for line in json.load(sys.stdin):
    sys.stdout.flush()
    code = driver.main(shlex.split(line))
    print(f"\\x00{code}\\x00", flush=True)
"""
TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'
LINES: dict[str, str | int] = {  # line -> what it prints, or the code with which it fails
    "sts get-caller-identity --query Arn": '"arn:aws:iam::111122223333:user/ada"',
    "iam create-user --user-name zoe --tags Key=desk,Value=till": '"UserName": "zoe"',
    "iam create-user --user-name zoe": 254,
    "iam list-users --output text --query Users[].UserName --page-size 1": "zoe",
    "iam list-users --max-items 1 --query NextToken": '"',
    "iam wait user-exists --user-name zoe": "",
    f"iam create-role --role-name till --assume-role-policy-document '{TRUST}'": '"sts:AssumeRole"',
    "sts assume-role --role-arn arn:aws:iam::111122223333:role/till --role-session-name xy": "SessionToken",
    "iam create-access-key --user-name zoe": "SecretAccessKey",
    "iam get-account-authorization-details --query UserDetailList[].UserName": "zoe",
    "iam delete-role --role-name till": "",
    "s3 mb s3://new-bucket": "make_bucket: new-bucket",
    "s3 cp hello.txt s3://new-bucket/a/hello.txt": "upload: ",
    "s3 ls s3://new-bucket --recursive": "a/hello.txt",
    "s3 ls": "new-bucket",
    "s3 cp s3://new-bucket/a/hello.txt -": "hello",
    "s3 cp s3://new-bucket/a/none.txt -": 1,
    "s3 rb s3://new-bucket": 1,
    "s3 rm s3://new-bucket --recursive": "delete: ",
    "s3 rb s3://new-bucket  ": "remove_bucket: new-bucket",
    "s3api head-bucket --bucket none": 254,
    "dynamodb list-tables --query TableNames": "Inventory",
    'dynamodb put-item --table-name Inventory --item \'{"item": {"S": "oats"}}\'': "",
    "sqs get-queue-url --queue-name online-orders --endpoint-url {url}": "/111122223333/online-orders",
    "lambda list-functions --query Functions[].FunctionName": "espresso-api",
    "lambda invoke --function-name espresso-api out.json": "StatusCode",
    "ec2 describe-instances --query Reservations[].Instances[].State.Name": "running",
    "kms list-keys": "Keys",
    "sso-admin list-instances": "Instances",
    "identitystore list-users --identity-store-id d-1234567890": 254,
    "accessanalyzer list-analyzers": "analyzers",
    "cloudtrail lookup-events --max-items 1 --query Events[].EventName": "[",
    "secretsmanager list-secrets": 254,
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "data", "--scenario", "05") as running:
        yield running


def environment(server: Server, home: Path) -> dict[str, str]:
    """What a learner's second terminal holds."""
    (home / "hello.txt").write_text("hello")
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        **server.exports,
    }


def held(line: str, code: int, said: str) -> None:
    """Holds that a line printed, or failed, as LINES say; version 1 has one code for every failure of a call."""
    wanted = LINES[line]
    assert (code == 0) == isinstance(wanted, str), f"{line}: {code}\n{said}"
    assert not isinstance(wanted, str) or wanted in said, f"{line}\n{said}"


def test_version_1_prints_what_aws_would(server: Server, tmp_path: Path):
    lines = [line.format(url=server.url) if "{url}" in line else line for line in LINES]
    driver = [sys.executable, "-W", "ignore", "-c", DRIVER]
    done = subprocess.run(
        driver,
        input=json.dumps(lines),
        env=environment(server, tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    parts = re.split("\x00(\\d+)\x00\n", done.stdout)[:-1]
    assert len(parts) == 2 * len(LINES), done.stderr
    for line, said, code in zip(LINES, parts[::2], parts[1::2], strict=True):
        held(line, int(code), said)
    assert "Traceback" not in done.stderr


def test_version_2_prints_what_aws_would(server: Server, tmp_path: Path):
    for line in LINES:
        words = [
            "sh",
            "-c",
            f"{version_2()} {line.format(url=server.url) if '{url}' in line else line}",
        ]
        done = subprocess.run(
            words,
            env=environment(server, tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        held(line, done.returncode, done.stdout)


def test_the_commands_on_the_page_about_clients_work(server: Server, tmp_path: Path):
    text = (ROOT / "docs" / "clients.md").read_text("utf-8")
    script = text.partition("<!-- client -->\n```sh\n")[2].partition("```")[0]
    done = subprocess.run(
        ["sh", "-euc", script],
        env=environment(server, tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "casey" in done.stdout) == (0, True), done.stderr
    told = text.partition("<!-- endpoint -->\n```sh\n")[2].partition("```")[0]
    assert told.splitlines()[-1] == ".venv/bin/coffeeshop endpoint --scenario 05"


def test_the_receipts_drawer_is_solved_with_the_real_cli_for_three_stars(
    server: Server, tmp_path: Path
):
    solution = (ROOT / "scenarios" / "05-receipts-drawer" / "solution.sh").read_text(
        "utf-8"
    )
    folder = ROOT / "scenarios" / "05-receipts-drawer"
    env = environment(server, tmp_path)
    done = subprocess.run(
        ["bash", "-euc", solution], env=env, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    player = Player(Progress(tmp_path / "data" / "casey.sqlite3"))
    player.open("05")
    assert all(
        act.call.origin.agent.startswith("aws-cli/") for act in player.playing.play.acts
    )
    assert grade(player.playing.play).stars == 3
    player.progress.close()
