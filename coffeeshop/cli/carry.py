"""Run `coffeeshop export`, which writes a play to a file, and `coffeeshop import`, which reads a real account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click

from coffeeshop.account.instants import format_instant
from coffeeshop.account.records.authorization_details import import_details
from coffeeshop.cli.carried_plays import (
    CarriedPlay,
    carry_play,
    check_save_exists,
    ends_exam,
    export_class,
    play_exporter,
)
from coffeeshop.cli.classes import note_roster_file
from coffeeshop.cli.options import (
    LEARNER_OPTION,
    SCENARIOS_OPTION,
    VARIANT_OPTION,
    OutputPath,
    complete_scenarios,
    roster_option,
    was_option_typed,
)
from coffeeshop.cli.output import (
    account_start_time,
    learner_name,
    name_problems,
    open_existing_save,
    wall_clock,
    write_account,
)
from coffeeshop.cli.problems import (
    NOT_DONE,
    command_problem,
    is_confirmed,
    print_problems,
    report_write_errors,
)
from coffeeshop.files import decode_text, read_input, write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.export import EXPORT_FORMS, HAND_IN, UNDO_FORM
from coffeeshop.lessons.play.membership import Membership
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.find import is_named
from coffeeshop.lessons.scenario.folder_files import DETAILS_LIMIT
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.lessons.sitting.check_up_handin import check_up_handin
from coffeeshop.lessons.teaching.course_check_up import assigned_moment
from coffeeshop.policy.model import Problems
from coffeeshop.views.assignments import instant_text
from coffeeshop.views.text import count_noun

# ---------------------------------------------------------------------- export
FORM_CHOICE = click.Choice([form for form in EXPORT_FORMS if form != UNDO_FORM])


@click.command()
@click.argument("name", shell_complete=complete_scenarios)
@click.option(
    "--format",
    "form",
    type=FORM_CHOICE,
    default="handin",
    show_default=True,
    help="What to write.",
)
@click.option(
    "--undo",
    is_flag=True,
    help="Write the script that removes everything that the script creates.",
)
@click.option(
    "--out",
    type=OutputPath(),
    metavar="FILE",
    help="A file, or - for standard output (the default). For a class: a folder.",
)
@click.option("--yes", "is_sure", is_flag=True, help="Don't ask before this ends an exam.")
@roster_option(
    "Write it for each learner who played it here: the class by name, or its roster (CSV)."
)
@VARIANT_OPTION
@LEARNER_OPTION
@SCENARIOS_OPTION
def export(
    name: str,
    form: str,
    undo: bool,
    out: Path | None,
    is_sure: bool,
    roster_path: Path | None,
    variant: int | None,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Write the saved play NAME (a scenario or an imported account) to a file.

    Without --variant, it is the one that `coffeeshop play` continues. If nothing was done in that, it is the variant that
    you played last.

    handin: acts to grade elsewhere, usually in NAME.handin.jsonl. script: a bash script with AWS CLI commands for a real
    account. It also makes the account as it was before the play, unless you run it with WORLD=no. With --undo, you get a
    script that removes all of it again. details: the account as `aws iam get-account-authorization-details` prints it.
    json: one act in each line, with its time ("at"), credential ("as"), "call" and "parameters". The same play gives the
    same bytes. cloudtrail: the events that CloudTrail records. With --roster, export the play of each learner who played
    on this machine, each into a folder of its own. A hand-in ends an open exam, and you are asked first.

    \b
    Example: coffeeshop export 05 --out 05.handin.jsonl
    """
    if undo and form != "script":
        message = f"--undo is for --format script, and not for --format {form}"
        raise Problems(
            command_problem(
                "no-undo", message, "leave it out, or write --format script --undo"
            )
        )
    form = UNDO_FORM if undo else form
    if assigned_moment(name) and form != HAND_IN:
        raise click.UsageError(f"{name} has no acts: export it as {HAND_IN}")
    if roster_path is not None:
        raise SystemExit(_export_for_class(roster_path, name, form, variant, out, extra))
    if EXPORT_FORMS[form].acts:
        check_save_exists(name, variant, learner_name(learner), extra)
    if moment := assigned_moment(name):
        _export_check_up(moment, out, learner)
        return
    with closing(open_existing_save(learner)) as save:
        if form == HAND_IN and not is_sure:
            _ask_before_exam_ends(save, name, extra)
        carried = carry_play(save, name, form, variant, extra)
        membership = save.membership
    notes = [*_carried_notes(carried, membership)]
    if out is None:
        click.echo(carried.text, nl=False)
    else:
        with report_write_errors(out, "name another file"):
            write_whole(out, carried.text)
        notes.insert(0, _written_line(out, form, carried))
    for note in notes:
        click.echo(escape_line(note), err=out is None)


def _export_for_class(
    roster_path: Path,
    name: str,
    form: str,
    variant: int | None,
    out: Path | None,
    extra: Path | None,
) -> int:
    """Export the play of each learner of a roster, and return the exit code. Raise Problems."""
    if was_option_typed("learner"):
        raise click.UsageError("choose one of --roster and --learner")
    if out is None:
        raise click.UsageError("a class needs a folder: add --out hand-ins")
    note_roster_file(roster_path, "export", "class collect")
    export_play = play_exporter(name, form, variant, extra)
    return export_class(roster_path, name, form, export_play, out, extra)


