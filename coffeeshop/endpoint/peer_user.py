"""Find the user of this machine at the other end of a connection, on Linux.

Several people can share a machine. All of them can reach an endpoint on the loopback address, which belongs to one.
https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TypeAlias

Address: TypeAlias = tuple[str, int]  # and for IPv6 more, which isn't needed
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LOCAL, REMOTE, USER, INODE = 1, 2, 7, 9  # columns
ROOT = 0


def is_other_user(peer: Address | None, local: Address | None) -> bool:
    """Return whether another user of this machine opened the connection. Root counts as our own user.

    A connection whose socket is already closed counts as another user's, because its client can't read the answer.
    """
    if sys.platform != "linux" or not peer or not local or not _ip(peer).is_loopback:
        return False
    wanted = {
        (_format_address(peer, wide), _format_address(local, wide))
        for wide in (False, True)
    }
    for columns in _rows():
        if (columns[LOCAL], columns[REMOTE]) in wanted:
            is_orphan = columns[INODE] == "0"
            return is_orphan or int(columns[USER]) not in (os.geteuid(), ROOT)
    return False


def _rows() -> Iterator[list[str]]:
    """Yield the columns of each connection in the kernel's tables. Missing tables are skipped."""
    for table in TABLES:
        with suppress(OSError), table.open() as lines:
            next(lines, "")
            yield from (line.split() for line in lines)


def _format_address(address: Address, wide: bool) -> str:
    """Return an address and port as the kernel writes them: words of four bytes in the machine's byte order.

    `wide` writes an IPv4 address as IPv6, which is its form if the client's socket is IPv6.
    """
    ip = _ip(address)
    if wide and ip.version == 4:
        ip = IPv6Address(f"::ffff:{ip}")
    words = (ip.packed[index : index + 4] for index in range(0, len(ip.packed), 4))
    digits = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    return f"{digits}:{address[1]:04X}"


def _ip(address: Address) -> IPv4Address | IPv6Address:
    """Return the IP address. An IPv4 client of an IPv6 server appears as `::ffff:127.0.0.1` and is unwrapped."""
    ip = ip_address(address[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        return ip.ipv4_mapped
    return ip
