"""Acts as lines of JSON: what is written is read again as the same act, and what is no act says why."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.model import Act, Call, Key, Nobody, Origin, Outsider, Service
from coffeeshop.account.values import Json
from coffeeshop.lessons.play.acts_json import (
    UnreadableError,
    act_line,
    parse_act_line,
    parse_saved_act,
)
from tests.tables import each_row

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
LIST = Call("iam", "ListUsers")

texts = st.text(max_size=12)
values: st.SearchStrategy[Json] = st.recursive(
    texts | st.integers() | st.booleans() | st.binary(max_size=9) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=8,
)
callers = st.one_of(
    st.from_regex(r"A[A-Z0-9]{19}", fullmatch=True).map(Key),
    st.just(Nobody()),
    st.just(Service("lambda.amazonaws.com")),
    st.just(Outsider("arn:aws:iam::444455556666:role/Courier")),
)
EARLIEST = datetime(1970, 1, 1)  # noqa: DTZ001  # Hypothesis adds the zone
LATEST = datetime(2900, 1, 1)  # noqa: DTZ001
times = st.datetimes(min_value=EARLIEST, max_value=LATEST, timezones=st.just(UTC))
origins = st.just(Origin()) | st.builds(Origin, region=texts)
acts = st.builds(
    Act,
    times.map(lambda at: at.replace(microsecond=0)),
    callers,
    st.builds(
        Call,
        st.just("s3"),
        st.just("PutObject"),
        st.dictionaries(texts, values, max_size=3),
        origins,
    ),
)


@given(acts)
def test_what_is_written_is_read_again_as_the_same_act(act: Act):
    assert parse_act_line(act_line(act)) == act


@given(acts)
def test_an_act_is_one_line_of_ascii(act: Act):
    line = act_line(act)
    assert line.isascii()
    assert line.isprintable()


def test_the_line_says_when_who_and_which_call():
    line = act_line(
        Act(AT, Key("AKIAEXAMPLE"), Call("iam", "CreateUser", {"UserName": "sam"}))
    )
    assert json.loads(line) == {
        "at": "2026-03-02T08:00:00Z",
        "as": "AKIAEXAMPLE",
        "call": "iam:CreateUser",
        "parameters": {"UserName": "sam"},
    }


def test_where_a_call_came_from_is_written_only_where_it_is_not_the_usual_place():
    assert "origin" not in json.loads(act_line(Act(AT, Nobody(), LIST)))
    away = Call("iam", "ListUsers", {}, Origin(region="eu-central-1"))
    assert (
        json.loads(act_line(Act(AT, Nobody(), away)))["origin"]["region"] == "eu-central-1"
    )


def test_a_time_of_another_zone_is_written_in_utc():
    berlin = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=1)))
    assert parse_act_line(act_line(Act(berlin, Nobody(), LIST))).at == AT


def test_bytes_are_told_from_a_text_and_from_a_map():
    named: dict[str, Json] = {"@base64": "AP8="}
    held: dict[str, Json] = {
        "Body": b"\x00\xff",
        "Text": "AP8=",
        "Map": named,
        "@@base64": "%",
        "@": {"@base64": "%"},
    }
    act = Act(AT, Nobody(), Call("s3", "PutObject", held))
    assert parse_act_line(act_line(act)).call.parameters == held


def test_what_is_nested_too_deeply_is_no_act():
    deep = '{"a":' * 200 + "1" + "}" * 200
    line = json.dumps(GOOD).replace('"parameters": {}', f'"parameters": {deep}')
    with pytest.raises(UnreadableError, match="nested deeper"):
        parse_act_line(line)


GOOD = {
    "at": "2026-03-02T08:00:00Z",
    "as": "AKIAEXAMPLE",
    "call": "iam:ListUsers",
    "parameters": {},
}


@each_row(
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("[]", "list indices must be integers"),
        ("7", "not subscriptable"),
        ("[" * 100_000, "recursion"),
        ("{}", "it has no 'call'"),
        (
            json.dumps({**GOOD, "at": "yesterday"}),
            "'yesterday' isn't a date and time as 2026-03-02T08:00:00Z is",
        ),
        (json.dumps({**GOOD, "at": "2026-13-02T08:00:00Z"}), "month must be in"),
        (json.dumps({**GOOD, "at": "2026-W10-1T08:00:00Z"}), "isn't a date and time"),
        (json.dumps({**GOOD, "at": "2026-03-02T08:00:00+01:00"}), "isn't a date and time"),
        (json.dumps({**GOOD, "at": "2026-03-02T08:00:00.5Z"}), "isn't a date and time"),
        (json.dumps({**GOOD, "at": 5}), "expected string"),
        (json.dumps({**GOOD, "as": 5}), "no attribute"),
        (json.dumps({**GOOD, "as": "arn:aws:iam"}), "arn:aws:iam is no principal's ARN"),
        (json.dumps({**GOOD, "call": "ListUsers"}), "no call: 'ListUsers'"),
        (json.dumps({**GOOD, "call": ":"}), "no call: ':'"),
        (json.dumps({**GOOD, "call": 4}), "no attribute"),
        (json.dumps({**GOOD, "parameters": [1]}), "no call: 'iam:ListUsers'"),
        (
            json.dumps({**GOOD, "parameters": {"Body": {"@base64": "%%%"}}}),
            "base64|padding",
        ),
        (
            json.dumps({**GOOD, "origin": {"planet": "Mars"}}),
            "unexpected keyword argument 'planet'",
        ),
        (json.dumps({"at": GOOD["at"], "call": GOOD["call"]}), "it has no 'as'"),
    ]
)
def test_what_is_no_act_says_why(line: str, said: str):
    with pytest.raises(UnreadableError, match=f"(?i){said}"):
        parse_act_line(line)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_save_has_no_act_at_a_time_that_no_clock_shows(at: str) -> None:
    line = json.dumps({**GOOD, "at": at})
    assert parse_act_line(line).at.year in (1, 9999)
    with pytest.raises(UnreadableError, match="not between 1971 and 2999"):
        parse_saved_act(line)
