"""New access keys and sessions, and how an answer shows a session."""

from __future__ import annotations

from collections.abc import Mapping
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

CONSOLE_SESSION_DURATION = timedelta(hours=12)  # a console session lasts that long
# No session lasts longer: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
LONGEST_SESSION = timedelta(hours=36)
MINTED_PREFIX = "minted"  # marks the ids of credentials that no act made


def new_key(
    account: Account, owner: str, profile: str, at: datetime, birth: str = ""
) -> tuple[Account, AccessKey]:
    """Return the account with a new access key of a unique id (the account's id for root), and the key.

    The key's id is drawn for `birth`, or for the owner if that is empty.
    """
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
    provider: str = "",
    claims: Mapping[str, str] | None = None,
    birth: str = "",
) -> tuple[Account, Session]:
    """Return the account with a new session, and the session. It lives until `at + lasts`, whatever happens to the
    credential that requested it.

    `owner` is the unique id of its user or role, or the account's id for root. `taker` is who opened it ("":
    the owner). `mfa` is when they gave an MFA code (None: they didn't). `policies` None: no session policy limits it.
    The session's id is drawn from `birth`, or from its owner and name if that is empty.
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
        provider=provider,
        claims=claims or {},
    )
    return replace(account, credentials=account.credentials.put(id, session)), session


def credentials_structure(account: Account, session: Session) -> dict[str, Json]:
    """Return the structure Credentials of an answer."""
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
    """Return the account with a new credential of that user (or root), and the credential.

    It is an access key, or a console session without or with an MFA code. Use it on copies of an account: no act made
    it, so its id doesn't come from the ids of real credentials. Raise KeyError if there is no such user.
    """
    return _mint_credential(Same(account), arn, credential_kind, at)


# A tryout as one user asks for all their kinds of credential, and others ask again.
@lru_cache(maxsize=256)
def _mint_credential(
    account_key: Same[Account],
    arn: str,
    credential_kind: Literal["key", "password", "code"],
    at: datetime,
) -> tuple[Account, Key]:
    """Return the account with a new credential for the user or root with this ARN, and that credential.

    `credential_kind` is a key, a console session without an MFA code ("password"), or one
    with ("code"). The id is drawn with `MINTED_PREFIX`, so it can't equal the id of a credential
    that a call makes. Cached, because searches ask for the same ones.
    """
    account = account_key.value
    if arn == account.root_arn:
        name = "root"
        owner = account.id
    else:
        name = arn.rsplit("/", 1)[-1]
        owner = account.users[name.lower()].id
    account = replace(account, calls=account.calls + 1)
    birth = f"{MINTED_PREFIX}/{owner}"
    if credential_kind == "key":
        account, key = new_key(account, owner, name, at, birth=birth)
        return account, Key(key.id)
    mfa = at if credential_kind == "code" else None
    profile = f"{name}@console"
    account, session = new_session(
        account,
        "Console",
        owner,
        profile,
        at,
        CONSOLE_SESSION_DURATION,
        mfa=mfa,
        birth=birth,
    )
    return account, Key(session.id)