def _ask_before_exam_ends(save: Progress, name: str, extra: Path | None) -> None:
    """Ask whether to hand in, if that ends an exam. Without a yes, end the command."""
    question = "This ends your exam, and the first hand-in counts. Hand in now?"
    if ends_exam(save, name, extra) and not is_confirmed(question, "hand in"):
        click.echo("Nothing was handed in. Your exam goes on.", err=True)
        raise SystemExit(NOT_DONE)


def _export_check_up(moment: str, out: Path | None, learner: str | None) -> None:
    """Write the hand-in of a check-up of the course. Raise Problems."""
    with closing(open_existing_save(learner)) as save:
        text = check_up_handin(save, moment)
    if out is None:
        click.echo(text, nl=False)
        return
    with report_write_errors(out, "name another file"):
        write_whole(out, text)
    click.echo(
        escape_line(f"{out}: your check-up {moment} the course. Give it to your teacher.")
    )


def _written_line(out: Path, form: str, carried: CarriedPlay) -> str:
    """Return what a file holds, and for a hand-in of a class, when it was handed in."""
    text = f"{out}: {EXPORT_FORMS[form].say}. {carried.play.scenario.full_title}"
    if carried.handed_in is None:
        return f"{text}."
    return f"{text}, handed in {instant_text(carried.handed_in)}. Give this file to your teacher."


def _carried_notes(carried: CarriedPlay, membership: Membership | None) -> Iterator[str]:
    """Yield what a learner has to know about a play that was exported: another variant, and an exam that it ends."""
    scenario = carried.play.scenario
    if carried.own_variant is not None:
        text = f"This is variant {scenario.variant}, which you played last."
        text = f"{text} In your own variant, {carried.own_variant}, nothing was done yet."
        accepts = " Ask your teacher to accept this one." if membership else ""
        yield f"{text}{accepts}"
    if carried.earlier is not None:
        yield f"You handed it in at {instant_text(carried.earlier)}, and changed your play after that. So this is a new hand-in."
    exam = membership.exam_at(wall_clock()) if membership else None
    if exam and carried.handed_in and is_named(exam.id, scenario.id):
        yield "Your exam ends with this. The first hand-in counts. Results and lessons are open to you again."


# ---------------------------------------------------------------------- import
@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "name",
    required=True,
    metavar="NAME",
    help="The name to play it by: coffeeshop play NAME.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="The credential report (CSV), as text, not in base64.",
)
@SCENARIOS_OPTION
def import_account(file: Path, name: str, report: Path | None, extra: Path | None) -> None:
    """Make a free play of a real account from its authorization details in FILE (- for standard input).

    FILE is the output of `aws iam get-account-authorization-details --output json`: users, groups, roles, managed policies
    with all versions, attachments, boundaries, tags. Several pages can be in a list or follow one another. Parts that
    aren't simulated are listed. The file doesn't contain passwords, keys and MFA devices (--report adds which exist),
    the policies of buckets, queues and functions, the organization's policies, or the longest session of a role. So the
    play doesn't have them either.

    The account becomes a scenario without checks in the folder accounts/ of your data (COFFEESHOP_DATA). You are root
    there. Nothing is sent from this machine.

    \b
    Example: coffeeshop import details.json --as mine
    """
    problems = [*name_problems(name, extra)]
    texts = list[str]()
    for path in filter(None, (file, report)):
        try:
            texts.append(_read_text(path))
        except Problems as found:
            problems += found.problems
    if problems:
        raise Problems(*problems)
    details, *reports = texts
    current_time = account_start_time()
    account, warnings = import_details(
        details, b"", current_time, reports[0] if reports else None
    )
    print_problems(warnings)  # about parts of the account that can't be imported
    users = sorted(user.name for user in account.users.values())
    form = _scenario_text(name, account.id, current_time, users, bool(reports))
    files = {
        SCENARIO_FILE: form,
        "details.json": details,
        "world.sh": WORLD_HEAD,
        "solution.sh": "",
    }
    if reports:
        files["report.csv"] = reports[0]
    folder = write_account(name, files)
    entities_by_noun = {
        "user": account.users,
        "group": account.groups,
        "role": account.roles,
    }
    counts = ", ".join(
        count_noun(len(entities), noun) for noun, entities in entities_by_noun.items()
    )
    summary = f"The account {account.id} ({counts}) is saved in {folder}."
    click.echo(escape_line(f"{summary} Play in it: {command_line('play', name)}"))


WORLD_HEAD = "# what happened before the play begins: lines of the AWS CLI, run by root\n"
SCENARIO_TEMPLATE = '''format = 1
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


def _scenario_text(
    name: str, account: str, current_time: datetime, users: list[str], report: bool
) -> str:
    """Return the scenario.toml of an imported account.

    `users` are its users' names, `report` tells that it has a credential report.
    """
    owner = course_shop().account
    return SCENARIO_TEMPLATE.format(
        id=json.dumps(name),
        title=json.dumps(f"The account {name}"),
        account=account,
        email=owner.email,
        password=owner.password,
        now=format_instant(current_time),
        report='\nreport = "report.csv"' if report else "",
        users=json.dumps(users),
    )


def _read_text(path: Path) -> str:
    """Return the text of a file in UTF-8. Raise Problems."""
    data = read_input(str(path), DETAILS_LIMIT)
    try:
        return decode_text(data)
    except ValueError as wrong:
        message = f"{escape_line(str(path))} cannot be read: {wrong}"
        raise Problems(
            command_problem(
                "unreadable", message, "name a text file in UTF-8, or - for standard input"
            )
        ) from None
