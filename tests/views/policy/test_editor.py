"""Another statement: a blank one after the one under the cursor, and the text stays JSON."""

from __future__ import annotations

import json

import pytest

from coffeeshop.policy.model import Kind
from coffeeshop.views.policy.editor import BLANK, added_statement_edit

ONE = '{"Version": "2012-10-17", "Statement": {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
TWO = """{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*" },
    { "Sid": "B", "Effect": "Deny", "Action": "s3:*", "Resource": "*" }
  ]
}
"""


def edited(text: str, at: int, grammar: Kind = Kind.IDENTITY) -> str:
    found = added_statement_edit(text, grammar, at)
    assert found is not None
    start, end, new = found
    return text[:start] + new + text[end:]


def sids(text: str) -> list[str]:
    return [statement.get("Sid", "") for statement in json.loads(text)["Statement"]]


@pytest.mark.parametrize(
    ("at", "order"),
    [(0, ["A", "", "B"]), (TWO.index('"A"'), ["A", "", "B"]), (len(TWO), ["A", "B", ""])],
)
def test_it_stands_after_the_statement_under_the_cursor(at: int, order: list[str]) -> None:
    assert sids(edited(TWO, at)) == order


def test_a_statement_that_stood_alone_becomes_the_first_of_a_list() -> None:
    assert sids(edited(ONE, 0)) == ["A", ""]


@pytest.mark.parametrize("grammar", BLANK)
def test_each_kind_of_policy_takes_a_blank_of_its_own_kind(grammar: Kind) -> None:
    text = edited(BLANK[grammar], len(BLANK[grammar]) // 2, grammar)
    first, second = json.loads(text)["Statement"]
    assert first == second
    assert edited(text, 0, grammar).count('"Effect": ') == 3


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"Statement": [', '{"Version": "2012-10-17"}', '{"Statement": []}', "[1]"],
)
def test_a_text_without_a_readable_statement_is_left_as_it_is(text: str) -> None:
    assert added_statement_edit(text, Kind.IDENTITY, 0) is None
