"""Searches for more, out of a memory of those that were made: what somebody can come to hold hangs on little of an account.

A search is made in the account as it looks from where it begins: without the record of use, and with a seal on what others
may do, which most searches never come to know. Whoever looks under a seal breaks it, and the search begins again with fewer
seals; so an answer hangs on nothing but the account that it was found in, and is remembered by that, whole. Its paths are
then played in the account at hand. It costs the steps that it cost when it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias, TypeVar

from msgspec.structs import replace

from coffeeshop.account.access.standing import owner
from coffeeshop.account.door import replay
from coffeeshop.account.escalation.attacker import Unfinished, Way
from coffeeshop.account.escalation.reach import Path, reach
from coffeeshop.account.escalation.ways import WAYS
from coffeeshop.account.model import Account, Caller, Group, ManagedPolicy, Outcome, Reply, Role, User
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.same import Same
from coffeeshop.policy.comparison.budgets import ONE_OF_MANY, PLAYED, Steps

E = TypeVar("E", User, Group, Role)
V = TypeVar("V")
Walked: TypeAlias = tuple[Path, tuple[Outcome, ...]]  # with what comes of each act
QUESTIONS: Final = 128  # who asks, when, for what: of each the last few accounts are kept
KEPT: Final = 6


def reached(
    account: Account, caller: Caller, at: datetime, ways: Mapping[str, Way] = WAYS, steps: Steps | None = None
) -> Iterator[Walked | Unfinished]:
    """Yields what `reach` yields, of a search that was made to its end, each path with what comes of its acts."""
    steps = steps or Steps()
    left, name = min(ONE_OF_MANY, steps.left), " ".join(ways)
    for view in VIEWS:
        seen = view(_unrecorded(account), caller)
        found = _remembered(seen, caller, at, name, left) or _searched(seen, caller, at, ways, name, left)
        steps.spend(found.taken)
        if found.paths is not None:
            yield from _played(account, found.paths, steps)
            return


class Found(NamedTuple):
    """Is what a search found in an account, in which the paths stand as they began, and how many steps it took; `paths` is
    None where it looked under a seal.
    """

    seen: Account
    paths: tuple[Path | Unfinished, ...] | None
    taken: int


def _searched(seen: Account, caller: Caller, at: datetime, ways: Mapping[str, Way], name: str, left: int) -> Found:
    steps = Steps(left)
    try:
        paths = tuple(_begun(one, seen) for one in reach(seen, caller, at, ways, steps))
    except UnsealedError:
        paths = None
    found = Found(seen, paths, steps.taken)
    _put_first(_shelf(seen.id, caller, at, name, left), found)
    return found


def _put_first(shelf: list[Found], found: Found) -> None:
    """Puts an answer first, in one step, before what stood there at one moment: a grade may be searching in a thread
    beside.
    """
    there = shelf.copy()
    shelf[:] = [found, *(one for one in there if one is not found)][:KEPT]


def _begun(found: Path | Unfinished, seen: Account) -> Path | Unfinished:
    return found if isinstance(found, Unfinished) else replace(found, account=seen)


def _remembered(seen: Account, caller: Caller, at: datetime, ways: str, left: int) -> Found | None:
    shelf = _shelf(seen.id, caller, at, ways, left)
    found = next((found for found in shelf if _alike(found.seen, seen)), None)
    if found:
        _put_first(shelf, found)
    return found


@lru_cache(maxsize=QUESTIONS)
def _shelf(id: str, caller: Caller, at: datetime, ways: str, left: int) -> list[Found]:
    """Returns where answers to one question are kept, of several accounts, the last asked first."""
    return []


def _alike(one: Account, other: Account) -> bool:
    """Tells whether two accounts are equal, in all that they hold: most of it is the same object in both."""
    return all(
        getattr(one, name) is getattr(other, name) or getattr(one, name) == getattr(other, name) for name in HELD
    )


HELD: Final = Account.__struct_fields__


def _played(account: Account, paths: tuple[Path | Unfinished, ...], steps: Steps) -> Iterator[Walked | Unfinished]:
    """Yields the paths as they are played in the account at hand, each from where another one has led already."""
    # By which acts: those of a path are the very ones of the path before it
    led: dict[tuple[int, ...], tuple[Outcome, ...]] = {(): ()}
    for path in paths:
        if isinstance(path, Unfinished):
            yield path
            continue
        acts = tuple(map(id, path.acts))
        known = next(number for number in range(len(acts), -1, -1) if acts[:number] in led)
        before = led[acts[:known]]
        steps.spend(PLAYED * (len(acts) - known))
        after = replay(before[-1].account if before else account, path.acts[known:])
        assert all(isinstance(one.answer, Reply) for one in after), "what was found beside a seal is there without it"
        led[acts] = (*before, *after)
        yield replace(path, account=led[acts][-1].account if acts else account), led[acts]


# ----------------------------------------------------------------------- seals
class UnsealedError(Exception):
    """Says that a search came to look at what was sealed."""


class _Seal:
    """Stands for something that nobody has looked at: whatever is asked of it breaks it."""

    def _broken(self, *_: object) -> NoReturn:
        raise UnsealedError

    __getattr__ = __iter__ = __len__ = __bool__ = __contains__ = __getitem__ = _broken


SEAL: Any = _Seal()


def _unrecorded(account: Account) -> Account:
    """Returns the account without what it keeps of what was done in it."""
    return replace(account, calls=0, usage=SortedMap(), reported=None, reported_at=None, jobs=SortedMap())


def _of_others(account: Account, caller: Caller) -> Account:
    """Returns the account with a seal on what the policies of all others say, the roles' too."""
    return _sealed(account, caller, roles=True)


