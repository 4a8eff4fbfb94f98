"""Search for a cheapest request inside some regions and outside others.

Terms: a request is a *point* with one coordinate per *dimension*: its resource, and each
context key. A statement is a *region*: a mask of classes for each key (`value_classes`),
and the patterns that the resource must match. A *box* is a simple region, with one mask per
key and two sets of resource patterns: those that the resource must match and must avoid.
Masks and sets of patterns are integers, one bit per class or pattern. Every query is a
search for a point in a starting box, in one region of each *group*, and outside all
*blocked* regions.

To be outside a blocked region, the point must *escape* it in at least one dimension: its
class of a key isn't in the region's mask, or its resource violates a constraint. If a
region has a single escape, it is taken at once (unit propagation). With several, the search
branches, cheapest first. It backtracks if a box is empty or costs more than the best point
so far. This is the DPLL procedure of satisfiability solvers, with boxes as clauses.

Keys have few classes, so masks decide them. Resources have too many, so they are decided
only when needed: `Resources.find_resource` finds one that fits a box.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

from coffeeshop.policy.comparison.budgets import MAX_SEARCH_NODES, BudgetError, Steps
from coffeeshop.policy.comparison.resource_patterns import Resources, set_bits
from coffeeshop.policy.comparison.value_classes import Dimension


# -------------------------------------------------------------------- regions
@dataclass(frozen=True, slots=True)
class ResourceConstraint:
    """A resource matches one of these patterns (Resource), or with `negated` none of them (NotResource).

    `patterns` is a set of patterns of `Resources`, bit i for pattern i.
    """

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
                    Box(box.masks, box.must_match, box.must_avoid | constraint.patterns)
                    for box in boxes
                ]
            else:
                boxes = [
                    Box(box.masks, box.must_match | 1 << index, box.must_avoid)
                    for box in boxes
                    for index in set_bits(constraint.patterns)
                ]
        return iter(boxes)


@dataclass(frozen=True, slots=True)
class Box:
    """A set of points: a mask of classes per dimension, and resource patterns to match and to avoid.

    A dimension without a mask is free. `must_match` and `must_avoid` are sets of patterns,
    bit i for pattern i.
    """

    masks: Mapping[int, int] = field(default_factory=dict[int, int])
    must_match: int = 0
    must_avoid: int = 0

    def intersect(self, other_box: Box) -> Box | None:
        """Return the intersection, or None if it is empty: a key has no class left, or a needed pattern must be
        avoided.
        """
        must_match = self.must_match | other_box.must_match
        must_avoid = self.must_avoid | other_box.must_avoid
        masks = dict(self.masks)
        for at, mask in other_box.masks.items():
            masks[at] = masks.get(at, mask) & mask
            if not masks[at]:
                return None
        if must_match & must_avoid:
            return None
        return Box(masks, must_match, must_avoid)


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
    """Finds a cheapest point. Raises BudgetError if MAX_SEARCH_NODES boxes were tried and no point was
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
        self, start: Box, required_groups: Sequence[RegionGroup], blocked: Sequence[Region]
    ) -> Solution | None:
        """Return a cheapest point in `start`, in one region of each group, and in no blocked region, or None.

        Only three quarters of the remaining steps may be used, because the caller has to
        confirm the point with the rest. If they run out, the best point so far is returned,
        though a cheaper one may exist. Raise BudgetError if there is none by then.
        """
        self._best = None
        self._nodes = 0
        boxes = [
            list(chain.from_iterable(region.boxes() for region in group))
            for group in required_groups
        ]
        try:
            with self._steps.at_most(self._steps.remaining * 3 // 4):
                self._search_in_groups(start, boxes, blocked)
        except BudgetError:
            if self._best is None:
                raise
        return self._best

    def least_cost(self, box: Box) -> int:
        """Return a lower bound of the costs in a box: the cheapest class of each dimension."""
        return sum(
            self._dimensions[at].costs[_lowest_bit(mask)] for at, mask in box.masks.items()
        )

    def _search_in_groups(
        self, box: Box, groups: Sequence[Sequence[Box]], blocked: Sequence[Region]
    ) -> None:
        """Narrow the box to one region of each group, then search what is left outside the
        blocked regions.

        The best point goes to `_best`. The group with the fewest boxes left is chosen
        first, because it leaves the least to search.
        """
        if not groups:
            self._search_outside(box, blocked)
            return
        self._steps.take(sum(map(len, groups)))
        boxes_left = [list(filter(None, map(box.intersect, group))) for group in groups]
        narrowest = min(range(len(boxes_left)), key=lambda number: len(boxes_left[number]))
        other_groups = [group for number, group in enumerate(groups) if number != narrowest]
        for narrowed in sorted(boxes_left[narrowest], key=self.least_cost):
            self._search_in_groups(narrowed, other_groups, blocked)

    def _search_outside(self, box: Box, blocked: Sequence[Region]) -> None:
        """Search a box for its cheapest point in no blocked region, and keep it in `_best`
        if it beats the best so far.

        An escape is a part of the box outside a blocked region. Forced escapes are taken
        first. Then the search branches on the region with the fewest escapes. Raise
        BudgetError after MAX_SEARCH_NODES boxes.
        """
        self._nodes += 1
        if self._nodes > MAX_SEARCH_NODES:
            raise BudgetError("nodes: the statements overlap in too many ways")
        propagated = self._take_forced_escapes(box, blocked)
        if propagated is None:
            return
        box, still_blocking = propagated
        least_cost = self.least_cost(box)
        if self._best is not None and least_cost >= self._best.cost:
            return
        resource = self._resources.find_resource(box.must_match, box.must_avoid)
        if resource is None:
            return
        if not still_blocking:
            self._best = Solution(
                {at: _lowest_bit(mask) for at, mask in box.masks.items()},
                resource,
                least_cost,
            )
            return
        blocking, escapes = min(still_blocking, key=lambda pair: len(pair[1]))
        rest = [region for region, _ in still_blocking if region is not blocking]
        for escape in sorted(escapes, key=self.least_cost):
            self._search_outside(escape, rest)

    def _take_forced_escapes(
        self, box: Box, blocked: Sequence[Region]
    ) -> tuple[Box, list[tuple[Region, list[Box]]]] | None:
        """Narrow a box to its forced escapes until no escape is forced.

        Return the narrowed box, and each region that still blocks a part of it, with its escapes. Return
        None if a region blocks the whole box, so that no point is left.

        An escape is forced if it is the only part of the box outside a blocked region. A narrower box has
        fewer escapes from the other regions, so that theirs can become forced (as in unit propagation).
        """
        while True:
            still_blocking: list[tuple[Region, list[Box]]] = []
            forced = False
            self._steps.take(2 * len(blocked))
            for blocking in blocked:
                escapes = self._escape_boxes(box, blocking)
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

    def _escape_boxes(self, box: Box, blocking: Region) -> list[Box] | None:
        """Return the parts of the box that are outside a blocked region, as boxes that
        don't overlap.

        Return None if all of it is outside already, and an empty list if all of it is inside.
        """
        escapes: list[Box] = []
        shared_masks = dict(box.masks)
        for at, mask in blocking.masks.items():
            current = shared_masks.get(at, self._dimensions[at].full_mask)
            if not current & mask:
                return None
            if current & ~mask:
                escapes.append(
                    Box(
                        {**shared_masks, at: current & ~mask},
                        box.must_match,
                        box.must_avoid,
                    )
                )
            shared_masks[at] = current & mask
        for constraint in blocking.constraints:
            resource_escapes = _constraint_escapes(
                Box(shared_masks, box.must_match, box.must_avoid), constraint
            )
            if resource_escapes is None:
                return None
            escapes += resource_escapes
        return escapes


def _constraint_escapes(box: Box, constraint: ResourceConstraint) -> list[Box] | None:
    """Return the parts of a box whose resources violate a constraint, or None if all of them do."""
    patterns = constraint.patterns
    if constraint.negated:
        if box.must_match & patterns:
            return None
        return [
            Box(box.masks, box.must_match | 1 << index, box.must_avoid)
            for index in set_bits(patterns & ~box.must_avoid)
        ]
    if patterns & ~box.must_avoid == 0:
        return None
    if box.must_match & patterns:
        return []
    return [Box(box.masks, box.must_match, box.must_avoid | patterns)]


def _lowest_bit(mask: int) -> int:
    """Return the number of the lowest set bit. In a mask that is the cheapest class."""
    return (mask & -mask).bit_length() - 1
