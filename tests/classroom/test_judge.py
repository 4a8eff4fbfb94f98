"""One file to its report: a hand-in or a script, and whatever is wrong with either."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.classroom import judge as judging
from coffeeshop.classroom.judge import Graded, Task, judge
from coffeeshop.lessons.exercises.choice import Choice
from coffeeshop.lessons.exercises.exercise import exercise, scenario_of_files
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.handin import MAX_BYTES, MAX_CHARACTERS, handin_text
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.policy.model import Level, Place, Problem
from tests.lessons.folder import FILES, ID, folder, played, policy, put, scenario
from tests.lessons.scenario.test_drawn import DRAWN

OWNER = "console sign-in --root-email owner@coffeeshop.example --password House-blend-1\naws iam list-users --profile root@console\n"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A teacher's own folder of scenarios."""
    folder(tmp_path / "mine")
    return tmp_path / "mine"


def graded(path: Path, data: str | bytes, **options: object) -> Graded:
    handed = data.encode() if isinstance(data, str) else data
    return judge(Task(path.name, handed, **options), lambda: None)  # pyright: ignore[reportArgumentType]  # as Task says


def handin(mine: Path, script: str = FILES["solution.sh"]) -> str:
    return handin_text(played(scenario(mine / ID), script))


def code(found: Graded) -> str:
    assert (found.exit_code, found.document.status, found.document.score) == (
        2,
        "ungradable",
        None,
    )
    return found.document.problems[0].code


def test_a_hand_in_finds_its_scenario_in_a_folder_of_ones_own(mine: Path, tmp_path: Path):
    found = graded(tmp_path / "kim.handin.jsonl", handin(mine), scenarios_folder=mine)
    assert (found.exit_code, found.document.stars, found.document.handin.name) == (
        0,
        3,
        "kim.handin.jsonl",
    )


@pytest.mark.parametrize("variant", range(4))
def test_a_hand_in_of_drawn_faults_is_graded_in_those_of_its_variant(
    tmp_path: Path, variant: int
):
    named = DRAWN[SCENARIO_FILE] + '\n[variant]\nrename = { casey = "people" }\n'
    drawn = load(folder(tmp_path / "mine", {**DRAWN, SCENARIO_FILE: named}), variant)
    found = graded(
        tmp_path / "kim.handin.jsonl",
        handin_text(played(drawn, drawn.solution)),
        scenarios_folder=tmp_path / "mine",
    )
    assert (found.exit_code, found.document.stars) == (0, 3)
    assert found.trace.choices == ()


def test_the_work_begins_when_the_scenario_is_there(mine: Path):
    begun: list[bool] = []
    judge(
        Task("kim", handin(mine).encode(), scenarios_folder=mine),
        lambda: begun.append(True),
    )
    assert begun == [True]


def test_a_hand_in_is_known_by_how_it_begins(mine: Path, tmp_path: Path):
    assert (
        graded(tmp_path / "download (1)", handin(mine), scenarios_folder=mine).exit_code
        == 0
    )


@pytest.mark.parametrize("name", ["answer.sh", "answer", "answer.txt"])
def test_a_script_is_graded_in_the_scenario_that_is_named(
    mine: Path, tmp_path: Path, name: str
):
    assert (
        graded(
            tmp_path / name,
            put(FILES["policies/right.json"]),
            scenario=ID,
            scenarios_folder=mine,
        ).exit_code
        == 0
    )


@pytest.mark.parametrize(
    "read", ["file://policies/answer.json", 'file:"//policies/answer.json"']
)
def test_a_script_writes_the_document_that_tells_the_answer_itself(
    tmp_path: Path, read: str
):
    line = "aws iam put-user-policy --user-name casey --policy-name receipts --policy-document {}\n"
    answer = {
        "policies/answer.json": policy("s3:GetObject", Sid="Answer"),
        "solution.sh": line.format("file://policies/answer.json"),
    }
    folder(tmp_path / "mine", {**FILES, **answer})
    tried = {"scenario": ID, "scenarios_folder": tmp_path / "mine"}
    assert code(graded(tmp_path / "a.sh", line.format(read), **tried)) == "told"
    assert (
        graded(
            tmp_path / "a.sh", line.format(read), **tried, may_read_answer=True
        ).exit_code
        == 0
    )


def test_fewer_stars_may_be_asked_for(mine: Path, tmp_path: Path):
    found = graded(
        tmp_path / "a.sh",
        FILES["wrong/shred-too.sh"],
        scenario=ID,
        scenarios_folder=mine,
        needed_stars=0,
    )
    assert (found.exit_code, found.document.status) == (0, "not_yet")


def test_tampering_never_passes(mine: Path, tmp_path: Path):
    found = graded(
        tmp_path / "a.sh",
        "aws iam delete-user --user-name casey\n",
        scenario=ID,
        scenarios_folder=mine,
        needed_stars=0,
    )
    assert (found.exit_code, found.document.status, found.document.score) == (
        1,
        "tampered",
        0,
    )


