"""Hand-ins that somebody made up: whatever they say, they are replayed and graded, or told why they cannot be."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.model import Key
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.acts_json import UnreadableError, parse_act_line
from coffeeshop.lessons.play.handin import acts_digest, read_handin, replay_handin
from coffeeshop.policy.model import Problem, Problems
from tests.lessons.folder import folder, scenario

texts = st.text(max_size=8) | st.sampled_from(
    ["casey", "../x", "\x1b[31m", "\ud800", "arn:aws:iam::111122223333:role/x"]
)
values = st.recursive(
    texts | st.integers() | st.floats() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["UserName", "PolicyDocument", "Bucket", "Key", "Tags", "Item", "RoleArn", "MaxItems"]
)
calls = st.sampled_from(sorted(f"{service}:{name}" for service, name in OPERATIONS)) | texts


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return scenario(folder(tmp_path_factory.mktemp("made-up")))


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(
        lambda text: f'{{"format": 1{text}'.encode("utf-8", "replace")
    )
)
def test_no_bytes_make_reading_raise(data: bytes):
    assert all(problem.text and problem.mend for problem in _problems(data))


def _problems(data: bytes) -> tuple[Problem, ...]:
    try:
        read_handin(data)
    except Problems as found:
        return found.problems
    return ()


@given(
    made=st.lists(
        st.tuples(calls, st.dictionaries(names | texts, values, max_size=4)), max_size=4
    )
)
def test_whatever_was_called_is_replayed_and_graded_or_told(
    lesson: Scenario, made: list[tuple[str, dict[str, object]]]
):
    desk = find_caller(lesson.opening, "ada@console")
    assert isinstance(desk, Key)
    lines = [
        json.dumps(
            {
                "at": "2026-03-02T08:00:00Z",
                "as": desk.id,
                "call": call,
                "parameters": parameters,
            }
        )
        for call, parameters in made
    ]
    try:
        total = acts_digest(map(parse_act_line, lines))
    except UnreadableError:
        total = ""
    header = {
        "format": 1,
        "scenario": lesson.id,
        "digest": lesson.digest,
        "calls": len(lines),
        "sum": total,
    }
    data = "\n".join((json.dumps(header), *lines)).encode()
    if unreadable := _problems(data):
        assert {problem.code for problem in unreadable} == {"unreadable"}
    else:
        assert 0 <= grade(replay_handin(lesson, read_handin(data))).stars < 3
