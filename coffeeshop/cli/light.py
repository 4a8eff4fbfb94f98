"""What the process of the game does without: OpenSSL, 8 MB of memory for connections that are never opened."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from types import ModuleType
from typing import cast

OWN = (
    "_md5",
    "_sha1",
    "_sha2" if sys.version_info >= (3, 12) else "_sha256",
)  # Python's hashes, if it was built with them


def without_openssl() -> None:
    """Keep asyncio and hashlib from loading OpenSSL; both ask for it, and do as well where it is missing.

    None is how Python is told that a module is missing (https://docs.python.org/3/reference/import.html#the-module-cache).
    What is loaded already stays, and so does OpenSSL where Python has no hashes of its own.
    """
    if all(name in sys.builtin_module_names or PathFinder.find_spec(name) for name in OWN):
        for name in ("ssl", "_hashlib"):
            sys.modules.setdefault(name, cast("ModuleType", None))
