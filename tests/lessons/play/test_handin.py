"""Hand-ins: what was played is what is graded; whatever is cut, edited, foreign or out of order is told and costs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import asdict, replace

from coffeeshop.account.model import Act, Call, Key, Nobody, Outsider, Service
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.permission_counts import (
    action_table,
    all_resource_arns,
    count_permissions,
)
from coffeeshop.lessons.grading.report_json import report_json, ungraded_report
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.acts_json import act_line
from coffeeshop.lessons.play.handin import (
    MAX_CALLS,
    MAX_CHARACTERS,
    HandIn,
    Header,
    acts_digest,
    foreign_credential_problems,
    handin_text,
    read_handin,
    replay_handin,
)
from tests.lessons.folder import ALL, FILES, folder, played, policy, put, refused, scenario

RIGHT = FILES["solution.sh"]
HIRE = "aws iam create-user --user-name sam\n"


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The small scenario, in whose world robin and casey have keys, and somebody kept casey's."""
    keys = "aws iam create-access-key --user-name casey\n"
    files = {
        **FILES,
        "world.sh": f"{FILES['world.sh']}aws iam create-user --user-name robin\n{keys}aws iam create-access-key --user-name robin\n",
    }
    held = '[[refuse]]\nid = "tablet"\nheld = "casey"\ndo = "aws iam list-users"\nsay = "The tablet lists the users"\n\n[[practice]]'
    return scenario(
        folder(tmp_path_factory.mktemp("handin"), files, change=("[[practice]]", held))
    )


@pytest.fixture
def play(lesson: Scenario) -> Play:
    return played(lesson, RIGHT + HIRE)


def opened(data: bytes) -> HandIn:
    return read_handin(data)


def told(call: Callable[..., object], *given: object) -> list[tuple[str, int]]:
    """The codes and lines of the problems that a call raises."""
    found = refused(call, *given)
    assert all(problem.mend for problem in found)
    return [(problem.code, problem.place.line) for problem in found]


def handed(play: Play) -> bytes:
    return handin_text(play).encode()


def of(lesson: Scenario, *acts: Act) -> HandIn:
    header = Header(1, lesson.id, lesson.digest, len(acts), acts_digest(acts))
    return HandIn(header, acts)


# ------------------------------------------------------------------------ round trip
def test_what_was_handed_in_is_the_play_again(lesson: Scenario, play: Play):
    again = replay_handin(lesson, opened(handed(play)))
    assert again == play


def test_a_hand_in_says_of_what_it_is_and_nobodys_name(lesson: Scenario, play: Play):
    first, *acts = handin_text(play).splitlines()
    assert json.loads(first) == {
        "format": 1,
        "scenario": lesson.id,
        "digest": lesson.digest,
        "calls": 2,
        "sum": acts_digest(play.acts),
        "made_with": "coffeeshop 0.1.0",
        "variant": 0,
        "record": None,
    }
    assert acts == [act_line(act) for act in play.acts]


def test_a_hand_in_without_an_act_is_the_untouched_world(lesson: Scenario):
    assert replay_handin(lesson, opened(handed(Play(lesson)))) == Play(lesson)


@pytest.mark.parametrize("change", [lambda data: b"\xef\xbb\xbf" + data, lambda data: data + b"\n\n", lambda data: data.replace(b"\n", b"\r\n")], ids=["a mark", "empty lines", "other line ends"])  # fmt: skip
def test_what_mail_programs_do_to_a_file_does_no_harm(
    lesson: Scenario, play: Play, change: Callable[[bytes], bytes]
):
    assert replay_handin(lesson, opened(change(handed(play)))) == play


# ------------------------------------------------------------------------ files that are none
def header(play: Play, **changes: object) -> bytes:
    first, *rest = handin_text(play).split("\n")
    return "\n".join((json.dumps({**json.loads(first), **changes}), *rest)).encode()


def test_a_file_that_is_too_large_is_told():
    assert told(read_handin, b" " * (MAX_CHARACTERS + 1)) == [("too-large", 0)]


def test_a_file_that_is_no_text_is_told():
    assert told(read_handin, b"\xff\xfe\x00") == [("not-a-handin", 0)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"aws iam list-users\n",
        b"[]",
        b"{}",
        b'{"format": 1}',
        b"[" * 90_000,
        b'{"format": 1, "scenario": "\\ud800"}',
    ],
)
def test_a_file_without_a_header_is_told(data: bytes):
    assert told(read_handin, data) == [("not-a-handin", 1)]


@pytest.mark.parametrize("field", ["handed_in", "first_try"])
@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0900-01-01T00:00:00Z"]
)
def test_a_record_of_a_day_that_utc_does_not_have_is_no_header(
    play: Play, field: str, at: str
):
    record = {"handed_in": "2026-11-27T09:00:00Z", field: at}
    assert told(opened, header(play, record=record)) == [("not-a-handin", 1)]


