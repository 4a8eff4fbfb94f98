"""List the assertions with which a scenario proves itself, one row for each.

They compare full verdicts: the untouched world earns nothing, a solution everything, and each wrong answer
exactly its findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from coffeeshop.lessons.authoring.assertions import (
    cases,
    checks,
    examples,
    faults,
    harmless,
    hints,
    stars,
    story,
    teaching,
    variants,
)
from coffeeshop.lessons.model import Scenario
from coffeeshop.policy.model import Problem


class Assertion(Struct, frozen=True):
    """One assertion of `author check`: its sentence, and the function that yields its problems."""

    say: str
    faults: Callable[[Scenario], Iterator[Problem]]


EVERY_SCENARIO: tuple[Assertion, ...] = (
    Assertion("Every check has its own plain sentence", story.sentences_are_distinct),
    Assertion(
        "The opening is short, and every scenario of the course has one",
        story.opening_is_short,
    ),
    Assertion(
        "The brief mentions everything that a check uses", story.story_names_everything
    ),
    Assertion("Every line of a check can be read", stars.check_lines_are_readable),
    Assertion("AWS's CLI and API accept every line", stars.calls_fit_aws),
    Assertion(
        "The world's script gives the same account each time it runs",
        stars.world_is_reproducible,
    ),
    Assertion("Doing nothing earns nothing", stars.untouched_world_earns_nothing),
    Assertion(
        "Every solution earns three stars and 100 points, and runs without errors",
        stars.solutions_earn_everything,
    ),
    Assertion(
        "The order of a solution's lines doesn't matter, unless one line needs another",
        stars.neighbours_can_be_swapped,
    ),
    Assertion(
        "The solution needs everything in it: each line, Allow, membership and attachment",
        stars.solution_is_minimal,
    ),
    Assertion(
        "Each wrong answer earns exactly its declared findings, with its own texts",
        stars.wrong_answers_earn_as_declared,
    ),
    Assertion(
        "A harmless addition to a solution costs nothing",
        harmless.additions_cost_nothing,
    ),
    Assertion(
        "AdministratorAccess for everyone earns no star",
        checks.administrator_access_earns_no_star,
    ),
    Assertion("Denying everything earns nothing", checks.denying_all_earns_nothing),
    Assertion("At least one answer breaks each refusal", checks.every_refusal_can_fail),
    Assertion("At least one answer breaks each practice rule", checks.every_rule_can_fail),
    Assertion(
        "No refusal denies what a job needs or the slack permits, and the slack permits more than the jobs need",
        checks.refusals_deny_nothing_needed,
    ),
    Assertion(
        "Each job's call meets the conditions in its `within`", checks.jobs_fit_their_bounds
    ),
    Assertion("The grade can decide what each answer allows", checks.answers_are_decided),
    Assertion(
        "Each finding has three hints, and the first one is a question",
        hints.findings_have_three_hints,
    ),
    Assertion("If the last hint is a file, it fixes the finding", hints.last_hints_solve),
    Assertion(
        "Every quiz question can be answered, and the answers differ",
        story.questions_are_sound,
    ),
    Assertion(
        "Every case has a different cause, and wrong causes are recognized",
        cases.cases_have_causes,
    ),
    Assertion(
        "The record in each case has happened, and fits the account",
        cases.records_are_true,
    ),
    Assertion("Every solution solves the cases", cases.solutions_solve_cases),
    Assertion(
        "Twelve variants earn the same verdicts (or at least five, if the answers are long)",
        variants.unequal_variants,
    ),
    Assertion("Every block of the lesson works", teaching.lesson_computes),
    Assertion(
        "The lesson is short, each page has one idea, and the lines fit the screen",
        teaching.lesson_is_short,
    ),
    Assertion(
        "The skills that the pages and `point` name are in the course's table",
        teaching.skills_exist,
    ),
    Assertion(
        "Every term in the lesson is in the glossary, and is taught before a question uses it",
        teaching.terms_are_explained,
    ),
    Assertion(
        "Every condition key, operator and action in the solution is taught before a question about it",
        teaching.solution_words_are_introduced,
    ),
    Assertion(
        "All faults in a random set can be seen, and can be fixed in any order",
        faults.drawn_sets_are_sound,
    ),
    Assertion(
        "Every misconception is in the list, and a wrong answer has it",
        story.misconceptions_exist,
    ),
    Assertion(
        "The chapter is in the course or in the scenario's own chapters",
        story.chapter_exists,
    ),
)
# A drawn exercise has no lesson: it practises what the course has taught.
WITH_LESSON: tuple[Assertion, ...] = (
    Assertion(
        "Each wrong answer would be right if its misconception were true",
        examples.wrong_answers_fit,
    ),
    Assertion(
        "Before the first act, an example refutes the misconception behind each wrong answer",
        examples.needs_are_refuted,
    ),
    Assertion(
        "Each question and picture refutes something new, or gives a reason to stay",
        examples.examples_have_uses,
    ),
    Assertion(
        "A text marked as refuting a misconception is about one that predicts no answer",
        examples.marks_are_sound,
    ),
)
ALL_ASSERTIONS = (*EVERY_SCENARIO, *WITH_LESSON)


def check(scenario: Scenario) -> tuple[Problem, ...]:
    """Return the problems of all assertions, each with its file and its fix."""
    return tuple(problem for row in ALL_ASSERTIONS for problem in row.faults(scenario))


def check_exercise(scenario: Scenario) -> tuple[Problem, ...]:
    """Return the problems of an exercise, which is drawn while a learner waits and has no lesson."""
    return tuple(problem for row in EVERY_SCENARIO for problem in row.faults(scenario))
