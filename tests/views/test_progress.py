"""What the learner can do by now, in plain words."""

from __future__ import annotations

from datetime import UTC, datetime

from coffeeshop.lessons.play.progress import Best
from coffeeshop.lessons.play.recall import Met, question_subject
from coffeeshop.lessons.scenario.course import chapters, headings
from coffeeshop.shop.mark import Mark
from coffeeshop.views.progress import progress
from coffeeshop.views.rows import Row, lines

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def told(best: dict[str, Best], *meetings: Met) -> tuple[Row, ...]:
    return tuple(progress(headings().values(), chapters(), best, meetings, AT.date()))


def test_whoever_begins_is_told_where_and_that_nothing_is_shown_yet():
    rows = told({})
    assert rows[0].word == "Next"
    assert rows[0].text.startswith("0 The first morning;")
    assert {row.word for row in rows if row.mark} == {"not yet"}
    assert sum(row.mark is not None for row in rows) == len(headings())


def test_stars_are_told_as_what_one_can_do():
    found = {row.text.partition("(")[2].partition(" ")[0]: row for row in told({
        "05-receipts-drawer": Best(3, 100, 1), "10-the-cashiers": Best(1, 40, 2), "15-three-workstations": Best(0, 0, 1)
    })}  # fmt: skip
    assert (found["5"].mark, found["5"].word) == (Mark.OK, "shown")
    assert found["10"].text.endswith(
        "everybody can work; more than the work is still possible"
    )
    assert found["15"].word == "not yet"


def test_beliefs_are_told_with_what_holds_and_when_they_come_again():
    text = lines(
        told(
            {},
            Met(AT, "M01", right=False),
            Met(AT, question_subject("05-receipts-drawer", 1), right=False),
        )
    )
    assert (
        "0 of 4 right, asked again on 3 Mar: An explicit deny wins over every allow" in text
    )
    assert "Question 1 of “The receipts drawer”" in text


def test_with_every_star_nothing_comes_next_but_the_mornings():
    assert told({id: Best(3, 100, 1) for id in headings()})[0].text.startswith(
        "Every scenario has three stars."
    )
