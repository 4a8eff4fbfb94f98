"""Draw and prove exercises across topics and levels, and count what was refused.

    python -m bench.practice [SEEDS]

For every topic and level so many seeds (14 where nobody says: 504 exercises), each drawn, proved by all that an author
proves, and solved by its reference; prints by level how many drafts were refused, and the processor time of one.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from time import process_time

from coffeeshop.lessons.exercises.choice import ANY_TOPIC, LEVEL_TEXTS, Choice
from coffeeshop.lessons.exercises.exercise import exercise, scenario_of_files
from coffeeshop.lessons.exercises.ideas import IDEAS
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.script import run_play


def tried(choice: Choice) -> tuple[Choice, int, int, float]:
    """One exercise: the drafts that were refused before it, the stars of its reference, seconds of work."""
    begun = process_time()
    found = exercise(choice)
    scenario = scenario_of_files(choice, found.files)
    stars = grade(run_play(scenario, scenario.solution)).stars
    return choice, len(found.refused), stars, process_time() - begun


def main(seeds: int) -> None:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for level in LEVEL_TEXTS:
            choices = [
                Choice(topic, level, seed)
                for topic in (ANY_TOPIC, *IDEAS)
                for seed in range(seeds)
            ]
            rows = [*pool.map(tried, choices, chunksize=4)]
            spent = [seconds for *_, seconds in rows]
            unsolved = [choice.id for choice, _, stars, _ in rows if stars != 3]
            print(
                f"level {level}: {len(rows)} exercises, {sum(refused for _, refused, _, _ in rows)} drafts refused, "
                f"{len(unsolved)} not solved by their reference {unsolved or ''}; "
                f"{median(spent):.1f} s of work each, {max(spent):.1f} at most"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 14)
