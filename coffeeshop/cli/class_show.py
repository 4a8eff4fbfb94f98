"""Run `coffeeshop class show`, which prints a class, or one learner of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from coffeeshop.classroom.class_grades import ClassGrades
from coffeeshop.classroom.kept_class import (
    ClassAssignment,
    KeptClass,
    Member,
    read_class,
    read_hand_ins,
)
from coffeeshop.classroom.register import Result
from coffeeshop.cli.class_commands import echo_line
from coffeeshop.cli.class_grading import grade_class, result_text
from coffeeshop.cli.classes import CLASS_OPTION, THIS_MACHINE, chosen_class
from coffeeshop.lessons.play.variants import BLOCK_SIZE
from coffeeshop.views.assignments import assignment_text
from coffeeshop.views.text import count_noun


@click.command()
@click.argument("who", required=False, metavar="[LEARNER]")
@CLASS_OPTION
def show(who: str | None, class_name: str | None) -> None:
    """Show the class, or one learner with their code, link and assignments.

    \b
    Example: coffeeshop class show
    Example: coffeeshop class show ana
    """
    path = chosen_class(class_name)
    kept = read_class(path)
    if who is None:
        lines = _class_lines(kept, len(read_hand_ins(path)))
    else:
        grades = grade_class(path, kept, os.cpu_count() or 1)
        lines = _member_lines(kept, kept.find_member(who), grades)
    for line in lines:
        echo_line(line)


def _class_lines(kept: KeptClass, hand_ins: int) -> Iterator[str]:
    """Yield the class's assignments and learners, and how many hand-ins were collected."""
    collected = count_noun(hand_ins, "hand-in")
    yield f"{kept.name} has {count_noun(len(kept.members), 'learner')} and {collected}"
    for task in kept.assignments:
        yield f"  {assignment_text(task.assignment, kept.own_scenarios)}; {task.points:g} points"
    if not kept.assignments:
        yield "  There is no assignment yet."
    for member in kept.members:
        yield f"  {member.learner.key}  {member.learner.name}  variants from {member.first_variant}"


def _member_lines(kept: KeptClass, member: Member, grades: ClassGrades) -> Iterator[str]:
    """Yield what a learner has: code, variants, link, and assignments with their own dates and results."""
    key = member.learner.key
    yield f"{member.learner.name} ({key}) is in {kept.name}"
    yield f"  code: coffeeshop join {kept.code(key)}"
    yield f"  variants: {member.first_variant} to {member.first_variant + BLOCK_SIZE - 1}"
    address = kept.url or THIS_MACHINE
    yield f"  link, while `coffeeshop serve --class {kept.name}` runs: {address}/{member.link}/"
    for task in kept.assignments:
        dates = kept.assignment_for(key, task)
        variants = kept.allowance(key, task.id).variants_text
        yield f"  {assignment_text(dates, kept.own_scenarios)}{variants}"
        yield f"    {_own_result(grades.result_of(task.id, key), task)}"


def _own_result(result: Result, task: ClassAssignment) -> str:
    """Return a learner's result without their name."""
    return result_text(result, task).removeprefix(f"{result.shown_name}: ")
