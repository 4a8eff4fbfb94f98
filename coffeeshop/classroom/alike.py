"""Find plays that are equal or nearly equal, and list the choices that they share.

A choice that many of the class made proves nothing. Only choices that few share count.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import combinations

from msgspec import Struct

from coffeeshop.classroom.trace import Trace
from coffeeshop.views.text import count_noun

# A choice is rare if at most RARE_PLAYS plays have it, or one in RARE_SHARE plays of the scenario.
RARE_PLAYS = 4
RARE_SHARE = 10
# Two plays are nearly equal if they have at least this share of their calls, and this number of
# choices, in common.
NEAR_SHARE = 0.6
NEAR_CHOICES = 2
MAX_SHOWN = 6  # names or choices at most


class Likeness(Struct, frozen=True):
    """Hand-ins of one scenario that are equal or nearly so.

    They share `shared_call_count` of `call_count` calls. `choices` are the things that they share
    and that few of the class chose, such as a policy's name. There is at least one.
    """

    scenario: str
    names: tuple[str, ...]
    shared_call_count: int
    call_count: int
    choices: tuple[str, ...]

    def __str__(self) -> str:
        """Return the likeness as a sentence."""
        many = len(self.names) > MAX_SHOWN
        names = ", ".join(self.names[:MAX_SHOWN] if many else self.names[:-1])
        if many:
            last = f"{len(self.names) - MAX_SHOWN} more"
        else:
            last = self.names[-1]
        if self.shared_call_count == self.call_count:
            manner = f"made the same {count_noun(self.call_count, 'call')}"
        else:
            manner = f"share {self.shared_call_count} of {self.call_count} calls"
        plain_choices = dict.fromkeys(map(_without_digest, self.choices))
        shared_choices = "; ".join([*plain_choices][:MAX_SHOWN])
        return f"{names} and {last} {manner}. They also made the same unusual choices in {self.scenario}: {shared_choices}"


def _without_digest(choice: str) -> str:
    """Return a choice without the digest of a layout, which tells a reader nothing."""
    return LAYOUT_PATTERN.sub(r"\1", choice)


LAYOUT_PATTERN = re.compile(r"^(the layout of .+) \([0-9a-f]{4}\)$")


class _ComparedPlay(Struct, frozen=True):
    """One play to compare, with the file's name, its sender and its trace."""

    name: str
    sender: str
    trace: Trace


class Comparison:
    """Gather plays by scenario and compare those of the same scenario.

    Two plays of one sender are never reported.
    """

    def __init__(self) -> None:
        self._played: dict[str, list[_ComparedPlay]] = defaultdict(list)
        self._traces: dict[Trace, Trace] = {}  # equal traces are one object

    def add(self, scenario: str, name: str, sender: str, trace: Trace) -> None:
        """Add a play. A play without calls is ignored."""
        if trace.calls:
            self._played[scenario].append(
                _ComparedPlay(name, sender, self._traces.setdefault(trace, trace))
            )

    def find_likenesses(self) -> Iterator[Likeness]:
        """Yield the likenesses: groups of equal plays first, then pairs of nearly equal
        plays.

        Only rare choices suggest copying. A choice is rare if several learners made it, but
        few of the class.
        """
        for scenario, plays in sorted(self._played.items()):
            counts = Counter(choice for play in plays for choice in play.trace.choices)
            most_learners = max(RARE_PLAYS, len(plays) // RARE_SHARE)
            rare_choices = frozenset(
                choice for choice, count in counts.items() if 1 < count <= most_learners
            )
            groups = dict[tuple[str, ...], list[_ComparedPlay]]()
            for play in plays:
                groups.setdefault(play.trace.calls, []).append(play)
            yield from _equal_plays(scenario, groups.values(), counts)
            yield from _nearly_equal_plays(
                scenario, [group[0] for group in groups.values()], rare_choices
            )


def _equal_plays(
    scenario: str, groups: Iterable[list[_ComparedPlay]], counts: Mapping[str, int]
) -> Iterator[Likeness]:
    """Yield a likeness for each group of equal plays that has more than one sender and shares a choice.

    Only a choice that few others made counts. `counts` is how many plays have each choice.
    """
    for group in groups:
        if len({play.sender for play in group}) > 1:
            calls = len(group[0].trace.calls)
            shared_choices = set[str](group[0].trace.choices).intersection(
                *(play.trace.choices for play in group[1:])
            )
            one_by_sender = {play.sender: play.name for play in reversed(group)}
            names = tuple(reversed(one_by_sender.values()))
            own_choices = {
                choice
                for choice in shared_choices
                if counts[choice] - len(group) <= RARE_PLAYS
            }
            choices = _in_order_of_trace(group[0], own_choices)
            if choices:  # in a short scenario, many plays are equal by chance
                yield Likeness(scenario, names, calls, calls, choices)


def _nearly_equal_plays(
    scenario: str, plays: list[_ComparedPlay], rare_choices: frozenset[str]
) -> Iterator[Likeness]:
    """Yield pairs of plays that share many calls and rare choices.

    Only plays that share a rare choice are compared, so the cost doesn't grow with the
    square of the class.
    """
    plays_by_choice = defaultdict[str, list[int]](list)
    for play_index, play in enumerate(plays):
        for choice in play.trace.choices:
            if choice in rare_choices:
                plays_by_choice[choice].append(play_index)
    shared_choices_by_pair = defaultdict[tuple[int, int], set[str]](set)
    for choice, play_indexes in plays_by_choice.items():
        for pair in combinations(play_indexes, 2):
            shared_choices_by_pair[pair].add(choice)
    for (play_index, other_index), choices in sorted(shared_choices_by_pair.items()):
        play = plays[play_index]
        other_play = plays[other_index]
        calls = max(len(play.trace.calls), len(other_play.trace.calls))
        same_count = _count_same_calls(play.trace, other_play.trace)
        if (
            play.sender != other_play.sender
            and len(choices) >= NEAR_CHOICES
            and same_count >= NEAR_SHARE * calls
        ):
            yield Likeness(
                scenario,
                (play.name, other_play.name),
                same_count,
                calls,
                _in_order_of_trace(play, choices),
            )


def _count_same_calls(trace: Trace, other_trace: Trace) -> int:
    """Return how many calls two traces share. Repeated calls count as often as both have them."""
    return (Counter(trace.calls) & Counter(other_trace.calls)).total()


def _in_order_of_trace(play: _ComparedPlay, choices: Set[str]) -> tuple[str, ...]:
    """Return the choices in the order in which the play made them."""
    return tuple(choice for choice in play.trace.choices if choice in choices)
