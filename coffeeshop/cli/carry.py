"""`coffeeshop export` and `coffeeshop import`: what a play did, carried elsewhere, and a real account, carried here."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click

from coffeeshop.account.instants import format_instant
from coffeeshop.account.records.authorization_details import import_details
from coffeeshop.cli.carried_plays import carried_by, check_played, collect_class
from coffeeshop.cli.options import LEARNER, SCENARIOS, VARIANT, OutPath, is_typed, of_class
from coffeeshop.cli.output import (
    beginning,
    find_taken_name,
    kept_by,
    learner_name,
    write_account,
)
from coffeeshop.cli.problems import complain, error, writing
from coffeeshop.files import decode_text, read_input, write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.export import FORMS, UNDO
from coffeeshop.lessons.scenario.folder_files import DETAILS_LIMIT
from coffeeshop.lessons.scenario.schema import FILE
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.policy.model import Problems
from coffeeshop.views.text import count_noun

# ---------------------------------------------------------------------- export
FORM = click.Choice([form for form in FORMS if form != UNDO])


@click.command()
@click.argument("name")
@click.option(
    "--format", "form", type=FORM, default="handin", show_default=True, help="What of it."
)
@click.option(
    "--undo", is_flag=True, help="Of a script: the one that takes away again what it makes."
)
@click.option(
    "--out",
    type=OutPath(),
    metavar="FILE",
    help="A file; else standard output, as for -. Of a class: a folder.",
)
@of_class("The class (CSV): of each learner who played it here.")
@VARIANT
@LEARNER
@SCENARIOS
def export(
    name: str,
    form: str,
    undo: bool,
    out: Path | None,
    list_of: Path | None,
    variant: int | None,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Write down the play NAME (a scenario, or an imported account) as it is kept; of several variants, the last
    played.

    handin: to be graded elsewhere, say as NAME.handin.jsonl. script: bash with the AWS CLI, for a real account, with what
    was there before the play (WORLD=no leaves that out); with --undo, the one that takes all of it away again. details:
    the account as `aws iam get-account-authorization-details` prints it. json: the acts alone, one a line: when ("at"),
    by which credential ("as"), which "call" with which "parameters"; the same play gives the same bytes. cloudtrail: what
    CloudTrail records. With --roster, of all who played it on this machine, in a folder for each.
    """
    if undo and form != "script":
        message = (
            f"--undo takes away what a script makes, and --format {form} makes nothing"
        )
        raise Problems(
            error("no-undo", message, "leave it out, or write --format script --undo")
        )
    form = UNDO if undo else form
    written = carried_by(name, form, variant, extra)
    if list_of is not None:
        if is_typed("learner"):
            raise click.UsageError("choose one of --roster and --learner")
        if out is None:
            raise click.UsageError("a class needs a folder: add --out hand-ins")
        raise SystemExit(collect_class(list_of, name, form, written, out, extra))
    if FORMS[form].acts:
        check_played(name, variant, learner_name(learner), extra)
    with closing(kept_by(learner)) as progress_kept:
        text = written(progress_kept)
    if out is None:
        click.echo(text, nl=False)
        return
    with writing(out, "name another file"):
        write_whole(out, text)


# ---------------------------------------------------------------------- import
@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "name",
    required=True,
    metavar="NAME",
    help="What to call it: coffeeshop play NAME.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="The credential report (CSV), as text, not in base64.",
)
@SCENARIOS
def import_account(file: Path, name: str, report: Path | None, extra: Path | None) -> None:
    """Make a free play of a real account, of which FILE (- for standard input) holds the authorization details.

    FILE is what `aws iam get-account-authorization-details --output json` prints: users, groups, roles, managed policies
    with all versions, attachments, boundaries, tags. It may come in pages, in a list or one behind the other. What of it
    is not simulated, or names what the file lacks, is told. Not in such a file, so not in the play either: passwords,
    keys and MFA devices (--report brings that there are some), policies of buckets, queues and functions, policies of
    the organization, the longest session of a role.

    It becomes a scenario without checks in the folder accounts/ of your data (COFFEESHOP_DATA), where you are root:
    nothing of it leaves this machine.
    """
    problems = [*find_taken_name(name, extra)]
    texts = list[str]()
    for path in filter(None, (file, report)):
        try:
            texts.append(_text(path))
        except Problems as found:
            problems += found.problems
    if problems:
        raise Problems(*problems)
    details, *reports = texts
    current_time = beginning()
    account, odd = import_details(
        details, b"", current_time, reports[0] if reports else None
    )
    complain(odd)  # about what stays behind
    users = sorted(user.name for user in account.users.values())
    form = _scenario(name, account.id, current_time, users, bool(reports))
    files = {FILE: form, "details.json": details, "world.sh": WORLD, "solution.sh": ""}
    if reports:
        files["report.csv"] = reports[0]
    folder = write_account(name, files)
    books = {"user": account.users, "group": account.groups, "role": account.roles}
    counts = ", ".join(count_noun(len(book), noun) for noun, book in books.items())
    kept_text = f"The account {account.id} ({counts}) is kept in {folder}."
    click.echo(escape_line(f"{kept_text} Play in it: {command_line('play', name)}"))


WORLD = "# what happened before the play begins: lines of the AWS CLI, run by root\n"
SCENARIO = '''format = 1
id = {id}
title = {title}
chapter = 0
article = "beyond"
objective = "Look around in an account of your own"

[story]
text = """
This is the account {account}, as its authorization details describe it. Nothing is asked of you: you are root, look
around and change what you like. Nothing of it leaves this machine, and the real account does not change.

Root signs in here with {email} and the password {password}. The passwords of the users are in no file: give them new
ones, with aws iam create-login-profile, or update-login-profile where there is one.
"""

[world]
now = "{now}"
details = "details.json"{report}
desk = ["root"]

[people]
admins = {users}
'''


def _scenario(
    name: str, account: str, current_time: datetime, users: list[str], report: bool
) -> str:
    owner = course_shop().account
    return SCENARIO.format(
        id=json.dumps(name),
        title=json.dumps(f"The account {name}"),
        account=account,
        email=owner.email,
        password=owner.password,
        now=format_instant(current_time),
        report='\nreport = "report.csv"' if report else "",
        users=json.dumps(users),
    )


def _text(path: Path) -> str:
    """The text of a file. Raises Problems."""
    data = read_input(str(path), DETAILS_LIMIT)
    try:
        return decode_text(data)
    except ValueError as wrong:
        message = f"{escape_line(str(path))} cannot be read: {wrong}"
        raise Problems(
            error(
                "unreadable", message, "name a text file in UTF-8, or - for standard input"
            )
        ) from None
