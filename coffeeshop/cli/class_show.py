"""Run `coffeeshop class show`, which prints a class, or one learner of it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from coffeeshop.classroom.kept_class import KeptClass, Member, read_class
from coffeeshop.cli.class_commands import echo_line
from coffeeshop.cli.classes import CLASS, chosen_class
from coffeeshop.lessons.play.variants import BLOCK_SIZE
from coffeeshop.views.assignments import assignment_text
from coffeeshop.views.text import count_noun


@click.command()
@click.argument("who", required=False, metavar="[LEARNER]")
@CLASS
def show(who: str | None, class_name: str | None) -> None:
    """Show the class, or one learner with their code, link and assignments.

    \b
    Example: coffeeshop class show
    Example: coffeeshop class show ana
    """
    path = chosen_class(class_name)
    kept = read_class(path)
    if who is None:
        lines = _class_lines(kept)
    else:
        lines = _member_lines(kept, kept.find_member(who))
    for line in lines:
        echo_line(line)


def _class_lines(kept: KeptClass) -> Iterator[str]:
    """Yield the class's assignments and learners."""
    yield f"{kept.name}: {count_noun(len(kept.members), 'learner')}"
    for task in kept.tasks:
        yield f"  {assignment_text(task.assignment, kept.extra)}; {task.points:g} points"
    if not kept.tasks:
        yield "  no assignment yet"
    for member in kept.members:
        yield f"  {member.learner.key}  {member.learner.name}  variants from {member.first}"


def _member_lines(kept: KeptClass, member: Member) -> Iterator[str]:
    """Yield what a learner has: code, variants, link, and assignments with their own dates."""
    key = member.learner.key
    yield f"{member.learner.name} ({key}) in {kept.name}"
    yield f"  code: coffeeshop join {kept.code(key)}"
    yield f"  variants: {member.first} to {member.first + BLOCK_SIZE - 1}"
    yield f"  link, while `coffeeshop serve --class {kept.name}` runs: ADDRESS/{member.link}/"
    for task in kept.tasks:
        dates = kept.assignment_for(key, task)
        accepted = kept.allowance(key, task.id).variant
        variant = f"; variant {accepted} is accepted, too" if accepted is not None else ""
        yield f"  {assignment_text(dates, kept.extra)}{variant}"
