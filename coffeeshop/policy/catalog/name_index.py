"""Finds names by a piece of them: a wildcard over all services asks this of some 20,000 names, hundreds of times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate


class NameIndex:
    """Holds names as one text, in which a piece is found at once instead of name by name.

    >>> list(NameIndex(["s3:GetObject", "s3:ListBucket", "sqs:ListQueues"]).holding("list"))
    ['s3:ListBucket', 'sqs:ListQueues']
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._text = "\n".join((*self._names, "")).lower()
        self._starts = [0, *accumulate(len(name) + 1 for name in self._names)]

    def holding(self, piece: str) -> Iterator[str]:
        """Yields the names that hold a piece, which is in lower case and not empty, in their order."""
        at = self._text.find(piece)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            yield self._names[number]
            at = self._text.find(piece, self._starts[number + 1])
