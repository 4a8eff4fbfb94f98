"""Run `aws s3 presign`, which makes a presigned URL. It opens nothing, because the bucket isn't in AWS.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from hashlib import sha256
from urllib.parse import quote

from coffeeshop.account import ids
from coffeeshop.account.command.answer import Printed
from coffeeshop.account.command.s3.places import Place
from coffeeshop.account.credentials import Credential, Session
from coffeeshop.account.model import Account
from coffeeshop.harmless import escape_hidden

DEFAULT_EXPIRES_SECONDS = (
    "3600"  # seconds that an address is good for, if the line says nothing
)


def presign_object(
    place: Place,
    region: str,
    account: Account,
    credential: Credential,
    at: datetime,
    expires: str = "",
) -> Printed:
    """Return the URL of an object, signed with a credential at that instant.

    It expires after so many seconds.
    """
    host = f"{place.bucket}.s3.{region}.amazonaws.com"
    path = quote(f"/{place.key}", safe="/~")
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    scope = (f"{at:%Y%m%d}", region, "s3", "aws4_request")
    if isinstance(credential, Session):
        token = {"X-Amz-Security-Token": ids.session_token(account, credential)}
    else:
        token = {}
    query = _query_string(
        {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": "/".join((credential.id, *scope)),
            "X-Amz-Date": stamp,
            "X-Amz-Expires": expires or DEFAULT_EXPIRES_SECONDS,
            "X-Amz-SignedHeaders": "host",
            **token,
        }
    )
    request = "\n".join(
        ("GET", path, query, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD")
    )
    text_to_sign = "\n".join(
        ("AWS4-HMAC-SHA256", stamp, "/".join(scope), sha256(request.encode()).hexdigest())
    )
    key = reduce(
        _sign_text, scope, f"AWS4{ids.secret_key(account, credential.id)}".encode()
    )
    return Printed(
        escape_hidden(
            f"https://{host}{path}?{query}&X-Amz-Signature={_sign_text(key, text_to_sign).hex()}"
        )
    )


def _query_string(parameters: Mapping[str, str]) -> str:
    """Return parameters as a sorted and encoded query, as Signature Version 4 needs it."""
    return "&".join(
        f"{name}={quote(value, safe='~')}" for name, value in sorted(parameters.items())
    )


def _sign_text(key: bytes, text: str) -> bytes:
    """Return the HMAC-SHA256 of a text."""
    return hmac.new(key, text.encode(), sha256).digest()
