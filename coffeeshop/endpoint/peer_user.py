"""Find the user of this machine at the other end of a connection, on Linux.

Several people can share a machine. All of them can reach an endpoint on the loopback address, which belongs to one.
https://man7.org/linux/man-pages/man7/sock_diag.7.html
https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import NamedTuple, TypeAlias

Address: TypeAlias = tuple[str, int]  # and for IPv6 more, which isn't needed
ROOT_UID = 0


class Owner(NamedTuple):
    """The user of a socket. Its `inode` is 0 once the socket is closed."""

    user: int
    inode: int


def is_other_user(peer: Address | None, local: Address | None) -> bool:
    """Return whether another user of this machine opened the connection. Root counts as our own user.

    A connection whose socket is already closed counts as another user's, because its client can't read the answer.
    """
    if sys.platform != "linux" or not peer or not local or not _ip(peer).is_loopback:
        return False
    owner = ask_kernel(peer, local) or search_tables(peer, local)
    if owner is None:
        return False
    return owner.inode == 0 or owner.user not in (os.geteuid(), ROOT_UID)


# ------------------------------------------------------------- to ask for one connection
SOCK_DIAG_PROTOCOL = 4  # NETLINK_SOCK_DIAG, the kernel's protocol that describes sockets
BY_FAMILY = 20  # SOCK_DIAG_BY_FAMILY, the type of a query and of its answer
REQUEST_FLAG = 1  # NLM_F_REQUEST
ALL_STATES = 0xFFFFFFFF
NO_COOKIE = b"\xff" * 8  # the connection is found by its addresses and ports alone
MESSAGE_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, sender
SOCKET_QUERY = struct.Struct("=BBBxI")  # family, protocol, extensions, states
# Port, other port, address, other address, interface and cookie: in network order.
CONNECTION_ID = struct.Struct("!HH16s16s4x8s")
# Family, state, timers, the connection, expiry and two queues; then user and inode.
SOCKET_DESCRIPTION = struct.Struct(f"=4x{CONNECTION_ID.size}s12xII")
MAX_ANSWER_BYTES = 4096  # bytes of an answer


def ask_kernel(peer: Address, local: Address) -> Owner | None:
    """Return the owner of the peer's socket, or None if the kernel doesn't say.

    The kernel finds one connection in a few microseconds, however many there are.
    """
    if sys.platform != "linux":
        return None
    ports = (peer[1], local[1])
    with (
        suppress(OSError),
        socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, SOCK_DIAG_PROTOCOL) as kernel,
    ):
        kernel.sendto(_diagnostic_query(peer, local), (0, 0))
        return _read_description(kernel.recv(MAX_ANSWER_BYTES, socket.MSG_DONTWAIT), ports)
    return None


def _diagnostic_query(peer: Address, local: Address) -> bytes:
    """Return the message that asks for the socket at the peer's end of a connection."""
    family = socket.AF_INET if _ip(peer).version == 4 else socket.AF_INET6
    body = SOCKET_QUERY.pack(
        family, socket.IPPROTO_TCP, 0, ALL_STATES
    ) + CONNECTION_ID.pack(
        peer[1], local[1], _address_field(peer), _address_field(local), NO_COOKIE
    )
    return (
        MESSAGE_HEADER.pack(MESSAGE_HEADER.size + len(body), BY_FAMILY, REQUEST_FLAG, 0, 0)
        + body
    )


def _read_description(answer: bytes, ports: tuple[int, int]) -> Owner | None:
    """Return the owner of the socket that the kernel's answer describes.

    Return None for an error. Where no connection has these ports, the kernel may describe a
    socket that listens. It has no other port.
    """
    _, kind, *_ = MESSAGE_HEADER.unpack_from(answer)
    if kind != BY_FAMILY:
        return None
    connection, user, inode = SOCKET_DESCRIPTION.unpack_from(answer, MESSAGE_HEADER.size)
    port, other_port, *_ = CONNECTION_ID.unpack(connection)
    if (port, other_port) != ports:
        return None
    return Owner(user, inode)


def _address_field(address: Address) -> bytes:
    """Return an IP address in sixteen bytes."""
    return _ip(address).packed.ljust(16, b"\0")


# --------------------------------------------------------- to search all connections
CONNECTION_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
# Columns of the tables.
LOCAL_COLUMN = 1
REMOTE_COLUMN = 2
USER_COLUMN = 7
INODE_COLUMN = 9


def search_tables(peer: Address, local: Address) -> Owner | None:
    """Look up the peer's socket in the kernel's tables of all connections. Return its owner, or None.

    Every kernel has the tables, but reading them takes milliseconds.
    """
    # An IPv4 connection is listed as IPv6 if the client's socket is IPv6.
    sought_ends = {
        (_format_address(peer, as_ipv6), _format_address(local, as_ipv6))
        for as_ipv6 in (False, True)
    }
    for columns in _rows():
        if (columns[LOCAL_COLUMN], columns[REMOTE_COLUMN]) in sought_ends:
            return Owner(int(columns[USER_COLUMN]), int(columns[INODE_COLUMN]))
    return None


def _rows() -> Iterator[list[str]]:
    """Yield the columns of each connection in the kernel's tables. Missing tables are skipped."""
    for table in CONNECTION_TABLES:
        with suppress(OSError), table.open() as lines:
            next(lines, "")
            yield from (line.split() for line in lines)


def _format_address(address: Address, as_ipv6: bool) -> str:
    """Return an address and port as the kernel writes them: words of four bytes in the machine's byte order.

    `as_ipv6` writes an IPv4 address as IPv6, such as `::ffff:127.0.0.1`.
    """
    ip = _ip(address)
    if as_ipv6 and ip.version == 4:
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
