"""Measure and cut text by the cells that a terminal gives it; what is cut has been made harmless first."""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_letters, digits, punctuation

from coffeeshop.harmless import one_line

# Characters of one cell that the shop itself draws. A text of these alone needs no tables, whose import takes 35 ms.
NARROW = frozenset(ascii_letters + digits + punctuation + " ✓✗▲◆·★☆…─╌▀▄█▌■▸»↑↓␊")


def width(text: str) -> int:
    """Returns how many cells `text` takes where it is shown on one line."""
    if NARROW.issuperset(text):
        return len(text)
    from wcwidth import wcswidth

    return wcswidth(one_line(text))


def cut(text: str, cells: int) -> str:
    """Returns `text` on one line of at most so many cells, with `…` where it was cut."""
    shown = one_line(text)
    if width(shown) <= cells:
        return shown
    return _beginning(shown, cells - 1) + "…" if cells > 0 else ""


def fit(text: str, cells: int) -> str:
    """Returns `text` cut or filled to exactly so many cells."""
    shown = cut(text, cells)
    return shown + " " * (cells - width(shown))


def whole(text: str, cells: int) -> str:
    """Returns `text` in at most so many cells, cut between two words where there is one to end with."""
    shown = cut(text, cells)
    if shown == one_line(text) or " " not in shown:
        return shown
    return f"{shown.rpartition(' ')[0].rstrip(',')}…"


def shortened(text: str, cells: int) -> str:
    """Returns `text` in at most so many cells, with `…` in its middle where it was too long: its end tells things apart."""
    shown = one_line(text)
    if width(shown) <= cells or cells < 3:
        return cut(text, cells)
    head = _beginning(shown, cells - cells // 2 - 1)
    return f"{head}…{_ending(shown, cells - width(head) - 1)}"


def _beginning(text: str, cells: int) -> str:
    return "".join(_fitting(_graphemes(text), cells))


def _ending(text: str, cells: int) -> str:
    return "".join(reversed(_fitting(reversed(_graphemes(text)), cells)))


def _fitting(pieces: Iterable[str], cells: int) -> list[str]:
    """Returns the pieces, from the first on, that fit into so many cells."""
    taken: list[str] = []
    room = cells
    for piece in pieces:
        room -= width(piece)
        if room < 0:
            break
        taken.append(piece)
    return taken


def _graphemes(text: str) -> list[str]:
    """Returns what a reader takes for single characters: a letter stays with its accents."""
    if NARROW.issuperset(text):
        return list(text)
    from wcwidth import iter_graphemes

    return list(iter_graphemes(text))
