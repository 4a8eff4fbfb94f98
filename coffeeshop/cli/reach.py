"""`coffeeshop reach`: who could become what in the account of a play, by which calls."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from coffeeshop.account.escalation.survey import Ascent, Surveyed
from coffeeshop.cli.options import LEARNER, SCENARIOS, VARIANT
from coffeeshop.cli.output import kept_by, print_rows, take_up
from coffeeshop.cli.problems import complain
from coffeeshop.lessons.play.acts_json import dumps
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.policy.model import Problems
from coffeeshop.views.ascents import ascents, headline, outside_rows
from coffeeshop.views.rows import Row


@click.command()
@click.argument("name")
@click.option(
    "--from",
    "who",
    default="",
    metavar="WHO",
    help="From one user or role alone, by name or ARN.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@VARIANT
@LEARNER
@SCENARIOS
def reach(
    name: str,
    who: str,
    as_json: bool,
    variant: int | None,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Tell who could become what in the account of the play NAME (a scenario, or an imported account) as it is kept.

    Of every user and role: what it could become, and the calls that lead there. They were played on a copy and
    succeeded; what asks a service that is not simulated is judged by the policies alone, and told so. Where the search
    ends before all was tried, that is told too: --from looks from one of them alone.
    """
    with closing(kept_by(learner)) as progress_kept:
        player = take_up(progress_kept, extra, name, variant)
        surveyed = player.playing.judged.survey(who)
        account = player.playing.play.account
        problem = progress_kept.problem
    if isinstance(surveyed, Refused):
        raise Problems(*surveyed.problems)
    if as_json:
        click.echo(
            json.dumps(
                {"account": account.id, "from": list(map(_start, surveyed))}, indent=2
            )
        )
    else:
        strangers = () if who else outside_rows(account)
        print_rows((*ascents(surveyed), Row(headline(surveyed)), *strangers))
    complain([problem] if problem else [])


def _start(surveyed_start: Surveyed) -> dict[str, Any]:
    return {
        "who": surveyed_start.who,
        "may_do_everything": surveyed_start.everything,
        "could_become": list(map(_ascent, surveyed_start.ascents)),
        "not_proven_further": list(surveyed_start.unfinished),
    }


def _ascent(ascent: Ascent) -> dict[str, Any]:
    return {
        "identity": ascent.becomes,
        "may_do_everything": ascent.everything,
        "played": not ascent.service,
        "calls": [json.loads(dumps(act)) for act in ascent.acts],
        "service": ascent.service,
        "asks": [
            {"action": request.action, "resource": request.resource}
            for request in ascent.asks
        ],
        "supposing": ascent.supposing,
    }
