"""The bundled scenarios: what the author promises of each is what the grade says, every time, in the same bytes.

Three stand for the course: a policy, roles, and a way to more power. `author check`, which `.ci/run` runs over whatever
changed, proves every scenario: so the tests do not grow with the course. What no assertion of it says is asked of all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from coffeeshop.lessons.authoring.assertions.attempts import solutions
from coffeeshop.lessons.authoring.assertions.cases import records_are_true
from coffeeshop.lessons.authoring.author import check
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.report_document import as_json
from coffeeshop.lessons.grading.report_json import report_json
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play, Report, Scenario
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.quiz import predict_answer
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.shop.mark import Mark
from tests.examples import some
from tests.lessons.folder import FILES, folder, graded, keys, played, policy, put, scenario

FOLDERS = {folder.name: folder for folder in folders()}
THREE = ("05-receipts-drawer", "15-three-workstations", "26-the-back-door")


def wrongs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Each wrong answer of these scenarios, by scenario and file name."""
    return [
        (name, path.stem)
        for name in names
        for path in sorted(FOLDERS[name].glob("wrong/*.sh"))
    ]


@cache
def lesson(name: str) -> Scenario:
    return scenario(FOLDERS[name])


def report(play: Play) -> str:
    return json.dumps(as_json(report_json(play, grade(play))))


@cache
def wrong_play(name: str, slug: str) -> Play:
    return played(lesson(name), lesson(name).files[f"wrong/{slug}.sh"].decode())


@cache
def wrong_report(name: str, slug: str) -> Report:
    """How a wrong answer is graded, asked by several tests and worked out once."""
    return grade(wrong_play(name, slug))


def wrong_bytes(name: str, slug: str) -> str:
    return json.dumps(
        as_json(report_json(wrong_play(name, slug), wrong_report(name, slug)))
    )


def test_the_course_has_its_scenarios():
    assert {*THREE, "10-the-cashiers"} <= FOLDERS.keys()


def test_what_the_records_of_all_cases_tell_is_in_the_history_and_in_the_account():
    diagnoses = (
        scenario(folder)
        for folder in FOLDERS.values()
        if "[[case]]" in (folder / "scenario.toml").read_text()
    )
    problems = [str(each) for lesson in diagnoses for each in records_are_true(lesson)]
    assert problems == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["05-receipts-drawer"])  # the checks prove all
def test_every_assertion_of_author_check_holds(name: str):
    assert [str(problem) for problem in check(lesson(name))] == []


@pytest.mark.parametrize("name", THREE)
def test_the_untouched_world_earns_nothing_and_has_something_to_say(name: str):
    untouched = graded(lesson(name))
    assert (untouched.stars, untouched.score) == (0, 0)
    assert untouched.findings


@pytest.mark.parametrize("name", THREE)
def test_a_solution_earns_three_stars_and_a_hundred_points(name: str):
    for text in solutions(lesson(name)).values():
        solved = graded(lesson(name), text)
        assert (solved.stars, solved.score, keys(solved)) == (3, 100, [])
        assert [check.id for check in solved.checks if check.passed is not True] == []


@pytest.mark.parametrize(("name", "slug"), wrongs(THREE))
def test_a_wrong_answer_earns_exactly_what_it_declares(name: str, slug: str):
    declared = next(
        wrong for wrong in lesson(name).wrongs if wrong.script == f"wrong/{slug}.sh"
    )
    found = wrong_report(name, slug)
    assert (found.stars, set(keys(found))) == (declared.stars, declared.findings)
    assert found.score < 100


@pytest.mark.slow
@pytest.mark.parametrize(("name", "slug"), some(wrongs(FOLDERS), 16, "/".join))
def test_no_hint_repeats_what_was_said_or_sends_to_a_file(name: str, slug: str):
    for finding in wrong_report(name, slug).findings:
        said = [
            text
            for text in (
                finding.what,
                finding.why,
                finding.meaning,
                finding.ask,
                *finding.hints,
            )
            if text
        ]
        assert [a for a in said for b in said if a is not b and a.strip() in b] == []
        assert not any(".json" in hint or "file://" in hint for hint in finding.hints)


