"""Plans: the question about a statement and a class of actions, as what the search takes.

New allows a point if it lies in a zone of the statement, in one zone of each further group that the alternative needs,
and in no Deny of new. Old refuses it in as many ways as there are: by one of its Denies; or by silence, where in each of
its alternatives one group says nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, TypeAlias

from coffeeshop.policy.comparison.formula import Elsewhere, Group, Rule, Rules, Side
from coffeeshop.policy.comparison.regions import Zones
from coffeeshop.policy.comparison.solver import Box, Zone

Heard: TypeAlias = "tuple[Rules, tuple[Rules, ...]]"  # the denies, and the allows of each layer
Refusal: TypeAlias = "tuple[Sequence[Sequence[Zone]], Sequence[Zone]]"  # in one of each of these, in none of those


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """Actions of which the same statements speak, by one of them (in lower case); and those statements, of both sides."""

    action: str
    new: Heard
    old: Heard


class Plan(NamedTuple):
    """What a request must be in, in one of these and in one of each of those; must not be in; and how old refuses it."""

    boxes: list[Box]
    ways: list[list[list[Zone]]]
    holes: list[Zone]
    refusals: list[Refusal]


class Plans:
    """The plans of a pair of standings, each made once."""

    def __init__(self, new: Side, old: Side, zones: Zones) -> None:
        self._new, self._old, self._zones = new, old, zones
        self._plans: dict[Hashable, Plan] = {}

    def of(self, rule: Rule, known: Class, account: str) -> Plan:
        """The plan for a statement of new, a class of actions and the account of the resource."""
        key = (rule, known, self._new.foreign(account), self._old.foreign(account))
        if key not in self._plans:
            zone, (denies, allows) = self._zones.of(self._new, rule), known.new
            ways = [
                [self._group(self._new, group) for group in alternative.needs]
                for alternative in self._new.alternatives(known.action, allows, self._new.foreign(account))
                if rule in alternative.grants
            ]
            refusals = list(self._refusals(known, self._old.foreign(account)))
            boxes = list(zone.boxes()) if zone else []
            self._plans[key] = Plan(boxes, ways, self._all(self._new, denies), refusals)
        return self._plans[key]

    def _refusals(self, known: Class, foreign: bool) -> Iterator[Refusal]:
        """The ways in which old refuses: a Deny matches, or in each alternative some group does not."""
        denies, allows = known.old
        parts = ((one.grants, *one.needs) for one in self._old.alternatives(known.action, allows, foreign))
        silent: list[frozenset[Group]] = []
        for chosen in sorted((tuple(dict.fromkeys(groups)) for groups in product(*parts)), key=len):
            if not any(other <= {*chosen} for other in silent):  # to silence more is to ask for more
                silent.append(frozenset(chosen))
                yield (), [zone for group in chosen for zone in self._group(self._old, group)]
        denying = self._all(self._old, denies)
        if denying:
            yield (denying,), ()

    def _group(self, side: Side, group: Group) -> list[Zone]:
        return [self._zones.elsewhere(group.resources)] if isinstance(group, Elsewhere) else self._all(side, group)

    def _all(self, side: Side, rules: Rules) -> list[Zone]:
        return [zone for rule in rules if (zone := self._zones.of(side, rule)) is not None]
