"""From a job's words to an action: what the shop asks for comes first, and its words find it."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.views.cells import width
from coffeeshop.views.policy.actions import (
    EVERYDAY_WORDS,
    asked_actions,
    found_rows,
    needed_actions,
    proposals_title,
    used_arns,
)
from coffeeshop.views.policy.completions import (
    begins_with_jobs,
    proposals_heading,
    proposed_names,
)
from tests.tables import each_row
from tests.views.plays import played, scenario


def first(id: str, typed: str) -> str:
    return next(found_rows(Play(scenario(id)), typed)).word


@pytest.mark.parametrize("id", ["00", "05", "10", "15", "26"])
@pytest.mark.parametrize(
    ("typed", "action"),
    [
        ("open", "s3:GetObject"),
        ("write sales", "dynamodb:PutItem"),
        ("shred", "s3:DeleteObject"),
        ("take orders", "sqs:ReceiveMessage"),
        ("become", "sts:AssumeRole"),
        ("hire", "iam:CreateUser"),
        ("s3:getob", "s3:GetObject"),
    ],
)
def test_the_shops_words_find_the_action_in_every_scenario(
    id: str, typed: str, action: str
):
    assert first(id, typed) == action


def test_what_aws_says_of_an_action_finds_it_too():
    assert first("05", "retrieve objects") == "s3:GetObject"


def test_what_the_jobs_ask_for_comes_first_and_once():
    play = Play(scenario("15"))
    wanted = needed_actions(play)
    assert wanted[:2] == ("dynamodb:PutItem", "sts:AssumeRole")
    found = proposed_names(play.account, "Action", "", first=wanted)
    assert found[: len(wanted)] == wanted
    assert len(set(found)) == len(found)


def test_what_a_text_names_already_comes_after_what_it_lacks():
    play = Play(scenario("10"))
    assert needed_actions(play)[:2] == ("s3:ListBucket", "s3:GetObject")
    assert needed_actions(play, '{"Action": "s3:ListBucket"}')[:2] == (
        "s3:GetObject",
        "s3:ListBucket",
    )


def test_a_refusal_is_asked_for_after_every_job():
    found = list(asked_actions(Play(scenario("05"))))
    assert found == ["s3:ListBucket", "s3:GetObject"]


def test_a_pattern_is_no_misspelt_name():
    assert not any(
        "No action is called" in row.text
        for row in found_rows(Play(scenario("05")), "s3:ListBucket*")
    )


def test_words_that_fit_nothing_are_said_to():
    assert [row.text for row in found_rows(Play(scenario("05")), "qqq")] == [
        "No action here matches qqq."
    ]


@pytest.mark.parametrize(
    ("typed", "action", "said"),
    [
        ("ListObject", "s3:ListBucket", "ListObjects is called s3:ListBucket. "),
        ("ListObjects", "s3:ListBucket", "ListObjects is called s3:ListBucket. "),
        ("s3:ListObjects", "s3:ListBucket", "ListObjects is called s3:ListBucket. "),
        ("listobject", "s3:ListBucket", "ListObjects is called s3:ListBucket. "),
        ("GetObjects", "s3:GetObject", ""),
        ("PutItems", "dynamodb:PutItem", ""),
    ],
)
def test_a_name_that_no_action_has_is_said_to_be_none_and_the_nearest_come_first(
    typed: str, action: str, said: str
):
    none, nearest, *_ = found_rows(Play(scenario("05")), typed)
    assert none.text == f"No action is called {typed}."
    assert nearest.word == action
    assert nearest.text.startswith(said)


def test_of_the_near_names_those_that_the_shop_asks_for_come_first_and_what_else_fits_after_them():
    found = [row.word for row in found_rows(Play(scenario("05")), "ListObject")]
    assert found[:2] == ["", "s3:ListBucket"]
    assert "s3:ListObjectAnnotations" in found


@pytest.mark.parametrize(
    "typed", ["GetObject", "s3:getobject", "write sales", "sns:Publish"]
)
def test_a_name_that_some_action_has_and_words_are_not_told_to_be_none(typed: str):
    assert not any(
        "No action is called" in row.text for row in found_rows(Play(scenario("05")), typed)
    )


def test_words_that_mean_nothing_here_take_nothing_from_the_others():
    play = Play(scenario("05"))
    words = [row.word for row in found_rows(play, "list receipts")]
    for typed in ("see list of receipts", "list of receipts", "please list the receipts"):
        assert [row.word for row in found_rows(play, typed)] == words


@each_row((action,) for action in EVERYDAY_WORDS)
def test_every_action_with_words_of_the_shop_is_one_of_aws(action: str):
    assert catalog.find_action(action)


def test_of_the_names_that_the_action_acts_on_those_that_a_job_uses_come_first() -> None:
    for number, action, own in (
        ("10", "s3:ListBucket", "arn:aws:s3:::coffeeshop-receipts"),
        ("10", "s3:GetObject", "arn:aws:s3:::coffeeshop-receipts/*"),
        ("15", "sts:AssumeRole", "arn:aws:iam::111122223333:role/"),
    ):
        play = played(number, "solution")
        assert proposed_names(play.account, "Resource", "", (action,), used_arns(play))[
            0
        ].startswith(own)


def test_a_title_names_the_jobs_only_if_there_are_jobs():
    assert "jobs" in proposals_heading("Resource", ("s3:GetObject",))
    assert "jobs" not in proposals_heading("Resource", ("s3:GetObject",), has_jobs=False)
    assert "jobs" in proposals_title("", asked_actions(Play(scenario("05"))))
    assert "jobs" not in proposals_title("", {}, has_jobs=False)


def test_a_list_begins_with_the_jobs_only_if_its_first_name_is_one_of_theirs():
    jobs = ("arn:aws:s3:::coffeeshop-receipts", "s3:GetObject")
    assert begins_with_jobs(("arn:aws:s3:::coffeeshop-receipts", "*"), jobs)
    assert begins_with_jobs(("arn:aws:s3:::coffeeshop-*", "*"), jobs)
    assert begins_with_jobs(("s3:GetObject", "s3:PutObject"), jobs)
    others = (("arn:aws:s3:::coffeeshop-payroll", "*"), ("*",), ("true", "false"), ())
    assert not any(begins_with_jobs(names, jobs) for names in others)


def test_one_near_name_is_not_announced_as_several():
    assert "The nearest name comes first" in proposals_title("s3:ListObject", {})
    assert "The nearest names come first" in proposals_title("s3:ListBuckets", {})


@pytest.mark.parametrize(
    "action", ["s3:GetObject", "dynamodb:BatchWriteItem", f"iam:{'Get' * 40}"]
)
def test_what_is_proposed_is_told_whole_in_a_window_of_eighty_cells(action: str):
    shown = [
        proposals_heading("Resource", found) for found in ((), (action,), (action, "s3:*"))
    ]
    shown += [
        proposals_title(value, asked_actions(Play(scenario("05"))))
        for value in ("", "Lst", action)
    ]
    assert max(map(width, shown)) <= 72
