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
from coffeeshop.views.access.words import called, told


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
    with closing(kept_by(learner)) as kept:
        player = take_up(kept, extra, name, variant)
        found = player.playing.judged.access()
        problem = kept.problem
    rows = told(found, who)
    if not rows:
        there = ", ".join(map(called, found.subjects))
        raise Problems(
            error(
                "nobody",
                f"there is nobody called {who!a} in this play",
                f"there are: {there}",
            )
        )
    if as_json:
        click.echo(json.dumps(_document(found, who), indent=2))
    else:
        print_rows(rows)
    complain([problem] if problem else [])


def _document(found: Access, asked: str) -> dict[str, Any]:
    mine = [
        subject
        for subject in found.subjects
        if not asked or told(Access((subject,), (), {}), asked)
    ]
    cells = [
        _cell(who, thing, cell) for who in mine for thing, cell in found.row(who).items()
    ]
    return {
        "judged": found.judged,
        "subjects": [_named(subject) for subject in mine],
        "things": [
            {"kind": thing.kind, "name": thing.name, "there": thing.there}
            for thing in found.things
        ],
        "cells": cells,
        "remarks": list(found.remarks),
    }


def _named(subject: Subject) -> dict[str, str]:
    """Tell who somebody is, in which role, and what they would have to be given first."""
    return {"who": subject.who, "role": subject.role, "supposing": subject.supposing}


def _cell(subject: Subject, thing: Thing, reasons: tuple[Reason, ...]) -> dict[str, Any]:
    return {
        **_named(subject),
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
