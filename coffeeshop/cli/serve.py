"""`coffeeshop serve`: the app in a browser, for oneself or for a class."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from coffeeshop.cli.options import LEARNER, SCENARIOS, NoDash, is_typed, of_class
from coffeeshop.cli.output import data_folder, learner_name
from coffeeshop.cli.problems import (
    check_installed,
    complain,
    error,
    tell_once_when_full,
    writing,
)
from coffeeshop.files import write_whole
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.save_names import too_long
from coffeeshop.policy.problem import Level, Problems

if TYPE_CHECKING:
    from coffeeshop.browser.server import Limits, Place
    from coffeeshop.classroom.roster import Learner

PORT = 4518
LINKS = "links.json"  # in the folder of the saves


@click.command()
@click.argument("id", required=False)
@of_class("The class (CSV): a link for each learner.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="0: any that is free.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen. Another address needs --roster.",
)
@click.option(
    "--url",
    help="Where learners find it, if that is another address: https://shop.example.org",
)
@click.option(
    "--links",
    type=NoDash("has the links already"),
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
@LEARNER
@SCENARIOS
def serve(
    id: str | None,
    list_of: Path | None,
    port: int,
    host: str,
    url: str | None,
    links: Path | None,
    sessions: int,
    idle: int,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Serve the app to browsers until Ctrl-C: the shelf, or the scenario ID.

    It prints a link for each learner of the class, or one for you. Each link holds a secret, leads to that learner's own
    play, and stays the same from start to start. Needs the extra: pip install 'coffeeshop[serve]'.
    """
    check_installed("serving browsers needs", ("textual_serve", "aiohttp"), "serve")
    from coffeeshop.browser.server import Limits
    from coffeeshop.hosts import is_loopback

    if list_of is None and not is_loopback(host):
        message = f"whoever reaches {host} would play as you, so a class is needed there"
        raise Problems(
            error("no-class", message, "name one with --roster FILE, or leave --host out")
        )
    if list_of is not None and is_typed("learner"):
        raise click.UsageError("choose one of --roster and --learner")
    address = _address(url)
    subject, words = _session_command(id, extra)
    if list_of:
        learners = _learners(list_of)
    else:
        learners = [_yourself(learner_name(learner))]
    places = _places(learners, subject, words)

    def keep(url: str) -> None:
        if links is not None:
            with writing(links, "name another file with --links"):
                write_whole(
                    links, _sheet(learners, places, url), private=True
                )  # each link in it is a key

    _serve(places, Limits(sessions, idle * 60.0), host, port, address, keep)


def _yourself(name: str) -> Learner:
    from coffeeshop.classroom.roster import Learner

    return Learner(name, {}, 0)


def _address(url: str | None) -> str:
    """Returns the address that was named, without a slash at its end; "" where none was. Raises Problems."""
    if url is None:
        return ""
    try:
        parts = urlsplit(url)
        sound = (
            parts.scheme in {"http", "https"}
            and parts.hostname
            and not (parts.query or parts.fragment)
        )
        sound = (
            sound
            and parts.path in {"", "/"}
            and (parts.port or 1)
            and "@" not in parts.netloc
        )
    except ValueError:
        sound = False
    if not sound:
        raise Problems(
            error(
                "no-url",
                f"{url[:80]!a} is no address of a server",
                "--url https://shop.example.org",
            )
        )
    return url.rstrip("/")


def _session_command(id: str | None, extra: Path | None) -> tuple[str, tuple[str, ...]]:
    """Returns what a session shows, and the words of its command. Raises Problems: there is no such scenario."""
    if extra:
        scenarios = (f"--scenarios={extra.absolute()}",)
    else:
        scenarios = ()
    if id is None:
        return "Coffeeshop", ("play", *scenarios)
    from coffeeshop.lessons.scenario.find import find, scenario_form

    form = scenario_form(find(id, extra))
    return f"{form.title} · Coffeeshop", ("play", *scenarios, form.id)


def _learners(path: Path) -> list[Learner]:
    """Returns the learners of a class. Raises Problems where nobody is in it; what is odd is told."""
    from coffeeshop.cli.roster import take_roster

    roster = take_roster(path)
    unkept = {
        learner.key: problem
        for learner in roster.learners
        if (problem := too_long(learner.key))
    }
    complain(
        replace(problem, text=f"{problem.text}: it is left out")
        for problem in unkept.values()
    )
    if not (
        kept_learners := [
            learner for learner in roster.learners if learner.key not in unkept
        ]
    ):
        raise Problems(
            error("no-learners", f"{path} names no learner", "give it a row for each")
        )
    if all(learner.variant is None for learner in kept_learners):
        message = f"{path} gives nobody a variant, so all play in the same names"
        mend = f"{command_line(f'roster assign {path} --out given.csv')}, and serve that"
        complain([replace(error("no-variants", message, mend), level=Level.WARNING)])
    return kept_learners


def _places(
    learners: Sequence[Learner], subject: str, words: tuple[str, ...]
) -> dict[str, Place]:
    """Returns the place of each learner, by the secret of their link. Raises Problems."""
    from coffeeshop.browser.links import secrets
    from coffeeshop.browser.server import Place
    from coffeeshop.browser.session import Program
    from coffeeshop.classroom.roster import names_apart

    data = data_folder().absolute()
    names_by_key = names_apart(learners)
    drawn = secrets(data / LINKS, [learner.key for learner in learners])
    return {
        drawn[learner.key]: Place(
            learner.name,
            subject,
            Program(_words(learner, words), data),
            names_by_key[learner.key],
        )
        for learner in learners
    }


def _words(learner: Learner, words: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the words of a learner's command; whatever they begin, they begin in the variant that the roster gives."""
    if learner.variant is None:
        first = ()
    else:
        first = (f"--first-variant={learner.variant}",)
    return (*words, *first, f"--learner={learner.key}")


def _sheet(learners: Iterable[Learner], places: Iterable[str], url: str) -> str:
    """Returns the links as a table, for whoever writes to each of the class."""
    from coffeeshop.classroom.cells import for_spreadsheets, row

    links = (
        (learner.key, learner.name, learner.says.get("email"), f"{url}/{secret}/")
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
    keep: Callable[[str], None],
) -> None:
    """Serve until somebody stops it; `keep` is called with the address, once there is one. Raises Problems."""
    from coffeeshop.browser.server import Server, serve
    from coffeeshop.hosts import is_loopback, network_address

    server = Server(places, limits, host, address)
    tell_once_when_full()

    def tell(taken: int) -> None:
        url = address or f"http://{network_address(host)}:{taken}"
        keep(url)
        click.echo("\n".join(_start_lines(places, url, not is_loopback(host))))

    try:
        asyncio.run(serve(server, host, port, tell))
    except (OSError, UnicodeError) as wrong:
        message = f"nothing can listen on {host}, port {port}: {getattr(wrong, 'strerror', None) or wrong}"
        raise Problems(
            error("no-port", message, "name another with --port; 0 takes any that is free")
        ) from None


def _start_lines(places: Mapping[str, Place], url: str, open: bool) -> list[str]:
    """Returns what to know, and a line for each learner: the link and the name."""
    lines = [
        f"{url}/{secret}/  {escape_line(place.name_for_teacher)}"
        for secret, place in places.items()
    ]
    if open:
        message = "WARNING: others reach this address, and nothing is encrypted: who reads a link on its way can play there."
        lines.insert(0, f"{message} A proxy that speaks TLS, named with --url, mends that.")
    return [
        *lines,
        "Each link is one learner's own. Served until Ctrl-C; everything is kept.",
    ]
