"""Point out plays that are equal or nearly so, with what is the same in them beyond what their scenario forces.

A choice tells nothing where many of the class made it: only what few share counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Set
from itertools import combinations

from msgspec import Struct

from coffeeshop.classroom.trace import Trace

# A choice counts that so many made at most, or one in so many of those who played the scenario.
FEW = 4
SHARE = 10
NEAR, TELLING = (
    0.6,
    2,
)  # share of the calls, and number of choices, from which on two plays are nearly equal
SHOWN = 6  # names or choices at most


class Likeness(Struct, frozen=True):
    """Tells which hand-ins of a scenario are alike, in how many of their calls at least, and what few others chose."""

    scenario: str
    names: tuple[str, ...]
    same: int
    calls: int
    choices: tuple[str, ...]

    def __str__(self) -> str:
        """Returns it as a sentence."""
        many = len(self.names) > SHOWN
        names = ", ".join(self.names[:SHOWN] if many else self.names[:-1])
        if many:
            last = f"{len(self.names) - SHOWN} more"
        else:
            last = self.names[-1]
        if self.same == self.calls:
            manner = "equal"
        else:
            manner = f"nearly equal, in {self.same} of {self.calls} calls"
        shared_choices = "; ".join(self.choices[:SHOWN]) or "nothing"
        return f"{names} and {last} are {manner}; the same beyond what {self.scenario} forces: {shared_choices}"


class _Played(Struct, frozen=True):
    name: str
    sender: str
    trace: Trace


class Comparison:
    """Gathers plays, scenario by scenario, and compares those of one. What one sender handed in twice is not compared."""

    def __init__(self) -> None:
        self._played: dict[str, list[_Played]] = defaultdict(list)
        self._traces: dict[Trace, Trace] = {}  # equal ones are kept once

    def add(self, scenario: str, name: str, sender: str, trace: Trace) -> None:
        """Take in a play."""
        if trace.calls:
            self._played[scenario].append(
                _Played(name, sender, self._traces.setdefault(trace, trace))
            )

    def find_likenesses(self) -> Iterator[Likeness]:
        """Yields what is alike: groups of equal plays first, then pairs of those that are nearly equal."""
        for scenario, played in sorted(self._played.items()):
            counts = Counter(choice for play in played for choice in play.trace.choices)
            most = max(FEW, len(played) // SHARE)
            rare = frozenset(
                choice for choice, count in counts.items() if 1 < count <= most
            )
            groups = dict[tuple[str, ...], list[_Played]]()
            for play in played:
                groups.setdefault(play.trace.calls, []).append(play)
            yield from _equal(scenario, groups.values(), rare)
            yield from _nearly_equal(
                scenario, [group[0] for group in groups.values()], rare
            )


def _equal(
    scenario: str, groups: Iterable[list[_Played]], rare: frozenset[str]
) -> Iterator[Likeness]:
    for group in groups:
        if len({play.sender for play in group}) > 1:
            calls = len(group[0].trace.calls)
            shared = set[str](group[0].trace.choices).intersection(
                *(play.trace.choices for play in group[1:])
            )
            names = tuple(play.name for play in group)
            yield Likeness(
                scenario, names, calls, calls, _in_order_of_trace(group[0], shared & rare)
            )


def _nearly_equal(
    scenario: str, played: list[_Played], rare: frozenset[str]
) -> Iterator[Likeness]:
    """Yields pairs that share choices which few made; nobody is compared who shares none, so a class is no square."""
    who_chose = defaultdict[str, list[int]](list)
    for at, play in enumerate(played):
        for choice in play.trace.choices:
            if choice in rare:
                who_chose[choice].append(at)
    shared = defaultdict[tuple[int, int], set[str]](set)
    for choice, chosen in who_chose.items():
        for pair in combinations(chosen, 2):
            shared[pair].add(choice)
    for (at, other_index), choices in sorted(shared.items()):
        play = played[at]
        two = played[other_index]
        calls = max(len(play.trace.calls), len(two.trace.calls))
        same_count = _count_same_calls(play.trace, two.trace)
        if (
            play.sender != two.sender
            and len(choices) >= TELLING
            and same_count >= NEAR * calls
        ):
            yield Likeness(
                scenario,
                (play.name, two.name),
                same_count,
                calls,
                _in_order_of_trace(play, choices),
            )


def _count_same_calls(trace: Trace, other_trace: Trace) -> int:
    """Counts the calls that both made."""
    return (Counter(trace.calls) & Counter(other_trace.calls)).total()


def _in_order_of_trace(played: _Played, choices: Set[str]) -> tuple[str, ...]:
    return tuple(choice for choice in played.trace.choices if choice in choices)