@pytest.mark.parametrize("name", THREE)
def test_the_shop_of_a_solution_serves_every_job_and_holds_every_refusal(name: str):
    assert {
        ticket.mark for ticket in run_all_wants(played(lesson(name), lesson(name).solution))
    } == {Mark.OK}


@pytest.mark.parametrize("name", THREE)
def test_every_question_has_an_answer_by_the_engine(name: str):
    for quiz in lesson(name).quizzes:
        found = predict_answer(lesson(name), quiz)
        assert found.answer in ("allowed", "explicitDeny", "implicitDeny")
        assert found.ticket.decision is not None


def test_a_question_may_be_answered_by_an_explicit_deny(tmp_path: Path):
    no = put(policy("s3:*", on="*", effect="Deny"), name="no")
    denied = scenario(folder(tmp_path, {**FILES, "world.sh": FILES["world.sh"] + no}))
    assert predict_answer(denied, denied.quizzes[0]).answer == "explicitDeny"


# ------------------------------------------------------------ same acts, same bytes
@pytest.mark.parametrize(("name", "slug"), wrongs(THREE))
def test_grading_twice_gives_the_same_bytes(name: str, slug: str):
    again = played(lesson(name), lesson(name).files[f"wrong/{slug}.sh"].decode())
    assert report(again) == wrong_bytes(name, slug)


def undone(play: Play) -> Play:
    for _ in play.acts:
        play = play.undo()
    return play


def redone(play: Play) -> Play:
    play = undone(play)
    while play.undone:
        play = play.redo()
    return play


@cache
def untouched_bytes(name: str) -> str:
    return report(Play(lesson(name)))


@pytest.mark.parametrize(("name", "slug"), wrongs(THREE))
def test_undo_and_redo_change_no_byte(name: str, slug: str):
    play = wrong_play(name, slug)
    assert report(redone(play)) == wrong_bytes(name, slug)
    assert undone(play).acts == ()
    assert report(undone(play)) == untouched_bytes(name)


def saved_and_resumed(play: Play, home: Path) -> Play:
    with closing(Progress(save_path(home, "ana"))) as progress:
        assert progress.keep(play) is None
    with closing(Progress(save_path(home, "ana"))) as progress:
        return progress.resume(play.scenario)


@pytest.mark.parametrize("name", THREE)
def test_saving_and_resuming_changes_no_byte(name: str, tmp_path: Path):
    play = played(lesson(name), lesson(name).solution)
    again = saved_and_resumed(play, tmp_path)
    assert again == play
    assert report(again) == report(play)


@pytest.mark.parametrize("through", [undone, redone], ids=["undone", "redone"])
@pytest.mark.parametrize("name", THREE)
def test_saving_half_way_changes_no_byte(
    name: str, tmp_path: Path, through: Callable[[Play], Play]
):
    play = played(lesson(name), lesson(name).solution)
    half = play.back(len(play.acts) // 2)
    again = saved_and_resumed(through(half), tmp_path)
    for act in play.acts[len(again.acts) :]:
        again = again.do(act)
    assert report(again) == report(play)


@pytest.mark.parametrize("name", THREE)
def test_looking_back_shows_the_play_as_it_stood(name: str):
    play = played(lesson(name), lesson(name).solution)
    assert play.back(0) == Play(lesson(name))
    assert play.back(1).acts == play.acts[:1]
    assert play.back(len(play.acts)) == play


@pytest.mark.parametrize("name", THREE)
def test_loading_twice_gives_the_same_world(name: str):
    again = scenario(FOLDERS[name])
    assert again.opening == lesson(name).opening
    assert again.digest == lesson(name).digest
    assert again.wants == lesson(name).wants


def test_there_is_nothing_before_the_first_act_and_nothing_to_redo():
    fresh = Play(lesson("05-receipts-drawer"))
    assert fresh.undo() is fresh
    assert fresh.redo() is fresh
    assert (fresh.account, fresh.now, fresh.acts) == (
        fresh.scenario.opening,
        fresh.scenario.now,
        (),
    )
