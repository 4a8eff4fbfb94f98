"""Measure and cut text by terminal cells. Control characters are made harmless before the text is cut."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from string import ascii_letters, digits, punctuation

from coffeeshop.harmless import show_on_one_line

LATIN_LETTERS = range(0xC0, 0x100)  # À to ÿ
BOXES_AND_BLOCKS = range(0x2500, 0x25A0)  # lines and quadrants
# One-cell characters of our texts and drawings. A text of these needs no Unicode tables, whose import takes 35 ms and 4 MiB.
ONE_CELL_CHARACTERS = frozenset(
    ascii_letters
    + digits
    + punctuation
    + " ✓✗▲◆·★☆…■▸»«↑↓←→␊⏎␛␣␉␡●○◐▶□•°‹›“”‘’–—"
    + "".join(map(chr, [*LATIN_LETTERS, *BOXES_AND_BLOCKS]))
)

MIN_FULL_WIDTH = 12  # cells; in a narrower space, a name's last word is kept first
MAX_ROUNDS = 8  # attempts to tell names apart that look alike
LAST_WORD = re.compile(r"[^-_./: ]+$")


def width(text: str) -> int:
    """Return the number of terminal cells that `text` takes on one line."""
    if ONE_CELL_CHARACTERS.issuperset(text):
        return len(text)
    from wcwidth import wcswidth

    return wcswidth(show_on_one_line(text))


def cut(text: str, cells: int) -> str:
    """Return `text` on one line of at most `cells` cells. A cut text ends with `…`."""
    shown_text = show_on_one_line(text)
    if width(shown_text) <= cells:
        return shown_text
    if cells > 0:
        return _beginning(shown_text, cells - 1) + "…"
    return ""


def fit(text: str, cells: int) -> str:
    """Return `text` cut or padded to exactly `cells` cells."""
    shown_text = cut(text, cells)
    return shown_text + " " * (cells - width(shown_text))


def whole(text: str, cells: int) -> str:
    """Return `text` in at most `cells` cells, cut between two words if possible."""
    shown_text = cut(text, cells)
    if shown_text == show_on_one_line(text) or " " not in shown_text:
        return shown_text
    return f"{shown_text.rpartition(' ')[0].rstrip(',')}…"


def wrap_words(text: str, cells: int, indent: int = 0) -> tuple[str, ...]:
    """Return a text in lines of at most `cells` cells, cut between words. Later lines are indented.

    A word that is longer than a line is cut where the line ends. Nothing is left out.
    """
    lines: list[str] = []
    current = ""
    for word in show_on_one_line(text).split(" "):
        rest = word
        candidate = f"{current} {rest}" if current.strip() else current + rest
        while width(candidate) > cells:
            if current.strip():
                lines.append(current)
                candidate = " " * indent + rest
            else:
                part = _beginning(candidate, cells)
                lines.append(part)
                rest = candidate[len(part) :]
                candidate = " " * indent + rest
            current = ""
        current = candidate
    return (*lines, current)


def shorten_text(text: str, cells: int) -> str:
    """Return `text` in at most `cells` cells. A long text loses its middle, since names often differ at the end."""
    shown_text = show_on_one_line(text)
    if width(shown_text) <= cells or cells < 3:
        return cut(text, cells)
    number = ACCOUNT_NUMBER.search(shown_text)
    if number and cells >= len(number[0]):
        return _around_number(shown_text, number.span(), cells)
    head = _beginning(shown_text, cells - cells // 2 - 1)
    return f"{head}…{_ending(shown_text, cells - width(head) - 1)}"


ACCOUNT_NUMBER = re.compile(r"(?<!\d)\d{12}(?!\d)")  # an account number, which is never cut
MIN_HEAD_LETTERS = 3  # letters of a name's beginning that are kept with its last word


def _around_number(text: str, span: tuple[int, int], cells: int) -> str:
    """Return a text with its account number whole, and as much of both ends as fits."""
    before = text[: span[0]]
    after = text[span[1] :]
    room = cells - (span[1] - span[0])
    tail = after
    if width(after) > room - min(width(before), room // 2):
        ending = _ending(after, room - min(width(before), room // 2) - 1)
        tail = f"…{ending}" if room > 1 else ""
    return f"{cut(before, room - width(tail))}{text[span[0] : span[1]]}{tail}"


def recognisable_width(name: str) -> int:
    """Return how many cells a name needs so that it can be recognised: its last word and three letters of its beginning."""
    text = show_on_one_line(name)
    word = LAST_WORD.search(text)
    last = width(word[0]) if word else 0
    return min(width(text), MIN_HEAD_LETTERS + 1 + last)


def shorten_names(names: Iterable[str], cells: int) -> tuple[str, ...]:
    """Return each name on one line of at most `cells` cells, so that no two look alike.

    A long name loses its middle. If the ends of several are the same, the part that differs is
    kept.
    """
    distinct_names = tuple(map(show_on_one_line, names))
    shown_entries = {name: _shorten_name(name, cells) for name in distinct_names}
    for _ in range(MAX_ROUNDS):
        for look_alikes in _look_alike_groups(shown_entries, cells):
            same_count = _common_prefix_length(min(look_alikes), max(look_alikes))
            shown_entries.update(
                (name, _shorten_around(name, same_count, cells)) for name in look_alikes
            )
    for look_alikes in _look_alike_groups(shown_entries, cells):
        for index, name in enumerate(look_alikes, 1):
            shown_entries[name] = f"{cut(name, max(cells - len(str(index)), 0))}{index}"
    return tuple(shown_entries[name] for name in distinct_names)


def _look_alike_groups(shown_entries: dict[str, str], cells: int) -> list[list[str]]:
    """Return groups of names that look the same after being shortened, so that they must be shortened differently."""
    families = defaultdict[str, list[str]](list)
    for name, text in shown_entries.items():
        families[text].append(name)
    items = (look_alikes for look_alikes in families.values() if len(look_alikes) > 1)
    return [[name for name in family if width(name) > cells] for family in items]


def _common_prefix_length(first: str, last: str) -> int:
    """Return the length of the common beginning of two names."""
    pairs = enumerate(zip(first, last, strict=False))
    return next(
        (nth for nth, (name, other_name) in pairs if name != other_name),
        min(len(first), len(last)),
    )


def _shorten_name(name: str, cells: int) -> str:
    """Return a name without its middle. Its last word stays whole if the beginning has enough room."""
    word = LAST_WORD.search(name)
    last = width(word[0]) if word else 0
    if cells > MIN_FULL_WIDTH:
        fits = cells // 2 < last < cells - MIN_HEAD_LETTERS
    else:
        fits = 2 < last < cells - 1
    if not fits or ACCOUNT_NUMBER.search(name) or width(name) <= cells:
        return shorten_text(name, cells)
    return f"{_beginning(name, cells - last - 1)}…{_ending(name, last)}"


def _shorten_around(name: str, at: int, cells: int) -> str:
    """Return both ends of a name and the part of it around the index `at`."""
    edge = cells // 5
    middle = _beginning(name[max(at - 1, 0) :], max(cells - 2 * edge - 2, 0))
    return cut(f"{_beginning(name, edge)}…{middle}…{_ending(name, edge)}", cells)


def _beginning(text: str, cells: int) -> str:
    """Return as much of the beginning of a text as fits into `cells` cells."""
    return "".join(_fitting(_graphemes(text), cells))


def _ending(text: str, cells: int) -> str:
    """Return as much of the end of a text as fits into `cells` cells."""
    return "".join(reversed(_fitting(reversed(_graphemes(text)), cells)))


def _fitting(pieces: Iterable[str], cells: int) -> list[str]:
    """Return the first pieces that fit into `cells` cells."""
    taken: list[str] = []
    room = cells
    for piece in pieces:
        room -= width(piece)
        if room < 0:
            break
        taken.append(piece)
    return taken


def _graphemes(text: str) -> list[str]:
    """Return the characters of a text as readers see them: a letter with its accents is one."""
    if ONE_CELL_CHARACTERS.issuperset(text):
        return list(text)
    from wcwidth import iter_graphemes

    return list(iter_graphemes(text))
