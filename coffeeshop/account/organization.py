"""What accounts hang from: an organization's units, its members, and the policies that it lays over them.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.values import Document, Tags
from coffeeshop.policy.model import Values


class Unit(Struct, frozen=True):
    """The root (`r-…`, without a parent) or an organizational unit (`ou-…`) below it or below another."""

    id: str
    name: str
    parent: str = ""
    tags: Tags = {}


class MemberAccount(Struct, frozen=True):
    """An account of the organization, the managing one too: in which unit it is, and how and when it came to be there."""

    id: str
    name: str
    email: str
    parent: str
    joined: datetime
    method: Literal["INVITED", "CREATED"] = "INVITED"
    tags: Tags = {}


class ControlPolicy(Struct, frozen=True):
    """A policy of the organization (`p-…`), of a type such as SERVICE_CONTROL_POLICY."""

    id: str
    name: str
    type: str
    document: Document
    description: str = ""
    tags: Tags = {}


class Invitation(Struct, frozen=True):
    """A handshake (`h-…`): an account that was asked to join, and what came of it."""

    id: str
    account: str
    sent: datetime
    expires: datetime
    state: str = "REQUESTED"
    notes: str = ""


class Creation(Struct, frozen=True):
    """A request to make an account (`car-…`): the account that was made, or why none was."""

    id: str
    name: str
    asked: datetime
    account: str = ""
    failure: str = ""


class Organization(Struct, frozen=True):
    """An organization with all features; its managing account holds it.

    `units` (the root among them), `members` and `policies` are by id; AWS's own policies stand beside them. `types` are
    the types of policy that are enabled, and `attached` which policies hang on a unit or an account.
    """

    id: str
    management: str
    units: SortedMap[Unit] = SortedMap()
    members: SortedMap[MemberAccount] = SortedMap()
    policies: SortedMap[ControlPolicy] = SortedMap()
    attached: Mapping[str, Values] = {}
    types: Values = ()
    invitations: SortedMap[Invitation] = SortedMap()
    creations: SortedMap[Creation] = SortedMap()

    @property
    def root(self) -> Unit:
        """Returns the unit from which all others hang."""
        return next(unit for unit in self.units.values() if not unit.parent)

    def path(self, account: str) -> Values:
        """Returns what an account hangs from, the root first, and last the account itself."""
        return tuple(reversed(tuple(self._upwards(account))))

    def _upwards(self, id: str) -> Iterator[str]:
        while id:
            yield id
            held = self.members.get(id) or self.units[id]
            id = held.parent

    def arn(self, kind: str, rest: str) -> str:
        """Returns the ARN of a root, ou, account, policy or handshake of the organization."""
        return f"arn:aws:organizations::{self.management}:{kind}/{self.id}/{rest}"
