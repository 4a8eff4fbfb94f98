"""What must keep existing, as it was: a bucket with its contents, a user with name, path and its tags, a table with its
items, a queue, a trail with all that it does, an account in its unit, the kinds of badge that somebody has to show.

An object that a job stores or shreds is that job's to change: whoever did it in play has changed nothing else. A copy is
a job's only where the same person's jobs open what was copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from coffeeshop.account.access.data_requests import copy_source
from coffeeshop.account.command import read
from coffeeshop.account.model import Account, Act, Nobody
from coffeeshop.account.resources import Object, Trail
from coffeeshop.account.services.cloudtrail import lets_in
from coffeeshop.lessons.model import Check, Play, Scenario
from coffeeshop.policy.language.patterns import glob
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import active_keys
from coffeeshop.shop.want import Want


class Stays(NamedTuple):
    """What of a thing must stay the `same`, and what is `kept`, whatever comes beside it."""

    same: tuple[object, ...]
    kept: frozenset[object] = frozenset()


State = Callable[[Account, str], Stays | None]


def _bucket(account: Account, name: str) -> Stays | None:
    return Stays((name,)) if name in account.buckets else None  # its objects are looked at one by one


def _user(account: Account, name: str) -> Stays | None:
    user = account.users.get(name.lower())
    return user and Stays((user.name, user.path), frozenset(user.tags.items()))


def _group(account: Account, name: str) -> Stays | None:
    group = account.groups.get(name.lower())
    return group and Stays((group.name, group.path))


def _role(account: Account, name: str) -> Stays | None:
    role = account.roles.get(name.lower())
    return role and Stays((role.name, role.path), frozenset(role.tags.items()))


def _table(account: Account, name: str) -> Stays | None:
    table = account.tables.get(name)  # what was made anew lost all that was in it
    return table and Stays((table.created, table.key, table.type), frozenset(table.items))


def _queue(account: Account, name: str) -> Stays | None:
    queue = account.queues.get(name)
    return queue and Stays((queue.created,))


def _function(account: Account, name: str) -> Stays | None:
    function = account.functions.get(name)
    return function and Stays((function.code, function.runtime, function.handler))


def _trail(account: Account, name: str) -> Stays | None:
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
    return Stays((trail.bucket, trail.prefix), frozenset(what for what, done in does.items() if done))


def _writes(account: Account, trail: Trail) -> bool:
    began = trail.started or account.created
    return trail.logging and trail.bucket in account.buckets and lets_in(account, trail, began)


def _account(account: Account, id: str) -> Stays | None:
    member = account.above.members.get(id) if account.above else None
    return member and Stays((member.parent, account.seen_from(id).closed))


def _badge(account: Account, name: str) -> Stays | None:
    user = account.users.get(name.lower())
    kinds = {"password": user.login, "key": active_keys(account, user.id)} if user else {}
    shown = frozenset(kind for kind, held in kinds.items() if held)
    return Stays((), shown) if shown else None


FIXTURES: Mapping[str, State] = {
    "bucket": _bucket,
    "user": _user,
    "group": _group,
    "role": _role,
    "table": _table,
    "queue": _queue,
    "function": _function,
    "trail": _trail,
    "account": _account,
    "badge": _badge,
}


def fixture(play: Play, name: str) -> Check:
    """Whether `kind/NAME` is still what it was in the untouched world; changed policies are no change of it, and nothing
    that came beside it, a tag or another kind of badge, say. What that allows is judged like all else.
    """
    kind, _, rest = name.partition("/")
    was, now = FIXTURES[kind](play.scenario.opening, rest), FIXTURES[kind](play.account, rest)
    stays = was and now and was.same == now.same and _keeps(play, kind, rest, was, now)
    return Check(f"fixture:{name}", f"The {kind} {rest} stays as it was", bool(stays))


def _keeps(play: Play, kind: str, name: str, was: Stays, now: Stays) -> bool:
    """Whether all that was in a thing is there still, but for what jobs take away."""
    if kind == "bucket":
        return _changed_by_jobs(play, name)
    return was.kept <= now.kept or (kind == "table" and _erases(play.scenario, name))


def _erases(scenario: Scenario, table: str) -> bool:
    """Whether a job erases items of a table."""
    calls = (act.call for _, _, act in _acts(scenario))
    return any(call.operation == "DeleteItem" and call.text("TableName") == table for call in calls)


# --------------------------------------------------------------------- objects
class Work(NamedTuple):
    """What a job does with an object: whose job it is, the operation, and a pattern of what it is for."""

    who: str
    operation: str
    pattern: str

    def does(self, operation: str, arn: str) -> bool:
        """Whether this is such an operation on that object."""
        return self.operation.startswith(operation) and glob(self.pattern)(arn)


def _changed_by_jobs(play: Play, name: str) -> bool:
    """Whether each object that is another one is one that a job stores, and each that is gone one that a job shreds; and
    each that was copied one whose origin is opened by whoever stores it, for others read there what they do not read here.
    """
    before, now = (account.buckets[name].objects for account in (play.scenario.opening, play.account))
    origins = _origins(play)
    changed = [key for key in {**before, **now} if _arn(name, key) in origins or _differ(before, now, key)]
    work = tuple(_work(play.scenario)) if changed else ()

    def is_work(key: str) -> bool:
        arn = _arn(name, key)
        if key not in now:
            return any(one.does("Delete", arn) for one in work)
        storing = {one.who for one in work if one.does("Put", arn)}
        opening = {one.who for one in work if one.does("Get", origins.get(arn, ""))}
        return bool(storing & opening if arn in origins else storing)

    return all(map(is_work, changed))


def _differ(before: Mapping[str, Object], now: Mapping[str, Object], key: str) -> bool:
    was, found = before.get(key), now.get(key)
    return was is None or found is None or (was.body, was.tags) != (found.body, found.tags)


def _origins(play: Play) -> Mapping[str, str]:
    """What each copy that was made in the play was first, through copies of copies, by ARN."""
    found: dict[str, str] = {}
    for call in (outcome.act.call for outcome in play.outcomes if outcome.allowed):
        arn = _arn(call.text("Bucket"), call.text("Key"))
        if call.operation == "PutObject":
            found.pop(arn, None)
        elif call.operation == "CopyObject":
            source = copy_source(call)
            copied = _arn(str(source["Bucket"]), str(source["Key"]))
            found[arn] = found.get(copied, copied)
    return {arn: origin for arn, origin in found.items() if origin != arn}


def _arn(bucket: str, key: str) -> str:
    return f"arn:aws:s3:::{bucket}/{key}"


def _work(scenario: Scenario) -> Iterator[Work]:
    """Every operation that a job makes on an object, with what it is for: that object, or all that the job covers."""
    for want, line, act in _acts(scenario):
        if "Bucket" in act.call.parameters and "Key" in act.call.parameters:
            judged = want.covers if line == want.do[-1] else ()
            on = _arn(act.call.text("Bucket"), act.call.text("Key"))
            yield from (Work(want.who, act.call.operation, arn) for arn in (on, *judged))


def _acts(scenario: Scenario) -> Iterator[tuple[Want, str, Act]]:
    """Every line of the jobs, as it is read."""
    for want in (want for want in scenario.wants if want.mode is Mode.MUST):
        for line in want.do:
            act = read(line, scenario.opening, scenario.now, want.files, Nobody())
            if isinstance(act, Act):
                yield want, line, act
