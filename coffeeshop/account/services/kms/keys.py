"""KMS keys: create, describe, enable and disable, delete, rotate and tag them.

https://docs.aws.amazon.com/kms/latest/developerguide/getting-started.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access.kms_requests import SYMMETRIC_SPEC, key_usage, new_key_id
from coffeeshop.account.access.managed_keys import S3_ALIAS, with_s3_key
from coffeeshop.account.ciphertexts import key_material_id
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.resources import KmsKey
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.kms.aliases import OF_AWS
from coffeeshop.account.services.kms.key_policies import checked_policy, default_policy
from coffeeshop.account.services.kms.lookups import (
    format_date,
    has_keys,
    is_deleted,
    key_arn,
    kms_error,
    kms_page,
    named_key,
    refuse_other_region,
    refuse_pending_deletion,
    refuse_unusable,
    with_key,
)
from coffeeshop.account.services.tagging import MOST_TAGS, remove_tags
from coffeeshop.account.values import JsonObject, Tags
from coffeeshop.policy.model import Standing, Values

RSA_SPECS = ("RSA_2048", "RSA_3072", "RSA_4096")
RSA_CIPHERS = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
RSA_SIGNATURES = tuple(
    f"RSASSA_{scheme}_SHA_{size}"
    for scheme in ("PKCS1_V1_5", "PSS")
    for size in (256, 384, 512)
)
# https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
# By usage: the specs of its keys, with the member of the metadata that lists their algorithms.
ALGORITHMS_BY_USAGE: Mapping[str, tuple[str, Mapping[str, Values]]] = {
    "ENCRYPT_DECRYPT": (
        "EncryptionAlgorithms",
        {SYMMETRIC_SPEC: (SYMMETRIC_SPEC,), **dict.fromkeys(RSA_SPECS, RSA_CIPHERS)},
    ),
    "SIGN_VERIFY": (
        "SigningAlgorithms",
        {
            **dict.fromkeys(RSA_SPECS, RSA_SIGNATURES),
            "ECC_NIST_P256": ("ECDSA_SHA_256",),
            "ECC_SECG_P256K1": ("ECDSA_SHA_256",),
            "ECC_NIST_P384": ("ECDSA_SHA_384",),
            "ECC_NIST_P521": ("ECDSA_SHA_512",),
            "ECC_NIST_EDWARDS25519": ("ED25519_SHA_512", "ED25519_PH_SHA_512"),
            **dict.fromkeys(("ML_DSA_44", "ML_DSA_65", "ML_DSA_87"), ("ML_DSA_SHAKE_256",)),
        },
    ),
    "GENERATE_VERIFY_MAC": (
        "MacAlgorithms",
        {f"HMAC_{size}": (f"HMAC_SHA_{size}",) for size in (224, 256, 384, 512)},
    ),
    "KEY_AGREEMENT": (
        "KeyAgreementAlgorithms",
        {f"ECC_NIST_P{size}": ("ECDH",) for size in (256, 384, 521)},
    ),
}
ROTATION_DAYS = 365  # days: how often a key rotates by default
DELETION_WINDOW = (7, 30)  # days until a key is deleted, at least and at most

OPERATIONS = Operations()


@OPERATIONS.add_with_standing("CreateKey")
def create_key(account: Account, act: Act, standing: Standing) -> Change:
    """Create a key, with the default key policy if the call brings none.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
    """
    call = act.call
    refuse_other_region(call)
    spec, usage = key_usage(call)
    _refuse_misfit(call, spec, usage)
    tags = _checked_tags({}, call)
    account_after, id = new_key_id(account)
    text = call.text("Policy")
    policy = default_policy(account)
    if text:
        policy = checked_policy(account, act, standing, id, text)
    key = KmsKey(id, act.at, policy, call.text("Description"), spec, usage, tags=tags)
    account_after = with_key(account_after, key)
    return account_after, Reply({"KeyMetadata": key_metadata(account_after, key)})


def _refuse_misfit(call: Call, spec: str, usage: str) -> None:
    """Raise ValidationException for a usage that the spec doesn't have. SM2 keys, which are for China, aren't simulated."""
    if not any(spec in specs for _, specs in ALGORITHMS_BY_USAGE.values()):
        text = f"The key spec {spec} is not simulated in this account."
        raise errors.service_error("NotSimulated", text)
    if spec != SYMMETRIC_SPEC and "KeyUsage" not in call.parameters:
        text = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        raise kms_error("Validation", text)
    _, specs = ALGORITHMS_BY_USAGE.get(usage, ("", {}))
    if spec not in specs:
        text = f"KeyUsage {usage} is not compatible with KeySpec {spec}"
        raise kms_error("Validation", text)


def key_metadata(account: Account, key: KmsKey) -> JsonObject:
    """Return a key as DescribeKey answers it."""
    if key.deleted_at:
        state = "PendingDeletion"
    else:
        state = "Enabled" if key.enabled else "Disabled"
    algorithms, specs = ALGORITHMS_BY_USAGE[key.usage]
    metadata: JsonObject = {
        "AWSAccountId": account.id,
        "KeyId": key.id,
        "Arn": key_arn(account, key),
        "CreationDate": format_date(key.created),
        "Enabled": state == "Enabled",
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": state,
    }
    if key.deleted_at:
        metadata["DeletionDate"] = format_date(key.deleted_at)
    metadata |= {
        "Origin": "AWS_KMS",
        "KeyManager": key.manager,
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        algorithms: specs[key.spec],
        "MultiRegion": False,
    }
    if key.spec == SYMMETRIC_SPEC and not key.deleted_at:
        metadata["CurrentKeyMaterialId"] = key_material_id(account, key)
    return metadata


@OPERATIONS.add("DescribeKey")
def describe_key(account: Account, act: Act) -> Change:
    """Describe a key. For an alias of AWS's without a key, AWS makes one first.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
    """
    account = _with_managed_key(account, act)
    key = named_key(account, act)
    return account, Reply({"KeyMetadata": key_metadata(account, key)})


def _with_managed_key(account: Account, act: Act) -> Account:
    """Return the account with the key of the service that a call names by AWS's own alias.

    Raise NotSimulated for other services than S3.
    """
    region = act.call.origin.region
    alias = act.call.text("KeyId").removeprefix(ids.arn(account, "kms-alias", "", region))
    if not alias.startswith(OF_AWS):
        return account
    refuse_other_region(act.call)
    if alias in account.kms_aliases:
        return account
    if alias == S3_ALIAS:
        return with_s3_key(account, act.at)
    text = f"The key of {alias} is not simulated in this account."
    raise errors.service_error("NotSimulated", text)


@OPERATIONS.add("ListKeys")
def list_keys(account: Account, act: Act) -> Change:
    keys = account.kms_keys
    present_ids = [
        id for id, key in keys.items() if has_keys(act.call) and not is_deleted(key, act.at)
    ]
    page = kms_page(
        act.call,
        "Keys",
        present_ids,
        lambda id: {"KeyId": id, "KeyArn": key_arn(account, keys[id])},
    )
    return account, page


@OPERATIONS.add("UpdateKeyDescription")
def update_key_description(account: Account, act: Act) -> Change:
    key = _changeable_key(account, act)
    key = replace(key, description=act.call.text("Description"))
    return with_key(account, key), EMPTY_REPLY


def _changeable_key(account: Account, act: Act) -> KmsKey:
    """Return the named key. Raise KMSInvalidStateException if it is pending deletion."""
    key = named_key(account, act)
    refuse_pending_deletion(account, key)
    return key


@OPERATIONS.add("EnableKey")
def enable_key(account: Account, act: Act) -> Change:
    key = _changeable_key(account, act)
    return with_key(account, replace(key, enabled=True)), EMPTY_REPLY


@OPERATIONS.add("DisableKey")
def disable_key(account: Account, act: Act) -> Change:
    key = _changeable_key(account, act)
    return with_key(account, replace(key, enabled=False)), EMPTY_REPLY


@OPERATIONS.add("ScheduleKeyDeletion")
def schedule_key_deletion(account: Account, act: Act) -> Change:
    """Make a key unusable, and delete it after 7 to 30 days.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
    """
    key = _changeable_key(account, act)
    least, most = DELETION_WINDOW
    days = act.call.number("PendingWindowInDays", most)
    if not least <= days <= most:
        text = f"PendingWindowInDays must be between {least} and {most}."  # uncertain
        raise kms_error("Validation", text)
    key = replace(key, deleted_at=act.at + timedelta(days=days), window=days)
    body = {
        "KeyId": key_arn(account, key),
        "DeletionDate": format_date(act.at + timedelta(days=days)),
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }
    return with_key(account, key), Reply(body)


@OPERATIONS.add("CancelKeyDeletion")
def cancel_key_deletion(account: Account, act: Act) -> Change:
    """Keep a key that waits for its deletion. It is disabled afterwards."""
    key = named_key(account, act)
    arn = key_arn(account, key)
    if key.deleted_at is None:
        raise kms_error("KMSInvalidState", f"{arn} is not pending deletion.")
    key = replace(key, enabled=False, deleted_at=None, window=0)
    return with_key(account, key), Reply({"KeyId": arn})


# -------------------------------------------------------------------- rotation
def _rotating_key(account: Account, act: Act) -> KmsKey:
    """Return the named key. Raise UnsupportedOperationException unless AWS can rotate it."""
    key = named_key(account, act)
    if key.spec != SYMMETRIC_SPEC:
        raise kms_error("UnsupportedOperation")
    return key


@OPERATIONS.add("EnableKeyRotation")
def enable_key_rotation(account: Account, act: Act) -> Change:
    """Let AWS replace a key's material, by default once a year. Old ciphertexts stay readable."""
    key = _rotating_key(account, act)
    refuse_unusable(account, key)
    days = act.call.number("RotationPeriodInDays", ROTATION_DAYS)
    key = replace(key, rotation_days=days, rotation_since=act.at)
    return with_key(account, key), EMPTY_REPLY


