"""Whose a call is: which credential a caller shows, whether it is good, and whose rights it carries."""

from __future__ import annotations

from datetime import datetime

from coffeeshop.account import errors
from coffeeshop.account.credentials import AccessKey, Credential, Session
from coffeeshop.account.iam_resources import Entity, User
from coffeeshop.account.model import Account, Caller, Key, Nobody


def live_credential(account: Account, caller: Key, at: datetime) -> Credential:
    """Returns the credential of a key, while it is good. Raises InvalidClientTokenId or ExpiredToken.

    https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    """
    found = account.credentials.get(caller.id)
    if found is None or not _lives(account, found):
        raise errors.service_error("InvalidClientTokenId", errors.INVALID)
    if isinstance(found, Session) and found.expires <= at:
        raise errors.service_error("ExpiredToken", errors.EXPIRED)
    return found


def _lives(account: Account, found: Credential) -> bool:
    if isinstance(found, AccessKey) and found.status != "Active":
        return False
    return not account.closed and (
        found.owner == account.id or found.owner in account.names
    )


def credential_owner(account: Account, caller: Caller) -> Entity | None:
    """Returns the user or role whose rights the caller has; None for root, services, outsiders, nobody."""
    found = account.credential_of(caller)
    return account.entity_by_id(found.owner) if found else None


def calling_user(account: Account, caller: Caller) -> User | None:
    """Returns the user who calls with a key, a console session or a GetSessionToken session of their own."""
    found = account.credential_of(caller)
    if found is None or (
        isinstance(found, Session) and found.kind in {"Role", "Federation"}
    ):
        return None
    who = account.entity_by_id(found.owner)
    return who if isinstance(who, User) else None


def is_root(account: Account, caller: Caller) -> bool:
    """Tells whether the root user calls, with a key or a session."""
    found = account.credential_of(caller)
    federated = isinstance(found, Session) and found.kind == "Federation"
    return found is not None and found.owner == account.id and not federated


def find_caller(account: Account, profile: str) -> Caller:
    """Returns the newest credential of that profile: a question to the account, so there is no keyring to keep.

    Names: a profile ("casey", "casey@console", "till-session"), a credential's id, "casey+code" (the newest session
    of casey's that a code opened), "casey+key" (that a key took), "bo/Cashier" (the newest session in that role that bo
    took). Nobody if none.
    """
    for one in (account, *account.others.values()):
        if profile in one.credentials:
            return Key(profile)
        fitting = (c for c in one.credentials.values() if _answers(one, c, profile))
        if found := max(fitting, key=lambda c: c.made, default=None):
            return Key(found.id)
    return Nobody()


def _answers(account: Account, found: Credential, profile: str) -> bool:
    name, _, opened_by = profile.partition("+")
    person, _, role = profile.partition("/")
    if not isinstance(found, Session):
        return found.profile == profile
    if opened_by in ("code", "key"):
        if opened_by == "code":
            fits = found.mfa is not None
        else:
            fits = found.kind == "SessionToken"
        return fits and found.owner == _id(account, name)
    if role:
        worn = account.roles.get(role.lower())
        return (
            worn is not None
            and found.owner == worn.id
            and found.taker == _id(account, person)
        )
    return found.profile == profile and not found.left


def _id(account: Account, name: str) -> str:
    user = account.users.get(name.lower())
    if name == "root":
        return account.id
    if user:
        return user.id
    return ""
