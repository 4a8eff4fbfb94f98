"""The command, over real sockets: many clients, rude clients, kills; nothing that was answered is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError
from click.testing import CliRunner

from coffeeshop.cli import group
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.player import Player
from tests.endpoint.server import ROOT, Server, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        tmp_path_factory.mktemp("data"), "--fresh", "--root-credentials", "env"
    ) as running:
        yield running


def test_root_of_a_fresh_account_has_the_key_of_the_environment_and_nobody_else_is_there(
    server: Server,
):
    assert server.exports["AWS_ACCESS_KEY_ID"] == ROOT["COFFEESHOP_ROOT_ACCESS_KEY_ID"]
    assert (
        server.client("sts").get_caller_identity()["Arn"]
        == "arn:aws:iam::111122223333:root"
    )
    iam = server.client("iam")
    assert iam.list_users()["Users"] == []
    assert [
        key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]
    ] == list(ROOT.values())[:1]


def test_what_it_prints_can_all_be_pasted(server: Server):
    done = subprocess.run(
        ["sh", "-euc", f"{server.said}\necho $AWS_REGION $AWS_DEFAULT_REGION"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "us-east-1 us-east-1\n")
    assert server.exports["AWS_EC2_METADATA_DISABLED"] == "true"


def rude(port: int, sent: bytes) -> bytes:
    """What is answered to bytes, until the server closes or has nothing to say."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.3) as line:
        try:
            line.sendall(sent)
            return line.recv(4096)
        except (TimeoutError, ConnectionError):
            return b""


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"GET / HTTP/1.1\r\n" + b"a: " + b"b" * 70_000 + b"\r\n",
        b"GET /" + b"x" * 70_000,
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_are_refused_and_the_server_stays_up(
    server: Server, sent: bytes
):
    said = rude(server.port, sent)
    assert said == b"" or b"HTTP/1.1 4" in said[:12]
    assert b"<html" not in said.lower()
    assert server.client("sts").get_caller_identity()["Account"] == "111122223333"


def test_five_hundred_clients_that_wait_keep_nobody_from_being_answered(server: Server):
    iam = server.client("iam")
    waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(500)]
    try:
        for line in waiting[::2]:
            line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nActi")
        iam.create_user(UserName="patient")
        assert iam.get_user(UserName="patient")["User"]["UserName"] == "patient"
    finally:
        for line in waiting:
            line.close()


def test_one_that_sends_byte_by_byte_is_answered_in_the_end(server: Server):
    request = b"GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for n in range(len(request)):
            line.sendall(request[n : n + 1])
        assert line.recv(4096).startswith(b"HTTP/1.1 403 ")


CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begun", "more"),
    [
        (b"0\r\n", b"x-more: " + b"x" * 60_000 + b"\r\n"),
        (b"0\r\nx-more: ", b"x" * 60_000),
        (b"1;x=", b"x" * 60_000),
    ],
    ids=["many trailers", "one trailer", "one chunk's extension"],
)
def test_what_stands_around_a_body_without_an_end_is_not_read_for_ever(
    server: Server, begun: bytes, more: bytes
):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(CHUNKED + begun)
        with pytest.raises(ConnectionError):
            connection.sendall(more * 1000)  # 60 MB
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(CHUNKED + b"4\r\nA=ab\r\n0\r\nx-more: y\r\n\r\n")
        assert connection.recv(12).startswith(b"HTTP/1.1 4")


def test_a_body_that_is_too_large_is_told_so(server: Server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="large")
    for size in (17, 40):
        with pytest.raises(ClientError) as found:
            s3.put_object(Bucket="large", Key="k", Body=bytes(size * 1024 * 1024))
        assert found.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    s3.put_object(Bucket="large", Key="k", Body=bytes(15 * 1024 * 1024))
    assert s3.head_object(Bucket="large", Key="k")["ContentLength"] == 15 * 1024 * 1024


