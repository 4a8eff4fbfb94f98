"""An HTTP request as received, and the response to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace


class Request(Struct, frozen=True, dict=True):
    """A request. `path` and `query` are percent-encoded, as sent.

    `headers` are by lower-case name. Values of the same name are joined with commas.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""

    @cached_property
    def query_fields(self) -> Mapping[str, str]:
        """Return the decoded parameters of the query by name.

        The last of equal names counts. Raise UnicodeDecodeError.
        """
        return _fields(self.query)

    @cached_property
    def form_fields(self) -> Mapping[str, str]:
        """Return the fields of a form in the body, or in the query if there is no body. Raise UnicodeDecodeError."""
        if self.body:
            return _fields(self.body.decode())
        return self.query_fields

    def header(self, name: str) -> str:
        """Return a header, or "" if there is none."""
        return self.headers.get(name, "")


BUCKET_HOST_PATTERN = re.compile(
    r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.(?:s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com|localhost)(?::[0-9]+)?"
)


def with_bucket_in_path(request: Request) -> Request:
    """Return an S3 request with the bucket of its host name moved into its path.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    hosted = BUCKET_HOST_PATTERN.fullmatch(request.header("host").lower())
    if hosted:
        return replace(request, path=f"/{hosted[1]}{request.path}")
    return request


def _fields(text: str) -> Mapping[str, str]:
    """Return the decoded fields of a query or form. The last of equal names counts."""
    return {decode_query(name): decode_query(value) for name, value in query_pairs(text)}


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a query as they were sent, in order: name and value."""
    words = (word.partition("=") for word in query.split("&") if word)
    return [(name, value) for name, _, value in words]


def decode_query(text: str) -> str:
    """Return a decoded part of a query, where a plus is a space. Raise UnicodeDecodeError."""
    return unquote(text.replace("+", " "), errors="strict")


class Response(Struct, frozen=True):
    """A response. Header names are unique. A response to HEAD has a length and no body."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""
