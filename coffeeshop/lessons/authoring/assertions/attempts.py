"""The answers of a scenario, each played and judged once for every assertion: none, the solutions, the wrong ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from coffeeshop.lessons.authoring.verdict import Judged
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.play.spoilers import SOLUTION, solutions
from coffeeshop.lessons.scenario.schema import FILE, ScenarioForm, read_form
from coffeeshop.policy.model import Level, Place, Problem


def fault(file: str, text: str, mend: str) -> Problem:
    """What does not hold: in which file, what, and how to mend it."""
    return Problem(Level.ERROR, "author", Place(file), text, mend)


def form_of(scenario: Scenario) -> ScenarioForm:
    """The scenario's form, as it is in its files."""
    form = read_form(scenario.files[FILE].decode())
    assert isinstance(form, ScenarioForm), "the scenario was loaded from it"
    return form


def tried(scenario: Scenario, text: str, name: str) -> Judged | tuple[Problem, ...]:
    """A script played and ready to be judged, or what of it nobody can read."""
    played = run_play(scenario, text, name)
    return Judged(played) if isinstance(played, Play) else played


class Answers:
    """Every answer of a scenario by its file: those that can be read, and the problems of the others."""

    def __init__(self, scenario: Scenario) -> None:
        full = solutions(scenario)
        wrong = {wrong.script: scenario.text(wrong.script) for wrong in scenario.wrongs}
        tries = {name: tried(scenario, text, name) for name, text in {**full, **wrong}.items()}
        self.untouched = Judged(Play(scenario))
        self.unreadable = {name: found for name, found in tries.items() if isinstance(found, tuple)}
        judged = {name: found for name, found in tries.items() if isinstance(found, Judged)}
        self.solutions: Mapping[str, Judged] = {name: judged[name] for name in full if name in judged}
        self.wrongs: Mapping[str, Judged] = {name: judged[name] for name in wrong if name in judged}

    @property
    def solved(self) -> Judged | None:
        """The reference solution; None, if it cannot be read."""
        return self.solutions.get(SOLUTION)


@lru_cache(maxsize=2)
def answers(scenario: Scenario) -> Answers:
    """The answers of a scenario; kept while its assertions are gone through."""
    return Answers(scenario)
