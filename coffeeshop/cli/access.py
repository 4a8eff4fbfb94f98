"""`coffeeshop access`: who can reach what in the account of a play, as it is kept."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from coffeeshop.cli.options import LEARNER, SCENARIOS, VARIANT
from coffeeshop.cli.output import kept_by, print_rows, take_up
from coffeeshop.cli.problems import complain, error
from coffeeshop.lessons.grading.access import Subject
from coffeeshop.lessons.grading.access_table import Access, Reason
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.policy.model import Problems
from coffeeshop.shop.things import Thing
from coffeeshop.views.access.words import access_rows, subject_name


@click.command()
@click.argument("name")
@click.option(
    "--who",
    default="",
    metavar="WHO",
    help="Of one of them alone, and why: a request for each level.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@VARIANT
@LEARNER
@SCENARIOS
def access(
    name: str,
    who: str,
    as_json: bool,
    variant: int | None,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Tell who can reach what in the play NAME (a scenario, or an imported account) as it is kept.

    Of everybody who can make a request there: what they may do with each thing by AWS's access levels. Where anything is
    asked, what is more than needed, what is missing and what must be refused is marked, as the grade marks it.
    """
    with closing(kept_by(learner)) as progress_kept:
        player = take_up(progress_kept, extra, name, variant)
        access = player.playing.judged.access()
        problem = progress_kept.problem
    rows = access_rows(access, who)
    if not rows:
        people_listed = ", ".join(map(subject_name, access.subjects))
        raise Problems(
            error(
                "nobody",
                f"there is nobody called {who!a} in this play",
                f"there are: {people_listed}",
            )
        )
    if as_json:
        click.echo(json.dumps(_document(access, who), indent=2))
    else:
        print_rows(rows)
    complain([problem] if problem else [])


def _document(access: Access, wanted: str) -> dict[str, Any]:
    own_subjects = [
        subject
        for subject in access.subjects
        if not wanted or access_rows(Access((subject,), (), {}), wanted)
    ]
    cells = [
        _cell(subject_shown, thing, cell)
        for subject_shown in own_subjects
        for thing, cell in access.row(subject_shown).items()
    ]
    return {
        "judged": access.judged,
        "subjects": [_subject_document(subject) for subject in own_subjects],
        "things": [
            {"kind": thing.kind, "name": thing.name, "there": thing.there}
            for thing in access.things
        ],
        "cells": cells,
        "remarks": list(access.remarks),
    }


def _subject_document(subject: Subject) -> dict[str, str]:
    """Tell who somebody is, in which role, and what they would have to be given first."""
    return {"who": subject.who, "role": subject.role, "supposing": subject.supposing}


def _cell(subject: Subject, thing: Thing, reasons: tuple[Reason, ...]) -> dict[str, Any]:
    return {
        **_subject_document(subject),
        "kind": thing.kind,
        "name": thing.name,
        "levels": [
            {
                "level": reason.level.value,
                "mark": reason.mark.name.lower(),
                "badge": reason.badge,
                "action": reason.decision.request.action,
                "resource": reason.decision.request.resource,
                "because": explain_decision(reason.decision),
                "asked": reason.say,
            }
            for reason in reasons
        ],
    }
