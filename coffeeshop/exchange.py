"""Ask another server over HTTP, directly: without a proxy, and without following a redirect.

Answers have limits on size and time. Which addresses may be asked is the caller's rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

from coffeeshop.hosts import is_loopback

MAX_ANSWER_BYTES = 256 * 1024  # bytes of an answer
DEFAULT_TIMEOUT = 2.0  # seconds for each step, by default


class ExchangeError(ValueError):
    """Reports that a server doesn't answer, or answers too much. Its text says which."""


class Address(NamedTuple):
    """The parts of an http or https address. `path` includes the query."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def is_local(self) -> bool:
        """Return whether it is plain HTTP on this machine."""
        return self.scheme == "http" and is_loopback(self.host)

    @property
    def is_private(self) -> bool:
        """Return whether nobody can read along: TLS, or this machine."""
        return self.scheme == "https" or self.is_local


class Answer(NamedTuple):
    """A server's status and body."""

    status: int
    body: bytes


def split_address(text: str) -> Address | None:
    """Return the parts of an address, or None if it is malformed or has a user or a fragment in it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    is_plain = (
        text.isascii() and text.isprintable() and not set(text) & {" ", '"', "<", ">"}
    )
    if not is_plain or not parts.hostname or parts.username is not None or parts.fragment:
        return None
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return Address(parts.scheme, parts.hostname, port, f"{path}{query}")


def exchange(
    method: str,
    address: Address,
    headers: Mapping[str, str],
    body: bytes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Answer:
    """Return a server's answer to one request. Raise ExchangeError.

    `timeout` is in seconds: for each step, and for the whole body.
    """
    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    try:
        connection = kinds[address.scheme](address.host, address.port, timeout=timeout)
    except KeyError:
        raise ExchangeError(f"{address.scheme} is neither http nor https") from None
    try:
        connection.request(method, address.path, body, dict(headers))
        response = connection.getresponse()
        document = _read_limited(response, timeout)
    except (OSError, HTTPException, ValueError):
        raise ExchangeError("it doesn't answer") from None
    finally:
        connection.close()
    if document is None:
        raise ExchangeError(
            f"its answer isn't complete in {timeout:g} seconds and {MAX_ANSWER_BYTES} bytes"
        )
    return Answer(response.status, document)


def _read_limited(response: HTTPResponse, timeout: float) -> bytes | None:
    """Return the body of a response, or None if it is too large or takes too long."""
    deadline = monotonic() + timeout
    document = b""
    while chunk := response.read1(MAX_ANSWER_BYTES):
        document += chunk
        if len(document) > MAX_ANSWER_BYTES or monotonic() > deadline:
            return None
    return document
