"""An organization: its units, its member accounts, and its policies for them.

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
    """The root (`r-…`, without a parent) or an organizational unit (`ou-…`)."""

    id: str
    name: str
    parent: str = ""
    tags: Tags = {}


class MemberAccount(Struct, frozen=True):
    """An account of the organization, also the management account: which unit it is in, and how and when it joined."""

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
    """A handshake (`h-…`): an account that was invited to join, and the state of the invitation."""

    id: str
    account: str
    sent: datetime
    expires: datetime
    state: str = "REQUESTED"
    notes: str = ""


class Creation(Struct, frozen=True):
    """A request to create an account (`car-…`): the id of the new account, or why there is none."""

    id: str
    name: str
    asked: datetime
    account: str = ""
    failure: str = ""


class Organization(Struct, frozen=True):
    """An organization with all features. Its management account holds it.

    `units` (with the root), `members` and `policies` are by id, without AWS's own policies. `types` are the
    enabled policy types. `attached` are the policies attached to a unit or an account.
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
        """Return the root, which contains all other units."""
        return next(unit for unit in self.units.values() if not unit.parent)

    def path(self, account: str) -> Values:
        """Return the root, the units that contain an account, and last the account itself."""
        return tuple(reversed(tuple(self._ancestors(account))))

    def _ancestors(self, id: str) -> Iterator[str]:
        """Yield the id of an account, of its unit, of that one's parent, up to the root."""
        while id:
            yield id
            account_or_unit = self.members.get(id) or self.units[id]
            id = account_or_unit.parent

    def arn(self, kind: str, rest: str) -> str:
        """Return the ARN of a root, ou, account, policy or handshake of the organization."""
        return f"arn:aws:organizations::{self.management}:{kind}/{self.id}/{rest}"
