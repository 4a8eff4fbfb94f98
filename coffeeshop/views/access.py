"""Who can reach what, as words, as a table of letters, and as a drawing of lines from people to things.

A line of table or drawing is parts, each a text and its role, as many cells as it was given, 60 or more. In a cell stands a
letter for each access level, first what is fine, then what is marked: `LR▲W` lists and reads, and writes more than jobs need.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from coffeeshop.harmless import one_line
from coffeeshop.lessons.grading.access import GRAVEST, Access, Reason, Subject
from coffeeshop.lessons.grading.sentences import name
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.evaluation.explain import sentence
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.things import LEVELS, Thing
from coffeeshop.views.cells import fit, shortened, width
from coffeeshop.views.rows import ASCII, ROLES, Role, Row
from coffeeshop.views.text import capital

Part: TypeAlias = tuple[str, Role]
Line: TypeAlias = tuple[Part, ...]

LETTERS = {level: level.value[0] for level in LEVELS}
SAID = {**{level: level.value.lower() for level in LEVELS}, AccessLevel.PERMISSIONS: "permissions"}
WORDS = {
    Mark.LEAK: "must be refused",
    Mark.MISS: "missing",
    Mark.EXTRA: "more than needed",
    Mark.OK: "fine",
    Mark.QUIET: "may",
}
SHORT = {Mark.EXTRA: "extra", Mark.MISS: "missing", Mark.LEAK: "leaks"}
TOGETHER = {
    "user": "users",
    "group": "groups",
    "policy": "policies",
    "mfa": "devices",
    "account": "whole account",
    "elsewhere": "not here yet",
}
STRANGERS = {
    "newcomer": "a new colleague",
    "anyone": "anybody",
    "account/stranger": "any account",
    "account/tomorrow": "a new member",
    "service": "a service",
}
NAMES = 18  # cells for who, at most
COLUMN = 9  # cells for a thing, at least
SHOWN = 5  # names that are told before the others are counted


# ---------------------------------------------------------------------- who and what
def called(subject: Subject) -> str:
    """Names somebody, in the role that they wear: casey, bo ▸ Cashier, role AdminMachine."""
    kind, slash, rest = subject.who.partition("/")
    plain = subject.who if not slash or kind == "user" else rest if kind == "service" else f"{kind} {rest}"
    who = STRANGERS.get(subject.who, plain.removeprefix("user/"))
    return f"{who} ▸ {subject.role}" if subject.role else who


def titled(thing: Thing) -> str:
    """Names a thing: coffeeshop-receipts, role Cashier, users."""
    if not thing.name:
        return TOGETHER.get(thing.kind, thing.kind)
    return f"role {thing.name}{'' if thing.there else ' (not there)'}" if thing.kind == "role" else thing.name


def gravest(reasons: Iterable[Reason]) -> Mark | None:
    """Returns the mark that matters most; None where nothing is allowed."""
    return min((reason.mark for reason in reasons), key=GRAVEST.index, default=None)


def groups(reasons: Sequence[Reason]) -> Iterator[tuple[Mark, tuple[AccessLevel, ...]]]:
    """Yields the levels of a cell by mark: first what is fine, then what is not, the gravest last. What must be refused
    is more than needed, too, which goes without saying.
    """
    leaks = {reason.level for reason in reasons if reason.mark is Mark.LEAK}
    for mark in reversed(GRAVEST):
        levels = tuple(
            r.level for r in reasons if r.mark is mark and (mark is not Mark.EXTRA or r.level not in leaks)
        )
        if levels:
            yield mark, levels


# ---------------------------------------------------------------------------- words
def told(access: Access, who: str = "") -> tuple[Row, ...]:
    """Tells of everybody in a few lines what they may do, and with what; things of which the same is said are one line,
    and people of whom it is, one entry. Of `who` alone, where that is given, it tells why, too; empty where there is nobody of that name.
    """
    if not who:
        return (*_told(access), *(Row(remark, role="muted") for remark in remarks(access)))
    mine = [
        subject
        for subject in access.subjects
        if who.lower() in (subject.who.lower(), called(subject).lower())
    ]
    return tuple(row for subject in mine for row in _of_one(access, subject))


def _of_one(access: Access, subject: Subject) -> Iterator[Row]:
    yield Row(called(subject), role="name")
    for thing in access.row(subject):
        yield Row(titled(thing), role="title", indent=1)
        yield from (replace(row, indent=row.indent + 2) for row in explained(access, subject, thing))
    if not access.row(subject):
        yield Row("nothing", role="muted", indent=1)


def _told(access: Access) -> Iterator[Row]:
    alike: dict[tuple[Row, ...], list[str]] = {}
    for subject in access.subjects:
        alike.setdefault(tuple(_may(access, subject)), []).append(called(subject))
    for rows, names in alike.items():
        yield Row(_listed(names), role="name")
        yield from rows


def _may(access: Access, subject: Subject) -> Iterator[Row]:
    same: dict[str, list[Thing]] = {}
    for thing, reasons in access.row(subject).items():
        same.setdefault(_said(reasons), []).append(thing)
    for said, mine in same.items():
        mark = gravest(access.cell(subject, mine[0])) if access.judged else None
        shown = None if mark is Mark.QUIET else mark
        yield Row(f"{_listed([titled(thing) for thing in mine])}: {said}", shown, indent=1)
    if not same:
        yield Row("nothing", role="muted", indent=1)


def _said(reasons: Sequence[Reason]) -> str:
    return "; ".join(_group(mark, levels) for mark, levels in groups(reasons))


def _group(mark: Mark, levels: Iterable[AccessLevel]) -> str:
    said = ", ".join(SAID[level] for level in levels)
    return said if mark in (Mark.OK, Mark.QUIET) else f"{WORDS[mark]}: {said}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def remarks(access: Access) -> tuple[str, ...]:
    """Tells what is to be known of the whole table."""
    root = "The root user may do everything, by no policy of the account."
    return (*map(capital, access.remarks), root)


def explained(access: Access, subject: Subject, thing: Thing) -> tuple[Row, ...]:
    """Tells why a cell says what it says, the gravest first: a request for each level, with the statement that decides
    it.
    """
    reasons = sorted(access.cell(subject, thing), key=lambda reason: GRAVEST.index(reason.mark))
    if not reasons:
        return (Row(f"{name(subject.who)} may do nothing here: no policy allows it.", role="muted"),)
    return tuple(row for reason in reasons for row in _explained(reason))


def _explained(reason: Reason) -> Iterator[Row]:
    request = reason.decision.request
    yield Row(
        f"{request.action} on {request.resource}", reason.mark, f"{SAID[reason.level]}, {WORDS[reason.mark]}"
    )
    if reason.say:
        yield Row(f"asked for by: {reason.say}" if reason.mark is not Mark.LEAK else reason.say, indent=1)
    elif reason.mark is Mark.EXTRA:
        yield Row("no job asks for this request", indent=1)
    how = {"code": "signed in with a code", "password": "signed in with a password"}.get(reason.badge, "")
    yield Row(capital(sentence(reason.decision)) + (f" ({how})" if how else ""), role="muted", indent=1)


# ---------------------------------------------------------------------------- table
class Sight(NamedTuple):
    """What of the table is in sight: the first subject and thing, how many of each, and the cells of their columns."""

    subject: int
    thing: int
    subjects: int
    things: int
    names: int
    column: int


def sight(
    access: Access, columns: int, rows: int, at: tuple[int, int] = (0, 0), ascii: bool = False
) -> Sight:
    """Returns the part of the table that fits into so many cells and has the subject and thing `at` in it."""
    names = (
        min(max((width(called(subject)) for subject in access.subjects), default=0), NAMES, columns // 4) + 1
    )
    widest = max((width(_text(cell(reasons, ascii))) for reasons in access.looks), default=0)
    column = max(COLUMN, widest) + 1
    across, down = max((columns - names) // column, 1), max(rows - 2, 1)
    first = _window(at[0], len(access.subjects), down), _window(at[1], len(access.things), across)
    return Sight(*first, min(down, len(access.subjects)), min(across, len(access.things)), names, column)


def _window(at: int, many: int, shown: int) -> int:
    return min(max(at - shown // 2, 0), max(many - shown, 0))


def table(
    access: Access, columns: int, rows: int, at: tuple[int, int] | None = None, ascii: bool = False
) -> tuple[Line, ...]:
    """Returns the table in exactly so many cells: two lines of things, then a line of everybody; the cell `at` (a
    subject and a thing, by number) is framed by `[ ]`. What does not fit lies outside of the window around it.
    """
    seen = sight(access, columns, rows, at or (0, 0), ascii)
    shown = access.things[seen.thing : seen.thing + seen.things]
    lines: list[Line] = [
        (_blank(seen.names), *((fit(_kind(thing), seen.column), "muted") for thing in shown)),
        (_blank(seen.names), *((fit(_end(thing, seen.column - 1), seen.column), "title") for thing in shown)),
    ]
    for nth in range(seen.subject, seen.subject + seen.subjects):
        subject = access.subjects[nth]
        who: Part = (fit(shortened(called(subject), seen.names - 1), seen.names), "name")
        cells = (
            part
            for place, thing in enumerate(shown, seen.thing)
            for part in _boxed(cell(access.cell(subject, thing), ascii), seen.column, (nth, place) == at)
        )
        lines.append((who, *cells))
    return tuple(_filled(line, columns) for line in lines[:rows])


def _kind(thing: Thing) -> str:
    first, _, more = titled(thing).partition(" ")
    return thing.kind if thing.name else first if more else ""


def _end(thing: Thing, cells: int) -> str:
    """The name in so many cells; its end tells things apart, from the beginning of a word where there is one."""
    shown = one_line(thing.name or titled(thing).partition(" ")[2] or titled(thing))
    if width(shown) <= cells:
        return shown
    words = (shown[at.end() :] for at in re.finditer(r"[-_./ ]", shown))
    if word := next((word for word in words if 0 < width(word) <= cells and word != thing.kind), ""):
        return word
    while width(shown) > cells - 1:
        shown = shown[1:]
    return "…" + shown


def cell(reasons: Sequence[Reason], ascii: bool = False) -> Line:
    """Returns a cell's letters, each group of marked ones behind its mark; a dot where nothing is allowed."""
    if not reasons:
        return (("." if ascii else "·", "muted"),)
    parts = list[Part]()
    for mark, levels in groups(reasons):
        letters = "".join(LETTERS[level] for level in levels)
        parts.append((_sign(mark, ascii) + letters, _role(mark)))
    return tuple(parts)


