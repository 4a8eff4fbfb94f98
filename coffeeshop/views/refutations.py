"""Print where the course refutes each misconception, and what simulated learners make of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from coffeeshop.lessons.authoring.learners import Simulation
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.teaching.examples import Example
from coffeeshop.lessons.teaching.refutations import (
    KeptExample,
    Refutation,
    ScenarioExamples,
    kept_examples,
    refutations,
)
from coffeeshop.views.text import count_noun

PLACES_SHOWN = 3
SIMULATION_CAVEAT = "Simulated learners show that the material suffices. They don't show that people learn from it."


def refutation_lines(
    course_part: Sequence[ScenarioExamples], wrong_answers: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Yield the table of misconceptions as lines: each with its examples and the scenario that needs it first."""
    rows = refutations(course_part)
    for row in rows:
        yield f"{row.misconception.id} {row.misconception.believed}"
        yield f"    {_need_text(row)}"
        places = [*dict.fromkeys(example.place for example in row.examples)]
        yield from (f"    refuted: {place}" for place in places[:PLACES_SHOWN])
        if len(places) > PLACES_SHOWN:
            yield f"    refuted: {count_noun(len(places) - PLACES_SHOWN, 'more example')}"
        if not places:
            yield "    refuted: nowhere"
        for name in wrong_answers.get(row.misconception.id, ()):
            yield f"    wrong answer: {name}"
    holes = [row.misconception.id for row in rows if row.is_hole]
    needed = sum(bool(row.needed_in) for row in rows)
    idle = [kept for kept in kept_examples(course_part) if not kept.new and not kept.reason]
    yield ""
    yield (
        f"{count_noun(len(rows), 'misconception')}. The course needs {needed} of them refuted."
    )
    yield f"Holes: {', '.join(holes) or 'none'}."
    yield f"Examples without a use: {', '.join(_places(idle)) or 'none'}."


def _places(examples: Sequence[KeptExample]) -> list[str]:
    """Return the places of examples."""
    return [kept.example.place for kept in examples]


def _need_text(row: Refutation) -> str:
    """Return which scenario needs the misconception refuted first, and whether it is."""
    if not row.needed_in:
        return "no scenario needs it refuted"
    if row.is_hole:
        return f"has to be refuted before {row.needed_in}, and no example does so: a hole"
    return f"has to be refuted before {row.needed_in}. Examples that do so: {row.in_time}"


def refutation_document(
    course_part: Sequence[ScenarioExamples], wrong_answers: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    """Return the same table as a JSON document."""
    return {
        "misconceptions": [
            {
                "id": row.misconception.id,
                "believed": row.misconception.believed,
                "holds": row.misconception.holds,
                "page": row.misconception.page,
                "seen": row.misconception.seen,
                "rule": row.misconception.rule,
                "refuted_by": [_example_document(example) for example in row.examples],
                "wrong_answers": [*wrong_answers.get(row.misconception.id, ())],
                "needed_in": row.needed_in,
                "hole": row.is_hole,
            }
            for row in refutations(course_part)
        ],
        "examples": [
            {
                **_example_document(kept.example),
                "refutes": sorted(kept.example.refutes),
                "new": sorted(kept.new),
                "kept": kept.reason,
            }
            for kept in kept_examples(course_part)
        ],
    }


def _example_document(example: Example) -> dict[str, str]:
    """Return the place of an example as JSON."""
    return {"scenario": example.scenario, "page": example.page, "kind": example.kind}


def simulation_lines(simulation: Simulation, without: str) -> Iterator[str]:
    """Yield where the misconceptions of simulated learners ended, who was misled, and who stayed stuck."""
    heading = f"{count_noun(simulation.learners, 'simulated learner')} read the course"
    yield f"{heading} without the lesson {without}." if without else f"{heading}."
    yield SIMULATION_CAVEAT
    yield ""
    places_by_id = defaultdict[str, list[tuple[str, int]]](list)
    for (id, scenario), count in simulation.ended.items():
        places_by_id[id].append((scenario, count))
    for id, misconception in misconceptions().items():
        places = sorted(places_by_id[id], key=lambda place: -place[1])[:PLACES_SHOWN]
        ends = ", ".join(f"{scenario[:2]}: {count}" for scenario, count in places)
        yield (
            f"{id} {misconception.believed} Held by {simulation.held[id]}. "
            f"Ended in {ends or 'no scenario'}. Alive at the end: {simulation.alive[id]}."
        )
    yield ""
    yield "Misled in a scenario, as the misconception was still alive there:"
    yield from _count_lines(simulation.misled) or ("    nobody",)
    yield f"Stuck after ten grades: {count_noun(simulation.stuck_learners, 'time')}."
    yield f"{count_noun(simulation.learners, 'learner')} reached the end."


def _count_lines(counts: Mapping[tuple[str, str], int]) -> list[str]:
    """Return a line for each scenario and misconception, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"    {scenario}: {id}, {count}" for (scenario, id), count in ordered]


def simulation_document(simulation: Simulation, without: str) -> dict[str, object]:
    """Return a simulation as a JSON document."""
    return {
        "caveat": SIMULATION_CAVEAT,
        "learners": simulation.learners,
        "without": without,
        "held": dict(sorted(simulation.held.items())),
        "ended": _nested_counts(simulation.ended),
        "misled": _nested_counts(simulation.misled),
        "stuck": _nested_counts(simulation.stuck),
        "alive": dict(sorted(simulation.alive.items())),
        "reached_the_end": simulation.learners,
    }


def _nested_counts(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Return counts of pairs as a table in a table."""
    nested = defaultdict[str, dict[str, int]](dict)
    for (first, second), count in sorted(counts.items()):
        nested[first][second] = count
    return dict(nested)
