"""What goes over the wire: a request as it came, and the response to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace


class Request(Struct, frozen=True, dict=True):
    """A request: `path` and `query` as they were sent, percent-encoded; `headers` by lower-cased name, several of one
    name joined by commas.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Returns the query's words by name, decoded; of one that comes twice the last. Raises UnicodeDecodeError."""
        return _fields(self.query)

    @cached_property
    def form(self) -> Mapping[str, str]:
        """Returns the fields of a form in the body, or in the query where there is no body. Raises UnicodeDecodeError."""
        if self.body:
            return _fields(self.body.decode())
        return self.words

    def header(self, name: str) -> str:
        """Returns a header; "" where there is none."""
        return self.headers.get(name, "")


HOSTED = re.compile(
    r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.(?:s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com|localhost)(?::[0-9]+)?"
)


def in_path(request: Request) -> Request:
    """Returns a request of S3's with the bucket that its host names, if it names one, in front of its path.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    hosted = HOSTED.fullmatch(request.header("host").lower())
    if hosted:
        return replace(request, path=f"/{hosted[1]}{request.path}")
    return request


def _fields(text: str) -> Mapping[str, str]:
    return {decoded(name): decoded(value) for name, value in pairs(text)}


def pairs(query: str) -> list[tuple[str, str]]:
    """Returns the words of a query as they were sent, in order: name and value."""
    found = (word.partition("=") for word in query.split("&") if word)
    return [(name, value) for name, _, value in found]


def decoded(text: str) -> str:
    """Returns a part of a query as it was meant; a plus is a blank there. Raises UnicodeDecodeError."""
    return unquote(text.replace("+", " "), errors="strict")


class Response(Struct, frozen=True):
    """What is answered. Of `headers` no two have one name; what is said to a HEAD has a length and no body."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""
