"""The requests of KMS's operations, with the context keys about keys, aliases, encryption contexts and grants.

https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from coffeeshop.account import ids
from coffeeshop.account.access.data_requests import Context, request_tags, resource_tags
from coffeeshop.account.ciphertexts import ciphertext_key_id
from coffeeshop.account.model import Account, Call
from coffeeshop.account.resources import KmsGrant, KmsKey
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Request

KMS_ARN_PATTERN = re.compile(r"arn:aws:kms:([a-z0-9-]*):(\d{12}):((?:key|alias)/.+)")
KEY_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Operations with cryptography, which take an encryption context.
CRYPTOGRAPHIC_OPERATIONS = frozenset(
    {"Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"}
    | {"ReEncryptFrom", "ReEncryptTo"}
)
# Operations that also take an alias for a key.
BY_ALIAS = frozenset(CRYPTOGRAPHIC_OPERATIONS | {"DescribeKey", "ReEncrypt"})
# Operations that are about a grant, in which kms:GrantIsForAWSResource counts.
ABOUT_GRANTS = frozenset({"CreateGrant", "ListGrants", "RevokeGrant"})
SYMMETRIC_SPEC = "SYMMETRIC_DEFAULT"


class NamedKey(Struct, frozen=True):
    """What a call names as its key: the ARN that is authorized, the key if it exists, and the alias that was used.

    `home` is the account that owns it, as far as it is simulated.
    """

    arn: str
    home: Account | None
    key: KmsKey | None
    alias: str = ""


def find_named_key(account: Account, text: str, region: str = ids.REGION) -> NamedKey:
    """Return what a key id, the ARN of a key, an alias or the ARN of an alias names in a Region.

    All keys are in `ids.REGION`, so no other Region has one.
    """
    arn = KMS_ARN_PATTERN.fullmatch(text)
    home: Account | None = account
    name = text
    if arn:
        home = account if arn[2] == account.id else account.others.get(arn[2])
        name = arn[3]
    if home is None:
        return NamedKey(text, None, None)
    if region != ids.REGION:
        return _missing_key(home, name, region)
    if name.startswith("alias/"):
        alias = home.kms_aliases.get(name)
        if alias is None:
            return NamedKey(ids.arn(home, "kms-alias", name), home, None, name)
        id = alias.key
        used_alias = name
    else:
        id = name.removeprefix("key/")
        used_alias = ""
    key = home.kms_keys.get(id)
    return NamedKey(ids.arn(home, "kms-key", id), home, key, used_alias)


def _missing_key(home: Account, name: str, region: str) -> NamedKey:
    """Return what a name names in a Region without keys."""
    if name.startswith("alias/"):
        return NamedKey(ids.arn(home, "kms-alias", name, region), home, None, name)
    id = name.removeprefix("key/")
    return NamedKey(ids.arn(home, "kms-key", id, region), home, None)


def find_ciphertext_key(account: Account, ciphertext: bytes) -> NamedKey:
    """Return the key that made a ciphertext, in whichever of these accounts it is."""
    id = ciphertext_key_id(ciphertext)
    for home in (account, *account.others.values()):
        if id in home.kms_keys:
            return find_named_key(account, ids.arn(home, "kms-key", id))
    return NamedKey("*", None, None)


def alias_names(home: Account, key: KmsKey) -> tuple[str, ...]:
    """Return the names of the aliases of a key."""
    return tuple(alias.name for alias in home.kms_aliases.values() if alias.key == key.id)


def text_map(value: Mapping[str, Json]) -> dict[str, str]:
    """Return a parameter that maps texts to texts, such as an encryption context."""
    return {name: str(text) for name, text in value.items()}


def key_context(named: NamedKey) -> Context:
    """Return the context keys about a key itself."""
    key = named.key
    if key is None or named.home is None:
        return {}
    context: Context = {
        "kms:KeySpec": (key.spec,),
        "kms:KeyUsage": (key.usage,),
        "kms:KeyOrigin": ("AWS_KMS",),
        "kms:MultiRegion": ("false",),
        **resource_tags(key.tags, "aws:"),
    }
    if aliases := alias_names(named.home, key):
        context["kms:ResourceAliases"] = aliases
    return context


def encryption_context_keys(context: Mapping[str, str]) -> Context:
    """Return the context keys of an encryption context: each of its pairs, and its keys."""
    pairs: Context = {
        f"kms:EncryptionContext:{name}": (value,) for name, value in context.items()
    }
    if context:
        pairs["kms:EncryptionContextKeys"] = tuple(context)
    return pairs


def cryptographic_request(
    named: NamedKey, action: str, context: Mapping[str, str], algorithm: str = ""
) -> Request:
    """Return the request for one use of a key, with its encryption context."""
    keys = key_context(named) | encryption_context_keys(context)
    keys["kms:EncryptionAlgorithm"] = (algorithm or SYMMETRIC_SPEC,)
    if named.alias:
        keys["kms:RequestAlias"] = (named.alias,)
    return Request(f"kms:{action}", named.arn, keys)


# ------------------------------------------------------------------ operations
def kms_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the request of most KMS calls: their own action, on the key that they name."""
    named = find_named_key(account, call.text("KeyId"), call.origin.region)
    if call.operation in CRYPTOGRAPHIC_OPERATIONS:
        context = text_map(call.map("EncryptionContext"))
        algorithm = call.text("EncryptionAlgorithm")
        yield cryptographic_request(named, call.operation, context, algorithm)
        return
    keys = {**key_context(named), **request_tags(call), **_parameter_keys(call)}
    if named.alias and call.operation in BY_ALIAS:
        keys["kms:RequestAlias"] = (named.alias,)
    if call.operation in ABOUT_GRANTS:
        keys["kms:GrantIsForAWSResource"] = ("false",)
    yield Request(f"kms:{call.operation}", named.arn, keys)


