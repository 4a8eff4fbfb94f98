"""Bodies that come in AWS's own chunks (aws-chunked), each perhaps signed, and perhaps followed by checksums.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256

from msgspec import Struct

from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.claim import ALGORITHM, TERMINATOR, Claim
from coffeeshop.endpoint.message import Request
from coffeeshop.endpoint.refusals import MISMATCH, refusal
from coffeeshop.endpoint.signature import STREAMING, signed, signing_key

CHUNK = "AWS4-HMAC-SHA256-PAYLOAD"
SIGNED = f"{STREAMING}{CHUNK}"
TRAILED = "-TRAILER"
SIGNATURE = "x-amz-trailer-signature"
EMPTY = sha256(b"").hexdigest()
END = b"\r\n"
HEAD = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")


class Unchunked(Struct, frozen=True):
    """A body taken out of its chunks, and the headers that came behind it, by lower-cased name."""

    body: bytes
    trailers: Mapping[str, str] = {}


def in_chunks(request: Request) -> bool:
    """Tells whether the request's body comes in chunks."""
    return request.header("x-amz-content-sha256").startswith(STREAMING)


def unchunked(request: Request, claim: Claim | None, secret: str) -> Unchunked:
    """Returns the body of a request in chunks. Raises ServiceError where they do not fit together, or where a signature
    of one is wrong.
    """
    kind = request.header("x-amz-content-sha256")
    if claim and kind.startswith(SIGNED):
        sign = _signer(claim, secret)
    else:
        sign = None
    found = list[bytes]()
    end = 0
    last = claim.signature if claim else ""
    for data, told, after in _chunks(request.body):
        found.append(data)
        end = after
        if sign:
            last = _checked(sign((CHUNK, last, EMPTY, sha256(data).hexdigest())), told)
    if kind.endswith(TRAILED):
        trailers = _trailers(request.body[end:])
    else:
        trailers = {}
    if sign and trailers:
        said = "".join(
            f"{name}:{value}\n" for name, value in trailers.items() if name != SIGNATURE
        )
        text = (f"{ALGORITHM}{TRAILED}", last, sha256(said.encode()).hexdigest())
        _checked(sign(text), trailers.get(SIGNATURE, ""))
    body = b"".join(found)
    _as_long_as_told(request, body)
    return Unchunked(body, trailers)


def _chunks(body: bytes) -> Iterator[tuple[bytes, str, int]]:
    """Yields each chunk, the empty one at the end included: its bytes, its signature, and where the next one begins."""
    size = -1
    place = 0
    while size:
        head = HEAD.match(body, place)
        if head is None:
            raise _incomplete()
        size = int(head[1], 16)
        place = head.end()
        data = body[place : place + size]
        place = place + size
        if size and body[place : place + 2] != END:
            raise _incomplete()
        place += 2 if size else 0
        yield data, (head[2] or b"").decode(), place


def _as_long_as_told(request: Request, body: bytes) -> None:
    told = request.header("x-amz-decoded-content-length")
    if not told:
        raise ServiceError(
            "MissingContentLength", "You must provide the Content-Length HTTP header.", 411
        )
    if told != str(len(body)):
        raise _incomplete()


def _trailers(rest: bytes) -> dict[str, str]:
    lines = (
        line.partition(":")
        for line in rest.decode("ascii", "replace").split("\r\n")
        if line
    )
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _signer(claim: Claim, secret: str) -> Callable[[Iterable[str]], str]:
    """Returns how the parts of a text become its signature, of the claim's time and scope."""
    if not claim.stamp:
        raise ServiceError("InvalidRequest", "an address of version 2 signs no chunks")
    key = signing_key(secret, *claim.scope)
    context = (claim.stamp, "/".join((*claim.scope, TERMINATOR)))

    def sign(parts: Iterable[str]) -> str:
        first, *rest = parts
        return signed(key, "\n".join((first, *context, *rest)))

    return sign


def _checked(made: str, told: str) -> str:
    if not hmac.compare_digest(made.encode(), told.encode("utf-8", "replace")):
        raise refusal("wrong", "s3", MISMATCH)
    return made


def _incomplete() -> ServiceError:
    return ServiceError("IncompleteBody", "The request body terminated unexpectedly")
