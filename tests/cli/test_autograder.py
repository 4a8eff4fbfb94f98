"""An autograder gives points to a learner for their own variant alone, and tells whoever hands in something else why not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from coffeeshop.classroom.roster import parse_roster
from coffeeshop.cli import group
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load

CLASS = "learner,name,email,variant\n1,Ana Vidal,Ana@x.example,7000\n2,Bo,bo@x.example,8000\n3,Cy,cy@x.example,9000\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", "data")
    Path("given.csv").write_text(CLASS)
    return tmp_path


def coffeeshop(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(group, words, input=typed)


def solved(variant: int) -> str:
    """The answer in the names of a variant, in documents of its own: a script that is handed in reads no others."""
    scenario = load(find("05"), variant)
    lines = scenario.solution
    for name in scenario.files:
        lines = lines.replace(
            f"file://{name}", f"'{' '.join(scenario.text(name).split())}'"
        )
    return lines


def submitted(name: str, text: str, beside: dict[str, Any], *words: str) -> dict[str, Any]:
    Path("submission").mkdir()
    Path("submission", name).write_text(text)
    Path("beside.json").write_text(json.dumps(beside))
    form = () if "--format" in words else ("--format", "gradescope")
    done = coffeeshop("grade", "submission", "--scenario", "05", "--best", *form, "--submitter", "beside.json", *words, "--points", "20", "--out", "r.json")  # fmt: skip
    assert "Bo" not in done.output  # of others nobody is told
    return json.loads(Path("r.json").read_text())


def handed_in(variant: int) -> str:
    coffeeshop("play", "05", "--plain", "--variant", str(variant), typed=solved(variant))
    return coffeeshop("export", "05", "--variant", str(variant)).stdout


def users(*emails: str) -> dict[str, Any]:
    return {
        "users": [{"email": email, "id": 7, "name": "Somebody"} for email in emails],
        "id": 1,
    }


@pytest.mark.parametrize(
    ("emails", "variant", "score"),
    [
        (("ana@x.example",), 7000, 20),
        (("ana@x.example",), 7999, 20),
        (("ana@x.example",), 0, 0),
        (("ana@x.example",), 8000, 0),
        (("ANA@other.example",), 7000, 20),
        (("ana@x.example", "cy@x.example"), 9001, 20),
        (("ana@x.example", "cy@x.example"), 8000, 0),
        (("eve@x.example",), 7000, 0),
    ],
)
def test_a_hand_in_counts_in_a_variant_of_whoever_submits_it(
    here: Path, emails: tuple[str, ...], variant: int, score: float
):
    results = submitted(
        "05.handin.jsonl", handed_in(variant), users(*emails), "--roster", "given.csv"
    )
    assert results["score"] == score
    assert results["output"].startswith("You get 0 points, because") is (score == 0)


@pytest.mark.parametrize(("variant", "passes"), [(7000, True), (0, False), (8000, False)])
def test_a_script_is_played_in_the_variant_of_whoever_submits_it(
    here: Path, variant: int, passes: bool
):
    results = submitted(
        "answer.sh", solved(variant), users("ana@x.example"), "--roster", "given.csv"
    )
    assert (results["score"] == 20) is passes
    assert results["extra_data"]["variant"] == 7000


@pytest.mark.parametrize("junk", ["", "hello", "{}", '{"format": 1}', "\0" * 100])
def test_junk_gets_nothing_and_the_reason(here: Path, junk: str):
    results = submitted(
        "05.handin.jsonl", junk, users("ana@x.example"), "--roster", "given.csv"
    )
    assert results["score"] == 0
    assert len(results["output"].splitlines()) > 1


@pytest.mark.parametrize(("variant", "gradable"), [(7001, True), (0, False), (8000, False)])
def test_prairielearn_grades_the_variant_that_its_question_drew(
    here: Path, variant: int, gradable: bool
):
    results = submitted(
        "05.handin.jsonl",
        handed_in(variant),
        {"params": {"first_variant": 7000}},
        "--format",
        "prairielearn",
    )
    assert results["gradable"] is gradable
    assert gradable or "not in the variant of the submitter" in results["format_errors"][0]


@pytest.mark.parametrize(
    "beside",
    ["", "[]", "{}", '{"users": []}', '{"users": 3}', '{"params": {"first_variant": -1}}'],
)
def test_what_names_nobody_is_told_and_nothing_is_graded(here: Path, beside: str):
    Path("beside.json").write_text(beside)
    done = coffeeshop(
        "grade", "given.csv", "--roster", "given.csv", "--submitter", "beside.json"
    )
    assert (
        done.exit_code,
        "beside.json" in done.stderr,
        "a bug in Coffeeshop" in done.stderr,
    ) == (2, True, False)


def test_an_autograder_of_a_class_holds_its_roster_and_asks_whose_a_submission_is(
    here: Path,
):
    assert coffeeshop("author", "autograder", "gradescope", "05", "--roster", "given.csv", "--out", "a.zip").exit_code == 0  # fmt: skip
    with ZipFile("a.zip") as archive:
        run = archive.read("run_autograder").decode()
        found = parse_roster(archive.read("roster.csv").decode())
    assert next((one.key, one.name, one.first_variant) for one in found.learners) == (
        "1",
        "Ana Vidal",
        7000,
    )
    assert (
        '--roster "$root/source/roster.csv" --submitter "$root/submission_metadata.json"'
        in run
    )
    done = coffeeshop("author", "autograder", "gradescope", "05", "--out", "a.zip")
    assert done.exit_code == 0
    with ZipFile("a.zip") as archive:
        assert "--roster" not in archive.read("run_autograder").decode()


def test_prairielearns_question_takes_any_hand_in_file_and_says_in_which_variant_to_play(
    here: Path,
):
    coffeeshop("author", "autograder", "prairielearn", "05", "--out", "a.zip")
    with ZipFile("a.zip") as archive:
        archive.extractall("it")
    question = Path("it/questions/05-receipts-drawer")
    page = (question / "question.html").read_text()
    assert 'file-patterns="*.jsonl"' in page
    assert "--first-variant {{params.first_variant}}" in page
    drawn = "import server; data = {'params': {}}; server.generate(data); print(data['params']['first_variant'])"
    said = subprocess.run(
        [sys.executable, "-c", drawn],
        cwd=question,
        capture_output=True,
        text=True,
        check=True,
    )
    assert 0 < int(said.stdout) < 10**9
    assert int(said.stdout) % 1000 == 0
    assert '--submitter "$root/data/data.json"' in Path("it/image/grade.sh").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("prairielearn", "05", "--roster", "given.csv", "--out", "a.zip"),
            "doesn't tell the grader who submitted",
        ),
        (
            ("gradescope", "05", "--roster", "bare.csv", "--out", "a.zip"),
            "has no variants",
        ),
        (("gradescope", "05", "--out", "-"), "standard output (-) can't be a zip file"),
    ],
)
def test_what_an_autograder_cannot_be_made_of_is_told(
    here: Path, words: tuple[str, ...], said: str
):
    Path("bare.csv").write_text("learner\nana\n")
    done = coffeeshop("author", "autograder", *words)
    assert (done.exit_code, said in done.stderr) == (2, True)
    assert not Path("a.zip").exists()
