"""Run `coffeeshop class lti`: the commands about a class's learning platform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from coffeeshop.classroom.kept_class import KeptClass, read_class
from coffeeshop.cli.class_commands import echo_line
from coffeeshop.cli.class_grading import JOBS_OPTION, grade_class
from coffeeshop.cli.classes import CLASS_OPTION, chosen_class, class_address
from coffeeshop.cli.lti_files import lti_store
from coffeeshop.cli.problems import check_installed, command_problem
from coffeeshop.invocation import command_line
from coffeeshop.policy.problem import Problem, Problems
from coffeeshop.views.text import count_noun

if TYPE_CHECKING:
    from coffeeshop.lti.platform import Platform

CANVAS_ADDRESSES = {
    "issuer": "https://canvas.instructure.com",
    "auth": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token": "https://sso.canvaslms.com/login/oauth2/token",
    "keys": "https://sso.canvaslms.com/api/lti/security/jwks",
}
MOODLE_ADDRESSES = {
    "issuer": "{url}",
    "auth": "{url}/mod/lti/auth.php",
    "token": "{url}/mod/lti/token.php",
    "keys": "{url}/mod/lti/certs.php",
}
NEEDED_ADDRESSES = ("issuer", "client", "auth", "token", "keys")


@click.group()
def lti() -> None:
    """Connect a class to Canvas, Moodle or another learning platform with LTI 1.3.

    \b
    Example: coffeeshop class lti show --url https://school.example/iam
    Example: coffeeshop class lti add --moodle https://moodle.example --client x4Yz --deployment 2
    """


@lti.command()
@click.option(
    "--canvas",
    metavar="URL",
    help="The address of your school's Canvas. You can then leave out most other options.",
)
@click.option(
    "--moodle",
    metavar="URL",
    help="The address of your school's Moodle. You can then leave out most other options.",
)
@click.option("--issuer", metavar="URL", help="The platform's id (issuer).")
@click.option(
    "--client", metavar="ID", help="The client id that the platform gave this tool."
)
@click.option(
    "--deployment",
    "deployments",
    multiple=True,
    metavar="ID",
    help="A deployment id. You can give this option several times.",
)
@click.option(
    "--auth", metavar="URL", help="The address at which the platform signs people in."
)
@click.option(
    "--token", metavar="URL", help="The address at which the platform issues access tokens."
)
@click.option(
    "--keys",
    metavar="URL|FILE",
    help="The address or file of the platform's public keys (JWKS).",
)
@click.option(
    "--audience",
    default="",
    help="The audience of token requests (default: the address in --token).",
)
@click.option(
    "--frame",
    "frames",
    multiple=True,
    metavar="ORIGIN",
    help="A site that can show Coffeeshop in a frame (default: the platform).",
)
@CLASS_OPTION
def add(
    canvas: str | None,
    moodle: str | None,
    issuer: str | None,
    client: str | None,
    deployments: tuple[str, ...],
    auth: str | None,
    token: str | None,
    keys: str | None,
    audience: str,
    frames: tuple[str, ...],
    class_name: str | None,
) -> None:
    """Register a learning platform, so that people can open the class from it.

    Run it again to change the registration. New deployments are added to the registered ones.

    \b
    Example: coffeeshop class lti add --moodle https://moodle.example --client x4Yz --deployment 2
    Example: coffeeshop class lti add --canvas https://school.instructure.com --client 10000000000007 --deployment 13:abc
    """
    from coffeeshop.lti.platform import Platform, check_platform

    check_installed("LTI needs", ("joserfc",), "serve")
    if canvas and moodle:
        raise click.UsageError("use either --canvas or --moodle, not both")
    typed = {"issuer": issuer, "client": client, "auth": auth, "token": token, "keys": keys}
    values = _preset(canvas, moodle) | {name: text for name, text in typed.items() if text}
    missing = [f"--{name}" for name in NEEDED_ADDRESSES if name not in values]
    missing += [] if deployments else ["--deployment"]
    if missing:
        raise click.UsageError(
            f"these options are missing: {', '.join(missing)}. Your platform shows the values when you add a tool"
        )
    if canvas and not frames:
        frames = (canvas.rstrip("/"),)
    kept = read_class(chosen_class(class_name))
    store = lti_store(kept.name)
    former = store.find_platform(values["issuer"], values["client"])
    all_deployments = (*(former.deployments if former else ()), *deployments)
    platform = Platform(
        values["issuer"],
        values["client"],
        tuple(dict.fromkeys(all_deployments)),
        values["auth"],
        values["token"],
        values["keys"],
        audience,
        frames,
        (canvas or moodle or "").rstrip("/"),
    )
    store.write_platform(check_platform(platform))
    echo_line(
        f"{kept.name}: {_platform_name(platform)} is registered with {_deployments_text(platform)}"
    )
    address = kept.url or "https://school.example"
    echo_line(f"Next: {command_line(f'serve --class {kept.name} --url {address}')}")


def _preset(canvas: str | None, moodle: str | None) -> dict[str, str]:
    """Return the addresses that every Canvas or Moodle has, or nothing."""
    if canvas:
        return CANVAS_ADDRESSES
    if moodle:
        return {
            name: text.format(url=moodle.rstrip("/"))
            for name, text in MOODLE_ADDRESSES.items()
        }
    return {}


def _platform_name(platform: Platform) -> str:
    """Return the address that the teacher typed for a platform, with its issuer if that is another one."""
    if platform.site in ("", platform.issuer):
        return platform.issuer
    return f"{platform.site} (issuer {platform.issuer})"


def _deployments_text(platform: Platform) -> str:
    """Return how many deployments a platform has, and their ids."""
    count = count_noun(len(platform.deployments), "deployment")
    return f"{count}: {', '.join(platform.deployments)}"


@lti.command()
@click.option(
    "--url",
    help="The address of your server, as for `coffeeshop serve` (default: the one you named last).",
)
@CLASS_OPTION
def show(url: str | None, class_name: str | None) -> None:
    """Show what to paste into your learning platform, and what is registered.

    \b
    Example: coffeeshop class lti show --url https://school.example/iam
    """
    from coffeeshop.lti.scores import SCOPES

    path = chosen_class(class_name)
    kept = read_class(path)
    lines = [
        *_address_lines(kept.name, class_address(path, kept, url)),
        "Allow these services, so that scores reach the gradebook:",
        *(f"  {scope}" for scope in SCOPES),
        *_platform_lines(kept),
    ]
    for line in lines:
        echo_line(line)


def _address_lines(name: str, address: str) -> Iterator[str]:
    """Yield the addresses that a platform asks for. Without the server's own address, say how to name it."""
    if not address:
        yield "To see what to paste into your learning platform, add --url with your server's address."
        return
    yield f"Paste these into your learning platform for {name}:"
    yield f"  Tool URL, target link URI  {address}/lti/launch"
    yield f"  Redirect URI               {address}/lti/launch"
    yield f"  Deep linking URL           {address}/lti/launch"
    yield f"  Login URL (OIDC)           {address}/lti/login"
    yield f"  Public keys (JWKS) URL     {address}/lti/keys"


