"""What a form of the query protocol is read as, and in which words one that cannot be read is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.endpoint.message import Request
from coffeeshop.endpoint.protocols.query import QUERY_CODEC
from coffeeshop.endpoint.refusals import UnreadableError
from tests.examples import examples
from tests.tables import each_row


def read(form: str, name: str = "CreateUser") -> Mapping[str, object]:
    return QUERY_CODEC.read(
        OPERATIONS["iam", name], Request("POST", "/", body=form.encode())
    )


def test_the_elements_of_a_list_come_in_the_order_of_their_numbers():
    form = "UserName=bo&Tags.member.10.Key=c&Tags.member.10.Value=3&Tags.member.9.Key=b&Tags.member.9.Value="
    tags = ({"Key": "b", "Value": ""}, {"Key": "c", "Value": "3"})
    assert read(form) == {"UserName": "bo", "Tags": tags}


def test_an_empty_list_is_sent_as_a_field_without_a_value():
    assert read("UserName=bo&Tags=") == {"UserName": "bo", "Tags": ()}


@each_row(
    [
        ("Tags=bo", "Tags: this must have fields and not a value"),
        ("Tags.member.1=bo", "Tags.1: this must have fields and not a value"),
        ("UserName.member.1=bo", "UserName: this must have a value and not fields"),
        ("Tags.1.Key=a", "Tags: this must have the element Tags.member.1"),
        ("Tags.member=a", "Tags: this must have the element Tags.member.1"),
        (
            "Tags.member.1.Key=a&Tags.2.Key=b",
            "Tags: this must have the element Tags.member.1",
        ),
        ("Tags.member.first.Key=a", "Tags: 'first' isn't the number of an element"),
        (
            "Tags.member.1234567890.Key=a",
            "Tags: '1234567890' isn't the number of an element",
        ),
        (
            "Tags=a&Tags.member.1.Key=b",
            "part of this name has a value, so it can't have fields too",
        ),
        (
            "Tags.member.1.Key=b&Tags=a",
            "this has fields, so it can't have a value too",
        ),
    ]
)
def test_a_form_that_cannot_be_read_is_refused_by_the_name_of_its_field(
    form: str, said: str
):
    with pytest.raises(UnreadableError, match=re.escape(said)):
        read(f"UserName=bo&{form}" if "UserName" not in form else form)


PARTS = st.sampled_from(
    ["Tags", "member", "1", "2", "x", "Key", "Value", "UserName", "Path", ""]
)
FIELDS = st.lists(
    st.tuples(st.lists(PARTS, min_size=1, max_size=5).map(".".join), st.sampled_from("ab")),
    max_size=6,
)


@given(fields=FIELDS)
@examples(200)
def test_whatever_a_form_holds_it_is_read_or_refused(fields: list[tuple[str, str]]):
    try:
        found = read("&".join(f"{name}={value}" for name, value in fields))
    except UnreadableError:
        return
    assert found.keys() <= {
        member.name for member in OPERATIONS["iam", "CreateUser"].input.members
    }
