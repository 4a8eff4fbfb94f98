"""List the forms in which a play can be exported: one row for each form."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from coffeeshop.account.command import terminal_text
from coffeeshop.account.command.script import write_script
from coffeeshop.account.command.script_undo import write_undo_script
from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.records.authorization_details import export_details
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.acts_json import act_line
from coffeeshop.lessons.play.handin import (
    HAND_IN_SUFFIX,
    check_own_credentials,
    handin_text,
)
from coffeeshop.lessons.play.record import Record
from coffeeshop.policy.model import Level, Place, Problem, Problems


class Form(Struct, frozen=True):
    """A form of export: its description, its file's suffix, and the function that writes it.

    `write` takes a play and the record of the learner's attempts. `acts` is True where a play without acts
    can't be exported.
    """

    say: str
    suffix: str
    write: Callable[[Play, Record], str]
    acts: bool = True


UNDO_FORM = "undo"
HAND_IN = "handin"


def _imported_account(play: Play) -> str:
    """Return the id of the account that was imported, or "" if the play is a scenario.

    A script for an imported account must run in that account only, so it checks the id
    first.
    """
    if play.scenario.imported:
        return play.account.id
    return ""


EXPORT_FORMS: Mapping[str, Form] = {
    HAND_IN: Form("a hand-in, to be graded elsewhere", HAND_IN_SUFFIX, handin_text),
    "script": Form(
        "a script for bash with the AWS CLI, for a real account",
        ".sh",
        lambda play, _: write_script(
            play.outcomes,
            world=play.scenario.world,
            desk=play.scenario.desk[0],
            pinned=_imported_account(play),
        ),
    ),
    UNDO_FORM: Form(
        "a script that takes away what that one makes",
        ".undo.sh",
        lambda play, _: write_undo_script(
            play.scenario.ground,
            play.outcomes,
            play.scenario.desk[0],
            _imported_account(play),
            play.scenario.world,
        ),
    ),
    "details": Form(
        "the account, as get-account-authorization-details has it",
        ".details.json",
        lambda play, _: export_details(play.account) + "\n",
        acts=False,
    ),
    "json": Form(
        "the acts alone, one a line",
        ".acts.jsonl",
        lambda play, _: "".join(f"{act_line(act)}\n" for act in play.acts),
    ),
    "cloudtrail": Form(
        "its events, in CloudTrail's format: data events, too, which the event history leaves out",
        ".cloudtrail.json",
        lambda play, _: (
            terminal_text.dump_json(
                {"Records": tuple(map(cloudtrail_event, play.outcomes))}, 4
            )
            + "\n"
        ),
    ),
}


def export_play(play: Play, form: str, record: Record) -> str:
    """Return a play's text in one of EXPORT_FORMS.

    Raise Problems if there is nothing to export, or if a hand-in has calls by credentials
    that the learner can't have.
    """
    if EXPORT_FORMS[form].acts and not play.acts:
        if play.scenario.varies:
            location = f", in variant {play.scenario.variant}"
        else:
            location = ""
        message = f"nothing was done in {play.scenario.id} yet by this learner{location}"
        mend = "play it first, or name another learner"
        raise Problems(Problem(Level.ERROR, "nothing-done", Place(), message, mend))
    return EXPORT_FORMS[form].write(
        check_own_credentials(play) if form == HAND_IN else play, record
    )
