"""`author beliefs` and `author learners` print what the course refutes, and what simulated learners make of it."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from coffeeshop.cli.author import author
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.views.refutations import SIMULATION_CAVEAT


def run(*words: str) -> Result:
    return CliRunner().invoke(author, words)


def test_each_misconception_is_listed_with_its_examples_and_the_scenario_that_needs_it_first():
    result = run("beliefs")
    assert result.exit_code == 0
    for row in misconceptions().values():
        assert f"{row.id} {row.believed}" in result.output
    assert "has to be refuted before 13-no-shredding" in result.output
    assert "refuted: 04 Tomorrow (guess)" in result.output
    assert "Holes: none." in result.output


def test_the_same_table_is_one_json_document():
    document = json.loads(run("beliefs", "--json").output)
    rows = {row["id"]: row for row in document["misconceptions"]}
    assert rows.keys() == misconceptions().keys()
    assert rows["M01"]["needed_in"] == "04-the-empty-apron"
    assert not any(row["hole"] for row in rows.values())
    assert all(example["new"] or example["kept"] for example in document["examples"])


def test_simulated_learners_are_said_to_show_the_material_and_not_that_people_learn():
    result = run("learners", "--learners", "20", "--seed", "3")
    assert result.exit_code == 0
    assert SIMULATION_CAVEAT in result.output
    assert "20 learners reached the end." in result.output
    assert run("learners", "--learners", "20", "--seed", "3").output == result.output


def test_without_a_lesson_learners_are_misled_where_it_is_needed():
    words = ("learners", "--learners", "50", "--attend", "100", "--json")
    whole = json.loads(run(*words).output)
    without = json.loads(run(*words, "--without", "20").output)
    assert whole["misled"] == {}
    assert set(without["misled"]) == {"20-mfa-at-the-door"}
    assert set(without["misled"]["20-mfa-at-the-door"]) == {"M11"}


def test_a_lesson_that_there_is_not_is_named_with_a_fix():
    result = run("learners", "--without", "77")
    assert result.exit_code != 0
