"""Verify tokens of OIDC issuers with the keys that they publish.

The keys of an issuer are a JWKS document: a file, or an address on this machine. Nothing is fetched from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from coffeeshop import published_keys
from coffeeshop.account.access.web_identity import Claims, read_claims
from coffeeshop.exchange import MAX_ANSWER_BYTES, Address, split_address
from coffeeshop.files import read_file
from coffeeshop.published_keys import KeysError, import_keys, is_signed

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

FETCH_PAUSE = timedelta(seconds=10)  # between two fetches from the same address


class Issuer(Struct, frozen=True):
    """An OIDC issuer, and where its keys are: a path, or an address of this machine."""

    url: str
    keys: str


def parse_issuer(text: str) -> Issuer:
    """Return the issuer of an option's value, such as "https://idp.example=keys.json". Raise KeysError."""
    url, separator, keys = text.partition("=")
    parts = split_address(url)
    if not separator or not keys or parts is None or parts.scheme not in ("https", "http"):
        raise KeysError(f"{text!r} isn't ISSUER=KEYS")
    if not parts.is_private:
        raise KeysError(f"{url} must begin with https://")
    return Issuer(url, keys)


class Issuers:
    """The issuers whose tokens an endpoint verifies. `wall` returns the real time."""

    def __init__(self, issuers: Iterable[Issuer], wall: Callable[[], datetime]) -> None:
        """Load the keys that are in files. Raise KeysError or Problems if one can't be used."""
        self._issuers = {issuer.url: issuer for issuer in issuers}
        self._wall = wall
        self._key_sets: dict[str, KeySet] = {}
        self._fetched: dict[str, datetime] = {}
        for issuer in self._issuers.values():
            if _is_address(issuer.keys):
                _local_address(issuer.keys)
            else:
                document = read_file(Path(issuer.keys), MAX_ANSWER_BYTES)
                self._key_sets[issuer.url] = import_keys(document)

    def verified_claims(self, token: str) -> Claims | None:
        """Return the claims of a token that a key of its issuer signed, or None.

        A token names its issuer, and only that issuer's keys count for it. If none of the known keys
        signed it, the keys are fetched again, since an issuer changes them now and then.
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
        except KeysError:
            return None
        self._key_sets[issuer.url] = keys
        return claims if is_signed(token, keys) else None

    def _may_fetch(self, issuer: Issuer) -> bool:
        """Return whether an issuer's keys can be fetched again: FETCH_PAUSE seconds after they were fetched last.

        Without a pause, every bad token would cause a fetch.
        """
        fetched_at = self._fetched.get(issuer.url)
        return fetched_at is None or self._wall() - fetched_at >= FETCH_PAUSE


# -------------------------------------------------------------------- documents
def _is_address(keys: str) -> bool:
    return "://" in keys


def _local_address(text: str) -> Address:
    """Return an address on this machine. Raise KeysError for any other address."""
    address = split_address(text)
    if address is None or not address.is_local:
        message = f"{text}: keys can be fetched only from this machine, such as from http://127.0.0.1:8400/jwks"
        raise KeysError(message)
    return address


def fetch_document(address: str) -> bytes:
    """Return the document at an address on this machine. Raise KeysError."""
    return published_keys.fetch_document(address, _local_address(address))
