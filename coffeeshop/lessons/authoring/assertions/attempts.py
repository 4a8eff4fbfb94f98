"""Play and judge the answers of a scenario once for all assertions: the untouched world, the solutions and the wrong
answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from coffeeshop.lessons.authoring.verdict import JudgedPlay
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.play.spoilers import SOLUTION_FILE, solutions
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, ScenarioForm, read_form
from coffeeshop.policy.model import Level, Place, Problem, Problems


def assertion_problem(file: str, text: str, mend: str) -> Problem:
    """Return the Problem of an assertion: the file, the message and the fix."""
    return Problem(Level.ERROR, "author", Place(file), text, mend)


def form_of(scenario: Scenario, files: Mapping[str, bytes] | None = None) -> ScenarioForm:
    """Return the scenario's form from its own files, or from the given ones."""
    return read_form((files or scenario.files)[SCENARIO_FILE].decode())


class Answers:
    """Every answer of a scenario, judged, by its file. `unreadable` has the problems of those that can't be read."""

    def __init__(self, scenario: Scenario) -> None:
        """Play the untouched world, every solution and every wrong answer.

        Those that can't be read are in `unreadable`.
        """
        full = solutions(scenario)
        wrong = {wrong.script: scenario.text(wrong.script) for wrong in scenario.wrongs}
        judged = dict[str, JudgedPlay]()
        self.unreadable = dict[str, tuple[Problem, ...]]()
        for name, text in {**full, **wrong}.items():
            try:
                judged[name] = JudgedPlay(run_play(scenario, text, name))
            except Problems as unreadable:
                self.unreadable[name] = unreadable.problems
        self.untouched = JudgedPlay(Play(scenario))
        self.solutions: Mapping[str, JudgedPlay] = {
            name: judged[name] for name in full if name in judged
        }
        self.wrongs: Mapping[str, JudgedPlay] = {
            name: judged[name] for name in wrong if name in judged
        }

    @property
    def solved_play(self) -> JudgedPlay | None:
        """Return the reference solution, judged. Return None if it can't be read."""
        return self.solutions.get(SOLUTION_FILE)


@lru_cache(maxsize=2)
def answers(scenario: Scenario) -> Answers:
    """Return the answers of a scenario, cached for all of its assertions."""
    return Answers(scenario)
