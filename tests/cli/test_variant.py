"""--variant on the commands: the same lesson in other names, played, handed in, graded; and every bad number told."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from coffeeshop.cli import group
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.handin import handin_text
from coffeeshop.lessons.scenario.load import load
from tests.lessons.folder import FILES, ID, VARIED, folder, played

PLAIN = "91-without-other-names"


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scenario that varies and one that does not, and hand-ins of two of its variants."""
    folder(tmp_path / "mine", VARIED)
    folder(tmp_path / "mine", FILES, id=PLAIN, change=(f'id = "{ID}"', f'id = "{PLAIN}"'))
    (tmp_path / "class").mkdir()
    for seed in (0, 3):
        lesson = varied(tmp_path, seed)
        (tmp_path / "class" / f"{seed}.handin.jsonl").write_text(
            handin_text(played(lesson, lesson.solution))
        )
    (tmp_path / "answer.sh").write_text(varied(tmp_path, 3).solution)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_SCENARIOS", "mine")
    monkeypatch.setenv("COFFEESHOP_DATA", "data")
    return tmp_path


def varied(below: Path, seed: int) -> Scenario:
    return load(below / "mine" / ID, seed)


def coffeeshop(*line: str, typed: str = "") -> Result:
    return CliRunner().invoke(group, line, input=typed)


def test_run_plays_a_script_in_the_variant_that_is_named():
    done = coffeeshop("run", ID, "answer.sh", "--variant", "3", "--format", "json")
    assert (
        done.exit_code,
        json.loads(done.stdout)["variant"],
        json.loads(done.stdout)["stars"],
    ) == (0, 3, 3)
    assert coffeeshop("run", ID, "answer.sh").exit_code == 1
    assert coffeeshop("run", ID, "answer.sh", "--variant", "4").exit_code == 1


def test_a_class_in_which_each_plays_another_variant_is_graded_each_in_its_own():
    done = coffeeshop("grade", "class", "--format", "csv")
    rows = [*csv.DictReader(StringIO(done.stdout))]
    assert done.exit_code == 0
    assert [(row["variant"], row["stars"], row["status"]) for row in rows] == [
        ("0", "3", "complete"),
        ("3", "3", "complete"),
    ]


def test_an_exam_takes_the_variant_that_was_set_and_no_other():
    done = coffeeshop("grade", "class", "--variant", "3")
    assert done.exit_code == 2
    assert done.stdout.splitlines() == [
        "class/0.handin.jsonl: ungradable: it was played in variant 0, not in 3", "class/3.handin.jsonl: ★★★ 100",
    ]  # fmt: skip
    assert coffeeshop("run", ID, "class/3.handin.jsonl", "--variant", "4").exit_code == 2
    assert (
        coffeeshop("grade", "answer.sh", "--scenario", ID, "--variant", "3").exit_code == 0
    )


def test_every_format_says_in_which_variant():
    scope = json.loads(
        coffeeshop("grade", "class/3.handin.jsonl", "--format", "gradescope").stdout
    )
    assert scope["extra_data"]["variant"] == 3
    junit = ElementTree.fromstring(
        coffeeshop("grade", "class/3.handin.jsonl", "--format", "junit").stdout
    )
    assert junit.find(".//property[@name='variant']").get("value") == "3"  # pyright: ignore[reportOptionalMemberAccess]  # the test fails if it is not there
    ungradable = json.loads(
        coffeeshop(
            "run", ID, "class/3.handin.jsonl", "--variant", "4", "--format", "json"
        ).stdout
    )
    assert ungradable["variant"] is None


def test_a_play_in_a_variant_goes_on_and_is_exported_without_naming_it_again(mine: Path):
    lesson = varied(mine, 3)
    who = lesson.people.graded[0]
    first = coffeeshop(
        "play", ID, "--variant", "3", "--plain", typed=f"brief\n{lesson.solution}"
    )
    assert "A small one (variant 3): " in first.stdout
    assert f"{who.capitalize()} can open any receipt in coffeeshop-receipts" in first.stdout
    assert "casey" not in first.stdout.lower()
    again = coffeeshop("play", ID, "--plain", typed="grade\n")
    assert "A small one (variant 3)" in again.stdout
    assert "1 act saved" in again.stdout
    assert "3 of 3 stars" in again.stdout
    header = json.loads(coffeeshop("export", ID).stdout.splitlines()[0])
    assert (header["scenario"], header["variant"], header["calls"]) == (ID, 3, 1)
    empty = coffeeshop("export", ID, "--variant", "0")
    assert (empty.exit_code, "yet by this learner, in variant 0;" in empty.stderr) == (
        2,
        True,
    )
    assert (
        "A small one: Casey is turned away"
        in coffeeshop("play", ID, "--variant", "0", "--plain").stdout
    )


