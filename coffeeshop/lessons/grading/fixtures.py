"""What must keep existing, as it was: a bucket with its contents, a user with name, path and its tags, a table, a queue, a
trail with all that it does, the kinds of badge that somebody has to show.

An object that a job stores or shreds is that job's to change: whoever did it in play has changed nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from coffeeshop.account.command import read
from coffeeshop.account.model import Account, Act, Nobody
from coffeeshop.account.resources import Trail
from coffeeshop.account.services.cloudtrail import lets_in
from coffeeshop.lessons.model import Check, Play, Scenario
from coffeeshop.policy.language.patterns import glob
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import active_keys

State = Callable[[Account, str], object]


class Tagged(NamedTuple):
    """What of a user or a role must stay."""

    name: str
    path: str
    tags: frozenset[tuple[str, str]]


def _bucket(account: Account, name: str) -> dict[str, object] | None:
    bucket = account.buckets.get(name)
    return bucket and {key: (found.body, found.tags) for key, found in bucket.objects.items()}


def _user(account: Account, name: str) -> object:
    user = account.users.get(name.lower())
    return user and Tagged(user.name, user.path, frozenset(user.tags.items()))


def _group(account: Account, name: str) -> object:
    group = account.groups.get(name.lower())
    return group and (group.name, group.path)


def _role(account: Account, name: str) -> object:
    role = account.roles.get(name.lower())
    return role and Tagged(role.name, role.path, frozenset(role.tags.items()))


def _table(account: Account, name: str) -> object:
    table = account.tables.get(name)
    return table and (table.created, table.key, table.type)  # what was made anew lost all that was in it


def _queue(account: Account, name: str) -> object:
    queue = account.queues.get(name)
    return queue and queue.created


def _function(account: Account, name: str) -> object:
    function = account.functions.get(name)
    return function and (function.code, function.runtime, function.handler)


def _trail(account: Account, name: str) -> frozenset[str] | None:
    """All that a trail does; one that was begun again, or made anew, does as before."""
    trail = account.trails.get(name)
    if trail is None:
        return None
    does = {
        "writes": _writes(account, trail),
        "of services without a Region": trail.global_events,
        "of every Region": trail.every_region,
        "with digests": trail.validated,
    }
    return frozenset((f"to {trail.bucket}/{trail.prefix}", *(what for what, done in does.items() if done)))


def _writes(account: Account, trail: Trail) -> bool:
    began = trail.started or account.created
    return trail.logging and trail.bucket in account.buckets and lets_in(account, trail, began)


def _badge(account: Account, name: str) -> frozenset[str] | None:
    user = account.users.get(name.lower())
    kinds = {"password": user.login, "key": active_keys(account, user.id)} if user else {}
    return frozenset(kind for kind, held in kinds.items() if held) or None


FIXTURES: Mapping[str, State] = {
    "bucket": _bucket,
    "user": _user,
    "group": _group,
    "role": _role,
    "table": _table,
    "queue": _queue,
    "function": _function,
    "trail": _trail,
    "badge": _badge,
}


def fixture(play: Play, name: str) -> Check:
    """Whether `kind/NAME` is still what it was in the untouched world; changed policies are no change of it."""
    kind, _, rest = name.partition("/")
    state = FIXTURES[kind]
    was, now = state(play.scenario.opening, rest), state(play.account, rest)
    kept = was == now or _only_grown(was, now) or (kind == "bucket" and _changed_by_jobs(play, rest))
    return Check(f"fixture:{name}", f"The {kind} {rest} stays as it was", kept)


def _only_grown(was: object, now: object) -> bool:
    """Whether all that was there is there still, and more: of a user or a role more tags, of badges another kind, of a trail
    another thing that it does. What that allows is judged like all else.
    """
    match was, now:
        case Tagged(), Tagged():
            return (was.name, was.path) == (now.name, now.path) and was.tags <= now.tags
        case frozenset(), frozenset():
            return was <= now
        case _:
            return False


def _changed_by_jobs(play: Play, name: str) -> bool:
    """Whether each object that is another one is one that a job stores, and each that is gone one that a job shreds."""
    before, now = _bucket(play.scenario.opening, name), _bucket(play.account, name)
    if before is None or now is None:
        return False
    work = tuple(_work(play.scenario))
    changed = (key for key in {**before, **now} if before.get(key) != now.get(key))
    return all(
        any(
            operation.startswith("Put" if key in now else "Delete") and glob(pattern)(f"arn:aws:s3:::{name}/{key}")
            for operation, pattern in work
        )
        for key in changed
    )


def _work(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Every operation that a job makes on an object, with what it is for: that object, or all that the job covers."""
    for want in scenario.wants:
        for line in want.do if want.mode is Mode.MUST else ():
            act = read(line, scenario.opening, scenario.now, want.files, Nobody())
            if not isinstance(act, Act) or "Key" not in act.call.parameters:
                continue
            bucket, key = act.call.text("Bucket"), act.call.text("Key")
            judged = want.covers if line == want.do[-1] else ()
            yield from ((act.call.operation, arn) for arn in (f"arn:aws:s3:::{bucket}/{key}", *judged))
