"""Turn the question which requests of a statement the old side refuses into queries for the solver.

New allows a request in a region of the statement and in one region of each other group of the alternative, outside all Denies
of new. Old refuses it in two ways. One of its Denies matches, or in each of its alternatives some group has no match.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, TypeAlias

from coffeeshop.policy.comparison.domain import ANYWHERE, ResourceClass
from coffeeshop.policy.comparison.formula import (
    AccessFormula,
    Elsewhere,
    Group,
    Rule,
    Rules,
)
from coffeeshop.policy.comparison.regions import Regions
from coffeeshop.policy.comparison.solver import Box, Region

ApplicableRules: TypeAlias = (
    "tuple[Rules, tuple[Rules, ...]]"  # the denies, and the allows of each layer
)


class Refusal(NamedTuple):
    """A way in which old refuses: the request is in a region of each group of `inside`, and outside the regions
    of `outside`.
    """

    inside: Sequence[Sequence[Region]]
    outside: Sequence[Region]


@dataclass(frozen=True, slots=True, eq=False)
class ActionClass:
    """Actions with the same statements, by one of them (in lower case), and the statements
    of both sides.
    """

    action: str
    new: ApplicableRules
    old: ApplicableRules


class RequestClass(NamedTuple):
    """A kind of request: an action, a class of resources, and the dimensions that it can't
    have.
    """

    action: str
    action_class: ActionClass
    target: ResourceClass = ANYWHERE
    limits: tuple[tuple[int, int], ...] = ()


class LimitedActions(NamedTuple):
    """Actions of one class whose requests can't have the keys that these masks rule out."""

    action_class: ActionClass
    limits: tuple[tuple[int, int], ...]


class Grant(NamedTuple):
    """A way in which new allows: one of the statements in `by` grants it, and the request is in a region of
    each group.
    """

    by: Rules
    inside: list[list[Region]]


class Sides(NamedTuple):
    """How both sides judge a class of actions, whichever new statement grants it."""

    grants: list[Grant]
    blocked: list[Region]
    refusals: list[Refusal]


class Query(NamedTuple):
    """One question for the solver: is there a request in these boxes that only the new side
    allows?

    The request is in one of `boxes` and, for some entry of `ways`, in one region of each
    group. It is in none of the `blocked` regions (new Denies), and old refuses it in one
    way of `refusals`.
    """

    boxes: list[Box]
    ways: list[list[list[Region]]]
    blocked: list[Region]
    refusals: list[Refusal]


class Queries:
    """Builds the queries of two standings. Shared parts are built once."""

    def __init__(self, new: AccessFormula, old: AccessFormula, regions: Regions) -> None:
        self._new = new
        self._old = old
        self._regions = regions
        self._known: dict[Hashable, Sides] = {}
        self._boxes: dict[Rule, list[Box]] = {}

    def query_for(self, rule: Rule, actions: ActionClass, account: str) -> Query:
        """Return the query for a statement, a class of actions and the resource's account."""
        if rule not in self._boxes:
            region = self._regions.region_of(self._new, rule)
            self._boxes[rule] = list(region.boxes()) if region else []
        key = (
            actions,
            self._new.is_cross_account(account),
            self._old.is_cross_account(account),
        )
        if key not in self._known:
            self._known[key] = self._answers_of_both(*key)
        grants, blocked, refusals = self._known[key]
        return Query(
            self._boxes[rule],
            [grant.inside for grant in grants if rule in grant.by],
            blocked,
            refusals,
        )

    def _answers_of_both(
        self, actions: ActionClass, foreign: bool, old_foreign: bool
    ) -> Sides:
        """Return how both sides judge a class of actions, whichever statement grants it."""
        denies, allows = actions.new
        return Sides(
            grants=[
                Grant(
                    alternative.grants,
                    [self._group_regions(self._new, group) for group in alternative.needs],
                )
                for alternative in self._new.alternatives(actions.action, allows, foreign)
            ],
            blocked=self._rule_regions(self._new, denies),
            refusals=list(self._ways_to_refuse(actions, old_foreign)),
        )

    def _ways_to_refuse(self, actions: ActionClass, foreign: bool) -> Iterator[Refusal]:
        """Yield the ways in which the old side refuses.

        Either a Deny matches, or in each alternative some group has no match. A choice of
        silent groups that contains an earlier, smaller choice is passed over.
        """
        denies, allows = actions.old
        alternatives = self._old.alternatives(actions.action, allows, foreign)
        choices = product(
            *((alternative.grants, *alternative.needs) for alternative in alternatives)
        )
        silent: list[frozenset[Group]] = []
        for chosen in sorted((tuple(dict.fromkeys(groups)) for groups in choices), key=len):
            if any(fewer <= {*chosen} for fewer in silent):  # a larger choice adds nothing
                continue
            silent.append(frozenset(chosen))
            yield Refusal(
                (),
                [
                    region
                    for group in chosen
                    for region in self._group_regions(self._old, group)
                ],
            )
        denying = self._rule_regions(self._old, denies)
        if denying:
            yield Refusal((denying,), ())

    def _group_regions(self, side: AccessFormula, group: Group) -> list[Region]:
        """Return the regions of a group."""
        if isinstance(group, Elsewhere):
            return [self._regions.region_outside(group.resources)]
        return self._rule_regions(side, group)

    def _rule_regions(self, side: AccessFormula, rules: Rules) -> list[Region]:
        """Return the regions of these statements, without those that nothing can match."""
        regions = (self._regions.region_of(side, rule) for rule in rules)
        return [region for region in regions if region is not None]
