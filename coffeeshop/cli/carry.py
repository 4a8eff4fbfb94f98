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
    help="The format to write.",
)
@click.option(
    "--undo",
    is_flag=True,
    help="Write a second script, which removes everything that the first script creates.",
)
@click.option(
    "--out",
    type=OutputPath(),
    metavar="FILE",
    help="The file to write, or - for standard output (the default). For a class, a folder.",
)
@click.option("--yes", "is_sure", is_flag=True, help="End an exam without asking first.")
@roster_option(
    "Export the play of each learner in this class (its name, or its roster as CSV)."
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

    Without --variant, it exports the variant that `coffeeshop play` continues. If you haven't played that one yet, it
    exports the variant that you played last.

    handin: a file for your teacher to grade, usually NAME.handin.jsonl. script: a bash script with AWS CLI commands for a
    real account. It first creates what the account contained before the play, unless you run it with WORLD=no. With
    --undo, you get a second script that removes all of it again. details: the account as `aws iam
    get-account-authorization-details` prints it. json: one command on each line, with its time ("at"), credential ("as"),
    "call" and "parameters". The same play always gives the same bytes. cloudtrail: the events that CloudTrail records.

    With --roster, it exports the plays of all learners who played on this machine, each to a separate folder. A hand-in
    ends an open exam, so you are asked first.

    \b
    Example: coffeeshop export 05 --out 05.handin.jsonl
    """
    if undo and form != "script":
        message = f"--undo can be used only with --format script, not with --format {form}"
        raise Problems(
            command_problem("no-undo", message, "leave out --undo, or use --format script")
        )
    form = UNDO_FORM if undo else form
    if assigned_moment(name) and form != HAND_IN:
        raise click.UsageError(
            f"{name} contains no commands, so it can only be exported as {HAND_IN}"
        )
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
        raise click.UsageError("use either --roster or --learner, not both")
    if out is None:
        raise click.UsageError(
            "to export a class's plays, name a folder: add --out hand-ins"
        )
    note_roster_file(roster_path, "export", "class collect")
    export_play = play_exporter(name, form, variant, extra)
    return export_class(roster_path, name, form, export_play, out, extra)


def _ask_before_exam_ends(save: Progress, name: str, extra: Path | None) -> None:
    """Ask whether to hand in, if that ends an exam. Without a yes, end the command."""
    question = "This ends your exam, and only your first hand-in counts. Hand in now?"
    if ends_exam(save, name, extra) and not is_confirmed(question, "hand in"):
        click.echo("You didn't hand in. Your exam continues.", err=True)
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
        escape_line(
            f"{out} contains your check-up {moment} the course. Give the file to your teacher."
        )
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
        text = f"{text} You haven't played your own variant, {carried.own_variant}, yet."
        accepts = (
            f" Ask your teacher to accept variant {scenario.variant}." if membership else ""
        )
        yield f"{text}{accepts}"
    if carried.earlier is not None:
        yield f"This is a new hand-in, because you changed your play after the hand-in of {instant_text(carried.earlier)}."
    exam = membership.exam_at(wall_clock()) if membership else None
    if exam and carried.handed_in and is_named(exam.id, scenario.id):
        yield "Your exam is over, and this hand-in counts. You can open results and lessons again."


# ---------------------------------------------------------------------- import
@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "name",
    required=True,
    metavar="NAME",
    help="A name for the play, which you then type in `coffeeshop play NAME`.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="The credential report (CSV), decoded from base64.",
)
@SCENARIOS_OPTION
def import_account(file: Path, name: str, report: Path | None, extra: Path | None) -> None:
    """Create a play from a real account, whose authorization details are in FILE (- for standard input).

    FILE is the output of `aws iam get-account-authorization-details --output json`: users, groups, roles, managed policies
    with all versions, attachments, boundaries, tags. Several pages can be in one list or follow each other. The
    command lists what isn't simulated. The file doesn't contain passwords, keys and MFA devices (--report adds the ones
    that exist), the policies of buckets, queues and functions, the organization's policies, or the maximum session
    duration of a role. So the play doesn't have them either.

    The account becomes a scenario without checks, in the folder accounts/ of your data folder (COFFEESHOP_DATA). You play
    as the root user. Nothing is sent from this machine.

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


WORLD_HEAD = "# AWS CLI commands that run before the play begins, as the root user\n"
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
