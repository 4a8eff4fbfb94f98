"""Check signatures with the keys that their owner publishes as a JWKS document.

https://www.rfc-editor.org/rfc/rfc7517 (JWK) · https://www.rfc-editor.org/rfc/rfc8725 (best practices)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from coffeeshop.exchange import MAX_ANSWER_BYTES, Address, ExchangeError, exchange

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

# Both are asymmetric: a published key can't make a signature with them.
ALGORITHMS = ("RS256", "ES256")


class KeysError(ValueError):
    """Reports keys that can't be used. Its text says why."""


def is_signed(token: str, keys: KeySet) -> bool:
    """Return whether one of these keys signed a token, with one of ALGORITHMS."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


def import_keys(document: bytes) -> KeySet:
    """Return the keys of a JWKS document. Raise KeysError."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        rows: Any = json.loads(document)
        return KeySet.import_key_set({"keys": [*rows["keys"]]})
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise KeysError('the keys are no JWKS document: {"keys": […]}') from None


def fetch_document(name: str, address: Address) -> bytes:
    """Return the document at an address. `name` is what an error calls it. Raise KeysError."""
    try:
        answer = exchange("GET", address, {"accept": "application/json"})
    except ExchangeError as error:
        raise KeysError(f"{name}: {error}") from None
    if answer.status != 200:
        raise KeysError(f"{name} has no JWKS document of at most {MAX_ANSWER_BYTES} bytes")
    return answer.body
