"""`coffeeshop roster assign`, run again: what a class was given stays given, whatever is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coffeeshop.classroom.roster import Roster, parse_roster, read_roster
from coffeeshop.cli import group

CLASS = "learner,name\na,Ana\nb,Bo\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    Path("class.csv").write_text(CLASS)
    return tmp_path


def assign(*words: str) -> Result:
    return CliRunner().invoke(group, ["roster", "assign", *words])


def variants(found: Roster) -> dict[str, int | None]:
    return {learner.key: learner.first_variant for learner in found.learners}


def test_a_newcomer_is_added_and_everybody_else_keeps_theirs(here: Path):
    assert assign("class.csv", "--out", "given.csv").exit_code == 0
    first = variants(read_roster(Path("given.csv")))
    Path("class.csv").write_text("name,learner\nCy,c\nBo,b\nAna,a\n")
    done = assign("class.csv", "--out", "given.csv", "--seed", "another")
    assert "given.csv: 3 learners, 1 of them new." in done.stdout
    again = variants(read_roster(Path("given.csv")))
    assert {key: again[key] for key in first} == first
    assert again["c"] not in {None, *first.values()}


def test_pseudonyms_and_practice_stay_where_they_are_not_asked_for_again(here: Path):
    assign("class.csv", "--pseudonyms", "--practice", "--out", "given.csv")
    first = Path("given.csv").read_text()
    assign("class.csv", "--out", "given.csv")
    assert Path("given.csv").read_text() == first


@pytest.mark.parametrize(
    "out", [("--out", "class.csv"), ("--out", "given.csv"), ("--out", "-"), ()]
)
def test_whoever_leaves_and_comes_back_has_what_they_had_wherever_it_is_written(
    here: Path, out: tuple[str, ...]
):
    def given() -> dict[str, int | None]:
        done = assign("class.csv", *out)
        assert done.exit_code == 0
        return variants(
            parse_roster(Path(out[1]).read_text() if out and out[1] != "-" else done.stdout)
        )

    first = given()
    Path("class.csv").write_text("learner,name\nb,Bo\n")
    assert given() == {"b": first["b"]}
    Path("class.csv").write_text("learner,name\nc,Cy\na,Ana\nb,Bo\n")
    assert given().items() > first.items()
    assert not Path("-").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x,y\n1,2\n", "no column identifies the learners"),
        ("learner,variant\nz,5000\n", "it may be the file of another class"),
        ("learner,variant\na,5000\nb,5500\n", "already belongs to"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_the_file_stays(
    here: Path, content: str, said: str
):
    Path("given.csv").write_text(content)
    done = assign("class.csv", "--out", "given.csv")
    assert (done.exit_code, said in done.stderr) == (2, True)
    assert Path("given.csv").read_text() == content


def test_the_seed_of_this_machine_is_its_owner_s_alone(here: Path):
    assign("class.csv")
    (kept,) = (here / "data").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
