"""The check-up: questions that the engine answers, the same for the same seed, and chapters that are shown by them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.lessons.play.check_up_rows import (
    ENOUGH_RIGHT,
    QUESTION_COUNT,
    CheckUp,
    complete_check_ups,
    current_check_up,
    last_check_ups,
    skip_subject,
    skipped_chapters,
)
from coffeeshop.lessons.play.quiz import DECISION_CHOICES
from coffeeshop.lessons.play.recall import Met, repetitions
from coffeeshop.lessons.scenario.find import folders, number
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.lessons.teaching.check_up import (
    CheckQuestion,
    checked_chapters,
    draw_questions,
    questions_of,
)
from coffeeshop.lessons.teaching.teaching_pages import skills_by_chapter
from coffeeshop.policy.simulation.simulate import decision_name
from coffeeshop.views.check_up import (
    NO_OTHER_POLICY,
    chapter_states,
    chapters_without,
    question_rows,
)
from tests.examples import choose_cases, examples

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
CHAPTERS = (*checked_chapters(),)
SEEDS = st.integers(0, 999_999_999)
NAMED_POOLS = ("people", "groups", "buckets", "roles", "tables", "branches", "ids")
ALL_SKILLS = [id for ids in checked_chapters().values() for id in ids]


@cache
def draw_of_every_row(seed: int) -> list[CheckQuestion]:
    """Every draw of every row, each with one draw of names."""
    return [*draw_questions(ALL_SKILLS, seed, count=170)]


def text_of(question: CheckQuestion) -> str:
    """All that a learner sees of a question."""
    lines = [line.text for line in question.ticket.want.do]
    return "\n".join(
        (question.told, *question.policies.values(), *lines, *question.choices)
    )


def test_every_chapter_before_the_capstones_has_a_check_up():
    assert tuple(range(1, 11)) == CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_check_up_asks_six_different_questions_on_skills_of_its_chapter(chapter: int):
    asked = questions_of(CheckUp(chapter, 7))
    assert len({text_of(question) for question in asked}) == QUESTION_COUNT
    assert {question.skill for question in asked} <= {*skills_by_chapter()[chapter]}


@examples(8)
@given(st.sampled_from(CHAPTERS), SEEDS)
def test_the_same_seed_asks_the_same_and_another_seed_asks_something_else(
    chapter: int, seed: int
):
    ids = checked_chapters()[chapter]
    first = [text_of(question) for question in draw_questions(ids, seed)]
    assert first == [text_of(question) for question in draw_questions(ids, seed)]
    assert first != [text_of(question) for question in draw_questions(ids, seed + 1)]


@pytest.mark.parametrize("seed", choose_cases([0], range(4)))
def test_every_row_has_one_right_choice_among_different_ones_and_its_request_is_decided(
    seed: int,
):
    asked = draw_of_every_row(seed)
    assert len(asked) > 150
    for question in asked:
        assert 2 <= len({*question.choices}) == len(question.choices) <= 4
        decision = question.ticket.decision
        assert decision is not None
        if question.choices == tuple(DECISION_CHOICES.values()):
            assert [*DECISION_CHOICES][question.right] == decision_name(decision)
        assert "<" not in text_of(question)
        assert question.why.count(". ") == 1, "two sentences explain it"


def test_the_right_choice_has_no_favourite_place():
    asked = draw_of_every_row(0)
    fixes = [question for question in asked if question.choices[0][0] in "a{"]
    places = {q.right for q in fixes if q.choices != tuple(DECISION_CHOICES.values())}
    assert len(places) >= 3


# ------------------------------------------------------------------ what is printed
def shape_of(text: str) -> str:
    """A text with names in place of drawn ones: the first person is person1, and so on."""
    tokens = dict[str, str]()
    pools = course_shop().pools
    kinds = {name.lower(): pool for pool in NAMED_POOLS for name in pools[pool]}
    names = "|".join(sorted(kinds, key=len, reverse=True))

    def token(match: re.Match[str]) -> str:
        name = match[0].lower()
        return tokens.setdefault(name, f"{kinds[name]}{len(tokens)}")

    return re.sub(rf"\b(?:{names})\b", token, text, flags=re.IGNORECASE)


def printed_text(question: CheckQuestion) -> str:
    """The question as the screens print it, and its choices in one order."""
    rows = [row.text for row in question_rows(question)]
    return "\n".join((*rows, *sorted(question.choices)))


@cache
def each_drawn() -> list[CheckQuestion]:
    """Every draw of every row, each with several draws of names at night."""
    seeds = choose_cases([0], range(4))
    return [question for seed in seeds for question in draw_of_every_row(seed)]


def test_no_printed_question_has_two_right_answers():
    answers = dict[str, set[str]]()
    for question in each_drawn():
        *shapes, right = shape_of(
            f"{printed_text(question)}\n{question.choices[question.right]}"
        ).splitlines()
        answers.setdefault("\n".join(shapes), set()).add(right)
    assert [shape for shape, rights in answers.items() if len(rights) > 1] == []


def test_an_explanation_that_speaks_of_this_question_comes_with_one_answer_only():
    """A sentence with “This …” or “… here” is about the outcome, so it stands below one outcome."""
    answers = dict[str, set[str]]()
    for question in each_drawn():
        for sentence in re.split(r"(?<=\.) ", question.why):
            if re.match("This (one|statement|listing)|The (two|Allow|Deny) ", sentence):
                answers.setdefault(sentence, set()).add(question.choices[question.right])
    assert len(answers) > 5
    assert [sentence for sentence, rights in answers.items() if len(rights) > 1] == []


def test_a_question_says_of_no_printed_policy_what_the_policy_does_not_say():
    actions = {"listing": "s3:ListBucket", "deleting files": "s3:DeleteObject"}
    for question in each_drawn():
        for name, text in question.policies.items():
            statement = json.loads(text)
            told = re.search(
                rf"policy “{name}”[^.,]* (allows|denies) (listing|deleting files)",
                question.told,
            )
            if told:
                effect = {"allows": "Allow", "denies": "Deny"}[told[1]]
                assert statement["Effect"] == effect, question.told
                assert statement["Action"] == actions[told[2]], question.told
        if re.search("bucket [^ ]+ has no policy", question.told):
            assert "bucket" not in question.policies, question.told


def test_a_question_about_a_service_control_policy_says_where_it_is_and_what_else_allows():
    asked = [q for q in each_drawn() if q.skill in {"scp", "organization"}]
    for question in asked:
        assert re.search("unit Shops|of Shops|its root also has", question.told)
        assert "FullAWSAccess" in question.told
        if "ada" in question.ticket.want.who:
            assert "policy of Ada's group allows everything" in question.told
    deciding_layers = {
        "Suppliers also" in question.told: question.choices[question.right]
        for question in asked
        if question.skill == "organization"
    }
    assert deciding_layers[True] != deciding_layers[False]


def test_no_question_says_that_a_group_makes_requests():
    """A group never signs in, so only its members can list, open or delete something."""
    by_group = re.compile(
        r"(?:^|\. )(?:The group|\w+'s group)(?: [A-Z]\w+)?(?:, which[^,]*,)? "
        r"(?:must|lists?|opens?|uses|deletes?|allows|allowed|denies)\b"
    )
    assert [q.told for q in each_drawn() if by_group.search(q.told)] == []


def test_no_explanation_says_that_somebody_signs_in_with_an_access_key():
    signing = re.compile(r"keys?\b[^.,]* (?:sign|signs) in|sign(?:s)? in with a key")
    assert [q.why for q in each_drawn() if signing.search(q.why)] == []


def lesson_pages() -> dict[str, str]:
    """The text of each page of the course by the scenario's number and the page's title."""
    pages = dict[str, str]()
    for folder in folders():
        for file in (folder / name for name in ("chapter.md", "lesson.md")):
            text = file.read_text(encoding="utf-8") if file.is_file() else ""
            # A comment in a block of commands begins like a title.
            prose = re.sub("(?s)```.*?```", lambda m: m[0].replace("\n# ", "\n"), text)
            for page in re.split("(?m)^# ", prose)[1:]:
                title, _, body = page.partition("\n")
                pages[f"{number(folder.name)} {title.partition(' {')[0]}"] = body
    return pages


def test_the_page_that_a_wrong_answer_names_is_in_the_course_and_speaks_of_the_same():
    pages = lesson_pages()
    for question in each_drawn():
        body = pages[question.page].lower()
        stems = {word[:5].lower() for word in re.findall("[A-Za-z]{4,}", question.why)}
        shared = {stem for stem in stems if stem in body}
        assert shared, (question.page, question.why)


def test_a_question_on_credentials_names_a_page_that_says_that_they_allow_nothing():
    pages = lesson_pages()
    asked = [q for q in each_drawn() if q.skill == "create-password"]
    assert asked
    assert all("allows nothing" in pages[question.page] for question in asked)


def test_the_reason_for_a_fix_is_the_request_after_the_fix():
    fixes = [q for q in each_drawn() if q.choices[0][0] in "a{"]
    fixes = [q for q in fixes if q.choices != tuple(DECISION_CHOICES.values())]
    assert len(fixes) > 10
    kinds_of_policies = {"a policy of the user, of a group or of the role"}
    for question in fixes:
        if not kinds_of_policies & {*question.choices}:
            assert question.ticket.has_succeeded, question.told


def test_each_question_says_that_no_other_policy_applies():
    for question in draw_of_every_row(0):
        assert NO_OTHER_POLICY in printed_text(question)


# --------------------------------------------------------------------------- answers
def answered(chapter: int, seed: int, *answers: bool) -> list[Met]:
    """The meetings of a check-up with these answers."""
    return [
        Met(AT, CheckUp(chapter, seed, answers[:number]).subject_of("scp.0.0.1"), right)
        for number, right in enumerate(answers)
    ]


def test_five_of_six_right_answers_are_enough():
    good = [True] * ENOUGH_RIGHT
    assert last_check_ups(answered(3, 7, *good, False))[3].is_enough
    assert not last_check_ups(answered(3, 7, *good[1:], False, False))[3].is_enough
    assert not last_check_ups(answered(3, 7, *good))[3].is_enough, "one is missing"


def test_a_check_up_that_is_begun_hides_no_result_that_is_there():
    complete = answered(3, 7, *[True] * 4, False, False)
    begun = answered(3, 8, True)
    titles = {3: "Groups"}
    assert chapter_states([*complete], titles)[3] == ("Groups", "4 of 6 right")
    states = chapter_states([*complete, *begun], titles)
    assert states[3] == ("Groups", "4 of 6 right; a new one: 1 of 6 answered")
    assert chapter_states(begun, titles)[3] == ("Groups", "1 of 6 answered")
    assert complete_check_ups([*complete, *begun])[3].right_count == 4


def test_the_chapters_without_a_check_up_are_named():
    titles = dict.fromkeys(range(1, 13), "")
    assert chapters_without(titles) == "Chapters 11 and 12 have no check-up."
    assert chapters_without({3: "Groups", 11: "Plans"}) == "Chapter 11 has no check-up."
    assert chapters_without({3: "Groups"}) == ""


def test_a_check_up_that_was_left_goes_on_and_a_complete_one_is_followed_by_another():
    begun = answered(3, 7, True, False)
    assert current_check_up(begun, 3) == CheckUp(3, 7, (True, False))
    assert current_check_up(begun, 4).answers == ()
    done = answered(3, 7, *[True] * QUESTION_COUNT)
    assert current_check_up(done, 3, seed=8) == CheckUp(3, 8)


def test_only_the_last_check_up_of_a_chapter_counts():
    meetings = [
        *answered(3, 7, *[True] * QUESTION_COUNT),
        *answered(3, 8, *[False] * QUESTION_COUNT),
    ]
    assert last_check_ups(meetings)[3] == CheckUp(3, 8, (False,) * QUESTION_COUNT)


def test_a_chapter_is_skipped_until_that_is_taken_back():
    skipped = [Met(AT, skip_subject(3), True)]
    assert skipped_chapters(skipped) == {3}
    assert skipped_chapters([*skipped, Met(AT, skip_subject(3), False)]) == frozenset()


def test_no_morning_asks_what_a_check_up_has_asked():
    assert repetitions(answered(3, 7, False, False)) == {}
