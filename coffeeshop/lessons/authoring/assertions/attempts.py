"""The answers of a scenario, each played and judged once for every assertion: none, the solutions, the wrong ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from coffeeshop.lessons.authoring.verdict import Judged
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.play.spoilers import SOLUTION, solutions
from coffeeshop.lessons.scenario.schema import FILE, ScenarioForm, read_form
from coffeeshop.policy.model import Level, Place, Problem, Problems


def fault(file: str, text: str, mend: str) -> Problem:
    """Tells what does not hold: in which file, what, and how to mend it."""
    return Problem(Level.ERROR, "author", Place(file), text, mend)


def form_of(scenario: Scenario, files: Mapping[str, bytes] | None = None) -> ScenarioForm:
    """Returns the scenario's form, as it is in its files, or in these."""
    return read_form((files or scenario.files)[FILE].decode())


class Answers:
    """Every answer of a scenario by its file: those that can be read, and the problems of the others."""

    def __init__(self, scenario: Scenario) -> None:
        full = solutions(scenario)
        wrong = {wrong.script: scenario.text(wrong.script) for wrong in scenario.wrongs}
        judged = dict[str, Judged]()
        self.unreadable = dict[str, tuple[Problem, ...]]()
        for name, text in {**full, **wrong}.items():
            try:
                judged[name] = Judged(run_play(scenario, text, name))
            except Problems as unreadable:
                self.unreadable[name] = unreadable.problems
        self.untouched = Judged(Play(scenario))
        self.solutions: Mapping[str, Judged] = {
            name: judged[name] for name in full if name in judged
        }
        self.wrongs: Mapping[str, Judged] = {
            name: judged[name] for name in wrong if name in judged
        }

    @property
    def solved_play(self) -> Judged | None:
        """Returns the reference solution; None, if it cannot be read."""
        return self.solutions.get(SOLUTION)


@lru_cache(maxsize=2)
def answers(scenario: Scenario) -> Answers:
    """Returns the answers of a scenario; kept while its assertions are gone through."""
    return Answers(scenario)
