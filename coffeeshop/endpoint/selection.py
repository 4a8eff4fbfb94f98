"""What of an object a GET or a HEAD is about: all of it or a range, and only if it is, or is not, one that is known.

The account answers with the whole object; what HTTP makes of that is said here.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2 (which condition comes first)
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

RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))")
TOLD = (
    "cache-control",
    "expires",
    *(f"content-{what}" for what in ("disposition", "encoding", "language", "type")),
)
UNMET = "At least one of the pre-conditions you specified did not hold"


def selected(response: Response, row: Operation, request: Request) -> Response:
    """Returns what a client asked for of an object that was found; any other answer as it is. Raises ServiceError where a
    condition or a range is not met.
    """
    if row.name not in ("GetObject", "HeadObject"):
        return response
    if not _wanted(response, request):
        return Response(
            304,
            {
                name: said
                for name, said in response.headers.items()
                if not name.startswith("content-")
            },
        )
    return _ranged(
        replace(response, headers={**response.headers, **dict(_told(request))}), request
    )


# ------------------------------------------------------------------ conditions
def _wanted(response: Response, request: Request) -> bool:
    """Tells whether the object is wanted; it is not where it is known already."""
    etag = response.headers["etag"]
    changed = _instant(response.headers["last-modified"])
    if match := request.header("if-match"):
        held = _names(match, etag)
    else:
        since = _instant(request.header("if-unmodified-since"))
        held = since is None or changed is None or changed <= since
    if not held:
        raise ServiceError("PreconditionFailed", UNMET, 412)
    if known := request.header("if-none-match"):
        return not _names(known, etag)
    since = _instant(request.header("if-modified-since"))
    return since is None or changed is None or changed > since


def _names(said: str, etag: str) -> bool:
    """Tells whether an entity tag is one of those that a condition says; `*` is any. Quotes may be left out."""
    tags = {part.strip().removeprefix("W/").strip('"') for part in said.split(",")}
    return "*" in tags or etag.strip('"') in tags


def _instant(said: str) -> datetime | None:
    """Returns the instant that a header says; None where it says none, which HTTP has a server overlook."""
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# ----------------------------------------------------------------------- parts
def _ranged(response: Response, request: Request) -> Response:
    """Returns the range that is asked for; all of it where none is, or several are, which S3 does not give."""
    found = RANGE.fullmatch(request.header("range").strip())
    size = int(response.headers["content-length"])
    if found is None or (found[2] and int(found[2]) < int(found[1])):
        return response
    first = int(found[1]) if found[1] else max(size - int(found[3]), 0)
    last = min(int(found[2] or size), size - 1)
    if first > last:
        raise ServiceError("InvalidRange", "The requested range is not satisfiable", 416)
    told = {
        "content-range": f"bytes {first}-{last}/{size}",
        "content-length": str(last - first + 1),
    }
    return Response(206, {**response.headers, **told}, response.body[first : last + 1])


def _told(request: Request) -> Iterator[tuple[str, str]]:
    """Yields the headers that an address asks to be answered with: `response-content-type=text/html`."""
    for name in TOLD:
        said = request.words.get(f"response-{name}", "")
        if said and said.isascii() and said.isprintable():
            yield name, said
