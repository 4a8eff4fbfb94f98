"""A suggestion says less, the more often the learner has shown its skill."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.lessons.teaching.help_setting import FADING_HELP, FULL_HELP, NO_HELP
from coffeeshop.views.deed import Goal
from coffeeshop.views.fade import Fading, fade_step, skills_of_step
from coffeeshop.views.next import NEXT_RULES, next_step
from coffeeshop.views.step import (
    EXPLAIN_DEED,
    GRADE_DEED,
    LIST_PATHS,
    RETURN_TO_DAY,
    UNDO_DEED,
    Fails,
    Failure,
    Level,
    Step,
    take_credential,
)
from tests.tables import each_row
from tests.views.plays import played

HIRED = "aws iam create-user --user-name casey"


def full_step(play: Play) -> Step:
    """What Next says to somebody who has shown nothing yet."""
    return next_step(play, run_all_wants(play), None, "", lambda step: step)


def faded(play: Play, times: int, setting: str = FADING_HELP, *point: str) -> Step:
    """What Next says to somebody who has shown each skill that often, without help."""
    fading = Fading(setting, point, lambda _: times)
    return next_step(play, run_all_wants(play), None, "", fading.fade)


def spoken(step: Step) -> str:
    """All that a step says."""
    return f"{step.text} {step.key} {step.does}"


@pytest.mark.parametrize(
    ("name", "script"), [("00", ""), ("00", HIRED), ("02", ""), ("05", ""), ("10", "")]
)
def test_at_first_all_of_it_is_said(name: str, script: str) -> None:
    play = played(name, script)
    assert spoken(faded(play, 0)) == spoken(full_step(play))
    assert faded(play, 0).deed.operations


@pytest.mark.parametrize(
    ("name", "script"), [("00", ""), ("00", HIRED), ("02", ""), ("05", ""), ("10", "")]
)
def test_after_one_time_it_says_what_is_wrong_and_where_but_no_act(
    name: str, script: str
) -> None:
    play = played(name, script)
    whole = full_step(play)
    said = faded(play, 1)
    assert said.text.startswith(whole.headline.rstrip(":.")) or whole.cause in said.text
    assert said.level is Level.PLACE
    assert not said.deed.operations
    assert not said.values
    assert whole.target is not None
    assert said.does.startswith(LIST_PATHS[whole.target.tab])
    assert whole.target.does not in said.does
    assert said.does.endswith("C shows the call")


@pytest.mark.parametrize("times", [2, 3])
def test_from_the_second_time_on_it_says_only_what_fails(times: int) -> None:
    said = faded(played("05"), times)
    assert said.text == "“Casey lists the receipts” doesn't work yet."
    assert said.does == "says why, c gives a hint, C shows the call"
    assert said.deed.goal is Goal.EXPLAIN
    assert said.want == "list@casey"
    assert said.target is None
    assert said.other_target is None


def test_a_step_whose_sentence_names_no_job_fades_to_the_job_behind_it() -> None:
    play = played("10", "aws iam create-group --group-name Cashiers")
    assert full_step(play).text == "The group Cashiers grants nothing yet:"
    assert faded(play, 2).text == "“Sam lists the receipts” doesn't work yet."


def test_how_a_refusal_is_passed_by_is_not_said_either() -> None:
    play = played("26")
    assert "by a detour" in full_step(play).text
    said = faded(play, 2)
    assert said.text == "“Indra creates a user, in any way” is still allowed."


def test_the_skill_that_was_shown_least_decides() -> None:
    play = played("03", HIRED)
    ids = skills_of_step(full_step(play))
    assert ids == {"create-key"}
    fading = Fading(FADING_HELP, (), {"create-key": 1, "join-group": 2}.__getitem__)
    assert fading.level_of_skills({"create-key", "join-group"}) is Level.PLACE
    assert fading.level_of_skills(()) is Level.FULL


def test_of_the_scenarios_point_only_what_fails_is_said_even_the_first_time() -> None:
    said = faded(played("26"), 0, FADING_HELP, "pass-role")
    assert said.text == "“Indra creates a user, in any way” is still allowed."
    assert faded(played("26"), 0, FULL_HELP, "pass-role") == full_step(played("26"))


def test_a_step_about_a_job_without_an_act_is_about_the_point() -> None:
    play = played("16")
    assert "trust policy" in full_step(play).text
    assert "trust policy" not in faded(play, 0, FADING_HELP, "trust-policy").text
    assert faded(play, 0).text == full_step(play).text


@pytest.mark.parametrize("name", ["00", "05", "16", "26"])
def test_without_help_only_what_fails_is_said(name: str) -> None:
    said = faded(played(name), 0, NO_HELP)
    assert said.level is Level.FAILURE
    assert not said.cause
    assert not said.advice


@pytest.mark.parametrize("setting", [FADING_HELP, NO_HELP])
@pytest.mark.parametrize(
    "deed", [GRADE_DEED, UNDO_DEED, RETURN_TO_DAY, take_credential("ada")]
)
def test_what_is_about_no_skill_does_not_fade(setting: str, deed: object) -> None:
    step = Step("It is so.", deed)  # pyright: ignore[reportArgumentType]  # one of the deeds
    assert Fading(setting, ("pass-role",), lambda _: 9).fade(step) == step


def test_what_was_asked_for_in_full_stays_full_until_another_step_comes() -> None:
    play = played("05")
    hidden = faded(play, 2)
    assert hidden.full
    asked = Fading(FADING_HELP, (), lambda _: 2, hidden.full)
    shown = next_step(play, run_all_wants(play), None, "", asked.fade)
    assert spoken(shown) == spoken(full_step(play))
    other = played("05", "aws iam create-user --user-name noa")
    assert next_step(other, run_all_wants(other), None, "", asked.fade) == shown


def test_fading_a_step_twice_keeps_the_full_one() -> None:
    step = full_step(played("05"))
    assert fade_step(step, 2).full == step
    assert skills_of_step(fade_step(step, 2)) == skills_of_step(step) == {"user-policy"}


@pytest.mark.parametrize("level", [1, 2])
def test_a_step_that_only_explains_has_no_place_and_says_what_fails(level: int) -> None:
    fails = Failure(Fails.REFUSAL, "Indra hires", "hire@indra", ", by a detour")
    said = fade_step(Step("it is allowed.", EXPLAIN_DEED, fails), level)
    assert said.text == "“Indra hires” is still allowed."
    assert said.level is Level.FAILURE


def test_the_lead_about_a_waiting_day_stays() -> None:
    step = replace(full_step(played("05")), lead="A day is open, at 07:00. ")
    assert fade_step(step, 2).text.startswith("A day is open, at 07:00. “")


def test_a_step_without_a_call_promises_no_whole_step() -> None:
    explained = Step(
        "", EXPLAIN_DEED, Failure(Fails.JOB, "Bo opens a receipt."), want="open@bo"
    )
    assert fade_step(explained, 2).does.endswith("C says what else helps")


@each_row((id,) for id in headings())
def test_a_sentence_of_next_ends_in_a_colon_only_before_the_act_that_it_announces(
    id: str,
) -> None:
    play = played(id)
    tickets = run_all_wants(play)
    for rule in NEXT_RULES:
        step = rule(play, tickets, None)
        for level in Level if step else ():
            told = fade_step(step, level)
            if told.text.endswith(":"):
                assert told.level is Level.FULL
                assert told.key
                assert told.cause or told.advice
