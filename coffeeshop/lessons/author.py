"""What an author may rely on: each assertion that makes a scenario its own proof, as a row of a table.

The full verdict is asserted, not a boolean: the untouched world earns nothing, the solution everything, and each
tempting wrong answer exactly its findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coffeeshop.lessons.assertions import earned, helped, proven, told, varied
from coffeeshop.lessons.model import Scenario
from coffeeshop.policy.model import Problem


@dataclass(frozen=True, slots=True)
class Assertion:
    """One thing that `author check` asserts of a scenario, in a sentence."""

    say: str
    faults: Callable[[Scenario], Iterator[Problem]]


ASSERTIONS: tuple[Assertion, ...] = (
    Assertion("Every check is one plain sentence of its own", told.sentences),
    Assertion("The story speaks of everything that a check uses", told.story),
    Assertion("Every line of a check can be read", earned.readable),
    Assertion("Every line is one that AWS's command and API take", earned.for_aws),
    Assertion("The world's script runs twice to the same account", earned.world),
    Assertion("The untouched world earns nothing", earned.untouched),
    Assertion("Every solution earns three stars and 100 points, and runs without errors", earned.solutions),
    Assertion("Lines of a solution that do not need one another may be swapped", earned.swapped),
    Assertion("Nothing of the solution can be left out: no line, Allow, membership or attachment", earned.minimal),
    Assertion("Each wrong answer earns exactly its findings, in words of its own", earned.wrongs),
    Assertion("AdministratorAccess for everyone earns no star", proven.administrators),
    Assertion("Denying everything earns nothing", proven.denied),
    Assertion("Every refusal fails somewhere", proven.refusals),
    Assertion("Every practice rule is broken somewhere", proven.rules),
    Assertion("What is refused is neither needed nor slack, and slack is more than what is needed", proven.disjoint),
    Assertion("What an answer allows is decided", proven.decided),
    Assertion("Hints have three rungs, and the first only asks", helped.ladders),
    Assertion("A last rung that is a file helps", helped.last_rungs),
    Assertion("Every quiz can be asked, and they come out differently", told.quizzes),
    Assertion("Twenty variants of the names earn the same verdicts", varied.unequal),
    Assertion("Every misconception is carried by a wrong answer", told.misconceptions),
)


def check(scenario: Scenario) -> tuple[Problem, ...]:
    """Everything that does not hold, each with its file and its mend."""
    return tuple(problem for row in ASSERTIONS for problem in row.faults(scenario))
