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
from coffeeshop.cli.class_ways import (
    ClassWays,
    class_ways_in,
    learner_command,
    member_places,
    trusted_proxy,
)
from coffeeshop.cli.classes import (
    address_to_serve,
    kept_class_named,
    note_roster_file,
)
from coffeeshop.cli.options import (
    LEARNER_OPTION,
    SCENARIOS_OPTION,
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
    from coffeeshop.classroom.roster import Learner

DEFAULT_PORT = 4518
LINKS_FILE = "links.json"  # in the folder of the saves
PAGES_FILE = "pages.json"  # there, too: the secrets of live pages, by class


class Watched(NamedTuple):
    """How the server tells its state.

    `status` is the host and port of /healthz and /metrics. `writes_events` says whether it writes events. `ways` are the
    ways into a kept class, which has a live page, or None.
    """

    status: tuple[str, int] | None = None
    writes_events: bool = False
    ways: ClassWays | None = None


@click.command()
@click.argument("id", required=False, shell_complete=complete_scenarios)
@roster_option(
    "The class (its name, or its roster as CSV). Each learner in it gets a link."
)
@port_option(DEFAULT_PORT)
@host_option("With another address, a class is needed.")
@click.option(
    "--url",
    help="The address that learners type, if it is different, such as https://shop.example.org/iam.",
)
@click.option(
    "--links",
    type=FilePath("shows the links anyway"),
    metavar="FILE",
    help="Also write the links to a CSV file.",
)
@click.option(
    "--sessions",
    type=click.IntRange(1, 1000),
    default=40,
    show_default=True,
    help="The largest number of sessions at the same time.",
)
@click.option(
    "--idle",
    type=click.IntRange(1, 1440),
    default=30,
    show_default=True,
    help="The number of minutes without a key press after which a session ends.",
)
@click.option(
    "--status",
    metavar="HOST:PORT",
    help="Serve /healthz and /metrics (for Prometheus) at this address. Keep it private.",
)
@click.option(
    "--events",
    type=click.Choice(("hidden", "ids")),
    help="Write a line of JSON to standard error for each event of a session. It contains a hash of the learner's id, or the id itself.",
)
@click.option(
    "--trust-proxy",
    "proxy_addresses",
    multiple=True,
    metavar="ADDRESS[/MASK]",
    help="The address of a proxy that signs people in. You can give this option several times.",
)
@click.option(
    "--user-header",
    default="Remote-User",
    show_default=True,
    metavar="NAME",
    help="The header in which --trust-proxy sends a learner's id.",
)
@LEARNER_OPTION
@SCENARIOS_OPTION
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
    proxy_addresses: tuple[str, ...],
    user_header: str,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Run the app in browsers until you press Ctrl-C. It shows all scenarios, or only the scenario ID.

    It prints a link for each learner in the class, or one for you. Each link contains a secret and opens that learner's
    own play. Links stay the same when you start it again. First install: pip install 'coffeeshop-iam[serve]'.

    \b
    Example: coffeeshop serve 05 --class IAM-101
    """
    packages = ("textual_serve", "aiohttp", "prometheus_client", "joserfc")
    check_installed("this command needs", packages, "serve")
    from coffeeshop.browser.server import Limits
    from coffeeshop.hosts import is_loopback

    if roster_path is None and not is_loopback(host):
        message = f"without a class, anyone who can connect to {host} could play as you"
        raise Problems(
            command_problem(
                "no-class", message, "name a class with --class NAME, or leave out --host"
            )
        )
    if roster_path is not None and was_option_typed("learner"):
        raise click.UsageError("use either --roster or --learner, not both")
    address = public_address(url)
    proxy = trusted_proxy(proxy_addresses, user_header)
    subject, words = _session_command(id, extra)
    kept = kept_class_named(roster_path) if roster_path else None
    if proxy and not kept:
        raise click.UsageError("--trust-proxy needs a class: add --class NAME")
    ways = None
    if kept:
        address = address_to_serve(kept, url)
        words = (*words, f"--class={kept.name}")
        ways = ClassWays(kept, subject, words, events == "ids", proxy)
        learners = _servable_learners(kept.roster.learners)
        places = member_places(ways, learners)
    elif roster_path:
        learners = _class_learners(roster_path)
        note_roster_file(roster_path, "serve", "serve --class NAME")
        places = _learner_places(learners, subject, words, events == "ids")
    else:
        learners = [_lone_learner(learner_name(learner))]
        places = _learner_places(learners, subject, words)
    watched = Watched(status_address(status), bool(events), ways)

    def write_links(url: str) -> None:
        if links is not None:
            with report_write_errors(links, "choose another file with --links"):
                # Each link in it is a key.
                write_whole(links, _links_csv(learners, places, url), private=True)

    limits = Limits(sessions, idle * 60.0)
    _serve(places, limits, host, port, address, write_links, watched)


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
    learners = _servable_learners(roster.learners)
    if not learners:
        message = f"{path} contains no learners"
        raise Problems(
            command_problem("no-learners", message, "add a row for each learner")
        )
    if all(learner.first_variant is None for learner in learners):
        message = f"{path} has no variants, so all learners play with the same names"
        mend = f"run {command_line(f'roster assign {path} --out given.csv')}, and use given.csv instead"
        print_problems(
            [replace(command_problem("no-variants", message, mend), level=Level.WARNING)]
        )
    return learners


def _servable_learners(learners: Iterable[Learner]) -> list[Learner]:
    """Return the learners who can have a save, and print who is left out because their name is too long for one."""
    servable: list[Learner] = []
    for learner in learners:
        problem = long_name_problem(learner.key)
        if problem is None:
            servable.append(learner)
        else:
            print_problems(
                [
                    replace(
                        problem,
                        text=f"{problem.text}, so there is no link for this learner",
                    )
                ]
            )
    return servable


def _learner_places(
    learners: Sequence[Learner],
    subject: str,
    words: tuple[str, ...],
    logs_ids: bool = False,
) -> dict[str, Place]:
    """Return the session that each learner's link opens, by the secret in the link. Raise Problems.

    With `logs_ids`, events name learners by their ids.
    """
    from coffeeshop.browser.links import secrets
    from coffeeshop.browser.places import Place
    from coffeeshop.browser.session import Program
    from coffeeshop.classroom.roster import unique_names

    data = data_folder().absolute()
    names_by_key = unique_names(learners)
    drawn = secrets(data / LINKS_FILE, [learner.key for learner in learners])
    return {
        drawn[learner.key]: Place(
            learner.name,
            subject,
            Program(learner_command(learner, words), data),
            names_by_key[learner.key],
            learner.key if logs_ids else "",
        )
        for learner in learners
    }


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
    ways = watched.ways
    live_pages = _live_pages(ways.kept.name if ways else "")
    ways_in = class_ways_in(ways, next(iter(live_pages))) if ways else None
    server = Server(places, limits, host, address, write_event, live_pages, ways_in)
    warn_once_when_full()

    def announce(bound_port: int) -> None:
        url = address or f"http://{network_address(host)}:{bound_port}"
        write_links(url)
        is_encrypted = url.startswith("https:")
        is_readable = not is_loopback(host) and not is_encrypted
        if ways and ways.proxy:
            lines = [f"{url}/  for everyone whom your proxy signs in"]
        elif not places:
            lines = [
                "There are no learners yet. Your learning platform adds them when they open the class."
            ]
        else:
            lines = _start_lines(places, url, is_readable)
        page_lines = [
            f"{url}/{secret}/  the live class page, for you only" for secret in live_pages
        ]
        click.echo(
            "\n".join((*lines, *page_lines, "Press Ctrl-C to stop. Everything is saved."))
        )

    try:
        asyncio.run(serve(server, host, port, announce, watched.status))
    except (OSError, UnicodeError) as wrong:
        reason = getattr(wrong, "strerror", None) or wrong
        message = f"the server can't listen on {_listened_addresses(host, port, watched)}: {reason}"
        raise Problems(
            command_problem(
                "no-port",
                message,
                "choose another port with --port (0 means any free port)",
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
    drawn = secrets(data / PAGES_FILE, [class_name])
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
        message = "WARNING: other machines can reach this address, and nothing is encrypted. Anyone who sees a link can use it."
        lines.insert(
            0, f"{message} To fix this, use a TLS proxy and give its address with --url."
        )
    return [
        *lines,
        "Each of these links is for one learner only.",
    ]
