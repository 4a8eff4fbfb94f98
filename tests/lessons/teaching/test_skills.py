"""The table of skills: every skill is taught, every call of the course shows one, and mistakes in it are said."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from coffeeshop.lessons.exercises.ideas import IDEAS
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import folders, heading
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.teaching.markdown import pages
from coffeeshop.lessons.teaching.skills import (
    IDEA_NAMES,
    read_skills,
    skills,
    skills_of_command,
    skills_of_finding,
    skills_shown_by,
)
from coffeeshop.policy.problem import Problems
from tests.tables import each_row


def taught_ids(places: Iterable[Path]) -> set[str]:
    """The skills that the pages of these scenarios teach."""
    files = [
        folder / name
        for folder in places
        for name in ("chapter.md", "lesson.md")
        if (folder / name).is_file()
    ]
    return {
        id
        for file in files
        for page in pages(file.read_text(), file.name)
        for id in page.teaches
    }


def row(*shown_by: str, id: str = "a", practice: str = "") -> str:
    """A row of a table."""
    names = ", ".join(f'"{name}"' for name in shown_by)
    ideas = f'practice = ["{practice}"]\n' if practice else ""
    return f'[[skill]]\nid = "{id}"\nname = "Do it"\nshown_by = [{names}]\n{ideas}'


def test_every_skill_has_a_page_in_the_course():
    assert skills().keys() == taught_ids(folders())


@pytest.mark.parametrize("place", folders(), ids=lambda place: place.name)
def test_each_skill_that_a_scenario_needs_is_taught_in_it_or_before(place: Path) -> None:
    places = folders()
    taught = taught_ids(places[: places.index(place) + 1])
    scenario = load(place)
    outcomes = run_play(scenario, scenario.solution).outcomes
    calls = (outcome.act.call for outcome in outcomes)
    needed = skills_shown_by((call.service, call.operation) for call in calls)
    assert needed | {*scenario.point} <= taught


def test_every_call_of_the_course_shows_a_skill():
    calls = {call for folder in folders() for call in heading(folder).calls}
    assert {call for call in calls if not skills_of_command(call)} == set()


def test_every_idea_practises_a_skill():
    practised = {idea for skill in skills().values() for idea in skill.practice}
    assert practised == set(IDEAS) == set(IDEA_NAMES)


def test_every_scenario_after_the_first_has_a_point_of_known_skills():
    headings = [heading(folder) for folder in folders()]
    assert [form.id for form in headings if not form.point] == ["00-the-first-morning"]
    assert {id for form in headings for id in form.point} <= skills().keys()


def test_names_of_skills_are_short_and_begin_with_a_capital():
    for skill in skills().values():
        assert skill.name[0].isupper()
        assert len(skill.name) <= 45


@each_row([
        (row("iam CreatUser"), "there is no operation iam CreatUser; did you mean iam CreateUser?"),
        (row("excess:acton"), "no finding excess has the aspect acton; did you mean action?"),
        (row("practice:root-mfaa"), "there is no practice rule root-mfaa; did you mean root-mfa?"),
        (row("leek"), "there is no kind of finding leek; did you mean leak?"),
        (row("iam CreateUser", practice="grups"), "no exercise is about grups; did you mean groups?"),
        (row("iam CreateUser") + row("iam CreateGroup"), "2 skills have the id a"),
        (row("iam CreateUser") + row("iam CreateUser", id="b"), "iam CreateUser shows 2 skills"),
        (row(), "shown_by"),
        ('[[skill]]\nid = "a"\nshown_by = ["leak"]', "the key `name` is missing"),
    ])  # fmt: skip
def test_a_mistake_in_the_table_is_said_with_its_fix(text: str, message: str) -> None:
    with pytest.raises(Problems, match=message.replace("?", r"\?")):
        read_skills(text)


def test_all_mistakes_of_a_table_are_said_at_once():
    with pytest.raises(Problems) as wrong:
        read_skills(row("iam CreatUser", "leek", practice="grups"))
    assert len(wrong.value.problems) == 3


@pytest.mark.parametrize(
    ("key", "ids"),
    [
        ("practice:one-active-key", {"create-key"}),
        ("excess:casey:action", {"name-actions"}),
        ("leak:purge@casey:detour", {"pass-role"}),
        ("leak:purge@casey", set()),
        ("reach:indra:pass", {"pass-role"}),
        ("job-denied:list@casey:explicit", {"exact-deny"}),
    ],
)
def test_a_finding_is_about_the_skills_that_its_absence_shows(
    key: str, ids: set[str]
) -> None:
    assert skills_of_finding(key) == ids
