"""Run the commands that give a class something to do: `class assign` and `class exam`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote

import click
from msgspec import structs

from coffeeshop.classroom.kept_class import (
    Allowance,
    ClassAssignment,
    ClassFile,
    KeptClass,
    change_class,
    read_class,
)
from coffeeshop.cli.class_saves import tell_saves
from coffeeshop.cli.classes import CLASS_OPTION, chosen_class, class_command
from coffeeshop.cli.options import (
    POINTS_OPTION,
    SCENARIOS_OPTION,
    check_learner_options,
    complete_scenarios,
    instant_option,
    was_option_typed,
)
from coffeeshop.cli.output import wall_clock
from coffeeshop.cli.problems import command_problem
from coffeeshop.harmless import escape_line
from coffeeshop.lessons.exercises.choice import (
    ALL_TOPICS,
    ANY_TOPIC,
    DIAGNOSIS,
    LEVEL_TEXTS,
    Choice,
    parse_choice,
)
from coffeeshop.lessons.exercises.level import levels_of
from coffeeshop.lessons.play.late_rule import parse_late_rule
from coffeeshop.lessons.play.membership import (
    ID_LETTERS,
    MAX_ASSIGNMENTS,
    TIME_ORIGIN,
    Assignment,
)
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.lessons.scenario.find import find, scenario_form
from coffeeshop.lessons.teaching.course_check_up import (
    assigned_moment,
    check_up_assignment,
)
from coffeeshop.policy.problem import Problems
from coffeeshop.views.assignments import assignment_text, instant_text

LAST_YEARS = timedelta(days=365 * 100)  # after EPOCH, in which a date can be
LEVELS_TEXT = ", ".join(f"{level}: {text}" for level, text in LEVEL_TEXTS.items())
FOR_OPTION = click.option(
    "--for",
    "who",
    metavar="WHO",
    help="Change this for one learner only, by id, email or name.",
)


def echo_line(line: str) -> None:
    """Print a line without anything that a terminal would obey."""
    click.echo(escape_line(line))


# ------------------------------------------------------------- assign and exam
@click.command()
@click.argument("id", required=False, shell_complete=complete_scenarios)
@click.option(
    "--practice",
    "topic",
    type=click.Choice([ANY_TOPIC, *ALL_TOPICS, DIAGNOSIS]),
    help="Assign an exercise on this topic. Each learner gets a different one.",
)
@click.option(
    "--level",
    type=click.IntRange(min(LEVEL_TEXTS), max(LEVEL_TEXTS)),
    metavar="N",
    help=f"How hard the exercise is (default: the easiest). {LEVELS_TEXT}.",
)
@click.option(
    "--before",
    "moment",
    flag_value="before",
    help="With check-up: ask the ten questions before the course.",
)
@click.option(
    "--after",
    "moment",
    flag_value="after",
    help="With check-up: ask the ten questions after the course.",
)
@instant_option(
    "due",
    "The due date, such as 2026-12-04T23:59. A date without a time means the end of that day.",
    True,
)
@click.option("--late", help="The penalty for late work: 10%/day, 5%/hour, 25% or none.")
@POINTS_OPTION
@FOR_OPTION
@click.option(
    "--variant",
    type=click.IntRange(0, LAST_VARIANT),
    metavar="N",
    help="With --for: also accept this variant from the learner.",
)
@click.option(
    "--remove",
    is_flag=True,
    help="Remove the assignment, or with --for the changes for one learner. Hand-ins are kept.",
)
@CLASS_OPTION
@SCENARIOS_OPTION
def assign(
    id: str | None,
    topic: str | None,
    level: int | None,
    moment: str | None,
    due_time: datetime | None,
    late: str | None,
    points: float,
    who: str | None,
    variant: int | None,
    remove: bool,
    class_name: str | None,
    extra: Path | None,
) -> None:
    """Give the class a scenario, an exercise or a check-up.

    Run it again to change the dates, the late rule or the points. A check-up asks each learner ten questions, before the
    course and again after it. The class page then shows what the class learned.

    \b
    Example: coffeeshop class assign 05 --due 2026-12-04 --late 10%/day --points 10
    Example: coffeeshop class assign --practice roles --level 2 --due 2026-12-11
    Example: coffeeshop class assign 05 --for ana --due 2026-12-08
    Example: coffeeshop class assign check-up --before --due 2026-09-10
    """
    id = _check_up_id(id, moment)
    if (id is None) == (topic is None):
        raise click.UsageError("name a scenario, or an exercise with --practice TOPIC")
    if variant is not None and who is None:
        raise click.UsageError("--variant applies to one learner: add --for WHO")
    if who is not None:
        check_learner_options()
    path = chosen_class(class_name)
    with change_class(path) as file:
        before_change = file.kept
        wanted_id = id or _exercise_id(topic or ANY_TOPIC, level)
        subject = _assigned_id(file, wanted_id, extra)
        task = file.kept.find_assignment(subject)
        if task and task.assignment.is_exam and who is None and not remove:
            raise click.UsageError(
                f"{subject} is an exam: change it with `class exam {subject}`, or remove it with `class assign {subject} --remove`"
            )
        if remove and who is None:
            line = _remove_task(file, subject, task)
        elif who is not None and remove:
            line = _remove_allowance(file, who, task, subject)
        elif who is not None:
            variants = () if variant is None else (variant,)
            line = _allow(file, who, task, subject, Allowance(due_time, None, variants))
        else:
            before = task or ClassAssignment(Assignment(subject))
            rule = before.assignment.late if late is None else parse_late_rule(late)
            due = _checked_instant(due_time) or before.assignment.due
            scale = points if task is None or was_option_typed("points") else before.points
            line = _write_task(file, ClassAssignment(Assignment(subject, due, rule), scale))
    echo_line(line)
    _warn_if_past("--due", due_time)
    _spread_change(before_change, read_class(path), who)


@click.command()
@click.argument("id", shell_complete=complete_scenarios)
@instant_option("from", "When the exam opens: 2026-12-18T10:00.")
@instant_option("to", "When the exam ends.", True)
@POINTS_OPTION
@FOR_OPTION
@CLASS_OPTION
@SCENARIOS_OPTION
def exam(
    id: str,
    from_time: datetime | None,
    to_time: datetime | None,
    points: float,
    who: str | None,
    class_name: str | None,
    extra: Path | None,
) -> None:
    """Give the class an exam.

    An exam is one scenario with a start and an end. While it is open, learners can play only this scenario. They can't
    open their own shop, read hints or see a grade before they hand in. Hand-ins outside this time don't count. Give out
    new codes or files after you set an exam, because learners need them to take it.

    \b
    Example: coffeeshop class exam 10 --from 2026-12-18T10:00 --to 2026-12-18T12:00
    Example: coffeeshop class exam 10 --for ana --to 2026-12-18T13:00
    """
    if id == "check-up" or assigned_moment(id):
        raise click.UsageError("a check-up can't be an exam: use `class assign check-up`")
    if who is not None:
        check_learner_options()
    path = chosen_class(class_name)
    with change_class(path) as file:
        before_change = file.kept
        subject = _assigned_id(file, id, extra)
        task = file.kept.find_assignment(subject)
        opens, closes = _checked_instant(from_time), _checked_instant(to_time)
        if who is not None:
            if task is None or not task.assignment.is_exam:
                raise click.UsageError(
                    f"{file.kept.name} doesn't have {subject} as an exam yet"
                )
            line = _allow(file, who, task, subject, Allowance(closes, opens))
        else:
            opens = opens or (task.assignment.opens if task else None)
            closes = closes or (task.assignment.due if task else None)
            if opens is None or closes is None:
                raise click.UsageError("an exam needs --from TIME and --to TIME")
            scale = points if task is None or was_option_typed("points") else task.points
            line = _write_task(
                file, ClassAssignment(Assignment(subject, closes, "", opens), scale)
            )
    echo_line(line)
    if who is None and task and not task.assignment.is_exam:
        former = assignment_text(task.assignment, before_change.own_scenarios)
        echo_line(f"The exam replaces this assignment: {former}; {task.points:g} points")
    _warn_if_past("--to", to_time)
    _spread_change(before_change, read_class(path), who)


def _warn_if_past(option: str, instant: datetime | None) -> None:
    """Print a warning if the time of an option has passed."""
    if instant and instant < wall_clock():
        message = f"warning: {option} is in the past: {instant_text(instant)}"
        click.echo(message, err=True)


def _spread_change(before: KeptClass, after: KeptClass, who: str | None) -> None:
    """Take a change of the class to those who play on this machine, and print who needs a new code."""
    keys = [member.learner.key for member in before.members]
    if all(before.membership(key) == after.membership(key) for key in keys):
        return
    tell_saves(after, None if who is None else after.find_member(who).first_variant)
    if who is None:
        command = class_command(before.name, "links")
        echo_line(
            f"The codes that you gave out earlier don't contain this change. For new codes: {command}"
        )
    else:
        command = class_command(before.name, "show", quote(who))
        echo_line(
            f"The learner's earlier code doesn't contain this change. For a new code: {command}"
        )


def _checked_instant(instant: datetime | None) -> datetime | None:
    """Return a time without its seconds. Raise Problems if a code can't hold it."""
    if instant is None:
        return None
    if not timedelta() < instant - TIME_ORIGIN < LAST_YEARS:
        message = f"{instant:%Y-%m-%d} is too far from today"
        raise Problems(command_problem("no-time", message, "write a date in this year"))
    return instant.replace(second=0, microsecond=0)


