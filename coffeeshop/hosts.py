"""The host names under which a server of ours answers.

A web page can make a name of its own lead to this machine (DNS rebinding), and would then have the same origin as the
server. So a request for any other name is refused.

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
    """The names and addresses by which a server is reached. `host` is where it listens, `names` what else it is called."""

    host: str
    names: tuple[str, ...] = ()

    def includes(self, header: str) -> bool:
        """Return whether a Host header names this server. Nobody can make an IP address lead elsewhere, so every address that could
        reach us is fine.
        """
        return _is_served(self, header)


@lru_cache(maxsize=64)  # a client says the same in every request
def _is_served(hosts: ServedHosts, header: str) -> bool:
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
    """Return whether only this machine reaches what listens there."""
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return host.lower() == "localhost"


def network_address(host: str) -> str:
    """Return the address by which others reach what listens at a host. If that is every address, it is the one on the network."""
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