def _sign(mark: Mark, ascii: bool) -> str:
    if mark in (Mark.OK, Mark.QUIET):
        return ""
    return ASCII[mark] if ascii else mark.value


def _role(mark: Mark) -> Role:
    return "text" if mark in (Mark.OK, Mark.QUIET) else ROLES[mark]


def _boxed(parts: Line, cells: int, chosen: bool) -> Line:
    """A cell in so many cells, in brackets if it is the one under the cursor."""
    space = cells - width(_text(parts)) - 2
    ends = ("[", "]") if chosen else (" ", " ")
    return ((ends[0], "key"), *parts, (ends[1] + " " * max(space, 0), "key"))


def _text(parts: Line) -> str:
    return "".join(text for text, _ in parts)


def _blank(cells: int) -> Part:
    return " " * cells, "text"


def _filled(line: Line, cells: int) -> Line:
    filled = (*line, _blank(max(cells - width(_text(line)), 0)))
    runs = groupby(filled, key=itemgetter(1))
    return tuple((_text(tuple(run)), role) for role, run in runs)


def legend(ascii: bool = False) -> str:
    """Says what letters and marks mean, in 78 cells."""
    letters = ", ".join(f"{letter} {SAID[level]}" for level, letter in LETTERS.items())
    marks = " ".join(f"{_sign(mark, ascii)} {word}" for mark, word in SHORT.items())
    return f"{letters}; {marks}"


