"""List the KMS keys of the account, and the parts of each."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account import ids
from coffeeshop.account.access.kms_requests import alias_names
from coffeeshop.account.model import Account
from coffeeshop.account.resources import KmsGrant, KmsKey
from coffeeshop.policy.model import Kind
from coffeeshop.views.principal_names import principal_name
from coffeeshop.views.rows import Row
from coffeeshop.views.things.item import Item, Noun, empty_row, fact_row, part_item
from coffeeshop.views.things.provider_items import tag_items

KEY_NOUNS: tuple[Noun, ...] = ("kms-key", "disabled-key", "deleted-key", "aws-key")


def kms_keys(account: Account) -> tuple[Item, ...]:
    """Return the KMS keys by alias, each with its state. The keys of AWS services come last."""
    keys = sorted(
        account.kms_keys.values(),
        key=lambda key: (key.manager == "AWS", key_name(account, key)),
    )
    return tuple(_key_item(account, key) for key in keys)


def key_name(account: Account, key: KmsKey) -> str:
    """Return the first alias of a key, by which people know it, or its id."""
    return next(iter(alias_names(account, key)), key.id)


def _key_item(account: Account, key: KmsKey) -> Item:
    """Return a key as an item of the list. Its state decides what can be done with it."""
    names = {"KeyId": key.id, "TargetKeyId": key.id}
    row = Row(_key_state(key), None, key_name(account, key), "muted")
    return Item(key.id, row, _key_noun(key), names)


def _key_noun(key: KmsKey) -> Noun:
    """Return the kind of a key, by its manager and its state."""
    if key.manager == "AWS":
        return "aws-key"
    if key.deleted_at:
        return "deleted-key"
    return "kms-key" if key.enabled else "disabled-key"


def _key_state(key: KmsKey) -> str:
    """Return the state of a key in words."""
    if key.manager == "AWS":
        return "AWS manages it"
    if key.deleted_at:
        return f"to be deleted on {key.deleted_at:%Y-%m-%d}"
    return "enabled" if key.enabled else "disabled"


def named_key(account: Account, item: Item) -> KmsKey | None:
    """Return the key of an item of the list of keys, or None."""
    return account.kms_keys.get(item.id) if item.noun in KEY_NOUNS else None


def key_parts(account: Account, item: Item) -> Iterator[Item]:
    """Yield the parts of a key: facts, its key policy, its aliases, its grants and its tags."""
    key = named_key(account, item)
    if key is None:
        return
    yield fact_row(ids.arn(account, "kms-key", key.id))
    if key.description:
        yield fact_row(key.description, "description")
    if key.rotation_days:
        yield fact_row(f"every {key.rotation_days} days", "rotation")
    yield _key_policy_item(key, "key policy", "who can use it")
    names = {"KeyId": key.id}
    for alias in alias_names(account, key):
        yield _owned_part(key, "alias", alias, "alias", {"AliasName": alias})
    for grant in key.grants:
        yield _grant_item(account, key, grant)
    yield from tag_items("key-tag", key.tags, names)
    if not key.grants:
        yield empty_row("It has no grants.")


def _owned_part(
    key: KmsKey, noun: Noun, word: str, text: str, names: dict[str, str], id: str = ""
) -> Item:
    """Return a part that can be taken away, unless AWS manages the key."""
    if key.manager == "AWS":
        return fact_row(text, word)
    return part_item(noun, word, text, names, id)


def _grant_item(account: Account, key: KmsKey, grant: KmsGrant) -> Item:
    """Return a grant: who can use the key by it, and for what."""
    text = f"grant, {', '.join(grant.operations)}"
    if grant.equal is not None or grant.subset is not None:
        text += ", for one encryption context"
    names = {"KeyId": key.id, "GrantId": grant.id}
    word = principal_name(account, grant.grantee)
    return part_item("grant", word, text, names, f"grant:{grant.id}")


def _key_policy_item(key: KmsKey, text: str, word: str) -> Item:
    """Return the policy of a key as an item. Nobody can change that of an AWS managed key."""
    noun: Noun = "fact" if key.manager == "AWS" else "key-policy"
    row = Row(text, None, word, "muted")
    return Item(
        f"key-policy:{key.id}", row, noun, {"KeyId": key.id}, key.policy.text, Kind.RESOURCE
    )


def key_policies(account: Account) -> Iterator[Item]:
    """Yield the key policies that can be changed, by alias."""
    for item in kms_keys(account):
        key = account.kms_keys[item.id]
        if key.manager != "AWS":
            name = key_name(account, key)
            yield _key_policy_item(key, "key policy", name)
