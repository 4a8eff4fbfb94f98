"""Write reports as a CSV table with a row for each hand-in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coffeeshop.classroom.cells import row
from coffeeshop.classroom.formats.points import scale_score
from coffeeshop.classroom.judge import Graded

RESULT_COLUMNS = (
    *(
        "handin",
        "scenario",
        "variant",
        "stars",
        "score",
        "status",
        "first_finding",
        "digest",
    ),
    *("learner", "points", "handed_in", "late_minutes", "tries", "hints"),
)


def write_sheet(reports: Iterable[Graded], points: float) -> Iterator[str]:
    """Yield the headings, then a row for each hand-in."""
    yield row(RESULT_COLUMNS)
    for graded in reports:
        document, handin = graded.document, graded.document.handin
        yield row(
            (
                graded.name,
                document.scenario.id if document.scenario else None,
                document.variant,
                document.stars,
                document.score,
                document.status,
                document.findings[0].key if document.findings else "",
                handin.digest,
                graded.owner_key,
                None
                if document.score is None
                else f"{scale_score(document.score, points):g}",
                handin.handed_in,
                None if graded.delay is None else round(graded.delay.total_seconds() / 60),
                handin.tries,
                None if handin.hints is None else sum(handin.hints.values()),
            )
        )
