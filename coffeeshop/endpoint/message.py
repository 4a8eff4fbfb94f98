"""An HTTP request as it came, and the response to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace


class Request(Struct, frozen=True, dict=True):
    """A request. `path` and `query` are percent-encoded, as they were sent. `headers` are by lower-cased name, and several with
    one name are joined by commas.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Return the parameters of the query by name, decoded. If one comes twice, the last counts. Raise UnicodeDecodeError."""
        return _fields(self.query)

    @cached_property
    def form(self) -> Mapping[str, str]:
        """Return the fields of a form in the body, or in the query if there is no body. Raise UnicodeDecodeError."""
        if self.body:
            return _fields(self.body.decode())
        return self.words

    def header(self, name: str) -> str:
        """Return a header, or "" if there is none."""
        return self.headers.get(name, "")


HOSTED = re.compile(
    r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.(?:s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com|localhost)(?::[0-9]+)?"
)


def with_bucket_in_path(request: Request) -> Request:
    """Return a request of S3's with the bucket that its host names, if any, in front of its path.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    hosted = HOSTED.fullmatch(request.header("host").lower())
    if hosted:
        return replace(request, path=f"/{hosted[1]}{request.path}")
    return request


def _fields(text: str) -> Mapping[str, str]:
    return {decode_query(name): decode_query(value) for name, value in query_pairs(text)}


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a query as they were sent, in order: name and value."""
    words = (word.partition("=") for word in query.split("&") if word)
    return [(name, value) for name, _, value in words]


def decode_query(text: str) -> str:
    """Return a decoded part of a query, where a plus is a space. Raise UnicodeDecodeError."""
    return unquote(text.replace("+", " "), errors="strict")


class Response(Struct, frozen=True):
    """A response. `headers` have no duplicate names. The response to a HEAD request has a length and no body."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""
