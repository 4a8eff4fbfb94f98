"""Run `coffeeshop class links`, which lists each learner's code and browser link."""

from __future__ import annotations

from pathlib import Path

import click

from coffeeshop.classroom.cells import for_spreadsheets, row
from coffeeshop.classroom.kept_class import KeptClass, Member, read_class
from coffeeshop.cli.class_commands import echo_line
from coffeeshop.cli.classes import CLASS_OPTION, THIS_MACHINE, chosen_class, class_address
from coffeeshop.cli.options import FilePath
from coffeeshop.cli.problems import report_write_errors
from coffeeshop.files import make_folder, write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.lessons.play.save_names import folder_name
from coffeeshop.views.text import count_noun


@click.command()
@click.option(
    "--url",
    help=f"The address of your server (default: the one you named last, or {THIS_MACHINE}).",
)
@click.option(
    "--out",
    type=FilePath("is where the table goes if you leave out --out"),
    metavar="FILE",
    help="Write the codes and links to a CSV file.",
)
@click.option(
    "--files",
    type=FilePath("isn't a folder"),
    metavar="FOLDER",
    help="Write a file for each learner. A learner joins with `coffeeshop join FILE`.",
)
@CLASS_OPTION
def links(
    url: str | None, out: Path | None, files: Path | None, class_name: str | None
) -> None:
    """List each learner's code and browser link. Both are secret, so give them only to that learner.

    A code contains the current assignments. After you assign more, give out new codes. Each learner keeps the same
    variants. A link works while `coffeeshop serve --class NAME` runs, and always shows the newest assignments.

    \b
    Example: coffeeshop class links --url https://shop.example.org --out links.csv
    Example: coffeeshop class links --files codes
    """
    path = chosen_class(class_name)
    kept = read_class(path)
    address = class_address(path, kept, url) or THIS_MACHINE
    rows = [_link_row(kept, member, address) for member in kept.members]
    if out is not None:
        with report_write_errors(out, "choose another file with --out"):
            table = "".join(map(row, (LINK_HEADINGS, *rows)))
            write_whole(out, for_spreadsheets(table), private=True)
        echo_line(f"{out}: {count_noun(len(rows), 'learner')}")
    if files is not None:
        _write_join_files(kept, files)
    if out is None and files is None:
        for key, name, *_, code, link in rows:
            echo_line(f"{name} ({key})")
            click.echo(f"  coffeeshop join {code}\n  {link}")


LINK_HEADINGS = ("learner", "name", "login", "email", "code", "link")


def _link_row(kept: KeptClass, member: Member, url: str) -> tuple[str, ...]:
    """Return what one learner gets: their code and their link. A login that is an address stands for a missing email."""
    learner = member.learner
    login = learner.entries.get("login", "")
    email = learner.entries.get("email", "") or (login if "@" in login else "")
    return (
        learner.key,
        learner.name,
        login,
        email,
        kept.code(learner.key),
        f"{url}/{member.link}/",
    )


def _write_join_files(kept: KeptClass, folder: Path) -> None:
    """Write a file with the code of each learner. Raise Problems."""
    with report_write_errors(folder, "choose another folder with --files"):
        make_folder(folder, 0o700)
        for member in kept.members:
            key = member.learner.key
            write_whole(
                folder / f"{folder_name(key)}.txt", join_file(kept, key), private=True
            )
    echo_line(f"{folder} has a file for each of {count_noun(len(kept.members), 'learner')}")


def join_file(kept: KeptClass, key: str) -> str:
    """Return the text of the file that a learner joins with."""
    learner = kept.members_by_key[key].learner
    lines = [
        f"This file is for {learner.name} in {kept.name}. Don't share it. To join the class, run:"
    ]
    lines += ["", f"coffeeshop join {kept.code(key)}", ""]
    return "\n".join((escape_line(lines[0]), *lines[1:], ""))
