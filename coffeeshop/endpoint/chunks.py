"""Read bodies in AWS's own chunks (aws-chunked). Chunks can be signed, and checksums can follow as trailers.

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
from coffeeshop.endpoint.message import Request
from coffeeshop.endpoint.refusals import SIGNATURE_MISMATCH, refusal
from coffeeshop.endpoint.request_signature import (
    SCOPE_TERMINATOR,
    SIGNING_ALGORITHM,
    RequestSignature,
)
from coffeeshop.endpoint.signature import STREAMING_PREFIX, sign_text, signing_key

CHUNK_ALGORITHM = "AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS = f"{STREAMING_PREFIX}{CHUNK_ALGORITHM}"
TRAILER_SUFFIX = "-TRAILER"
TRAILER_SIGNATURE_HEADER = "x-amz-trailer-signature"
EMPTY_HASH = sha256(b"").hexdigest()
LINE_END = b"\r\n"
CHUNK_HEAD_PATTERN = re.compile(
    rb"([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?\r\n"
)


class JoinedChunks(Struct, frozen=True):
    """A body without its chunks, and its trailers by lower-case name."""

    body: bytes
    trailers: Mapping[str, str] = {}


def is_chunked(request: Request) -> bool:
    """Return whether the request's body is in AWS's chunks."""
    return request.header("x-amz-content-sha256").startswith(STREAMING_PREFIX)


def join_chunks(
    request: Request, signature: RequestSignature | None, secret: str
) -> JoinedChunks:
    """Return the body of a chunked request. Raise ServiceError if chunks are missing or a signature is wrong."""
    kind = request.header("x-amz-content-sha256")
    if signature and kind.startswith(SIGNED_CHUNKS):
        sign = _signer(signature, secret)
    else:
        sign = None
    pieces = list[bytes]()
    end = 0
    last_signature = signature.value if signature else ""
    for data, signature_of_chunk, next_chunk in _read_chunks(request.body):
        pieces.append(data)
        end = next_chunk
        if sign:
            last_signature = _check_signature(
                sign(
                    (CHUNK_ALGORITHM, last_signature, EMPTY_HASH, sha256(data).hexdigest())
                ),
                signature_of_chunk,
            )
    if kind.endswith(TRAILER_SUFFIX):
        trailers = _trailers(request.body[end:])
    else:
        trailers = {}
    if sign and trailers:
        signed_lines = "".join(
            f"{name}:{value}\n"
            for name, value in trailers.items()
            if name != TRAILER_SIGNATURE_HEADER
        )
        text = (
            f"{SIGNING_ALGORITHM}{TRAILER_SUFFIX}",
            last_signature,
            sha256(signed_lines.encode()).hexdigest(),
        )
        _check_signature(sign(text), trailers.get(TRAILER_SIGNATURE_HEADER, ""))
    body = b"".join(pieces)
    _check_length(request, body)
    return JoinedChunks(body, trailers)


def _read_chunks(body: bytes) -> Iterator[tuple[bytes, str, int]]:
    """Yield the data and the signature of each chunk, and the index in `body` where the next begins.

    The last chunk is empty. Raise ServiceError if the framing is broken.
    """
    size = -1
    place = 0
    while size:
        head = CHUNK_HEAD_PATTERN.match(body, place)
        if head is None:
            raise _incomplete_error()
        size = int(head[1], 16)
        place = head.end()
        data = body[place : place + size]
        place = place + size
        if size and body[place : place + 2] != LINE_END:
            raise _incomplete_error()
        place += 2 if size else 0
        yield data, (head[2] or b"").decode(), place


def _check_length(request: Request, body: bytes) -> None:
    """Raise ServiceError unless the body has the length that its header states."""
    stated_length = request.header("x-amz-decoded-content-length")
    if not stated_length:
        raise ServiceError(
            "MissingContentLength", "You must provide the Content-Length HTTP header.", 411
        )
    if stated_length != str(len(body)):
        raise _incomplete_error()


def _trailers(rest: bytes) -> dict[str, str]:
    """Return the trailers by lower-case name."""
    lines = (
        line.partition(":")
        for line in rest.decode("ascii", "replace").split("\r\n")
        if line
    )
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _signer(signature: RequestSignature, secret: str) -> Callable[[Iterable[str]], str]:
    """Return the function with which chunks are signed, for the time and scope of the request's signature.

    Raise ServiceError for a presigned URL of version 2, which has no such scope.
    """
    if not signature.is_version_4:
        raise ServiceError(
            "InvalidRequest",
            "chunks can't be signed with a version 2 signature in the address",
        )
    key = signing_key(secret, *signature.scope)
    context = (signature.stamp, "/".join((*signature.scope, SCOPE_TERMINATOR)))

    def sign(parts: Iterable[str]) -> str:
        first, *rest = parts
        return sign_text(key, "\n".join((first, *context, *rest)))

    return sign


def _check_signature(computed: str, stated: str) -> str:
    """Return the computed signature. Raise ServiceError if the stated one differs."""
    if not hmac.compare_digest(computed.encode(), stated.encode("utf-8", "replace")):
        raise refusal("wrong", "s3", SIGNATURE_MISMATCH)
    return computed


def _incomplete_error() -> ServiceError:
    """Return S3's error for a body that ends before it should."""
    return ServiceError("IncompleteBody", "The request body terminated unexpectedly")
