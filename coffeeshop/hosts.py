"""Decide under which host names our servers answer.

A web page can make its own name resolve to this machine (DNS rebinding). Then it has the same origin as the server. So a
request for any other name is refused.

https://owasp.org/www-community/attacks/DNS_Rebinding
"""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit


class ServedHosts(NamedTuple):
    """The names and addresses of a server. `host` is the address where it listens, `names` are further host names."""

    host: str
    names: tuple[str, ...] = ()

    def accepts_host_header(self, header: str) -> bool:
        """Return whether a Host header names this server.

        Any IP address that could reach us is accepted, because DNS rebinding works only with names.
        """
        return _is_served(self, header)


@lru_cache(maxsize=64)  # a client says the same in every request
def _is_served(hosts: ServedHosts, header: str) -> bool:
    """Return whether a Host header names this server: one of its names, a loopback address,
    or any address if it listens on more than loopback.
    """
    try:
        parts = urlsplit(f"//{header}")
        name = (parts.hostname or "").lower()
        _ = parts.port
    except ValueError:
        return False
    # A Host header holds a name and a port, and nothing else: RFC 9110, 7.2.
    if parts.netloc != header or parts.username is not None:
        return False
    if name and name in {"localhost", hosts.host.lower(), *map(str.lower, hosts.names)}:
        return True
    with suppress(ValueError):
        return ip_address(name).is_loopback or not is_loopback(hosts.host)
    return False


def is_loopback(host: str) -> bool:
    """Return whether only this machine can connect to a server on this host."""
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return host.lower() == "localhost"


def network_address(host: str) -> str:
    """Return the address with which other machines reach a server on a host.

    If it listens on every address, return this machine's address on the network.
    """
    with suppress(ValueError):
        if ip_address(host.strip("[]")).is_unspecified:
            with (
                suppress(OSError),
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
            ):
                # Nothing is sent: RFC 5737 keeps this address for examples.
                probe.connect(("192.0.2.1", 9))
                host = probe.getsockname()[0]
    return f"[{host}]" if ":" in host else host