def test_another_format_is_told_with_who_should_change(play: Play):
    later, earlier = (
        refused(read_handin, header(play, format=2)),
        refused(read_handin, header(play, format=0)),
    )
    assert [problem.code for problem in (*later, *earlier)] == ["other-format"] * 2
    assert {problem.place.line for problem in (*later, *earlier)} == {1}
    assert later[0].mend == "update Coffeeshop"
    assert earlier[0].mend.startswith("write it again")


def test_more_calls_than_are_graded_are_told(play: Play):
    line = act_line(play.acts[0])
    data = "\n".join((handin_text(play).split("\n")[0], *[line] * (MAX_CALLS + 1))).encode()
    assert told(read_handin, data) == [("too-many-calls", MAX_CALLS + 2)]


def test_every_line_that_is_no_act_is_told(play: Play):
    first, one, two, _ = handin_text(play).split("\n")
    assert told(read_handin, "\n".join((first, "coffee", one, "{}", two)).encode()) == [
        ("unreadable", 2),
        ("unreadable", 4),
    ]


def test_a_file_that_ends_within_a_line_was_cut_there(play: Play):
    text = handin_text(play)
    (problem,) = refused(read_handin, text[:-9].encode())
    assert (problem.code, problem.place.line) == ("cut", 3)
    assert problem.text == "it was cut: it ends within line 3"


def test_a_file_that_was_cut_or_that_grew_is_told(play: Play):
    first, one, two, _ = handin_text(play).split("\n")
    assert told(read_handin, f"{first}\n{one}\n".encode()) == [("cut", 2)]
    assert told(read_handin, "\n".join((first, one, two, two)).encode()) == [("cut", 4)]


def test_a_line_that_was_edited_is_told(play: Play):
    assert told(read_handin, handed(play).replace(b'"sam"', b'"bob"')) == [("edited", 0)]


# ------------------------------------------------------------------------ hand-ins that cannot be graded
def test_another_scenario_is_told(lesson: Scenario, play: Play):
    assert told(
        replay_handin, lesson, opened(header(play, scenario="05-receipts-drawer"))
    ) == [("other-scenario", 1)]


def test_another_version_of_the_scenario_is_told_unless_it_is_accepted(
    lesson: Scenario, play: Play
):
    old = opened(header(play, digest="0" * 16))
    assert told(replay_handin, lesson, old) == [("other-digest", 1)]
    assert replay_handin(lesson, old, accept_digest=True) == play


@pytest.mark.parametrize(
    "span", [timedelta(minutes=-1), timedelta(days=-400), timedelta(days=400_000)]
)
def test_times_that_run_backwards_or_away_are_told(
    lesson: Scenario, play: Play, span: timedelta
):
    first, second = play.acts
    moved = replace(second, at=first.at + span)
    assert told(replay_handin, lesson, of(lesson, first, moved)) == [("backwards", 3)]


def test_a_play_cannot_begin_before_its_scenario(lesson: Scenario, play: Play):
    early = replace(play.acts[0], at=lesson.now - timedelta(seconds=1))
    assert told(replay_handin, lesson, of(lesson, early)) == [("backwards", 2)]


def key_of(lesson: Scenario, profile: str) -> Key:
    return next(
        Key(id)
        for id, held in lesson.opening.credentials.items()
        if held.profile == profile
    )


def as_caller(lesson: Scenario, caller: Key | Nobody | Outsider | Service) -> list[str]:
    play = Play(lesson).do(Act(lesson.now, caller, Call("iam", "ListUsers")))
    return [
        problem.text.partition(": ")[2] for problem in foreign_credential_problems(play)
    ]


def test_badges_that_a_learner_cannot_hold_are_told(lesson: Scenario):
    assert as_caller(lesson, Key("AKIAFORGEDFORGED0000")) == [
        "no one has Key(id='AKIAFORGEDFORGED0000') here"
    ]
    assert as_caller(lesson, Service("lambda.amazonaws.com"))[0].startswith(
        "no one has Service"
    )
    assert as_caller(lesson, Outsider("arn:aws:iam::444455556666:user/x"))[0].startswith(
        "no one has Outsider"
    )
    assert as_caller(lesson, key_of(lesson, "robin")) == [
        "robin belongs to no one in this scenario"
    ]
    assert as_caller(lesson, key_of(lesson, "casey")) == ["someone else still has casey"]


def test_the_desk_what_was_made_in_play_and_nobody_are_fine(lesson: Scenario):
    assert as_caller(lesson, key_of(lesson, "ada@console")) == []
    assert as_caller(lesson, Nobody()) == []
    made = played(
        lesson,
        f"{HIRE}aws iam create-access-key --user-name sam\naws sts get-caller-identity --profile sam\n",
    )
    assert [*foreign_credential_problems(made)] == []
    assert replay_handin(lesson, opened(handed(made))) == made


