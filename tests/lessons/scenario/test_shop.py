"""The shop's facts: typed, read once, a teacher's own in place of the course's, and every problem of them at once."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.scenario.shop import SHOP_FILE, SHOP_SCRIPT, course_shop, read_shop
from coffeeshop.policy.model import Problem, Problems
from coffeeshop.shop.model import Station
from tests.lessons.folder import FILES, folder, played, problems, refused, scenario
from tests.tables import each_row

TEXT = (course() / SHOP_FILE).read_text(encoding="utf-8")


def wrong(old: str, new: str) -> tuple[Problem, ...]:
    assert old in TEXT
    try:
        read_shop(TEXT.replace(old, new, 1))
    except Problems as found:
        return found.problems
    return ()


def test_the_course_has_its_facts_beside_its_lines():
    assert (course() / SHOP_SCRIPT).is_file()
    assert course_shop().account.id == "111122223333"
    assert {location.station for location in course_shop().locations} == set(Station)
    assert course_shop() is course_shop()


def test_every_table_that_is_located_by_a_word_stands_in_the_lines_of_the_shop():
    lines = (course() / SHOP_SCRIPT).read_text(encoding="utf-8").lower()
    assert all(location.word in lines for location in course_shop().locations)


@each_row(
    [
        (
            'station = "Payroll"',
            'station = "Cellar"',
            "`station`: Invalid enum value 'Cellar'",
        ),
        ('id = "111122223333"', 'id = "1111"', "`id`: Expected `str` matching regex"),
        ('id = "111122223333"', "id = 111122223333", "`id`: Expected `str`, got `int`"),
        ("partners", "partner", "unknown key `partner`"),
        ("[pools]", "[pool]", "the key `pools` is missing"),
        ("[account]", "account", "this is not TOML"),
        (
            "Acorn",
            "Acorn-Inventory",
            "the name `Acorn-Inventory` contains `inventory`, and a [[location]] finds its calls by that word",
        ),
        ("Acorn", "Birch", "the name `Birch` is in this pool twice"),
        (
            '[[location]]\nstation = "Badges"',
            "",
            "the last [[location]] doesn't fit every call",
        ),
    ]
)
def test_a_broken_fact_is_told_with_its_place_and_its_mend(old: str, new: str, text: str):
    found = wrong(old, new)
    assert any(text in problem.text for problem in found), [*map(str, found)]
    assert all(
        problem.place.path.startswith(SHOP_FILE) and problem.mend for problem in found
    )


def test_a_wrong_station_is_told_with_its_line_and_the_stations_that_there_are():
    (found,) = wrong('station = "Payroll"', 'station = "Cellar"')
    line = next(
        n
        for n, text in enumerate(TEXT.splitlines(), 1)
        if "Payroll" in text and text.startswith("station")
    )
    assert (found.place.path, found.place.line) == (f"{SHOP_FILE}, location[2]", line)
    assert all(station.value in found.mend for station in Station)


def test_all_problems_come_at_once():
    found = refused(
        read_shop, TEXT.replace('"Payroll"', '"Cellar"').replace("email", "mail")
    )
    assert {problem.code for problem in found} == {
        "unknown-key",
        "missing-key",
        "wrong-type",
    }


def test_a_folder_may_bring_a_shop_of_its_own(tmp_path: Path):
    own = TEXT.replace("owner@", "kim@").replace('partners = ["444455556666"]', "")
    lesson = scenario(folder(tmp_path, {**FILES, SHOP_FILE: own}))
    assert (lesson.opening.email, lesson.shop.partners) == ("kim@coffeeshop.example", ())
    assert lesson.digest != scenario(folder(tmp_path / "other")).digest
    assert grade(played(lesson, lesson.solution)).stars == 3


def test_a_variant_draws_from_the_names_of_its_own_shop(tmp_path: Path):
    own = (
        TEXT.replace('"alex"', '"zaphod"').partition("[pools]")[0]
        + '[pools]\npeople = ["zaphod"]\n'
    )
    toml = FILES["scenario.toml"] + '\n[variant]\nrename = { casey = "people" }\n'
    root = folder(tmp_path, {**FILES, "scenario.toml": toml, SHOP_FILE: own})
    found = load(root, 1)
    assert found.people.graded == ("zaphod",)
    assert scenario(root).people.graded == ("casey",)


def test_a_folder_whose_own_shop_is_broken_tells_it(tmp_path: Path):
    (found,) = problems(
        folder(tmp_path, {**FILES, SHOP_FILE: TEXT.replace('"Door"', '"Gate"')})
    )
    assert f"{SHOP_FILE}, location[8]: " in found
    assert "Invalid enum value 'Gate'" in found
