"""Read the key and the signature that a request states. The module `signature` verifies them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html (version 2, for presigned URLs of boto3)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.message import Request
from coffeeshop.endpoint.refusals import refusal

SIGNING_ALGORITHM = "AWS4-HMAC-SHA256"
SCOPE_TERMINATOR = "aws4_request"
TIMESTAMP_PATTERN = re.compile(r"[0-9]{8}T[0-9]{6}Z")
MAX_EXPIRES_SECONDS = 604_800  # seconds that a signed address may be good for: seven days


# Names in a credential's scope that aren't those of the services.
SIGNED_AS = {"sso": "sso-admin"}


class RequestSignature(Struct, frozen=True):
    """The key that signed a request, and its signature.

    `scope` is the date, Region and service. In version 2 the date and Region are "". `signed` are the names of the signed
    headers. `stamp` is the time of signing, such as 20260302T080000Z, and "" in version 2. `expires` is how many seconds a
    presigned URL is valid, or None for a header. In version 2 it is the expiry in seconds since 1970.
    """

    key: str
    value: str
    scope: tuple[str, str, str] = ("", "", "s3")
    signed: tuple[str, ...] = ()
    stamp: str = ""
    expires: int | None = None
    token: str = ""

    @property
    def is_version_4(self) -> bool:
        """Return whether it is made with Signature Version 4. Only such signatures have a time stamp."""
        return self.stamp != ""

    @property
    def at(self) -> datetime:
        """Return the instant of signing."""
        return datetime.fromisoformat(self.stamp)

    @property
    def date(self) -> str:
        """Return the day of the scope: 20260302."""
        return self.scope[0]

    @property
    def region(self) -> str:
        """Return the Region of the scope."""
        return self.scope[1]

    @property
    def service(self) -> str:
        """Return the service of the scope, by its name in the table of operations."""
        name = self.scope[2]
        return SIGNED_AS.get(name, name)


def read_signature(request: Request) -> RequestSignature | None:
    """Return the signature of a request, or None if it has none. Raise ServiceError if it can't be read."""
    if header := request.header("authorization"):
        return _read_header(request, header)
    if "X-Amz-Algorithm" in request.query_fields:
        return _read_query(request.query_fields)
    if "AWSAccessKeyId" in request.query_fields:
        return _read_version_2(request.query_fields)
    return None


def _read_header(request: Request, header: str) -> RequestSignature:
    """Return the signature in an Authorization header.

    Raise ServiceError if it isn't of version 4, or if a part is missing or malformed.
    """
    algorithm, _, rest = header.partition(" ")
    if algorithm == "AWS":
        raise ServiceError(
            "InvalidRequest", f"{UNSUPPORTED_MECHANISM} Please use {SIGNING_ALGORITHM}."
        )
    service = _credential_service(rest)
    if algorithm != SIGNING_ALGORITHM:
        raise refusal(
            "malformed",
            service,
            f"Unsupported signing algorithm: {algorithm[:40]!a}; use {SIGNING_ALGORITHM}",
        )
    split = (part.strip().partition("=") for part in rest.split(","))
    parts = {name: value for name, _, value in split}
    if missing := [
        name for name in ("Credential", "Signature", "SignedHeaders") if not parts.get(name)
    ]:
        texts = (f"Authorization header requires '{name}' parameter." for name in missing)
        raise refusal("malformed", service, " ".join(texts))
    key, scope = _split_credential(parts["Credential"], service)
    return RequestSignature(
        key,
        parts["Signature"],
        scope,
        tuple(parts["SignedHeaders"].split(";")),
        _check_stamp(request.header("x-amz-date") or request.header("date"), service),
        token=request.header("x-amz-security-token"),
    )


