"""Digests of Python's own lean modules, as its `random` takes them.

`hashlib` and `hmac` load OpenSSL's tables, which take two megabytes. The digests are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

BLOCK = 64  # bytes of a block of MD5, SHA-1 and SHA-256


def _constructor(name: str, *modules: str) -> Callable[..., Any]:
    """Return the constructor of a digest from the first of these modules that this Python has, else from hashlib."""
    for module in modules:
        try:
            return getattr(import_module(module), name)
        except ImportError:  # other versions and builds of Python
            continue
    return getattr(import_module("hashlib"), name)


if TYPE_CHECKING:
    from hashlib import md5 as md5
    from hashlib import sha1 as sha1
    from hashlib import sha256 as sha256
else:
    md5 = _constructor("md5", "_md5")
    sha1 = _constructor("sha1", "_sha1")
    sha256 = _constructor("sha256", "_sha2", "_sha256")

INNER = bytes(byte ^ 0x36 for byte in range(256))
OUTER = bytes(byte ^ 0x5C for byte in range(256))


def keyed_digest(
    key: bytes, message: bytes, digest: Callable[[bytes], Any] = sha256
) -> bytes:
    """Return the HMAC of a message under a key.

    https://www.rfc-editor.org/rfc/rfc2104
    """
    if len(key) > BLOCK:
        key = digest(key).digest()
    padded = key.ljust(BLOCK, b"\0")
    inner = digest(padded.translate(INNER) + message).digest()
    return digest(padded.translate(OUTER) + inner).digest()
