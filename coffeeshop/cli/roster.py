"""`coffeeshop roster`: what a class is given before it plays: a variant for each, a practice seed, a pseudonym."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex

import click

from coffeeshop.classroom.assign import assigned
from coffeeshop.classroom.cells import for_spreadsheets
from coffeeshop.classroom.roster import Roster, read_roster
from coffeeshop.cli.problems import complain, writing
from coffeeshop.files import write_whole
from coffeeshop.harmless import escaped_line
from coffeeshop.views.text import counted


@click.group()
def roster() -> None:
    """Give each learner of a class an exercise of their own.

    A roster is a CSV file with a row of headings, one of which tells learners apart: learner (or ID number, SIS User ID,
    OrgDefinedId, SID), username, email or name. What Canvas, Moodle, Brightspace and Gradescope export is one.
    """


@roster.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--practice", is_flag=True, help="Give everybody a seed for coffeeshop practice, too.")
@click.option("--pseudonyms", is_flag=True, help="Give everybody a name that tells nobody who they are, too.")
@click.option("--seed", default="", metavar="TEXT", help="Draw what this text draws; else by chance.")
@click.option("--out", type=click.Path(path_type=Path), help="A file; else standard output.")
def assign(file: Path, practice: bool, pseudonyms: bool, seed: str, out: Path | None) -> None:
    """Write the roster FILE again, with a variant for each learner: the same exercise in other names.

    What a learner has stays; so new ones get theirs when it is run again. Each has a block of a thousand variants, of
    which the number is the first: who was shown the solution begins again in the next, and grade --roster takes any of
    them from this learner, and from nobody else.
    """
    found = take_roster(file)
    fields = ("variant", *(("practice",) if practice else ()), *(("pseudonym",) if pseudonyms else ()))
    text = "".join(assigned(found, fields, seed or token_hex(16)))
    if out is None:
        click.echo(text, nl=False)
        return
    with writing(out, "name another file with --out"):
        write_whole(out, for_spreadsheets(text))
    click.echo(
        escaped_line(
            f"{out}: {counted(len(found.learners), 'learner')}. Hand out: coffeeshop play --first-variant NUMBER"
        )
    )


def take_roster(path: Path) -> Roster:
    """Read a roster, and tell what is odd in it. Raises Problems where nothing can be made of it."""
    found = read_roster(path)
    complain(found.problems)
    return found
