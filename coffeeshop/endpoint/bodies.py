"""Take AWS's chunks out of a body and check its checksums."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.checksums import CHECKSUM_HEADER_PREFIX, checksum, stated_checksums
from coffeeshop.endpoint.chunks import is_chunked, join_chunks
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.request_signature import RequestSignature


def plain_request(
    request: Request, signature: RequestSignature | None, secret: str
) -> Request:
    """Return a request whose body has AWS's chunks joined, with the trailers among its headers.

    Raise ServiceError if a chunk's signature or a stated checksum is wrong. `secret` is the key's
    secret. Without a signature, chunks aren't verified.
    """
    if is_chunked(request):
        joined = join_chunks(request, signature, secret)
        headers = _without_chunk_encoding({**request.headers, **joined.trailers})
        request = replace(request, body=joined.body, headers=headers)
    for name, value in stated_checksums(request.headers).items():
        if checksum(name, request.body) != value:
            raise ServiceError(
                "BadDigest",
                f"The {name.upper()} you specified did not match the calculated checksum.",
            )
    stated_digest = request.header("content-md5")
    if stated_digest and stated_digest != checksum("md5", request.body):
        raise ServiceError(
            "BadDigest", "The Content-MD5 you specified did not match what we received."
        )
    return request


def _without_chunk_encoding(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers without `aws-chunked` among the encodings, which S3 doesn't keep."""
    encodings = [part.strip() for part in headers.get("content-encoding", "").split(",")]
    kept_encodings = ",".join(part for part in encodings if part not in ("", "aws-chunked"))
    without = {name: value for name, value in headers.items() if name != "content-encoding"}
    if kept_encodings:
        return {**without, "content-encoding": kept_encodings}
    return without


def with_checksums(response: Response, row: Operation, request: Request) -> Response:
    """Return S3's response with checksums.

    A PUT, of an object or of a part, gets back the checksums that the client stated.
    A GET of a whole object gets one if the client asks for it.
    """
    wants_checksum = request.header("x-amz-checksum-mode").upper() == "ENABLED"
    checksums: dict[str, str] = {}
    if row.name in ("PutObject", "UploadPart"):
        checksums = stated_checksums(request.headers)
    elif row.name == "GetObject" and response.status == 200 and wants_checksum:
        checksums = {"crc32": checksum("crc32", response.body)}
    if not checksums:
        return response
    headers = {
        f"{CHECKSUM_HEADER_PREFIX}{name}": value for name, value in checksums.items()
    }
    if row.name != "UploadPart":
        headers[f"{CHECKSUM_HEADER_PREFIX}type"] = "FULL_OBJECT"
    return replace(response, headers={**response.headers, **headers})
