"""What exists, by ARN. A witness prefers an existing name, and a made-up name is said to be
one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from coffeeshop.account.ids import REGION, arn
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.fences import deny_when
from coffeeshop.lessons.grading.request_space import is_resource_tag_key, keys_read
from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.language.element_grammar import SERVICE
from coffeeshop.policy.model import Condition, Excess, Standing, Statement


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


def invented_names(account: Account, excess: Excess) -> Iterator[str]:
    """Yield the names in an excess's example request that the comparison made up.

    The report calls them examples of any name, so that readers don't look for them in the
    account. They are the end of its resource, if no such thing exists, and condition values
    that no statement has.
    """
    request = excess.witness
    statements = (
        *excess.by.policy.statements,
        *((excess.nearest,) if excess.nearest else ()),
    )
    values_in_statements = {
        value
        for statement in statements
        for condition in statement.conditions
        for value in condition.values
    }
    entities = chain(
        account.users.values(), account.groups.values(), account.roles.values()
    )
    known_values = values_in_statements | {entity.name for entity in entities}
    parsed_arn = Arn.read(request.resource)
    arns_in_account = {*existing_arns(account)}
    if parsed_arn and arns_in_account.isdisjoint(
        (request.resource, str(parsed_arn._replace(region=REGION)))
    ):
        yield re.split("[:/]", request.resource)[-1]
    for key, values in request.context.items():
        known_key = catalog.find_condition_key(key)
        if known_key is not None and known_key.type.removeprefix("ArrayOf") == "String":
            yield from (
                value
                for value in values
                if value and value not in known_values and not SERVICE.fullmatch(value)
            )


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
