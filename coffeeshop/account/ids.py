"""Unique ids, keys, secrets, seeds and digests, drawn from the account's seed, so that the same acts make the same ones.

Secrets and session tokens also depend on the installation's own key.
"""

from __future__ import annotations

from base64 import b32encode, b64encode
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from hmac import digest

from msgspec.structs import replace

from coffeeshop.account.credentials import LoginProfile, Session
from coffeeshop.account.model import Account

ID_PREFIXES = {  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    "user": "AIDA",
    "group": "AGPA",
    "role": "AROA",
    "instance-profile": "AIPA",
    "policy": "ANPA",
    "version": "ANVA",
    "key": "AKIA",
    "session": "ASIA",
    "service-credential": "ACCA",
}


def draw_bytes(seed: bytes, *parts: object) -> bytes:
    """Return thirty-two bytes that depend on the seed and these parts alone."""
    text = "/".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return digest(seed, text, "sha256")


@lru_cache(maxsize=4096)  # a repeated try in a copy of an account draws the same again
def draw_letters(seed: bytes, size: int, *parts: object) -> str:
    """Return `size` characters of `A-Z2-7`, at most 51."""
    bits = 5 * size  # base32 makes a letter of five bits
    size_in_bytes = (bits + 7) // 8
    return b32encode(draw_bytes(seed, *parts)[:size_in_bytes]).decode()[:size]


def draw_next_bytes(account: Account, kind: str, name: str) -> tuple[Account, bytes]:
    """Return the bytes for the next id of a kind for this name or owner.

    They depend on how often that kind and name were created, and on no other call. So independent lines of a script
    can run in any order.
    """
    account, birth, number = _count_birth(account, kind, name)
    return account, draw_bytes(account.seed, birth, number)


def _count_birth(account: Account, kind: str, name: str) -> tuple[Account, str, int]:
    """Count one more creation of this kind and name. Return the account, the counter's key and the new number."""
    birth = f"{kind}/{name}"
    number = account.births.get(birth, 0) + 1
    return replace(account, births=account.births.put(birth, number)), birth, number


def new_unique_id(account: Account, kind: str, name: str) -> tuple[Account, str]:
    """Return the next unique id of IAM, `AIDA…`, of a kind for this name or owner."""
    # AWS's key ids have 20 characters, and its other unique ids 21. The prefix takes four of them.
    size = 16 if kind in {"key", "session"} else 17
    account, birth, number = _count_birth(account, kind, name)
    return account, ID_PREFIXES[kind] + draw_letters(account.seed, size, birth, number)


def new_organizations_id(
    account: Account, kind: str, name: str, size: int
) -> tuple[Account, str]:
    """Return the end of the next id of AWS Organizations of a kind for this name: `size` small letters and digits."""
    account, drawn_bytes = draw_next_bytes(account, kind, name)
    return account, b32encode(drawn_bytes).decode().lower()[:size]


def secret_key(account: Account, key_id: str) -> str:
    """Return the secret access key of a credential: forty characters. It is never stored."""
    return b64encode(draw_bytes(_proof_seed(account), "secret", key_id)).decode()[:40]


def service_password(account: Account, id: str, number: int) -> str:
    """Return the password of a service-specific credential after so many resets. It is never stored."""
    drawn = draw_bytes(_proof_seed(account), "service password", id, number)
    return b64encode(drawn).decode()


def session_token(account: Account, session: Session) -> str:
    """Return the session token of a temporary credential.

    It depends on when the session began. So the token of a session that was undone doesn't work for a later one.
    """
    seed = _proof_seed(account)
    parts = (session.id, session.made, session.issued)
    return b64encode(
        draw_bytes(seed, "token", *parts) + draw_bytes(seed, "more", *parts)
    ).decode()


def _proof_seed(account: Account) -> bytes:
    """Return the seed of secrets and session tokens.

    An account's own seed is public, because it is part of the program. So an installation adds a secret key.
    """
    if account.proof_key:
        return digest(account.proof_key, account.seed, "sha256")
    return account.seed


def mfa_seed(account: Account, serial: str, number: int) -> str:
    """Return the base32 seed of the n-th device with that serial: 160 bits."""
    return draw_letters(account.seed, 32, "mfa", serial, number)


def draw_uuid(seed: bytes, *parts: object) -> str:
    """Return an id in the form of a UUID, for requests, events, jobs and messages."""
    return format_uuid(draw_bytes(seed, *parts))


def request_id(account: Account) -> str:
    """Return the id of an account's newest request, as its answer, its event and its log have it."""
    return draw_uuid(account.seed, "request", account.calls)


def format_uuid(drawn: bytes) -> str:
    """Return sixteen bytes or more in the form of a UUID."""
    digits = drawn.hex()
    groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])
    return "-".join(groups)


def canonical_user_id(account: Account) -> str:
    """Return the id by which S3 knows the account: 64 hexadecimal digits."""
    return draw_bytes(account.seed, "canonical", account.id).hex()


def password_digest(seed: bytes, owner: str, password: str) -> str:
    """Return the salted digest that the account keeps of a password. It protects a game, not a vault."""
    salt = draw_bytes(seed, "salt", owner)
    return sha256(salt + password.encode("utf-8", "surrogatepass")).hexdigest()


def new_account(
    id: str, seed: bytes, created: datetime, email: str, password: str, name: str = ""
) -> Account:
    """Return a new account with nothing in it but a root user, who signs in with e-mail address and password."""
    login = LoginProfile(created, created, (password_digest(seed, id, password),))
    return Account(id, seed, email, created, login, name)


REGION = "us-east-1"  # where all resources of the shop are
ARN_FORMS = {
    "bucket": "arn:aws:s3:::{name}",
    "table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "queue": "arn:aws:sqs:{region}:{account}:{name}",
    "function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "instance": "arn:aws:ec2:{region}:{account}:instance/{name}",
    "kms-key": "arn:aws:kms:{region}:{account}:key/{name}",
    "kms-alias": "arn:aws:kms:{region}:{account}:{name}",
    "analyzer": "arn:aws:access-analyzer:{region}:{account}:analyzer/{name}",
    "trail": "arn:aws:cloudtrail:{region}:{account}:trail/{name}",
    "oidc-provider": "arn:aws:iam::{account}:oidc-provider/{name}",
    "sso-account": "arn:aws:sso:::account/{name}",
    "saml-provider": "arn:aws:iam::{account}:saml-provider/{name}",
    "mfa": "arn:aws:iam::{account}:mfa/{name}",
    "u2f": "arn:aws:iam::{account}:u2f/{name}",
    "assumed-role": "arn:aws:sts::{account}:assumed-role/{name}",
    "federated-user": "arn:aws:sts::{account}:federated-user/{name}",
}


def arn(account: Account, kind: str, name: str, region: str = REGION) -> str:
    """Return the ARN of a bucket (or of an object, as bucket/key), table, queue, function, instance, device or session."""
    return ARN_FORMS[kind].format(account=account.id, region=region, name=name)
