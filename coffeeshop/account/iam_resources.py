"""What IAM holds of an account: users, groups, roles, instance profiles and managed policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/intro-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.credentials import LoginProfile
from coffeeshop.account.values import Document, Tags
from coffeeshop.policy.model import Values


class User(Struct, frozen=True, gc=False):
    """An IAM user; `groups` are unique ids, `attached` ARNs, `inline` by lower-cased name."""

    id: str
    name: str
    path: str
    created: datetime
    tags: Tags = {}
    groups: Values = ()
    attached: Values = ()
    inline: Mapping[str, Document] = {}
    boundary: str = ""
    login: LoginProfile | None = None


class Group(Struct, frozen=True, gc=False):
    """An IAM group; its members know it, it does not know them."""

    id: str
    name: str
    path: str
    created: datetime
    attached: Values = ()
    inline: Mapping[str, Document] = {}


class Role(Struct, frozen=True, gc=False):
    """An IAM role; `max_session` in seconds."""

    id: str
    name: str
    path: str
    created: datetime
    trust: Document
    description: str = ""
    max_session: int = 3600
    tags: Tags = {}
    attached: Values = ()
    inline: Mapping[str, Document] = {}
    boundary: str = ""


Entity: TypeAlias = User | Group | Role
# Where the account holds them.
BOOKS: dict[type[Entity], str] = {User: "users", Group: "groups", Role: "roles"}


class InstanceProfile(Struct, frozen=True):
    """What hands a role to EC2 instances; `roles` are unique ids, one at most."""

    id: str
    name: str
    path: str
    created: datetime
    roles: Values = ()
    tags: Tags = {}


class PolicyVersion(Struct, frozen=True):
    """One version of a managed policy, "v1"."""

    id: str
    document: Document
    created: datetime


class ManagedPolicy(Struct, frozen=True):
    """A managed policy; versions oldest first, `minted` how many there ever were: numbers never return."""

    arn: str
    id: str
    name: str
    path: str
    created: datetime
    updated: datetime
    versions: tuple[PolicyVersion, ...]
    default: str = "v1"
    minted: int = 1
    description: str = ""
    tags: Tags = {}

    @property
    def document(self) -> Document:
        """Returns the document in force: the default version's."""
        return next(v.document for v in self.versions if v.id == self.default)
