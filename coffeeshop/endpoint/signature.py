"""Prove that the sender of a request has the secret of its key.

Signature Version 4 is in a header or a presigned URL. boto3 signs URLs for other hosts than AWS's in Version 2.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
import posixpath
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, unquote

from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.message import Request, query_pairs, with_bucket_in_path
from coffeeshop.endpoint.refusals import SIGNATURE_MISMATCH, refusal
from coffeeshop.endpoint.request_signature import (
    SCOPE_TERMINATOR,
    SIGNING_ALGORITHM,
    RequestSignature,
)

MAX_CLOCK_SKEW = timedelta(minutes=15)
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
STREAMING_PREFIX = "STREAMING-"
TIMESTAMP_FORMAT = "%Y%m%dT%H%M%SZ"
EXPIRED_ADDRESS = "Request has expired"
SIGNED_SUBRESOURCES = {  # query parameters that version 2 signs with the path
    *(
        "accelerate",
        "acl",
        "cors",
        "delete",
        "lifecycle",
        "location",
        "logging",
        "notification",
        "partNumber",
        "policy",
    ),
    *(
        "requestPayment",
        "restore",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
    ),
    *(
        "website",
        "response-content-type",
        "response-content-language",
        "response-expires",
        "response-cache-control",
    ),
    *("response-content-disposition", "response-content-encoding"),
}


def verify_signature(
    signature: RequestSignature, request: Request, secret: str, at: datetime
) -> None:
    """Raise ServiceError unless the signature was made with this secret, for this request, and hasn't expired."""
    if not signature.is_version_4:
        _verify_version_2(signature, request, secret, at)
        return
    _check_time(signature, at)
    if signature.stamp[:8] != signature.date:
        text = f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{signature.date}'"
        raise refusal("wrong", signature.service, text)
    _check_signed_headers(signature, request)
    _check_signature(
        sign_text(
            signing_key(secret, *signature.scope),
            string_to_sign(signature, _canonical_request(signature, request)),
        ),
        signature,
    )


def verify_policy_signature(signature: RequestSignature, policy: str, secret: str) -> None:
    """Raise ServiceError unless the signature of a form's policy was made with this secret.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
    """
    if signature.is_version_4:
        computed = sign_text(signing_key(secret, *signature.scope), policy)
    else:
        computed = _sign_version_2(secret, policy)
    _check_signature(computed, signature)


def _check_signature(computed: str, signature: RequestSignature) -> None:
    """Raise ServiceError unless the stated signature is the computed one.

    The comparison takes the same time for all.
    """
    if not hmac.compare_digest(
        computed.encode(), signature.value.encode("utf-8", "replace")
    ):
        raise refusal("wrong", signature.service, SIGNATURE_MISMATCH)


def _check_time(signature: RequestSignature, at: datetime) -> None:
    """Raise ServiceError unless the request was signed within 15 minutes, or its presigned URL is still valid."""
    signed_at = signature.at
    if signature.expires is not None:
        if signed_at - at > MAX_CLOCK_SKEW or at - signed_at >= timedelta(
            seconds=signature.expires
        ):
            raise refusal("url-expired", signature.service, EXPIRED_ADDRESS)
        return
    if abs(signed_at - at) <= MAX_CLOCK_SKEW:
        return
    now = f"{at:{TIMESTAMP_FORMAT}}"
    if signature.service == "s3":
        text = "The difference between the request time and the current time is too large."
    elif signed_at < at:
        edge = f"{at - MAX_CLOCK_SKEW:{TIMESTAMP_FORMAT}}"
        text = f"Signature expired: {signature.stamp} is now earlier than {edge} ({now} - 15 min.)"
    else:
        edge = f"{at + MAX_CLOCK_SKEW:{TIMESTAMP_FORMAT}}"
        text = f"Signature not yet current: {signature.stamp} is still later than {edge} ({now} + 15 min.)"
    raise refusal("expired", signature.service, text)


def _check_signed_headers(signature: RequestSignature, request: Request) -> None:
    """Raise ServiceError if the host, the date, or a header that AWS acts upon isn't signed."""
    loose = [
        name
        for name in request.headers
        if name.startswith("x-amz-") and name not in signature.signed
    ]
    if "host" not in signature.signed:
        loose.insert(0, "host")
    if (
        signature.expires is None
        and "x-amz-date" not in signature.signed
        and "date" not in signature.signed
    ):
        loose.append("x-amz-date")
    if loose:
        text = "There were headers present in the request which were not signed"
        raise refusal("unsigned", signature.service, f"{text}: {', '.join(sorted(loose))}")


# --------------------------------------------------------------- what is signed
def _canonical_request(signature: RequestSignature, request: Request) -> str:
    """Return the canonical request, as both sides write it before it is signed."""
    headers = (
        f"{name}:{' '.join(request.header(name).split())}\n" for name in signature.signed
    )
    parts = (
        request.method,
        canonical_path(request.path, signature.service),
        _canonical_query(request.query),
        "".join(headers),
        ";".join(signature.signed),
        payload_hash(signature, request),
    )
    return "\n".join(parts)


