"""Assert that harmless additions to a solution cost no star."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.authoring.additions import (
    ADDITIONS,
    failed_early_checks,
    with_additions,
    with_conditions,
)
from coffeeshop.lessons.authoring.assertions.attempts import answers, assertion_problem
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.policy.model import Problem


def additions_cost_nothing(scenario: Scenario) -> Iterator[Problem]:
    """Assert that all harmless additions together cost a solution none of the first two stars.

    If they do, try each one alone.
    """
    for name, judged in answers(scenario).solutions.items():
        if judged.report.stars < KEPT_STARS:
            continue  # another assertion reports it
        if failed_early_checks(with_additions(judged.play, *ADDITIONS.values())):
            for addition_name, addition in ADDITIONS.items():
                yield from _lost_check_problems(
                    name, addition_name, with_additions(judged.play, addition)
                )
        yield from _lost_check_problems(
            name,
            "conditions that all needed requests meet",
            with_conditions(judged.play),
        )


# The stars that harmless additions must not cost: jobs and refusals, and no excess.
KEPT_STARS = 2


def _lost_check_problems(name: str, addition_name: str, play: Play) -> Iterator[Problem]:
    """Yield a problem where a play with an addition fails checks."""
    if ids := failed_early_checks(play):
        yield assertion_problem(
            name,
            f"if this is added: {addition_name}, then these checks fail: {', '.join(ids)}",
            "check only what the brief asks for; if you do already, please report this",
        )
