"""Take a person's id from a proxy that signed them in, such as a school's single sign-on.

The id is in a header. Anybody can write a header, so it counts only if it comes straight from the proxy's address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from msgspec import Struct


class Doubt(Enum):
    """A reason not to let somebody in. The text is for them."""

    NOT_FROM_PROXY = "Open Coffeeshop through your school's address, which signs you in."
    NO_USER = "Your school's sign-in didn't say who you are. Sign in again."
    SEVERAL_USERS = "Your school's sign-in named several people. Tell your teacher."
    NOT_IN_CLASS = "You aren't in this class. Ask your teacher to add you."
    OTHER_LEARNER = (
        "This link belongs to someone else. Open Coffeeshop through your school's address."
    )

    @property
    def code(self) -> str:
        """Return the reason for the log."""
        return self.name.lower().replace("_", " ")


class StrangerError(ValueError):
    """Reports a person for whom the proxy doesn't vouch."""

    def __init__(self, doubt: Doubt) -> None:
        """Take the reason."""
        super().__init__(doubt.value)
        self.doubt = doubt


class TrustedProxy(Struct, frozen=True):
    """The addresses of a proxy that signs people in, and the header in which it names them."""

    networks: tuple[str, ...]
    header: str

    def check_peer(self, peer: str | None) -> None:
        """Raise StrangerError unless a connection comes from the proxy. `peer` is its address."""
        try:
            address = ip_address((peer or "").partition("%")[0])
        except ValueError:
            raise StrangerError(Doubt.NOT_FROM_PROXY) from None
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if not any(address in parse_network(network) for network in self.networks):
            raise StrangerError(Doubt.NOT_FROM_PROXY)

    def user_of(self, peer: str | None, values: Sequence[str]) -> str:
        """Return the id that the proxy names. `values` has every value of the header. Raise StrangerError."""
        self.check_peer(peer)
        if len(values) > 1:  # a proxy that only adds its own leaves a forged one there
            raise StrangerError(Doubt.SEVERAL_USERS)
        user = values[0].strip() if values else ""
        if not user:
            raise StrangerError(Doubt.NO_USER)
        return user


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """Return the network of an address, such as 10.0.0.2 or 10.0.0.0/24. Raise ValueError."""
    return ip_network(text)


def matching_user(name: str, users: Iterable[str]) -> str | None:
    """Return the user of this id, or the only one whose id differs in letter case only. Otherwise return None."""
    fitting = [user for user in users if user.casefold() == name.casefold()]
    if name in fitting:
        return name
    return fitting[0] if len(fitting) == 1 else None
