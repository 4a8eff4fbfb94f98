"""What a class was given stays: whoever is who in another roster is told by what tells people apart, and never guessed."""

from __future__ import annotations

from random import Random  # noqa: TID251  # Hypothesis's, which replays

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coffeeshop.classroom.assign import BLOCK_COUNT, csv_with_drawn_columns
from coffeeshop.classroom.given import copy_drawn_entries
from coffeeshop.classroom.roster import Roster, parse_roster
from coffeeshop.lessons.play.variants import BLOCK_SIZE, variant_block
from tests.lessons.folder import refused

BEFORE = "learner,name,email,variant,pseudonym\n1,Ana Smith,ana@x.example,5000,p-1\n2,Bo Lee,bo@x.example,7000,p-2\n"


def again(now: str, before: str = BEFORE, fields: tuple[str, ...] = ("variant",)) -> Roster:
    """The roster that is written for a class where another one lies already."""
    return parse_roster(
        "".join(
            csv_with_drawn_columns(
                copy_drawn_entries(parse_roster(now), parse_roster(before)), fields, "seed"
            )
        )
    )


@pytest.mark.parametrize(
    "now",
    [
        "learner,name\n2,Bo Lee\n1,Ana Smith\n",
        "name,learner\nAna Married,1\nBo Lee,2\n",
        "E-Mail-Adresse;Vorname;Name\nBO@x.example;Bo;Lee\nana@x.example;Ana;Smith\n",
        "First name,Last name\nAna,Smith\nBo,Lee\n",
        'Student,ID,SIS User ID\n"Smith, Ana",77,1\n"Lee, Bo",78,2\n',
        "username,id number\nana,1\nbo,2\n",
        "learner\nana@x.example\nbo@x.example\n",
    ],
    ids=["rows", "columns", "german", "names", "canvas", "moodle", "other-column"],
)
def test_everybody_keeps_what_they_were_given_whatever_the_roster_looks_like_now(now: str):
    found = again(f"{now}")
    given = {learner.entries["variant"]: learner.pseudonym for learner in found.learners}
    assert given == {"5000": "p-1", "7000": "p-2"}
    assert found.problems == found.former_learners == ()


def test_a_newcomer_is_given_what_nobody_has_and_all_that_the_others_have():
    found = again("learner,name\n1,Ana Smith\n2,Bo Lee\n3,Cy\n")
    assert [learner.first_variant for learner in found.learners][:2] == [5000, 7000]
    assert found.learners[2].first_variant not in (None, 5000, 7000)
    assert found.learners[
        2
    ].pseudonym  # which the roster has, though nobody asked for it this time


def test_whoever_leaves_is_no_learner_and_finds_theirs_when_they_come_back_in_any_format():
    without = again("email\nana@x.example\n")
    assert [learner.key for learner in without.learners] == ["1"]
    assert [one.first_variant for one in without.former_learners] == [7000]
    text = "".join(
        csv_with_drawn_columns(
            copy_drawn_entries(
                parse_roster("email\nana@x.example\n"), parse_roster(BEFORE)
            ),
            ("variant",),
            "x",
        )
    )
    back = again("learner\n1\n2\n3\n", text)
    assert {
        learner.key: learner.first_variant
        for learner in back.learners
        if learner.key != "3"
    } == {
        "1": 5000,
        "2": 7000,
    }
    assert back.former_learners == ()


@pytest.mark.parametrize(
    ("now", "before", "code"),
    [
        (
            "name\nKim Lee\n",
            "learner,name,variant\n1,Kim Lee,5000\n2,Kim Lee,7000\n",
            "who-is-who",
        ),
        (
            "username,name\nx,\ny,\n",
            "id number,name,variant\n1,Ana,5000\n2,Bo,7000\n",
            "who-is-who",
        ),
        (
            "learner,username,name\n1,,Ana\n,bo,\n",
            "id number,variant\n1,5000\n2,7000\n",
            "who-is-who",
        ),
        (
            "learner,email\n1,a@x\n9,b@x\n",
            "learner,email,variant\n1,a@x,5000\n2,b@x,7000\n",
            "who-is-who",
        ),
        ("learner,variant\n1,9000\n", "learner,variant\n1,5000\n", "given-otherwise"),
        ("learner\n3\n", BEFORE, "other-class"),
    ],
    ids=[
        "two-names",
        "nothing-shared",
        "cannot-compare",
        "same-email",
        "other-variant",
        "other-class",
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_mend(now: str, before: str, code: str):
    problems = refused(copy_drawn_entries, parse_roster(now), parse_roster(before))
    assert {problem.code for problem in problems} == {code}
    assert all(problem.mend for problem in problems)


@given(dice=st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_however_a_class_changes_nobody_is_given_anything_anew_and_no_two_blocks_overlap(
    dice: Random,
):
    variants, table = dict[str, int | None](), "learner\n"
    people = [
        (f"s{n}", f"{dice.choice(('Kim', 'Ana'))} Lee", f"m{n}@x.example")
        for n in range(12)
    ]
    for _ in range(6):
        columns = [0, *dice.sample((1, 2), dice.randint(0, 2))]
        dice.shuffle(columns)
        headings = [("learner", "name", "email")[at] for at in columns]
        present = dice.sample(people, dice.randint(6, 12))
        lines = [headings, *([one[at] for at in columns] for one in present)]
        now = parse_roster("\n".join(map(",".join, lines)))
        table = "".join(
            csv_with_drawn_columns(
                copy_drawn_entries(now, parse_roster(table)),
                ("variant",),
                str(dice.random()),
            )
        )
        found = parse_roster(table)
        assert {one.key for one in found.learners} == {one[0] for one in present}
        everybody = (*found.learners, *found.former_learners)
        assert all(
            variants.setdefault(one.key, one.first_variant) == one.first_variant
            for one in everybody
        )
        assert {*variants} == {one.key for one in everybody}
        blocks = [variant_block(one.first_variant or 0) for one in everybody]
        assert len({number for each in blocks for number in each}) == BLOCK_SIZE * len(
            blocks
        )


def test_no_block_is_drawn_that_reaches_into_one_that_was_chosen_by_hand(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("coffeeshop.classroom.assign.BLOCK_COUNT", 5)
    found = parse_roster(
        "".join(
            csv_with_drawn_columns(
                parse_roster("learner,variant\na,1500\nb,\nc,\n"), ("variant",), "seed"
            )
        )
    )
    assert found.problems == ()
    assert {one.first_variant for one in found.learners} == {1500, 3000, 4000}
    assert BLOCK_COUNT > 5
