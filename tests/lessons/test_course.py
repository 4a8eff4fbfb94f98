"""The course as a whole: which scenario teaches each row of the article, each practice rule, each misconception."""

from __future__ import annotations

import tomllib

import pytest

from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.scenario.find import course, folders, number, scenario_form
from coffeeshop.lessons.scenario.schema import ScenarioForm

ARTICLE = (  # what the introduction says, the section in which it does, and the scenario that teaches it
    (
        "the owner of a new account can do everything, and signs in with an e-mail address",
        "root user",
        "01-keys-to-the-shop",
    ),
    (
        "the root user makes the first user, who makes the others",
        "root user",
        "02-the-first-administrator",
    ),
    (
        "each person has a user of their own, even where several need the same",
        "IAM users",
        "03-one-badge-each",
    ),
    ("a new user may do nothing until it is granted", "IAM users", "04-the-empty-apron"),
    ("an application has credentials of its own", "IAM users", "19-the-machines-badge"),
    (
        "a policy allows one action on one bucket, and hangs on a user",
        "IAM policies",
        "05-receipts-drawer",
    ),
    ("further access needs further policies", "IAM policies", "06-reading-a-receipt"),
    (
        "a policy names the bucket rather than all buckets",
        "IAM policies",
        "07-only-this-drawer",
    ),
    ("a policy on a group reaches everyone in it", "IAM groups", "10-the-cashiers"),
    ("who changes jobs changes groups", "IAM groups", "11-casey-moves"),
    (
        "a role for each workstation, for whoever rotates",
        "IAM roles",
        "15-three-workstations",
    ),
    (
        "permission to switch to a role must be granted first",
        "IAM roles",
        "16-the-handshake",
    ),
    (
        "whoever assumes a role gives up their own permissions meanwhile",
        "IAM roles",
        "17-one-apron",
    ),
    ("a code from a device besides the password", "MFA", "20-mfa-at-the-door"),
)
FAULTS = course() / "C2-inherit-the-mess" / "faults"


@pytest.fixture(scope="module")
def forms() -> dict[str, ScenarioForm]:
    return {folder.name: scenario_form(folder) for folder in folders()}


def test_the_shelf_counts_from_the_first_morning_without_a_gap(
    forms: dict[str, ScenarioForm],
):
    lessons, capstones = (
        [id for id in forms if id.startswith("C") is last] for last in (False, True)
    )
    counted = [
        *map(str, range(len(lessons))),
        *(f"C{n}" for n in range(1, len(capstones) + 1)),
    ]
    assert [number(id) for id in forms] == counted
    assert [form.chapter for form in forms.values()] == sorted(
        form.chapter for form in forms.values()
    )
    assert {form.chapter for form in forms.values()} == set(chapters())


@pytest.mark.parametrize(
    ("said", "section", "id"), ARTICLE, ids=[row[2] for row in ARTICLE]
)
def test_each_row_of_the_article_has_its_scenario(
    forms: dict[str, ScenarioForm], said: str, section: str, id: str
):
    assert forms[id].article == section, said


def test_each_section_of_the_article_is_taught(forms: dict[str, ScenarioForm]):
    assert {section for _, section, _ in ARTICLE} == {
        form.article for form in forms.values()
    } - {"beyond"}


def test_each_practice_rule_is_asked_for_somewhere(forms: dict[str, ScenarioForm]):
    asked = {row["rule"] for form in forms.values() for row in form.practice}
    for file in sorted(FAULTS.glob("*/fault.toml")):
        asked |= {
            row["rule"]
            for row in tomllib.loads(file.read_text("utf-8")).get("practice", ())
        }
    assert RULES.keys() <= asked


def test_each_misconception_of_a_scenario_is_carried_by_one_of_its_wrong_answers(
    forms: dict[str, ScenarioForm],
):
    for id, form in forms.items():
        carried = {wrong.misconception for wrong in form.wrong} - {""}
        assert carried == set(form.misconceptions), id
        assert carried <= misconceptions().keys()


def test_what_is_advised_first_is_there_and_comes_before(forms: dict[str, ScenarioForm]):
    places = {id: at for at, id in enumerate(forms)}
    for id, form in forms.items():
        assert all(places[before] < places[id] for before in form.after), id


@pytest.mark.parametrize("file", ["lesson.md", "world.sh", "solution.sh", "scenario.toml"])
def test_every_scenario_has_its_lesson_and_its_proof(file: str):
    assert [folder.name for folder in folders() if not (folder / file).is_file()] == []


def test_every_chapter_opens_with_a_demonstration(forms: dict[str, ScenarioForm]):
    first = {form.chapter: id for id, form in reversed(forms.items())}
    assert [
        id for id in first.values() if not (course() / id / "chapter.md").is_file()
    ] == []


def test_every_scenario_has_three_tempting_answers_hints_debrief_and_fine_print(
    forms: dict[str, ScenarioForm],
):
    for id, form in forms.items():
        assert len(form.wrong) >= 3, id
        assert form.hint, id
        assert form.story.debrief, id
        assert any(
            "https://docs.aws.amazon.com/" in line for line in form.story.fine_print
        ), id