@OPERATIONS.add("DisableKeyRotation")
def disable_key_rotation(account: Account, act: Act) -> Change:
    key = _rotating_key(account, act)
    refuse_unusable(account, key)
    key = replace(key, rotation_days=0, rotation_since=None)
    return with_key(account, key), EMPTY_REPLY


@OPERATIONS.add("GetKeyRotationStatus")
def get_key_rotation_status(account: Account, act: Act) -> Change:
    """Tell whether a key rotates, and when next. A key that is pending deletion doesn't, until its deletion is canceled.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
    """
    key = _rotating_key(account, act)
    rotates = bool(key.rotation_days) and not key.deleted_at
    body: JsonObject = {"KeyRotationEnabled": rotates, "KeyId": key.id}
    if rotates and key.rotation_since:
        days_since = (act.at - key.rotation_since) // timedelta(days=1)
        rotations = days_since // key.rotation_days + 1
        following = key.rotation_since + timedelta(days=rotations * key.rotation_days)
        body["RotationPeriodInDays"] = key.rotation_days
        body["NextRotationDate"] = format_date(following)
    return account, Reply(body)


# ------------------------------------------------------------------------ tags
def _checked_tags(tags: Tags, call: Call) -> Tags:
    """Return the tags with the call's added. Raise TagException."""
    new_tags = call.tags
    if len(new_tags) < len(call.rows("Tags")):
        raise kms_error("Tag", "Duplicate tag keys")
    if any(key.lower().startswith("aws:") for key in new_tags):
        raise kms_error("Tag", "Tags beginning with aws: are reserved")
    all_tags = {**tags, **new_tags}
    if len(all_tags) > MOST_TAGS:
        raise kms_error("Tag", "Too many tags")
    return all_tags


@OPERATIONS.add("TagResource")
def tag_resource(account: Account, act: Act) -> Change:
    key = _changeable_key(account, act)
    key = replace(key, tags=_checked_tags(key.tags, act.call))
    return with_key(account, key), EMPTY_REPLY


@OPERATIONS.add("UntagResource")
def untag_resource(account: Account, act: Act) -> Change:
    key = _changeable_key(account, act)
    key = replace(key, tags=remove_tags(key.tags, act.call))
    return with_key(account, key), EMPTY_REPLY


@OPERATIONS.add("ListResourceTags")
def list_resource_tags(account: Account, act: Act) -> Change:
    tags = named_key(account, act).tags
    page = kms_page(
        act.call,
        "Tags",
        tags,
        lambda key: {"TagKey": key, "TagValue": tags[key]},
    )
    return account, page
