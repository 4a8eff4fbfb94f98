"""Walk simulated learners through the course, and count where their misconceptions end.

A simulated learner begins with some misconceptions. An example whose outcome contradicts one drops it, if
the learner pays attention. In a scenario, the learner acts by what is left: they give a wrong answer
that comes from a misconception that they hold, and the grade contradicts it in the same way.

This shows whether the material suffices. It doesn't show that people learn from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.scenario.dice import Dice
from coffeeshop.lessons.teaching.refutations import ScenarioExamples

MAX_TRIES = 10  # grades of one wrong answer, before a learner counts as stuck and goes on


class Habits(Struct, frozen=True):
    """How simulated learners learn, in percent.

    `begin` is the chance to begin with each misconception, `attend` the chance that an example or a grade
    sticks, and `forget` the chance that a dropped misconception comes back with the next scenario.
    """

    begin: int = 50
    attend: int = 90
    forget: int = 0
    learn_by_grades: bool = True


class Simulation(Struct, frozen=True):
    """What came of a walk through the course.

    `ended` counts by misconception and scenario where an example ended it. `misled` counts learners who gave a
    wrong answer, and `stuck` those whom ten grades didn't help, by scenario and misconception. `alive` counts the
    learners who still hold a misconception at the end.
    """

    learners: int
    held: Counter[str]
    ended: Counter[tuple[str, str]]
    misled: Counter[tuple[str, str]]
    stuck: Counter[tuple[str, str]]
    alive: Counter[str]

    @property
    def stuck_learners(self) -> int:
        """Return how often a learner went on without the star."""
        return self.stuck.total()


def simulate(
    course_part: Sequence[ScenarioExamples],
    learners: int,
    seed: int = 0,
    without: str = "",
    habits: Habits | None = None,
) -> Simulation:
    """Simulate learners who see the examples of the course in order, and count how many get stuck and where.

    They don't see the examples of the lesson `without`. The same arguments give the same result.
    """
    simulation = Simulation(learners, Counter(), Counter(), Counter(), Counter(), Counter())
    for number in range(learners):
        learner = _Learner(Dice(f"learner {seed} {number}"), habits or Habits(), simulation)
        for part in course_part:
            if part.id != without:
                learner.read(part)
            learner.act(part)
        simulation.alive.update(learner.held)
    return simulation


class _Learner:
    """A simulated learner: the misconceptions that they hold, and those that they had before."""

    def __init__(self, dice: Dice, habits: Habits, simulation: Simulation) -> None:
        """Begin with drawn misconceptions."""
        self._dice = dice
        self._habits = habits
        self._simulation = simulation
        self._dropped = set[str]()
        self.held = {id for id in misconceptions() if self._happens(habits.begin)}
        simulation.held.update(self.held)

    def _happens(self, percent: int) -> bool:
        """Return whether something with a chance in percent happens."""
        return percent >= 100 or (percent > 0 and self._dice.below(100) < percent)

    def read(self, part: ScenarioExamples) -> None:
        """Read the examples of a scenario, and drop what they contradict."""
        for id in sorted(self._dropped):
            if self._happens(self._habits.forget):
                self._dropped.discard(id)
                self.held.add(id)
        for example in part.examples:
            for id in sorted(self.held & example.refutes):
                if self._happens(self._habits.attend):
                    self._drop(id, part.id)

    def act(self, part: ScenarioExamples) -> None:
        """Give a wrong answer for each misconception that is left, and learn by its grades."""
        for id in sorted(self.held & part.needs):
            self._simulation.misled[part.id, id] += 1
            for _ in range(MAX_TRIES if self._habits.learn_by_grades else 0):
                if self._happens(self._habits.attend):
                    self._drop(id, part.id)
                    break
            else:
                self._simulation.stuck[part.id, id] += 1

    def _drop(self, id: str, scenario: str) -> None:
        """Drop a misconception, and note where."""
        self.held.discard(id)
        self._dropped.add(id)
        self._simulation.ended[id, scenario] += 1
