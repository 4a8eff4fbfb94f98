"""Run `coffeeshop reach`, which shows how principals of a play's account could gain more access."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from coffeeshop.account.escalation.survey import Ascent, Surveyed
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
from coffeeshop.cli.problems import print_problems
from coffeeshop.lessons.play.acts_json import act_line
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.policy.model import Problems
from coffeeshop.views.ascents import escalation_headline, escalation_rows, outside_rows
from coffeeshop.views.rows import Row


@click.command()
@click.argument("name", shell_complete=complete_scenarios)
@click.option(
    "--from",
    "who",
    default="",
    metavar="WHO",
    help="Start only from this user or role (its name or ARN).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@VARIANT_OPTION
@LEARNER_OPTION
@SCENARIOS_OPTION
def reach(
    name: str,
    who: str,
    as_json: bool,
    variant: int | None,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Show which other users and roles each user and role in the saved play NAME could act as, and by which calls.

    The calls were tried on a copy of the account, and succeeded. Calls to services that aren't simulated are judged only
    by the policies, and marked. If the search ends early, the output says so. Use --from to start from a single user or
    role.

    \b
    Example: coffeeshop reach 05 --from casey
    """
    with closing(open_existing_save(learner)) as save:
        player = resume_play(save, extra, name, variant)
        check_no_exam(player)
        surveyed = player.playing.assessment.survey(who)
        account = player.playing.play.account
        problem = save.problem
    if isinstance(surveyed, Refused):
        raise Problems(*surveyed.problems)
    if as_json:
        click.echo(
            json.dumps(
                {"account": account.id, "from": list(map(_start_document, surveyed))},
                indent=2,
            )
        )
    else:
        strangers = () if who else outside_rows(account)
        print_rows(
            (
                *escalation_rows(surveyed, account),
                Row(escalation_headline(surveyed)),
                *strangers,
            )
        )
    print_problems([problem] if problem else [])


def _start_document(surveyed_start: Surveyed) -> dict[str, Any]:
    """Return the JSON about one user or role: which identities it could become."""
    return {
        "who": surveyed_start.who,
        "may_do_everything": surveyed_start.everything,
        "could_become": list(map(_ascent_document, surveyed_start.ascents)),
        "not_proven_further": list(surveyed_start.unfinished),
    }


def _ascent_document(ascent: Ascent) -> dict[str, Any]:
    """Return the JSON about one gain of access: the identity, and the calls that lead to it."""
    return {
        "identity": ascent.becomes,
        "may_do_everything": ascent.everything,
        "played": not ascent.service,
        "calls": [json.loads(act_line(act)) for act in ascent.acts],
        "service": ascent.service,
        "asks": [
            {"action": request.action, "resource": request.resource}
            for request in ascent.asks
        ],
        "supposing": ascent.supposing,
    }
