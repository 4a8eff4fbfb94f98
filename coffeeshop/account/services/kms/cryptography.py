"""Encrypt and decrypt with KMS keys, and make data keys. The ciphertexts are simulated.

https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html
"""

from __future__ import annotations

from coffeeshop.account.access.kms_requests import (
    SYMMETRIC_SPEC,
    NamedKey,
    find_ciphertext_key,
    find_named_key,
    text_map,
)
from coffeeshop.account.ciphertexts import (
    decrypt_bytes,
    draw_data_key,
    encrypt_bytes,
    key_material_id,
)
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import KmsKey
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.kms.lookups import (
    has_keys,
    key_arn,
    key_named,
    kms_error,
    named_key,
    refuse_dry_run,
    refuse_unusable,
)
from coffeeshop.account.values import JsonObject

DATA_KEY_SIZES = {"AES_128": 16, "AES_256": 32}  # bytes
# https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
HASH_SIZES = {"RSAES_OAEP_SHA_1": 20, "RSAES_OAEP_SHA_256": 32}  # bytes
OTHER_KEY = (
    "The key ID in the request does not identify a CMK that can perform this operation."
)
UNKNOWN_KEY = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you "
    "are not allowed to access."
)

OPERATIONS = Operations()


def _blob(call: Call, parameter: str) -> bytes:
    """Return a parameter that is bytes."""
    value = call.parameters.get(parameter)
    return value if isinstance(value, bytes) else b""


def _usable_key(account: Account, act: Act, parameter: str = "KeyId") -> KmsKey:
    """Return the named key, if it is enabled and made for encryption."""
    key = named_key(account, act, parameter)
    refuse_unusable(account, key)
    if key.usage != "ENCRYPT_DECRYPT":
        raise _wrong_usage(account, key, act.call)
    return key


def _wrong_usage(account: Account, key: KmsKey, call: Call) -> ServiceError:
    """Return the refusal of a key that isn't for encryption."""
    text = f"{key_arn(account, key)} key usage is {key.usage} which is not valid for {call.operation}."
    return kms_error("InvalidKeyUsage", text)


def _symmetric_key(account: Account, act: Act) -> KmsKey:
    """Return the named key, if it can make data keys."""
    key = _usable_key(account, act)
    if key.spec != SYMMETRIC_SPEC:
        text = f"{key_arn(account, key)} key spec is {key.spec} which is not valid for {act.call.operation}."
        raise kms_error("InvalidKeyUsage", text)  # uncertain, of the text
    return key


def _checked_algorithm(key: KmsKey, call: Call, parameter: str, size: int = 0) -> str:
    """Return the algorithm of a call. Raise unless the key has it and it takes so many bytes."""
    algorithm = call.text(parameter) or SYMMETRIC_SPEC
    is_symmetric = key.spec == SYMMETRIC_SPEC
    if is_symmetric != (algorithm == SYMMETRIC_SPEC):
        text = f"Algorithm {algorithm} is incompatible with key spec {key.spec}."
        raise kms_error("InvalidKeyUsage", text)
    if not is_symmetric:
        most = int(key.spec.removeprefix("RSA_")) // 8 - 2 * HASH_SIZES[algorithm] - 2
        if size > most:
            text = f"Algorithm {algorithm} and key spec {key.spec} cannot encrypt data larger than {most} bytes."
            raise kms_error("Validation", text)
    return algorithm


@OPERATIONS.add("Encrypt")
def encrypt(account: Account, act: Act) -> Change:
    call = act.call
    key = _usable_key(account, act)
    plaintext = _blob(call, "Plaintext")
    algorithm = _checked_algorithm(key, call, "EncryptionAlgorithm", len(plaintext))
    refuse_dry_run(call)
    context = text_map(call.map("EncryptionContext"))
    body: JsonObject = {
        "CiphertextBlob": encrypt_bytes(account, key, plaintext, context),
        "KeyId": key_arn(account, key),
        "EncryptionAlgorithm": algorithm,
    }
    return account, Reply(body)


