"""Assert that lessons refute what their scenarios need refuted, and that each example has a use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from coffeeshop.lessons.authoring.assertions.attempts import answers, assertion_problem
from coffeeshop.lessons.authoring.worlds import faults_in_world
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE as TABLES
from coffeeshop.lessons.teaching.examples import Example, scenario_examples
from coffeeshop.lessons.teaching.lesson import has_lesson, lesson_drafts
from coffeeshop.lessons.teaching.markdown import LESSON_FILE
from coffeeshop.lessons.teaching.refutations import (
    ScenarioExamples,
    folders_before,
    is_in_course,
    kept_examples,
    needed_refutations,
    read_examples,
)
from coffeeshop.policy.model import Problem, Problems


def needs_are_refuted(scenario: Scenario) -> Iterator[Problem]:
    """Assert that an example refutes each misconception of a wrong answer before the scenario's first act.

    The examples of the scenarios before it count, the nearest first.
    """
    missing = needed_refutations(scenario) & misconceptions().keys()
    missing -= _refuted_in(_own_examples(scenario))
    for folder in reversed(folders_before(scenario)):
        if not missing:
            return
        missing -= _refuted_in(_examples_of(folder).examples)
    for id in sorted(missing):
        yield assertion_problem(
            LESSON_FILE,
            f"no example refutes {id} before the first act: “{misconceptions()[id].believed}”",
            "show a call whose result it predicts wrongly",
        )


def examples_have_uses(scenario: Scenario) -> Iterator[Problem]:
    """Assert that each guess and picture of the course refutes something new, or is kept for a written reason.

    Another author's scenario may show again what the course shows.
    """
    if not has_lesson(scenario) or not is_in_course(scenario):
        return
    earlier = [*map(_examples_of, folders_before(scenario))]
    own = ScenarioExamples(scenario.id, _own_examples(scenario), frozenset())
    for kept in kept_examples([*earlier, own]):
        example = kept.example
        if example.scenario == scenario.id and not kept.new and not kept.reason:
            yield assertion_problem(
                LESSON_FILE,
                f"the {example.kind} on the page “{example.page}” refutes nothing new",
                'remove it, or give a reason to keep it: # Title {kept="half of a contrast"}',
            )


def wrong_answers_fit(scenario: Scenario) -> Iterator[Problem]:
    """Assert that each wrong answer with a misconception is right in the world of that misconception."""
    judged_answers = answers(scenario).wrongs
    for wrong in scenario.wrongs:
        misconception = misconceptions().get(wrong.misconception)
        judged = judged_answers.get(wrong.script)
        if misconception is None or judged is None:
            continue
        keys = [finding.key for finding in faults_in_world(judged, misconception)]
        if keys:
            yield assertion_problem(
                f"{TABLES}, {wrong.script}",
                f"even someone who believes {misconception.id} would see {', '.join(keys)}",
                "name the misconception that leads to this answer, or no misconception",
            )


def marks_are_sound(scenario: Scenario) -> Iterator[Problem]:
    """Assert that pages refute in words only what exists and predicts no answer."""
    try:
        drafts = lesson_drafts(scenario)
    except Problems:  # another assertion reports it
        return
    for draft in drafts:
        for id in draft.marks.refutes:
            misconception = misconceptions().get(id)
            if misconception is None:
                message = f"there is no misconception called {id}"
                mend = "name one from the list"
            elif misconception.rule:
                message = f"{id} predicts answers, so a text alone can't refute it"
                mend = "show an example"
            else:
                continue
            yield assertion_problem(f"{draft.file}, # {draft.title}", message, mend)


def _own_examples(scenario: Scenario) -> tuple[Example, ...]:
    """Return the scenario's own examples. Empty where the lesson can't be read."""
    try:
        return tuple(scenario_examples(scenario))
    except Problems:  # another assertion reports it
        return ()


def _examples_of(folder: Path) -> ScenarioExamples:
    """Return the examples of an earlier scenario. It has none where it can't be read."""
    try:
        return read_examples(folder)
    except Problems:  # that scenario's own check reports it
        return ScenarioExamples(folder.name, (), frozenset())


def _refuted_in(examples: tuple[Example, ...]) -> frozenset[str]:
    """Return the ids of the misconceptions that examples refute."""
    return frozenset[str]().union(*(example.refutes for example in examples))
