"""What was got wrong comes again after ever longer pauses, sooner after a miss."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.lessons.play.recall import (
    SETTLED_PAUSE,
    Met,
    count_answered,
    due_subjects,
    repetitions,
)

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def met(day: int, right: bool, subject: str = "M03") -> Met:
    return Met(START + timedelta(days=day), subject, right)


def day(number: int) -> date:
    return (START + timedelta(days=number)).date()


def test_what_was_right_from_the_first_never_comes_again():
    assert repetitions([met(0, right=True)]) == {}
    assert due_subjects([met(0, right=True)], day(400)) == ()


def test_a_miss_comes_again_the_next_day_and_not_sooner():
    assert due_subjects([met(0, right=False)], day(0)) == ()
    assert due_subjects([met(0, right=False)], day(1)) == ("M03",)


def test_pauses_grow_with_each_right_answer_until_it_is_settled():
    meetings, on, pauses = [met(0, right=False)], 0, list[int]()
    while not (known := repetitions(meetings)["M03"]).is_settled:
        pauses.append((known.due - known.last_answer).days)
        assert due_subjects(meetings, day(on + pauses[-1] - 1)) == ()
        on += pauses[-1]
        assert due_subjects(meetings, day(on)) == ("M03",)
        meetings.append(met(on, right=True))
    assert pauses == sorted({*pauses})
    assert len(pauses) == 4
    assert pauses[-1] < SETTLED_PAUSE.days
    assert due_subjects(meetings, day(on + 4000)) == ()


def test_what_was_forgotten_twice_comes_again_sooner_than_what_was_remembered():
    remembered = [met(0, right=False), met(1, right=True), met(3, right=True)]
    forgotten = [met(0, right=False), met(1, right=False), met(2, right=True)]
    pauses = [
        known.due - known.last_answer
        for known in (repetitions(rows)["M03"] for rows in (remembered, forgotten))
    ]
    assert pauses[0] > pauses[1]


def test_a_miss_begins_the_pauses_again():
    meetings = [met(0, right=False), met(1, right=True), met(4, right=False)]
    assert due_subjects(meetings, day(5)) == ("M03",)


def test_a_second_right_answer_on_one_day_tells_nothing():
    assert repetitions([met(0, right=False), met(0, right=True)])["M03"].days_right == 0
    assert (
        repetitions([met(0, right=False), met(1, right=True), met(1, right=True)])[
            "M03"
        ].days_right
        == 1
    )


def test_what_was_met_today_is_not_asked_again_today_and_counts_as_answered():
    meetings = [met(0, right=False), met(0, right=False, subject="M04")]
    assert due_subjects(meetings, day(1)) == ("M03", "M04")
    after = [*meetings, met(1, right=False)]
    assert (due_subjects(after, day(1)), count_answered(after, day(1))) == (("M04",), 1)


def test_the_longest_overdue_comes_first():
    meetings = [
        met(1, right=False, subject="B"),
        met(2, right=True, subject="B"),
        met(3, right=False, subject="A"),
    ]
    assert due_subjects(meetings, day(30)) == ("A", "B")  # due on day 4 and on day 5


@given(
    st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.sampled_from("ABC"))),
    st.integers(0, 90),
)
def test_what_is_due_was_missed_once_and_not_met_since_its_pause_ended(
    rows: list[tuple[int, bool, str]], today: int
):
    meetings = [met(*row) for row in sorted(rows)]
    for subject in due_subjects(meetings, day(today)):
        mine = [one for one in meetings if one.subject == subject]
        assert any(not one.right for one in mine)
        assert max(one.at.date() for one in mine) < day(today)