def _assigned_id(file: ClassFile, id: str, extra: Path | None) -> str:
    """Return the id of a scenario or an exercise to assign, and keep the folder of the teacher's own scenarios.

    Raise Problems if there is no such scenario.
    """
    if parse_choice(f"{id}-0") or assigned_moment(id):
        return id
    found_id = scenario_form(find(id, extra or file.kept.own_scenarios)).id
    if set(found_id.lower()) - set(ID_LETTERS) or len(found_id) > 60:
        message = f"{found_id[:80]!a} can't be assigned"
        mend = "use at most 60 letters, digits and hyphens in a scenario's id"
        raise Problems(command_problem("bad-id", message, mend))
    if extra is not None:
        file.write_scenarios(extra)
    return found_id


def _check_up_id(id: str | None, moment: str | None) -> str | None:
    """Return an id, or that of the check-up at a moment. Raise click.UsageError if the two don't fit."""
    if id == "check-up" and moment is None:
        raise click.UsageError("check-up needs --before or --after")
    if moment is not None and id != "check-up":
        raise click.UsageError(f"--{moment} can only be used with `class assign check-up`")
    return check_up_assignment(moment) if moment else id


def _exercise_id(topic: str, level: int | None) -> str:
    """Return the id of an exercise without its seed. Raise click.UsageError if the topic doesn't have the level."""
    levels = levels_of(topic)
    if level is not None and level not in levels:
        raise click.UsageError(f"--practice {topic} has only level {levels[0]}")
    choice = Choice(topic, level or levels[0])
    return choice.id.removesuffix(f"-{choice.seed}")


