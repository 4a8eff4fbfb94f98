"""Run `coffeeshop serve`, which serves the app to browsers, for one learner or a class."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from coffeeshop.cli.addresses import public_address, status_address
from coffeeshop.cli.classes import kept_class_named, note_roster_file
from coffeeshop.cli.options import (
    LEARNER,
    SCENARIOS,
    FilePath,
    complete_scenarios,
    host_option,
    port_option,
    roster_option,
    was_option_typed,
)
from coffeeshop.cli.output import data_folder, learner_name, wall_clock
from coffeeshop.cli.problems import (
    check_installed,
    command_problem,
    print_problems,
    report_write_errors,
    warn_once_when_full,
)
from coffeeshop.files import write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.save_names import long_name_problem
from coffeeshop.policy.problem import Level, Problems

if TYPE_CHECKING:
    from coffeeshop.browser.live_page import LivePage
    from coffeeshop.browser.server import Limits, Place
    from coffeeshop.classroom.kept_class import KeptClass
    from coffeeshop.classroom.roster import Learner

PORT = 4518
LINKS = "links.json"  # in the folder of the saves
PAGES = "pages.json"  # there, too: the secrets of live pages, by class


class Watched(NamedTuple):
    """How the server tells its state.

    `status` is the host and port of /healthz and /metrics. `writes_events` says whether it writes events. `class_name` is the
    class with a live page, or "".
    """

    status: tuple[str, int] | None = None
    writes_events: bool = False
    class_name: str = ""


@click.command()
@click.argument("id", required=False, shell_complete=complete_scenarios)
@roster_option("The kept class, by name, or a roster (CSV): a link for each learner.")
@port_option(PORT)
@host_option("Another address needs --roster.")
@click.option(
    "--url",
    help="Where learners find it, if that is another address: https://shop.example.org/iam",
)
@click.option(
    "--links",
    type=FilePath("has the links already"),
    metavar="FILE",
    help="Write the links to a CSV file, too.",
)
@click.option(
    "--sessions",
    type=click.IntRange(1, 1000),
    default=40,
    show_default=True,
    help="At once, at most.",
)
@click.option(
    "--idle",
    type=click.IntRange(1, 1440),
    default=30,
    show_default=True,
    help="Minutes without a key.",
)
@click.option(
    "--status",
    metavar="HOST:PORT",
    help="Answer /healthz and /metrics (Prometheus) there, for you alone.",
)
@click.option(
    "--events",
    type=click.Choice(("hidden", "ids")),
    help="Write a JSON line to standard error for each event of a session. A learner is a hash, or their id.",
)
@LEARNER
@SCENARIOS
def serve(
    id: str | None,
    roster_path: Path | None,
    port: int,
    host: str,
    url: str | None,
    links: Path | None,
    sessions: int,
    idle: int,
    status: str | None,
    events: str | None,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Serve the app to browsers until Ctrl-C: the shelf, or the scenario ID.

    It prints a link for each learner of the class, or one for you. Each link contains a secret and opens that learner's
    own play. Links stay the same when you start again. Needs the extra: pip install 'coffeeshop-iam[serve]'.

    \b
    Example: coffeeshop serve 05 --class IAM-101
    """
    check_installed("serving browsers needs", ("textual_serve", "aiohttp"), "serve")
    from coffeeshop.browser.server import Limits
    from coffeeshop.hosts import is_loopback

    if roster_path is None and not is_loopback(host):
        message = f"anyone who can connect to {host} could play as you, so a class is needed there"
        raise Problems(
            command_problem(
                "no-class", message, "name one with --roster FILE, or leave --host out"
            )
        )
    if roster_path is not None and was_option_typed("learner"):
        raise click.UsageError("choose one of --roster and --learner")
    address = public_address(url)
    subject, words = _session_command(id, extra)
    kept = kept_class_named(roster_path) if roster_path else None
    if roster_path:
        learners = _class_learners(roster_path)
        note_roster_file(roster_path, "serve", "serve --class NAME")
    else:
        learners = [_lone_learner(learner_name(learner))]
    watched = Watched(status_address(status), bool(events), kept.name if kept else "")
    if kept:
        words = (*words, f"--class={kept.name}")
    places = _learner_places(learners, subject, words, kept, events == "ids")

    def write_links(url: str) -> None:
        if links is not None:
            with report_write_errors(links, "name another file with --links"):
                write_whole(
                    links, _links_csv(learners, places, url), private=True
                )  # each link in it is a key

    _serve(places, Limits(sessions, idle * 60.0), host, port, address, write_links, watched)


def _lone_learner(name: str) -> Learner:
    """Return a learner without a class, who plays under this name."""
    from coffeeshop.classroom.roster import Learner

    return Learner(name, {}, 0)


def _session_command(id: str | None, extra: Path | None) -> tuple[str, tuple[str, ...]]:
    """Return the title of a session's page, and the words of its command. Raise Problems if there is no such scenario."""
    if extra:
        scenarios = (f"--scenarios={extra.absolute()}",)
    else:
        scenarios = ()
    if id is None:
        return "Coffeeshop", ("play", *scenarios)
    from coffeeshop.lessons.scenario.find import find, scenario_form

    form = scenario_form(find(id, extra))
    return f"{form.title} · Coffeeshop", ("play", *scenarios, form.id)


