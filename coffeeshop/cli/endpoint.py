"""Run `coffeeshop endpoint`, which serves an account over AWS's own wire protocols."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from time import time
from typing import TYPE_CHECKING

import click

from coffeeshop.account.instants import format_instant
from coffeeshop.cli.options import (
    LEARNER_OPTION,
    SCENARIOS_OPTION,
    VARIANT_OPTION,
    host_option,
    port_option,
)
from coffeeshop.cli.output import (
    ACCOUNT_NAME,
    account_start_time,
    accounts_folder,
    name_problems,
    open_save,
    resume_play,
    write_account,
)
from coffeeshop.cli.problems import (
    check_installed,
    command_problem,
    print_problems,
    warn_once_when_full,
)
from coffeeshop.hosts import ServedHosts, is_loopback
from coffeeshop.lessons.play.in_memory import InMemory
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy.problem import Problems

if TYPE_CHECKING:
    from coffeeshop.endpoint.answer import Endpoint
    from coffeeshop.endpoint.issuers import Issuer

DEFAULT_PORT = 4517
ROOT_KEY_VARIABLE = "COFFEESHOP_ROOT_ACCESS_KEY_ID"
ROOT_SECRET_VARIABLE = "COFFEESHOP_ROOT_SECRET_ACCESS_KEY"


@click.command()
@click.option(
    "--scenario",
    "scenario",
    metavar="ID",
    help="Use the account of this scenario's play, which the app shows and grades.",
)
@click.option(
    "--save",
    metavar="NAME",
    help="Use your own account, or an imported one, that is saved under this name.",
)
@click.option(
    "--fresh",
    is_flag=True,
    help="Use a new account with only a root user, and delete it at the end (the default).",
)
@click.option(
    "--root-credentials",
    type=click.Choice(["env"]),
    help=f"With --fresh: read the root user's access key from {ROOT_KEY_VARIABLE} and {ROOT_SECRET_VARIABLE}.",
)
@port_option(DEFAULT_PORT)
@host_option("With another address, other machines can connect.")
@click.option(
    "--name",
    "names",
    metavar="HOST",
    multiple=True,
    help="Another host name that clients use for this endpoint, such as host.docker.internal.",
)
@click.option(
    "--issuer",
    "issuers",
    metavar="ISSUER=KEYS",
    multiple=True,
    help="An OIDC issuer whose tokens can be used to assume roles, such as https://idp.example. KEYS is a file with its"
    " public keys (JWKS), or their address on this machine.",
)
@VARIANT_OPTION
@LEARNER_OPTION
@SCENARIOS_OPTION
def endpoint(
    scenario: str | None,
    save: str | None,
    fresh: bool,
    root_credentials: str | None,
    port: int,
    host: str,
    names: tuple[str, ...],
    issuers: tuple[str, ...],
    variant: int | None,
    learner: str | None,
    extra: Path | None,
) -> None:
    """Let the real aws CLI, boto3 or any other AWS client use a simulated account, until you press Ctrl-C.

    It prints the lines to paste into another terminal. Signatures are verified. Every call becomes part of the play, and
    is saved before it is answered. First install: pip install 'coffeeshop-iam[endpoint]'.

    \b
    Example: coffeeshop endpoint --scenario 05
    """
    if sum((scenario is not None, save is not None, fresh)) > 1:
        raise click.UsageError("use only one of --scenario, --save and --fresh")
    play_name = scenario or save
    if root_credentials and play_name is not None:
        raise click.UsageError(
            "--root-credentials needs --fresh, because any other account has the keys that were created in it"
        )
    if variant is not None and scenario is None:
        raise click.UsageError("--variant needs --scenario")
    root = _root_key_and_secret() if root_credentials else None
    check_installed("the endpoint needs", ("uvicorn", "httptools"), "endpoint")
    trusted_issuers = _read_issuers(issuers)
    if save is not None:
        _make_account(save, extra)
    with closing(open_save(learner) if play_name else InMemory()) as progress:
        # A client can make calls for days. Keeping only their acts, not every state of the
        # account, bounds the memory that a long play takes.
        progress.condenses = True
        if play_name:
            player = resume_play(progress, extra, play_name, variant)
        else:
            player = begin_fresh_play(progress, root)
        print_problems([progress.problem] if progress.problem else [])
        _serve(player, dict([root]) if root else {}, host, port, names, trusted_issuers)


def _read_issuers(texts: tuple[str, ...]) -> tuple[Issuer, ...]:
    """Return the issuers of the option --issuer. Raise Problems if one can't be read."""
    if not texts:
        return ()
    from coffeeshop.endpoint.issuers import parse_issuer
    from coffeeshop.published_keys import KeysError

    check_installed("--issuer needs", ("joserfc",), "endpoint")
    try:
        return tuple(map(parse_issuer, texts))
    except KeysError as wrong:
        raise _issuer_problem(wrong) from None


def _issuer_problem(wrong: ValueError) -> Problems:
    """Return the problem of an issuer that can't be used."""
    mend = "write it like --issuer https://idp.example=keys.json or --issuer https://idp.example=http://127.0.0.1:8400/jwks"
    return Problems(command_problem("bad-issuer", str(wrong), mend))