def _decrypted(
    account: Account, act: Act, key_parameter: str, context_parameter: str
) -> tuple[Account, KmsKey, bytes]:
    """Return the account and the key that made a ciphertext, and its plaintext.

    Raise InvalidCiphertextException for other bytes and for another encryption context, and
    IncorrectKeyException if the call names another key.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
    """
    call = act.call
    ciphertext = _blob(call, "CiphertextBlob")
    text = call.text(key_parameter)
    source = find_ciphertext_key(account, ciphertext)
    if text:
        key = key_named(account, text, act.at, region=call.origin.region)
        refuse_unusable(account, key)
        if key.usage != "ENCRYPT_DECRYPT" or (source.key and source.key.id != key.id):
            raise kms_error("IncorrectKey", OTHER_KEY)
    if source.key and not has_keys(call):
        raise kms_error("AccessDenied", UNKNOWN_KEY)
    home, key = _existing_key(source, act)
    refuse_unusable(home, key)
    context = text_map(call.map(context_parameter))
    plaintext = decrypt_bytes(home, key, ciphertext, context)
    if plaintext is None:
        raise kms_error("InvalidCiphertext")
    return home, key, plaintext


def _existing_key(source: NamedKey, act: Act) -> tuple[Account, KmsKey]:
    """Return the account and the key of a ciphertext. Raise InvalidCiphertextException."""
    if source.home is None or source.key is None:
        raise kms_error("InvalidCiphertext")
    return source.home, key_named(source.home, source.key.id, act.at)


@OPERATIONS.add("Decrypt")
def decrypt(account: Account, act: Act) -> Change:
    home, key, plaintext = _decrypted(account, act, "KeyId", "EncryptionContext")
    algorithm = _checked_algorithm(key, act.call, "EncryptionAlgorithm")
    refuse_dry_run(act.call)
    body: JsonObject = {
        "KeyId": key_arn(home, key),
        "Plaintext": plaintext,
        "EncryptionAlgorithm": algorithm,
    }
    if key.spec == SYMMETRIC_SPEC:
        body["KeyMaterialId"] = key_material_id(home, key)
    return account, Reply(body)


@OPERATIONS.add("ReEncrypt")
def re_encrypt(account: Account, act: Act) -> Change:
    """Decrypt with one key and encrypt with another. The plaintext never leaves KMS."""
    call = act.call
    home, source, plaintext = _decrypted(
        account, act, "SourceKeyId", "SourceEncryptionContext"
    )
    named = find_named_key(account, call.text("DestinationKeyId"), call.origin.region)
    target_home = named.home or account
    target = _usable_key(account, act, "DestinationKeyId")
    source_algorithm = _checked_algorithm(source, call, "SourceEncryptionAlgorithm")
    algorithm = _checked_algorithm(
        target, call, "DestinationEncryptionAlgorithm", len(plaintext)
    )
    refuse_dry_run(call)
    context = text_map(call.map("DestinationEncryptionContext"))
    body: JsonObject = {
        "CiphertextBlob": encrypt_bytes(target_home, target, plaintext, context),
        "SourceKeyId": key_arn(home, source),
        "KeyId": key_arn(target_home, target),
        "SourceEncryptionAlgorithm": source_algorithm,
        "DestinationEncryptionAlgorithm": algorithm,
    }
    if source.spec == SYMMETRIC_SPEC:
        body["SourceKeyMaterialId"] = key_material_id(home, source)
    if target.spec == SYMMETRIC_SPEC:
        body["DestinationKeyMaterialId"] = key_material_id(target_home, target)
    return account, Reply(body)


def _data_key_size(call: Call) -> int:
    """Return the size of the wanted data key in bytes. Raise ValidationException unless the call says one size."""
    spec = call.text("KeySpec")
    size = call.number("NumberOfBytes")
    if bool(spec) == bool(size):
        text = "Please specify either number of bytes or key spec."
        raise kms_error("Validation", text)
    return DATA_KEY_SIZES[spec] if spec else size


@OPERATIONS.add("GenerateDataKey")
def generate_data_key(account: Account, act: Act) -> Change:
    """Make a data key, in plain and encrypted under the KMS key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
    """
    call = act.call
    key = _symmetric_key(account, act)
    size = _data_key_size(call)
    refuse_dry_run(call)
    context = text_map(call.map("EncryptionContext"))
    data_key = draw_data_key(account, key, size, context)
    body: JsonObject = {"CiphertextBlob": encrypt_bytes(account, key, data_key, context)}
    if call.operation == "GenerateDataKey":
        body["Plaintext"] = data_key
    body["KeyId"] = key_arn(account, key)
    body["KeyMaterialId"] = key_material_id(account, key)
    return account, Reply(body)


@OPERATIONS.add("GenerateDataKeyWithoutPlaintext")
def generate_data_key_without_plaintext(account: Account, act: Act) -> Change:
    """Make a data key, encrypted only."""
    return generate_data_key(account, act)
