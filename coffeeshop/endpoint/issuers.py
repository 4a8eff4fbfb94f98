"""Verify tokens of OIDC issuers with the keys that they publish.

Only this module needs the JOSE library of the extra `endpoint`. The keys of an issuer are a JWKS document: a file, or an
address on this machine. Nothing is fetched from elsewhere.
https://www.rfc-editor.org/rfc/rfc7517 (JWK) · https://www.rfc-editor.org/rfc/rfc8725 (best practices)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from coffeeshop.account.access.web_identity import Claims, read_claims
from coffeeshop.files import read_file
from coffeeshop.hosts import is_loopback

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "ES256")
LARGEST = 256 * 1024  # bytes of a JWKS document
TIMEOUT = 2.0  # seconds for each step of fetching one
PAUSE = timedelta(seconds=10)  # between two fetches from the same address


class IssuerError(ValueError):
    """Reports an issuer whose keys can't be used. Its text says why."""


class Issuer(Struct, frozen=True):
    """An OIDC issuer, and where its keys are: a path, or an address of this machine."""

    url: str
    keys: str


def parse_issuer(text: str) -> Issuer:
    """Return the issuer of an option's value, such as "https://idp.example=keys.json". Raise IssuerError."""
    url, separator, keys = text.partition("=")
    parts = _split_address(url)
    if not separator or not keys or parts is None or parts[0] not in ("https", "http"):
        raise IssuerError(f"{text!r} isn't ISSUER=KEYS")
    if parts[0] == "http" and not is_loopback(parts[1]):
        raise IssuerError(f"{url} must begin with https://")
    return Issuer(url, keys)


def _split_address(text: str) -> tuple[str, str, int | None, str] | None:
    """Return scheme, host, port and path of an address, or None if it is malformed or has a user in it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.fragment:
        return None
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return parts.scheme, parts.hostname, port, f"{path}{query}"


class Issuers:
    """The issuers whose tokens an endpoint verifies. `wall` returns the real time."""

    def __init__(self, issuers: Iterable[Issuer], wall: Callable[[], datetime]) -> None:
        """Load the keys that are in files. Raise IssuerError or Problems if one can't be used."""
        self._issuers = {issuer.url: issuer for issuer in issuers}
        self._wall = wall
        self._key_sets: dict[str, KeySet] = {}
        self._fetched: dict[str, datetime] = {}
        for issuer in self._issuers.values():
            if _is_address(issuer.keys):
                _check_address(issuer.keys)
            else:
                document = read_file(Path(issuer.keys), LARGEST)
                self._key_sets[issuer.url] = import_keys(document)

    def verified_claims(self, token: str) -> Claims | None:
        """Return the claims of a token that a key of its issuer signed, or None.

        A token names its issuer, and only that issuer's keys count for it.
        """
        claims = read_claims(token)
        issuer = self._issuers.get(str(claims.get("iss"))) if claims else None
        if claims is None or issuer is None:
            return None
        known_keys = self._key_sets.get(issuer.url)
        if known_keys and is_signed(token, known_keys):
            return claims
        # An issuer changes its keys now and then.
        if not _is_address(issuer.keys) or not self._may_fetch(issuer):
            return None
        self._fetched[issuer.url] = self._wall()
        try:
            keys = import_keys(fetch_document(issuer.keys))
        except IssuerError:
            return None
        self._key_sets[issuer.url] = keys
        return claims if is_signed(token, keys) else None

    def _may_fetch(self, issuer: Issuer) -> bool:
        """Return whether an issuer's keys were last fetched some time ago. Otherwise bad tokens would cause fetches."""
        last = self._fetched.get(issuer.url)
        return last is None or self._wall() - last >= PAUSE


def is_signed(token: str, keys: KeySet) -> bool:
    """Return whether one of these keys signed a token, with an algorithm that AWS accepts."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


def import_keys(document: bytes) -> KeySet:
    """Return the keys of a JWKS document. Raise IssuerError."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        rows: Any = json.loads(document)
        return KeySet.import_key_set({"keys": [*rows["keys"]]})
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise IssuerError('the keys are no JWKS document: {"keys": […]}') from None


# -------------------------------------------------------------------- documents
def _is_address(keys: str) -> bool:
    return "://" in keys


def _check_address(address: str) -> tuple[str, int | None, str]:
    """Return host, port and path of an address on this machine. Raise IssuerError for any other address."""
    parts = _split_address(address)
    if parts is None or parts[0] != "http" or not is_loopback(parts[1]):
        text = f"{address}: keys are fetched from this machine only, such as http://127.0.0.1:8400/jwks"
        raise IssuerError(text)
    return parts[1], parts[2], parts[3]


def fetch_document(address: str) -> bytes:
    """Return the document at an address on this machine. It is fetched without a proxy, and no redirect is followed.

    Raise IssuerError.
    """
    host, port, path = _check_address(address)
    connection = HTTPConnection(host, port, timeout=TIMEOUT)
    try:
        connection.request("GET", path, headers={"accept": "application/json"})
        response = connection.getresponse()
        document = _read_limited(response)
    except (OSError, HTTPException, ValueError):
        raise IssuerError(f"{address} doesn't answer") from None
    finally:
        connection.close()
    if response.status != 200 or document is None:
        raise IssuerError(f"{address} has no JWKS document of at most {LARGEST} bytes")
    return document


def _read_limited(response: HTTPResponse) -> bytes | None:
    """Return the body of a response, or None if it is too large or takes too long."""
    deadline = monotonic() + TIMEOUT
    document = b""
    while chunk := response.read1(LARGEST):
        document += chunk
        if len(document) > LARGEST or monotonic() > deadline:
            return None
    return document
