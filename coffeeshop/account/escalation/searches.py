"""Cache the results of `reach`. The access that an attacker can get depends on few parts of an account.

A search runs in the account without its record of use. The search notes which policies and groups of users, groups,
roles and managed policies it reads; it never reads most of them. So its result depends only on these and on the rest of the
account, and is found again by them. Its paths are then played in the account at hand. A cached search costs the
steps that it cost the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from msgspec.structs import replace

from coffeeshop.account.door import replay
from coffeeshop.account.escalation.attacker import Unfinished, Way, unused_word
from coffeeshop.account.escalation.reach import Path, reach
from coffeeshop.account.escalation.ways import ESCALATION_WAYS
from coffeeshop.account.history import History
from coffeeshop.account.iam_resources import Group, ManagedPolicy, Role, User
from coffeeshop.account.model import Account, Caller, Outcome, Reply
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.same import Same
from coffeeshop.policy.comparison.budgets import CALL_COST, ONE_OF_MANY, Steps

E = TypeVar("E", User, Group, Role, ManagedPolicy)
Walked: TypeAlias = tuple[Path, tuple[Outcome, ...]]  # with what comes of each act
Spot: TypeAlias = tuple[str, str, str]  # a book of the account, a key of it, a field
MAX_QUESTIONS: Final = 128  # different questions (caller, time, ways) in the cache
MAX_RESULTS: Final = 6  # results for each question, in different accounts
# The place of a new result. A result that is used again goes to the front, so new ones don't push it out.
NEW_RESULT_PLACE: Final = MAX_RESULTS
# Book -> the fields that most searches never read.
WATCHED_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "users": ("groups", "attached", "inline"),
    "groups": ("attached", "inline"),
    "roles": ("attached", "inline"),
    "policies": ("versions",),
}


def reachable_paths(
    account: Account,
    caller: Caller,
    at: datetime,
    ways: Mapping[str, Way] = ESCALATION_WAYS,
    steps: Steps | None = None,
) -> Iterator[Walked | Unfinished]:
    """Yield what `reach` yields in a complete search, each path with the outcomes of its acts."""
    steps = steps or Steps()
    budget = min(ONE_OF_MANY, steps.remaining)
    names = " ".join(ways)
    bare_account = _without_records(account)
    result = _find_result(bare_account, caller, at, names, budget)
    if result is None:
        result = _search(bare_account, caller, at, ways, names, budget)
    steps.spend(result.taken)
    yield from _play_paths(account, result.paths, steps)


class SearchResult(NamedTuple):
    """The paths that a search found, and how many steps it took.

    `sealed` is the account without the watched fields, and the account of every path. `looked` are the watched fields
    that the search read, with their values.
    """

    sealed: Account
    looked: Mapping[Spot, object]
    paths: tuple[Path | Unfinished, ...]
    taken: int


def _search(
    account: Account,
    caller: Caller,
    at: datetime,
    ways: Mapping[str, Way],
    names: str,
    budget: int,
) -> SearchResult:
    """Search, and keep the result."""
    steps = Steps(budget)
    looked = dict[Spot, object]()
    sealed = _seal_account(account)
    watched = _watch_account(account, looked)
    results = reach(watched, caller, at, ways, steps, unused_word(account))
    paths = tuple(_in_account(path, sealed) for path in results)
    result = SearchResult(sealed, looked, paths, steps.total_taken)
    _store_result(
        _recent_results(account.id, caller, at, names, budget), result, NEW_RESULT_PLACE
    )
    return result


def _store_result(results: list[SearchResult], result: SearchResult, index: int) -> None:
    """Put a result at an index of the results, and drop the last ones beyond MAX_RESULTS.

    The list is replaced in one step, because another thread may be searching at the same
    time.
    """
    kept_results = [old for old in results.copy() if old is not result][: MAX_RESULTS - 1]
    results[:] = [*kept_results[:index], result, *kept_results[index:]]


def _in_account(path: Path | Unfinished, account: Account) -> Path | Unfinished:
    """Return a path with this account in place of the one that it leads to."""
    if isinstance(path, Unfinished):
        return path
    return replace(path, account=account)


def _find_result(
    account: Account, caller: Caller, at: datetime, ways: str, budget: int
) -> SearchResult | None:
    """Return the result of a search in an account that is the same in all that the search read."""
    results = _recent_results(account.id, caller, at, ways, budget)
    sealed = _seal_account(account)
    for result in results.copy():
        if _has_same_values(account, result.looked) and _are_equal(result.sealed, sealed):
            _store_result(results, result, 0)
            return result
    return None


def _has_same_values(account: Account, looked: Mapping[Spot, object]) -> bool:
    """Return whether the fields that a search read have the same values in an account."""
    return all(
        getattr(getattr(account, book).get(key), field, WATCHED_VALUE) == value
        for (book, key, field), value in looked.items()
    )


@lru_cache(maxsize=MAX_QUESTIONS)
def _recent_results(
    id: str, caller: Caller, at: datetime, ways: str, budget: int
) -> list[SearchResult]:
    """Return the cached results of one search in different accounts, the last used first.

    The list is empty at first. It is the same list for equal arguments, so results can be
    added to it.
    """
    return []


def _are_equal(account: Account, account_before: Account) -> bool:
    """Return whether two accounts are equal. They share most objects, which the comparison of tuples sees first."""
    return ALL_FIELDS(account) == ALL_FIELDS(account_before)


ALL_FIELDS: Final = attrgetter(*Account.__struct_fields__)


def _play_paths(
    account: Account, paths: tuple[Path | Unfinished, ...], steps: Steps
) -> Iterator[Walked | Unfinished]:
    """Yield the paths as they are played in this account, each continued from the longest path played before."""
    # By the identities of acts: a path has the very act objects of the path that it continues.
    outcomes_by_acts: dict[tuple[int, ...], tuple[Outcome, ...]] = {(): ()}
    for path in paths:
        if isinstance(path, Unfinished):
            yield path
            continue
        acts = tuple(map(id, path.acts))
        played = len(acts)
        while acts[:played] not in outcomes_by_acts:
            played -= 1
        before = outcomes_by_acts[acts[:played]]
        steps.spend(CALL_COST * (len(acts) - played))
        start = before[-1].account if before else account
        after = replay(start, path.acts[played:])
        assert all(isinstance(outcome.answer, Reply) for outcome in after), (
            "a cached path works in every account with the same values"
        )
        outcomes = (*before, *after)
        outcomes_by_acts[acts] = outcomes
        end = outcomes[-1].account if outcomes else account
        yield replace(path, account=end), outcomes


# ----------------------------------------------------------------- watched fields
class Watched:
    """A stand-in for a field. It behaves as the field's value, and notes that the value was read."""

    __slots__ = ("_looked", "_spot", "_value")

    def __init__(self, value: object, spot: Spot, looked: dict[Spot, object]) -> None:
        self._value = value
        self._spot = spot
        self._looked = looked

    def _read(self) -> Any:
        self._looked[self._spot] = self._value
        return self._value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._read(), name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __contains__(self, item: object) -> bool:
        return item in self._read()

    def __getitem__(self, key: Any) -> Any:
        return self._read()[key]

    def __eq__(self, compared: object) -> bool:
        if isinstance(compared, Watched):
            return self._read() == compared._read()
        return self._read() == compared

    def __hash__(self) -> int:
        return hash(self._read())


