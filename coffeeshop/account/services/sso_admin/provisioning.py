"""Make permission sets roles in accounts: with their policies, boundary and a trust that only AWS's portal meets.

https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
"""

from __future__ import annotations

import json
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.policy_documents import parse_trust_policy
from coffeeshop.account.iam_resources import Role, SamlProvider
from coffeeshop.account.identity_center import (
    IdentityCenter,
    PermissionSet,
    PolicyReference,
)
from coffeeshop.account.model import Account
from coffeeshop.account.services.sso_admin.lookups import with_center
from coffeeshop.account.values import Document
from coffeeshop.policy.model import Values

INLINE_POLICY_NAME = "AwsSSOInlinePolicy"
LONGEST_SESSION = 43200
HOME_REGION = "us-east-1"  # in this Region, the path of the roles has no Region


def reserved_path(center: IdentityCenter) -> str:
    """Return the path of the roles that Identity Center makes."""
    region = "" if center.region == HOME_REGION else f"{center.region}/"
    return f"/aws-reserved/sso.amazonaws.com/{region}"


def provisioned_accounts(center: IdentityCenter, permission_set: PermissionSet) -> Values:
    """Return the ids of the accounts in which a permission set has a role."""
    pairs = (key.split("/") for key in center.roles)
    return tuple(account for id, account in pairs if id == permission_set.id)


def find_provisioned_role(
    account: Account, center: IdentityCenter, permission_set: PermissionSet, target: str
) -> Role | None:
    """Return the role of a permission set in the account with the id `target`, or None."""
    name = center.roles.get(f"{permission_set.id}/{target}", "")
    home = account.others.get(target, account) if target != account.id else account
    return home.roles.get(name.lower()) if name else None


def is_latest(
    account: Account, center: IdentityCenter, permission_set: PermissionSet, target: str
) -> bool:
    """Tell whether the role in an account has the policies and settings that its permission set has now."""
    role = find_provisioned_role(account, center, permission_set, target)
    return role is not None and role == _with_policies(role, permission_set, target)


def missing_policy(account: Account, permission_set: PermissionSet, target: str) -> str:
    """Return the ARN of a policy that the permission set refers to and the account lacks, or ""."""
    home = account.seen_from(target)
    references = list(permission_set.references)
    if isinstance(permission_set.boundary, PolicyReference):
        references.append(permission_set.boundary)
    arns = (reference.arn_in(target) for reference in references)
    return next((arn for arn in arns if arn not in home.policies), "")


def provision(
    account: Account, permission_set: PermissionSet, target: str, at: datetime
) -> Account:
    """Return the accounts with the role of a permission set in one of them, new or changed."""
    center = account.identity_center
    assert center is not None, "the caller has looked it up"
    role = find_provisioned_role(account, center, permission_set, target)
    home = account.seen_from(target)
    if role is None:
        home, role = _new_role(home, center, permission_set, at)
    home = home.put(_with_policies(role, permission_set, target))
    names = center.roles.put(f"{permission_set.id}/{target}", role.name)
    return with_center(home.seen_from(account.id), replace(center, roles=names))


def _new_role(
    home: Account, center: IdentityCenter, permission_set: PermissionSet, at: datetime
) -> tuple[Account, Role]:
    """Return the account with what a permission set's role needs there, and the role without policies."""
    home, provider = _with_provider(home, center, at)
    home, drawn = ids.draw_next_bytes(home, "reserved role", permission_set.id)
    name = f"AWSReservedSSO_{permission_set.name}_{drawn.hex()[:16]}"
    home, id = ids.new_unique_id(home, "role", name.lower())
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": ids.arn(home, "saml-provider", provider.name)},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [trust]}, indent=2)
    document = parse_trust_policy(home, text)
    path = reserved_path(center)
    return home, Role(id, name, path, at, document, max_session=LONGEST_SESSION)


def center_provider(account: Account) -> SamlProvider | None:
    """Return the SAML provider with which Identity Center signs people in to an account."""
    providers = account.saml_providers.values()
    return next((each for each in providers if each.name.startswith("AWSSSO_")), None)


def _with_provider(
    home: Account, center: IdentityCenter, at: datetime
) -> tuple[Account, SamlProvider]:
    """Return the account with the SAML provider of Identity Center, and the provider."""
    if existing := center_provider(home):
        return home, existing
    home, drawn = ids.draw_next_bytes(home, "center provider", center.id)
    name = f"AWSSSO_{drawn.hex()[:16]}_DO_NOT_DELETE"
    provider = SamlProvider(name, f"SAMLSP{drawn.hex()[16:34].upper()}", at, "")
    arn = ids.arn(home, "saml-provider", name)
    return replace(home, saml_providers=home.saml_providers.put(arn, provider)), provider


def _with_policies(role: Role, permission_set: PermissionSet, target: str) -> Role:
    """Return a role with the policies, the boundary and the description of a permission set."""
    references = (reference.arn_in(target) for reference in permission_set.references)
    inline: dict[str, Document] = {}
    if permission_set.inline:
        inline[INLINE_POLICY_NAME.lower()] = permission_set.inline
    boundary = permission_set.boundary
    if isinstance(boundary, PolicyReference):
        boundary = boundary.arn_in(target)
    return replace(
        role,
        attached=(*permission_set.attached, *references),
        inline=inline,
        boundary=boundary or "",
        description=permission_set.description,
    )


def remove_role(account: Account, permission_set: PermissionSet, target: str) -> Account:
    """Return the accounts without the role of a permission set in one of them. Its sessions end with it."""
    center = account.identity_center
    assert center is not None, "the caller has looked it up"
    role = find_provisioned_role(account, center, permission_set, target)
    if role:
        account = account.seen_from(target).drop(role).seen_from(account.id)
    names = center.roles.drop(f"{permission_set.id}/{target}")
    return with_center(account, replace(center, roles=names))