# -------------------------------------------------------------------------- drawing
# Of a Braille cell: Unicode 15.0, chapter 21.1.
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
Drawn: TypeAlias = "dict[tuple[int, int], tuple[int, Role]]"


def drawing(
    access: Access, columns: int, rows: int, chosen: int | None = None, ascii: bool = False
) -> tuple[Line, ...]:
    """Returns people at the left, things at the right, and a line from each to what they may reach, in exactly so many
    cells. The lines of the subject `chosen` are drawn whole, and its letters stand beside the things; those of the others
    are dotted, and left out of whoever reaches more than half of all. In a place too small for all the window is around the chosen one.
    """
    left = _spread(len(access.subjects), rows, chosen or 0)
    shown = access.things
    mine = [nth for nth, thing in enumerate(shown) if chosen is not None and _reaches(access, chosen, thing)]
    right = _spread(len(shown), rows, mine[0] if mine else 0)
    names = min(max((width(called(subject)) for subject in access.subjects), default=0), NAMES, columns // 4)
    titles = min(max((width(titled(thing)) for thing in shown), default=0), 2 * NAMES, columns // 3)
    between = max(columns - names - 2 - titles - 2 * COLUMN, 4)
    drawn: Drawn = {}
    few = {nth: access.few(access.subjects[nth]) for nth in left}
    order = sorted(left, key=lambda nth: nth == chosen)  # the chosen one's lines lie over the others
    for nth in order:
        for place in right:
            whole = chosen is None or nth == chosen
            reasons = access.cell(access.subjects[nth], shown[place])
            if reasons and (whole or shown[place] in few[nth]):
                role = _role(gravest(reasons) or Mark.QUIET) if whole else "muted"
                _stroke(drawn, (4 * left[nth] + 1, 4 * right[place] + 2), 2 * between, role, whole)
    return tuple(
        _filled(
            (
                _at_left(access, left, row, names, chosen),
                *_dots(drawn, row, between, ascii),
                *_at_right(access, shown, right, row, titles, chosen, ascii),
            ),
            columns,
        )
        for row in range(rows)
    )


def _reaches(access: Access, subject: int, thing: Thing) -> bool:
    return bool(access.subjects) and bool(access.cell(access.subjects[subject], thing))


def _spread(many: int, rows: int, around: int) -> dict[int, int]:
    """Gives each number a row, two rows apart where there is room; those that do not fit have none."""
    first, shown = _window(around, many, rows), min(many, rows)
    apart = 2 if 2 * many - 1 <= rows else 1
    return {first + nth: nth * apart for nth in range(shown)}


def _stroke(drawn: Drawn, ends: tuple[int, int], wide: int, role: Role, whole: bool) -> None:
    """Draw a line over the dots, from the left edge to the right one; every third dot of one that is not whole."""
    start, end = ends
    steps = max(wide - 1, abs(end - start), 1)
    for step in range(0, steps + 1, 1 if whole else 3):
        x, y = round(step * (wide - 1) / steps), round(start + (end - start) * step / steps)
        key = y // 4, x // 2
        drawn[key] = drawn.get(key, (0, role))[0] | DOTS[y % 4][x % 2], role


def _dots(drawn: Drawn, row: int, cells: int, ascii: bool) -> Iterator[Part]:
    for column in range(cells):
        dots, role = drawn.get((row, column), (0, "text"))
        shown = (":" if dots.bit_count() > 2 else ".") if ascii else chr(0x2800 + dots)
        yield (shown if dots else " ", role)


def _at_left(access: Access, rows: Mapping[int, int], row: int, cells: int, chosen: int | None) -> Part:
    nth = next((nth for nth, at in rows.items() if at == row), None)
    who = "" if nth is None else shortened(called(access.subjects[nth]), cells)
    return fit(who, cells) + " ", "key" if nth is not None and nth == chosen else "name"


def _at_right(
    access: Access,
    shown: Sequence[Thing],
    rows: Mapping[int, int],
    row: int,
    cells: int,
    chosen: int | None,
    ascii: bool,
) -> Iterator[Part]:
    nth = next((nth for nth, at in rows.items() if at == row), None)
    if nth is None:
        return
    reasons = (
        access.cell(access.subjects[chosen], shown[nth]) if chosen is not None and access.subjects else ()
    )
    yield fit(" " + shortened(titled(shown[nth]), cells), cells + 2), "title" if reasons else "muted"
    if reasons:
        yield from cell(reasons, ascii)
