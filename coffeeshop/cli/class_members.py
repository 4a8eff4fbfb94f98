"""Run the commands about the learners of a class: `class new`, `add` and `correct`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from shlex import quote

import click

from coffeeshop.classroom.assign import csv_with_drawn_columns
from coffeeshop.classroom.corrections import correct_learner
from coffeeshop.classroom.kept_class import (
    KeptClass,
    Member,
    change_class,
    class_path,
    create_class,
    read_class,
)
from coffeeshop.classroom.newcomers import EMPTY_HEADINGS, Addition, add_newcomers
from coffeeshop.classroom.roster import (
    DOUBLE_NAME,
    ID_FIELDS,
    NAME_FIELDS,
    Roster,
    parse_roster,
    roster_of_rows,
)
from coffeeshop.cli.class_commands import echo_line
from coffeeshop.cli.classes import CLASS_OPTION, chosen_class, class_command, classes_folder
from coffeeshop.cli.output import wall_clock
from coffeeshop.cli.problems import command_problem
from coffeeshop.cli.roster import read_roster_with_warnings
from coffeeshop.policy.problem import Level, Problem, Problems
from coffeeshop.views.assignments import assignment_title, instant_text
from coffeeshop.views.text import count_noun

UNSAFE_PROBLEMS = ("shared-variant", "shared-practice", DOUBLE_NAME)  # problems of a roster


@click.command()
@click.argument("name")
@click.option(
    "--roster",
    "roster_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The class as a CSV file: yours, or an export from Canvas, Moodle, Brightspace or Gradescope.",
)
@click.option(
    "--empty",
    is_flag=True,
    help="Start without learners. Your learning platform adds them later.",
)
def new(name: str, roster_path: Path | None, empty: bool) -> None:
    """Make a class called NAME from a roster.

    Each learner gets a code and their own variants. The class is saved as one file in your data folder. If you write the
    roster yourself, use the headings id, name and email. Learners are identified by id, login or email, never by name. If
    the roster has a column called variant, learners keep those variants.

    \b
    Example: coffeeshop class new IAM-101 --roster class.csv
    Example: coffeeshop class new IAM-102 --empty
    """
    if (roster_path is None) != empty:
        raise click.UsageError("name a roster with --roster FILE, or add --empty")
    path = class_path(classes_folder(), name)
    if roster_path is None:
        roster = roster_of_rows(EMPTY_HEADINGS, ())
    else:
        roster = _roster_of_class(roster_path)
    drawn = parse_roster(
        "".join(csv_with_drawn_columns(roster, ("variant",), token_hex(16)))
    )
    kept = create_class(path, name, drawn)
    if kept.members:
        learners_text = f"{count_noun(len(kept.members), 'learner')}, each with a code"
    else:
        learners_text = "no learners yet"
    echo_line(f"{name}: {learners_text}. The class is saved in {path}")
    if roster_path is not None:
        echo_line(_columns_line(roster, roster_path))
    for line in _namesake_lines(kept):
        echo_line(line)
    echo_line(f"Next: {class_command(name, 'assign 05 --due 2026-12-04')}")


def _roster_of_class(path: Path) -> Roster:
    """Return the roster in a file. Raise Problems if it names no learner, or if two can't be told apart."""
    roster = read_roster_with_warnings(path)
    _check_roster(roster, path)
    if not roster.learners:
        message = f"{path} contains no learners"
        raise Problems(
            command_problem("no-learners", message, "add a row for each learner")
        )
    return roster


def _check_roster(roster: Roster, path: Path | None) -> None:
    """Raise Problems if two learners of a roster can't be told apart, or share variants."""
    problems = [
        replace(problem, level=Level.ERROR, mend=_roster_fix(problem))
        for problem in roster.problems
        if problem.code in UNSAFE_PROBLEMS
    ]
    if problems:
        raise Problems(*problems)


def _roster_fix(problem: Problem) -> str:
    """Return how to fix a roster in which two learners can't be told apart."""
    if problem.code == DOUBLE_NAME:
        return "add a column with each learner's id or email"
    return problem.mend


def _columns_line(roster: Roster, path: Path) -> str:
    """Return what was read from which column of a roster: "read from class.csv: id (SIS User ID), name (Student)"."""
    columns = [
        f"{field} ({heading.strip()})"
        for field, heading in zip(roster.fields, roster.headings, strict=True)
        if field in (*ID_FIELDS, *NAME_FIELDS)
    ]
    return f"Columns used from {path}: {', '.join(columns)}"


def _namesake_lines(kept: KeptClass) -> Iterator[str]:
    """Yield a line for each name that several learners have."""
    keys_by_name: dict[str, list[str]] = {}
    for member in kept.members:
        keys_by_name.setdefault(member.learner.name.casefold(), []).append(
            member.learner.key
        )
    counts = Counter(member.learner.name for member in kept.members)
    for name, count in counts.items():
        if count > 1:
            keys = ", ".join(keys_by_name[name.casefold()])
            yield f"{count} learners are called {name}. In commands, use their ids: {keys}"


