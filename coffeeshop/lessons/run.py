"""A whole script played in a scenario: what `run`, hand-ins and author checks share."""

from __future__ import annotations

from dataclasses import replace

from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.script import run_script
from coffeeshop.policy.model import Problem


def run_play(scenario: Scenario, text: str, name: str = "") -> Play | tuple[Problem, ...]:
    """The play after every line of `text`, under the first badge of the desk; or every line that cannot be read.

    A call that AWS refuses is part of the play, no Problem.
    """
    steps = tuple(run_script(scenario.opening, text, scenario.now, scenario.files, scenario.desk[0], name))
    problems = tuple(problem for step in steps for problem in step.problems)
    return problems or replace(Play(scenario), outcomes=tuple(step.outcome for step in steps if step.outcome))
