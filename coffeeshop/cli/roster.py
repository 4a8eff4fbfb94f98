"""`coffeeshop roster`: what a class is given before it plays: a variant for each, a practice seed, a pseudonym."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import click

from coffeeshop.classroom.assign import roster_with_columns
from coffeeshop.classroom.cells import for_spreadsheets
from coffeeshop.classroom.given import keep_given
from coffeeshop.classroom.roster import Roster, read_roster
from coffeeshop.cli.options import OUT
from coffeeshop.cli.output import data_folder
from coffeeshop.cli.problems import complain, error, writing
from coffeeshop.files import lock_folder, make_folder, read_file, write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.policy.problem import Level, Place, Problems
from coffeeshop.views.text import count_noun


@click.group()
def roster() -> None:
    """Give each learner of a class an exercise of their own.

    A roster is a CSV file with a row of headings, one of which tells learners apart: learner (or ID number, SIS User ID,
    OrgDefinedId, SID), username, email or name. What Canvas, Moodle, Brightspace and Gradescope export is one.
    """


@roster.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--practice", is_flag=True, help="Give everybody a seed for coffeeshop practice, too."
)
@click.option(
    "--pseudonyms",
    is_flag=True,
    help="Give everybody a name that tells nobody who they are, too.",
)
@click.option(
    "--seed",
    default="",
    metavar="TEXT",
    help="Text from which the variants are drawn (default: a seed saved on this machine).",
)
@OUT
def assign(
    file: Path, practice: bool, pseudonyms: bool, seed: str, out: Path | None
) -> None:
    """Write the roster FILE again, with a variant for each learner: the same exercise in other names.

    Run it again with the same --out whenever somebody joins or leaves: what that file has given out stays, newcomers get
    theirs, and whoever left keeps what they had, in a row that says so. What can't be kept is told, and nothing is written.
    Each learner has a block of a thousand variants, of which the number is the first: a learner who looked at the solution
    begins again in the next, and grade --roster takes any of them from this learner, and from nobody else.
    """
    roster_read = take_roster(file)
    before = _given_before(file, out)
    if before is None:
        roster_kept = roster_read
    else:
        roster_kept = _keep_variants(roster_read, before, out)
    if shared := [
        problem for problem in roster_kept.problems if problem.code.startswith("shared-")
    ]:
        raise Problems(*(replace(problem, level=Level.ERROR) for problem in shared))
    fields = (
        "variant",
        *(("practice",) if practice else ()),
        *(("pseudonym",) if pseudonyms else ()),
    )
    text = "".join(roster_with_columns(roster_kept, fields, seed or _seed_kept_here()))
    if out is None:
        click.echo(text, nl=False)
        return
    with writing(out, "name another file with --out"):
        write_whole(out, for_spreadsheets(text))
    click.echo(
        escape_line(
            f"{out}: {_roster_summary(roster_kept)}. Hand out: coffeeshop play --first-variant NUMBER"
        )
    )


def _given_before(file: Path, out: Path | None) -> Roster | None:
    """Return the roster that lies where another will be written; None where nothing does, or the class itself. Raises
    Problems.
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
        mend = "it would be overwritten: name another file with --out"
        raise Problems(
            *(replace(problem, mend=mend) for problem in found.problems)
        ) from None


def _keep_variants(roster: Roster, before: Roster, out: Path | None) -> Roster:
    try:
        return keep_given(roster, before)
    except Problems as refused:
        place = Place(str(out))
        raise Problems(
            *(replace(problem, place=place) for problem in refused.problems)
        ) from None


def _roster_summary(roster_kept: Roster) -> str:
    """Return who is in the roster: how many, how many of them are new, and how many left."""
    new = sum(not learner.says.get("variant") for learner in roster_kept.learners)
    message = count_noun(len(roster_kept.learners), "learner")
    message += f", {new} of them new" if 0 < new < len(roster_kept.learners) else ""
    if roster_kept.left:
        return f"{message}; {len(roster_kept.left)} who left, for when they come back"
    return message


def _seed_kept_here() -> str:
    """Return the seed of this machine, drawn once: a learner whom no file remembers is given the same again. Raises Problems."""
    path = data_folder() / SEED
    with writing(path, "name a folder in COFFEESHOP_DATA, or draw by --seed TEXT"):
        make_folder(path.parent, 0o700)
        with lock_folder(path.parent):
            if not path.exists():
                write_whole(path, token_hex(16), private=True)
    return read_file(path, 4096, f"move {path} away, and another is drawn").decode(
        "utf-8", "replace"
    )


SEED = "roster.seed"  # in the folder of the saves


def take_roster(path: Path) -> Roster:
    """Read a roster, and tell what is odd in it. Raises Problems where nothing can be made of it."""
    roster = read_roster(path)
    complain(roster.problems)
    return roster


def take_class(path: Path, veiled: bool) -> Roster:
    """Read the roster of a class whose learners may be `veiled`: called by their pseudonyms. Raises Problems: also where one
    of them has none.
    """
    roster = take_roster(path)
    bare = [learner.key for learner in roster.learners if not learner.pseudonym]
    if veiled and bare:
        message = f"{count_noun(len(bare), 'learner')} of {path} have no pseudonym"
        raise Problems(
            error(
                "no-pseudonym",
                message,
                command_line(f"roster assign {path} --pseudonyms --out FILE"),
            )
        )
    return roster
