"""What the fuzzing harness sends to the endpoint: bytes on a connection, and requests that are signed and say anything."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import strategies as st
from uvicorn.server import ServerState

from coffeeshop.account.api.operations import required_wire_names
from coffeeshop.endpoint.app import App
from coffeeshop.endpoint.http import Http
from coffeeshop.endpoint.routing import operations
from tests.endpoint.shop import HOST, Shop, opened, received

FORM = "application/x-www-form-urlencoded; charset=utf-8"
BODIES = (
    b"",
    b"{}",
    b"[]",
    b"{",
    b"<a/>",
    b"<a",
    b"\xff",
    b"a=b",
    b"Tags.member.1.Key=a",
    b'{"TableName":"Inventory"}',
)
HEADS = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 30\r\n\r\nAction=ListUsers&Version=2010-",
    b"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET /b?list-type=2 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request\r\n\r\n",
    b"HEAD /b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
)


class UnfitError(Exception):
    """The endpoint said what it never may say."""


# ----------------------------------------------------------------------- signed requests
@st.composite
def signed(draw: st.DrawFn) -> tuple[str, str, str, dict[str, str], bytes]:
    """Returns service, method, path, headers and body of a request for some operation, as near to it as it comes."""
    row = draw(st.sampled_from(ROWS))
    text = st.one_of(
        st.sampled_from(("casey", "coffeeshop-receipts", "Inventory", "1", "", "é/ ")),
        st.text(max_size=20),
    )
    path = row.path
    for label in (
        member.wire or member.name for member in row.members if member.location == "uri"
    ):
        said = draw(text).encode("utf-8", "replace").hex("%")
        path = path.replace(f"{{{label}+}}", f"%{said}" if said else "x").replace(
            f"{{{label}}}", f"%{said}" if said else "x"
        )
    headers = {
        name: draw(st.sampled_from(("a", "1", "/b/k"))) for name in required_wire_names(row)
    }
    if row.service in {"dynamodb", "sqs"}:
        headers["x-amz-target"] = f"{TARGETS[row.service]}.{row.name}"
    body = draw(
        st.one_of(
            st.sampled_from(BODIES),
            st.binary(max_size=60),
            st.builds(str.encode, forms(row.name, row.members)),
        )
    )
    if row.service in {"iam", "sts", "ec2"}:
        headers["content-type"] = FORM
    return row.service, row.method, path, headers, body


def forms(action: str, members: tuple[Any, ...]) -> st.SearchStrategy[str]:
    """Returns forms of an action, with some of its parameters."""
    names = st.sampled_from([member.wire or member.name for member in members] or ["X"])
    ends = st.sampled_from(
        ("", ".1", ".member.1", ".member.1.Key", ".entry.1.key", ".x", ".", ".member..")
    )
    field = st.builds(
        "{}{}={}".format,
        names,
        ends,
        st.sampled_from(("casey", "1", "true", "", "%ff", "{}")),
    )
    return st.lists(field, max_size=4).map(
        lambda fields: "&".join((f"Action={action}", *fields))
    )


ROWS = [*operations()]
TARGETS = {"dynamodb": "DynamoDB_20120810", "sqs": "AmazonSQS"}


def ask(shop: Shop, case: tuple[str, str, str, dict[str, str], bytes]) -> None:
    """Sends a request with a good signature; holds that it is answered, and kept if it was done."""
    service, method, path, headers, body = case
    request = AWSRequest(method, f"{HOST}{path}", dict(headers), body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(*shop.keys("ada@console").values()), service, "us-east-1").add_auth(
        request
    )
    response = shop.endpoint.answer(received(request.prepare()))
    if (
        response.status >= 500
        or b"<html" in response.body.lower()
        or b"SignatureDoesNotMatch" in response.body
    ):
        raise UnfitError(f"{response.status} {response.body[:200]!r}")
    player = shop.player
    if player.progress.resume(player.playing.scenario).acts != player.playing.play.acts:
        raise UnfitError("what was done is not what is kept")


# ------------------------------------------------------------------------------- bytes
def chunks() -> st.SearchStrategy[list[bytes]]:
    """Returns what comes over a connection, piece by piece: requests, broken ones, and noise."""
    noise = st.binary(max_size=80)
    broken = st.builds(_put_in, st.sampled_from(HEADS), st.integers(0, 90), noise)
    return st.lists(st.one_of(st.sampled_from(HEADS), broken, noise), max_size=5)


def _put_in(head: bytes, at: int, new: bytes) -> bytes:
    return head[:at] + new + head[at:]


class Line(asyncio.Transport):
    """A connection that keeps what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.said, self.closed = b"", False

    def write(self, data: Any) -> None:
        """Keep what is said."""
        self.said += bytes(data)

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def close(self) -> None:
        """Hear no more."""
        self.closed = True

    def pause_reading(self) -> None:
        """Nothing waits here."""

    def resume_reading(self) -> None:
        """Nothing waits here."""


async def hear(shop: Shop, pieces: list[bytes]) -> None:
    """Sends pieces over a connection; holds that nothing of it is a fault of the server."""
    config = uvicorn.Config(
        App(shop.endpoint),  # type: ignore[arg-type]
        http=Http,
        ws="none",
        lifespan="off",
        log_level="critical",
    )
    config.load()
    line, connection = Line(), Http(config, ServerState(), {})
    connection.connection_made(line)
    for piece in pieces:
        if not line.closed:
            connection.data_received(piece)
            await asyncio.sleep(0)
    connection.connection_lost(None)
    if b"HTTP/1.1 5" in line.said or b"<html" in line.said.lower():
        raise UnfitError(repr(line.said[:300]))


def cases() -> st.SearchStrategy[Any]:
    """Returns signed requests, and what comes over a connection."""
    return st.one_of(signed(), chunks())


def send(case: Any) -> None:
    """Send one or the other to a shop of its own."""
    if isinstance(case, tuple):
        ask(opened(), case)
    else:
        asyncio.run(hear(opened(), case))