# --------------------------------------------------------------------- nothing is lost
def users(client: Any, prefix: str) -> list[str]:
    """Makes users until the server is gone; tells of which it was answered that they are made."""
    made: list[str] = []
    for n in range(10_000):
        try:
            client.create_user(UserName=f"{prefix}-{n}")
        except (
            EndpointConnectionError,
            HTTPClientError,
            ResponseParserError,
        ):  # half an answer is none
            return made
        made.append(f"{prefix}-{n}")
    return made


def test_a_kill_loses_no_call_that_was_answered(tmp_path: Path):
    with serving(tmp_path, "--scenario", "05") as running:
        client = running.client("iam")
        with ThreadPoolExecutor(1) as other:
            made = other.submit(users, client, "new")
            while len(kept(tmp_path)) < 20:
                pass
            running.process.send_signal(signal.SIGKILL)
            answered = made.result()
    assert len(answered) >= 19
    assert kept(tmp_path)[: len(answered)] == answered


def kept(data: Path) -> list[str]:
    """The users that were made in the play of 05, as another window reads it."""
    player = Player(Progress(data / "casey.sqlite3"))
    player.open("05")
    made = [act.call.text("UserName") for act in player.playing.play.acts]
    player.progress.close()
    return made


def test_two_endpoints_and_a_window_lose_nothing_of_one_play(tmp_path: Path):
    names = [f"{who}-{n}" for who in ("one", "two") for n in range(12)]
    with (
        serving(tmp_path, "--scenario", "05") as one,
        serving(tmp_path, "--scenario", "05") as two,
    ):
        made = {"one": one.client("iam"), "two": two.client("iam")}

        def make(who: str) -> None:
            for n in range(12):
                made[who].create_user(UserName=f"{who}-{n}")

        with ThreadPoolExecutor(2) as both:
            list(both.map(make, made))
        seen = {user["UserName"] for user in made["one"].list_users()["Users"]}
        assert seen >= set(names)
    assert sorted(name for name in kept(tmp_path) if name) == sorted(names)


def test_an_account_of_ones_own_is_kept_and_served_again(tmp_path: Path):
    with serving(tmp_path, "--save", "mine") as first:
        first.client("iam").create_user(UserName="zoe")
        key = first.exports["AWS_ACCESS_KEY_ID"]
    with serving(tmp_path, "--save", "mine") as again:
        assert again.exports["AWS_ACCESS_KEY_ID"] == key
        assert [user["UserName"] for user in again.client("iam").list_users()["Users"]] == [
            "zoe"
        ]


def test_it_serves_whoever_closed_its_standard_output(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = (sys.executable, "-m", "coffeeshop", "endpoint", "--fresh", "--port", str(port))
    env = {**os.environ, "COFFEESHOP_DATA": str(tmp_path)}
    process = subprocess.Popen(("sh", "-c", 'exec "$@" >&-', "sh", *words), env=env)
    answer = b""
    while process.poll() is None and not answer:
        with (
            suppress(ConnectionError),
            socket.create_connection(("127.0.0.1", port)) as line,
        ):
            line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = line.recv(12)
    process.send_signal(signal.SIGINT)
    assert (answer, process.wait()) == (b"HTTP/1.1 403", 0)


# ------------------------------------------------------------------- what is mistyped
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--fresh", "--save", "x"], "use only one of"),
        (["--save", "x", "--root-credentials", "env"], "needs --fresh"),
        (["--save", "../x"], "can't be the name of an account"),
        (["--save", "05-receipts-drawer"], "the name 05-receipts-drawer is already used"),
        (["--scenario", "no-such"], "no-such"),
        (["--variant", "3"], "needs --scenario"),
        (["--host", "256.1.1.1"], "can't listen on 256.1.1.1"),
    ],
)
def test_what_cannot_be_served_is_told_with_its_mend(
    tmp_path: Path, words: list[str], told: str
):
    done = CliRunner().invoke(
        group, ["endpoint", "--port", "0", *words], env={"COFFEESHOP_DATA": str(tmp_path)}
    )
    assert (done.exit_code, told in done.stderr) == (2, True)
