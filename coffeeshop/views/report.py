"""The grade as rows: stars, what holds, the findings of the next star, the score and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.model import Finding, Report
from coffeeshop.shop.want import Mark
from coffeeshop.views.rows import Row

SHOWN = 3  # findings at most, root cause first
STARS = {1: "every job works and every refusal holds", 2: "and nothing more is possible", 3: "and it will last"}


def stars(count: int, ascii: bool = False) -> str:
    """★★☆ or **-, always three."""
    full, empty = ("*", "-") if ascii else ("★", "☆")
    return full * count + empty * (3 - count)


def report(graded: Report) -> tuple[Row, ...]:
    """The whole report as a learner reads it."""
    return tuple(_report(graded))


def _report(graded: Report) -> Iterator[Row]:
    yield Row(f"{graded.stars} of 3 stars, {graded.score:g} of 100 points", role="title")
    yield from (Row(STARS[star], Mark.OK, f"star {star}", indent=1) for star in range(1, graded.stars + 1))
    if graded.stars == 3:
        yield Row("Everyone can work, and nothing else is possible.", Mark.OK, "done")
        return
    missing = len(graded.findings)
    yield Row(
        f"{missing} {'finding stands' if missing == 1 else 'findings stand'} before star {graded.stars + 1}",
        role="title",
    )
    for finding in graded.findings[:SHOWN]:
        yield from finding_rows(finding)
    if missing > SHOWN:
        yield Row(f"and {missing - SHOWN} more", role="muted", indent=1)


def finding_rows(finding: Finding) -> Iterator[Row]:
    """A finding in at most four sentences: what, why, what it means, one question."""
    mark = (
        Mark.EXTRA if finding.kind in ("excess", "not-proven") else Mark.LEAK if finding.kind == "leak" else Mark.MISS
    )
    yield Row(finding.what, mark, role="name")
    yield from (Row(text, indent=1) for text in (finding.why, finding.meaning, finding.ask) if text)
    if finding.path:
        yield Row("The way there:", indent=1, role="muted")
        yield from (Row(line, indent=2, role="code") for line in finding.path)


def derivation(graded: Report) -> tuple[Row, ...]:
    """How the score comes about: the four shares, q, and the untouched world's q."""
    s = graded.shares
    rows = (
        ("jobs that work", s.jobs),
        ("refusals that hold", s.refusals),
        ("people with nothing extra", s.excess),
        ("practice rules kept", s.practice),
    )
    shares = tuple(Row(f"{float(value):.0%}", word=word, indent=1) for word, value in rows)
    return (
        *shares,
        Row(f"q {float(graded.quality):.4f}, the untouched shop {float(graded.floor):.4f}", indent=1, role="muted"),
    )


def checks(graded: Report) -> tuple[Row, ...]:
    """Every check of the brief with its mark, star by star; what could not be run yet is quiet."""
    marks = {True: Mark.OK, False: Mark.MISS, None: Mark.QUIET}
    seen = [
        check for check in graded.checks if check.kind in ("job", "refuse", "only", "practice") or check.passed is False
    ]
    return tuple(Row(check.say, marks[check.passed], f"star {check.star}") for check in seen)
