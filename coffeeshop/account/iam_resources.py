"""Define IAM's resources in an account: users, groups, roles, instance profiles, managed policies, identity providers.

https://docs.aws.amazon.com/IAM/latest/UserGuide/intro-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.credentials import LoginProfile, ServiceCredential
from coffeeshop.account.values import Document, Tags
from coffeeshop.policy.model import Values


class User(Struct, frozen=True, gc=False):
    """An IAM user. `groups` are unique ids, `attached` ARNs, and `inline` policies are by lower-cased name."""

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
    service_credentials: tuple[ServiceCredential, ...] = ()


class Group(Struct, frozen=True, gc=False):
    """An IAM group. It doesn't list its members. Each member has the group's unique id."""

    id: str
    name: str
    path: str
    created: datetime
    attached: Values = ()
    inline: Mapping[str, Document] = {}


class Role(Struct, frozen=True, gc=False):
    """An IAM role. `max_session` is in seconds."""

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
# The field of the account that holds each type.
ENTITY_COLLECTIONS: dict[type[Entity], str] = {
    User: "users",
    Group: "groups",
    Role: "roles",
}


def is_reserved_role(entity: object) -> bool:
    """Return whether IAM Identity Center made a role. Only Identity Center can change such a role.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/howtocmp.html
    """
    return isinstance(entity, Role) and entity.path.startswith("/aws-reserved/")


class InstanceProfile(Struct, frozen=True):
    """An instance profile, which gives EC2 instances a role. `roles` has at most one unique id."""

    id: str
    name: str
    path: str
    created: datetime
    roles: Values = ()
    tags: Tags = {}


class OidcProvider(Struct, frozen=True):
    """An OIDC identity provider. `url` has no scheme, as in its ARN. `client_ids` are the audiences that it accepts."""

    url: str
    created: datetime
    client_ids: Values = ()
    thumbprints: Values = ()
    tags: Tags = {}


class SamlProvider(Struct, frozen=True):
    """A SAML identity provider, with the metadata document that describes it."""

    name: str
    uuid: str
    created: datetime
    metadata: str
    tags: Tags = {}


class PolicyVersion(Struct, frozen=True):
    """One version of a managed policy, "v1"."""

    id: str
    document: Document
    created: datetime


class ManagedPolicy(Struct, frozen=True):
    """A managed policy, with its versions, oldest first.

    `minted` is how many versions there ever were: AWS doesn't use a version's number again.
    """

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
        """Return the document of the default version, which is the one in force."""
        return next(v.document for v in self.versions if v.id == self.default)
