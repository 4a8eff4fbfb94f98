"""Keep the keys that platforms publish. They are fetched again when they are old, or when a signature has another key."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from coffeeshop.exchange import MAX_ANSWER_BYTES
from coffeeshop.files import read_file
from coffeeshop.policy.problem import Problems
from coffeeshop.published_keys import KeysError, fetch_document, import_keys, is_signed

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

    from coffeeshop.lti.platform import Platform

FETCH_PAUSE = 10.0  # seconds between two fetches from the same place
KEY_SECONDS = 3600.0  # seconds after which a platform may have withdrawn a key


class _Fetched(NamedTuple):
    """Keys, or None if they couldn't be had, and when they were fetched."""

    keys: KeySet | None
    at: float


class PlatformKeys:
    """The keys of every platform. Several threads can ask at once."""

    def __init__(self) -> None:
        """Begin without keys."""
        self._fetched: dict[str, _Fetched] = {}
        self._lock = Lock()

    def is_signed_by(self, platform: Platform, token: str, now: float) -> bool:
        """Return whether a platform signed a token. `now` is the time in seconds.

        Raise KeysError if its keys can't be had.
        """
        known = self._fetched.get(platform.keys)
        if (
            known
            and known.keys
            and now - known.at < KEY_SECONDS
            and is_signed(token, known.keys)
        ):
            return True
        with self._lock:
            latest = self._fetched.get(platform.keys)
            if latest is None or now - latest.at >= FETCH_PAUSE:
                latest = _Fetched(None, now)
                self._fetched[platform.keys] = latest
                latest = _Fetched(_read_keys(platform), now)
                self._fetched[platform.keys] = latest
        if latest.keys is None:
            raise KeysError("the platform's keys couldn't be fetched a moment ago")
        return now - latest.at < KEY_SECONDS and is_signed(token, latest.keys)


def _read_keys(platform: Platform) -> KeySet:
    """Return a platform's keys, from where the teacher registered them. Raise KeysError."""
    address = platform.keys_address
    if address is None:
        try:
            return import_keys(read_file(Path(platform.keys), MAX_ANSWER_BYTES))
        except Problems as refused:
            raise KeysError(refused.problems[0].text) from None
    if not address.is_private:
        raise KeysError(f"{platform.keys} isn't an https address")
    return import_keys(fetch_document(platform.keys, address))