def test_another_version_may_be_accepted(mine: Path, tmp_path: Path):
    text = handin(mine)
    (mine / ID / "more.txt").write_text("another version")
    assert code(graded(tmp_path / "a", text, scenario=str(mine / ID))) == "other-digest"
    assert (
        graded(tmp_path / "a", text, scenario=str(mine / ID), accept_digest=True).exit_code
        == 0
    )


# ------------------------------------------------------------------ ungradable
def test_what_could_not_be_read_says_why():
    problem = Problem(Level.ERROR, "unreadable", Place(), "it is a folder")
    assert code(judge(Task("x", (problem,)), lambda: None)) == "unreadable"


def test_a_script_does_not_say_its_scenario(tmp_path: Path):
    assert code(graded(tmp_path / "a.sh", "aws iam list-users\n")) == "no-scenario"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"aws \xff\xfe", "not-a-script"),
        (b"#" * (MAX_CHARACTERS + 1), "too-large"),
        (b"#" * (MAX_BYTES + 1), "too-large"),
        (b"root:x:0:0\nexport KEY=s3cr3t", "not-a-script"),
    ],
    ids=["no text", "too large", "far too large", "no line of it is one"],
)
def test_what_is_no_script_is_told_and_not_quoted(
    mine: Path, tmp_path: Path, data: bytes, said: str
):
    found = graded(tmp_path / "a.sh", data, scenario=ID, scenarios_folder=mine)
    assert code(found) == said
    assert "root:" not in found.text
    assert "s3cr3t" not in str(found.document)


def test_a_line_that_cannot_be_read_is_told(mine: Path, tmp_path: Path):
    found = graded(
        tmp_path / "a.sh",
        "aws iam list-users\ncoffee\n",
        scenario=ID,
        scenarios_folder=mine,
    )
    assert code(found)
    assert found.document.problems[0].place.line == 2


def test_a_script_with_the_owners_badge_is_told_as_a_hand_in_would_be(
    mine: Path, tmp_path: Path
):
    assert (
        code(graded(tmp_path / "a.sh", OWNER, scenario=ID, scenarios_folder=mine))
        == "foreign-badge"
    )
    assert (
        code(graded(tmp_path / "a", handin(mine, OWNER), scenarios_folder=mine))
        == "foreign-badge"
    )


@pytest.mark.parametrize("id", ["99-nowhere", "../mine/90-a-small-one", "90", ""])
def test_a_hand_in_names_a_known_scenario_by_its_whole_id_and_no_path(
    mine: Path, tmp_path: Path, id: str
):
    text = handin(mine).replace(ID, id)
    assert (
        code(graded(tmp_path / "a.handin.jsonl", text, scenarios_folder=mine))
        == "unknown-scenario"
    )


def test_a_scenario_that_is_named_and_not_there_is_told(tmp_path: Path):
    assert code(graded(tmp_path / "a.sh", "", scenario="99-nowhere")) == "unknown-scenario"


def test_a_scenario_with_problems_costs_the_learner_nothing(mine: Path, tmp_path: Path):
    text = handin(mine)
    (mine / ID / "world.sh").write_text("coffee\n")
    assert code(graded(tmp_path / "a", text, scenarios_folder=mine))


def test_a_hand_in_that_was_cut_is_told(mine: Path, tmp_path: Path):
    assert (
        code(graded(tmp_path / "a.handin.jsonl", handin(mine)[:-9], scenarios_folder=mine))
        == "cut"
    )


def test_an_empty_play_is_graded(mine: Path, tmp_path: Path):
    found = graded(
        tmp_path / "a", handin_text(Play(scenario(mine / ID))), scenarios_folder=mine
    )
    assert (found.exit_code, found.document.score, found.document.handin.ended) == (
        1,
        0,
        "2026-03-02T08:00:00Z",
    )


def test_an_exercise_is_drawn_again_by_its_id(tmp_path: Path):
    choice = Choice("resources", 1, 1)
    lesson = scenario_of_files(choice, exercise(choice).files)
    found = graded(
        tmp_path / "ana.handin.jsonl", handin_text(run_play(lesson, lesson.solution))
    )
    assert (found.exit_code, found.document.stars) == (0, 3)


def test_what_names_no_exercise_is_no_scenario(mine: Path, tmp_path: Path):
    text = handin(mine).replace(ID, "practice-tea-1-1")
    assert (
        code(graded(tmp_path / "a.handin.jsonl", text, scenarios_folder=mine))
        == "unknown-scenario"
    )


def test_files_with_the_same_content_are_graded_once_and_reported_each_under_its_name(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    plays = list[Play]()
    real = judging.grade

    def counted(play: Play, unrenamed: Scenario) -> Report:
        plays.append(play)
        return real(play, unrenamed)

    monkeypatch.setattr(judging, "grade", counted)
    data = handin(mine)
    reports = [
        graded(tmp_path / f"{n}.handin.jsonl", data, scenarios_folder=mine)
        for n in range(3)
    ]
    other = graded(tmp_path / "3.handin.jsonl", f"{data}\n", scenarios_folder=mine)
    assert len(plays) == 2
    names = [found.document.handin.name for found in (*reports, other)]
    assert names == [f"{n}.handin.jsonl" for n in range(4)]
    assert [found.name for found in reports] == names[:3]
    assert {found.text for found in (*reports, other)} == {other.text}
