"""A scenario whose faults are drawn: a seed takes some, breaks them into the world, and the solution mends them."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.authoring.assertions.faults import (
    drawn_sets,
    drawn_sets_are_sound,
    find_mending_problems,
    single_fault_sets,
)
from coffeeshop.lessons.authoring.pack import differences, pack_files
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.scenario.drawn import Fault, draw_faults
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Problem, Problems
from tests.lessons.folder import FILES, RECEIPTS, SCENARIO, folder, keys, played, policy

CASEY = "aws iam put-user-policy --user-name casey --policy-name"


def fault(day: str, name: str, action: str, who: str = "casey") -> dict[str, str]:
    """A fault as files: somebody could do one thing more, since that day in February."""
    give = f"aws iam put-user-policy --user-name {who} --policy-name {name} --policy-document '{policy(action)}'"
    asked = f'{{ action = "{action}", resource = "{RECEIPTS}/2026/03/0412.json" }}'
    check = f'id = "{name}"\nas = "{who}"\nrequest = {asked}\nsay = "Casey {name}"'
    return {
        f"faults/{name}/fault.toml": f'[[rumour]]\ntext = "One hears of {name}."\n[[refuse]]\n{check}\n',
        f"faults/{name}/break.sh": f"#@ at 2026-02-{day}T10:00:00Z\n{give}\n",
        f"faults/{name}/mend.sh": f"aws iam delete-user-policy --user-name {who} --policy-name {name}\n",
    }


DOCUMENT = "faults/publishes/policy.json"
LIBRARY = {
    **fault("20", "stores", "s3:PutObject"),
    **fault("10", "copies", "s3:GetObjectAcl"),
    **fault("15", "publishes", "s3:PutObjectAcl"),
    DOCUMENT: policy("s3:PutObjectAcl"),
    "faults/publishes/break.sh": f"#@ at 2026-02-15T10:00:00Z\n{CASEY} publishes --policy-document file://{DOCUMENT}\n",
}
DRAWN = {
    **FILES,
    **LIBRARY,
    "scenario.toml": f"{SCENARIO}\n[faults]\ndraw = 2\n",
    "world.sh": f"#@ at 2026-02-01T08:00:00Z\n{FILES['world.sh']}{FILES['solution.sh']}#@ breaks\n",
    "solution.sh": "#@ mends\n",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("drawn"), DRAWN)


def ids(scenario: Scenario) -> list[str]:
    return [want.id for want in scenario.wants]


def test_a_seed_draws_the_same_faults_each_time_and_another_seed_others():
    faults = tuple(
        Fault(f"n{n}", "", f"#@ at 2026-01-{28 - n}T00:00:00Z", "") for n in range(20)
    )
    assert draw_faults(faults, 5, 1) == draw_faults(faults[::-1], 5, 1)
    assert len({draw_faults(faults, 5, seed) for seed in range(10)}) == 10


def test_what_is_drawn_stands_in_the_order_in_which_it_happened():
    faults = tuple(
        Fault(f"n{n}", "", f"#@ at 2026-01-{28 - n}T00:00:00Z", "") for n in range(20)
    )
    days = [one.since for one in draw_faults(faults, 12, 3)]
    assert days == sorted(days)


def test_the_world_breaks_what_is_drawn_and_the_solution_mends_it(root: Path):
    scenario = load(root)
    assert len(ids(scenario)) == 4
    assert {key.partition("@")[0] for key in keys(grade(Play(scenario)))} == {
        f"leak:{id.partition('@')[0]}" for id in ids(scenario)[2:]
    }
    assert grade(played(scenario, scenario.solution)).stars == 3


def test_the_story_tells_what_is_heard_of_what_is_drawn_and_of_nothing_else(root: Path):
    told = [load(root, seed).story.split("\n\n")[1:] for seed in range(6)]
    assert {len(rumours) for rumours in told} == {2}
    assert len({tuple(rumours) for rumours in told}) > 1


def test_every_draw_is_of_one_folder_and_none_shows_its_mends(root: Path):
    one, other = (
        load(root, 0),
        next(
            other
            for seed in range(1, 9)
            if ids(other := load(root, seed)) != ids(load(root))
        ),
    )
    assert one.digest == other.digest
    assert one.varies
    assert {
        name for drawn in (one, other) for name in drawn.files if name.startswith("faults/")
    } == {DOCUMENT}


def test_a_line_can_ask_for_every_mend_but_one(tmp_path: Path):
    but = {**DRAWN, "wrong/shred-too.sh": "#@ mends but copies\n"}
    scenario = load(
        folder(tmp_path, {**but, "scenario.toml": f"{SCENARIO}\n[faults]\ndraw = 3\n"})
    )
    assert keys(grade(played(scenario, scenario.text("wrong/shred-too.sh")))) == [
        "leak:copies@casey"
    ]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"faults/copies/mend.sh": None},
            "faults/copies/mend.sh: there is no file faults/copies/mend.sh",
        ),
        (
            {"faults/copies/break.sh": "aws iam list-users\n"},
            "faults/copies/break.sh: it does not begin with the day on which it happened",
        ),
        (
            {"faults/copies/break.sh": "#@ at 2026-02-20T10:00:00Z\naws iam list-users\n"},
            "faults/stores/break.sh: it happened when copies did, `#@ at 2026-02-20T10:00:00Z`; give it a day of its own",
        ),
        ({"faults/copies/fault.toml": "[[rumor]]\n"}, "faults/copies/fault.toml"),
        (
            {"scenario.toml": f"{SCENARIO}\n[faults]\ndraw = 4\n"},
            "4 faults are to be drawn, and 3 are in faults/",
        ),
        ({"scenario.toml": f"{SCENARIO}\n[faults]\ndraw = 0\n"}, "scenario.toml, faults"),
        (
            {
                "faults/copies/mend.sh": "x" * 200_000,
                **{f"alt/{n}.sh": "#@ mends\n" for n in range(20)},
            },
            "more than 2097152 bytes",
        ),
    ],
)
def test_a_library_that_cannot_be_drawn_from_is_told_by_its_file(
    tmp_path: Path, files: dict[str, str | None], said: str
):
    asked = {
        name: text
        for name, text in {
            **DRAWN,
            "scenario.toml": f"{SCENARIO}\n[faults]\ndraw = 3\n",
            **files,
        }.items()
        if text is not None
    }
    with pytest.raises(Problems) as found:
        load(folder(tmp_path, asked))
    assert any(said in str(problem) for problem in found.value.problems), (
        found.value.problems
    )


def test_a_pack_draws_the_same_faults_and_holds_no_mend(root: Path):
    files = pack_files(load(root))
    assert not any(b"delete-user-policy" in body for body in files.values())
    assert [*differences((load(root, seed) for seed in range(4)), files)] == []


# ------------------------------------------------------------------ author check
def told(tmp_path: Path, files: dict[str, str]) -> list[str]:
    return [problem.text for problem in found(load(folder(tmp_path, {**DRAWN, **files})))]


def found(scenario: Scenario) -> list[Problem]:
    asked = (*single_fault_sets(scenario), *drawn_sets(scenario, (1,)))
    return [
        problem for broken in asked for problem in find_mending_problems(scenario, broken)
    ]


def test_a_library_of_faults_that_are_mended_holds(root: Path):
    assert found(load(root)) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"solution.sh": "#@ mends but copys\n"},
            "solution.sh: `#@ mends but copys`: there is no fault with that name; did",
        ),
        (
            {"solution.sh": "aws iam list-users\n"},
            "solution.sh: the script has no line `#@ mends`; write it where",
        ),
        ({"world.sh": FILES["world.sh"]}, "world.sh: the script has no line `#@ breaks`"),
        (
            {"world.sh": FILES["world.sh"], "scenario.toml": SCENARIO},
            "faults/: the faults in this folder are never used; write how many",
        ),
    ],
)
def test_faults_that_come_in_nowhere_are_told(
    tmp_path: Path, files: dict[str, str], said: str
):
    assert any(
        said in str(problem)
        for problem in drawn_sets_are_sound(load(folder(tmp_path, {**DRAWN, **files})))
    )


def test_a_mend_that_does_not_mend_is_told(tmp_path: Path):
    said = told(tmp_path, {"faults/copies/mend.sh": "aws iam list-users\n"})
    assert "copies earns only 0 stars after its fix (leak:copies@casey)" in said


def test_a_fault_that_breaks_more_than_its_check_is_told(tmp_path: Path):
    more = (
        LIBRARY["faults/copies/break.sh"]
        + f"{CASEY} more --policy-document '{policy('s3:DeleteObject')}'\n"
    )
    said = told(tmp_path, {"faults/copies/break.sh": more})
    assert "copies fails refuse:copies, refuse:shred, but should fail refuse:copies" in said


def test_a_fault_that_breaks_nothing_is_told(tmp_path: Path):
    said = told(
        tmp_path,
        {"faults/copies/break.sh": "#@ at 2026-02-10T10:00:00Z\naws iam list-users\n"},
    )
    assert "copies fails no check, but should fail refuse:copies" in said


def test_two_mends_that_need_one_order_are_told(tmp_path: Path):
    first = "aws iam create-group --group-name Mended\n"
    then = "aws iam delete-group --group-name Mended\n"
    files = {
        "scenario.toml": f"{SCENARIO}\n[faults]\ndraw = 3\n",
        "faults/copies/mend.sh": LIBRARY["faults/copies/mend.sh"] + first,
        "faults/stores/mend.sh": LIBRARY["faults/stores/mend.sh"] + then,
    }
    assert any(
        text.startswith("stores earns only 3 stars after its fix (a call is refused)")
        for text in told(tmp_path, files)
    )