@pytest.mark.parametrize(
    "line",
    [("play", ID, "--plain"), ("run", ID, "answer.sh"), ("export", ID), ("grade", "class")],
)
@pytest.mark.parametrize("number", ["-1", "x", "1.5", "", "1000000000", "\x1b[31m", "٣"])
def test_what_is_no_variant_is_told_with_its_place_its_value_and_its_mend(
    line: tuple[str, ...], number: str
):
    done = coffeeshop(*line, f"--variant={number}")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert (
        f"Invalid value for '--variant': {number!a} isn't a variant: write a number from 0"
        in done.stderr
    )


@pytest.mark.parametrize("line", [
    ("play", PLAIN, "--plain"), ("run", PLAIN, "answer.sh"), ("export", PLAIN), ("grade", "answer.sh", "--scenario", PLAIN),
])  # fmt: skip
def test_a_scenario_without_other_names_has_no_variant(line: tuple[str, ...]):
    done = coffeeshop(*line, "--variant", "2")
    assert done.exit_code == 2
    assert (
        "there is no variant 2, since the scenario has no names to replace; leave --variant out"
        in done.stderr
    )


def test_a_variant_is_of_a_scenario():
    done = coffeeshop("play", "--variant", "2", "--plain")
    assert done.exit_code == 2
    assert "--variant needs a scenario, as in " in done.stderr


# ----------------------------------------------------------------- a learner's own variants
def test_whatever_a_learner_begins_from_the_shelf_is_begun_in_their_own_variant(mine: Path):
    lesson = varied(mine, 7000)
    played = coffeeshop(
        "play",
        "--first-variant",
        "7000",
        "--plain",
        typed=f"play {ID}\n{lesson.solution}grade\n",
    )
    assert "A small one (variant 7000)" in played.stdout
    assert "3 of 3 stars" in played.stdout
    other = coffeeshop(
        "play", "--first-variant", "7000", "--plain", typed=f"play {PLAIN}\ngrade\n"
    )
    assert (
        "0 of 3 stars" in other.stdout
    )  # it has no other names, and is begun as it is written
    assert json.loads(coffeeshop("export", ID).stdout.splitlines()[0])["variant"] == 7000


def test_what_was_played_in_other_variants_is_not_taken_up_and_what_was_in_their_own_is(
    mine: Path,
):
    coffeeshop("play", ID, "--plain", typed="aws iam list-users\n")
    own = ("play", ID, "--first-variant", "7000", "--plain")
    assert "A small one (variant 7000)" in coffeeshop(*own).stdout
    assert (
        "A small one (variant 7004)"
        in coffeeshop(*own, typed="again 7004\naws iam list-users\n").stdout
    )
    assert "A small one (variant 7004)" in coffeeshop(*own).stdout
    assert (
        "A small one (variant"
        not in coffeeshop("play", ID, "--variant", "0", "--plain").stdout
    )
    assert "A small one (variant 7004)" in coffeeshop(*own).stdout
    assert (
        "A small one (variant 999999999)"
        in coffeeshop(*own[:3], "999999999", "--plain").stdout
    )


def test_the_first_variant_is_typed_once_and_remembered_for_every_day_to_come(mine: Path):
    varied(mine, 7000)
    first = coffeeshop("play", "--first-variant", "7000", "--plain")
    assert "Your first variant is now 7000." in first.stderr
    begun = coffeeshop("play", ID, "--plain", typed="aws iam list-users\n")
    assert "A small one (variant 7000)" in begun.stdout
    assert (
        "variants begin"
        not in begun.stderr
        + coffeeshop("play", "--first-variant", "7000", "--plain").stderr
    )
    assert json.loads(coffeeshop("export", ID).stdout.splitlines()[0])["variant"] == 7000
    assert (
        "A small one (variant 8)"
        in coffeeshop("play", ID, "--variant", "8", "--plain").stdout
    )
    assert "A small one (variant 7000)" in coffeeshop("play", ID, "--plain").stdout


def test_another_first_variant_counts_from_then_on_and_what_was_played_before_is_told(
    mine: Path,
):
    coffeeshop(
        "play", ID, "--first-variant", "7000", "--plain", typed="aws iam list-users\n"
    )
    other = coffeeshop("play", ID, "--first-variant", "9000", "--plain")
    assert "Before, it was 7000" in other.stderr
    assert "coffeeshop play ID --variant 7000" in other.stderr
    assert "A small one (variant 9000)" in coffeeshop("play", ID, "--plain").stdout
    assert (
        "A small one (variant 7000)"
        in coffeeshop("play", ID, "--variant", "7000", "--plain").stdout
    )