def _of_people(account: Account, caller: Caller) -> Account:
    """Returns the account with a seal on what the policies of other users and groups say."""
    return _sealed(account, caller, roles=False)


def _whole(account: Account, caller: Caller) -> Account:
    return account


VIEWS: Final[tuple[Callable[[Account, Caller], Account], ...]] = (_of_others, _of_people, _whole)


def _sealed(account: Account, caller: Caller, *, roles: bool) -> Account:
    me = owner(account, caller)
    mine = {me.id, *(me.groups if isinstance(me, User) else ())} if me else set[str]()
    users = {me.name.lower(): me} if isinstance(me, User) else dict[str, User]()
    groups = {name: group for name, group in account.groups.items() if group.id in mine}
    open = {name: role for name, role in account.roles.items() if not roles or role.id in mine}
    entities = (*users.values(), *groups.values(), *open.values())
    carried = {arn for entity in entities for arn in entity.attached}
    carried |= {entity.boundary for entity in entities if not isinstance(entity, Group)}
    return replace(
        account,
        users=_but(_shut(Same(account.users)), users),
        groups=_but(_shut(Same(account.groups)), groups),
        roles=_but(_shut(Same(account.roles)), open),
        policies=_but(
            _closed(Same(account.policies)),
            {arn: account.policies[arn] for arn in carried if arn and arn in account.policies},
        ),
    )


def _but(sealed: SortedMap[V], kept: Mapping[str, V]) -> SortedMap[V]:
    """Returns what is sealed, but for these."""
    for key, value in kept.items():
        sealed = sealed.put(key, value)
    return sealed


@lru_cache(maxsize=12)  # of an account that many search, once for all of them
def _shut(entities: Same[SortedMap[E]]) -> SortedMap[E]:
    def shut(entity: E) -> E:
        about = {"groups": SEAL} if isinstance(entity, User) else {}
        return replace(entity, inline=SEAL, attached=SEAL, **about)

    return SortedMap((key, shut(entity)) for key, entity in entities.value.items())


@lru_cache(maxsize=4)
def _closed(policies: Same[SortedMap[ManagedPolicy]]) -> SortedMap[ManagedPolicy]:
    return SortedMap((key, replace(policy, versions=SEAL)) for key, policy in policies.value.items())
