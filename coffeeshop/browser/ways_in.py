"""Say how people come to a place of a server other than by a link that it had when it started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from coffeeshop.browser.lti_door import LtiDoor
from coffeeshop.browser.places import Place
from coffeeshop.browser.score_runner import ScoreRunner
from coffeeshop.browser.trusted_proxy import TrustedProxy


class Directory(Protocol):
    """The members of a class, as it is now. Its functions may take a while, and raise Problems."""

    def secrets(self) -> Mapping[str, str]:
        """Return the secret of each member's link, by the member's id."""
        ...

    def find_place(self, secret: str) -> Place | None:
        """Return the place of the member with this link, or None."""
        ...


class WaysIn(NamedTuple):
    """The other ways, and what they bring along. None isn't there.

    `directory` knows who joined the class since. `lti` lets people in whom a learning platform sends. `score_runner` sends
    their scores back. `proxy` vouches for people.
    """

    directory: Directory | None = None
    lti: LtiDoor | None = None
    score_runner: ScoreRunner | None = None
    proxy: TrustedProxy | None = None
