"""Run `coffeeshop class mark`, by which a teacher gives one learner a mark by hand."""

from __future__ import annotations

from shlex import quote

import click

from coffeeshop.classroom.kept_class import ClassAssignment, KeptClass, Member, change_class
from coffeeshop.classroom.register import TeacherMark
from coffeeshop.cli.class_commands import FOR_OPTION, echo_line
from coffeeshop.cli.class_grading import assignments_called
from coffeeshop.cli.classes import CLASS_OPTION, chosen_class, class_command
from coffeeshop.cli.options import complete_scenarios
from coffeeshop.cli.problems import command_problem
from coffeeshop.policy.problem import Problems
from coffeeshop.views.assignments import assignment_title

LONGEST_REASON = 500  # characters


@click.command()
@click.argument("id", shell_complete=complete_scenarios)
@FOR_OPTION
@click.option(
    "--points",
    type=click.FloatRange(0),
    metavar="NUMBER",
    help="The points that the learner gets, no matter what they hand in.",
)
@click.option(
    "--reason", help="The reason for the mark. The learner can read it in the gradebook."
)
@click.option(
    "--remove",
    is_flag=True,
    help="Remove the mark, so that the hand-ins count again. Nothing of them is lost.",
)
@CLASS_OPTION
def mark(
    id: str,
    who: str | None,
    points: float | None,
    reason: str | None,
    remove: bool,
    class_name: str | None,
) -> None:
    """Give a learner a mark yourself, or remove that mark.

    The mark replaces the result of the learner's hand-ins, on the class page and in gradebooks. Your reason is shown too.

    \b
    Example: coffeeshop class mark 05 --for ana --points 15 --reason "She explained it to me"
    Example: coffeeshop class mark 05 --for ana --remove
    """
    if who is None:
        raise click.UsageError("name the learner with --for WHO")
    if remove and (points is not None or reason is not None):
        raise click.UsageError(
            "--remove takes the mark back: leave out --points and --reason"
        )
    if not remove and (points is None or not (reason or "").strip()):
        raise click.UsageError("to give a mark, add --points NUMBER and --reason TEXT")
    path = chosen_class(class_name)
    with change_class(path) as file:
        kept = file.kept
        (task,) = assignments_called(kept, id)
        member = kept.find_member(who)
        given = None
        if points is not None and reason is not None:
            given = _checked_mark(kept, task, points, reason)
        former = kept.teacher_mark(member.learner.key, task.id)
        file.write_teacher_mark(member.first_variant, task.id, given)
    for line in _mark_lines(kept, task, member, former, given):
        echo_line(line)


def _checked_mark(
    kept: KeptClass, task: ClassAssignment, points: float, reason: str
) -> TeacherMark:
    """Return a mark. Raise Problems if the points are more than a full score, or the reason is too long."""
    if not points <= task.points:
        message = f"{task.id} has {task.points:g} points, so you can't give {points:g}"
        change = class_command(kept.name, "assign", task.id, "--points")
        mend = f"give at most {task.points:g}, or change the assignment's points with `{change} NUMBER`"
        raise Problems(command_problem("too-many-points", message, mend))
    text = reason.strip().encode("utf-8", "backslashreplace").decode()
    if len(text) > LONGEST_REASON:
        message = f"the reason is too long: it has {len(text)} characters"
        raise Problems(
            command_problem(
                "long-reason", message, f"write at most {LONGEST_REASON} characters"
            )
        )
    return TeacherMark(points / task.points * 100, text)


def _mark_lines(
    kept: KeptClass,
    task: ClassAssignment,
    member: Member,
    former: TeacherMark | None,
    given: TeacherMark | None,
) -> list[str]:
    """Return sentences about what counts now, and how to take a new mark back."""
    learner = member.learner
    title = assignment_title(task.id, kept.own_scenarios)
    name = f"{learner.name} ({learner.key}), {title}"
    before = f" Before: {_points_text(task, former)}." if former else ""
    if given is None and former is None:
        return [
            f"{name}: you haven't given a mark, so there is nothing to remove. The hand-ins count."
        ]
    if given is None:
        return [f"{name}: the hand-ins count again.{before}"]
    words = ("mark", task.id, "--for", quote(learner.key), "--remove")
    return [
        f"{name}: {_points_text(task, given)}.{before}",
        f"To remove this mark: {class_command(kept.name, *words)}",
    ]


def _points_text(task: ClassAssignment, mark: TeacherMark) -> str:
    """Return a mark in the points of its assignment."""
    return f"{round(mark.score * task.points / 100, 2):g} of {task.points:g} points, {mark}"