PARAMETER_KEYS = {  # a parameter -> its context key, by operation
    "PutKeyPolicy": {},
    "ScheduleKeyDeletion": {
        "PendingWindowInDays": "kms:ScheduleKeyDeletionPendingWindowInDays"
    },
    "EnableKeyRotation": {"RotationPeriodInDays": "kms:RotationPeriodInDays"},
    "CreateGrant": {
        "GranteePrincipal": "kms:GranteePrincipal",
        "RetiringPrincipal": "kms:RetiringPrincipal",
    },
}


def _parameter_keys(call: Call) -> Context:
    """Return the context keys for the parameters of a call."""
    context: Context = {
        key: (str(call.parameters[name]),)
        for name, key in PARAMETER_KEYS.get(call.operation, {}).items()
        if name in call.parameters
    }
    if call.operation in {"PutKeyPolicy", "CreateKey"}:
        bypasses = call.parameters.get("BypassPolicyLockoutSafetyCheck") is True
        context["kms:BypassPolicyLockoutSafetyCheck"] = ("true" if bypasses else "false",)
    if call.operation == "CreateGrant":
        context["kms:GrantOperations"] = call.words("Operations")
        for constraint, pairs in grant_constraints(call).items():
            context["kms:GrantConstraintType"] = (constraint,)
            context |= encryption_context_keys(pairs)
    return context


def grant_constraints(call: Call) -> dict[str, dict[str, str]]:
    """Return the constraints that CreateGrant gives: type -> pairs of an encryption context."""
    return {
        name: text_map(pairs)
        for name, pairs in call.map("Constraints").items()
        if isinstance(pairs, Mapping)
    }


def new_key_id(account: Account) -> tuple[Account, str]:
    """Return the id of the next key. It depends on how many keys were created before."""
    account, drawn = ids.draw_next_bytes(account, "kms-key", "")
    return account, ids.format_uuid(drawn)


def key_usage(call: Call) -> tuple[str, str]:
    """Return the spec and the usage of the key that CreateKey makes."""
    spec = call.text("KeySpec") or call.text("CustomerMasterKeySpec") or SYMMETRIC_SPEC
    return spec, call.text("KeyUsage") or "ENCRYPT_DECRYPT"


