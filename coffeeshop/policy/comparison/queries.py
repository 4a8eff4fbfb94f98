"""Turn the question which requests of a statement the old side refuses into queries for the solver.

Terms: a *region* is what a statement matches apart from its action (`solver`). A *group* is
a tuple of statements of which one must match. An *alternative* is one way to be allowed: a
match in each of its groups. A *Grant* and a *Refusal* are a way to be allowed by new and
refused by old, as regions.

New allows a request in a region of the statement and in one region of each other group of
an alternative, outside all Denies of new. Old refuses it in two ways. One of its Denies
matches, or in each of its alternatives some group has no match.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, TypeAlias

from coffeeshop.policy.comparison.action_classes import may_name_service
from coffeeshop.policy.comparison.domain import ANY_RESOURCE, ResourceClass
from coffeeshop.policy.comparison.formula import (
    AccessFormula,
    Group,
    NoneOfResources,
    Rule,
    Rules,
)
from coffeeshop.policy.comparison.regions import Regions
from coffeeshop.policy.comparison.solver import Box, Region

# The denies, and the allows of each layer.
ApplicableRules: TypeAlias = "tuple[Rules, tuple[Rules, ...]]"


class Refusal(NamedTuple):
    """One way in which old refuses a request: it is in a region of each group of `inside`,
    and in no region of `outside`.

    For an explicit Deny, `inside` has the Denies. For an implicit one, `outside` has the
    Allows that would be needed.
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

    def may_be_of_service(self, service: str) -> bool:
        """Return whether a service, in lower case, can have an action of this class.

        Every statement must be about that service. So one about S3 spares a look at the
        actions of all other services.
        """
        return all(
            may_name_service(rule.clause.statement.actions, service)
            for denies, allows in (self.new, self.old)
            for rules in (denies, *allows)
            for rule in rules
        )


class RequestClass(NamedTuple):
    """A kind of request: an action, its class, a class of resources, and the context keys that it can't carry.

    `limits` are pairs of a dimension and a mask that allows only absence.
    """

    action: str
    action_class: ActionClass
    target: ResourceClass = ANY_RESOURCE
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
    """How both sides judge a class of actions: new's grants, the regions of new's Denies, and old's refusals."""

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
        self._sides_by_actions: dict[Hashable, Sides] = {}
        self._boxes: dict[Rule, list[Box]] = {}

    def query_for(self, rule: Rule, actions: ActionClass, account: str) -> Query:
        """Return the query whose solutions are requests that `rule` grants and that only new allows.

        `account` is the resource's: another account's resource policy has to allow the
        request as well.
        """
        if rule not in self._boxes:
            region = self._regions.region_of(self._new, rule)
            self._boxes[rule] = list(region.boxes()) if region else []
        key = (
            actions,
            self._new.is_cross_account(account),
            self._old.is_cross_account(account),
        )
        if key not in self._sides_by_actions:
            self._sides_by_actions[key] = self._allows_and_denies(*key)
        grants, blocked, refusals = self._sides_by_actions[key]
        return Query(
            self._boxes[rule],
            [grant.inside for grant in grants if rule in grant.by],
            blocked,
            refusals,
        )

    def _allows_and_denies(
        self, actions: ActionClass, new_is_cross_account: bool, old_is_cross_account: bool
    ) -> Sides:
        """Return for both sides the alternatives that allow a class of actions, and the
        statements that deny it.

        The cross-account flags are for each side's principal.
        """
        denies, allows = actions.new
        return Sides(
            grants=[
                Grant(
                    alternative.grants,
                    [self._group_regions(self._new, group) for group in alternative.needs],
                )
                for alternative in self._new.alternatives(
                    actions.action, allows, new_is_cross_account
                )
            ],
            blocked=self._rule_regions(self._new, denies),
            refusals=list(self._possible_refusals(actions, old_is_cross_account)),
        )

    def _possible_refusals(
        self, actions: ActionClass, is_cross_account: bool
    ) -> Iterator[Refusal]:
        """Yield the ways in which the old side refuses an action.

        It is denied implicitly if in each alternative at least one group has no match. So
        there is a way for each choice of one group from every alternative. A choice that
        contains a smaller one adds nothing and is left out. It is denied explicitly if a
        Deny matches.
        """
        denies, allows = actions.old
        alternatives = self._old.alternatives(actions.action, allows, is_cross_account)
        choices = product(
            *((alternative.grants, *alternative.needs) for alternative in alternatives)
        )
        chosen_before: list[frozenset[Group]] = []
        for chosen in sorted((tuple(dict.fromkeys(groups)) for groups in choices), key=len):
            # A larger choice adds nothing.
            if any(fewer <= {*chosen} for fewer in chosen_before):
                continue
            chosen_before.append(frozenset(chosen))
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
        """Return the regions of a group. A request satisfies the group if it is in any of them."""
        if isinstance(group, NoneOfResources):
            return [self._regions.region_outside(group.resources)]
        return self._rule_regions(side, group)

    def _rule_regions(self, side: AccessFormula, rules: Rules) -> list[Region]:
        """Return the regions of these statements, without those that nothing can match."""
        regions = (self._regions.region_of(side, rule) for rule in rules)
        return [region for region in regions if region is not None]
