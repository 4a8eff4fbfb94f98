"""Keep the key with which this tool signs its messages to platforms, and publish its public half.

The key is made once. It is in a file that only its owner can read, or in the school's database. A platform fetches
the public half as a JWKS document.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coffeeshop.files import lock_folder, make_folder, read_file, write_whole
from coffeeshop.policy.problem import Level, Place, Problem, Problems

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

KEY_FILE_NAME = "tool-key.json"
KEY_BITS = 2048
MAX_FILE_BYTES = 64 * 1024  # bytes of the file, at most
KEY_ALGORITHM = "RS256"  # LTI 1.3 asks every platform to know it
KEY_FILE_FIX = "move the file away; a new key is then created, and platforms fetch it"


class ToolKey:
    """The tool's key pair."""

    def __init__(self, key: RSAKey) -> None:
        """Take a private key."""
        self._key = key

    def public_keys(self) -> bytes:
        """Return the JWKS document with the public key."""
        key: dict[str, Any] = dict(self._key.as_dict(private=False))
        key |= {"kid": self._kid(), "alg": KEY_ALGORITHM, "use": "sig"}
        return json.dumps({"keys": [key]}, indent=1).encode()

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a JSON Web Token with these claims."""
        from joserfc import jwt

        return jwt.encode(
            {"alg": KEY_ALGORITHM, "kid": self._kid()}, dict(claims), self._key
        )

    def _kid(self) -> str:
        """Return the key's id: its thumbprint (RFC 7638)."""
        return self._key.thumbprint()


def load_tool_key(folder: Path) -> ToolKey:
    """Return the tool's key in a folder, and make it if there is none. Raise Problems if the file can't be used."""
    path = folder / KEY_FILE_NAME
    try:
        make_folder(folder, 0o700)
        with lock_folder(folder):  # else two programs could each make one
            if not path.exists() and not path.is_symlink():
                write_whole(path, new_tool_key(), private=True)
    except OSError as error:
        message = f"{path} can't be written: {error.strerror or error}"
        mend = "free some space there, or name another folder in COFFEESHOP_DATA"
        raise _key_problem(message, mend) from None
    return _read_key(path)


def new_tool_key() -> str:
    """Return a new private key as a JSON document."""
    from joserfc.jwk import RSAKey

    return json.dumps(RSAKey.generate_key(KEY_BITS).as_dict(private=True))


def _read_key(path: Path) -> ToolKey:
    """Return the key in a file. Raise Problems."""
    data = read_file(path, MAX_FILE_BYTES, KEY_FILE_FIX)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise _key_problem(
            f"other people can read {path}", f"protect it with chmod 600 {path}"
        )
    return parse_tool_key(data, str(path))


def parse_tool_key(data: bytes | str, place: str) -> ToolKey:
    """Return the key in a JSON document, which is kept at `place`. Raise Problems if it holds none."""
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    try:
        key = RSAKey.import_key(json.loads(data))
        if not key.is_private:
            raise ValueError
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise _key_problem(
            f"{place} doesn't contain the tool's key", KEY_FILE_FIX
        ) from None
    return ToolKey(key)


def _key_problem(message: str, mend: str) -> Problems:
    """Return a problem of the tool's key, ready to raise."""
    return Problems(Problem(Level.ERROR, "tool-key", Place(), message, mend))