def _write_task(file: ClassFile, task: ClassAssignment) -> str:
    """Write an assignment, and return a sentence about it. Raise Problems if it can't be one."""
    assignment = task.assignment
    if assignment.opens and assignment.due and assignment.opens >= assignment.due:
        message = "this exam would end before it starts"
        raise Problems(command_problem("no-window", message, "give --to a later time"))
    if (
        file.kept.find_assignment(task.id) is None
        and len(file.kept.assignments) >= MAX_ASSIGNMENTS
    ):
        message = f"{file.kept.name} already has {MAX_ASSIGNMENTS} assignments"
        raise Problems(
            command_problem("too-many", message, "remove an assignment with --remove first")
        )
    file.write_assignment(task)
    points = f"{task.points:g} points"
    return f"{file.kept.name}: {assignment_text(assignment, file.kept.own_scenarios)}; {points}"


def _remove_task(file: ClassFile, subject: str, task: ClassAssignment | None) -> str:
    """Remove an assignment, and return a sentence about it. Raise Problems if the class doesn't have it."""
    if task is None:
        message = f"{subject} isn't assigned to {file.kept.name}"
        mend = f"to list the assignments, run {class_command(file.kept.name, 'show')}"
        raise Problems(command_problem("not-assigned", message, mend))
    file.remove_assignment(subject)
    return f"{file.kept.name}: {subject} is no longer assigned. Its hand-ins and marks are kept, but don't count"


def _known_task(
    file: ClassFile, task: ClassAssignment | None, subject: str
) -> ClassAssignment:
    """Return an assignment of the class. Raise Problems if it is None, because the class doesn't have it."""
    if task is None:
        message = f"{subject} isn't assigned to {file.kept.name} yet"
        mend = "assign it to the class first, without --for"
        raise Problems(command_problem("not-assigned", message, mend))
    return task


def _remove_allowance(
    file: ClassFile, who: str, task: ClassAssignment | None, subject: str
) -> str:
    """Remove one learner's allowance, and return a sentence about what counts for them now. Raise Problems."""
    member = file.kept.find_member(who)
    task = _known_task(file, task, subject)
    file.write_allowance(member.first_variant, subject, Allowance())
    dates = assignment_text(task.assignment, file.kept.own_scenarios)
    return f"{member.learner.name} ({member.learner.key}) now has the same dates as the whole class: {dates}"


def _allow(
    file: ClassFile,
    who: str,
    task: ClassAssignment | None,
    subject: str,
    allowance: Allowance,
) -> str:
    """Write one learner's allowance (other dates, or another variant), and return a sentence about it.

    What `allowance` leaves out stays as an earlier allowance set it, and so do earlier variants. Raise Problems if the class
    doesn't have the assignment (`task` is None), or if an exam would end before it begins.
    """
    member = file.kept.find_member(who)
    task = _known_task(file, task, subject)
    before = file.kept.allowance(member.learner.key, subject)
    after = Allowance(
        _checked_instant(allowance.due) or before.due,
        _checked_instant(allowance.opens) or before.opens,
        tuple(dict.fromkeys((*before.accepted_variants, *allowance.accepted_variants))),
    )
    dates = structs.replace(
        task.assignment,
        due=after.due or task.assignment.due,
        opens=after.opens or task.assignment.opens,
    )
    if dates.opens and dates.due and dates.opens >= dates.due:
        message = "this exam would end before it starts"
        raise Problems(command_problem("no-window", message, "give --to a later time"))
    file.write_allowance(member.first_variant, subject, after)
    text = f"{assignment_text(dates, file.kept.own_scenarios)}{after.variants_text}"
    return f"{member.learner.name} ({member.learner.key}): {text}"