def create_key_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the request of CreateKey. A key with tags also needs to be tagged."""
    spec, usage = key_usage(call)
    context: Context = {
        **request_tags(call),
        **_parameter_keys(call),
        "kms:KeySpec": (spec,),
        "kms:KeyUsage": (usage,),
        "kms:KeyOrigin": ("AWS_KMS",),
        "kms:MultiRegion": ("false",),
    }
    yield Request("kms:CreateKey", "*", context)
    if call.tags:
        _, id = new_key_id(account)
        yield Request("kms:TagResource", ids.arn(account, "kms-key", id), context)


def alias_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a call's action on its alias, on the key that the alias has, and on the key that it gets.

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html
    """
    action = f"kms:{call.operation}"
    name = call.text("AliasName")
    region = call.origin.region
    yield Request(action, ids.arn(account, "kms-alias", name, region))
    named_keys = [find_named_key(account, call.text("TargetKeyId"), region)]
    if call.operation != "CreateAlias":
        named_keys.insert(0, find_named_key(account, name, region))
    distinct_keys = {named.arn: named for named in named_keys if named.key}
    for named in distinct_keys.values():
        yield Request(action, named.arn, key_context(named))


def decrypt_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the request of Decrypt: on the key that the call names, or else on the one that made the ciphertext."""
    named = _source_key(account, call, "KeyId")
    context = text_map(call.map("EncryptionContext"))
    yield cryptographic_request(named, "Decrypt", context, call.text("EncryptionAlgorithm"))


def _source_key(account: Account, call: Call, parameter: str) -> NamedKey:
    """Return the key of a ciphertext, as the call names it or as the ciphertext says."""
    if text := call.text(parameter):
        return find_named_key(account, text, call.origin.region)
    ciphertext = call.parameters.get("CiphertextBlob")
    return find_ciphertext_key(
        account, ciphertext if isinstance(ciphertext, bytes) else b""
    )


def re_encrypt_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests of ReEncrypt: to decrypt with the one key, and to encrypt with the other.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
    """
    source = _source_key(account, call, "SourceKeyId")
    target = find_named_key(account, call.text("DestinationKeyId"), call.origin.region)
    is_same = "true" if source.arn == target.arn else "false"
    for named, action, side in (
        (source, "ReEncryptFrom", "Source"),
        (target, "ReEncryptTo", "Destination"),
    ):
        pairs = text_map(call.map(f"{side}EncryptionContext"))
        algorithm = call.text(f"{side}EncryptionAlgorithm")
        request = cryptographic_request(named, action, pairs, algorithm)
        context = {**request.context, "kms:ReEncryptOnSameKey": (is_same,)}
        yield Request(request.action, request.resource, context)


def retire_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the request of RetireGrant, on the key of the grant."""
    named, _ = find_retired_grant(account, call)
    yield Request("kms:RetireGrant", named.arn, key_context(named))


def find_retired_grant(account: Account, call: Call) -> tuple[NamedKey, KmsGrant | None]:
    """Return the key and the grant that RetireGrant names, by the grant's token or by key and id."""
    if text := call.text("KeyId"):
        named = find_named_key(account, text, call.origin.region)
        grants = named.key.grants if named.key else ()
        return named, next((g for g in grants if g.id == call.text("GrantId")), None)
    if call.origin.region != ids.REGION:
        return NamedKey("*", None, None), None
    token = call.text("GrantToken")
    for home in (account, *account.others.values()):
        for key in home.kms_keys.values():
            for grant in key.grants:
                if token == grant_token(home, grant):
                    return NamedKey(ids.arn(home, "kms-key", key.id), home, key), grant
    return NamedKey("*", None, None), None


def grant_token(home: Account, grant: KmsGrant) -> str:
    """Return the token of a grant, drawn from the account's seed."""
    return "".join(
        ids.draw_letters(home.seed, 51, "grant token", grant.id, part) for part in range(3)
    )
