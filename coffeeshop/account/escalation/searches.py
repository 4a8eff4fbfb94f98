"""Searches for more, out of a memory of those that were made: what somebody can come to hold hangs on little of an account.

A search is made in the account as it looks from where it begins: without the record of use, and with a note of whatever it
looks at of what people, groups, roles and policies say, most of which it never comes to know. So an answer hangs on nothing
but that and the rest of the account, and is remembered by just these. Its paths are then played in the account at hand. It
costs the steps that it cost when it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from msgspec.structs import replace

from coffeeshop.account.door import replay
from coffeeshop.account.escalation.attacker import Unfinished, Way
from coffeeshop.account.escalation.reach import Path, reach
from coffeeshop.account.escalation.ways import WAYS
from coffeeshop.account.iam_resources import Group, ManagedPolicy, Role, User
from coffeeshop.account.model import Account, Caller, Outcome, Reply
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.same import Same
from coffeeshop.policy.comparison.budgets import ONE_OF_MANY, PLAYED, Steps

E = TypeVar("E", User, Group, Role, ManagedPolicy)
Walked: TypeAlias = tuple[Path, tuple[Outcome, ...]]  # with what comes of each act
Spot: TypeAlias = tuple[str, str, str]  # a book of the account, a key of it, a field
QUESTIONS: Final = 128  # who asks, when, for what: of each the last few accounts are kept
KEPT: Final = 6
LAST: Final = KEPT  # where a new answer is put: what was asked for again stays, whatever is asked once in between
SPARED: Final[
    Mapping[str, tuple[str, ...]]
] = {  # what most searches never look at, by book
    "users": ("groups", "attached", "inline"),
    "groups": ("attached", "inline"),
    "roles": ("attached", "inline"),
    "policies": ("versions",),
}


def reached(
    account: Account,
    caller: Caller,
    at: datetime,
    ways: Mapping[str, Way] = WAYS,
    steps: Steps | None = None,
) -> Iterator[Walked | Unfinished]:
    """Yields what `reach` yields, of a search that was made to its end, each path with what comes of its acts."""
    steps = steps or Steps()
    left = min(ONE_OF_MANY, steps.remaining)
    name = " ".join(ways)
    bare = _unrecorded(account)
    found = _remembered(bare, caller, at, name, left) or _searched(
        bare, caller, at, ways, name, left
    )
    steps.spend(found.taken)
    yield from _played(account, found.paths, steps)


class Found(NamedTuple):
    """Is what a search found in an account, in which the paths stand as they began, and how many steps it took; `sealed` is
    the account without what was spared, `looked` what the search looked at of that.
    """

    sealed: Account
    looked: Mapping[Spot, object]
    paths: tuple[Path | Unfinished, ...]
    taken: int


def _searched(
    account: Account,
    caller: Caller,
    at: datetime,
    ways: Mapping[str, Way],
    name: str,
    left: int,
) -> Found:
    steps = Steps(left)
    looked = dict[Spot, object]()
    sealed = _sealed(account)
    seen = _watched(account, looked)
    paths = tuple(_begun(one, sealed) for one in reach(seen, caller, at, ways, steps))
    found = Found(sealed, looked, paths, steps.total_taken)
    _put(_shelf(account.id, caller, at, name, left), found, LAST)
    return found


def _put(shelf: list[Found], found: Found, at: int) -> None:
    """Puts an answer at a place, in one step, among what stood there at one moment: a grade may be searching in a thread
    beside.
    """
    others = [one for one in shelf.copy() if one is not found][: KEPT - 1]
    shelf[:] = [*others[:at], found, *others[at:]]


def _begun(found: Path | Unfinished, sealed: Account) -> Path | Unfinished:
    if isinstance(found, Unfinished):
        return found
    return replace(found, account=sealed)


def _remembered(
    account: Account, caller: Caller, at: datetime, ways: str, left: int
) -> Found | None:
    shelf = _shelf(account.id, caller, at, ways, left)
    sealed = _sealed(account)
    found = next(
        (
            found
            for found in shelf
            if _says_the_same(account, found.looked) and _alike(found.sealed, sealed)
        ),
        None,
    )
    if found:
        _put(shelf, found, 0)
    return found


def _says_the_same(account: Account, looked: Mapping[Spot, object]) -> bool:
    """Tells whether what a search looked at stands in an account too."""
    return all(
        getattr(getattr(account, book).get(key), field, SEAL) == value
        for (book, key, field), value in looked.items()
    )


@lru_cache(maxsize=QUESTIONS)
def _shelf(id: str, caller: Caller, at: datetime, ways: str, left: int) -> list[Found]:
    """Returns where answers to one question are kept, of several accounts, the last asked first."""
    return []


def _alike(one: Account, other: Account) -> bool:
    """Tells whether two accounts are equal, in all that they hold: most of it is the same object in both, which tuples see."""
    return HELD(one) == HELD(other)


HELD: Final = attrgetter(*Account.__struct_fields__)


def _played(
    account: Account, paths: tuple[Path | Unfinished, ...], steps: Steps
) -> Iterator[Walked | Unfinished]:
    """Yields the paths as they are played in the account at hand, each from where another one has led already."""
    # Keyed by acts: those of a path are the very objects of the path before it
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
        assert all(isinstance(one.answer, Reply) for one in after), (
            "what was found under other eyes is there for these"
        )
        led[acts] = (*before, *after)
        yield replace(path, account=led[acts][-1].account if acts else account), led[acts]


# ----------------------------------------------------------------- what is looked at
class Watched:
    """Stands for something that may never be looked at: whatever is asked of it answers as it would, and is noted."""

    __slots__ = ("_looked", "_spot", "_value")

    def __init__(self, value: object, spot: Spot, looked: dict[Spot, object]) -> None:
        self._value = value
        self._spot = spot
        self._looked = looked

    def _seen(self) -> Any:
        self._looked[self._spot] = self._value
        return self._value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._seen(), name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._seen())

    def __len__(self) -> int:
        return len(self._seen())

    def __contains__(self, one: object) -> bool:
        return one in self._seen()

    def __getitem__(self, key: Any) -> Any:
        return self._seen()[key]

    def __eq__(self, other: object) -> bool:
        return self._seen() == (other._seen() if isinstance(other, Watched) else other)

    def __hash__(self) -> int:
        return hash(self._seen())


def _watched(account: Account, looked: dict[Spot, object]) -> Account:
    """Returns the account with a note made of whatever is looked at of what is spared else."""

    def noted(book: str, key: str, entity: E) -> E:
        parts = {
            field: Watched(getattr(entity, field), (book, key, field), looked)
            for field in SPARED[book]
        }
        return replace(entity, **parts)

    return _each(account, lambda book, entries: entries.map_lazily(partial(noted, book)))


SEAL: Final = object()  # stands for what was spared


def _sealed(account: Account) -> Account:
    """Returns the account without what is spared."""
    return _each(account, lambda book, entries: _shut(book, Same(entries)))


@lru_cache(maxsize=16)  # once for an account in which many search
def _shut(book: str, entries: Same[SortedMap[Any]]) -> SortedMap[Any]:
    spared = dict.fromkeys(SPARED[book], SEAL)
    return SortedMap((key, replace(one, **spared)) for key, one in entries.value.items())


def _each(
    account: Account, made: Callable[[str, SortedMap[Any]], SortedMap[Any]]
) -> Account:
    return replace(account, **{book: made(book, getattr(account, book)) for book in SPARED})


def _unrecorded(account: Account) -> Account:
    """Returns the account without what it keeps of what was done in it."""
    return replace(
        account,
        calls=0,
        usage=SortedMap(),
        reported=None,
        reported_at=None,
        jobs=SortedMap(),
    )
