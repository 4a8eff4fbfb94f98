"""Who makes a call: which credential a caller shows, whether it is valid, and whose permissions it has."""

from __future__ import annotations

from datetime import datetime

from coffeeshop.account import errors
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.credentials import AccessKey, Credential, Session
from coffeeshop.account.iam_resources import Entity, User
from coffeeshop.account.model import Account, Act, Call, Caller, Key, Nobody

WEB_IDENTITY = "AssumeRoleWithWebIdentity"


def answering_account(account: Account, act: Act) -> Account:
    """Return the account in which a call is made, with all other accounts behind it.

    That is the caller's own account. Signing in or assuming a role with a token is in the account that the
    call names.
    """
    if account.others and act.call.operation == WEB_IDENTITY:
        id = account.account_id_owning(act.call.text("RoleArn"))
        return account.seen_from(id) if id in account.others else account
    if act.call.operation == "PortalSignIn":
        id = act.call.text("AccountId")
        return account.seen_from(id) if id in account.others else account
    if act.call.operation != "SignIn" or not account.others:
        return account.home_of(act.caller)
    wanted = {act.call.text("AccountId"), act.call.text("RootEmail")} - {""}
    for candidate in account.others.values():
        if wanted & {candidate.id, candidate.alias, candidate.email}:
            return account.seen_from(candidate.id)
    return account


def live_credential(account: Account, caller: Key, at: datetime) -> Credential:
    """Return the credential of a caller, if it is valid. Raise InvalidClientTokenId or ExpiredToken.

    https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    """
    credential = account.credentials.get(caller.id)
    if credential is None or not _is_active(account, credential):
        raise errors.service_error("InvalidClientTokenId", errors.INVALID_TOKEN)
    if isinstance(credential, Session) and credential.expires <= at:
        raise errors.service_error("ExpiredToken", errors.EXPIRED_TOKEN)
    return credential


def _is_active(account: Account, credential: Credential) -> bool:
    """Return whether the key is active, the account open, and the owner not deleted."""
    if isinstance(credential, AccessKey) and credential.status != "Active":
        return False
    owner_exists = credential.owner == account.id or credential.owner in account.names
    return owner_exists and not account.closed


def credential_owner(account: Account, caller: Caller) -> Entity | None:
    """Return the user or role whose permissions the caller has.

    Return None for root, services, principals of other accounts and anonymous callers.
    """
    credential = account.credential_of(caller)
    if credential:
        return account.entity_by_id(credential.owner)
    return None


def calling_user(account: Account, caller: Caller) -> User | None:
    """Return the user who calls with a key, a console session or a GetSessionToken session of their own."""
    credential = account.credential_of(caller)
    if credential is None:
        return None
    if isinstance(credential, Session) and credential.kind in {"Role", "Federation"}:
        return None
    owner = account.entity_by_id(credential.owner)
    return owner if isinstance(owner, User) else None


def is_unsigned(call: Call) -> bool:
    """Return whether AWS's clients send a call without the signature of a credential."""
    row = OPERATIONS.get((call.service, call.operation))
    return row is not None and row.unsigned


def is_root(account: Account, caller: Caller) -> bool:
    """Return whether the root user calls, with a key or a session."""
    credential = account.credential_of(caller)
    if credential is None or credential.owner != account.id:
        return False
    return not isinstance(credential, Session) or credential.kind != "Federation"


def find_caller(account: Account, profile: str) -> Caller:
    """Return the newest credential of a profile, or Nobody. The account answers this, so there is no keyring to keep.

    A profile is a name ("casey", "casey@console", "till-session") or a credential's id. "casey:1" is the older of
    casey's two access keys, "casey+code" is casey's newest session with an MFA code, "casey+key" the newest one from
    GetSessionToken, and "bo/Cashier" bo's newest session in that role.
    """
    for candidate in (account, *account.others.values()):
        if profile in candidate.credentials:
            return Key(profile)
        if profile.endswith((":1", ":2")):
            ordinal = int(profile[-1])
            keys = candidate.keys_of(_unique_id(candidate, profile[:-2]))
            if ordinal <= len(keys):
                return Key(keys[ordinal - 1].id)
        credentials = [
            credential
            for credential in candidate.credentials.values()
            if _fits_profile(candidate, credential, profile)
        ]
        if credentials:
            newest = max(credentials, key=lambda credential: credential.made)
            return Key(newest.id)
    return Nobody()


def _fits_profile(account: Account, credential: Credential, profile: str) -> bool:
    """Return whether a profile, in one of the forms of `find_caller`, means this credential."""
    if not isinstance(credential, Session):
        return credential.profile == profile
    name, _, opened_by = profile.partition("+")
    if opened_by == "code":
        return credential.mfa is not None and credential.owner == _unique_id(account, name)
    if opened_by == "key":
        is_session_token = credential.kind == "SessionToken"
        return is_session_token and credential.owner == _unique_id(account, name)
    person, _, role_name = profile.partition("/")
    if role_name:
        role = account.roles.get(role_name.lower())
        if role is None or credential.owner != role.id:
            return False
        return credential.taker == _unique_id(account, person)
    return credential.profile == profile and not credential.left


def _unique_id(account: Account, name: str) -> str:
    """Return the unique id of a user, the account's id for root, or "" if there is no such user."""
    if name == "root":
        return account.id
    user = account.users.get(name.lower())
    if user:
        return user.id
    return ""