def test_the_first_variant_is_one_learner_s_own(mine: Path):
    coffeeshop("play", "--first-variant", "7000", "--plain", "--learner", "ana")
    assert "(variant" not in coffeeshop("play", ID, "--plain", "--learner", "bo").stdout


def test_a_scenario_that_draws_faults_is_begun_in_their_own_variant_too():
    begun = coffeeshop("play", "C2", "--first-variant", "7000", "--plain", typed="")
    assert "(variant 7000)" in begun.stdout


# --------------------------------------------------------------------- what travels with a hand-in
def handed_in(typed: str, *line: str) -> dict[str, Any]:
    """Returns the report on a hand-in that was played by typing these lines."""
    coffeeshop("play", ID, *line, "--plain", typed=typed)
    assert coffeeshop("export", ID, *line, "--out", "ana.handin.jsonl").exit_code == 0
    return json.loads(coffeeshop("run", ID, "ana.handin.jsonl", "--format", "json").stdout)


def test_a_learner_who_printed_the_solution_earns_none_in_that_variant_and_all_in_the_next(
    mine: Path,
):
    solution = varied(mine, 0).solution
    told = handed_in(f"show solution.sh anyway\n{solution}grade\n")
    assert (told["status"], told["stars"], told["score"], told["handin"]["shown"]) == (
        "shown",
        0,
        0,
        True,
    )
    assert all(result["passed"] for result in told["results"])
    assert coffeeshop("grade", "ana.handin.jsonl", "--need", "0").exit_code == 1
    assert (
        "start again in another variant" in coffeeshop("run", ID, "ana.handin.jsonl").stdout
    )
    told = handed_in(f"{varied(mine, 1).solution}grade\n", "--variant", "1")
    assert (told["status"], told["stars"], told["handin"]["shown"]) == (
        "complete",
        3,
        False,
    )


def test_tries_hints_and_the_time_of_handing_in_travel_too(mine: Path):
    who, wrong = "casey", FILES["wrong/tonight.sh"]
    told = handed_in(f"grade\nhint\nhint\n{wrong}grade\n")["handin"]
    assert told["tries"] == 2
    assert told["hints"] == {f"read@{who}:job-denied:read@casey:*": 2}
    assert told["first_try"] <= told["handed_in"]
    assert not told["shown"]
    assert (
        "UTC, graded 2 times before, 2 hints read."
        in coffeeshop("run", ID, "ana.handin.jsonl").output
    )
    assert datetime.fromisoformat(told["handed_in"]).year >= 2026


@pytest.mark.parametrize(
    ("old", "new"),
    [('"shown":true', '"shown":false'), ('"tries":1', '"tries":2'), (',"shown":true', "")],
)
def test_a_record_that_an_editor_changed_is_edited(mine: Path, old: str, new: str):
    handed_in("grade\nshow solution.sh anyway\naws iam list-users\n")
    text = (mine / "ana.handin.jsonl").read_text()
    assert old in text
    (mine / "ana.handin.jsonl").write_text(text.replace(old, new))
    assert "it was edited" in coffeeshop("run", ID, "ana.handin.jsonl").output


@pytest.mark.parametrize("record", [
    '{"handed_in":"yesterday"}', '{"handed_in":"2026-03-02T08:00:00","tries":-1}', '{"tries":1}', "[]", '{"handed_in":"2026-03-02T08:00:00Z","hints":{"a":"b"}}',
])  # fmt: skip
def test_a_record_that_is_none_is_told(mine: Path, record: str):
    first, *rest = (mine / "class" / "3.handin.jsonl").read_text().split("\n")
    (mine / "ana.handin.jsonl").write_text(
        "\n".join((first.replace('"record":null', f'"record":{record}'), *rest))
    )
    done = coffeeshop("run", ID, "ana.handin.jsonl")
    assert (done.exit_code, "the header of a hand-in" in done.output) == (2, True)


def test_a_hand_in_that_a_shell_of_windows_wrote_is_graded(mine: Path):
    text = (mine / "class" / "3.handin.jsonl").read_text()
    (mine / "class" / "3.handin.jsonl").write_bytes(
        text.replace("\n", "\r\n").encode("utf-16")
    )
    assert "class/3.handin.jsonl: ★★★ 100" in coffeeshop("grade", "class").stdout
