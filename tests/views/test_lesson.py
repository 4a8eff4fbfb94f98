"""A lesson's page in words, and as a picture that says the same."""

from __future__ import annotations

from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.teaching.lesson import Lesson, Page, Prediction, Reach, lesson
from coffeeshop.shop.mark import Mark
from coffeeshop.views.glossary import found_rows, words
from coffeeshop.views.lesson import (
    answered_rows,
    page_rows,
    reach_picture,
    reach_rows,
    told_rows,
)
from coffeeshop.views.rows import lines
from coffeeshop.views.welcome import welcome
from tests.views.plays import scenario


def read(name: str) -> Lesson:
    return lesson(scenario(name))


def page(name: str, title: str) -> Page:
    return next(page for page in read(name).pages if page.title == title)


def reach(name: str, title: str) -> Reach:
    return next(part for part in page(name, title).parts if isinstance(part, Reach))


def test_a_page_is_told_in_words_with_its_commands_and_the_policy_read_aloud() -> None:
    said = lines(page_rows(page("00", "A list on the wall"))).splitlines()
    assert said[0] == "A list on the wall"
    assert said[1].startswith("You write down what is allowed in a policy.")
    assert '      "Action": "s3:ListBucket",' in said
    assert "  on: the bucket coffeeshop-recipes (arn:aws:s3:::coffeeshop-recipes)" in said
    assert said[-4:-2] == [
        "✓ Create a group, write the policy on it, and add Kim",
        "  $ aws iam create-group --group-name Bakers",
    ]


def test_a_decision_is_not_told_before_something_was_guessed() -> None:
    asking = page("00", "A new user has no permissions")
    assert "refused" not in lines(page_rows(asking))
    assert "As you guessed, AWS says: refused" in lines(answered_rows(asking, guess=False))
    assert "You said: allowed" in lines(answered_rows(asking, guess=True))


def test_what_stands_below_a_question_waits_for_the_guess() -> None:
    asking, rest = (
        page("14", "What Noa can do"),
        "That's not what the owner wanted. In an Allow",
    )
    assert rest not in lines(page_rows(asking))
    assert lines(answered_rows(asking, guess=True)).splitlines()[-1].startswith(rest)


def test_a_guess_is_marked_by_whether_it_was_right() -> None:
    asked = page("00", "A new user has no permissions").prediction
    assert isinstance(asked, Prediction)
    assert [row.mark for row in told_rows(asked, True)][:2] == [Mark.MISS, Mark.OK]
    assert [row.mark for row in told_rows(asked, False)][:1] == [Mark.OK]


def test_who_reaches_what_is_one_sentence_for_each_person_and_answer() -> None:
    assert lines(reach_rows(reach("00", "What Kim can do now"))).splitlines() == [
        "Kim, allowed: list recipes",
        "Kim, refused: list payroll, hire",
        "Ada, allowed: list recipes, list payroll, hire",
    ]


def test_the_picture_says_the_same_in_marks_and_words_within_a_line() -> None:
    for ascii, may, no in ((False, "──▸ may", "──┤ no"), (True, "--> may", "--| no")):
        head, kim, ada = (
            "".join(text for text, _ in strip)
            for strip in reach_picture(reach("00", "What Kim can do now"), ascii)
        )
        assert head.split() == ["list", "recipes", "list", "payroll", "hire"]
        assert (kim.count(may), kim.count(no)) == (1, 2)
        assert (ada.count(may), ada.count(no)) == (3, 0)


def test_no_picture_of_the_course_is_wider_than_a_line_of_prose() -> None:
    for folder in folders():
        for shown in read(folder.name).pages:
            for part in shown.parts:
                if isinstance(part, Reach):
                    assert all(
                        sum(len(text) for text, _ in strip) <= 70
                        for strip in reach_picture(part)
                    )


def test_the_welcome_says_who_you_are_and_that_nothing_can_break_in_forty_words() -> None:
    said = lines(welcome())
    assert "You own a coffee shop." in said
    assert "Nothing can break." in said
    assert len(said.split()) <= 40


def test_the_words_of_a_text_come_first_and_every_word_once() -> None:
    here, others = words("Casey's user is in a group.")
    assert [term.name for term in here] == ["user", "group"]
    assert len({*here, *others}) == len(here) + len(others) > 60
    assert words()[0] == ()


def test_a_word_is_told_with_its_example_and_other_names() -> None:
    assert lines(found_rows("apron")).startswith("role: An identity without a password")
    assert "For example: " in lines(found_rows("role"))