def _watch_account(account: Account, looked: dict[Spot, object]) -> Account:
    """Return the account with stand-ins for its watched fields, which note in `looked` what is read."""

    def watch_fields(book: str, key: str, entity: E) -> E:
        stand_ins = {
            field: Watched(getattr(entity, field), (book, key, field), looked)
            for field in WATCHED_FIELDS[book]
        }
        return replace(entity, **stand_ins)

    return _map_books(
        account, lambda book, entries: entries.map_lazily(partial(watch_fields, book))
    )


WATCHED_VALUE: Final = object()  # stands for the value of a watched field


def _seal_account(account: Account) -> Account:
    """Return the account without the values of its watched fields."""
    return _map_books(account, lambda book, entries: _seal_book(book, Same(entries)))


@lru_cache(maxsize=16)  # once for an account in which there are many searches
def _seal_book(book: str, entries: Same[SortedMap[Any]]) -> SortedMap[Any]:
    """Return a collection of the account with a placeholder for each watched field."""
    seals = dict.fromkeys(WATCHED_FIELDS[book], WATCHED_VALUE)
    return SortedMap(
        (key, replace(entity, **seals)) for key, entity in entries.value.items()
    )


def _map_books(
    account: Account, change: Callable[[str, SortedMap[Any]], SortedMap[Any]]
) -> Account:
    """Return the account with `change` applied to each collection that has watched fields."""
    books = {book: change(book, getattr(account, book)) for book in WATCHED_FIELDS}
    return replace(account, **books)


def _without_records(account: Account) -> Account:
    """Return the account without its records of what was done in it."""
    return replace(
        account,
        calls=0,
        usage=SortedMap(),
        reported=None,
        reported_at=None,
        jobs=SortedMap(),
        event_history=History(),
    )