def canonical_path(path: str, service: str) -> str:
    """Return the path to sign. S3's stays as sent. Others are normalized and encoded once more."""
    if service == "s3" or path == "/":
        return path
    if not path:
        return "/"
    plain = posixpath.normpath(path).replace("//", "/")
    if path.endswith("/") and plain != "/":
        plain = f"{plain}/"
    return quote(plain, safe="/~")


def _canonical_query(query: str) -> str:
    """Return the query's parameters, sorted and encoded again, without the signature."""
    words = [
        (_encode_again(name), _encode_again(value))
        for name, value in query_pairs(query)
        if name != "X-Amz-Signature"
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(words))


def _encode_again(text: str) -> str:
    """Return a part of a query in the one encoding that both sides sign: decoded, then encoded as AWS does."""
    return quote(
        unquote(text, errors="surrogateescape"), safe="-_.~", errors="surrogateescape"
    )


def payload_hash(signature: RequestSignature, request: Request) -> str:
    """Return the hash of the body that the signature covers: the computed one, or S3's marker.

    S3 lets a request mark its body as unsigned, streamed or presigned instead of stating a hash.
    Raise ServiceError if the stated hash isn't the computed one.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    """
    stated = request.header("x-amz-content-sha256")
    if signature.service == "s3":
        if signature.expires is not None:
            return stated or UNSIGNED_PAYLOAD
        if not stated:
            raise ServiceError(
                "InvalidRequest",
                "Missing required header for this request: x-amz-content-sha256",
            )
        if stated == UNSIGNED_PAYLOAD or stated.startswith(STREAMING_PREFIX):
            return stated
    computed = sha256(request.body).hexdigest()
    if stated and stated != computed:
        if signature.service == "s3":
            text = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise ServiceError("XAmzContentSHA256Mismatch", text)
        raise refusal("wrong", signature.service, SIGNATURE_MISMATCH)
    return computed


def string_to_sign(signature: RequestSignature, canonical: str) -> str:
    """Return the string to sign for a canonical request."""
    scope = "/".join((*signature.scope, SCOPE_TERMINATOR))
    return "\n".join(
        (
            SIGNING_ALGORITHM,
            signature.stamp,
            scope,
            sha256(canonical.encode("utf-8", "replace")).hexdigest(),
        )
    )


@lru_cache(maxsize=64)  # a client signs with one key from day to day
def signing_key(secret: str, *scope: str) -> bytes:
    """Return the signing key, derived from the secret for a day, Region and service."""
    key = f"AWS4{secret}".encode()
    for part in (*scope, SCOPE_TERMINATOR):
        key = hmac.digest(key, part.encode("utf-8", "replace"), "sha256")
    return key


def sign_text(key: bytes, text: str) -> str:
    """Return the signature of a text, in hexadecimal."""
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256").hex()


# -------------------------------------------------------------------- version 2
def _verify_version_2(
    signature: RequestSignature, request: Request, secret: str, at: datetime
) -> None:
    """Raise ServiceError unless a presigned URL of version 2 was signed with this secret and hasn't expired."""
    if signature.expires is None or at.timestamp() >= signature.expires:
        raise refusal("url-expired", "s3", EXPIRED_ADDRESS)
    _check_signature(
        _sign_version_2(secret, _version_2_text(signature, request)), signature
    )


def _sign_version_2(secret: str, text: str) -> str:
    """Return a version 2 signature: HMAC-SHA1 in base64."""
    return b64encode(
        hmac.digest(secret.encode(), text.encode("utf-8", "replace"), "sha1")
    ).decode()


def _version_2_text(signature: RequestSignature, request: Request) -> str:
    """Return the string to sign for a presigned URL of version 2. Headers can be in the query."""
    in_query = {name.lower(): value for name, value in request.query_fields.items()}
    fields: Mapping[str, str] = {**request.headers, **in_query}
    first = (
        request.method,
        fields.get("content-md5", ""),
        fields.get("content-type", ""),
        str(signature.expires),
    )
    amz = [f"{name}:{fields[name]}" for name in sorted(fields) if name.startswith("x-amz-")]
    resource = with_bucket_in_path(request).path + _subresources(query_pairs(request.query))
    return "\n".join((*first, *amz, resource))


def _subresources(query: Iterable[tuple[str, str]]) -> str:
    """Return the query parameters that version 2 signs, sorted, after a question mark.

    Return "" if there are none.
    """
    signed_words = sorted(
        (name, unquote(value)) for name, value in query if name in SIGNED_SUBRESOURCES
    )
    if not signed_words:
        return ""
    words = [f"{name}={value}" if value else name for name, value in signed_words]
    return f"?{'&'.join(words)}"
