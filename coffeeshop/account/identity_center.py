"""Define IAM Identity Center in an organization: its users and groups, permission sets, and who has which in which account.

https://docs.aws.amazon.com/singlesignon/latest/userguide/what-is.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.values import Document, Json, Tags
from coffeeshop.policy.model import Values

PrincipalKind: TypeAlias = Literal["USER", "GROUP"]
RequestKind: TypeAlias = Literal["creation", "deletion", "provisioning"]
USER_ARN = "arn:aws:identitystore:::user/"
GROUP_ARN = "arn:aws:identitystore:::group/"
MEMBERSHIP_ARN = "arn:aws:identitystore:::membership/"


class WorkforceUser(Struct, frozen=True):
    """A user of the identity store. `attributes` are AWS's members, such as DisplayName, without the name.

    `revision` counts the user's changes.
    """

    id: str
    name: str
    created: datetime
    updated: datetime
    attributes: Mapping[str, Json] = {}
    revision: int = 1


class WorkforceGroup(Struct, frozen=True):
    """A group of the identity store. It doesn't list its members."""

    id: str
    name: str
    created: datetime
    updated: datetime
    description: str = ""
    revision: int = 1


class Membership(Struct, frozen=True):
    """One user in one group, both by id."""

    id: str
    group: str
    user: str
    created: datetime


class PolicyReference(Struct, frozen=True):
    """A customer managed policy by name and path, which each account must have itself."""

    name: str
    path: str = "/"

    def arn_in(self, account_id: str) -> str:
        """Return the ARN of the policy with this name in an account."""
        return f"arn:aws:iam::{account_id}:policy{self.path}{self.name}"


class PermissionSet(Struct, frozen=True):
    """A permission set: what a role gets in each account in which it is assigned.

    `duration` is ISO 8601, "PT1H". `attached` are ARNs of AWS managed policies. `boundary` is such an ARN, or a
    reference.
    """

    id: str
    name: str
    created: datetime
    description: str = ""
    duration: str = "PT1H"
    relay_state: str = ""
    attached: Values = ()
    references: tuple[PolicyReference, ...] = ()
    inline: Document | None = None
    boundary: str | PolicyReference | None = None
    tags: Tags = {}


class Assignment(Struct, frozen=True):
    """A user or group that has a permission set in an account, all by id."""

    permission_set: str
    account: str
    kind: PrincipalKind
    principal: str

    @property
    def key(self) -> str:
        """Return the text that finds this assignment among the others."""
        return "/".join((self.permission_set, self.account, self.kind, self.principal))


class CenterRequest(Struct, frozen=True):
    """A request that AWS carries out in the background: what for, and why it failed ("": it succeeded)."""

    id: str
    kind: RequestKind
    asked: datetime
    permission_set: str
    account: str = ""
    principal_kind: str = ""
    principal: str = ""
    failure: str = ""


class IdentityCenter(Struct, frozen=True):
    """The organization's instance of IAM Identity Center, with its identity store. The management account holds it.

    `id` is the end of its ARN, and `store` the id of the identity store. Users, groups, memberships, permission sets
    and requests are by id, and assignments by their key. `roles` are the names of the roles that permission sets have in
    accounts, by "permission set/account". A name can't be computed, because a role that is made again gets another.
    """

    id: str
    store: str
    owner: str
    created: datetime
    region: str
    name: str = ""
    tags: Tags = {}
    users: SortedMap[WorkforceUser] = SortedMap()
    groups: SortedMap[WorkforceGroup] = SortedMap()
    memberships: SortedMap[Membership] = SortedMap()
    permission_sets: SortedMap[PermissionSet] = SortedMap()
    assignments: SortedMap[Assignment] = SortedMap()
    requests: SortedMap[CenterRequest] = SortedMap()
    roles: SortedMap[str] = SortedMap()

    @property
    def arn(self) -> str:
        """Return the ARN of the instance."""
        return f"arn:aws:sso:::instance/{self.id}"

    @property
    def store_arn(self) -> str:
        """Return the ARN of the identity store."""
        return f"arn:aws:identitystore::{self.owner}:identitystore/{self.store}"

    def permission_set_arn(self, id: str) -> str:
        """Return the ARN of the permission set with this id."""
        return f"arn:aws:sso:::permissionSet/{self.id}/{id}"

    def user_named(self, name: str) -> WorkforceUser | None:
        """Return the user with this name, whatever its case."""
        users = self.users.values()
        return next((user for user in users if user.name.lower() == name.lower()), None)

    def group_named(self, name: str) -> WorkforceGroup | None:
        """Return the group with this name, whatever its case."""
        groups = self.groups.values()
        return next((g for g in groups if g.name.lower() == name.lower()), None)

    def permission_set_named(self, name: str) -> PermissionSet | None:
        """Return the permission set with this name, whatever its case."""
        sets = self.permission_sets.values()
        return next((each for each in sets if each.name.lower() == name.lower()), None)

    def membership_of(self, group: str, user: str) -> Membership | None:
        """Return the membership of a user in a group, both by id."""
        memberships = self.memberships.values()
        return next((m for m in memberships if (m.group, m.user) == (group, user)), None)

    def groups_of(self, user: str) -> frozenset[str]:
        """Return the ids of the groups that a user is in."""
        return frozenset(m.group for m in self.memberships.values() if m.user == user)

    def assignments_of(self, user: str) -> Iterator[Assignment]:
        """Yield the assignments that count for a user: their own, and those of their groups."""
        if user not in self.users:
            return
        groups = self.groups_of(user)
        for assignment in self.assignments.values():
            is_own = assignment.kind == "USER" and assignment.principal == user
            if is_own or (assignment.kind == "GROUP" and assignment.principal in groups):
                yield assignment

    def assignments_to(self, principal: str) -> Iterator[Assignment]:
        """Yield the assignments to a user or group itself, by id."""
        assignments = self.assignments.values()
        return (each for each in assignments if each.principal == principal)

    def users_with_role(self, account: str, role: str) -> Iterator[WorkforceUser]:
        """Yield the users who can sign in to a role of an account. `role` is its name."""
        for user in self.users.values():
            for assignment in self.assignments_of(user.id):
                key = f"{assignment.permission_set}/{account}"
                if assignment.account == account and self.roles.get(key) == role:
                    yield user
                    break
