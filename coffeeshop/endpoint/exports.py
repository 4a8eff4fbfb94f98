"""Choose the credential that a client starts with, and write the shell lines that export it and the endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.credentials import AccessKey, Credential, Session
from coffeeshop.account.model import Account, Key
from coffeeshop.lessons.sitting.sitting import Sitting


def with_root_key(account: Account, id: str, at: datetime) -> Account:
    """Return the account with this access key for root. Root's other keys are removed."""
    credentials = account.credentials
    for key in account.keys_of(account.id):
        credentials = credentials.drop(key.id)
    key = AccessKey(id, account.id, at, "root", account.calls)
    return replace(account, credentials=credentials.put(id, key))


def starting_credential(sitting: Sitting, at: datetime) -> Credential | None:
    """Return the credential that the learner starts with, or None.

    It is a valid key of the person whose credential is in use, or else the credential in use if it is valid.
    """
    account = sitting.play.account
    person = sitting.profile.partition("@")[0]
    for profile in (person, sitting.profile):
        caller = find_caller(account, profile)
        credential = account.home_of(caller).credential_of(caller)
        if credential is not None and _is_valid(credential, at):
            return credential
    return None


def _is_valid(credential: Credential, at: datetime) -> bool:
    """Return whether a session hasn't expired, or whether an access key is active."""
    if isinstance(credential, Session):
        return credential.expires > at
    return credential.status == "Active"


def export_lines(
    url: str, account: Account, credential: Credential, secret: str = ""
) -> Iterator[str]:
    """Yield the shell lines to paste. `secret` is the secret of a key that the account didn't draw, or ""."""
    account = account.home_of(Key(credential.id))
    yield f"export AWS_ENDPOINT_URL={url}"
    yield f"export AWS_ACCESS_KEY_ID={credential.id}"
    yield f"export AWS_SECRET_ACCESS_KEY={secret or ids.secret_key(account, credential.id)}"
    if isinstance(credential, Session):
        yield f"export AWS_SESSION_TOKEN={ids.session_token(account, credential)}"
    else:
        yield "unset AWS_SESSION_TOKEN"
    yield f"export AWS_REGION={ids.REGION} AWS_DEFAULT_REGION={ids.REGION}"
    yield "export AWS_EC2_METADATA_DISABLED=true"
