"""Search for a cheapest request inside some regions and outside others.

A request is a point with one coordinate per dimension: its resource, and each context key. A statement is a *region*: a mask
of classes for each key (`value_classes`), and the patterns that the resource must match. Every query of a comparison is a
search for a point in this region, in one of each of these groups of regions, and outside all *blocked* regions.

To be outside a region, the point must *escape* it in at least one dimension. It has a class of a key that the region lacks, or
avoids its patterns. If a blocked region has a single escape, it is taken at once (unit propagation). With several, the search
branches, cheapest first, and backtracks if a box is empty or costs more than the best point so far. This is the DPLL procedure
of satisfiability solvers, with boxes as clauses.

Keys have few classes, so masks decide them. Resources have too many, so they are decided only when needed. A box lists the
patterns that its resource must match and must avoid, and `Resources.find_resource` finds one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

from coffeeshop.policy.comparison.budgets import NODES, BudgetError, Steps
from coffeeshop.policy.comparison.resource_patterns import Resources, set_bits
from coffeeshop.policy.comparison.value_classes import Dimension


# -------------------------------------------------------------------- regions
@dataclass(frozen=True, slots=True)
class ResourceConstraint:
    """A resource matches one of these patterns (Resource), or none of them (NotResource)."""

    patterns: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """The part of a statement besides its action: a mask of classes for each key, and constraints on the
    resource.
    """

    masks: Mapping[int, int] = field(default_factory=dict[int, int])
    constraints: tuple[ResourceConstraint, ...] = ()

    def boxes(self) -> Iterator[Box]:
        """Yield the region as boxes, one for each choice of the pattern that the resource
        matches.
        """
        boxes = [Box(self.masks)]
        for constraint in self.constraints:
            if constraint.negated:
                boxes = [
                    Box(box.masks, box.need, box.shun | constraint.patterns)
                    for box in boxes
                ]
            else:
                boxes = [
                    Box(box.masks, box.need | 1 << at, box.shun)
                    for box in boxes
                    for at in set_bits(constraint.patterns)
                ]
        return iter(boxes)


@dataclass(frozen=True, slots=True)
class Box:
    """A mask for each dimension that isn't free, and patterns that the resource must match
    and avoid.
    """

    masks: Mapping[int, int] = field(default_factory=dict[int, int])
    need: int = 0
    shun: int = 0

    def intersect(self, other_box: Box) -> Box | None:
        """Return the intersection, or None if it is empty: a key has no class left, or a needed pattern must be
        avoided.
        """
        need = self.need | other_box.need
        shun = self.shun | other_box.shun
        masks = dict(self.masks)
        for at, mask in other_box.masks.items():
            masks[at] = masks.get(at, mask) & mask
            if not masks[at]:
                return None
        if need & shun:
            return None
        return Box(masks, need, shun)


@dataclass(frozen=True, slots=True)
class Solution:
    """A point: the class of each dimension that matters, the resource, and the cost of the
    classes.
    """

    classes: Mapping[int, int]
    resource: str
    cost: int


RegionGroup: TypeAlias = Sequence[Region]


# --------------------------------------------------------------------- search
class Search:
    """Finds a cheapest point. Raises BudgetError if NODES boxes were tried and no point was
    found.
    """

    def __init__(
        self,
        dimensions: Sequence[Dimension],
        resources: Resources,
        steps: Steps | None = None,
    ) -> None:
        """Prepare a search over these dimensions and resources. `steps` is the budget."""
        self._dimensions = dimensions
        self._resources = resources
        self._steps = steps or Steps()
        self._best: Solution | None = None
        self._nodes = 0

    def find_cheapest(
        self, start: Box, groups: Sequence[RegionGroup], blocked: Sequence[Region]
    ) -> Solution | None:
        """Return a cheapest point in `start`, in a region of each group, and in no blocked
        region.
        """
        self._best = None
        self._nodes = 0
        boxes = [
            list(chain.from_iterable(region.boxes() for region in group))
            for group in groups
        ]
        try:
            with self._steps.at_most(
                self._steps.remaining * 3 // 4
            ):  # the best point so far is still yielded
                self._enter_groups(start, boxes, blocked)
        except BudgetError:
            if self._best is None:
                raise
        return self._best

    def least_cost(self, box: Box) -> int:
        """Return a lower bound of the costs in a box: the cheapest class of each dimension."""
        return sum(
            self._dimensions[at].costs[_lowest_bit(mask)] for at, mask in box.masks.items()
        )

    def _enter_groups(
        self, box: Box, groups: Sequence[Sequence[Box]], blocked: Sequence[Region]
    ) -> None:
        """Narrow the box to a box of each group, then leave the blocked regions.

        The group with the fewest boxes left is chosen first, because it prunes most.
        """
        if not groups:
            self._leave_blocked(box, blocked)
            return
        self._steps.take(sum(map(len, groups)))
        reachable = [list(filter(None, map(box.intersect, group))) for group in groups]
        at = min(range(len(reachable)), key=lambda number: len(reachable[number]))
        rest = [group for number, group in enumerate(groups) if number != at]
        for narrowed in sorted(reachable[at], key=self.least_cost):
            self._enter_groups(narrowed, rest, blocked)

    def _leave_blocked(self, box: Box, blocked: Sequence[Region]) -> None:
        """Find the cheapest point of a box that is in no blocked region, and keep it in `_best`.

        Escapes that are forced are taken first. Then the search branches on the region
        that has the fewest escapes.
        """
        self._nodes += 1
        if self._nodes > NODES:
            raise BudgetError("nodes: the statements overlap in too many ways")
        propagated = self._propagate_escapes(box, blocked)
        if propagated is None:
            return
        box, still_blocking = propagated
        price = self.least_cost(box)
        if self._best is not None and price >= self._best.cost:
            return
        resource = self._resources.find_resource(box.need, box.shun)
        if resource is None:
            return
        if not still_blocking:
            self._best = Solution(
                {at: _lowest_bit(mask) for at, mask in box.masks.items()}, resource, price
            )
            return
        blocking, escapes = min(still_blocking, key=lambda pair: len(pair[1]))
        rest = [region for region, _ in still_blocking if region is not blocking]
        for escape in sorted(escapes, key=self.least_cost):
            self._leave_blocked(escape, rest)

    def _propagate_escapes(
        self, box: Box, blocked: Sequence[Region]
    ) -> tuple[Box, list[tuple[Region, list[Box]]]] | None:
        """Return the box after all forced escapes, and the regions that still block with
        their escapes.

        Return None if a region has no escape.
        """
        while True:
            still_blocking: list[tuple[Region, list[Box]]] = []
            forced = False
            self._steps.take(2 * len(blocked))
            for blocking in blocked:
                escapes = self._ways_out(box, blocking)
                if escapes is None:
                    continue
                if not escapes:
                    return None
                if len(escapes) == 1:
                    box = escapes[0]
                    forced = True
                else:
                    still_blocking.append((blocking, escapes))
            if not forced or not still_blocking:
                return box, still_blocking
            blocked = [blocking for blocking, _ in still_blocking]

    def _ways_out(self, box: Box, blocking: Region) -> list[Box] | None:
        """Return the disjoint escapes from a blocked region, or None if the box is outside already."""
        escapes: list[Box] = []
        masks = dict(box.masks)
        for at, mask in blocking.masks.items():
            current = masks.get(at, self._dimensions[at].full_mask)
            if not current & mask:
                return None
            if current & ~mask:
                escapes.append(Box({**masks, at: current & ~mask}, box.need, box.shun))
            masks[at] = current & mask
        for constraint in blocking.constraints:
            resource_escapes = _constraint_escapes(
                Box(masks, box.need, box.shun), constraint
            )
            if resource_escapes is None:
                return None
            escapes += resource_escapes
        return escapes


def _constraint_escapes(box: Box, constraint: ResourceConstraint) -> list[Box] | None:
    """Return the ways in which a resource can violate a constraint, or None if the box violates it already."""
    patterns = constraint.patterns
    if constraint.negated:
        if box.need & patterns:
            return None
        return [
            Box(box.masks, box.need | 1 << at, box.shun)
            for at in set_bits(patterns & ~box.shun)
        ]
    if patterns & ~box.shun == 0:
        return None
    if box.need & patterns:
        return []
    return [Box(box.masks, box.need, box.shun | patterns)]


def _lowest_bit(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