def _platform_lines(kept: KeptClass) -> Iterator[str]:
    """Yield the registered platforms, and which scores wait."""
    store = lti_store(kept.name)
    platforms = store.platforms()
    if not platforms:
        yield "No platform is registered yet."
        yield f"Next: {command_line('class lti add --moodle https://moodle.example --client ID --deployment ID')}"
    for platform in platforms:
        yield f"Registered: {_platform_name(platform)}"
        yield f"  client id {platform.client_id}, {_deployments_text(platform)}"
        yield f"  login {platform.auth}"
        yield f"  tokens {platform.token}"
        yield f"  keys {platform.keys}"
        yield f"  frames {', '.join(platform.frame_origins)}"
    scores = store.waiting_scores()
    if scores:
        yield f"{count_noun(len(scores), 'score')} not sent yet"
    yield from (
        f"  {error}" for error in dict.fromkeys(score.error for score in scores) if error
    )


@lti.command()
@click.argument("address")
@click.option(
    "--client",
    default="",
    metavar="ID",
    help="The platform's client id, if several platforms have this address.",
)
@CLASS_OPTION
def remove(address: str, client: str, class_name: str | None) -> None:
    """Remove a learning platform. People can't open the class from it any more, but its learners stay in the class.

    ADDRESS is what you typed after --canvas, --moodle or --issuer.

    \b
    Example: coffeeshop class lti remove https://moodle.example
    """
    kept = read_class(chosen_class(class_name))
    store = lti_store(kept.name)
    fitting = [
        platform
        for platform in store.platforms()
        if platform.is_called(address) and client in ("", platform.client_id)
    ]
    if len(fitting) != 1:
        raise Problems(_choice_problem(kept.name, address, fitting or store.platforms()))
    (platform,) = fitting
    store.remove_platform(platform)
    echo_line(f"{kept.name}: {_platform_name(platform)} is no longer registered")


def _choice_problem(name: str, address: str, platforms: Sequence[Platform]) -> Problem:
    """Return the problem that an address isn't one platform's, with what can be typed."""
    message = f"{address[:80]!a} isn't the address of exactly one platform of {name}"
    known = (f"{each.site or each.issuer} --client {each.client_id}" for each in platforms)
    return command_problem(
        "no-platform",
        message,
        f"the registered platforms are: {', '.join(known) or 'none'}",
    )


@lti.command()
@click.option("--patient", is_flag=True, hidden=True)
@JOBS_OPTION
@CLASS_OPTION
def send(patient: bool, jobs: int, class_name: str | None) -> None:
    """Grade what learners have handed in, and send the scores that your platform doesn't have yet.

    `coffeeshop serve` does this automatically when a learner hands in. A lower score never replaces a higher one. If the
    platform can't be reached, the scores are kept and sent later.

    \b
    Example: coffeeshop class lti send
    """
    from coffeeshop.cli.lti_scores import (
        collect_from_browsers,
        note_credits,
        send_class_scores,
        sending_lines,
    )

    check_installed("LTI needs", ("joserfc",), "serve")
    path = chosen_class(class_name)
    kept = read_class(path)
    files = collect_from_browsers(path, kept)
    if kept.assignments and lti_store(kept.name).people():
        note_credits(kept, grade_class(path, kept, jobs))
    for file in files:  # only now: who is killed before this grades them again
        file.unlink(missing_ok=True)
    sending = send_class_scores(kept, patient)
    for line in [*sending_lines(sending)] or ["Your platform already has all scores."]:
        echo_line(line)