def _read_query(words: Mapping[str, str]) -> RequestSignature:
    """Return the signature in a presigned URL of version 4.

    Raise ServiceError if a parameter is missing or malformed, or if the URL is valid for
    too long.
    """
    service = _credential_service(words.get("X-Amz-Credential", ""))
    wanted = ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
    if missing := [name for name in wanted if not words.get(name)]:
        text = f"Query-string authentication version 4 requires the {', '.join(missing)} parameter."
        raise refusal("malformed", service, text)
    if words["X-Amz-Algorithm"] != SIGNING_ALGORITHM:
        raise refusal(
            "malformed", service, f'X-Amz-Algorithm only supports "{SIGNING_ALGORITHM}"'
        )
    key, scope = _split_credential(words["X-Amz-Credential"], service)
    return RequestSignature(
        key,
        words["X-Amz-Signature"],
        scope,
        tuple(words["X-Amz-SignedHeaders"].split(";")),
        _check_stamp(words["X-Amz-Date"], service),
        _read_seconds(words.get("X-Amz-Expires", ""), service, MAX_EXPIRES_SECONDS),
        words.get("X-Amz-Security-Token", ""),
    )


# Seconds since 1970 until far beyond the year 9999: longer numbers are mistakes.
LAST_MOMENT = 2**40


def _read_version_2(words: Mapping[str, str]) -> RequestSignature:
    """Return the signature in a presigned URL of version 2, which only S3 has.

    Its Expires is a moment: seconds since 1970. Raise ServiceError if that isn't a number
    up to LAST_MOMENT.
    """
    ends = _read_seconds(words.get("Expires", ""), "s3", LAST_MOMENT)
    return RequestSignature(
        words["AWSAccessKeyId"],
        words.get("Signature", ""),
        expires=ends,
        token=words.get("x-amz-security-token", ""),
    )


def read_form_signature(fields: Mapping[str, str]) -> RequestSignature:
    """Return the signature of a form's policy, from the form's fields. Raise ServiceError if it can't be read."""
    token = fields.get("x-amz-security-token", "")
    if "x-amz-credential" not in fields:  # version 2
        return RequestSignature(
            fields.get("awsaccesskeyid", ""), fields.get("signature", ""), token=token
        )
    key, scope = _split_credential(fields["x-amz-credential"], "s3")
    stamp = _check_stamp(fields.get("x-amz-date", ""), "s3")
    return RequestSignature(
        key, fields.get("x-amz-signature", ""), scope, stamp=stamp, token=token
    )


UNSUPPORTED_MECHANISM = "The authorization mechanism you have provided is not supported."


def _credential_service(text: str) -> str:
    """Return the service in a credential, or "" if it has none. Errors use that service's words."""
    parts = text.partition("Credential=")[2].partition(",")[0] or text
    return next(iter(parts.split("/")[3:4]), "")


def _split_credential(credential: str, service: str) -> tuple[str, tuple[str, str, str]]:
    """Return the key's id and the scope (date, Region, service) of a credential.

    Raise ServiceError unless it has AWS's five parts: id/date/region/service/aws4_request.
    """
    parts = credential.split("/")
    if len(parts) != 5 or not all(parts) or parts[4] != SCOPE_TERMINATOR:
        text = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request"
        raise refusal("malformed", service, f"{text}, got: {credential[:200]!a}")
    return parts[0], (parts[1], parts[2], parts[3])


def _check_stamp(stamp: str, service: str) -> str:
    """Return the time of signing as it was sent. Raise ServiceError if it isn't in ISO-8601's basic format."""
    try:
        if not TIMESTAMP_PATTERN.fullmatch(stamp):
            raise ValueError
        datetime.fromisoformat(stamp)
    except ValueError:
        text = f"Date must be in ISO-8601 'basic format'. Got {stamp[:40]!a}. See http://en.wikipedia.org/wiki/ISO_8601"
        raise refusal("malformed", service, text) from None
    return stamp


def _read_seconds(text: str, service: str, most: int) -> int:
    """Return a number of seconds from 1 to `most`. Raise ServiceError if the text isn't one."""
    if not (
        text.isascii() and text.isdecimal() and len(text) < 16 and 0 < int(text) <= most
    ):
        raise refusal(
            "malformed",
            service,
            f"X-Amz-Expires must be a number of seconds from 1 to {most}",
        )
    return int(text)
