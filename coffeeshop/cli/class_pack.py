"""Run `coffeeshop class pack`, which writes the program with the class's assignments for learners."""

from __future__ import annotations

from pathlib import Path

import click

from coffeeshop.classroom.kept_class import KeptClass, read_class
from coffeeshop.cli.author import pack_scenarios
from coffeeshop.cli.class_commands import echo_line
from coffeeshop.cli.classes import CLASS_OPTION, chosen_class, class_command
from coffeeshop.cli.options import FilePath
from coffeeshop.cli.problems import command_problem
from coffeeshop.invocation import command_line
from coffeeshop.lessons.teaching.course_check_up import assigned_moment
from coffeeshop.policy.problem import Problems


@click.command()
@click.option(
    "--out",
    type=FilePath("isn't a folder"),
    required=True,
    metavar="FOLDER",
    help="The folder to write the file to.",
)
@CLASS_OPTION
def pack(out: Path, class_name: str | None) -> None:
    """Write one file for all learners, with the program and the class's assignments, but without solutions.

    Learners install it with pip install FILE, and join with their code. It contains every learner's exercises. It doesn't
    contain names or codes.

    \b
    Example: coffeeshop class pack --out wheels
    """
    kept = read_class(chosen_class(class_name))
    ids = [*dict.fromkeys(_ids_to_play(kept))]
    if not kept.assignments:
        message = f"{kept.name} has no assignment yet"
        mend = class_command(kept.name, "assign 05")
        raise Problems(command_problem("no-assignment", message, mend))
    echo_line(pack_scenarios(ids, out, True, kept.own_scenarios))
    echo_line(f"Then each learner joins with: {command_line('join CODE')}")


def _ids_to_play(kept: KeptClass) -> list[str]:
    """Return the ids of everything that the class plays: scenarios, and each learner's exercises."""
    ids = list[str]()
    for task in kept.assignments:
        if task.assignment.is_exercise:
            ids += [
                kept.membership(member.learner.key).play_id(task.assignment)
                for member in kept.members
            ]
        elif not assigned_moment(task.id):  # the program has the questions anyway
            ids.append(task.id)
    return ids
