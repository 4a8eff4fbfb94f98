"""Long-term keys and temporary sessions: how each is made, and how an answer shows one."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.credentials import AccessKey, Session
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Key
from coffeeshop.account.same import Same
from coffeeshop.account.values import Document, Json, Tags
from coffeeshop.policy.model import Values

SHIFT = timedelta(hours=12)  # a console session lasts that long
MINTED = "minted"  # for what the ids of credentials are drawn that no act made


def new_key(
    account: Account, owner: str, profile: str, at: datetime, birth: str = ""
) -> tuple[Account, AccessKey]:
    """Return a long-term access key for a unique id (the account's id: root). Its id is drawn for `birth`, or the owner."""
    account, id = ids.new_unique_id(account, "key", birth or owner)
    key = AccessKey(id, owner, at, profile, account.calls)
    return replace(account, credentials=account.credentials.put(id, key)), key


def new_session(
    account: Account,
    kind: Literal["Console", "SessionToken", "Role", "Federation"],
    owner: str,
    profile: str,
    at: datetime,
    lasts: timedelta,
    *,
    name: str = "",
    taker: str = "",
    mfa: datetime | None = None,
    policies: tuple[Document | str, ...] | None = None,
    tags: Tags | None = None,
    transitive: Values = (),
    source_identity: str = "",
    birth: str = "",
) -> tuple[Account, Session]:
    """Return a session that lives until `at + lasts`, whatever becomes of the credential that took it. Its id is drawn for
    `birth`, or for its owner and name.
    """
    account, id = ids.new_unique_id(account, "session", birth or f"{owner}/{name}")
    session = Session(
        id,
        kind,
        owner,
        profile,
        account.calls,
        at,
        at + lasts,
        name,
        taker or owner,
        mfa,
        policies,
        tags or {},
        transitive,
        source_identity,
    )
    return replace(account, credentials=account.credentials.put(id, session)), session


def credentials_structure(account: Account, session: Session) -> dict[str, Json]:
    """Returns the structure Credentials of an answer."""
    return {
        "AccessKeyId": session.id,
        "SecretAccessKey": ids.secret_key(account, session.id),
        "SessionToken": ids.session_token(account, session),
        "Expiration": format_timestamp(session.expires),
    }


def mint_credential(
    account: Account,
    arn: str,
    credential_kind: Literal["key", "password", "code"],
    at: datetime,
) -> tuple[Account, Key]:
    """Returns a credential as if that user (or root) had one: an access key, or a console session without or with a
    code.

    For copies of an account only: it is no act, so it has an id of its own and takes none from the next real
    credential. KeyError if there is no such user.
    """
    return _minted(Same(account), arn, credential_kind, at)


@lru_cache(
    maxsize=256
)  # whoever tries something as somebody asks for all their badges, and others ask again
def _minted(
    of: Same[Account], arn: str, badge: Literal["key", "password", "code"], at: datetime
) -> tuple[Account, Key]:
    account = of.value
    name = "root" if arn == account.root_arn else arn.rsplit("/", 1)[-1]
    if arn == account.root_arn:
        owner = account.id
    else:
        owner = account.users[name.lower()].id
    account = replace(account, calls=account.calls + 1)
    if badge == "key":
        account, key = new_key(account, owner, name, at, birth=f"{MINTED}/{owner}")
        return account, Key(key.id)
    coded = at if badge == "code" else None
    account, session = new_session(
        account,
        "Console",
        owner,
        f"{name}@console",
        at,
        SHIFT,
        mfa=coded,
        birth=f"{MINTED}/{owner}",
    )
    return account, Key(session.id)