def _class_learners(path: Path) -> list[Learner]:
    """Return the learners of a class who can be served, and print warnings about the roster.

    A learner whose name is too long for a save is left out. Raise Problems if no learner remains.
    """
    from coffeeshop.cli.roster import read_roster_with_warnings

    roster = read_roster_with_warnings(path)
    too_long_names = {
        learner.key: problem
        for learner in roster.learners
        if (problem := long_name_problem(learner.key))
    }
    print_problems(
        replace(problem, text=f"{problem.text}: it is left out")
        for problem in too_long_names.values()
    )
    if not (
        kept_learners := [
            learner for learner in roster.learners if learner.key not in too_long_names
        ]
    ):
        raise Problems(
            command_problem(
                "no-learners", f"{path} names no learner", "give it a row for each"
            )
        )
    if all(learner.variant is None for learner in kept_learners):
        message = f"{path} gives no variants, so everyone plays with the same names"
        mend = f"{command_line(f'roster assign {path} --out given.csv')}, and serve that"
        print_problems(
            [replace(command_problem("no-variants", message, mend), level=Level.WARNING)]
        )
    return kept_learners


def _learner_places(
    learners: Sequence[Learner],
    subject: str,
    words: tuple[str, ...],
    kept: KeptClass | None = None,
    logs_ids: bool = False,
) -> dict[str, Place]:
    """Return the session that each learner's link opens, by the secret in the link. Raise Problems.

    A kept class has a secret for each learner. With `logs_ids`, events name learners by their ids.
    """
    from coffeeshop.browser.links import secrets
    from coffeeshop.browser.server import Place
    from coffeeshop.browser.session import Program
    from coffeeshop.classroom.roster import unique_names

    data = data_folder().absolute()
    names_by_key = unique_names(learners)
    if kept:
        drawn = {key: member.link for key, member in kept.members_by_key.items()}
    else:
        drawn = secrets(data / LINKS, [learner.key for learner in learners])
    return {
        drawn[learner.key]: Place(
            learner.name,
            subject,
            Program(_learner_command(learner, words), data),
            names_by_key[learner.key],
            learner.key if logs_ids else "",
        )
        for learner in learners
    }


def _learner_command(learner: Learner, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a learner's command, with the first of their own variants if the roster gives one."""
    if learner.variant is None:
        first = ()
    else:
        first = (f"--first-variant={learner.variant}",)
    return (*words, *first, f"--learner={learner.key}")


def _links_csv(learners: Iterable[Learner], places: Iterable[str], url: str) -> str:
    """Return a CSV table of the learners and their links, for a teacher to send them out."""
    from coffeeshop.classroom.cells import for_spreadsheets, row

    links = (
        (learner.key, learner.name, learner.entries.get("email"), f"{url}/{secret}/")
        for learner, secret in zip(learners, places, strict=True)
    )
    return for_spreadsheets(
        "".join(map(row, (("learner", "name", "email", "link"), *links)))
    )


def _serve(
    places: Mapping[str, Place],
    limits: Limits,
    host: str,
    port: int,
    address: str,
    write_links: Callable[[str], None],
    watched: Watched,
) -> None:
    """Serve until the program is stopped. `write_links` is called with the address once it is known. Raise Problems."""
    from coffeeshop.browser.server import Server, serve
    from coffeeshop.hosts import is_loopback, network_address

    write_event = print_event if watched.writes_events else None
    live_pages = _live_pages(watched.class_name)
    server = Server(places, limits, host, address, write_event, live_pages)
    warn_once_when_full()

    def announce(bound_port: int) -> None:
        url = address or f"http://{network_address(host)}:{bound_port}"
        write_links(url)
        is_encrypted = url.startswith("https:")
        lines = _start_lines(places, url, not is_loopback(host) and not is_encrypted)
        page_lines = [
            f"{url}/{secret}/  the class as it is now, for you" for secret in live_pages
        ]
        click.echo(
            "\n".join((*lines, *page_lines, "Press Ctrl-C to stop. Everything is saved."))
        )

    try:
        asyncio.run(serve(server, host, port, announce, watched.status))
    except (OSError, UnicodeError) as wrong:
        reason = getattr(wrong, "strerror", None) or wrong
        message = (
            f"nothing can listen on {_listened_addresses(host, port, watched)}: {reason}"
        )
        raise Problems(
            command_problem(
                "no-port", message, "choose another with --port (0: any free port)"
            )
        ) from None


def _live_pages(class_name: str) -> dict[str, LivePage]:
    """Return the live page of the kept class by the secret of its link. Raise Problems."""
    from coffeeshop.browser.links import secrets
    from coffeeshop.browser.live_page import LivePage
    from coffeeshop.browser.session import Program

    if not class_name:
        return {}
    data = data_folder().absolute()
    words = ("class", "page", "--now", f"--class={class_name}", "--jobs=1", "--out=-")
    drawn = secrets(data / PAGES, [class_name])
    return {drawn[class_name]: LivePage(Program(words, data))}


def print_event(event: dict[str, str]) -> None:
    """Print an event with its time as a line of JSON."""
    moment = wall_clock().isoformat(timespec="milliseconds")
    click.echo(json.dumps({"time": moment, **event}), err=True)


def _listened_addresses(host: str, port: int, watched: Watched) -> str:
    """Return the addresses to listen on, for an error: the learners', and the one of --status."""
    own = f"{host}, port {port}"
    if watched.status is None:
        return own
    return f"{own}, or on {watched.status[0]}, port {watched.status[1]}"


def _start_lines(places: Mapping[str, Place], url: str, is_readable: bool) -> list[str]:
    """Return the lines to print at the start: a link and a name for each learner, and a warning if others can read along."""
    lines = [
        f"{url}/{secret}/  {escape_line(place.name_for_teacher)}"
        for secret, place in places.items()
    ]
    if is_readable:
        message = "WARNING: others reach this address, and nothing is encrypted: who reads a link on its way can play there."
        lines.insert(
            0, f"{message} To fix that, use a TLS proxy and pass its address with --url."
        )
    return [
        *lines,
        "Each of these links belongs to one learner.",
    ]
