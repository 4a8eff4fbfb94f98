"""Aliases: names for KMS keys, which can move from one key to another.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.account.resources import KmsAlias
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.kms.lookups import (
    format_date,
    has_keys,
    key_named,
    kms_error,
    kms_page,
    missing_alias,
    named_key,
    refuse_pending_deletion,
)
from coffeeshop.account.values import JsonObject

ALIAS_PREFIX = "alias/"
OF_AWS = "alias/aws/"
BAD_PREFIX = (
    'Alias must start with the prefix "alias/". Please see '
    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
)
ALIAS_PATTERN = re.compile(r"alias/[a-zA-Z0-9/_-]+")

OPERATIONS = Operations()


def _checked_name(call: Call) -> str:
    """Return the name of an alias that an account can have. Raise ValidationException, NotAuthorizedException."""
    name = call.text("AliasName")
    if not name.startswith(ALIAS_PREFIX):
        raise kms_error("Validation", BAD_PREFIX)
    if name.startswith(OF_AWS):
        raise kms_error("NotAuthorized")
    if not ALIAS_PATTERN.fullmatch(name):
        text = f"{name} contains invalid characters for an alias"
        raise kms_error("InvalidAliasName", text)  # uncertain
    return name


def _named_alias(account: Account, call: Call) -> KmsAlias:
    """Return the alias that a call names. Raise NotFoundException."""
    name = _checked_name(call)
    alias = account.kms_aliases.get(name)
    if alias is None or not has_keys(call):
        arn = ids.arn(account, "kms-alias", name, call.origin.region)
        raise missing_alias(arn)
    return alias


def with_alias(account: Account, alias: KmsAlias) -> Account:
    """Return the account with that alias, new or changed."""
    return replace(account, kms_aliases=account.kms_aliases.put(alias.name, alias))


@OPERATIONS.add("CreateAlias")
def create_alias(account: Account, act: Act) -> Change:
    name = _checked_name(act.call)
    if name in account.kms_aliases and has_keys(act.call):
        arn = ids.arn(account, "kms-alias", name)
        text = f"An alias with the name {arn} already exists"
        raise kms_error("AlreadyExists", text)
    key = named_key(account, act, "TargetKeyId")
    refuse_pending_deletion(account, key)
    return with_alias(account, KmsAlias(name, key.id, act.at, act.at)), EMPTY_REPLY


@OPERATIONS.add("UpdateAlias")
def update_alias(account: Account, act: Act) -> Change:
    """Move an alias to another key of the same spec and usage."""
    alias = _named_alias(account, act.call)
    key = named_key(account, act, "TargetKeyId")
    refuse_pending_deletion(account, key)
    old_key = account.kms_keys[alias.key]
    if (key.spec, key.usage) != (old_key.spec, old_key.usage):
        text = "The target key must have the key spec and key usage of the current one."
        raise kms_error("Validation", text)  # uncertain
    alias = replace(alias, key=key.id, updated=act.at)
    return with_alias(account, alias), EMPTY_REPLY


@OPERATIONS.add("DeleteAlias")
def delete_alias(account: Account, act: Act) -> Change:
    alias = _named_alias(account, act.call)
    return replace(account, kms_aliases=account.kms_aliases.drop(alias.name)), EMPTY_REPLY


@OPERATIONS.add("ListAliases")
def list_aliases(account: Account, act: Act) -> Change:
    """List the aliases of one key, or all of them."""
    aliases = account.kms_aliases
    text = act.call.text("KeyId")
    names = list(aliases) if has_keys(act.call) else []
    if text:
        region = act.call.origin.region
        key = key_named(account, text, act.at, takes_alias=False, region=region)
        names = [name for name in names if aliases[name].key == key.id]

    def alias_shape(name: str) -> JsonObject:
        alias = aliases[name]
        return {
            "AliasName": name,
            "AliasArn": ids.arn(account, "kms-alias", name),
            "TargetKeyId": alias.key,
            "CreationDate": format_date(alias.created),
            "LastUpdatedDate": format_date(alias.updated),
        }

    return account, kms_page(act.call, "Aliases", names, alias_shape)
