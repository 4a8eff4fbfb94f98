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

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from coffeeshop.policy.automata import Automaton, BudgetError, matcher
from coffeeshop.policy.dimensions import OTHER_WORDS, Dimension, filled
from coffeeshop.policy.shapes import Text, Wild

NODES = 4_000  # boxes that one search may look into


# ------------------------------------------------------------------ resources
class Resources:
    """Patterns of resources by number, and a resource for any choice of patterns to match and to avoid.

    Sets of patterns are integers, bit i for pattern i. A pattern may be *opaque* (it holds a policy variable that nobody
    knows): it may match all that it could match, and may match nothing, as long as it does not have to do both.
    """

    def __init__(self, seeds: Iterable[str] = ()) -> None:
        self.texts: list[Text] = []
        self._seeds = tuple(seeds)
        self._samples: list[str] = []
        self._heads: list[str] = []
        self._exact = self._opaque = self._named = 0
        self._numbers: dict[Hashable, int] = {}
        self._found: dict[tuple[int, int], str | None] = {}

    def number(self, text: Text, sample: str = "") -> int:
        """The bit of a pattern; `sample` is a resource to show for it."""
        return self._numbers.get(text) or self._added(text, text, sample)

    def opaque(self, words: Hashable, widest: Text) -> int:
        """The bit of a pattern that cannot be read; all that it could match, `widest` matches."""
        known = self._numbers.get(words)
        if known is None:
            known = self._added(words, widest, "")
            self._opaque |= known
        return known

    def _added(self, name: Hashable, text: Text, sample: str) -> int:
        bit = self._numbers[name] = 1 << len(self.texts)
        wild = next((at for at, token in enumerate(text.tokens) if isinstance(token, Wild)), None)
        self.texts.append(text)
        self._heads.append("".join(map(str, text.tokens[:wild])))
        self._samples.append(sample or (self._heads[-1] if wild is None else filled(text)))
        self._exact |= bit if wild is None else 0
        self._named |= bit if sample else 0
        return bit

    def fits(self, resource: str, need: int, shun: int) -> bool:
        """Whether a resource matches all of the one patterns and none of the others."""
        texts = self.texts
        wanted = all(matcher(texts[at])(resource) for at in _bits(need))
        return wanted and not any(matcher(texts[at])(resource) for at in _bits(shun))

    def find(self, need: int, shun: int) -> str | None:
        """A readable resource that matches all of `need` and none of `shun`; None if there can be none."""
        found = self._found.get((need, shun), "")
        if found == "":
            found = None if need & shun else self._find(need, shun & ~self._opaque)
            self._found[need, shun] = found
        return found

    def _find(self, need: int, shun: int) -> str | None:
        if need & self._exact:
            only = self._samples[(need & self._exact).bit_length() - 1]
            return only if self.fits(only, need, shun) else None
        near = self._near(need, shun)
        if near is None or self._apart(need):
            return None
        shown = next((one for one, untried in self._candidates(need) if self.fits(one, untried, near)), None)
        return self._spelled(need, near) if shown is None else shown

    def _candidates(self, need: int) -> Iterator[tuple[str, int]]:
        """Readable resources, each with the patterns that it may not match: what exists, then what patterns look like."""
        yield from ((seed, need) for seed in self._seeds)
        for at in (*_bits(need & self._named), *_bits(need & ~self._named)):
            yield self._samples[at], need & ~(1 << at)
        yield from ((filled(self.texts[at], OTHER_WORDS), need) for at in _bits(need))
        yield "x", need

    def _spelled(self, need: int, near: int) -> str | None:
        """The shortest resource that there is."""
        chosen = [*_bits(need), *_bits(near)]
        needed = (1 << need.bit_count()) - 1
        automaton = Automaton([self.texts[at] for at in chosen])
        return self._polished(automaton.shortest(needed, (1 << len(chosen)) - 1 - needed), need, near)

    def begins(self, need: int, head: str) -> bool:
        """Whether resources that begin like this can match all these patterns, as far as beginnings tell."""
        heads = (self._heads[at] for at in _bits(need))
        return all(head.startswith(other) or other.startswith(head) for other in heads)

    def _apart(self, need: int) -> bool:
        """Whether two needed patterns begin in different ways."""
        heads = sorted((self._heads[at] for at in _bits(need)), key=len)
        return any(not longer.startswith(shorter) for shorter, longer in pairwise(heads))

    def _near(self, need: int, shun: int) -> int | None:
        """The patterns to avoid that some needed text could match; None where one of them covers a needed pattern."""
        near = 0
        for at in _bits(shun):
            head, last = self._heads[at], self.texts[at].tokens[-1:]
            prefix = last == (Wild.RUN,) and len(head) == len(self.texts[at].tokens) - 1
            for other in (self._heads[number] for number in _bits(need)):
                if prefix and other.startswith(head):
                    return None
                if not (head.startswith(other) or other.startswith(head)):
                    break
            else:
                near |= 1 << at
        return near

    def _polished(self, found: str | None, need: int, shun: int) -> str | None:
        """The same resource in a region that people know, where that is as good."""
        parts = found.split(":", 5) if found else []
        if len(parts) != 6 or len(parts[3]) != 1:
            return found
        better = ":".join((*parts[:3], "us-east-1", *parts[4:]))
        return better if self.fits(better, need, shun) else found


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


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
                boxes = [Box(box.masks, box.need | 1 << at, box.shun) for box in boxes for at in _bits(place.patterns)]
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
        return [Box(box.masks, box.need | 1 << at, box.shun) for at in _bits(patterns & ~box.shun)]
    if patterns & ~box.shun == 0:
        return None
    return [] if box.need & patterns else [Box(box.masks, box.need, box.shun | patterns)]


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
