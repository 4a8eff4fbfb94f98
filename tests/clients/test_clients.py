"""Clients that others wrote, against `coffeeshop endpoint`: each does what it does with AWS.

The aws CLI and boto3 are in tests/endpoint. `.ci/slow clients` installs these in the folder that COFFEESHOP_CLIENTS names.
A client that isn't there is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.endpoint.server import ROOT, Server, serving

HERE = Path(__file__).parent
CLIENTS = Path(os.environ.get("COFFEESHOP_CLIENTS", "/nowhere"))
pytestmark = [
    pytest.mark.peers,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not CLIENTS.is_dir(), reason="COFFEESHOP_CLIENTS names no folder"),
]
# PMapper 1.1.5 is of 2022, and looks for these where Python had them until 3.10.
PMAPPER = """
import collections, collections.abc, sys
collections.Mapping = collections.abc.Mapping
collections.MutableMapping = collections.abc.MutableMapping
from principalmapper.__main__ import main
sys.exit(main())
"""
LETS_TRAILS_WRITE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": ["s3:GetBucketAcl", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
        }
    ],
}
SCANNED = ("iam", "s3", "sqs", "kms", "cloudtrail", "organizations", "accessanalyzer")
RCLONE = """
[shop]
type = s3
provider = Other
env_auth = true
force_path_style = true
endpoint = {url}
"""


class Terminal:
    """A folder from which clients are started, with what an endpoint told to paste."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "COFFEESHOP_CLIENTS": str(CLIENTS),
            **server.exports,
        }

    def run(self, program: str, *words: str, **env: str) -> str:
        """Run a client, and return what it printed. It must succeed."""
        done = subprocess.run(
            [program_path(program), *words],
            cwd=self.folder,
            env={**self._env, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


def program_path(name: str) -> str:
    """Return the path of a client's program. Where there is none, the test is skipped."""
    for place in (CLIENTS / "bin" / name, CLIENTS / name / "bin" / name):
        if place.is_file():
            return str(place)
    if name == "node" and (CLIENTS / "node_modules").is_dir():
        return str(shutil.which(name))
    pytest.skip(f"{name} is not installed in COFFEESHOP_CLIENTS")


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Terminal]:
    """An account with only a root user."""
    yield from _opened(tmp_path, "--fresh", "--root-credentials", "env")


@pytest.fixture
def managers(tmp_path: Path) -> Iterator[Terminal]:
    """The account of a scenario in which somebody can assume a role."""
    yield from _opened(tmp_path, "--scenario", "15")


def _opened(folder: Path, *words: str) -> Generator[Terminal]:
    place = folder / "terminal"
    place.mkdir()
    with serving(folder / "data", *words) as server:
        yield Terminal(server, place)


def test_the_sdk_for_javascript_gets_the_answers_of_aws(fresh: Terminal):
    assert fresh.run("node", str(HERE / "sdk.mjs")) == ""


def test_s3cmd_puts_lists_gets_and_deletes(fresh: Terminal):
    host = fresh.server.url.removeprefix("http://")
    key, secret = ROOT.values()
    setting = f"[default]\nhost_base = {host}\nhost_bucket = {host}\nuse_https = False\n"
    setting += f"access_key = {key}\nsecret_key = {secret}\n"
    (fresh.folder / "s3cfg").write_text(setting)
    (fresh.folder / "hello.txt").write_text("hello\n")

    def s3cmd(*words: str) -> str:
        return fresh.run("s3cmd", "--config", "s3cfg", *words)

    s3cmd("mb", "s3://beans")
    s3cmd("put", "hello.txt", "s3://beans/a/é +&.txt")
    s3cmd("put", "--add-header=x-amz-meta-colour:red", "hello.txt", "s3://beans/b.txt")
    assert s3cmd("ls", "--recursive", "s3://beans").count("s3://beans/") == 2
    s3cmd("get", "s3://beans/a/é +&.txt", "back.txt")
    assert (fresh.folder / "back.txt").read_text() == "hello\n"
    assert "2 objects" in s3cmd("du", "s3://beans")
    s3cmd("del", "--recursive", "--force", "s3://beans")
    s3cmd("rb", "s3://beans")


def test_rclone_puts_checks_moves_gets_and_purges(fresh: Terminal):
    (fresh.folder / "rclone.conf").write_text(RCLONE.format(url=fresh.server.url))
    (fresh.folder / "in").mkdir()
    (fresh.folder / "in" / "hello.txt").write_text("hello\n")

    def rclone(*words: str) -> str:
        return fresh.run("rclone", "--config", "rclone.conf", "--retries", "1", *words)

    rclone("mkdir", "shop:beans")
    rclone("copy", "in", "shop:beans/a")
    rclone("check", "in", "shop:beans/a")
    rclone("moveto", "shop:beans/a/hello.txt", "shop:beans/b/hello.txt")
    assert rclone("cat", "shop:beans/b/hello.txt") == "hello\n"
    rclone("purge", "shop:beans")
    assert rclone("lsd", "shop:") == ""


def test_cloudsplaining_downloads_the_account_and_reports_on_it(managers: Terminal):
    managers.run("cloudsplaining", "download", "--output", ".")
    words = ("--skip-open-report", "--input-file", "default.json", "--output", ".")
    managers.run("cloudsplaining", "scan", *words)
    findings = json.loads((managers.folder / "iam-results-default.json").read_text())
    assert {user["name"] for user in findings["users"].values()} >= {"ada", "mina"}
    assert {role["name"] for role in findings["roles"].values()} >= {"Manager"}


def test_pmapper_draws_who_can_assume_which_role(managers: Terminal):
    (managers.folder / "pmapper.py").write_text(PMAPPER)
    place = ("--localstack-endpoint", managers.server.url, "--include-regions", "us-east-1")
    managers.run("python", "pmapper.py", "graph", "create", *place)
    asked = (
        "query",
        "who can do sts:AssumeRole with arn:aws:iam::111122223333:role/Manager",
    )
    said = managers.run("python", "pmapper.py", "--account", "111122223333", *asked)
    assert "user/mina IS authorized" in said


def test_ansible_makes_what_its_playbook_says_and_nothing_twice(fresh: Terminal):
    line = (
        "--inventory",
        "localhost,",
        "--connection",
        "local",
        str(HERE / "playbook.yml"),
    )
    python = f"ansible_python_interpreter={program_path('python')}"
    first = fresh.run("ansible-playbook", "--extra-vars", python, *line)
    assert "failed=0" in first
    again = fresh.run("ansible-playbook", "--extra-vars", python, *line)
    assert "changed=0" in again


def test_prowler_reads_the_account_without_a_call_that_is_not_simulated(fresh: Terminal):
    """It reads access points of S3 over another host, which is none of the endpoint's."""
    client = fresh.server.client
    client("s3").create_bucket(Bucket="logs")
    client("s3").put_bucket_policy(Bucket="logs", Policy=json.dumps(LETS_TRAILS_WRITE))
    client("cloudtrail").create_trail(Name="all", S3BucketName="logs")
    client("organizations").create_organization()
    client("accessanalyzer").create_analyzer(analyzerName="outside", type="ACCOUNT")
    client("sqs").create_queue(QueueName="orders")
    client("kms").create_key()
    folder = ("--output-directory", "out", "--output-formats", "json-ocsf")
    quiet = ("--log-level", "ERROR", "--ignore-exit-code-3", "--no-banner")
    once = ("--aws-retries-max-attempts", "1", "--region", "us-east-1")
    said = fresh.run("prowler", "aws", *folder, *quiet, *once, "--service", *SCANNED)
    assert "NotSimulated" not in said
    (report,) = (fresh.folder / "out").glob("*.ocsf.json")
    found = json.loads(report.read_text())
    services = {row["resources"][0]["group"]["name"] for row in found}
    assert services == {*SCANNED}
