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
    Assertion("Every check is one plain sentence of its own", story.sentences_are_distinct),
    Assertion(
        "The opening is short, and the course's scenarios have one", story.opening_is_short
    ),
    Assertion(
        "The brief speaks of everything that a check uses", story.story_names_everything
    ),
    Assertion("Every line of a check can be read", stars.check_lines_are_readable),
    Assertion("Every line is one that AWS's command and API take", stars.calls_fit_aws),
    Assertion(
        "The world's script runs twice to the same account", stars.world_is_reproducible
    ),
    Assertion("The untouched world earns nothing", stars.untouched_world_earns_nothing),
    Assertion(
        "Every solution earns three stars and 100 points, and runs without errors",
        stars.solutions_earn_everything,
    ),
    Assertion(
        "Lines of a solution that do not need one another may be swapped",
        stars.neighbours_can_be_swapped,
    ),
    Assertion(
        "Nothing of the solution can be left out: no line, Allow, membership or attachment",
        stars.solution_is_minimal,
    ),
    Assertion(
        "Each wrong answer earns exactly its findings, in words of its own",
        stars.wrong_answers_earn_as_declared,
    ),
    Assertion(
        "Whatever harmless is added to a solution costs it nothing",
        harmless.additions_cost_nothing,
    ),
    Assertion(
        "AdministratorAccess for everyone earns no star",
        checks.administrator_access_earns_no_star,
    ),
    Assertion("Denying everything earns nothing", checks.denying_all_earns_nothing),
    Assertion("Every refusal fails somewhere", checks.every_refusal_can_fail),
    Assertion("Every practice rule is broken somewhere", checks.every_rule_can_fail),
    Assertion(
        "What is refused is neither needed nor slack, and slack is more than what is needed",
        checks.refusals_deny_nothing_needed,
    ),
    Assertion("A job's own call meets what `within` asks", checks.jobs_fit_their_bounds),
    Assertion("What an answer allows is decided", checks.answers_are_decided),
    Assertion(
        "A finding has three hints, and the first only asks",
        hints.findings_have_three_hints,
    ),
    Assertion("A last hint that is a file helps", hints.last_hints_solve),
    Assertion(
        "Every quiz can be asked, and they come out differently", story.questions_are_sound
    ),
    Assertion(
        "Every case has a cause of its own, and a wrong cause is judged wrong",
        cases.cases_have_causes,
    ),
    Assertion(
        "What a case's record tells has happened, and fits the account",
        cases.records_are_true,
    ),
    Assertion("Every solution solves the cases", cases.solutions_solve_cases),
    Assertion(
        "Twelve variants of the names earn the same verdicts (fewer, at least five, where answers are long)",
        variants.unequal_variants,
    ),
    Assertion("Every block of the lesson computes", teaching.lesson_computes),
    Assertion(
        "The lesson is short, one idea a page, and its lines fit", teaching.lesson_is_short
    ),
    Assertion(
        "Pages teach skills, and the point names skills: each is in the course's table",
        teaching.skills_exist,
    ),
    Assertion(
        "Every term of the lesson is in the glossary, and taught before it is asked",
        teaching.terms_are_explained,
    ),
    Assertion(
        "Every condition key, operator and action that the solution needs is taught before a guess",
        teaching.solution_words_are_introduced,
    ),
    Assertion(
        "A set of faults that is drawn shows whole, and is mended in any order",
        faults.drawn_sets_are_sound,
    ),
    Assertion(
        "Every misconception is one of the list, and carried by a wrong answer",
        story.misconceptions_exist,
    ),
    Assertion(
        "The chapter is one of the course's, or of the scenario's own", story.chapter_exists
    ),
)
# A drawn exercise has no lesson: it practises what the course has taught.
WITH_LESSON: tuple[Assertion, ...] = (
    Assertion(
        "Each wrong answer is right in the world of the misconception that it comes from",
        examples.wrong_answers_fit,
    ),
    Assertion(
        "An example refutes what a wrong answer comes from, before the first act",
        examples.needs_are_refuted,
    ),
    Assertion(
        "Each guess and picture refutes something new, or says why it stays",
        examples.examples_have_uses,
    ),
    Assertion(
        "Words refute only misconceptions that predict no answer", examples.marks_are_sound
    ),
)
ALL_ASSERTIONS = (*EVERY_SCENARIO, *WITH_LESSON)


def check(scenario: Scenario) -> tuple[Problem, ...]:
    """Return the problems of all assertions, each with its file and its fix."""
    return tuple(problem for row in ALL_ASSERTIONS for problem in row.faults(scenario))


def check_exercise(scenario: Scenario) -> tuple[Problem, ...]:
    """Return the problems of an exercise, which is drawn while a learner waits and has no lesson."""
    return tuple(problem for row in EVERY_SCENARIO for problem in row.faults(scenario))
