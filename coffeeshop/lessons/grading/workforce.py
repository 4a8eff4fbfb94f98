"""The users of IAM Identity Center as the grade judges them: workforce/NAME, in the roles of their permission sets."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import Role, is_reserved_role
from coffeeshop.account.model import Account

WORKFORCE_PREFIX = "workforce/"


def workforce_subjects(account: Account) -> Iterator[str]:
    """Yield each user of Identity Center who can sign in to this account."""
    center = account.organization_center
    if center is None:
        return
    from coffeeshop.account.services.access_portal import workforce_roles

    for user in center.users.values():
        if workforce_roles(account, center, user):
            yield f"{WORKFORCE_PREFIX}{user.name}"


def has_users(account: Account, role: Role) -> bool:
    """Tell whether some user of Identity Center can sign in to a role."""
    center = account.organization_center
    if center is None or not is_reserved_role(role):
        return False
    return any(center.users_with_role(account.id, role.name))


def is_center_provider(account: Account, arn: str) -> bool:
    """Tell whether an ARN names the SAML provider with which Identity Center signs people in."""
    if account.organization_center is None:
        return False
    from coffeeshop.account.services.sso_admin.provisioning import center_provider

    provider = center_provider(account)
    return provider is not None and arn.endswith(f"/{provider.name}")


def portal_user(account: Account, session: Session) -> str:
    """Return the user of Identity Center who opened a session in the access portal, or ""."""
    center = account.organization_center
    user = center.users.get(session.taker) if center else None
    return f"{WORKFORCE_PREFIX}{user.name}" if user else ""
