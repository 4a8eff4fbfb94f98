"""Print the grade as a till receipt: the counts behind each star, and the total."""

from __future__ import annotations

from zlib import crc32

from msgspec import Struct

from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.model import Play, Report
from coffeeshop.lessons.scenario.find import number
from coffeeshop.views.cells import fit, width
from coffeeshop.views.picture.picture import Canvas, Line, Run
from coffeeshop.views.picture.pixels import Paints
from coffeeshop.views.text import stars


class Receipt(Struct, frozen=True):
    """The content of a receipt: the scenario, the shop's time, a line for each count, the score and the stars."""

    scenario: str
    when: str
    lines: tuple[tuple[str, str], ...]
    score: float
    stars: int
    tampered: bool = False
    someone_lost_access: bool = False
    sign: str = "Coffeeshop"

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the notes below the total."""
        counted = "an unchanged shop scores 0.00"
        changed = ("something fixed was changed",) if self.tampered else ()
        lost = ("someone lost other access",) if self.someone_lost_access else ()
        return (counted, *changed, *lost)


def receipt(play: Play, report: Report) -> Receipt:
    """Return the receipt of a graded play.

    A check that could not run because an earlier one failed does not count as passed.
    """
    counts = list[tuple[str, str]]()
    for kind in CheckKind:
        passed = [check.passed is True for check in report.checks if check.kind is kind]
        if kind.label and passed:
            counts.append((kind.label, f"{sum(passed)} of {len(passed)}"))
    if report.cases:
        right = sum(result.is_right for result in report.cases)
        counts.append(("Causes named", f"{right} of {len(report.cases)}"))
    return Receipt(
        f"{number(play.scenario.id)} {play.scenario.title}",
        f"{play.now:%H:%M}",
        tuple(counts),
        report.score,
        report.stars,
        report.is_tampered,
        any(
            check.kind is CheckKind.BYSTANDER and check.passed is False
            for check in report.checks
        ),
        play.scenario.shop.sign,
    )


def print_receipt(
    receipt: Receipt, columns: int, paints: Paints, ascii: bool = False
) -> Canvas:
    """Return the receipt as a canvas, exactly `columns` (32 or more) wide.

    The paper is light in every theme, torn at both ends, and lies on the counter.
    """
    paper = paints["paper"]
    ink = paints["ink"]
    faint = paints["ink_faint"]
    inner = columns - 6
    counter = Run(" ", ink, paints["c"])

    def line(rest: str, right: str = "", bold: bool = False, colour: str = ink) -> Line:
        """Return a line of paper with a text at the left and another at the right."""
        room = inner - width(right) - bool(right)
        return (
            counter,
            Run(f"  {fit(rest, room)}{' ' * bool(right)}{right}  ", colour, paper, bold),
            counter,
        )

    rule = line("-" * inner if ascii else "╌" * inner, colour=faint)
    total = f"{receipt.score:.2f} / 100"
    star_names = ("jobs and refusals", "nothing extra", "good practice")
    body = [
        line(receipt.sign.upper().center(inner).rstrip(), bold=True),
        line(receipt.scenario, receipt.when, colour=faint),
        rule,
        *(line(say, count) for say, count in receipt.lines),
        rule,
        line("TOTAL", total, bold=True),
        *(line(note, colour=faint) for note in receipt.notes),
        rule,
        *(
            line(f"{stars(receipt.stars, ascii)[index]} {say}", bold=index < receipt.stars)
            for index, say in enumerate(star_names)
        ),
        line(_bar_code(receipt, inner, ascii), colour=ink),
    ]
    return (
        _torn_edge(columns, paints, "▄", ascii),
        *body,
        _torn_edge(columns, paints, "▀", ascii),
    )


def _torn_edge(columns: int, paints: Paints, tooth: str, ascii: bool) -> Line:
    """Return the torn edge of the paper: a tooth in every second cell."""
    edge = "".join(" " if x % 2 else "~" if ascii else tooth for x in range(columns - 2))
    return (Run(f" {edge} ", paints["paper"], paints["c"]),)


def _bar_code(receipt: Receipt, cells: int, ascii: bool) -> str:
    """Return a bar code for a receipt. Equal receipts have equal bars."""
    code = f"{crc32(repr(receipt).encode()):032b}"
    bars = "".join(
        (("|", " ") if ascii else ("█", "▌"))[bit == "1"] + ("" if index % 3 else " ")
        for index, bit in enumerate(code)
    )
    return bars[:cells].center(cells)
