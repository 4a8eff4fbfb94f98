"""Unique ids, keys, secrets, seeds and digests, drawn from the account's seed: the same acts make the same. Secrets and
session tokens also depend on the installation's own key."""

from __future__ import annotations

from base64 import b32encode, b64encode
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from hmac import digest

from msgspec.structs import replace

from coffeeshop.account.credentials import LoginProfile, Session
from coffeeshop.account.model import Account

PREFIXES = {  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    "user": "AIDA",
    "group": "AGPA",
    "role": "AROA",
    "instance-profile": "AIPA",
    "policy": "ANPA",
    "version": "ANVA",
    "key": "AKIA",
    "session": "ASIA",
}


def draw_bytes(seed: bytes, *parts: object) -> bytes:
    """Returns thirty-two bytes that only the seed and these parts settle."""
    return digest(
        seed, "/".join(map(str, parts)).encode("utf-8", "surrogatepass"), "sha256"
    )


@lru_cache(
    maxsize=4096
)  # whatever is tried once more in a copy of an account draws the same again
def draw_letters(seed: bytes, size: int, *parts: object) -> str:
    """Returns so many of `A-Z2-7`, at most 51."""
    return b32encode(draw_bytes(seed, *parts)[: (5 * size + 7) // 8]).decode()[
        :size
    ]  # five bits a letter


def draw_next_bytes(account: Account, kind: str, name: str) -> tuple[Account, bytes]:
    """Returns what the next id of a kind for this name or owner is made of. It depends on how often that kind and name
    were created and on no other call, so independent lines may be told in any order.
    """
    account, birth, n = _counted(account, kind, name)
    return account, draw_bytes(account.seed, birth, n)


def _counted(account: Account, kind: str, name: str) -> tuple[Account, str, int]:
    birth = f"{kind}/{name}"
    n = account.births.get(birth, 0) + 1
    return replace(account, births=account.births.put(birth, n)), birth, n


def new_unique_id(account: Account, kind: str, name: str) -> tuple[Account, str]:
    """Returns the next unique id of IAM's of a kind for this name or owner: `AIDA…`."""
    size = 16 if kind in {"key", "session"} else 17
    account, birth, n = _counted(account, kind, name)
    return account, PREFIXES[kind] + draw_letters(account.seed, size, birth, n)


def new_organizations_id(
    account: Account, kind: str, name: str, size: int
) -> tuple[Account, str]:
    """Returns the end of the next id of AWS Organizations' of a kind for this name: so many small letters and digits."""
    account, bytes = draw_next_bytes(account, kind, name)
    return account, b32encode(bytes).decode().lower()[:size]


def secret_key(account: Account, key_id: str) -> str:
    """Return the secret of a credential: forty characters, never stored."""
    return b64encode(draw_bytes(_proof_seed(account), "secret", key_id)).decode()[:40]


def session_token(account: Account, session: Session) -> str:
    """Returns the session token of a temporary credential: another one if it was taken at another time, so that one of an
    undone past opens nothing.
    """
    seed = _proof_seed(account)
    parts = (session.id, session.made, session.issued)
    return b64encode(
        draw_bytes(seed, "token", *parts) + draw_bytes(seed, "more", *parts)
    ).decode()


def _proof_seed(account: Account) -> bytes:
    """Return what secrets and tokens are drawn from. Everybody who has the program knows an account's own seed, so an
    installation adds a key that nobody else has.
    """
    if account.proof_key:
        return digest(account.proof_key, account.seed, "sha256")
    return account.seed


def mfa_seed(account: Account, serial: str, n: int) -> str:
    """Returns the base32 seed of the n-th device of that serial: 160 bits."""
    return draw_letters(account.seed, 32, "mfa", serial, n)


def draw_uuid(seed: bytes, *parts: object) -> str:
    """Returns a UUID-shaped id: of requests, events, jobs, messages."""
    text = draw_bytes(seed, *parts).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def canonical_user_id(account: Account) -> str:
    """Returns the id by which S3 knows the account: 64 hexadecimal digits."""
    return draw_bytes(account.seed, "canonical", account.id).hex()


def password_digest(seed: bytes, owner: str, password: str) -> str:
    """Returns what is kept of a password: salted with its owner. A game's protection, not a vault's."""
    return sha256(
        draw_bytes(seed, "salt", owner) + password.encode("utf-8", "surrogatepass")
    ).hexdigest()


def new_account(
    id: str, seed: bytes, created: datetime, email: str, password: str, name: str = ""
) -> Account:
    """Returns a fresh account: a root user who signs in with e-mail address and password, and nothing else."""
    return Account(
        id,
        seed,
        email,
        created,
        LoginProfile(created, created, (password_digest(seed, id, password),)),
        name,
    )


REGION = "us-east-1"  # where all resources of the shop are
ARNS = {
    "bucket": "arn:aws:s3:::{name}",
    "table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "queue": "arn:aws:sqs:{region}:{account}:{name}",
    "function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "instance": "arn:aws:ec2:{region}:{account}:instance/{name}",
    "trail": "arn:aws:cloudtrail:{region}:{account}:trail/{name}",
    "mfa": "arn:aws:iam::{account}:mfa/{name}",
    "u2f": "arn:aws:iam::{account}:u2f/{name}",
    "assumed-role": "arn:aws:sts::{account}:assumed-role/{name}",
    "federated-user": "arn:aws:sts::{account}:federated-user/{name}",
}


def arn(account: Account, kind: str, name: str) -> str:
    """Returns the ARN of a bucket (or an object, as bucket/key), table, queue, function, instance, device or session."""
    return ARNS[kind].format(account=account.id, region=REGION, name=name)
