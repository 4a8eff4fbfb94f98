"""A field of a form holds one value, whatever was typed, pasted or turned to before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.views.things.choice import Choice

GROUPS = ("Admins", "Baristas", "Cashiers")
POLICIES = (
    "arn:aws:iam::111122223333:policy/Tills",
    "arn:aws:iam::aws:policy/AmazonS3FullAccess",
)


def test_what_is_typed_marks_the_first_option_that_fits() -> None:
    assert Choice(GROUPS).type_text("s").value == "Admins"
    assert Choice(GROUPS).type_text("CASH").value == "Cashiers"


def test_the_arrows_go_through_the_options_that_the_filter_leaves() -> None:
    typed = Choice(GROUPS).type_text("as")
    assert typed.matches == ("Baristas", "Cashiers")
    assert typed.move(1).value == typed.move(5).value == typed.matches[1]
    assert typed.move(1).move(-1).value == typed.matches[0]


def test_the_first_arrow_in_an_empty_field_takes_the_first_option() -> None:
    assert Choice(GROUPS).move(1).value == Choice(GROUPS).move(-1).value == "Admins"


def test_a_text_that_fits_no_option_is_the_value_itself() -> None:
    assert Choice(GROUPS).type_text("Roasters").value == "Roasters"
    assert Choice().type_text("Roasters").value == "Roasters"


def test_blanks_alone_choose_nothing() -> None:
    assert Choice(GROUPS).type_text("  ").value == "  "
    assert Choice(GROUPS).type_text("s").type_text("").value == ""


def test_the_name_of_an_option_beside_blanks_is_that_option() -> None:
    assert Choice(GROUPS).type_text(" Cashiers ").value == "Cashiers"


def test_an_option_that_is_typed_in_full_is_taken_before_one_that_begins_so() -> None:
    assert Choice(("till-2", "till")).type_text("till").value == "till"


def test_a_policy_is_found_by_its_name_and_by_its_arn() -> None:
    for text in ("S3", "s3 full", "arn:aws:iam::aws:policy/AmazonS3", POLICIES[1]):
        assert Choice(POLICIES).type_text(text).value == POLICIES[1]


TEXTS = st.text("aAs1/ ", max_size=4)


@given(st.lists(TEXTS, unique=True), TEXTS, st.lists(st.integers(-3, 3)))
def test_the_arrows_move_by_as_many_rows_as_they_say_and_end_at_the_ends(
    options: list[str], text: str, steps: list[int]
) -> None:
    choice = Choice(tuple(options)).type_text(text)
    matches = choice.matches
    for step in steps:
        before, choice = choice, choice.move(step)
        assert choice.matches == matches
        if before.index >= 0:
            assert choice.index == max(0, min(before.index + step, len(matches) - 1))
        else:
            assert choice.value == (matches[0] if matches else text)


@given(st.lists(TEXTS, unique=True), st.lists(TEXTS, min_size=1))
def test_what_was_typed_last_is_the_value_or_fits_it(
    options: list[str], texts: list[str]
) -> None:
    choice = Choice(tuple(options))
    for text in texts:
        choice = choice.type_text(text)
    assert choice.value == texts[-1] or choice.value == choice.matches[0]
