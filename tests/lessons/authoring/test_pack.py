"""A pack for students: it holds no answer, plays as its original, and what is handed in is graded by the original."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.authoring.pack import differences, pack_files
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.handin import handin_text, read_handin, replay_handin
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from tests.lessons.folder import FILES, SCENARIO, folder, played, policy, problems, put

VARIED = {
    **FILES,
    SCENARIO_FILE: f'{SCENARIO}\n[variant]\nrename = {{ casey = "people" }}\n',
    "notes.txt": "teachers: s3:GetObject",
    "story.md": "See policies/start.json",
    "policies/start.json": "{}",
}
RIGHT = put(policy("s3:GetObject"))


def pack(below: Path, files: dict[str, str] = VARIED) -> tuple[Path, Path]:
    """Returns the folder of an original and that of its pack."""
    original, student = folder(below / "mine", files), below / "students"
    for name, body in pack_files(load(original)).items():
        path = student / original.name / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return original, student / original.name


def test_a_pack_holds_what_the_game_reads_and_what_it_names_and_no_answer(tmp_path: Path):
    _, student = pack(tmp_path)
    assert {path.relative_to(student).as_posix() for path in student.rglob("*") if path.is_file()} == {
        SCENARIO_FILE, "world.sh", "story.md", "policies/start.json",
    }  # fmt: skip
    text = (student / SCENARIO_FILE).read_text()
    assert not any(said in text for said in ("solution.sh", "wrong/", "right.json"))
    assert "An object's ARN goes on after the bucket's." in text
    packed_scenario = load(student)
    assert (
        packed_scenario.solution,
        packed_scenario.wrongs,
        [len(hint.text) for hint in packed_scenario.hints],
    ) == (
        "",
        (),
        [2],
    )


@pytest.mark.parametrize("variant", [0, 1, 77])
def test_what_is_handed_in_from_a_pack_is_graded_by_the_original(
    tmp_path: Path, variant: int
):
    original, student = (load(folder, variant) for folder in pack(tmp_path))
    assert (student.digest, student.opening, student.people) == (
        original.digest,
        original.opening,
        original.people,
    )
    script = RIGHT.replace("casey", original.people.graded[0])
    play = played(student, script)
    assert grade(play).stars == 3
    taken = replay_handin(original, read_handin(handin_text(play).encode()))
    assert (grade(taken).stars, grade(taken).score) == (3, 100)


@pytest.mark.parametrize("id", ["05", "10", "20"])
def test_packs_of_the_course_play_as_their_originals(id: str):
    original = [load(find(id), variant) for variant in (0, 5)]
    assert [*differences(original, pack_files(original[0]))] == []


def test_a_pack_that_does_not_play_as_its_original_is_told(tmp_path: Path):
    original = load(folder(tmp_path, VARIED))
    files = pack_files(original)
    other = {
        **files,
        "world.sh": files["world.sh"] + b"aws iam create-user --user-name sam\n",
    }
    assert [problem.code for problem in differences([original], other)] == ["pack-differs"]
    assert [
        problem.code
        for problem in differences([original], {SCENARIO_FILE: files[SCENARIO_FILE]})
    ] == ["missing-file"]


def test_a_pack_for_another_version_of_the_shop_is_told(tmp_path: Path):
    _, student = pack(tmp_path)
    text = (student / SCENARIO_FILE).read_text()
    shop = text.partition('shop = "')[2][:16]
    (student / SCENARIO_FILE).write_text(text.replace(shop, "0" * 16))
    assert any("packed for another version" in said for said in problems(student))


def test_a_task_of_blanks_keeps_its_blanks(tmp_path: Path):
    blanks = {
        **VARIED,
        SCENARIO_FILE: VARIED[SCENARIO_FILE].replace(
            "chapter = 2", 'chapter = 2\nform = "completion"'
        ),
        "policies/blank.json": "{________}",
    }
    assert (pack(tmp_path, blanks)[1] / "policies" / "blank.json").exists()
    assert not (
        pack(tmp_path / "other", {**blanks, SCENARIO_FILE: VARIED[SCENARIO_FILE]})[1]
        / "policies"
        / "blank.json"
    ).exists()


def test_names_that_only_answers_use_are_drawn_by_nobody(tmp_path: Path):
    files = {
        **VARIED,
        "wrong/tonight.sh": VARIED["wrong/tonight.sh"] + "# robin, mina and blair know\n",
    }
    original, student = pack(tmp_path, files)
    assert all(
        scenario_names(load(original, seed)) == scenario_names(load(student, seed))
        for seed in range(1, 12)
    )


def scenario_names(scenario: Scenario) -> object:
    return scenario.people
