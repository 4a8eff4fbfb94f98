"""Read the addresses that somebody who runs a server types: the public URL, and the door for its state."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from coffeeshop.cli.problems import command_problem
from coffeeshop.policy.problem import Problems

PLAIN_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]{0,63}){0,8}/?")


def public_address(url: str | None) -> str:
    """Return the public address without a slash at its end, or "" if there is none. Raise Problems.

    It must be http or https with a host, and have no query, fragment or password. Its path has only plain characters.
    """
    if url is None:
        return ""
    if not _is_public_address(url):
        raise Problems(
            command_problem(
                "no-url",
                f"{url[:80]!a} isn't the address of a server",
                "write it like --url https://shop.example.org",
            )
        )
    return url.rstrip("/")


def _is_public_address(url: str) -> bool:
    """Return whether a URL can be the public address of a server."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError if it isn't the number of a port
    except ValueError:
        return False
    has_server = parts.scheme in {"http", "https"} and bool(parts.hostname)
    has_extra = bool(parts.query or parts.fragment) or "@" in parts.netloc
    return has_server and not has_extra and PLAIN_PATH.fullmatch(parts.path) is not None


def status_address(text: str | None) -> tuple[str, int] | None:
    """Return the host and the port of --status, or None. Raise Problems."""
    if text is None:
        return None
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdecimal() and int(port) < 65536):
        message = f"{text[:80]!a} isn't an address with a port"
        raise Problems(
            command_problem("no-status", message, "write it like --status 127.0.0.1:9100")
        )
    return host.strip("[]"), int(port)
