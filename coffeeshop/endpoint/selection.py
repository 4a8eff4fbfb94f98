"""Apply HTTP's conditions and ranges to an object that a GET or a HEAD requests.

The account returns the whole object. This module selects from it.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2 (order of the conditions)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec.structs import replace

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.message import Request, Response

RANGE_PATTERN = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))")
RESPONSE_HEADERS = (
    "cache-control",
    "expires",
    *(f"content-{what}" for what in ("disposition", "encoding", "language", "type")),
)
RANGE_AND_PART = (
    "Cannot specify both Range header and partNumber query parameter"  # recorded
)
UNMET_PRECONDITION = "At least one of the pre-conditions you specified did not hold"


def select_content(response: Response, row: Operation, request: Request) -> Response:
    """Return the requested part of an object, or 304 if the client has it already. Other responses stay.

    Raise ServiceError if a condition isn't met, or if a range is outside of the object.
    """
    if row.name not in ("GetObject", "HeadObject"):
        return response
    if not _is_wanted(response, request):
        headers = {
            name: value
            for name, value in response.headers.items()
            if not name.startswith("content-")
        }
        return Response(304, headers)
    headers = {**response.headers, **dict(_requested_headers(request))}
    if "content-range" not in headers:
        return _select_range(replace(response, headers=headers), request)
    if request.header("range"):
        raise ServiceError("InvalidRequest", RANGE_AND_PART)
    return replace(response, status=206, headers=headers)


# ------------------------------------------------------------------ conditions
def _is_wanted(response: Response, request: Request) -> bool:
    """Return whether the object must be sent, because the client doesn't have it.

    Raise ServiceError if a condition isn't met.
    """
    etag = response.headers["etag"]
    changed = _read_instant(response.headers["last-modified"])
    if accepted_tags := request.header("if-match"):
        is_accepted = _matches_etag(accepted_tags, etag)
    else:
        since = _read_instant(request.header("if-unmodified-since"))
        is_accepted = since is None or changed is None or changed <= since
    if not is_accepted:
        raise ServiceError("PreconditionFailed", UNMET_PRECONDITION, 412)
    if known_tags := request.header("if-none-match"):
        return not _matches_etag(known_tags, etag)
    since = _read_instant(request.header("if-modified-since"))
    return since is None or changed is None or changed > since


def _matches_etag(condition: str, etag: str) -> bool:
    """Return whether a condition lists an entity tag or is `*`. Quotes can be missing."""
    tags = {part.strip().removeprefix("W/").strip('"') for part in condition.split(",")}
    return "*" in tags or etag.strip('"') in tags


def _read_instant(header: str) -> datetime | None:
    """Return the instant in a header, or None if it isn't one. HTTP tells servers to ignore it then."""
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# ----------------------------------------------------------------------- parts
def _select_range(response: Response, request: Request) -> Response:
    """Return the requested range, or the whole object without one. S3 ignores several ranges."""
    range_match = RANGE_PATTERN.fullmatch(request.header("range").strip())
    size = int(response.headers["content-length"])
    if range_match is None or (
        range_match[2] and int(range_match[2]) < int(range_match[1])
    ):
        return response
    if range_match[1]:
        first = int(range_match[1])
    else:
        first = max(size - int(range_match[3]), 0)
    last = min(int(range_match[2] or size), size - 1)
    if first > last:
        raise ServiceError("InvalidRange", "The requested range is not satisfiable", 416)
    range_headers = {
        "content-range": f"bytes {first}-{last}/{size}",
        "content-length": str(last - first + 1),
    }
    return Response(
        206, {**response.headers, **range_headers}, response.body[first : last + 1]
    )


def _requested_headers(request: Request) -> Iterator[tuple[str, str]]:
    """Yield the response headers that the query sets: `response-content-type=text/html`."""
    for name in RESPONSE_HEADERS:
        value = request.query_fields.get(f"response-{name}", "")
        if value and value.isascii() and value.isprintable():
            yield name, value
