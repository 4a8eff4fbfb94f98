"""Rows of one list, each shortened to one line so that no two look alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from msgspec.structs import replace

from coffeeshop.views.cells import shorten_names, width
from coffeeshop.views.rows import Row


class NamedRows:
    """The rows of a list. Names are shortened last: a text gets at most a third of the line."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Keep the rows of a list, to shorten their names so that no two look alike."""
        self.rows = tuple(rows)
        self._shortened: dict[tuple[str | None, int], dict[str, str]] = {}

    def fit_row(self, row: Row, cells: int) -> Row:
        """Return one of the rows, shortened to `cells` cells without its mark and indentation."""
        if width(row.word) + bool(row.word and row.text) + width(row.text) <= cells:
            return row
        if self._widest_text:
            beside_count = min(self._widest_text, cells // 3) + 1
        else:
            beside_count = 0
        if row.word:
            word = self._shorten(None, row.word, cells - beside_count)
        else:
            word = ""
        room = cells - width(word) - 1 if word else cells
        return replace(row, word=word, text=self._shorten(row.word, row.text, room))

    @cached_property
    def _widest_text(self) -> int:
        """Return the width of the longest text in cells."""
        return max((width(row.text) for row in self.rows), default=0)

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        """Return the texts of the rows by name. They tell rows of the same name apart."""
        texts = defaultdict[str, list[str]](list)
        for row in self.rows:
            texts[row.word].append(row.text)
        return texts

    def _shorten(self, behind: str | None, text: str, cells: int) -> str:
        """Return a text shortened among all texts of the name `behind`, or (None) a name among all names."""
        key = behind, cells
        if key not in self._shortened:
            if behind is None:
                entries = self._texts
            else:
                entries = self._texts[behind]
            self._shortened[key] = dict(
                zip(entries, shorten_names(entries, cells), strict=True)
            )
        return self._shortened[key][text]
