"""Run `coffeeshop roster`, which assigns each learner of a class a variant, a practice seed and a pseudonym."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import click

from coffeeshop.classroom.assign import csv_with_drawn_columns
from coffeeshop.classroom.cells import for_spreadsheets
from coffeeshop.classroom.given import copy_drawn_entries
from coffeeshop.classroom.roster import Roster, read_roster
from coffeeshop.cli.classes import kept_class_named, replaced_by
from coffeeshop.cli.options import OUT_OPTION
from coffeeshop.cli.output import data_folder
from coffeeshop.cli.problems import command_problem, print_problems, report_write_errors
from coffeeshop.files import lock_folder, make_folder, read_file, write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.policy.problem import Level, Place, Problems
from coffeeshop.views.text import count_noun


@click.group(hidden=True)
def roster() -> None:
    """Give each learner in a class a different variant of the scenarios.

    A roster is a CSV file with headings in its first row. One column must identify learners: learner (or ID number, SIS
    User ID, OrgDefinedId, SID), username, email or name. You can use exports from Canvas, Moodle, Brightspace and
    Gradescope.

    \b
    Example: coffeeshop roster assign class.csv --out given.csv
    """


@roster.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--practice", is_flag=True, help="Also give everyone a seed for coffeeshop practice."
)
@click.option(
    "--pseudonyms",
    is_flag=True,
    help="Also create a pseudonym for each learner.",
)
@click.option(
    "--seed",
    default="",
    metavar="TEXT",
    help="Text from which the variants are computed (default: a seed that is saved on this machine).",
)
@OUT_OPTION
def assign(
    file: Path, practice: bool, pseudonyms: bool, seed: str, out: Path | None
) -> None:
    """Copy the roster FILE, and add a variant for each learner: the same scenarios with other names.

    Run it again with the same --out when learners join or leave. Learners keep their variants from that file, new
    learners get new ones, and learners who left stay in the file with a mark. If that isn't possible, the command says
    why and writes nothing. Each learner has a thousand variants, and the number is the first of them. A learner who
    looked at the solution can start again in the next variant. `grade --roster` accepts these variants only from this
    learner.

    \b
    Example: coffeeshop roster assign class.csv --out given.csv
    """
    replaced_by("roster assign", "class new NAME --roster FILE")
    new_roster = read_roster_with_warnings(file)
    before = _previous_roster(file, out)
    if before is None:
        class_roster = new_roster
    else:
        class_roster = _keep_previous_variants(new_roster, before, out)
    if shared := [
        problem for problem in class_roster.problems if problem.code.startswith("shared-")
    ]:
        raise Problems(*(replace(problem, level=Level.ERROR) for problem in shared))
    fields = (
        "variant",
        *(("practice",) if practice else ()),
        *(("pseudonym",) if pseudonyms else ()),
    )
    text = "".join(csv_with_drawn_columns(class_roster, fields, seed or _machine_seed()))
    if out is None:
        click.echo(text, nl=False)
        return
    with report_write_errors(out, "choose another file with --out"):
        write_whole(out, for_spreadsheets(text))
    click.echo(
        escape_line(
            f"{out}: {_roster_summary(class_roster)}. Tell each learner to run: coffeeshop play --first-variant NUMBER"
        )
    )


def _previous_roster(file: Path, out: Path | None) -> Roster | None:
    """Return the roster that `out` holds from an earlier run, or None.

    It is None as well if `out` is the input file itself. Raise Problems if the file can't be read as a roster.
    """
    if (
        out is None
        or not os.path.lexists(out)
        or os.path.realpath(out) == os.path.realpath(file)
    ):
        return None
    try:
        return read_roster(out)
    except Problems as found:
        mend = "this file isn't overwritten: choose another file with --out"
        raise Problems(
            *(replace(problem, mend=mend) for problem in found.problems)
        ) from None


def _keep_previous_variants(roster: Roster, before: Roster, out: Path | None) -> Roster:
    """Return the roster with the variants that learners have in the earlier one. Raise Problems that name `out`."""
    try:
        return copy_drawn_entries(roster, before)
    except Problems as refused:
        place = Place(str(out))
        raise Problems(
            *(replace(problem, place=place) for problem in refused.problems)
        ) from None


def _roster_summary(class_roster: Roster) -> str:
    """Return how many learners are in the roster, how many of them are new, and how many
    left.

    A learner gets a variant when they are added to the stored roster. So a learner without
    one is new.
    """
    new = sum(not learner.entries.get("variant") for learner in class_roster.learners)
    message = count_noun(len(class_roster.learners), "learner")
    message += f", {new} of them new" if 0 < new < len(class_roster.learners) else ""
    if class_roster.former_learners:
        return f"{message}; {len(class_roster.former_learners)} who left keep their rows in case they come back"
    return message


def _machine_seed() -> str:
    """Return this machine's seed, drawn once and saved.

    With the same seed, learners get the same variants again, even if the earlier file is lost. Raise Problems.
    """
    path = data_folder() / SEED_FILE
    with report_write_errors(
        path, "name another folder in COFFEESHOP_DATA, or choose a seed with --seed TEXT"
    ):
        make_folder(path.parent, 0o700)
        with lock_folder(path.parent):
            if not path.exists():
                write_whole(path, token_hex(16), private=True)
    return read_file(path, 4096, f"move {path} away, and a new seed is created").decode(
        "utf-8", "replace"
    )


SEED_FILE = "roster.seed"  # in the folder of the saves


def read_roster_with_warnings(path: Path) -> Roster:
    """Return the roster in a file, or of the kept class of that name, and print warnings about it. Raise Problems."""
    if kept := kept_class_named(path):
        return kept.roster
    roster = read_roster(path)
    print_problems(roster.problems)
    return roster


def read_class_roster(path: Path, use_pseudonyms: bool) -> Roster:
    """Return the roster of a class. With `use_pseudonyms`, raise Problems if a learner has no pseudonym."""
    roster = read_roster_with_warnings(path)
    unnamed_learners = [learner.key for learner in roster.learners if not learner.pseudonym]
    if use_pseudonyms and unnamed_learners:
        message = (
            f"{count_noun(len(unnamed_learners), 'learner')} in {path} have no pseudonym"
        )
        raise Problems(
            command_problem(
                "no-pseudonym",
                message,
                f"to add pseudonyms, run {command_line(f'roster assign {path} --pseudonyms --out FILE')}",
            )
        )
    return roster
