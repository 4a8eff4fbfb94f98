"""Look up what a KMS call names, or raise KMS's refusal.

The texts are as LocalStack's tests recorded them from AWS (tests/aws/services/kms, 2023 to 2025), where
they aren't marked as uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access.kms_requests import BY_ALIAS, KEY_ID, find_named_key
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import KmsKey
from coffeeshop.account.services.paging import page_of_names
from coffeeshop.account.values import Json, JsonObject

MULTI_REGION_ID = re.compile(r"mrk-[0-9a-f]{32}")


def kms_error(code: str, text: str = "") -> ServiceError:
    """Return an error of KMS. Its codes end in "Exception", and their HTTP status is 400."""
    return errors.service_error(f"{code}Exception", text)


def named_key(account: Account, act: Act, parameter: str = "KeyId") -> KmsKey:
    """Return the key that a call names by id, ARN or, where AWS takes one, by alias. Raise NotFoundException."""
    text = act.call.text(parameter)
    takes_alias = act.call.operation in BY_ALIAS
    region = act.call.origin.region
    return key_named(account, text, act.at, takes_alias=takes_alias, region=region)


def key_named(
    account: Account,
    text: str,
    at: datetime,
    *,
    takes_alias: bool = True,
    region: str = ids.REGION,
) -> KmsKey:
    """Return the key that a key id, an ARN or an alias names in a Region. `takes_alias` False: an alias isn't accepted.

    Raise NotFoundException, also if the key is deleted by `at`.
    """
    if "alias/" in text and not takes_alias:
        raise kms_error("NotFound", f"Invalid keyId '{text}'")  # uncertain
    if text.startswith("arn:"):
        named_region = "".join(text.split(":")[3:4])
        if named_region != region:
            raise kms_error("NotFound", f"Invalid arn {named_region}")
    named = find_named_key(account, text, region)
    if named.alias and named.key is None:
        raise missing_alias(named.arn)
    id = named.arn.rpartition("/")[2]
    if not (KEY_ID.fullmatch(id) or MULTI_REGION_ID.fullmatch(id)):
        raise kms_error("NotFound", f"Invalid keyId '{id}'")
    if named.key is None or is_deleted(named.key, at):
        raise kms_error("NotFound", f"Key '{named.arn}' does not exist")
    return named.key


def has_keys(call: Call) -> bool:
    """Return whether a call goes to the Region that has all keys."""
    return call.origin.region == ids.REGION


def refuse_other_region(call: Call) -> None:
    """Raise NotSimulated outside of the Region that has all keys."""
    if not has_keys(call):
        region = call.origin.region
        text = f"KMS keys in {region} are not simulated in this account: all are in {ids.REGION}."
        raise errors.service_error("NotSimulated", text)


def missing_alias(arn: str) -> ServiceError:
    """Return the refusal of an alias that doesn't exist."""
    return kms_error("NotFound", f"Alias {arn} is not found.")


def is_deleted(key: KmsKey, at: datetime) -> bool:
    """Return whether a key's scheduled deletion has happened."""
    return key.deleted_at is not None and key.deleted_at <= at


def key_arn(account: Account, key: KmsKey) -> str:
    """Return the ARN of a key of this account."""
    return ids.arn(account, "kms-key", key.id)


def refuse_pending_deletion(account: Account, key: KmsKey) -> None:
    """Raise KMSInvalidStateException if the key waits for its deletion."""
    if key.deleted_at:
        text = f"{key_arn(account, key)} is pending deletion."
        raise kms_error("KMSInvalidState", text)


def refuse_unusable(account: Account, key: KmsKey) -> None:
    """Raise unless the key is enabled.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    refuse_pending_deletion(account, key)
    if not key.enabled:
        raise kms_error("Disabled", f"{key_arn(account, key)} is disabled.")


def refuse_dry_run(call: Call) -> None:
    """Raise DryRunOperationException if the call was only a trial."""
    if call.parameters.get("DryRun") is True:
        text = "The request would have succeeded, but the DryRun option is set."
        raise kms_error("DryRunOperation", text)


def with_key(account: Account, key: KmsKey) -> Account:
    """Return the account with that key, new or changed."""
    return replace(account, kms_keys=account.kms_keys.put(key.id, key))


def format_date(at: datetime) -> str:
    """Return a date as the AWS CLI prints it."""
    return format_timestamp(at)


def kms_page(
    call: Call, member: str, names: Iterable[str], item_shape: Callable[[str], Json]
) -> Reply:
    """Return one page of a list of KMS.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
    """
    items, marker = page_of_names(
        call, names, "Marker", call.number("Limit", 100), _invalid_marker
    )
    shapes: Json = tuple(map(item_shape, items))
    body: JsonObject = {member: shapes, "Truncated": bool(marker)}
    if marker:
        body["NextMarker"] = marker
    return Reply(body)


def _invalid_marker(text: str) -> ServiceError:
    return kms_error("InvalidMarker", text)  # uncertain, of the text