def test_the_owners_badge_is_foreign_unless_the_owner_is_at_the_desk(tmp_path: Path):
    at_desk = scenario(folder(tmp_path, change=("[people]", 'desk = ["root"]\n\n[people]')))
    root = key_of(at_desk, "root@console")
    assert as_caller(at_desk, root) == []
    assert as_caller(replace(at_desk, desk=("ada@console",)), root) == [
        "it belongs to the owner, who is not at the desk"
    ]


def test_a_role_session_that_somebody_of_the_cast_took_is_theirs(tmp_path: Path):
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"}, "Action": "sts:AssumeRole"}}'
    world = (
        f"{FILES['world.sh']}aws iam create-role --role-name Till --assume-role-policy-document '{trust}'\n"
        "aws iam create-access-key --user-name casey\n"
        "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Till --role-session-name shift --profile casey\n"
    )
    lesson = scenario(folder(tmp_path, {**FILES, "world.sh": world}))
    assert as_caller(lesson, key_of(lesson, "shift")) == []


def test_a_foreign_badge_makes_a_hand_in_ungradable_with_its_line(
    lesson: Scenario, play: Play
):
    act = Act(lesson.now, key_of(lesson, "robin"), Call("iam", "ListUsers"))
    later = replace(play.acts[0], at=act.at + timedelta(minutes=1))
    assert told(replay_handin, lesson, of(lesson, act, later)) == [("foreign-badge", 2)]


# ------------------------------------------------------------------------ the report
def test_what_cannot_be_graded_has_a_report_without_a_score():
    found = refused(read_handin, b"")
    document = ungraded_report("ungradable", "ana.handin.jsonl", found)
    assert (document.status, document.stars, document.score) == ("ungradable", None, None)
    (problem,) = document.problems
    assert (problem.code, problem.place.line) == ("not-a-handin", 1)


def test_a_report_names_the_hand_in_and_counts_its_calls(play: Play):
    document = report_json(play, grade(play), "ana.handin.jsonl")
    assert (document.handin.name, document.handin.calls) == ("ana.handin.jsonl", 2)


# ------------------------------------------------------------------------ sizes
def sized(lesson: Scenario, *documents: str) -> dict[str, object]:
    play = played(
        lesson, "".join(put(text, name=f"p{n}") for n, text in enumerate(documents))
    )
    return asdict(count_permissions(play, grade(play))["casey"])


READ = policy("s3:GetObject")


def test_who_holds_just_what_is_needed_holds_nothing_beyond(lesson: Scenario):
    exact = sized(lesson, READ)
    receipts = len(lesson.opening.buckets["coffeeshop-receipts"].objects)
    assert (exact["excess"], exact["weight"], exact["by_level"]) == (0, 0, {})
    assert exact["needed"] == exact["allowed"] == receipts


def test_what_is_beyond_is_counted_by_level_and_weighed(lesson: Scenario):
    wide = sized(
        lesson,
        READ,
        policy("s3:PutObject", "s3:ListBucket", on="*"),
        policy("iam:CreateUser", on="*"),
    )
    levels = wide["by_level"]
    assert isinstance(levels, dict)
    assert set(levels) == {"List", "Write"}
    assert wide["excess"] == sum(levels.values())
    assert int(str(wide["weight"])) > int(str(wide["excess"]))


def test_everything_but_is_counted_too(lesson: Scenario):
    nothing_else = policy("s3:GetObject", on="*").replace('"Action"', '"NotAction"')
    found = sized(lesson, nothing_else)
    assert int(str(found["allowed"])) > int(str(found["all"])) / 2


def test_what_is_sensitive_weighs_twice(lesson: Scenario):
    payroll = policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-payroll/*")
    once = sized(lesson, READ, payroll)
    twice = sized(
        replace(lesson, sensitive=("arn:aws:s3:::coffeeshop-payroll*",)), READ, payroll
    )
    assert int(str(twice["weight"])) == 2 * int(str(once["weight"]))


def test_an_action_that_there_is_not_is_nobodys_pair(lesson: Scenario):
    assert sized(lesson, READ, policy("s3:ListObject", on="*")) == sized(lesson, READ)


def test_pairs_are_of_the_shops_own_things(lesson: Scenario):
    there = tuple(all_resource_arns(lesson.opening))
    assert ALL.replace("*", "2026/03/0412.json") in there
    table = action_table(there, lesson.opening.id)
    assert table["s3:ListBucket"] == tuple(
        arn for arn in there if arn.startswith("arn:aws:s3:::") and "/" not in arn
    )
    assert table["iam:ListUsers"]
