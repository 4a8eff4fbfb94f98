"""How people and programs prove who they are: passwords, keys, sessions and MFA devices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from coffeeshop.account.values import Document, Tags
from coffeeshop.policy.model import Values


class ServiceCredential(Struct, frozen=True, gc=False):
    """A user's credential for one service, such as codecommit.amazonaws.com. Each reset gives it a new password."""

    id: str
    service: str
    created: datetime
    status: Literal["Active", "Inactive"] = "Active"
    resets: int = 0


class LoginProfile(Struct, frozen=True):
    """A console password, of a user or of root: salted digests, the present one first in `history`."""

    created: datetime
    changed: datetime
    history: tuple[str, ...]
    reset_required: bool = False
    used: datetime | None = None


class AccessKey(Struct, frozen=True):
    """A long-term access key of `owner`, a unique id (the account's id for root).

    A deleted key stays in the account, because the learner's settings may still name its profile. `profile` is the
    owner's name when the key was made, and `made` the number of calls until then.
    """

    id: str
    owner: str
    created: datetime
    profile: str
    made: int
    status: Literal["Active", "Inactive", "Deleted"] = "Active"


class Session(Struct, frozen=True):
    """A temporary credential. It lives until `expires`, whatever happens to the credential that requested it.

    `owner` is the unique id whose permissions it has (the account's id for root). `name` is the name of the session
    or of the federated user. `taker` is who requested it, through all role chains. `mfa` is when an MFA code was
    given. `policies` are the session policies: None sets no limit, and managed ones are ARNs. `tags` are the
    session tags. `left` is true after the user switched back from it in the browser. `provider` is the identity provider
    whose token opened a role session, as aws:FederatedProvider has it. `claims` are those of the token that the session
    keeps, by their condition keys.
    """

    id: str
    kind: Literal["Console", "SessionToken", "Role", "Federation"]
    owner: str
    profile: str
    made: int
    issued: datetime
    expires: datetime
    name: str = ""
    taker: str = ""
    mfa: datetime | None = None
    policies: tuple[Document | str, ...] | None = None
    tags: Tags = {}
    transitive: Values = ()
    source_identity: str = ""
    left: bool = False
    provider: str = ""
    claims: Mapping[str, str] = {}


Credential: TypeAlias = AccessKey | Session


class MfaDevice(Struct, frozen=True):
    """An MFA device.

    `seed` is base32, and empty for a security key. `owner` is a unique id or empty. `drift` and `used` count steps
    of 30 seconds.
    """

    serial: str
    seed: str
    created: datetime
    owner: str = ""
    enabled: datetime | None = None
    drift: int = 0
    used: tuple[int, ...] = ()
    tags: Tags = {}


class PasswordPolicy(Struct, frozen=True):
    """The account's password policy, as UpdateAccountPasswordPolicy sets it."""

    minimum_length: int = 6
    symbols: bool = False
    numbers: bool = False
    uppercase: bool = False
    lowercase: bool = False
    users_may_change: bool = False
    max_age: int = 0
    reuse: int = 0
    hard_expiry: bool = False


class Use(Struct, frozen=True):
    """The last use of a credential or of an action: when, where, and the service's namespace."""

    at: datetime
    region: str
    service: str
