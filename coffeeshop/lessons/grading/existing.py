"""What exists, by ARN. A witness prefers an existing name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from coffeeshop.account.ids import arn
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.fences import deny_when
from coffeeshop.lessons.grading.request_space import is_resource_tag_key, keys_read
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Condition, Standing, Statement


def thing_arns(account: Account) -> Iterator[str]:
    """Yield the ARN of each bucket, object, table, queue and instance."""
    for name in account.buckets:
        yield arn(account, "bucket", name)
        yield from (
            arn(account, "bucket", f"{name}/{key}") for key in account.buckets[name].objects
        )
    yield from (arn(account, "table", name) for name in account.tables)
    yield from (arn(account, "queue", name) for name in account.queues)
    yield from (arn(account, "instance", id) for id in account.instances)


def thing_tags(account: Account) -> Iterator[tuple[str, str]]:
    """Yield each tag of an object, table, queue or instance, its key in lower case."""
    objects = chain.from_iterable(
        bucket.objects.values() for bucket in account.buckets.values()
    )
    for thing in chain(objects, account.tables.values(), account.queues.values()):
        yield from ((key.lower(), value) for key, value in thing.tags.items())
    yield from (("name", instance.name) for instance in account.instances.values())


def deny_absent_tags(play: Play, standings: Iterable[Standing]) -> Iterator[Statement]:
    """Yield Denies of requests for resources with a tag value that no resource has.

    `standings` are those whose policies read tags. The Denies keep such requests out of a
    comparison: a new rule that refuses only those takes nothing away from anybody.
    """
    tags = sorted({*thing_tags(play.scenario.opening), *thing_tags(play.account)})
    tag_keys = {
        key
        for standing in standings
        for key in keys_read(standing)
        if is_resource_tag_key(key)
    }
    for key in sorted(tag_keys):
        tag = key.partition("/")[2]
        values = tuple(value for name, value in tags if name == tag)
        has_tag = Condition("Null", key, ("false",))
        if values:
            yield deny_when(has_tag, Condition("StringNotEquals", key, values))
        else:
            yield deny_when(has_tag)


def existing_arns(account: Account) -> Iterator[str]:
    """Yield the ARN of everything that a policy can name: things, functions, KMS keys, users,
    groups, roles and policies.
    """
    yield from thing_arns(account)
    yield from (arn(account, "kms-key", id) for id in account.kms_keys)
    yield from (arn(account, "function", name) for name in account.functions)
    yield from map(
        account.arn,
        chain(account.users.values(), account.groups.values(), account.roles.values()),
    )
    yield from account.policies


def policy_holder_arns(account: Account) -> Iterator[str]:
    """Yield the ARN of every role, bucket, queue, function and KMS key: each can have a
    policy of its own.
    """
    yield from map(account.arn, account.roles.values())
    for kind, book in (
        ("bucket", account.buckets),
        ("queue", account.queues),
        ("function", account.functions),
        ("kms-key", account.kms_keys),
    ):
        yield from (arn(account, kind, name) for name in book)
