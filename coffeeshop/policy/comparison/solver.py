"""The search: a cheapest request inside some boxes and outside others.

A request is a point with one coordinate per dimension: its resource, and each context key. What a statement speaks of is
a *zone*: for each key a mask of classes (`policy.dimensions`), and which patterns the resource must match. Everything a
comparison asks is "find a point in this zone, in one of each of these groups of zones, and outside all of those".

Outside a zone means to *escape* it in at least one dimension: choose a class of a key that the zone lacks, or avoid its
patterns. A zone with a single way out leaves no choice, so it is taken at once (unit propagation); with several ways the
search branches, cheapest first, and turns back where a box is empty or already dearer than the best point found. That is
the DPLL procedure of satisfiability solvers, with boxes for clauses.

Keys have few classes and masks decide them. Resources would have too many, so they are decided only when needed: a box
carries which patterns its resource must match and must avoid, and `Resources.find` answers whether there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from coffeeshop.policy.comparison.automata import BudgetError
from coffeeshop.policy.comparison.resource_patterns import Resources, bits
from coffeeshop.policy.comparison.value_classes import Dimension

NODES = 4_000  # boxes that one search may look into


# ---------------------------------------------------------------------- zones
@dataclass(frozen=True, slots=True)
class Place:
    """Resource or NotResource: the resource matches some, or none, of these patterns."""

    patterns: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Zone:
    """What a statement says besides its action: dimension -> mask of classes, and the places of its resource."""

    masks: Mapping[int, int] = field(default_factory=dict[int, int])
    places: tuple[Place, ...] = ()

    def boxes(self) -> Iterator[Box]:
        """The zone as boxes, one for each choice of the pattern that the resource matches."""
        boxes = [Box(self.masks)]
        for place in self.places:
            if place.negated:
                boxes = [Box(box.masks, box.need, box.shun | place.patterns) for box in boxes]
            else:
                boxes = [Box(box.masks, box.need | 1 << at, box.shun) for box in boxes for at in bits(place.patterns)]
        return iter(boxes)


@dataclass(frozen=True, slots=True)
class Box:
    """A conjunction: a mask for each dimension that is not free, patterns the resource must match and must avoid."""

    masks: Mapping[int, int] = field(default_factory=dict[int, int])
    need: int = 0
    shun: int = 0

    def meet(self, other: Box) -> Box | None:
        """What lies in both; None where a key has no class left or a pattern is needed and avoided."""
        need, shun = self.need | other.need, self.shun | other.shun
        masks = dict(self.masks)
        for at, mask in other.masks.items():
            masks[at] = masks.get(at, mask) & mask
            if not masks[at]:
                return None
        return None if need & shun else Box(masks, need, shun)


@dataclass(frozen=True, slots=True)
class Point:
    """A point found: the class of each dimension that matters, the resource, and what the classes cost."""

    classes: Mapping[int, int]
    resource: str
    cost: int


Group: TypeAlias = Sequence[Zone]


# --------------------------------------------------------------------- search
class Search:
    """One search for a cheapest point. Raises BudgetError where NODES boxes were looked into and no point was found."""

    def __init__(self, dimensions: Sequence[Dimension], resources: Resources) -> None:
        self._dimensions, self._resources = dimensions, resources
        self._best: Point | None = None
        self._nodes = 0

    def cheapest(self, start: Box, groups: Sequence[Group], holes: Sequence[Zone]) -> Point | None:
        """A cheapest point in `start`, in a zone of each group, and in none of the holes."""
        self._best, self._nodes = None, 0
        try:
            self._inside(start, [[box for zone in group for box in zone.boxes()] for group in groups], holes)
        except BudgetError:
            if self._best is None:
                raise
        return self._best

    def cost(self, box: Box) -> int:
        """What the cheapest classes of the box cost: no point in it is cheaper."""
        return sum(self._dimensions[at].costs[_lowest(mask)] for at, mask in box.masks.items())

    def _inside(self, box: Box, groups: Sequence[Sequence[Box]], holes: Sequence[Zone]) -> None:
        """Choose a box of each group, the group with the fewest that are left first."""
        if not groups:
            self._outside(box, holes)
            return
        left = [[met for one in group if (met := box.meet(one))] for group in groups]
        at = min(range(len(left)), key=lambda number: len(left[number]))
        rest = [group for number, group in enumerate(groups) if number != at]
        for met in sorted(left[at], key=self.cost):
            self._inside(met, rest, holes)

    def _outside(self, box: Box, holes: Sequence[Zone]) -> None:
        """Leave every hole: forced escapes first, then branch on the hole with the fewest."""
        self._nodes += 1
        if self._nodes > NODES:
            raise BudgetError("nodes: the statements overlap in too many ways")
        left = self._propagated(box, holes)
        if left is None:
            return
        box, open_holes = left
        price = self.cost(box)
        if self._best is not None and price >= self._best.cost:
            return
        resource = self._resources.find(box.need, box.shun)
        if resource is None:
            return
        if not open_holes:
            self._best = Point({at: _lowest(mask) for at, mask in box.masks.items()}, resource, price)
            return
        hole, escapes = min(open_holes, key=lambda pair: len(pair[1]))
        rest = [other for other, _ in open_holes if other is not hole]
        for escape in sorted(escapes, key=self.cost):
            self._outside(escape, rest)

    def _propagated(self, box: Box, holes: Sequence[Zone]) -> tuple[Box, list[tuple[Zone, list[Box]]]] | None:
        """The box after every forced escape, and the holes that are left with the ways out of each; None if one has none."""
        while True:
            left: list[tuple[Zone, list[Box]]] = []
            forced = False
            for hole in holes:
                escapes = self._escapes(box, hole)
                if escapes is None:
                    continue
                if not escapes:
                    return None
                if len(escapes) == 1:
                    box, forced = escapes[0], True
                else:
                    left.append((hole, escapes))
            if not forced or not left:
                return box, left
            holes = [hole for hole, _ in left]

    def _escapes(self, box: Box, hole: Zone) -> list[Box] | None:
        """The ways out of a hole, each without the points of those before it; None if the box is out already."""
        found: list[Box] = []
        masks = dict(box.masks)
        for at, mask in hole.masks.items():
            now = masks.get(at, self._dimensions[at].full)
            if not now & mask:
                return None
            if now & ~mask:
                found.append(Box({**masks, at: now & ~mask}, box.need, box.shun))
            masks[at] = now & mask
        for place in hole.places:
            ways = _ways(Box(masks, box.need, box.shun), place)
            if ways is None:
                return None
            found += ways
        return found


def _ways(box: Box, place: Place) -> list[Box] | None:
    """How the resource leaves a place; None if it has left it."""
    patterns = place.patterns
    if place.negated:
        if box.need & patterns:
            return None
        return [Box(box.masks, box.need | 1 << at, box.shun) for at in bits(patterns & ~box.shun)]
    if patterns & ~box.shun == 0:
        return None
    return [] if box.need & patterns else [Box(box.masks, box.need, box.shun | patterns)]


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
