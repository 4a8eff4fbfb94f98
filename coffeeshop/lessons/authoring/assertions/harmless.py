"""Assertions that nobody who is right is blamed: whatever harmless is added to a solution, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.authoring.additions import ADDITIONS, grown, lost, with_conditions
from coffeeshop.lessons.authoring.assertions.attempts import answers, fault
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.policy.model import Problem


def additions(scenario: Scenario) -> Iterator[Problem]:
    """Everything harmless at once costs no solution a star of the first two; where it does, each is tried by itself."""
    for name, judged in answers(scenario).solutions.items():
        if judged.report.stars < SAFE:
            continue  # told by another assertion
        if lost(grown(judged.play, *ADDITIONS.values())):
            for addition_name, addition in ADDITIONS.items():
                yield from _costly(name, addition_name, grown(judged.play, addition))
        yield from _costly(
            name,
            "conditions that what is needed always meets",
            with_conditions(judged.play),
        )


SAFE = 2  # stars, the first of which says that it works, the second that nothing else is possible


def _costly(name: str, addition_name: str, play: Play) -> Iterator[Problem]:
    if ids := lost(play):
        yield fault(
            name,
            f"{addition_name}, added to it, cost {', '.join(ids)}",
            "ask only for what the brief does; else tell us",
        )
