"""Help *full*: from whatever a learner did, calls lead to three stars, each one nearer to the solved account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.facts import account_facts
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.policy.problem import Problems
from coffeeshop.views.solution_path import end_of, gap_of, leads_to_stars, solution_path
from tests.examples import examples, some
from tests.views.plays import played, scenario

NAMES = [folder.name for folder in folders()]
TRIED = some([name for name in NAMES if not name.startswith("C")], 6)


def lines_of(name: str) -> list[str]:
    """Every line of the wrong answers and of the solution that a learner can type."""
    opened = scenario(name)
    texts = [opened.solution, *(opened.text(wrong.script) for wrong in opened.wrongs)]
    lines = (line for text in texts for line in text.replace("\\\n", " ").splitlines())
    return [line for line in dict.fromkeys(lines) if line and not line.startswith("#")]


@pytest.mark.parametrize("name", NAMES)
def test_from_the_opening_the_path_is_no_longer_than_the_solution(name: str) -> None:
    path = solution_path(Play(scenario(name)))
    assert not path.gap
    assert 0 < len(path.moves) <= len(played(name, "solution").outcomes)


@examples(4)
@given(st.data())
def test_from_any_calls_in_any_order_a_path_leads_nearer_and_its_end_has_three_stars(
    data: st.DataObject,
) -> None:
    name = data.draw(st.sampled_from(TRIED))
    lines = data.draw(st.lists(st.sampled_from(lines_of(name)), max_size=6))
    try:
        play = run_play(scenario(name), "\n".join(lines))
    except Problems:  # a line refers to what isn't there
        return
    path = solution_path(play)
    gaps = [len(gap_of(play))]
    for move in path.moves:
        after = move.do(play)
        assert after is not None
        play = after
        gaps.append(len(gap_of(play)))
    assert gaps == sorted(gaps, reverse=True)
    assert len(set(gaps)) == len(gaps)
    if not path.gap:
        assert grade(play).stars == 3


def test_a_path_from_what_no_call_restores_leads_to_no_stars() -> None:
    play = played(
        "42-which-key", "aws iam delete-access-key --user-name kiosk --access-key-id @key:1"
    )
    assert not leads_to_stars(play, solution_path(play))


def test_a_difference_that_no_job_minds_keeps_no_stars_back() -> None:
    play = played(
        "20-mfa-at-the-door",
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name spare --outfile a.png --bootstrap-method QRCodePNG",
    )
    path = solution_path(play)
    assert path.gap
    assert leads_to_stars(play, path)
    assert grade(end_of(play, path)).stars == 3


def test_a_thing_made_again_under_its_name_has_the_facts_of_the_first() -> None:
    name = "00-the-first-morning"
    opening = scenario(name).opening
    once = played(name, "aws iam create-user --user-name casey")
    again = played(
        name,
        "aws iam create-user --user-name casey\naws iam delete-user --user-name casey\naws iam create-user --user-name casey",
    )
    ids = {play.account.users["casey"].id for play in (once, again)}
    assert len(ids) == 2
    facts = [
        account_facts(play.account, play.now, opening, once.account)
        for play in (once, again)
    ]
    assert facts[0] == facts[1]