@click.command()
@click.argument(
    "roster_path", type=click.Path(path_type=Path), required=False, metavar="[ROSTER]"
)
@click.option("--id", "learner_id", default="", help="The learner's id.")
@click.option("--login", default="", help="The learner's login.")
@click.option("--email", default="", help="The learner's email.")
@click.option("--name", default="", help="The learner's name.")
@CLASS_OPTION
def add(
    roster_path: Path | None,
    learner_id: str,
    login: str,
    email: str,
    name: str,
    class_name: str | None,
) -> None:
    """Add learners who join late. Nothing changes for the others.

    Describe one learner with options, or name a ROSTER. From a roster, learners who aren't in the class yet are added, so
    it can be a new export of the whole class.

    \b
    Example: coffeeshop class add --name "Zoe Park" --email zoe@example.org
    Example: coffeeshop class add newest-export.csv
    """
    typed = {"learner id": learner_id, "login": login, "email": email, "name": name}
    entries = {heading: text.strip() for heading, text in typed.items() if text.strip()}
    if (roster_path is None) == (not entries):
        raise click.UsageError(
            "name a ROSTER, or one learner with --id, --email and --name"
        )
    if roster_path is None:
        new_roster = roster_of_rows((*entries,), ((*entries.values(),),))
    else:
        new_roster = _roster_of_class(roster_path)
    _check_roster(new_roster, roster_path)
    path = chosen_class(class_name)
    with change_class(path) as file:
        if roster_path is None:
            _check_distinct(file.kept, name, learner_id)
        addition = add_newcomers(file.kept.roster, new_roster, token_hex(16))
        _check_roster(addition.roster, roster_path)
        file.write_roster(addition.roster)
    for line in _addition_lines(read_class(path), addition):
        echo_line(line)


def _addition_lines(kept: KeptClass, addition: Addition) -> Iterator[str]:
    """Yield who was added, with their codes, and how many were there already."""
    for learner in addition.newcomers:
        member = kept.find_member(learner.key)
        yield f"Added {member.learner.name} ({member.learner.key}), who joins with: coffeeshop join {kept.code(member.learner.key)}"
        yield from _past_due_lines(kept, member)
    if addition.known_learners:
        yield f"{count_noun(len(addition.known_learners), 'learner')} already in the class"
    yield f"{kept.name}: {count_noun(len(kept.members), 'learner')}"


def _check_distinct(kept: KeptClass, name: str, learner_id: str) -> None:
    """Raise Problems if a new learner has the name of others, and no id to tell them apart."""
    namesakes = [
        member.learner.key
        for member in kept.members
        if name.strip() and member.learner.name.casefold() == name.strip().casefold()
    ]
    if not namesakes or learner_id.strip():
        return
    who = "a learner" if len(namesakes) == 1 else f"{len(namesakes)} learners"
    message = (
        f"{kept.name} already has {who} called {name[:80]!a}: {', '.join(namesakes[:10])}"
    )
    raise Problems(
        command_problem("namesake", message, "if you mean another person, add --id ID")
    )


def _past_due_lines(kept: KeptClass, member: Member) -> Iterator[str]:
    """Yield the assignments that were due before a learner came, and how to give a date of their own."""
    now = wall_clock()
    key = quote(member.learner.key)
    for task in kept.assignments:
        due = kept.assignment_for(member.learner.key, task).due
        if due is None or due > now:
            continue
        if task.assignment.is_exam:
            words = f"exam {task.id} --for {key} --from TIME --to TIME"
        else:
            words = f"assign {task.id} --for {key} --due DATE"
        title = assignment_title(task.id, kept.own_scenarios)
        command = class_command(kept.name, words)
        yield f"  {title} was due {instant_text(due)}. To give a later date: {command}"


# --------------------------------------------------------------------- correct
@click.command()
@click.argument("who", metavar="LEARNER")
@click.option("--name", default="", help="The learner's correct name.")
@click.option("--email", default="", help="The learner's correct email.")
@click.option("--login", default="", help="The learner's correct login.")
@CLASS_OPTION
def correct(who: str, name: str, email: str, login: str, class_name: str | None) -> None:
    """Correct the name, email or login of a learner. Their id, code, variants and marks don't change.

    You can't change the column that identifies learners, such as the email in a roster without ids.

    \b
    Example: coffeeshop class correct s1007 --name "Zoe Park"
    """
    typed = {"name": name, "email": email, "login": login}
    entries = {field: text.strip() for field, text in typed.items() if text.strip()}
    if not entries:
        raise click.UsageError("give the correct value with --name, --email or --login")
    with change_class(chosen_class(class_name)) as file:
        learner = file.kept.find_member(who).learner
        roster = correct_learner(file.kept.roster, learner, entries)
        _check_roster(roster, None)
        if learner.key not in {each.key for each in roster.learners}:
            message = f"{learner.key} identifies {learner.name} in this class, so it can't be changed"
            fix = "add this learner to the class again, with the correct value"
            raise Problems(command_problem("key", message, fix))
        file.write_roster(roster)
    corrected = next(each for each in roster.learners if each.key == learner.key)
    email_text = f", {entries['email']}" if email else ""
    echo_line(f"{learner.name} ({learner.key}) is now {corrected.name}{email_text}")
