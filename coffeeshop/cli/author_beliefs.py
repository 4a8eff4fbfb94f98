"""Run `author beliefs` and `author learners`: what the course refutes, and what simulated learners make of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

import click

from coffeeshop.cli.options import complete_scenarios
from coffeeshop.cli.output import show_progress
from coffeeshop.harmless import escape_line
from coffeeshop.lessons.scenario.find import find, folders, scenario_form
from coffeeshop.lessons.teaching.refutations import ScenarioExamples, read_examples


@click.command("beliefs")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def beliefs_command(as_json: bool) -> None:
    """List the misconceptions, the examples that refute each one, and the first scenario that relies on it.

    An example refutes a misconception if the misconception predicts a different outcome from AWS's. A hole is a
    misconception that leads to a scenario's wrong answer, but that no example refutes before the scenario's first act.

    Exit codes: 0 there is no hole, 1 there is one.

    \b
    Example: coffeeshop author beliefs --json
    """
    from coffeeshop.lessons.teaching.refutations import refutations
    from coffeeshop.views.refutations import refutation_document, refutation_lines

    course_part = _read_course()
    wrong_answers = _wrong_answers()
    if as_json:
        click.echo(json.dumps(refutation_document(course_part, wrong_answers), indent=2))
    else:
        for line in refutation_lines(course_part, wrong_answers):
            click.echo(escape_line(line))
    raise SystemExit(int(any(row.is_hole for row in refutations(course_part))))


@click.command("learners")
@click.option(
    "--learners",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="The number of learners to simulate.",
)
@click.option(
    "--without",
    metavar="LESSON",
    shell_complete=complete_scenarios,
    help="Leave out the lesson of this scenario.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The seed of the random numbers."
)
@click.option(
    "--attend",
    type=click.IntRange(0, 100),
    default=90,
    show_default=True,
    help="The chance, in percent, that a learner remembers an example.",
)
@click.option(
    "--forget",
    type=click.IntRange(0, 100),
    default=0,
    show_default=True,
    help="The chance, in percent, that a misconception comes back in the next scenario.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def learners_command(
    learners: int, without: str | None, seed: int, attend: int, forget: int, as_json: bool
) -> None:
    """Take simulated learners through the course, and print where they lose their misconceptions.

    Each learner starts with half of the misconceptions, drops one when an example contradicts it, and acts on the
    others. This shows that the course contains enough examples. It doesn't show that people learn from them.

    \b
    Example: coffeeshop author learners --without 13
    """
    from coffeeshop.lessons.authoring.learners import Habits, simulate
    from coffeeshop.views.refutations import simulation_document, simulation_lines

    left_out = find(without).name if without else ""
    habits = Habits(attend=attend, forget=forget)
    simulation = simulate(_read_course(), learners, seed, left_out, habits)
    if as_json:
        click.echo(json.dumps(simulation_document(simulation, left_out), indent=2))
    else:
        for line in simulation_lines(simulation, left_out):
            click.echo(escape_line(line))


def _read_course() -> tuple[ScenarioExamples, ...]:
    """Return the examples of the course. Raise Problems."""
    course_folders = folders()
    return tuple(
        show_progress(map(read_examples, course_folders), len(course_folders), "read")
    )


def _wrong_answers() -> Mapping[str, Sequence[str]]:
    """Return the wrong answers of the course by the misconception that they come from."""
    names = defaultdict[str, list[str]](list)
    for folder in folders():
        for wrong in scenario_form(folder).wrong:
            if wrong.misconception:
                names[wrong.misconception].append(f"{folder.name}/{wrong.script}")
    return names
