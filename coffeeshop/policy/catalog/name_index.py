"""Finds actions by a piece of their names: a wildcard over all services asks this of some 20,000, hundreds of times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate


class NameIndex:
    """The words behind the colons of names as one text, in which a piece is found at once.

    >>> list(NameIndex(["s3:GetObject", "s3:ListBucket", "s3:ListObjects"]).names_containing("s"))
    ['s3:ListBucket', 's3:ListObjects']
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        words = [name.partition(":")[2].lower() for name in self._names]
        self._text = "\n".join((*words, ""))
        self._starts = [0, *accumulate(len(word) + 1 for word in words)]

    def names_containing(self, piece: str) -> Iterator[str]:
        """Yield the names that contain a piece (in lower case, not empty), in their order."""
        names = self._names
        starts = self._starts
        find = self._text.find
        at = find(piece)
        while at >= 0:
            after = bisect_right(starts, at)
            yield names[after - 1]
            at = find(piece, starts[after])
