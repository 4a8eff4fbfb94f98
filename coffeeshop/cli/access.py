"""Run `coffeeshop access`, which shows what each principal of a saved play's account can do with each resource."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from coffeeshop.cli.options import (
    LEARNER_OPTION,
    SCENARIOS_OPTION,
    VARIANT_OPTION,
    complete_scenarios,
)
from coffeeshop.cli.output import (
    check_no_exam,
    open_existing_save,
    print_rows,
    resume_play,
)
from coffeeshop.cli.problems import command_problem, print_problems
from coffeeshop.lessons.grading.access import Subject
from coffeeshop.lessons.grading.access_table import Access, Reason
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.policy.model import Problems
from coffeeshop.shop.things import Thing
from coffeeshop.views.access.words import access_rows, subject_name
from coffeeshop.views.made_up import with_made_up_names


@click.command()
@click.argument("name", shell_complete=complete_scenarios)
@click.option(
    "--who",
    default="",
    metavar="WHO",
    help="Show only this user or role, with a request for each access level.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@VARIANT_OPTION
@LEARNER_OPTION
@SCENARIOS_OPTION
def access(
    name: str,
    who: str,
    as_json: bool,
    variant: int | None,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Show who can reach which resource in the saved play NAME (a scenario or an imported account).

    Each row shows the access levels that one principal has on each resource. If the scenario has jobs, the table also
    marks access that the jobs don't need, access that is missing, and access that must be refused.

    \b
    Example: coffeeshop access 05 --who casey
    """
    with closing(open_existing_save(learner)) as save:
        player = resume_play(save, extra, name, variant)
        check_no_exam(player)
        play = player.playing.play
        access = player.playing.assessment.access()
        problem = save.problem
    rows = access_rows(access, who)
    if not rows:
        names = ", ".join(map(subject_name, access.subjects))
        raise Problems(
            command_problem(
                "nobody",
                f"no one in this play is called {who!a}",
                f"choose one of {names}",
            )
        )
    if as_json:
        click.echo(json.dumps(_access_document(access, who), indent=2))
    else:
        print_rows(with_made_up_names(play, rows, access.all_decisions))
    print_problems([problem] if problem else [])


def _access_document(access: Access, who: str) -> dict[str, Any]:
    """Return the access table as JSON. `who` limits it to the principals called so ("": all)."""
    subjects = [
        subject
        for subject in access.subjects
        if not who or access_rows(Access((subject,), (), {}), who)
    ]
    cells = [
        _cell_document(subject, thing, cell)
        for subject in subjects
        for thing, cell in access.row(subject).items()
    ]
    return {
        "judged": access.judged,
        "subjects": [_subject_document(subject) for subject in subjects],
        "things": [
            {"kind": thing.kind, "name": thing.name, "there": thing.exists}
            for thing in access.things
        ],
        "cells": cells,
        "remarks": list(access.remarks),
    }


def _subject_document(subject: Subject) -> dict[str, str]:
    """Return a principal as JSON: who, in which assumed role, and what they would have to be granted first."""
    return {"who": subject.who, "role": subject.role, "supposing": subject.supposing}


def _cell_document(
    subject: Subject, thing: Thing, reasons: tuple[Reason, ...]
) -> dict[str, Any]:
    """Return one cell of the table as JSON: a principal's access levels on a resource, each with a request that shows it."""
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
