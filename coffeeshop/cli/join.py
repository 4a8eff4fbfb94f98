"""Run `coffeeshop join`, which puts a learner into their teacher's class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click

from coffeeshop.cli.options import LEARNER_OPTION, SCENARIOS_OPTION
from coffeeshop.cli.output import data_folder, learner_name, wall_clock
from coffeeshop.cli.problems import UNUSABLE_INPUT, command_problem, print_problems
from coffeeshop.files import decode_text, read_file
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.membership import (
    CODE_PATTERN,
    Membership,
    join_code,
    parse_join_code,
)
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_place import save_place
from coffeeshop.lessons.scenario.find import find, shelf_number
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.course_check_up import assigned_moment
from coffeeshop.policy.problem import Problems
from coffeeshop.views.assignments import assignment_lines

FILE_LIMIT = 64 * 1024  # bytes of a file with a code


@click.command()
@click.argument("code", nargs=-1, required=True, metavar="CODE|FILE")
@LEARNER_OPTION
@SCENARIOS_OPTION
def join(code: tuple[str, ...], learner: str | None, extra: Path | None) -> None:
    """Join your teacher's class with the code or the file that you got. You have to do this only once.

    From then on you play your own variants, and your hand-ins contain your name in the class. When your teacher assigns
    more, join again with your new code. What you have played is kept.

    \b
    Example: coffeeshop join IAM-101:401J9-C1F84-12JZ8-A1XXF-T
    Example: coffeeshop join ana.txt
    """
    membership = parse_join_code(_typed_code("".join(code)))
    name = learner_name(learner)
    # Somebody else's exam locks everything but this: a learner who takes it too joins here first.
    with closing(Progress(save_place(data_folder(), name))) as save:
        before = save.membership
        _check_exam_goes_on(save, name, membership)
        problem = save.problem or save.join_class(membership)
    if problem:
        print_problems([problem])
        raise SystemExit(UNUSABLE_INPUT)
    if before and before.learner != membership.learner:
        click.echo(
            f"You have left {before.class_name}. What you played there is kept.", err=True
        )
    click.echo(f"You are in {membership.class_name}.")
    for line in assignment_lines(membership.assignments, extra):
        click.echo(escape_line(f"  {line}"))
    if missing_ids := [*_missing_ids(membership, extra)]:
        them = "it" if len(missing_ids) == 1 else "them"
        message = f"This program doesn't have {', '.join(missing_ids)}. To play {them}, install the newest file from your teacher."
        click.echo(escape_line(message), err=True)
    click.echo(f"To play: {command_line(_first_command(membership, extra))}")


def _check_exam_goes_on(save: Progress, name: str, membership: Membership) -> None:
    """Raise Problems if a code is another learner's while this save's learner takes an exam, whose plays would change hands."""
    player = Player(save)
    player.clock = wall_clock
    before = save.membership
    if before is None or before.learner == membership.learner or not player.exam:
        return
    message = f"{name} is taking an exam, and this code belongs to another learner"
    join = command_line("join CODE --learner NAME")
    mend = f"join with another name, so that your plays are kept apart: {join}"
    raise Problems(command_problem("exam-of-another", message, mend))


def _typed_code(text: str) -> str:
    """Return the code that was typed, or the first code in the file of that name. Raise Problems."""
    path = Path(text)
    if ":" in text and not path.is_file():
        return text
    data = read_file(
        path, FILE_LIMIT, "name the file that you got from your teacher, or type the code"
    )
    try:
        match = CODE_PATTERN.search(decode_text(data))
    except ValueError:
        match = None
    if match is None:
        message = f"{escape_line(str(path))} doesn't contain a code"
        raise Problems(
            command_problem("no-code", message, "ask your teacher for the file again")
        )
    return match[0]


def _missing_ids(membership: Membership, extra: Path | None) -> Iterator[str]:
    """Yield each assignment whose scenario this machine doesn't have."""
    for assignment in membership.assignments:
        if assignment.is_exercise or assigned_moment(assignment.id):
            continue
        try:
            find(assignment.id, extra)
        except Problems:
            yield assignment.id


def _first_command(membership: Membership, extra: Path | None) -> str:
    """Return the words that open what to play now: the exam that is open, or else the first assignment."""
    exam = membership.exam_at(wall_clock())
    lessons = (each for each in membership.assignments if not each.is_exam)
    assignment = exam or next(lessons, None)
    if assignment is None:
        return "play"
    if moment := assigned_moment(assignment.id):
        return f"check-up --{moment}"
    if assignment.is_exercise:
        return "practice"
    return f"play {shelf_number(assignment.id, extra)}"


def join_save(save: Progress, membership: Membership) -> None:
    """Write a membership into a save unless it has it already. Print a problem with the save."""
    if save.membership and join_code(save.membership) == join_code(membership):
        return
    if problem := save.problem or save.join_class(membership):
        print_problems([problem])
