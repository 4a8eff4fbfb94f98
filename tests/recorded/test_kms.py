"""KMS's refusals beside recorded ones: the same codes and texts.

Recorded from AWS by LocalStack's tests (tests/aws/services/kms/test_kms.snapshot.json, read in December 2026):
every error of an operation that is simulated here. The list of values in an enum is AWS's of that year, so
it isn't compared.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from tests.account.shop import ID, Shop
from tests.tables import each_row

KEY_ARN = f"arn:aws:kms:us-east-1:{ID}:key/"
NO_KEY = "00000000-0000-0000-0000-000000000000"
NO_MULTI_REGION_KEY = "mrk-00000000000000000000000000000000"
TOO_LARGE = "cannot encrypt data larger than"
INVALID = "1 validation error detected: Value"
OTHER_KEY = (
    "The key ID in the request does not identify a CMK that can perform this operation."
)
RESERVED = "Tags beginning with aws: are reserved"


class Recorded(NamedTuple):
    """A call, and the code and text that AWS answered. `{…}` in a text stands for a key of the shop."""

    test: str
    operation: str
    parameters: dict[str, Json]
    code: str
    text: str


def _tags(**tags: str) -> tuple[Json, ...]:
    return tuple({"TagKey": key, "TagValue": value} for key, value in tags.items())


def _sizes() -> list[Recorded]:
    """What is too large for a key of RSA, by its size and the hash of the algorithm."""
    test = "test_encrypt_validate_plaintext_size_per_key_type"
    most = {2048: (214, 190), 3072: (342, 318), 4096: (470, 446)}
    return [
        Recorded(
            test,
            "Encrypt",
            {
                "KeyId": f"RSA_{bits}",
                "EncryptionAlgorithm": algorithm,
                "Plaintext": b"1" * (size + 1),
            },
            "ValidationException",
            f"Algorithm {algorithm} and key spec RSA_{bits} {TOO_LARGE} {size} bytes.",
        )
        for bits, sizes in most.items()
        for algorithm, size in zip(
            ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"), sizes, strict=True
        )
    ]


def _missing(test: str, id: str, text: str) -> Recorded:
    return Recorded(test, "DescribeKey", {"KeyId": id}, "NotFoundException", text)


NOTHING = f"Key '{KEY_ARN}{NO_KEY}' does not exist"
RECORDED = [
    *_sizes(),
    _missing("test_get_key_in_different_region", NO_KEY, NOTHING),
    _missing(
        "test_get_key_in_different_region",
        f"arn:aws:kms:eu-west-1:{ID}:key/{NO_KEY}",
        "Invalid arn eu-west-1",
    ),
    _missing("test_get_key_does_not_exist", NO_KEY, NOTHING),
    _missing("test_get_key_does_not_exist", KEY_ARN + NO_KEY, NOTHING),
    _missing(
        "test_get_key_does_not_exist",
        NO_MULTI_REGION_KEY,
        f"Key '{KEY_ARN}{NO_MULTI_REGION_KEY}' does not exist",
    ),
    *(
        _missing("test_get_key_invalid_uuid", id, f"Invalid keyId '{id}'")
        for id in ("fake-key-id", "134f2428cec14b25a1ae9048164dba47", "mrk-fake-key-id")
    ),
    Recorded(
        "test_create_alias",
        "CreateAlias",
        {"AliasName": "wrong", "TargetKeyId": "key"},
        "ValidationException",
        'Alias must start with the prefix "alias/". Please see '
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    ),
    Recorded(
        "test_hmac_create_key_invalid_operations",
        "CreateKey",
        {"KeySpec": "HMAC_256"},
        "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    ),
    Recorded(
        "test_hmac_create_key_invalid_operations",
        "CreateKey",
        {"KeySpec": "HMAC_random", "KeyUsage": "GENERATE_VERIFY_MAC"},
        "ValidationException",
        f"{INVALID} 'HMAC_random' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: []",
    ),
    Recorded(
        "test_hmac_create_key_invalid_operations",
        "CreateKey",
        {"KeySpec": "HMAC_256", "KeyUsage": "RANDOM"},
        "ValidationException",
        f"{INVALID} 'RANDOM' at 'keyUsage' failed to satisfy constraint: Member must satisfy enum value set: []",
    ),
    Recorded(
        "test_error_messaging_for_invalid_keys",
        "Encrypt",
        {"KeyId": "ECC_NIST_P256", "Plaintext": b"1"},
        "InvalidKeyUsageException",
        "{ECC_NIST_P256} key usage is SIGN_VERIFY which is not valid for Encrypt.",
    ),
    Recorded(
        "test_error_messaging_for_invalid_keys",
        "Decrypt",
        {"KeyId": "HMAC_256", "CiphertextBlob": b"{sealed}"},
        "IncorrectKeyException",
        OTHER_KEY,
    ),
    Recorded(
        "test_plaintext_size_for_encrypt",
        "Encrypt",
        {"KeyId": "key", "Plaintext": b"1" * 4097},
        "ValidationException",
        f"{INVALID} at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    ),
    *(
        Recorded(
            test, "Decrypt", {"CiphertextBlob": blob}, "InvalidCiphertextException", ""
        )
        for test, blob in (
            ("test_encrypt_decrypt_encryption_context", b"{sealed}"),
            ("test_encrypt_decrypt_encryption_context", b"{damaged}"),
            ("test_encryption_context_generate_data_key", b"{data key}"),
            ("test_encryption_context_generate_data_key_without_plaintext", b"{data key}"),
            ("test_key_rotations_encryption_decryption", b"{damaged}"),
        )
    ),
    Recorded(
        "test_tag_key_with_duplicate_tag_keys_raises_error",
        "TagResource",
        {"KeyId": "key", "Tags": (*_tags(tag1="value1"), *_tags(tag1="another-value1"))},
        "TagException",
        "Duplicate tag keys",
    ),
    Recorded(
        "test_create_key_with_too_many_tags_raises_error",
        "CreateKey",
        {"Tags": _tags(**{f"key{n}": f"value{n}" for n in range(51)})},
        "TagException",
        "Too many tags",
    ),
    Recorded(
        "test_tag_existing_key_with_invalid_tag_key",
        "TagResource",
        {"KeyId": "key", "Tags": _tags(**{"aws:key1": "value1"})},
        "TagException",
        RESERVED,
    ),
    *(
        Recorded(
            "test_create_key_with_invalid_tag_key",
            "CreateKey",
            {"Tags": _tags(**{key: "value1"})},
            "TagException",
            RESERVED,
        )
        for key in ("aws:key1", "AWS:key1")
    ),
    Recorded(
        "test_create_key_with_invalid_tag_key",
        "CreateKey",
        {"Tags": _tags(**{"a" * 129: "value1"})},
        "ValidationException",
        f"{INVALID} '{'a' * 129}' at 'tags.1.member.tagKey' failed to satisfy constraint: "
        "Member must have length less than or equal to 128",
    ),
    Recorded(
        "test_key_with_long_tag_value_raises_error",
        "CreateKey",
        {"Tags": _tags(tag1="v" * 257)},
        "ValidationException",
        f"{INVALID} '{'v' * 257}' at 'tags.1.member.tagValue' failed to satisfy constraint: "
        "Member must have length less than or equal to 256",
    ),
    Recorded(
        "test_re_encrypt_incorrect_source_key",
        "ReEncrypt",
        {
            "CiphertextBlob": b"{sealed}",
            "SourceKeyId": "other",
            "DestinationKeyId": "other",
        },
        "IncorrectKeyException",
        OTHER_KEY,
    ),
]
SPECS = {
    "key": {},
    "other": {},
    "HMAC_256": {"KeyUsage": "GENERATE_VERIFY_MAC"},
    "ECC_NIST_P256": {"KeyUsage": "SIGN_VERIFY"},
    **{f"RSA_{bits}": {"KeyUsage": "ENCRYPT_DECRYPT"} for bits in (2048, 3072, 4096)},
}


@cache
def _shop() -> tuple[Shop, dict[str, str], dict[bytes, bytes]]:
    """A shop with a key of each spec, their ids, and ciphertexts."""
    shop = Shop()
    ids: dict[str, str] = {}
    for name, parameters in SPECS.items():
        spec = {"KeySpec": name} if parameters else {}
        answer = shop.call("kms", "CreateKey", **spec, **parameters).answer
        ids[name] = answer.body["KeyMetadata"]["KeyId"]  # type: ignore[union-attr, index, call-overload, assignment]
    context = {"shop": "main"}
    sealed = shop.call(
        "kms", "Encrypt", KeyId=ids["key"], Plaintext=b"1", EncryptionContext=context
    ).answer.body["CiphertextBlob"]  # type: ignore[union-attr]
    data_key = shop.call(
        "kms",
        "GenerateDataKey",
        KeyId=ids["key"],
        KeySpec="AES_256",
        EncryptionContext=context,
    ).answer.body["CiphertextBlob"]  # type: ignore[union-attr]
    assert isinstance(sealed, bytes)
    assert isinstance(data_key, bytes)
    blobs = {
        b"{sealed}": sealed,
        b"{damaged}": sealed[:-1] + b"?",
        b"{data key}": data_key,
    }
    return shop, ids, blobs


@each_row((recorded,) for recorded in RECORDED)
def test_kms_refuses_in_the_words_that_were_recorded(recorded: Recorded):
    shop, ids, blobs = _shop()
    parameters = {
        name: ids.get(value, value)
        if isinstance(value, str) and name.endswith("Id")
        else value
        for name, value in recorded.parameters.items()
    }
    parameters = {
        name: blobs.get(value, value) if isinstance(value, bytes) else value
        for name, value in parameters.items()
    }
    answer = shop.call("kms", recorded.operation, **parameters).answer
    assert isinstance(answer, ServiceError), answer
    text = re.sub(r"enum value set: \[.*\]", "enum value set: []", answer.message)
    wanted = re.sub(r"\{(\w+)\}", lambda name: KEY_ARN + ids[name[1]], recorded.text)
    assert (answer.code, text, answer.status) == (recorded.code, wanted, 400)