def begin_fresh_play(progress: Progress, root: tuple[str, str] | None) -> Player:
    """Return a player at a new account with only a root user. `root` is the key id and secret that root gets (None: no key)."""
    from msgspec.structs import replace

    from coffeeshop.endpoint.exports import with_root_key
    from coffeeshop.lessons.scenario.load import build_scenario
    from coffeeshop.lessons.scenario.schema import read_form

    current_time = account_start_time()
    name = f"fresh-{token_hex(8)}"
    files = {
        path: text.encode() for path, text in _account_files(name, current_time).items()
    }
    scenario = build_scenario(read_form(files[SCENARIO_FILE].decode()), name, files, 0)
    if root is not None:
        scenario = replace(
            scenario, opening=with_root_key(scenario.opening, root[0], current_time)
        )
    player = Player(progress)
    player.open_without_folder(scenario)
    return player


def _wall_clock() -> datetime:
    """Return the current time in UTC and whole seconds."""
    return datetime.fromtimestamp(int(time()), UTC)


# ------------------------------------------------------------- an account of one's own
SCENARIO_TEMPLATE = '''format = 1
id = {id}
title = {title}
chapter = 0
article = "beyond"
objective = "An account of your own, for real clients"

[story]
text = """
This account began with only a root user. It has no tasks. Serve it to the aws CLI and to boto3 with
coffeeshop endpoint --save {name}; root signs in to the console with {email} and the password {password}.
"""

[world]
now = "{now}"
shop = false
desk = ["root"]

[people]
admins = []
'''


def _account_files(name: str, current_time: datetime) -> dict[str, str]:
    """Return the scenario files of an account with only a root user, who has an access key."""
    from coffeeshop.lessons.scenario.shop import course_shop

    owner = course_shop().account
    form = SCENARIO_TEMPLATE.format(
        id=json.dumps(name),
        name=name,
        title=json.dumps(f"The account {name}"),
        email=owner.email,
        password=owner.password,
        now=format_instant(current_time),
    )
    return {
        SCENARIO_FILE: form,
        "world.sh": "aws iam create-access-key\n",
        "solution.sh": "",
    }


def _make_account(name: str, extra: Path | None) -> None:
    """Make the account of that name if it doesn't exist. Raise Problems."""
    if ACCOUNT_NAME.fullmatch(name) and (accounts_folder() / name).is_dir():
        return
    if problems := [*name_problems(name, extra)]:
        raise Problems(*problems)
    write_account(name, _account_files(name, account_start_time()))


def _root_key_and_secret() -> tuple[str, str]:
    """Return root's key id and secret from the environment. Raise Problems if one is missing or malformed."""
    id = os.environ.get(ROOT_KEY_VARIABLE, "")
    secret = os.environ.get(ROOT_SECRET_VARIABLE, "")
    problems = [
        command_problem("no-root-key", f"{name} {wrong}", f"export {name}={example}")
        for name, value, pattern, example, wrong in (
            (
                ROOT_KEY_VARIABLE,
                id,
                r"AKIA[A-Z0-9]{12,124}",
                "AKIAIOSFODNN7EXAMPLE",
                "isn't an access key ID, which is AKIA and 12 to 124 capital letters and digits",
            ),
            (
                ROOT_SECRET_VARIABLE,
                secret,
                r"[\x21-\x7e]{8,128}",
                "…",
                "isn't a secret access key, which is 8 to 128 ASCII characters without spaces",
            ),
        )
        if not re.fullmatch(pattern, value)
    ]
    if problems:
        raise Problems(*problems)
    return id, secret


# ------------------------------------------------------------------------------ serving
def _serve(
    player: Player,
    secrets: Mapping[str, str],
    host: str,
    port: int,
    names: tuple[str, ...],
    issuers: tuple[Issuer, ...],
) -> None:
    """Serve a play on a port until Ctrl-C, after printing how to reach it.

    `secrets` has the secrets of keys that the account didn't draw. `names` are further host
    names of the server. Raise Problems if nothing can listen there.
    """
    from coffeeshop.endpoint.answer import Endpoint
    from coffeeshop.endpoint.serving import listening_socket, serve
    from coffeeshop.published_keys import KeysError

    try:
        listening = listening_socket(host, port)
    except (OSError, UnicodeError) as wrong:
        message = f"the endpoint can't listen on {host}, port {port}: {getattr(wrong, 'strerror', None) or wrong}"
        raise Problems(
            command_problem(
                "no-port",
                message,
                "choose another port with --port (0 means any free port)",
            )
        ) from None
    with listening:
        shown_host = f"[{host}]" if ":" in host else host
        try:
            serving = Endpoint(
                player, _wall_clock, secrets, ServedHosts(host, names), issuers
            )
        except KeysError as wrong:
            raise _issuer_problem(wrong) from None
        click.echo(
            "\n".join(
                _start_lines(
                    serving, f"http://{shown_host}:{listening.getsockname()[1]}", host
                )
            )
        )
        warn_once_when_full()
        serve(serving, listening)


def _start_lines(serving: Endpoint, url: str, host: str) -> list[str]:
    """Return the lines to print at the start. All can be pasted into a shell, because the texts are comments."""
    from coffeeshop.endpoint.exports import export_lines

    play = serving.player.playing.play
    credential = serving.start_credential()
    lines = [
        f"# {play.scenario.full_title} is served at {url} until you press Ctrl-C. Paste this into another terminal:"
    ]
    if not is_loopback(host):
        lines.insert(
            0,
            f"# WARNING: anyone who can connect to {host} can use this account, and the connection isn't encrypted.",
        )
    if credential is None:
        return [
            *lines,
            f"# You have no working credential now. To sign in, open {url}/v1/signin in a browser",
        ]
    lines += export_lines(
        url, play.account, credential, serving.secrets.get(credential.id, "")
    )
    return [
        *lines,
        f"# Version 1 of the aws CLI needs this option for sqs:  aws sqs list-queues --endpoint-url {url}",
    ]
