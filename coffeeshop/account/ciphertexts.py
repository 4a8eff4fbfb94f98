"""Encrypt and decrypt as KMS does, in a simulation: ciphertexts bound to a key and an encryption context.

All bytes are drawn from the account's seed, so that a play replays to the same ciphertexts. The seed is
public: this protects nothing.
https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from coffeeshop.account import ids
from coffeeshop.account.model import Account
from coffeeshop.account.resources import KmsKey

CIPHERTEXT_PREFIX = b"\x01\x02\x02\x00x"  # how AWS's ciphertexts begin: in base64, AQICAH…
ID_SIZE = 16  # bytes
NONCE_SIZE = 12
TAG_SIZE = 16
HEAD_SIZE = len(CIPHERTEXT_PREFIX) + ID_SIZE + NONCE_SIZE
BLOCK_SIZE = 32


def encrypt_bytes(
    account: Account, key: KmsKey, plaintext: bytes, context: Mapping[str, str]
) -> bytes:
    """Return the ciphertext of some bytes under a key of this account.

    It depends on how many calls were made before, so that equal plaintexts get different ciphertexts.
    """
    parts = ("kms nonce", key.id, account.calls, plaintext.hex(), _canonical(context))
    nonce = ids.draw_bytes(account.seed, *parts)[:NONCE_SIZE]
    body = _apply_stream(account, key, nonce, plaintext)
    tag = _tag(account, key, nonce, body, context)
    return CIPHERTEXT_PREFIX + UUID(key.id).bytes + nonce + body + tag


def ciphertext_key_id(ciphertext: bytes) -> str:
    """Return the id of the key that made a ciphertext, or "" if these bytes are no ciphertext."""
    if len(ciphertext) < HEAD_SIZE + TAG_SIZE or not ciphertext.startswith(
        CIPHERTEXT_PREFIX
    ):
        return ""
    start = len(CIPHERTEXT_PREFIX)
    return str(UUID(bytes=ciphertext[start : start + ID_SIZE]))


def decrypt_bytes(
    account: Account, key: KmsKey, ciphertext: bytes, context: Mapping[str, str]
) -> bytes | None:
    """Return the plaintext of a ciphertext of this key.

    Return None if it is damaged, or has another encryption context.
    """
    nonce = ciphertext[HEAD_SIZE - NONCE_SIZE : HEAD_SIZE]
    body = ciphertext[HEAD_SIZE:-TAG_SIZE]
    if ciphertext[-TAG_SIZE:] != _tag(account, key, nonce, body, context):
        return None
    return _apply_stream(account, key, nonce, body)


def draw_data_key(
    account: Account, key: KmsKey, size: int, context: Mapping[str, str]
) -> bytes:
    """Return a new data key of `size` bytes."""
    parts = ("kms data key", key.id, account.calls, _canonical(context))
    blocks = -(-size // BLOCK_SIZE)
    drawn = b"".join(
        ids.draw_bytes(account.seed, *parts, number) for number in range(blocks)
    )
    return drawn[:size]


def key_material_id(account: Account, key: KmsKey) -> str:
    """Return the id of the key's material: 64 hexadecimal digits."""
    return ids.draw_bytes(account.seed, "kms material", key.id).hex()


def _apply_stream(account: Account, key: KmsKey, nonce: bytes, body: bytes) -> bytes:
    """Return the bytes combined with the key's stream. The same again undoes it."""
    blocks = -(-len(body) // BLOCK_SIZE)
    parts = ("kms stream", key.id, nonce.hex())
    stream = b"".join(
        ids.draw_bytes(account.seed, *parts, number) for number in range(blocks)
    )
    return bytes(a ^ b for a, b in zip(body, stream, strict=False))


def _tag(
    account: Account, key: KmsKey, nonce: bytes, body: bytes, context: Mapping[str, str]
) -> bytes:
    """Return the end of a ciphertext, which binds it to its key and its encryption context."""
    parts = ("kms tag", key.id, nonce.hex(), body.hex(), _canonical(context))
    return ids.draw_bytes(account.seed, *parts)[:TAG_SIZE]


def _canonical(context: Mapping[str, str]) -> str:
    """Return an encryption context as text. The order of its pairs doesn't matter."""
    return json.dumps(dict(context), sort_keys=True)
