"""What must keep existing, as it was: a bucket with its contents, a user with name, path and tags, a table, a queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coffeeshop.account.model import Account
from coffeeshop.lessons.model import Check, Play

State = Callable[[Account, str], object]


def _bucket(account: Account, name: str) -> object:
    bucket = account.buckets.get(name)
    return bucket and {key: (found.body, found.tags) for key, found in bucket.objects.items()}


def _user(account: Account, name: str) -> object:
    user = account.users.get(name.lower())
    return user and (user.name, user.path, dict(user.tags))


def _group(account: Account, name: str) -> object:
    group = account.groups.get(name.lower())
    return group and (group.name, group.path)


def _role(account: Account, name: str) -> object:
    role = account.roles.get(name.lower())
    return role and (role.name, role.path, dict(role.tags))


def _table(account: Account, name: str) -> object:
    return name in account.tables or None


def _queue(account: Account, name: str) -> object:
    return name in account.queues or None


def _function(account: Account, name: str) -> object:
    return name in account.functions or None


FIXTURES: Mapping[str, State] = {
    "bucket": _bucket,
    "user": _user,
    "group": _group,
    "role": _role,
    "table": _table,
    "queue": _queue,
    "function": _function,
}


def fixture(play: Play, name: str) -> Check:
    """Whether `kind/NAME` is still what it was in the untouched world; changed policies are no change of it."""
    kind, _, rest = name.partition("/")
    state = FIXTURES[kind]
    kept = state(play.account, rest) == state(play.scenario.opening, rest)
    return Check(f"fixture:{name}", f"The {kind} {rest} stays as it was", kept)
