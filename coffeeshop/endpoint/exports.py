"""The credential with which a client begins, and the lines to paste that bring it and the endpoint into a terminal."""

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
    """Returns an account whose root has an access key of that id, and no other."""
    others = [key.id for key in account.keys_of(account.id)]
    kept = account.credentials
    for other in others:
        kept = kept.drop(other)
    return replace(
        account,
        credentials=kept.put(id, AccessKey(id, account.id, at, "root", account.calls)),
    )


def in_hand(sitting: Sitting, at: datetime) -> Credential | None:
    """Returns the credential that the learner begins with: a key of the person whose badge is in hand, else the badge,
    if it lives; None where there is neither.
    """
    account = sitting.play.account
    person = sitting.profile.partition("@")[0]
    for profile in (person, sitting.profile):
        caller = find_caller(account, profile)
        found = account.home_of(caller).credential_of(caller)
        if found is not None and _lives(found, at):
            return found
    return None


def _lives(found: Credential, at: datetime) -> bool:
    if isinstance(found, Session):
        return found.expires > at
    return found.status == "Active"


def exports(
    url: str, account: Account, found: Credential, secret: str = ""
) -> Iterator[str]:
    """Yields the lines to paste; `secret` is the key's, where the account did not draw it."""
    account = account.home_of(Key(found.id))
    yield f"export AWS_ENDPOINT_URL={url}"
    yield f"export AWS_ACCESS_KEY_ID={found.id}"
    yield f"export AWS_SECRET_ACCESS_KEY={secret or ids.secret_key(account, found.id)}"
    if isinstance(found, Session):
        yield f"export AWS_SESSION_TOKEN={ids.session_token(account, found)}"
    else:
        yield "unset AWS_SESSION_TOKEN"
    yield f"export AWS_REGION={ids.REGION} AWS_DEFAULT_REGION={ids.REGION}"
    yield "export AWS_EC2_METADATA_DISABLED=true"
