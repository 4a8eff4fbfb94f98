"""The menu actions of IAM Identity Center's permission sets, groups and users."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from coffeeshop.views.deed import Deed
from coffeeshop.views.things.item import Noun

_IN_ACCOUNT: Mapping[str, bool | str] = {"TargetType": "AWS_ACCOUNT"}

_BY_NAME = "An assignment by name stays when the person leaves a group. Assign it to a group instead."

_PROVISION_NEXT = "Its roles change when you provision it: v."


def _center(
    keys: str,
    say: str,
    operation: str,
    note: str = "",
    optional: tuple[str, ...] = (),
    given: Mapping[str, bool | str] = MappingProxyType({}),
) -> Deed:
    """Return a menu action of IAM Identity Center's permission sets.

    `keys` is its key. A different letter follows after a slash.
    """
    key, _, letter = keys.partition("/")
    operations = (("sso-admin", operation),)
    return Deed(key, say, operations, (), given, note, letter=letter, optional=optional)


MAKES_PERMISSION_SET = _center(
    "n",
    "Create a permission set",
    "CreatePermissionSet",
    "It becomes a role in each account in which you assign it. w writes its policy.",
    optional=("Description", "SessionDuration"),
)

ALSO_IN_CENTER = (
    Deed(
        "n",
        "Create a group",
        (("identitystore", "CreateGroup"),),
        ("DisplayName",),
        note="Assign permission sets to groups. A user who joins a group gets its permission sets at once.",
        letter="g",
        optional=("Description",),
    ),
    Deed(
        "n",
        "Add a user",
        (("identitystore", "CreateUser"),),
        ("UserName", "DisplayName", "Name"),
        note="A user signs in at the access portal, and has no access key.",
        letter="u",
    ),
)

CENTER_ACTIONS: Mapping[Noun, tuple[Deed, ...]] = {
    "permission-set": (
        _center(
            "a",
            "Assign to a group",
            "CreateAccountAssignment",
            given={**_IN_ACCOUNT, "PrincipalType": "GROUP"},
        ),
        _center(
            "a/b",
            "Assign to one user",
            "CreateAccountAssignment",
            _BY_NAME,
            given={**_IN_ACCOUNT, "PrincipalType": "USER"},
        ),
        _center(
            "w",
            "Write its inline policy",
            "PutInlinePolicyToPermissionSet",
            _PROVISION_NEXT,
        ),
        _center(
            "p",
            "Attach an AWS managed policy",
            "AttachManagedPolicyToPermissionSet",
            _PROVISION_NEXT,
        ),
        _center(
            "p/c",
            "Attach a policy of the account",
            "AttachCustomerManagedPolicyReferenceToPermissionSet",
            "Each account must have a policy of this name. " + _PROVISION_NEXT,
        ),
        _center(
            "o",
            "Change how long a session lasts",
            "UpdatePermissionSet",
            optional=("SessionDuration",),
        ),
        _center(
            "o/l",
            "Set a boundary",
            "PutPermissionsBoundaryToPermissionSet",
            "Write ManagedPolicyArn= and the ARN of an AWS managed policy. "
            + _PROVISION_NEXT,
        ),
        _center(
            "v",
            "Provision it in its accounts",
            "ProvisionPermissionSet",
            "Its roles get its current policies.",
            given={"TargetType": "ALL_PROVISIONED_ACCOUNTS"},
        ),
        _center("d", "Delete this permission set", "DeletePermissionSet"),
    ),
    "center-group": (
        Deed("a", "Add a member", (("identitystore", "CreateGroupMembership"),)),
        _center(
            "a/b", "Assign a permission set", "CreateAccountAssignment", given=_IN_ACCOUNT
        ),
        Deed("d", "Delete this group", (("identitystore", "DeleteGroup"),)),
    ),
    "center-user": (
        Deed("a", "Add to a group", (("identitystore", "CreateGroupMembership"),)),
        _center(
            "a/b",
            "Assign a permission set",
            "CreateAccountAssignment",
            _BY_NAME,
            given=_IN_ACCOUNT,
        ),
        Deed("d", "Delete this user", (("identitystore", "DeleteUser"),)),
    ),
    "center-membership": (
        Deed("d", "Take out of the group", (("identitystore", "DeleteGroupMembership"),)),
    ),
    "assignment": (_center("d", "Delete this assignment", "DeleteAccountAssignment"),),
    "set-inline": (
        _center("e", "Edit it", "PutInlinePolicyToPermissionSet"),
        _center("d", "Delete it", "DeleteInlinePolicyFromPermissionSet", _PROVISION_NEXT),
    ),
    "set-managed": (
        _center("d", "Detach it", "DetachManagedPolicyFromPermissionSet", _PROVISION_NEXT),
    ),
    "set-reference": (
        _center(
            "d",
            "Detach it",
            "DetachCustomerManagedPolicyReferenceFromPermissionSet",
            _PROVISION_NEXT,
        ),
    ),
    "set-boundary": (
        _center(
            "d", "Delete it", "DeletePermissionsBoundaryFromPermissionSet", _PROVISION_NEXT
        ),
    ),
}
