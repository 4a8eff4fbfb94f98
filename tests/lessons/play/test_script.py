"""Scripts of AWS CLI lines: one call after the other, a minute apart, with directives that set the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.script import (
    FIRST_INSTANT,
    LAST_INSTANT,
    Step,
    parse_clock,
    parse_duration,
    place_problem,
    run_script,
)
from coffeeshop.policy.problem import Level, Place, Problem
from tests.lessons.folder import folder, scenario
from tests.tables import each_row

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
LIST = "aws iam list-users\n"


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return scenario(folder(tmp_path_factory.mktemp("script")))


def run(lesson: Scenario, text: str) -> list[Step]:
    return [
        *run_script(lesson.opening, text, AT, lesson.files, lesson.desk[0], "answer.sh")
    ]


def times(steps: list[Step]) -> list[str]:
    return [f"{outcome.act.at:%d %H:%M:%S}" for step in steps for outcome in step.outcomes]


def said(steps: list[Step]) -> list[str]:
    return [str(problem) for step in steps for problem in step.problems]


def test_calls_are_a_minute_apart(lesson: Scenario):
    assert times(run(lesson, LIST * 3)) == ["02 08:00:00", "02 08:01:00", "02 08:02:00"]


def test_directives_set_the_clock(lesson: Scenario):
    text = f"{LIST}#@ at 2026-03-02T09:10:00Z\n{LIST}#@ +30m\n{LIST}#@ 2026-03-03T00:00:00+01:00\n{LIST}"
    assert times(run(lesson, text)) == [
        "02 08:00:00",
        "02 09:10:00",
        "02 09:41:00",
        "02 23:00:00",
    ]


def test_a_call_sees_the_account_that_the_one_before_left(lesson: Scenario):
    steps = run(
        lesson,
        "aws iam create-user --user-name sam\naws iam create-access-key --user-name sam\n"
        + LIST,
    )
    assert [outcome.has_succeeded for step in steps for outcome in step.outcomes] == [
        True,
        True,
        True,
    ]
    assert "sam" in steps[-1].outcomes[-1].account.users


def test_a_refused_call_is_a_step_and_no_problem(lesson: Scenario):
    steps = run(lesson, "aws iam delete-user --user-name nobody\n" + LIST)
    assert [outcome.has_succeeded for step in steps for outcome in step.outcomes] == [
        False,
        True,
    ]
    assert said(steps) == []


def test_optional_excuses_the_next_call_alone(lesson: Scenario):
    steps = run(lesson, f"#@ optional: tidy\n{LIST}{LIST}#@ optional\nno command\n{LIST}")
    assert [step.optional for step in steps] == [True, False, True, False]


def test_an_unreadable_line_is_reported_with_its_place_and_passed_over(lesson: Scenario):
    steps = run(lesson, f"{LIST}\nmake me a coffee\n{LIST}")
    assert times(steps) == ["02 08:00:00", "02 08:01:00"]
    assert [step.number for step in steps] == [1, 3, 4]
    assert said(steps)[0].startswith("line 3, column 1, answer.sh")


def test_a_problem_on_a_later_line_of_a_call_stands_there(lesson: Scenario):
    text = "aws iam create-user \\\n  --user-name sam \\\n  --usr-name sam\n"
    (problem,) = (problem for step in run(lesson, text) for problem in step.problems)
    assert (problem.place.line, problem.place.column) == (3, 3)


@pytest.mark.parametrize(
    "word",
    [
        "at noon",
        "+1 hour",
        "+",
        "at 2026-03-02T07:59:59Z",
        "at 2026-03-02T09:00:00",
        "-5m",
        "+5x",
        "coffee",
    ],
)
def test_a_directive_that_is_none_or_turns_back_is_a_problem(lesson: Scenario, word: str):
    steps = run(lesson, f"#@ {word}\n{LIST}")
    assert times(steps) == ["02 08:00:00"]
    (text,) = said(steps)
    assert f"`#@ {word}` is no directive, or sets the clock back" in text
    assert "write `#@ at 2026-03-02T09:10:00Z`" in text


@pytest.mark.parametrize(
    ("word", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("90m", timedelta(minutes=90)),
        ("8h", timedelta(hours=8)),
        ("7h59m", timedelta(hours=7, minutes=59)),
        ("1d", timedelta(days=1)),
        ("0s", timedelta(0)),
    ],
)
def test_lengths_of_time(word: str, span: timedelta):
    assert parse_duration(word) == span


@each_row(
    (word,)
    for word in [
        "",
        "5",
        "h",
        "1h1h",
        "1m1h",
        "-1h",
        "1.5h",
        "9" * 5000 + "d",
        "٣h",
        "1 h",
        "99999d",
    ]
)
def test_what_is_no_length_of_time_is_none(word: str):
    assert parse_duration(word) is None


@pytest.mark.parametrize(
    "word",
    [
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "1970-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "",
        "+",
        "noon",
    ],
)
def test_what_is_no_instant_of_the_shops_clock_is_none(word: str):
    assert parse_clock(word, AT) is None


def test_a_clock_never_runs_past_its_end():
    assert parse_clock("+9999d", LAST_INSTANT - timedelta(days=1)) is None
    assert parse_clock("+1d", FIRST_INSTANT) == FIRST_INSTANT + timedelta(days=1)


def test_a_clock_shows_whole_seconds():
    assert parse_clock("2026-03-02T08:00:00.75Z", AT) == AT


def test_a_problem_that_is_of_a_whole_file_is_of_none_of_its_lines():
    problem = Problem(Level.ERROR, "unread", Place(), "it can't be read", "")
    assert place_problem(problem, "world.sh").place == Place(path="world.sh")
    assert place_problem(problem, "world.sh", 7).place.line == 7


def test_a_world_can_have_refused_calls_and_calls_from_elsewhere(lesson: Scenario):
    text = f"#@ from 198.51.100.23\n#@ refused\n{LIST}{LIST}"
    profile = lesson.desk[0]
    first, second = run_script(
        lesson.opening, text, AT, lesson.files, profile, "world.sh", is_world=True
    )
    addresses = [step.outcomes[0].act.call.origin.ip for step in (first, second)]
    assert addresses == ["198.51.100.23", "203.0.113.10"]
    assert (first.refused, second.refused) == (True, False)


@pytest.mark.parametrize("word", ["refused", "from 198.51.100.23"])
def test_an_answer_takes_no_directive_of_a_world(lesson: Scenario, word: str):
    (problem,) = said(run(lesson, f"#@ {word}\n"))
    assert f"`#@ {word}` is no directive" in problem


@pytest.mark.parametrize("word", ["from 999.1.1.1", "from", "from here", "from ::1"])
def test_an_address_of_a_world_is_one_of_ipv4(lesson: Scenario, word: str):
    steps = run_script(
        lesson.opening, f"#@ {word}\n", AT, lesson.files, lesson.desk[0], is_world=True
    )
    assert len(said([*steps])) == 1
