"""What the learner can do by now, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.play.progress import Best
from coffeeshop.lessons.play.recall import Met, question_subject
from coffeeshop.lessons.scenario.course import chapters, headings
from coffeeshop.lessons.teaching.skills import skills
from coffeeshop.shop.mark import Mark
from coffeeshop.views.progress import never_shown, progress
from coffeeshop.views.rows import Row, lines

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def told(
    best: dict[str, Best],
    *meetings: Met,
    times: Callable[[str], int] = never_shown,
    ascii: bool = False,
) -> tuple[Row, ...]:
    """The rows of somebody's progress."""
    return tuple(
        progress(
            headings().values(),
            chapters(),
            best,
            meetings,
            AT.date(),
            times_alone=times,
            ascii=ascii,
        )
    )


def test_whoever_begins_is_told_where_and_that_no_skill_is_shown_yet():
    rows = told({})
    assert rows[0].word == "Next"
    assert rows[0].text.startswith("0 The first morning;")
    listed = [row.text for row in rows if row.indent]
    assert sorted(listed) == sorted(f"○ {skill.name}" for skill in skills().values())


def test_each_chapter_shows_its_skills_in_three_steps_and_the_best_come_first():
    times = {"create-user": 2, "join-group": 5, "create-group": 1}
    texts = [row.text for row in told({}, times=lambda id: times.get(id, 0))]
    assert texts[1].startswith(
        "● by yourself, ◐ once, ○ not yet. A skill counts once in each play of a scenario, unless"
    )
    at = next(n for n, text in enumerate(texts) if text.startswith("1 Open the shop"))
    assert texts[at].startswith("1 Open the shop  ●●◐○○○")
    assert texts[at + 1 : at + 4] == [
        "● Create a user",
        "● Add a user to a group",
        "◐ Create a group",
    ]
    assert texts[at + 4].startswith("○ ")


def test_without_signs_the_words_say_the_same():
    times = {"create-user": 2, "create-group": 1}
    text = lines(told({}, times=lambda id: times.get(id, 0), ascii=True), ascii=True)
    assert text.isascii()
    for word in ("by yourself: Create a user", "once: Create a group", "not yet: "):
        assert word in text


def test_a_chapter_without_skills_shows_the_stars_of_its_scenarios():
    form = replace(headings()["05-receipts-drawer"], id="91-mine", chapter=0)
    for best, mark, word in (
        (Best(3, 100, 1), Mark.OK, "shown"),
        (Best(1, 40, 2), Mark.EXTRA, "partly"),
        (Best(0, 0, 1), Mark.MISS, "not yet"),
    ):
        rows = [*progress([form], chapters(), {"91-mine": best}, (), AT.date())]
        assert [(row.mark, row.word) for row in rows if row.indent] == [(mark, word)]


def test_a_belief_that_was_right_often_enough_is_settled():
    days = [AT + timedelta(days=60 * number) for number in range(5)]
    met = [Met(day, "M01", right=day != AT) for day in days]
    (row,) = [row for row in told({}, *met) if "An explicit deny wins" in row.text]
    assert (row.mark, row.word) == (Mark.OK, "settled")


def test_beliefs_are_told_with_what_holds_and_when_they_come_again():
    text = lines(
        told(
            {},
            Met(AT, "M01", right=False),
            Met(AT, question_subject("05-receipts-drawer", 1), right=False),
        )
    )
    assert "asked again on 3 Mar: An explicit deny wins over every allow" in text
    assert "Question 1 of “The receipts drawer”" in text


def test_what_somebody_may_believe_is_shown_on_the_page_that_is_most_about_it():
    text = lines(told({}, Met(AT, "M59", right=False)))
    assert (
        "The lesson of scenario 25 shows it, on the page “Which shop is Miller working for?”."
        in text
    )


def test_a_belief_is_shown_on_the_page_that_its_row_names():
    text = lines(told({}, Met(AT, "M04", right=False)))
    assert (
        "The lesson of scenario 5 shows it, on the page “A command and its action”." in text
    )


def test_what_somebody_may_believe_is_told_with_the_reason_and_the_page_that_shows_it():
    text = lines(told({}, Met(AT, "M01", right=False)))
    assert "What you may believe" in text
    assert "You may believe this: “A narrower allow beats a deny.”" in text
    assert (
        "Here is why it's wrong: An explicit deny wins over every allow, however narrow the allow is. "
        "The lesson of scenario 4 shows it, on the page “Tomorrow”." in text
    )


def test_who_was_never_wrong_is_told_of_nothing_that_they_may_believe():
    assert "What you may believe" not in lines(told({}, Met(AT, "M01", right=True)))


def test_what_a_grade_blamed_is_not_called_a_guess():
    text = lines(told({}, Met(AT, "M01", right=False)))
    assert "What you got wrong once, in a guess or in the account" in text


@pytest.mark.parametrize("done", ["31", "34"])
def test_a_scenario_that_was_skipped_is_not_said_to_come_after_what_you_have_done(
    done: str,
):
    id = next(id for id in headings() if id.startswith(done))
    text = told({id: Best(3, 100, 1)})[0].text
    assert "after what you have done" not in text
    assert text.endswith(("later scenarios build on it.", "you can begin with it."))


def test_the_next_scenario_claims_no_skill_that_is_not_shown():
    ids = list(headings())
    text = told({id: Best(3, 100, 1) for id in ids[:2]})[0].text
    assert text.endswith("it comes after what you have done.")


def test_with_every_star_nothing_comes_next_but_the_mornings():
    assert told({id: Best(3, 100, 1) for id in headings()})[0].text.startswith(
        "Every scenario has three stars."
    )
