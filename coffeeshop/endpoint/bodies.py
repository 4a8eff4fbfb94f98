"""The body of a request as it was meant: out of its chunks, and summing up to what was said of it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import md5

from msgspec.structs import replace

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.checksums import PREFIX, checksum, told
from coffeeshop.endpoint.chunks import in_chunks, unchunked
from coffeeshop.endpoint.claim import Claim
from coffeeshop.endpoint.message import Request, Response


def plain(request: Request, claim: Claim | None, secret: str) -> Request:
    """Returns a request with its body taken out of AWS's chunks, if it is in any. Raises ServiceError where it does not
    sum up to what its headers say.
    """
    if in_chunks(request):
        whole = unchunked(request, claim, secret)
        request = replace(
            request,
            body=whole.body,
            headers=_uncoded({**request.headers, **whole.trailers}),
        )
    said = told(request.headers)
    body = request.body
    if wrong := next(
        (name for name, value in said.items() if checksum(name, body) != value), ""
    ):
        raise ServiceError(
            "BadDigest",
            f"The {wrong.upper()} you specified did not match the calculated checksum.",
        )
    digest = request.header("content-md5")
    if digest and digest != b64encode(md5(body, usedforsecurity=False).digest()).decode():
        raise ServiceError(
            "BadDigest", "The Content-MD5 you specified did not match what we received."
        )
    return request


def _uncoded(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Returns the headers without the word for AWS's chunks among the encodings, which S3 does not keep."""
    coded = [part.strip() for part in headers.get("content-encoding", "").split(",")]
    kept = ",".join(part for part in coded if part not in ("", "aws-chunked"))
    rest = {name: said for name, said in headers.items() if name != "content-encoding"}
    return {**rest, "content-encoding": kept} if kept else rest


def summed(response: Response, row: Operation, request: Request) -> Response:
    """Returns S3's answer with the checksums that go with it: those that a client gave with what it put, and that of
    what it gets whole, if it asks for one.
    """
    found = told(request.headers) if row.name == "PutObject" else {}
    if (
        row.name == "GetObject"
        and response.status == 200
        and request.header("x-amz-checksum-mode").upper() == "ENABLED"
    ):
        found = {"crc32": checksum("crc32", response.body)}
    if not found:
        return response
    said = {f"{PREFIX}{name}": value for name, value in found.items()}
    return replace(
        response, headers={**response.headers, **said, f"{PREFIX}type": "FULL_OBJECT"}
    )
